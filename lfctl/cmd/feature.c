// SPDX-License-Identifier: GPL-2.0
/* lfctl feature list */
#include <inttypes.h>

#include "commands.h"
#include "field.h"
#include "kind.h"
#include "listing.h"
#include "nl.h"

static const struct field fields[] = {
	{ "name", LITEFLOW_A_FEATURE_NAME, FIELD_STR },
	{ "unit", LITEFLOW_A_FEATURE_UNIT, FIELD_STR },
	{ "num", LITEFLOW_A_FEATURE_NUM, FIELD_U32 },
	{ "den", LITEFLOW_A_FEATURE_DEN, FIELD_U32 },
	{ "from", LITEFLOW_A_FEATURE_FROM, FIELD_BITS, FIELD_NAMES(kind_names) },
	{ "doc", LITEFLOW_A_FEATURE_DOC, FIELD_STR },
	{ 0 }
};

static int read_features(struct nl *nl, const char *word, struct json_object **array)
{
	(void)word;
	if (nl_collect(nl, nl_request(nl, LITEFLOW_CMD_FEATURE_GET, NLM_F_DUMP), fields, array))
		return nl_fail(nl, "feature list");
	return 0;
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
		at += snprintf(text + at, n - at, "%s%s", i ? "," : "",
			       json_object_get_string(out_at(o, key, i)));
}

static const struct out_column columns[] = {
	{ "NAME", "name", NULL, false },
	{ "UNIT", "unit", NULL, false },
	{ "STEP", "num", cell_step, true },
	{ "FROM", "from", cell_from, false },
	{ "WHAT", "doc", NULL, false },
};

static const struct listing features = {
	.read = read_features,
	LISTING_COLUMNS(columns),
	.none = "no features",
};

static LFCTL_COMMAND(list)
{
	if (argc)
		return lfctl_usage(cmd, "list takes no argument '%s'", argv[0]);
	return listing_list(ctl, &features, NULL);
}

const struct command feature_commands[] = {
	{ "list", list, "", "all features that the kernel can compute", NULL },
	{ 0 }
};
