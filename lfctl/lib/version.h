/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VERSION_H
#define VERSION_H

#include <linux/liteflow.h>

#ifndef PROTOCOL
#define PROTOCOL	LITEFLOW_PROTOCOL	/* of this tool; a test builds another */
#endif

struct json_object;
struct nl;

/* { version, protocol, paths, snapshots, snapshot_bytes }. Returns 0 or an exit status. */
int version_get(struct nl *nl, struct json_object **module);

/*
 * Compares the module's protocol with this tool's; the latter reads it first. Return 0, or an exit
 * status after printing the error.
 */
int version_compare(struct json_object *module);
int version_check(struct nl *nl);

#endif /* VERSION_H */
