/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A snapshot file on disk, proved in user space before it is sent, with the kernel's error
 * messages.
 */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>
#include <stdint.h>

#include <lq/format.h>

struct file {
	uint8_t *data;
	uint32_t len;
	char name[LQ_NAME_LEN];
	uint8_t hash[LQ_HASH_LEN];
};

/* Returns 0, or an exit status after printing the error. */
int file_read(struct file *file, const char *path);
/* Takes over file->data and file->len from elsewhere; path: what messages call it. */
int file_check(struct file *file, const char *path);
void file_free(struct file *file);

#endif /* FILE_H */
