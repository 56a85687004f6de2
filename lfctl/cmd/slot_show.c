// SPDX-License-Identifier: GPL-2.0
/* Slots as JSON, and what lfctl slot list and show print of them. */
#include "slot.h"

#include <inttypes.h>
#include <string.h>

#include "field.h"
#include "guard.h"
#include "listing.h"
#include "nl.h"
#include "param.h"
#include "snapshot.h"
#include "term.h"

static const char *const pins[] = { "flow", "none" };

/* --- decoding --- */

static const struct field generation_fields[] = {
	{ "generation", LITEFLOW_A_GENERATION_NUMBER, FIELD_U32 },
	{ "snapshot", LITEFLOW_A_GENERATION_SNAPSHOT_NAME, FIELD_STR },
	{ "hash", LITEFLOW_A_GENERATION_HASH, FIELD_HASH },
	{ "flows", LITEFLOW_A_GENERATION_FLOWS, FIELD_U32 },
	{ "inferences", LITEFLOW_A_GENERATION_INFERENCES, FIELD_U64 },
	{ "verdicts", LITEFLOW_A_GENERATION_VERDICTS, FIELD_U64 },
	{ "born", LITEFLOW_A_GENERATION_BORN, FIELD_U64 },
	{ "drifted", LITEFLOW_A_GENERATION_DRIFTED, FIELD_U64 },
	{ "saturated", LITEFLOW_A_GENERATION_SATURATED, FIELD_U64 },
	{ "weight", LITEFLOW_A_GENERATION_WEIGHT, FIELD_U32 },
	{ "stopped", LITEFLOW_A_GENERATION_STOPPED, FIELD_FLAG },
	{ "guard", LITEFLOW_A_GENERATION_GUARD, FIELD_OBJECT, FIELD_SUB(guard_fields) },
	{ "terms", LITEFLOW_A_GENERATION_TERM, FIELD_OBJECTS, FIELD_SUB(term_fields) },
	{ "classes", LITEFLOW_A_GENERATION_CLASS_COUNT, FIELD_U64S },
	{ 0 }
};

static const struct field difference_fields[] = {
	{ "sum", LITEFLOW_A_DIFFERENCE_SUM, FIELD_U64 },
	{ "greatest", LITEFLOW_A_DIFFERENCE_GREATEST, FIELD_U64 },
	{ 0 }
};

static const struct field shadow_fields[] = { { "every", LITEFLOW_A_SHADOW_EVERY, FIELD_U32 },
					      { "running", LITEFLOW_A_SHADOW_RUNNING, FIELD_FLAG },
					      { "hash", LITEFLOW_A_SHADOW_HASH, FIELD_HASH },
					      { "generation", LITEFLOW_A_SHADOW_GENERATION,
						FIELD_U32 },
					      { "runs", LITEFLOW_A_SHADOW_RUNS, FIELD_U64 },
					      { "agreed", LITEFLOW_A_SHADOW_AGREED, FIELD_U64 },
					      { "differences", LITEFLOW_A_SHADOW_DIFFERENCE,
						FIELD_OBJECTS, FIELD_SUB(difference_fields) },
					      { 0 } };

static const struct field fields[] = {
	{ "name", LITEFLOW_A_SLOT_NAME, FIELD_STR },
	{ "pin", LITEFLOW_A_SLOT_PIN, FIELD_NAME, FIELD_NAMES(pins) },
	{ "sample", LITEFLOW_A_SLOT_SAMPLE, FIELD_U32 },
	{ "budget_ns", LITEFLOW_A_SLOT_BUDGET, FIELD_U32 },
	{ "attachments", LITEFLOW_A_SLOT_ATTACHMENTS, FIELD_U32 },
	{ "swaps", LITEFLOW_A_SLOT_SWAPS, FIELD_U64 },
	{ "swap_ns", LITEFLOW_A_SLOT_SWAP_NS, FIELD_U64 },
	{ "forced", LITEFLOW_A_SLOT_FORCED, FIELD_U64 },
	{ "samples", LITEFLOW_A_SLOT_SAMPLES, FIELD_U64 },
	{ "samples_lost", LITEFLOW_A_SLOT_SAMPLES_LOST, FIELD_U64 },
	{ "flush_ms", LITEFLOW_A_SLOT_FLUSH, FIELD_U32 },
	{ "confidence", LITEFLOW_A_SLOT_CONFIDENCE, FIELD_U8 },
	{ "buffers", LITEFLOW_A_SLOT_BUFFERS, FIELD_U32 },
	{ "history", LITEFLOW_A_SLOT_HISTORY, FIELD_BITS, FIELD_NAMES(slot_history_keys) },
	{ "seed", LITEFLOW_A_SLOT_SEED, FIELD_U64 },
	{ "shadow", LITEFLOW_A_SLOT_SHADOW, FIELD_U32 },
	{ "shadowed", LITEFLOW_A_SLOT_SHADOWED, FIELD_OBJECT, FIELD_SUB(shadow_fields) },
	{ "guard", LITEFLOW_A_SLOT_GUARD, FIELD_OBJECT, FIELD_SUB(guard_fields) },
	{ "trip", LITEFLOW_A_SLOT_TRIP, FIELD_OBJECT, FIELD_SUB(trip_fields) },
	{ "params", LITEFLOW_A_SLOT_PARAM, FIELD_OBJECTS, FIELD_SUB(param_fields) },
	{ "active", LITEFLOW_A_SLOT_ACTIVE, FIELD_OBJECT, FIELD_SUB(generation_fields) },
	{ "standby", LITEFLOW_A_SLOT_STANDBY, FIELD_OBJECT, FIELD_SUB(generation_fields) },
	{ "old", LITEFLOW_A_SLOT_OLD, FIELD_OBJECTS, FIELD_SUB(generation_fields) },
	{ 0 }
};

