// SPDX-License-Identifier: GPL-2.0
/* What lfctl top shows, as lines of text: the same on a screen and in a file. */
#include "top.h"

#include <inttypes.h>

#include "out.h"

#define TABLE(f, array, columns) \
	out_table_to(f, array, columns, sizeof(columns) / sizeof((columns)[0]))

static double number(struct json_object *o, const char *key)
{
	return json_object_get_double(json_object_object_get(o, key));
}

static void cell_rate(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_has(o, key))
		snprintf(text, n, "%.1f", number(o, key));
}

static void cell_percent(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_has(o, key))
		snprintf(text, n, "%.1f%%", 100 * number(o, key));
	else
		snprintf(text, n, "-");
}

static void cell_bits(struct json_object *o, const char *key, char *text, size_t n)
{
	static const char *const units[] = { "bit", "kbit", "Mbit", "Gbit" };
	double v = number(o, key);
	size_t u;

	if (!out_has(o, key))
		return;
	for (u = 0; v >= 1000 && u < 3; u++)
		v /= 1000;
	snprintf(text, n, "%.1f %s", v, units[u]);
}

static void cell_name(struct json_object *o, const char *key, char *text, size_t n)
{
	snprintf(text, n, "%s", out_has(o, key) ? out_str(o, key) : "-");
}

static void cell_old(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, key))
		snprintf(text, n, "%" PRIu64 " (%" PRIu64 " flows)", out_u64(o, key),
			 out_u64(o, "old_flows"));
}

static void cell_flows(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, "flows_max"))
		snprintf(text, n, "%" PRIu64 "/%" PRIu64, out_u64(o, key), out_u64(o, "flows_max"));
	else
		snprintf(text, n, "%" PRIu64, out_u64(o, key));
}

/* Unknown without (fq_)codel. */
static void cell_delay(struct json_object *o, const char *key, char *text, size_t n)
{
	char time[OUT_SHORT];

	if (out_u64(o, key))
		snprintf(text, n, "%s", out_ns(out_u64(o, key), time));
}

static const struct out_column slot_columns[] = {
	{ "SLOT", "name", NULL, false },
	{ "SNAPSHOT", "snapshot", cell_name, false },
	{ "HASH", "hash", out_cell_hash, false },
	{ "GENERATION", "generation", NULL, true },
	{ "OLD", "old_generations", cell_old, true },
	{ "INFERENCES/s", "inferences", cell_rate, true },
	{ "VERDICTS/s", "verdicts", cell_rate, true },
	{ "DRIFT", "drift", cell_percent, true },
	{ "SAMPLES/s", "samples", cell_rate, true },
	{ "LOST/s", "samples_lost", cell_rate, true },
};

static const struct out_column attach_columns[] = {
	{ "ATTACHMENT", "name", NULL, false },
	{ "SLOT", "slot", NULL, false },
	{ "SNAPSHOT", "snapshot", cell_name, false },
	{ "FLOWS", "flows", cell_flows, true },
	{ "VERDICTS/s", "verdicts", cell_rate, true },
	{ "NONE/s", "none", cell_rate, true },
	{ "WHY", "why", NULL, false },
	{ "DROPPED/s", "dropped", cell_rate, true },
	{ "RATE", "bits", cell_bits, true },
	{ "DRIFT", "drift", cell_percent, true },
};

static const struct out_column band_columns[] = {
	{ "BAND", "band", NULL, true },
	{ "PACKETS/s", "packets", cell_rate, true },
	{ "RATE", "bits", cell_bits, true },
	{ "DROPS/s", "drops", cell_rate, true },
	{ "BACKLOG", "backlog", NULL, true },
	{ "DELAY", "delay_ns", cell_delay, true },
	{ "P50", "delay_p50_ns", cell_delay, true },
	{ "P99", "delay_p99_ns", cell_delay, true },
	{ "GREATEST", "delay_max_ns", cell_delay, true },
};

static const struct out_column class_columns[] = {
	{ "MAPS CLASS", "class", NULL, false },
	{ "ACTION", "action", NULL, false },
	{ "PACKETS/s", "packets", cell_rate, true },
	{ "RATE", "bits", cell_bits, true },
};

static const struct out_column inference_columns[] = {
	{ "CLASS", "class", NULL, false },
	{ "INFERENCES/s", "inferences", cell_rate, true },
	{ "SHARE", "share", cell_percent, true },
};

int top_print_all(FILE *f, struct json_object *rows)
{
	struct json_object *slots = json_object_object_get(rows, "slots");
	struct json_object *attachments = json_object_object_get(rows, "attachments");

	if (!json_object_array_length(slots))
		fputs("no slots\n", f);
	TABLE(f, slots, slot_columns);
	fputc('\n', f);
	if (!json_object_array_length(attachments))
		fputs("no attachments\n", f);
	TABLE(f, attachments, attach_columns);
	return json_object_array_length(slots) + 3;
}

static void print_reasons(FILE *f, struct json_object *o)
{
	struct json_object *packets = json_object_object_get(o, "packets");

	fprintf(f, "packets/s");
	json_object_object_foreach(packets, reason, rate)
		if (json_object_get_double(rate) > 0)
			fprintf(f, "  %s %.1f", reason, json_object_get_double(rate));
	fputs("\n\n", f);
}

void top_print_one(FILE *f, struct json_object *rows, uint64_t id)
{
	struct json_object *o = NULL;
	char text[OUT_SHORT];
	size_t i;

	for (i = 0; i < out_length(rows, "attachments"); i++) {
		o = out_at(rows, "attachments", i);
		if (out_u64(o, "id") == id)
			break;
	}
	if (i == out_length(rows, "attachments")) {
		fputs("this attachment is gone\n", f);
		return;
	}
	cell_flows(o, "flows", text, sizeof(text));
	fprintf(f, "%s  slot %s  snapshot %s  flows %s", out_str(o, "name"), out_str(o, "slot"),
		out_has(o, "snapshot") ? out_str(o, "snapshot") : "-", text);
	cell_percent(o, "drift", text, sizeof(text));
	fprintf(f, "  drift %s  dropped %.1f/s\n", text, number(o, "dropped"));
	print_reasons(f, o);
	TABLE(f, json_object_object_get(o, "bands"), band_columns);
	fputs(out_length(o, "bands") ? "\n" : "", f);
	TABLE(f, json_object_object_get(o, "classes"), class_columns);
	fputs(out_length(o, "classes") ? "\n" : "", f);
	TABLE(f, json_object_object_get(o, "inferences"), inference_columns);
}
