// SPDX-License-Identifier: GPL-2.0
#include "reading.h"

#include <string.h>
#include <time.h>

#include "attach.h"
#include "band.h"
#include "delays.h"
#include "nl.h"
#include "out.h"
#include "slot.h"

/* --- reading --- */

static uint64_t wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void add_more(struct nl *nl, struct json_object *attachments, unsigned int more)
{
	struct json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(attachments); i++) {
		o = json_object_array_get_idx(attachments, i);
		if (more & READING_MAPS)
			attach_add_map(nl, o);
		if (more & READING_BANDS && !strcmp(out_str(o, "kind"), "qdisc"))
			band_add(o);
	}
}

int reading_take(struct nl *nl, const char *slot, unsigned int more, struct json_object **reading)
{
	struct json_object *slots, *attachments;
	int status = slot_read(nl, slot, &slots);

	if (status)
		return status;
	status = attach_read(nl, slot, &attachments);
	if (status) {
		json_object_put(slots);
		return status;
	}
	add_more(nl, attachments, more);
	*reading = json_object_new_object();
	out_add_u64(*reading, "time", wall());
	json_object_object_add(*reading, "slots", slots);
	json_object_object_add(*reading, "attachments", attachments);
	return 0;
}

/* --- rates --- */

static const char *const slot_counters[] = { "swaps", "forced", "samples", "samples_lost", NULL };
static const char *const generation_counters[] = {
	"inferences", "verdicts", "born", "drifted", NULL
};
static const char *const attach_counters[] = {
	"flows_born", "flows_ended", "flows_aged", "flows_evicted", "dropped", NULL
};
static const char *const class_counters[] = { "count", NULL };
static const char *const entry_counters[] = { "packets", "bytes", NULL };
static const char *const band_counters[] = { "packets", "bytes", "drops", NULL };

static void add_rate(struct json_object *rates, const char *key, struct json_object *now,
		     struct json_object *before, double seconds)
{
	uint64_t a = out_u64(before, key), b = out_u64(now, key);

	json_object_object_add(rates, key, json_object_new_double(b > a ? (b - a) / seconds : 0));
}

static void add_rates(struct json_object *now, struct json_object *before, const char *const *keys,
		      double seconds)
{
	struct json_object *rates = json_object_new_object();

	for (; *keys; keys++)
		add_rate(rates, *keys, now, before, seconds);
	json_object_object_add(now, "per_second", rates);
}

/* The element of the array whose `key` equals that of o, number or string. */
static struct json_object *match(struct json_object *array, struct json_object *o,
				 const char *const *keys)
{
	struct json_object *c;
	size_t i;
	int k;

	for (i = 0; array && i < json_object_array_length(array); i++) {
		c = json_object_array_get_idx(array, i);
		for (k = 0; keys[k] && !strcmp(out_str(c, keys[k]), out_str(o, keys[k])); k++)
			;
		if (!keys[k])
			return c;
	}
	return NULL;
}

/* All generations of a slot in one array, borrowed. */
static struct json_object *generations(struct json_object *slot)
{
	struct json_object *all = json_object_new_array(), *g;
	size_t i;

	g = json_object_object_get(slot, "active");
	if (g)
		json_object_array_add(all, json_object_get(g));
	for (i = 0; i < out_length(slot, "old"); i++)
		json_object_array_add(all, json_object_get(out_at(slot, "old", i)));
	return all;
}

static void rate_generation(struct json_object *g, struct json_object *before, double seconds)
{
	size_t i;

	add_rates(g, before, generation_counters, seconds);
	for (i = 0; i < out_length(g, "classes"); i++)
		add_rates(out_at(g, "classes", i), out_at(before, "classes", i), class_counters,
			  seconds);
}

