// SPDX-License-Identifier: GPL-2.0
#include "why.h"

#include <inttypes.h>
#include <string.h>

#include "out.h"

#define CHANGES	5	/* lines */
#define WIDE	96

/* Whole numbers as they are, others to three decimals. */
static const char *number(double v, char *text)
{
	bool whole = v == (double)(int64_t)v;

	snprintf(text, OUT_SHORT, whole ? "%.0f" : "%.3f", v);
	return text;
}

static const char *member(struct json_object *o, const char *key, char *text)
{
	return number(out_real(o, key), text);
}

/* --- head --- */

static void print_flow(struct json_object *o)
{
	char proto[WIDE], src[WIDE], dst[WIDE], size[OUT_SHORT];

	printf("%sflow %" PRIu64 "%s of %s, slot %s\n", color_on(COLOR_TITLE), out_u64(o, "id"),
	       color_off(COLOR_TITLE), out_str(o, "name"), out_str(o, "slot"));
	flows_cell_proto(o, "proto", proto, sizeof(proto));
	flows_cell_end(o, "src", src, sizeof(src));
	flows_cell_end(o, "dst", dst, sizeof(dst));
	printf("          %s %s to %s, %" PRIu64 " packets, %s, %.1f s old, silent for %.1f s\n",
	       proto, src, dst, out_u64(o, "packets"), out_size(out_u64(o, "bytes"), size),
	       out_u64(o, "age_ms") / 1e3, out_u64(o, "silent_ms") / 1e3);
}

/*
 * The model ran at the first packet from run_from on. That was run_from itself, if none between it
 * and the next run has come.
 */
static void print_age(struct json_object *o)
{
	uint64_t from = out_u64(o, "run_from"), next = out_u64(o, "run_next");
	bool exact = from == out_u64(o, "packets") || (next && next == from + 1);

	printf(exact ? ", of packet %" PRIu64 : ", of the first packet from %" PRIu64 " on", from);
	if (next > out_u64(o, "packets"))
		printf("; the next is due at packet %" PRIu64, next);
	else if (next)
		printf("; the next is due at the next packet");
	putchar('\n');
}

static void print_verdict(struct json_object *o)
{
	char text[OUT_SHORT];

	printf("verdict   ");
	if (!out_has(o, "hash")) {
		printf("none: no snapshot serves the flow\n");
		return;
	}
	if (!out_has(o, "run_from")) {
		printf("none yet: the model runs at packet %" PRIu64 "\n", out_u64(o, "run_next"));
		return;
	}
	if (out_u64(o, "unsure"))
		printf("none: %s, but with less confidence than the slot requires",
		       out_str(o, "class"));
	else if (out_has(o, "class"))
		printf("%s%s%s", color_on(COLOR_NAME), out_str(o, "class"), color_off(COLOR_NAME));
	else
		printf("%s", member(o, "value", text));
	print_age(o);
}

static void print_model(struct json_object *o)
{
	char hash[OUT_HASH_SHORT + 1];

	out_cell_hash(o, "hash", hash, sizeof(hash));
	printf("snapshot  %s %s, generation %" PRIu64 "\n", out_str(o, "snapshot"), hash,
	       out_u64(o, "generation"));
	if (!json_object_get_boolean(json_object_object_get(o, "served")))
		printf("          below: %s, which does not serve the flow\n",
		       out_str(o, "explained_by"));
}

/* --- what the model says now --- */

static bool is_now(struct json_object *o)
{
	return !out_has(o, "class") || !strcmp(out_str(o, "class"), out_str(o, "now"));
}

static bool is_any(struct json_object *o, const char *key)
{
	size_t i;

	for (i = 0; i < out_length(o, "inputs"); i++)
		if (out_has(out_at(o, "inputs", i), key))
			return true;
	return false;
}

static bool has_unknown(struct json_object *o)
{
	size_t i;

	for (i = 0; i < out_length(o, "inputs"); i++)
		if (!out_has(out_at(o, "inputs", i), "value"))
			return true;
	return false;
}

static void print_now(struct json_object *o)
{
	bool class = !strcmp(out_str(o, "meaning"), "class");
	char text[OUT_SHORT];

	printf("now       ");
	if (!out_has(o, "now"))
		printf("open: it depends on inputs that are unknown here");
	else if (class)
		printf("%s%s%s", color_on(COLOR_NAME), out_str(o, "now"), color_off(COLOR_NAME));
	else
		printf("%s %s", member(o, "now", text), out_str(out_at(o, "outputs", 0), "unit"));
	printf(", by the inputs after packet %" PRIu64 " %s\n", out_u64(o, "read_packets"),
	       json_object_get_boolean(json_object_object_get(o, "reverse")) ?
	       "in reverse" : "of this direction");
	if (out_has(o, "now") && out_has(o, "run_from") && class && !is_now(o))
		printf("          the verdict is older: the inputs have changed since\n");
}

