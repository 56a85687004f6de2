// SPDX-License-Identifier: GPL-2.0
/* lfctl slot param */
#include "param.h"

#include <string.h>

#include <lq/features.h>
#include <lq/name.h>
#include <lq/params.h>

#include "args.h"
#include "attach.h"
#include "field.h"
#include "kind.h"
#include "nl.h"
#include "out.h"
#include "slot.h"
#include "snapshot.h"

LQ_PARAM_TABLE;

#define MILLION	1000000

/* --- parameters in use --- */

/*
 * Congestion control reads all except those that are model inputs; a model reads its inputs
 * "param.NAME". Before anything is attached or installed, the use of the slot is unknown, and any
 * parameter may be meant.
 */
struct readers {
	bool nothing;			/* attached or installed */
	bool snapshots, tcp;
	bool input[LQ_N_PARAMS];	/* of a snapshot */
};

static void read_snapshot(struct readers *r, struct nl *nl, struct json_object *generation)
{
	struct json_object *snapshot = snapshot_by_hash(nl, out_str(generation, "hash"));
	const char *name;
	size_t i;
	int id;

	r->snapshots |= snapshot != NULL;
	for (i = 0; i < out_length(snapshot, "inputs"); i++) {
		name = out_str(out_at(snapshot, "inputs", i), "name");
		id = lq_feature_by_name(name);
		r->tcp |= id >= 0 && lq_features[id].from == LQ_FROM_TCP;
		id = strncmp(name, "param.", 6) ? -1 : lq_param_by_name(name + 6);
		if (id >= 0)
			r->input[id] = true;
	}
	json_object_put(snapshot);
}

static int read_attachments(struct readers *r, struct nl *nl, const char *slot)
{
	struct json_object *array;
	size_t i, n;
	int status = attach_read(nl, slot, &array);

	if (status)
		return status;
	n = json_object_array_length(array);
	for (i = 0; i < n; i++)
		r->tcp |= !strcmp(out_str(json_object_array_get_idx(array, i), "kind"),
				  kind_names[LITEFLOW_ATTACH_KIND_TCP]);
	r->nothing = !n && !r->snapshots;
	json_object_put(array);
	return 0;
}

static int read_readers(struct readers *r, struct nl *nl, struct json_object *slot)
{
	static const char *const sides[] = { "active", "standby" };
	size_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < 2; i++)
		if (out_has(slot, sides[i]))
			read_snapshot(r, nl, json_object_object_get(slot, sides[i]));
	for (i = 0; i < out_length(slot, "old"); i++)
		read_snapshot(r, nl, out_at(slot, "old", i));
	return read_attachments(r, nl, out_str(slot, "name"));
}

static bool is_read(const struct readers *r, int i)
{
	char feature[32];

	snprintf(feature, sizeof(feature), "param.%s", lq_params[i].name);
	if (r->nothing)
		return true;
	if (lq_feature_by_name(feature) >= 0)
		return r->input[i] || (r->tcp && !r->snapshots);
	return r->tcp;
}

/* --- listing --- */

static int64_t millionths(int32_t v, uint32_t den)
{
	return (int64_t)v * MILLION / den;
}

static struct json_object *row(const struct lq_param_desc *d, struct json_object *set)
{
	struct json_object *o = json_object_new_object(), *v = NULL;

	out_add_str(o, "name", d->name);
	json_object_object_get_ex(set, d->name, &v);
	json_object_object_add(o, "value",
			       v ? json_object_get(v) : param_number(millionths(d->def, d->den)));
	json_object_object_add(o, "default", param_number(millionths(d->def, d->den)));
	json_object_object_add(o, "least", param_number(millionths(d->least, d->den)));
	json_object_object_add(o, "greatest", param_number(millionths(d->greatest, d->den)));
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

/* Those that something reads, and those that were set. */
static struct json_object *rows(const struct readers *r, struct json_object *slot)
{
	struct json_object *array = json_object_new_array(), *set = NULL;
	int i;

