/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Installed snapshots: NAME.lfs in /etc/liteflow, or in share/liteflow beside this program's bin.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_DIR	"/etc/liteflow"

/* PREFIX/share/liteflow, with the PREFIX of `make install`. */
void share_dir(char *dir, size_t n);

/* The file of the snapshot of that name. */
bool share_find(const char *name, char *path, size_t n);

#endif /* SHARE_H */