static void print_outputs(struct json_object *o)
{
	char text[OUT_SHORT], most[OUT_SHORT];
	struct json_object *out;
	size_t i;

	printf("outputs   ");
	for (i = 0; i < out_length(o, "outputs"); i++) {
		out = out_at(o, "outputs", i);
		printf("%s%s ", i ? ", " : "", out_str(out, "name"));
		if (out_has(out, "value"))
			printf("%s", member(out, "value", text));
		else
			printf("%s to %s", member(out, "least", text), member(out, "most", most));
	}
	if (!strcmp(out_str(o, "kind"), "net") && has_unknown(o))
		printf(" (unknown inputs at the middle of their ranges)");
	putchar('\n');
}

static void print_trees(struct json_object *o)
{
	struct json_object *trees = json_object_object_get(o, "trees");

	if (!trees)
		return;
	printf("trees     ");
	if (out_has(o, "second"))
		printf("%" PRIu64 " of %" PRIu64 " are for %s rather than %s, %" PRIu64 " against",
		       out_u64(trees, "for"), out_u64(trees, "all"), out_str(o, "explained"),
		       out_str(o, "second"), out_u64(trees, "against"));
	else
		printf("%" PRIu64, out_u64(trees, "all"));
	if (out_u64(trees, "open"))
		printf(", %" PRIu64 " depend on unknown inputs", out_u64(trees, "open"));
	putchar('\n');
}

/* --- inputs --- */

static void cell_value(struct json_object *o, const char *key, char *text, size_t n)
{
	char v[OUT_SHORT];

	snprintf(text, n, "%s%s", out_has(o, key) ? member(o, key, v) : "unknown",
		 json_object_get_boolean(json_object_object_get(o, "given")) ? " (given)" : "");
}

static void cell_range(struct json_object *o, const char *key, char *text, size_t n)
{
	char least[OUT_SHORT], greatest[OUT_SHORT];

	snprintf(text, n, "%s .. %s",
		 number(json_object_get_double(out_at(o, key, 0)), least),
		 number(json_object_get_double(out_at(o, key, 1)), greatest));
}

/* The interval that the comparisons of the trees leave. */
static void cell_passed(struct json_object *o, const char *key, char *text, size_t n)
{
	char above[OUT_SHORT], up_to[OUT_SHORT];

	(void)key;
	member(o, "above", above);
	member(o, "up_to", up_to);
	if (out_has(o, "above") && out_has(o, "up_to"))
		snprintf(text, n, "> %s, <= %s", above, up_to);
	else if (out_has(o, "above"))
		snprintf(text, n, "> %s", above);
	else if (out_has(o, "up_to"))
		snprintf(text, n, "<= %s", up_to);
}

static void cell_real(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_has(o, key))
		snprintf(text, n, "%+.4g", out_real(o, key));
}

static const struct out_column columns[] = {
	{ "INPUT", "name", NULL, false, COLOR_NAME },
	{ "VALUE", "value", cell_value, true },
	{ "UNIT", "unit", NULL, false },
	{ "CALIBRATED", "calibrated", cell_range, false },
	{ "OUTSIDE", "outside", NULL, false, COLOR_BAD },
	{ "TREES", "trees", NULL, true },
	{ "PASSED", "above", cell_passed, false },
	{ "CONTRIBUTION", "contribution", cell_real, true },
};

static void print_inputs(struct json_object *o)
{
	putchar('\n');
	out_table_to(stdout, json_object_object_get(o, "inputs"), columns,
		     sizeof(columns) / sizeof(columns[0]));
	if (has_unknown(o))
		printf("unknown: only a packet or the sender's socket has it; give it as "
		       "FEATURE=VALUE\n");
	if (is_any(o, "contribution") && out_has(o, "second"))
		printf("contribution: to the lead of %s over %s, against the middle of the "
		       "calibrated range\n",
		       out_str(o, "explained"), out_str(o, "second"));
}

/* --- changes --- */

static struct json_object *input_named(struct json_object *o, const char *name)
{
	size_t i;

	for (i = 0; i < out_length(o, "inputs"); i++)
		if (!strcmp(out_str(out_at(o, "inputs", i), "name"), name))
			return out_at(o, "inputs", i);
	return NULL;
}

static void print_change(struct json_object *o, struct json_object *change)
{
	struct json_object *in = input_named(o, out_str(change, "input"));
	char now[OUT_SHORT], then[OUT_SHORT];
	const char *unit = out_str(in, "unit");

	printf("  %-12s %s at %s%s%s instead of %s\n", out_str(change, "class"),
	       out_str(change, "input"), member(change, "value", then), *unit ? " " : "", unit,
	       member(in, "value", now));
}

static void print_changes(struct json_object *o)
{
	size_t i, n = out_length(o, "changes");

	if (!out_has(o, "changes"))
		return;
	printf(n ? "\nanother class, if one input alone were different:\n" :
		   "\nno input alone gives another class\n");
	for (i = 0; i < n && i < CHANGES; i++)
		print_change(o, out_at(o, "changes", i));
}

void why_print(struct json_object *o)
{
	print_flow(o);
	print_verdict(o);
	if (!out_has(o, "kind"))
		return;
	print_model(o);
	print_now(o);
	print_outputs(o);
	print_trees(o);
	print_inputs(o);
	print_changes(o);
}
