/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots as JSON:
 *
 *	name, pin, sample, attachments, swaps, forced, samples, samples_lost, swap_ns
 *	active, standby		{ generation, snapshot, hash, flows, inferences, verdicts, born, drifted,
 *				  classes: [{ name, count }] }; absent where there is none
 *	old			[the same]
 */
#ifndef SLOT_H
#define SLOT_H

struct json_object;
struct nl;

/* All slots of the namespace, or the one of that name (still as an array). Returns 0 or an exit status. */
int slot_read(struct nl *nl, const char *name, struct json_object **array);

#endif /* SLOT_H */
