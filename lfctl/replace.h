/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that is written beside its place and renamed when it is whole: who reads it meanwhile sees
 * the one of before, and after a failure it is still there.
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

/* Each returns 0 or an exit status, with the complaint made. */
int replace_open(struct replace *r, const char *path);	/* "-": standard output */
int replace_commit(struct replace *r);

#endif /* REPLACE_H */
