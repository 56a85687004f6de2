// SPDX-License-Identifier: GPL-2.0
#include "term.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <linux/liteflow.h>

#include "out.h"

const struct term terms[TERMS] = {
	[LITEFLOW_TERM_BYTES] = { "bytes", 1, "B" },
	[LITEFLOW_TERM_PACKETS] = { "packets", 1, "" },
	[LITEFLOW_TERM_DURATION] = { "duration", 1e6, "s" },
	[LITEFLOW_TERM_RETRANS] = { "retrans", 1, "" },
	[LITEFLOW_TERM_REWARD] = { "reward", 65536, "" },
	[LITEFLOW_TERM_DELIVERED] = { "delivered", 256, "log2 B/s" },
	[LITEFLOW_TERM_LATENCY] = { "latency", 65536, "" },
	[LITEFLOW_TERM_LOSS] = { "loss", 65536, "" },
};

_Static_assert(LITEFLOW_TERM_LOSS + 1 == TERMS, "a term has no name");

const struct field term_fields[] = {
	{ "term", LITEFLOW_A_TERM_TERM, FIELD_U8 },
	{ "count", LITEFLOW_A_TERM_COUNT, FIELD_U64 },
	{ "sum", LITEFLOW_A_TERM_SUM, FIELD_S64 },
	{ "squares", LITEFLOW_A_TERM_SQUARES, FIELD_U64 },
	{ "squares_high", LITEFLOW_A_TERM_SQUARES_HIGH, FIELD_U64 },
	{ "histogram", LITEFLOW_A_TERM_HISTOGRAM, FIELD_COUNTS },
	{ 0 }
};

int term_by_name(const char *name)
{
	int i;

	for (i = 0; i < TERMS; i++)
		if (!strcmp(name, terms[i].name))
			return i;
	return -1;
}

static struct json_object *settled(struct json_object *raw)
{
	long double n = out_u64(raw, "count"), sum = out_s64(raw, "sum");
	long double squares = ldexpl(out_u64(raw, "squares_high"), 64) + out_u64(raw, "squares");
	long double mean = n ? sum / n : 0, variance = n ? squares / n - mean * mean : 0;
	struct json_object *o = json_object_new_object();

	out_add_u64(o, "count", out_u64(raw, "count"));
	out_add_s64(o, "sum", out_s64(raw, "sum"));
	out_add_real(o, "mean", mean);
	out_add_real(o, "variance", variance > 0 ? variance : 0);
	if (out_has(raw, "histogram"))
		json_object_object_add(o, "histogram",
				       json_object_get(json_object_object_get(raw, "histogram")));
	return o;
}

void term_settle(struct json_object *generation)
{
	struct json_object *by_name = json_object_new_object(), *raw;
	uint64_t term;
	size_t i;

	for (i = 0; i < out_length(generation, "terms"); i++) {
		raw = out_at(generation, "terms", i);
		term = out_u64(raw, "term");
		if (term < TERMS)
			json_object_object_add(by_name, terms[term].name, settled(raw));
	}
	if (generation && out_u64(generation, "generation"))
		json_object_object_add(generation, "terms", by_name);
	else
		json_object_put(by_name);
}

void term_print(struct json_object *generation)
{
	struct json_object *by_name = json_object_object_get(generation, "terms"), *o;
	int i;

	for (i = 0; i < TERMS; i++) {
		o = json_object_object_get(by_name, terms[i].name);
		if (!o)
			continue;
		printf("         %s of %" PRIu64 ": mean %g%s%s, deviation %g\n", terms[i].name,
		       out_u64(o, "count"), out_real(o, "mean") / terms[i].steps,
		       *terms[i].unit ? " " : "", terms[i].unit,
		       sqrt(out_real(o, "variance")) / terms[i].steps);
	}
}
