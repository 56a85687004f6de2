// SPDX-License-Identifier: GPL-2.0
/* lfctl feature list */
#include <inttypes.h>

#include "kind.h"
#include "nl.h"
#include "out.h"

static const uint8_t types[LITEFLOW_A_FEATURE_MAX + 1] = {
	[LITEFLOW_A_FEATURE_NAME] = MNL_TYPE_NUL_STRING,
	[LITEFLOW_A_FEATURE_UNIT] = MNL_TYPE_NUL_STRING,
	[LITEFLOW_A_FEATURE_NUM] = MNL_TYPE_U32,
	[LITEFLOW_A_FEATURE_DEN] = MNL_TYPE_U32,
	[LITEFLOW_A_FEATURE_FROM] = MNL_TYPE_U32,
	[LITEFLOW_A_FEATURE_DOC] = MNL_TYPE_NUL_STRING,
};

static struct json_object *decode_from(uint32_t bits)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (bits & 1u << i)
			json_object_array_add(a, json_object_new_string(kind_names[i]));
	return a;
}

static struct json_object *decode(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[LITEFLOW_A_FEATURE_MAX + 1];
	struct json_object *o;

	if (nl_parse(nlh, types, LITEFLOW_A_FEATURE_MAX, tb))
		return NULL;
	o = json_object_new_object();
	out_attr_str(o, "name", tb[LITEFLOW_A_FEATURE_NAME]);
	out_attr_str(o, "unit", tb[LITEFLOW_A_FEATURE_UNIT]);
	out_attr_u32(o, "num", tb[LITEFLOW_A_FEATURE_NUM]);
	out_attr_u32(o, "den", tb[LITEFLOW_A_FEATURE_DEN]);
	if (tb[LITEFLOW_A_FEATURE_FROM])
		json_object_object_add(o, "from", decode_from(mnl_attr_get_u32(tb[LITEFLOW_A_FEATURE_FROM])));
	out_attr_str(o, "doc", tb[LITEFLOW_A_FEATURE_DOC]);
	return o;
}

static void cell_step(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, "den") != 1)
		snprintf(text, n, "%" PRIu64 "/%" PRIu64, out_u64(o, key), out_u64(o, "den"));
	else
		snprintf(text, n, "%" PRIu64, out_u64(o, key));
}

static void cell_from(struct json_object *o, const char *key, char *text, size_t n)
{
	size_t i, at = 0;

	for (i = 0; i < out_length(o, key) && at < n; i++)
		at += snprintf(text + at, n - at, "%s%s", i ? "," : "", json_object_get_string(out_at(o, key, i)));
}

static const struct out_column columns[] = {
	{ "NAME", "name", NULL, false },
	{ "UNIT", "unit", NULL, false },
	{ "STEP", "num", cell_step, true },
	{ "FROM", "from", cell_from, false },
	{ "WHAT", "doc", NULL, false },
};

static LFCTL_COMMAND(list)
{
	struct json_object *array;
	struct nl nl;
	int status;

	if (argc)
		return lfctl_usage(cmd, "list takes no argument '%s'", argv[0]);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	if (nl_collect(&nl, nl_request(&nl, LITEFLOW_CMD_FEATURE_GET, NLM_F_DUMP), decode, &array)) {
		status = nl_fail(&nl, "feature list");
	} else if (ctl->json) {
		out_json(array);
	} else {
		out_table(array, columns, sizeof(columns) / sizeof(columns[0]));
		json_object_put(array);
	}
	nl_close(&nl);
	return status;
}

const struct command feature_commands[] = {
	{ "list", list, "", "all features that the kernel can compute", NULL },
	{ 0 }
};