static void rate_slot(struct json_object *slot, struct json_object *before, double seconds)
{
	static const char *const key[] = { "generation", NULL };
	struct json_object *now = generations(slot), *then = generations(before), *g;
	size_t i;

	add_rates(slot, before, slot_counters, seconds);
	for (i = 0; i < json_object_array_length(now); i++) {
		g = json_object_array_get_idx(now, i);
		rate_generation(g, match(then, g, key), seconds);
	}
	json_object_put(now);
	json_object_put(then);
}

/* Rates of an array member's elements, each against its previous counterpart. */
static void rate_each(struct json_object *o, struct json_object *before, const char *key,
		      const char *const *by, const char *const *counters, double seconds)
{
	struct json_object *then = json_object_object_get(before, key), *c;
	size_t i;

	for (i = 0; i < out_length(o, key); i++) {
		c = out_at(o, key, i);
		if (out_has(c, counters[0]))
			add_rates(c, match(then, c, by), counters, seconds);
	}
}

/* What was counted between the readings; the kernel's counters wrap around. */
static void delays_since(struct json_object *band, struct json_object *before,
			 uint32_t counts[static DELAYS_MAX])
{
	struct json_object *now = json_object_object_get(band, "delays");
	struct json_object *then = json_object_object_get(before, "delays");
	size_t i;

	for (i = 0; i < DELAYS_MAX; i++)
		counts[i] = (uint32_t)json_object_get_int64(json_object_array_get_idx(now, i)) -
			    (then ? (uint32_t)json_object_get_int64(
					    json_object_array_get_idx(then, i)) : 0);
}

/* Percentiles of the delays of each band since the reading before. */
static void rate_delays(struct json_object *o, struct json_object *before, const char *const *by)
{
	struct json_object *then = json_object_object_get(before, "bands"), *band;
	uint32_t counts[DELAYS_MAX];
	uint64_t ns;
	size_t i;

	for (i = 0; i < out_length(o, "bands"); i++) {
		band = out_at(o, "bands", i);
		if (!out_has(band, "delays"))
			continue;
		delays_since(band, match(then, band, by), counts);
		if (delays_quantile(counts, DELAYS_MAX, 0.5, &ns))
			out_add_u64(band, "delay_p50_ns", ns);
		if (delays_quantile(counts, DELAYS_MAX, 0.99, &ns))
			out_add_u64(band, "delay_p99_ns", ns);
	}
}

static void rate_attach(struct json_object *o, struct json_object *before, double seconds)
{
	static const char *const entry_key[] = { "class", "does", NULL };
	static const char *const band_key[] = { "band", NULL };
	struct json_object *packets = json_object_object_get(o, "packets"), *rates;

	add_rates(o, before, attach_counters, seconds);
	rates = json_object_object_get(o, "per_second");
	json_object_object_foreach(packets, reason, count) {
		(void)count;
		add_rate(rates, reason, packets, json_object_object_get(before, "packets"),
			 seconds);
	}
	rate_each(o, before, "map", entry_key, entry_counters, seconds);
	rate_each(o, before, "bands", band_key, band_counters, seconds);
	rate_delays(o, before, band_key);
}

void reading_rates(struct json_object *now, struct json_object *before)
{
	static const char *const slot_key[] = { "name", NULL };
	static const char *const attach_key[] = { "id", NULL };
	struct json_object *array = json_object_object_get(before, "slots"), *o;
	double seconds = (out_u64(now, "time") - out_u64(before, "time")) / 1e9;
	size_t i;

	if (!(seconds > 0))
		seconds = 1;
	for (i = 0; i < out_length(now, "slots"); i++) {
		o = out_at(now, "slots", i);
		rate_slot(o, match(array, o, slot_key), seconds);
	}
	array = json_object_object_get(before, "attachments");
	for (i = 0; i < out_length(now, "attachments"); i++) {
		o = out_at(now, "attachments", i);
		rate_attach(o, match(array, o, attach_key), seconds);
	}
}

double reading_rate(struct json_object *o, const char *key)
{
	struct json_object *rates = json_object_object_get(o, "per_second");

	return json_object_get_double(json_object_object_get(rates, key));
}