/* --- names of classes, from the snapshots --- */

/* classes: from counts to [{ name, count }]; a class without a name gets its number. */
static void name_classes(struct nl *nl, struct json_object *generation)
{
	struct json_object *snapshot, *classes, *o;
	size_t i, n = out_length(generation, "classes");
	char digits[24];

	if (!n)
		return;
	snapshot = snapshot_by_hash(nl, out_str(generation, "hash"));
	classes = json_object_new_array();
	for (i = 0; i < n; i++) {
		o = json_object_new_object();
		snprintf(digits, sizeof(digits), "%zu", i);
		out_add_str(o, "name",
			    i < out_length(snapshot, "outputs") ?
				    out_str(out_at(snapshot, "outputs", i), "name") :
				    digits);
		json_object_object_add(o, "count",
				       json_object_get(out_at(generation, "classes", i)));
		json_object_array_add(classes, o);
	}
	json_object_object_add(generation, "classes", classes);
	json_object_put(snapshot);
}

/* Sums to means, in the outputs' units. */
static void shadow_settle(struct json_object *shadow)
{
	uint64_t runs = out_u64(shadow, "runs");
	struct json_object *o;
	size_t i;

	for (i = 0; i < out_length(shadow, "differences"); i++) {
		o = out_at(shadow, "differences", i);
		out_add_real(o, "mean", runs ? out_u64(o, "sum") / 65536. / runs : 0);
		out_add_real(o, "greatest", out_u64(o, "greatest") / 65536.);
		json_object_object_del(o, "sum");
	}
}

static void settle(struct nl *nl, struct json_object *generation)
{
	name_classes(nl, generation);
	term_settle(generation);
}

static void settle_all(struct nl *nl, struct json_object *slot)
{
	size_t i;

	if (!out_has(slot, "old"))
		json_object_object_add(slot, "old", json_object_new_array());
	settle(nl, json_object_object_get(slot, "active"));
	settle(nl, json_object_object_get(slot, "standby"));
	for (i = 0; i < out_length(slot, "old"); i++)
		settle(nl, out_at(slot, "old", i));
	shadow_settle(json_object_object_get(slot, "shadowed"));
}

int slot_read(struct nl *nl, const char *name, struct json_object **array)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SLOT_GET, name ? 0 : NLM_F_DUMP);
	size_t i;

	if (name)
		mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, name);
	if (nl_collect(nl, nlh, fields, array))
		return name ? nl_fail(nl, "slot %s", name) : nl_fail(nl, "slot list");
	for (i = 0; i < json_object_array_length(*array); i++) {
		settle_all(nl, json_object_array_get_idx(*array, i));
		param_name_all(json_object_array_get_idx(*array, i));
	}
	return 0;
}

/* --- printing --- */

static void cell_generation(struct json_object *o, const char *key, char *text, size_t n)
{
	struct json_object *g = json_object_object_get(o, key);

	if (!g)
		snprintf(text, n, "-");
	else if (out_u64(g, "generation"))
		snprintf(text, n, "%s/%" PRIu64, out_str(g, "snapshot"), out_u64(g, "generation"));
	else
		snprintf(text, n, "%s", out_str(g, "snapshot"));
}

static void cell_sample(struct json_object *o, const char *key, char *text, size_t n)
{
	uint64_t every = out_u64(o, key);

	if (every)
		snprintf(text, n, "1/%" PRIu64, every);
	else
		snprintf(text, n, "off");
}

static const struct out_column list_columns[] = {
	{ "NAME", "name", NULL, false, COLOR_NAME },
	{ "ACTIVE", "active", cell_generation, false, COLOR_NAME },
	{ "STANDBY", "standby", cell_generation, false },
	{ "PIN", "pin", NULL, false },
	{ "SAMPLE", "sample", cell_sample, true },
	{ "ATTACHMENTS", "attachments", NULL, true },
	{ "SWAPS", "swaps", NULL, true },
};

