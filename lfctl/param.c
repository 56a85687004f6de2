// SPDX-License-Identifier: GPL-2.0
/* lfctl slot param */
#include "param.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <lq/params.h>

#include "args.h"
#include "field.h"
#include "nl.h"
#include "out.h"
#include "slot.h"

LQ_PARAM_TABLE;

#define MILLION	1000000

const struct field param_fields[] = {
	{ "name", LITEFLOW_A_PARAM_NAME, FIELD_STR },
	{ "value", LITEFLOW_A_PARAM_VALUE, FIELD_S64 },
	{ 0 }
};

/* "0.025", as JSON prints it. */
static struct json_object *number(int64_t millionths)
{
	uint64_t size = millionths < 0 ? -(uint64_t)millionths : (uint64_t)millionths;
	char text[32];
	int n;

	n = snprintf(text, sizeof(text), "%s%" PRIu64 ".%06" PRIu64, millionths < 0 ? "-" : "", size / MILLION, size % MILLION);
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
		json_object_object_add(params, out_str(p, "name"), number(out_s64(p, "value")));
	}
	json_object_object_add(slot, "params", params);
}

/* --- Listing --- */

static int64_t millionths(int32_t v, uint32_t den)
{
	return (int64_t)v * MILLION / den;
}

static struct json_object *row(const struct lq_param_desc *d, struct json_object *set)
{
	struct json_object *o = json_object_new_object(), *v = NULL;

	out_add_str(o, "name", d->name);
	json_object_object_get_ex(set, d->name, &v);
	json_object_object_add(o, "value", v ? json_object_get(v) : number(millionths(d->def, d->den)));
	json_object_object_add(o, "default", number(millionths(d->def, d->den)));
	json_object_object_add(o, "least", number(millionths(d->least, d->den)));
	json_object_object_add(o, "greatest", number(millionths(d->greatest, d->den)));
	out_add_str(o, "unit", d->unit);
	out_add_str(o, "doc", d->doc);
	return o;
}

static const struct out_column columns[] = {
	{ "NAME", "name", NULL, false },
	{ "VALUE", "value", NULL, true },
	{ "DEFAULT", "default", NULL, true },
	{ "LEAST", "least", NULL, true },
	{ "GREATEST", "greatest", NULL, true },
	{ "UNIT", "unit", NULL, false },
	{ "WHAT", "doc", NULL, false },
};

static int list(const struct lfctl *ctl, struct nl *nl, const char *slot)
{
	struct json_object *slots, *set = NULL, *array;
	int i, status = slot_read(nl, slot, &slots);

	if (status)
		return status;
	json_object_object_get_ex(json_object_array_get_idx(slots, 0), "params", &set);
	array = json_object_new_array();
	for (i = 0; i < LQ_N_PARAMS; i++)
		json_object_array_add(array, row(&lq_params[i], set));
	if (ctl->json)
		out_json(array);
	else
		out_table(array, columns, sizeof(columns) / sizeof(columns[0]), "no parameters");
	json_object_put(array);
	json_object_put(slots);
	return 0;
}

/* --- Setting --- */

static int check_pairs(const struct command *cmd, int argc, char **argv)
{
	int64_t v;
	int i;

	for (i = 0; i < argc; i += 2) {
		if (i + 1 == argc)
			return lfctl_usage(cmd, "%s wants a value", argv[i]);
		if (strlen(argv[i]) > 15 || lq_param_by_name(argv[i]) < 0)
			return lfctl_usage(cmd, "'%s' is no parameter (lfctl slot param NAME lists them)", argv[i]);
		if (strcmp(argv[i + 1], "default") && !args_millionths(argv[i + 1], &v))
			return lfctl_usage(cmd, "%s is a number, with at most six decimals, or default, not '%s'", argv[i], argv[i + 1]);
	}
	return 0;
}

static void put_param(struct nlmsghdr *nlh, const char *name, const char *value)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, LITEFLOW_A_SLOT_PARAM);
	int64_t v;

	mnl_attr_put_strz(nlh, LITEFLOW_A_PARAM_NAME, name);
	if (strcmp(value, "default") && args_millionths(value, &v))
		mnl_attr_put_u64(nlh, LITEFLOW_A_PARAM_VALUE, v);
	mnl_attr_nest_end(nlh, nest);
}

/* All of them, or none. */
static int set(struct nl *nl, const char *slot, int argc, char **argv)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SLOT_SET, 0);
	int i;

	mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, slot);
	for (i = 0; i < argc; i += 2)
		put_param(nlh, argv[i], argv[i + 1]);
	return nl_talk(nl, nlh) ? nl_fail(nl, "slot param %s", slot) : 0;
}

LFCTL_COMMAND(param_main)
{
	struct nl nl;
	int status;

	if (!argc)
		return lfctl_usage(cmd, "which slot?");
	if (!args_is_name(argv[0]))
		return lfctl_usage(cmd, "'%s' is no name: 1 to 31 of A-Z a-z 0-9 . _ -", argv[0]);
	if (argc > 1 + 2 * LQ_N_PARAMS)
		return lfctl_usage(cmd, "there are %d parameters", LQ_N_PARAMS);
	status = check_pairs(cmd, argc - 1, argv + 1);
	if (!status)
		status = nl_open(&nl, ctl);
	if (status)
		return status;
	status = argc > 1 ? set(&nl, argv[0], argc - 1, argv + 1) : list(ctl, &nl, argv[0]);
	nl_close(&nl);
	return status;
}
