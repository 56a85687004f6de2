// SPDX-License-Identifier: GPL-2.0
/* Parameters of a slot as the kernel sends them, to JSON. */
#include "param.h"

#include <inttypes.h>
#include <stdio.h>

#include <linux/liteflow.h>

#include "out.h"

#define MILLION	1000000

const struct field param_fields[] = {
	{ "name", LITEFLOW_A_PARAM_NAME, FIELD_STR },
	{ "value", LITEFLOW_A_PARAM_VALUE, FIELD_S64 },
	{ 0 }
};

struct json_object *param_number(int64_t millionths)
{
	uint64_t size = millionths < 0 ? -(uint64_t)millionths : (uint64_t)millionths;
	char text[32];
	int n;

	n = snprintf(text, sizeof(text), "%s%" PRIu64 ".%06" PRIu64, millionths < 0 ? "-" : "",
		     size / MILLION, size % MILLION);
	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[--n] = '\0';
	return json_object_new_double_s(millionths / 1e6, text);
}

void param_name_all(struct json_object *slot)
{
	struct json_object *params = json_object_new_object(), *p;
	size_t i;

	for (i = 0; i < out_length(slot, "params"); i++) {
		p = out_at(slot, "params", i);
		json_object_object_add(params, out_str(p, "name"),
				       param_number(out_s64(p, "value")));
	}
	json_object_object_add(slot, "params", params);
}
