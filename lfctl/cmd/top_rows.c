// SPDX-License-Identifier: GPL-2.0
#include "top.h"

#include <string.h>

#include "attach.h"
#include "out.h"
#include "reading.h"

const char *const top_sorts[TOP_SORTS] = { "verdicts", "none", "bits", "dropped", "flows", "name" };

static void add_rate(struct json_object *o, const char *key, struct json_object *from,
		     const char *what)
{
	json_object_object_add(o, key, json_object_new_double(reading_rate(from, what)));
}

static double number(struct json_object *o, const char *key)
{
	return json_object_get_double(json_object_object_get(o, key));
}

static void copy(struct json_object *o, struct json_object *from, const char *key)
{
	struct json_object *v = json_object_object_get(from, key);

	if (v)
		json_object_object_add(o, key, json_object_get(v));
}

/* --- slots --- */

/* The share of the inferences since the last reading; unknown if there were none. */
static void add_drift(struct json_object *o, struct json_object *generation)
{
	double n = reading_rate(generation, "inferences"), drifted;

	drifted = reading_rate(generation, "drifted");
	if (n > 0)
		json_object_object_add(o, "drift", json_object_new_double(drifted / n));
}

static struct json_object *slot_row(struct json_object *slot)
{
	struct json_object *o = json_object_new_object();
	struct json_object *g = json_object_object_get(slot, "active");
	uint64_t flows = 0;
	size_t i;

	copy(o, slot, "name");
	copy(o, g, "snapshot");
	copy(o, g, "hash");
	copy(o, g, "generation");
	for (i = 0; i < out_length(slot, "old"); i++)
		flows += out_u64(out_at(slot, "old", i), "flows");
	out_add_u64(o, "old_generations", out_length(slot, "old"));
	out_add_u64(o, "old_flows", flows);
	add_rate(o, "inferences", g, "inferences");
	add_rate(o, "verdicts", g, "verdicts");
	add_drift(o, g);
	add_rate(o, "samples", slot, "samples");
	add_rate(o, "samples_lost", slot, "samples_lost");
	return o;
}

static struct json_object *slot_of(struct json_object *reading, struct json_object *attachment)
{
	struct json_object *slot;
	size_t i;

	for (i = 0; i < out_length(reading, "slots"); i++) {
		slot = out_at(reading, "slots", i);
		if (!strcmp(out_str(slot, "name"), out_str(attachment, "slot")))
			return slot;
	}
	return NULL;
}

/* --- attachments --- */

/* Packets by reason, with and without a verdict, and the most frequent reason for none. */
static void add_packets(struct json_object *o, struct json_object *a)
{
	struct json_object *packets = json_object_object_get(a, "packets");
	struct json_object *rates = json_object_new_object();
	double verdicts = 0, none = 0, most = 0, rate;
	const char *why = NULL;

	json_object_object_foreach(packets, reason, count) {
		(void)count;
		rate = reading_rate(a, reason);
		json_object_object_add(rates, reason, json_object_new_double(rate));
		if (!strcmp(reason, "inferred") || !strcmp(reason, "cached")) {
			verdicts += rate;
			continue;
		}
		none += rate;
		if (rate > most) {
			most = rate;
			why = reason;
		}
	}
	json_object_object_add(o, "verdicts", json_object_new_double(verdicts));
	json_object_object_add(o, "none", json_object_new_double(none));
	if (why)
		out_add_str(o, "why", why);
	json_object_object_add(o, "packets", rates);
}

static struct json_object *band_row(struct json_object *band, double *bits, double *dropped)
{
	struct json_object *o = json_object_new_object();
	double b = 8 * reading_rate(band, "bytes");

	copy(o, band, "band");
	add_rate(o, "packets", band, "packets");
	json_object_object_add(o, "bits", json_object_new_double(b));
	add_rate(o, "drops", band, "drops");
	copy(o, band, "backlog");
	copy(o, band, "delay_ns");
	copy(o, band, "delay_p50_ns");
	copy(o, band, "delay_p99_ns");
	copy(o, band, "delay_max_ns");
	*bits += b;
	*dropped += reading_rate(band, "drops");
	return o;
}

static struct json_object *class_row(struct json_object *entry, double *bits)
{
	struct json_object *o = json_object_new_object();
	double b = 8 * reading_rate(entry, "bytes");

