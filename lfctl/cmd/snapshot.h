/* SPDX-License-Identifier: GPL-2.0 */
/* To load snapshots, and to save them. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "lfctl.h"
#include "snapshot_find.h"

struct file;
struct nl;

/*
 * Uploads and registers the file read by file_read(); ref then identifies the snapshot. Returns 0
 * or an exit status.
 */
int snapshot_send(struct nl *nl, const struct file *file, const char *path,
		  struct snapshot_ref *ref);

/* Both: reads, proves and sends. */
int snapshot_load_file(struct nl *nl, const char *path, struct snapshot_ref *ref);

/*
 * Reads the snapshot's file back from the kernel, and proves it. Returns 0, or an exit status after
 * printing the error as of `who`. Release with file_free().
 */
int snapshot_fetch(struct nl *nl, const char *who, const struct snapshot_ref *ref,
		   struct file *file);

/* lfctl snapshot save */
LFCTL_COMMAND(snapshot_save);

#endif /* SNAPSHOT_H */
