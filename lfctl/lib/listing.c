// SPDX-License-Identifier: GPL-2.0
#include "listing.h"

#include "nl.h"

static int get(const struct lfctl *ctl, const struct listing *l, const char *word,
	       struct json_object **array)
{
	struct nl nl;
	int status = nl_open(&nl, ctl);

	if (status)
		return status;
	status = l->read(&nl, word, array);
	nl_close(&nl);
	return status;
}

int listing_list(const struct lfctl *ctl, const struct listing *l, const char *word)
{
	struct json_object *array;
	int status = get(ctl, l, word, &array);

	if (status)
		return status;
	if (ctl->json) {
		out_json(array);
		return 0;
	}
	out_table(array, l->columns, l->n_columns, l->none);
	json_object_put(array);
	return 0;
}

int listing_show(const struct lfctl *ctl, const struct listing *l, const char *word)
{
	struct json_object *array;
	int status = get(ctl, l, word, &array);

	if (status)
		return status;
	if (ctl->json)
		out_json(json_object_get(json_object_array_get_idx(array, 0)));
	else
		l->print(json_object_array_get_idx(array, 0));
	json_object_put(array);
	return 0;
}
