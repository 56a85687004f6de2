/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that is written under a temporary name and renamed when complete: until then, and after a
 * failure, readers see the old one.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include <limits.h>
#include <stdio.h>

struct replace {
	FILE *f;
	const char *path;
	char temp[PATH_MAX];
};

/* Each returns 0, or an exit status after printing the error. */
int replace_open(struct replace *r, const char *path);	/* "-": standard output */
int replace_commit(struct replace *r);

#endif /* REPLACE_H */