	copy(o, entry, "class");
	if (out_has(entry, "does"))
		out_add_str(o, "action", out_str(entry, "does"));
	if (!out_has(entry, "packets"))		/* a qdisc counts by band */
		return o;
	add_rate(o, "packets", entry, "packets");
	json_object_object_add(o, "bits", json_object_new_double(b));
	*bits += b;
	return o;
}

static void add_parts(struct json_object *o, struct json_object *a)
{
	struct json_object *bands = json_object_new_array(), *classes = json_object_new_array();
	double bits = 0, dropped = reading_rate(a, "dropped");
	size_t i;

	for (i = 0; i < out_length(a, "bands"); i++)
		json_object_array_add(bands, band_row(out_at(a, "bands", i), &bits, &dropped));
	for (i = 0; i < out_length(a, "map"); i++)
		json_object_array_add(classes, class_row(out_at(a, "map", i), &bits));
	if (i || out_length(a, "bands"))
		json_object_object_add(o, "bits", json_object_new_double(bits));
	json_object_object_add(o, "dropped", json_object_new_double(dropped));
	json_object_object_add(o, "bands", bands);
	json_object_object_add(o, "classes", classes);
}

/* How many inferences of the slot gave each class. */
static void add_inferences(struct json_object *o, struct json_object *generation)
{
	struct json_object *array = json_object_new_array(), *c, *row;
	double sum = 0, n;
	size_t i;

	for (i = 0; i < out_length(generation, "classes"); i++)
		sum += reading_rate(out_at(generation, "classes", i), "count");
	for (i = 0; i < out_length(generation, "classes"); i++) {
		c = out_at(generation, "classes", i);
		n = reading_rate(c, "count");
		row = json_object_new_object();
		out_add_str(row, "class", out_str(c, "name"));
		json_object_object_add(row, "inferences", json_object_new_double(n));
		json_object_object_add(row, "share", json_object_new_double(sum > 0 ? n / sum : 0));
		json_object_array_add(array, row);
	}
	json_object_object_add(o, "inferences", array);
}

static struct json_object *attach_row(struct json_object *reading, struct json_object *a)
{
	static const char *const same[] = {
		"id", "kind", "dev", "label", "slot", "snapshot", "flows", "flows_max",
	};
	struct json_object *o = json_object_new_object(), *slot = slot_of(reading, a), *g;
	char title[160];
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		copy(o, a, same[i]);
	attach_title(a, NULL, title, sizeof(title));
	out_add_str(o, "name", title);
	add_packets(o, a);
	add_parts(o, a);
	g = json_object_object_get(slot, "active");
	add_drift(o, g);
	add_inferences(o, g);
	return o;
}

struct json_object *top_rows(struct json_object *reading)
{
	struct json_object *rows = json_object_new_object();
	struct json_object *slots = json_object_new_array(), *attachments, *o;
	size_t i;

	attachments = json_object_new_array();
	copy(rows, reading, "time");
	for (i = 0; i < out_length(reading, "slots"); i++)
		json_object_array_add(slots, slot_row(out_at(reading, "slots", i)));
	for (i = 0; i < out_length(reading, "attachments"); i++) {
		o = out_at(reading, "attachments", i);
		json_object_array_add(attachments, attach_row(reading, o));
	}
	json_object_object_add(rows, "slots", slots);
	json_object_object_add(rows, "attachments", attachments);
	return rows;
}

/* --- order --- */

static const char *sort_key;
static int sort_sign;

/* Numbers in descending, names in ascending order; ties by id. */
static int compare(const void *a, const void *b)
{
	struct json_object *x = *(struct json_object *const *)a;
	struct json_object *y = *(struct json_object *const *)b;
	double d = number(y, sort_key) - number(x, sort_key);
	int order = d < 0 ? -1 : d > 0;

	if (!strcmp(sort_key, "name"))
		order = strcmp(out_str(x, "name"), out_str(y, "name"));
	if (!order)
		return out_u64(x, "id") < out_u64(y, "id") ? -1 : 1;
	return sort_sign * order;
}

void top_sort(struct json_object *rows, int by, bool reverse)
{
	sort_key = top_sorts[by];
	sort_sign = reverse ? -1 : 1;
	json_object_array_sort(json_object_object_get(rows, "attachments"), compare);
}