	json_object_object_get_ex(slot, "params", &set);
	for (i = 0; i < LQ_N_PARAMS; i++)
		if (is_read(r, i) || out_has(set, lq_params[i].name))
			json_object_array_add(array, row(&lq_params[i], set));
	return array;
}

static int list(const struct lfctl *ctl, struct nl *nl, const char *name)
{
	struct json_object *slots, *array;
	struct readers r;
	int status = slot_read(nl, name, &slots);

	if (status)
		return status;
	status = read_readers(&r, nl, json_object_array_get_idx(slots, 0));
	if (!status) {
		array = rows(&r, json_object_array_get_idx(slots, 0));
		if (ctl->json) {
			out_json(array);
		} else {
			out_table(array, columns, sizeof(columns) / sizeof(columns[0]),
				  "no parameters: neither congestion control nor a model that "
				  "reads one is at this slot");
			json_object_put(array);
		}
	}
	json_object_put(slots);
	return status;
}

/* --- setting --- */

/* A number, with a unit or in the parameter's own. */
static bool read_value(const char *name, const char *word, int64_t *millionths)
{
	int i = lq_param_by_name(name);

	return strcmp(lq_params[i].unit, "kbit/s") ? args_millionths(word, millionths) :
						     args_kbit_millionths(word, millionths);
}

static int bad_value(const struct command *cmd, const char *name, const char *word)
{
	if (*lq_params[lq_param_by_name(name)].unit)
		return lfctl_usage(cmd, "%s is a rate (500mbit; kbit/s without a unit) or "
				   "default, not '%s'",
				   name, word);
	return lfctl_usage(cmd, "%s is a number, with at most six decimals, or default, not '%s'",
			   name, word);
}

static int check_pairs(const struct command *cmd, int argc, char **argv)
{
	int64_t v;
	int i;

	for (i = 0; i < argc; i += 2) {
		if (i + 1 == argc)
			return lfctl_usage(cmd, "%s needs a value", argv[i]);
		if (strlen(argv[i]) > 15 || lq_param_by_name(argv[i]) < 0)
			return lfctl_usage(cmd, "'%s' is not a parameter (lfctl slot param NAME "
					   "lists them)",
					   argv[i]);
		if (strcmp(argv[i + 1], "default") && !read_value(argv[i], argv[i + 1], &v))
			return bad_value(cmd, argv[i], argv[i + 1]);
	}
	return 0;
}

static void put_param(struct nlmsghdr *nlh, const char *name, const char *value)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, LITEFLOW_A_SLOT_PARAM);
	int64_t v;

	mnl_attr_put_strz(nlh, LITEFLOW_A_PARAM_NAME, name);
	if (strcmp(value, "default") && read_value(name, value, &v))
		mnl_attr_put_u64(nlh, LITEFLOW_A_PARAM_VALUE, v);
	mnl_attr_nest_end(nlh, nest);
}

/* It may be meant for a later attachment or snapshot, so it is not an error. */
static void warn_unread(struct nl *nl, const char *slot, int argc, char **argv)
{
	struct json_object *slots;
	struct readers r;
	int i, status;

	if (slot_read(nl, slot, &slots))
		return;
	status = read_readers(&r, nl, json_object_array_get_idx(slots, 0));
	for (i = 0; !status && i < argc; i += 2) {
		if (!strcmp(argv[i + 1], "default") || is_read(&r, lq_param_by_name(argv[i])))
			continue;
		fprintf(stderr, "lfctl: Warning: nothing at slot %s reads %s\n", slot, argv[i]);
	}
	json_object_put(slots);
}

/* All of them, or none. */
static int set(const struct lfctl *ctl, struct nl *nl, const char *slot, int argc, char **argv)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SLOT_SET, 0);
	int i;

	mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, slot);
	for (i = 0; i < argc; i += 2)
		put_param(nlh, argv[i], argv[i + 1]);
	if (nl_talk(nl, nlh))
		return nl_fail(nl, "slot param %s", slot);
	if (!ctl->quiet)
		warn_unread(nl, slot, argc, argv);
	return 0;
}

LFCTL_COMMAND(param_main)
{
	struct nl nl;
	int status;

	if (!argc)
		return lfctl_usage(cmd, "no slot given");
	if (!lq_name_ok(argv[0]))
		return lfctl_usage(cmd, "'%s' is not a name: " LQ_NAME_RULE,
				   argv[0]);
	if (argc > 1 + 2 * LQ_N_PARAMS)
		return lfctl_usage(cmd, "there are %d parameters", LQ_N_PARAMS);
	status = check_pairs(cmd, argc - 1, argv + 1);
	if (!status)
		status = nl_open(&nl, ctl);
	if (status)
		return status;
	status = argc > 1 ? set(ctl, &nl, argv[0], argc - 1, argv + 1) : list(ctl, &nl, argv[0]);
	nl_close(&nl);
	return status;
}
