/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hooks as JSON:
 *
 *	name, family, hook, ifindex, dev, priority, slot, request_mark, request_mask, result_mask,
 *	result_shift, ct, clear, inner, every, idle_ms, flows, flows_max, marked, prioritized,
 *	accepted, dropped
 *	map		[{ class, mark, priority, accept, drop, packets, bytes }]
 *	packets		{ REASON: count, ... }
 */
#ifndef HOOK_H
#define HOOK_H

struct json_object;
struct listing;
struct nl;

#define HOOK_FAMILIES	4
#define HOOK_POINTS	7
extern const char *const hook_families[HOOK_FAMILIES], *const hook_points[HOOK_POINTS];

/* From then on requests go to the hook family. Returns 0 or an exit status. */
int hook_use(struct nl *nl);

/* hook_use(), and all hooks of the namespace, or the one of that name (still as an array). */
int hook_read(struct nl *nl, const char *name, struct json_object **array);

extern const struct listing hook_listing;

#endif /* HOOK_H */
