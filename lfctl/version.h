/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VERSION_H
#define VERSION_H

struct json_object;
struct nl;

/* { version, protocol, paths, snapshots, snapshot_bytes }. Returns 0 or an exit status. */
int version_get(struct nl *nl, struct json_object **module);

/*
 * Compares the module's protocol with LITEFLOW_PROTOCOL. Returns 0, or an exit status after
 * printing the error.
 */
int version_check(struct nl *nl);

#endif /* VERSION_H */
