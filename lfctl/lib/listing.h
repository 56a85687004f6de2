/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all `list` and `show` commands share: query the kernel, then print a table, text or JSON.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stddef.h>

#include "lfctl.h"
#include "out.h"

struct nl;

struct listing {
	/*
	 * All objects, or those that `word` names, as an array. Returns 0, or an exit status after
	 * printing the error.
	 */
	int (*read)(struct nl *nl, const char *word, struct json_object **array);
	const struct out_column *columns;
	size_t n_columns;
	const char *none;			/* text for an empty list: "no slots" */
	void (*print)(struct json_object *o);	/* one, for show */
};

#define LISTING_COLUMNS(array)	.columns = (array), .n_columns = sizeof(array) / sizeof((array)[0])

/* Each returns an exit status. */
int listing_list(const struct lfctl *ctl, const struct listing *l, const char *word);
int listing_show(const struct lfctl *ctl, const struct listing *l, const char *word);

#endif /* LISTING_H */