static void print_generation(const char *what, struct json_object *g)
{
	size_t i;

	if (!g)
		return;
	printf("%-8s %s", what, out_str(g, "snapshot"));
	if (out_u64(g, "generation"))
		printf(", generation %" PRIu64, out_u64(g, "generation"));
	printf(", hash %.*s\n", OUT_HASH_SHORT, out_str(g, "hash"));
	if (!out_u64(g, "generation"))
		return;
	printf("         flows %" PRIu64 ", born %" PRIu64 ", inferences %" PRIu64
	       ", verdicts %" PRIu64 ", drifted %" PRIu64 "\n",
	       out_u64(g, "flows"), out_u64(g, "born"), out_u64(g, "inferences"),
	       out_u64(g, "verdicts"), out_u64(g, "drifted"));
	if (out_u64(g, "weight"))
		printf("         weight %" PRIu64 "\n", out_u64(g, "weight"));
	if (json_object_get_boolean(json_object_object_get(g, "stopped")))
		printf("         stopped by the guard\n");
	if (out_has(g, "guard"))
		guard_print_limits("         guard", json_object_object_get(g, "guard"));
	if (out_u64(g, "saturated"))
		printf("         saturated %" PRIu64 "\n", out_u64(g, "saturated"));
	for (i = 0; i < out_length(g, "classes"); i++)
		printf("         class %s %" PRIu64 "\n", out_str(out_at(g, "classes", i), "name"),
		       out_u64(out_at(g, "classes", i), "count"));
	term_print(g);
}

static void print_shadow(struct json_object *o)
{
	struct json_object *shadow = json_object_object_get(o, "shadowed"), *d;
	uint64_t runs = out_u64(shadow, "runs");
	size_t i;

	if (!shadow)
		return;
	printf("shadow   1/%" PRIu64 ", runs %" PRIu64 ", agreed %" PRIu64 "\n",
	       out_u64(shadow, "every"), runs, out_u64(shadow, "agreed"));
	for (i = 0; i < out_length(shadow, "differences"); i++) {
		d = out_at(shadow, "differences", i);
		printf("         output %zu apart by %g, at most %g\n", i, out_real(d, "mean"),
		       out_real(d, "greatest"));
	}
}

static void print_params(struct json_object *params)
{
	bool any = false;

	json_object_object_foreach(params, name, value) {
		printf("%s %s %s", any ? "," : "params  ", name, json_object_get_string(value));
		any = true;
	}
	if (any)
		putchar('\n');
}

void slot_history_words(struct json_object *o, char text[SLOT_HISTORY_TEXT])
{
	size_t i, at = 0;

	text[0] = '\0';
	for (i = 0; i < out_length(o, "history") && at < SLOT_HISTORY_TEXT; i++)
		at += snprintf(text + at, SLOT_HISTORY_TEXT - at, "%s%s", i ? "," : "",
			       json_object_get_string(out_at(o, "history", i)));
}

static void print_one(struct json_object *o)
{
	uint64_t budget = out_u64(o, "budget_ns");
	char text[OUT_SHORT];
	size_t i;

	printf("slot     %s\n", out_str(o, "name"));
	cell_sample(o, "sample", text, sizeof(text));
	printf("options  pin %s, sample %s", out_str(o, "pin"), text);
	printf(", budget %s", budget ? out_ns(budget, text) : "none");
	if (out_u64(o, "confidence"))
		printf(", confidence %" PRIu64 " %%", out_u64(o, "confidence"));
	slot_history_words(o, text);
	if (strcmp(text, "port,peer"))
		printf(", history %s", text);
	putchar('\n');
	print_params(json_object_object_get(o, "params"));
	print_generation("active", json_object_object_get(o, "active"));
	print_generation("standby", json_object_object_get(o, "standby"));
	for (i = 0; i < out_length(o, "old"); i++)
		print_generation("old", out_at(o, "old", i));
	print_shadow(o);
	guard_print(o);
	printf("used by  %" PRIu64 " attachment%s\n", out_u64(o, "attachments"),
	       out_u64(o, "attachments") == 1 ? "" : "s");
	printf("swaps    %" PRIu64, out_u64(o, "swaps"));
	if (out_u64(o, "swaps"))
		printf(", the last in %s", out_ns(out_u64(o, "swap_ns"), text));
	printf(", flows moved by force %" PRIu64 "\n", out_u64(o, "forced"));
	printf("samples  %" PRIu64 " sent, %" PRIu64 " lost\n", out_u64(o, "samples"),
	       out_u64(o, "samples_lost"));
}

const struct listing slot_listing = {
	.read = slot_read,
	LISTING_COLUMNS(list_columns),
	.none = "no slots",
	.print = print_one,
};
