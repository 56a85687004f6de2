// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl stats [SLOT] [-i SECONDS [--count N]]
 *
 * One reading is { time, slots: [as slot.h], attachments: [as attach.h] }. With -i every reading after the first gives
 * each object with counters a member per_second: { COUNTER: rate, ... } (a class: its rate), and text shows those.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "attach.h"
#include "kind.h"
#include "nl.h"
#include "out.h"
#include "slot.h"
#include "stop.h"

struct stats_args {
	const char *slot;	/* NULL: all */
	uint64_t interval;	/* ns, 0: once */
	uint32_t count;		/* readings with rates, 0: until a signal */
};

/* --- Reading --- */

static uint64_t wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int read_all(struct nl *nl, const char *slot, struct json_object **reading)
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
	*reading = json_object_new_object();
	out_add_u64(*reading, "time", wall());
	json_object_object_add(*reading, "slots", slots);
	json_object_object_add(*reading, "attachments", attachments);
	return 0;
}

/* --- Rates --- */

static const char *const slot_counters[] = { "swaps", "forced", "samples", "samples_lost", NULL };
static const char *const generation_counters[] = { "inferences", "verdicts", "born", "drifted", NULL };
static const char *const attach_counters[] = { "flows_born", "flows_ended", "flows_aged", "flows_evicted", NULL };
static const char *const class_counters[] = { "count", NULL };

static void add_rate(struct json_object *rates, const char *key, struct json_object *now, struct json_object *before,
		     double seconds)
{
	uint64_t a = out_u64(before, key), b = out_u64(now, key);

	json_object_object_add(rates, key, json_object_new_double(b > a ? (b - a) / seconds : 0));
}

static void add_rates(struct json_object *now, struct json_object *before, const char *const *keys, double seconds)
{
	struct json_object *rates = json_object_new_object();

	for (; *keys; keys++)
		add_rate(rates, *keys, now, before, seconds);
	json_object_object_add(now, "per_second", rates);
}

/* The element of the array whose `key` is as in o; for a number as for a string. */
static struct json_object *match(struct json_object *array, struct json_object *o, const char *const *keys)
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
		add_rates(out_at(g, "classes", i), out_at(before, "classes", i), class_counters, seconds);
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

static void rate_attach(struct json_object *o, struct json_object *before, double seconds)
{
	struct json_object *packets = json_object_object_get(o, "packets"), *rates;

	add_rates(o, before, attach_counters, seconds);
	rates = json_object_object_get(o, "per_second");
	json_object_object_foreach(packets, reason, count) {
		(void)count;
		add_rate(rates, reason, packets, json_object_object_get(before, "packets"), seconds);
	}
}

static void rate_all(struct json_object *now, struct json_object *before)
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

/* --- Text --- */

/* A counter, or its rate where the reading has rates. */
static double number(struct json_object *o, const char *key)
{
	struct json_object *rates = json_object_object_get(o, "per_second");

	return json_object_get_double(json_object_object_get(rates ? rates : o, key));
}

static void print_number(struct json_object *o, const char *key, const char *title)
{
	if (out_has(o, "per_second"))
		printf(" %s %.1f/s", title, number(o, key));
	else
		printf(" %s %" PRIu64, title, out_u64(o, key));
}

static void print_generation(const char *what, struct json_object *g)
{
	struct json_object *c;
	double sum = 0;
	size_t i;

	if (!g || !out_u64(g, "generation"))
		return;
	printf("  %s generation %" PRIu64 ", snapshot %s %.*s\n    flows %" PRIu64, what, out_u64(g, "generation"),
	       out_str(g, "snapshot"), OUT_HASH_SHORT, out_str(g, "hash"), out_u64(g, "flows"));
	print_number(g, "born", "born");
	print_number(g, "inferences", "inferences");
	print_number(g, "verdicts", "verdicts");
	print_number(g, "drifted", "drifted");
	putchar('\n');
	for (i = 0; i < out_length(g, "classes"); i++)
		sum += number(out_at(g, "classes", i), "count");
	for (i = 0; i < out_length(g, "classes"); i++) {
		c = out_at(g, "classes", i);
		printf("    class %s", out_str(c, "name"));
		print_number(c, "count", "inferences");
		printf(" (%.1f%%)\n", sum > 0 ? 100 * number(c, "count") / sum : 0);
	}
}

static void print_attach(struct json_object *o)
{
	struct json_object *rates = json_object_object_get(o, "per_second"), *packets;
	char title[160];

	attach_title(o, NULL, title, sizeof(title));
	printf("  %s\n    flows %" PRIu64 "/%" PRIu64, title, out_u64(o, "flows"), out_u64(o, "flows_max"));
	print_number(o, "flows_born", "born");
	print_number(o, "flows_ended", "ended");
	print_number(o, "flows_aged", "aged");
	print_number(o, "flows_evicted", "evicted");
	printf("\n    packets");
	packets = json_object_object_get(o, "packets");
	json_object_object_foreach(packets, reason, count) {
		if (!json_object_get_uint64(count))
			continue;
		if (rates)
			printf(" %s %.1f/s", reason, json_object_get_double(json_object_object_get(rates, reason)));
		else
			printf(" %s %" PRIu64, reason, json_object_get_uint64(count));
	}
	putchar('\n');
}

static void print_slot(struct json_object *slot)
{
	size_t i;

	printf("slot %s", out_str(slot, "name"));
	print_number(slot, "swaps", "swaps");
	print_number(slot, "forced", "forced");
	print_number(slot, "samples", "samples");
	print_number(slot, "samples_lost", "lost");
	putchar('\n');
	print_generation("active", json_object_object_get(slot, "active"));
	for (i = 0; i < out_length(slot, "old"); i++)
		print_generation("old", out_at(slot, "old", i));
}

static void print_reading(struct json_object *reading)
{
	struct json_object *slot, *o;
	size_t i, j;

	if (!out_length(reading, "slots") && !out_length(reading, "attachments"))
		fputs("no slots\n", stderr);
	for (i = 0; i < out_length(reading, "slots"); i++) {
		slot = out_at(reading, "slots", i);
		print_slot(slot);
		for (j = 0; j < out_length(reading, "attachments"); j++) {
			o = out_at(reading, "attachments", j);
			if (!strcmp(out_str(o, "slot"), out_str(slot, "name")))
				print_attach(o);
		}
	}
	for (j = 0; j < out_length(reading, "attachments"); j++) {
		o = out_at(reading, "attachments", j);
		if (json_object_get_boolean(json_object_object_get(o, "bound")))
			continue;
		printf("slot %s is absent\n", out_str(o, "slot"));
		print_attach(o);
	}
}

/* --- The command --- */

static int parse_args(const struct command *cmd, struct stats_args *a, int argc, char **argv)
{
	int i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "-i") || !strcmp(argv[i], "--interval")) {
			if (++i == argc || !args_seconds(argv[i], &a->interval))
				return lfctl_usage(cmd, "-i wants seconds");
		} else if (!strcmp(argv[i], "--count")) {
			if (++i == argc || !args_u32(argv[i], UINT32_MAX, &a->count) || !a->count)
				return lfctl_usage(cmd, "--count wants a number from 1");
		} else if (!a->slot && args_is_name(argv[i]) && argv[i][0] != '-') {
			a->slot = argv[i];
		} else {
			return lfctl_usage(cmd, "what is '%s'?", argv[i]);
		}
	}
	if (a->count && !a->interval)
		return lfctl_usage(cmd, "--count goes with -i");
	return 0;
}

static void print_interval(const struct lfctl *ctl, struct json_object *reading)
{
	char time[OUT_SHORT];

	if (ctl->json) {
		out_json_line(json_object_get(reading));
		return;
	}
	printf("--- %s\n", out_time(out_u64(reading, "time"), time));
	print_reading(reading);
	fflush(stdout);
}

static int run_interval(struct nl *nl, const struct lfctl *ctl, const struct stats_args *a)
{
	struct json_object *before, *now;
	uint64_t until = stop_now();
	uint32_t n;
	int status;

	stop_catch();
	status = read_all(nl, a->slot, &before);
	if (status)
		return status;
	for (n = 0; !a->count || n < a->count; n++) {
		until += a->interval;
		if (stop_wait(-1, until) < 0)
			break;
		status = read_all(nl, a->slot, &now);
		if (status)
			break;
		rate_all(now, before);
		print_interval(ctl, now);
		json_object_put(before);
		before = now;
	}
	json_object_put(before);
	return status;
}

static int run_once(struct nl *nl, const struct lfctl *ctl, const struct stats_args *a)
{
	struct json_object *reading;
	int status = read_all(nl, a->slot, &reading);

	if (status)
		return status;
	if (ctl->json) {
		out_json(reading);
		return 0;
	}
	print_reading(reading);
	json_object_put(reading);
	return 0;
}

LFCTL_COMMAND(stats_main)
{
	struct stats_args a;
	struct nl nl;
	int status = parse_args(cmd, &a, argc, argv);

	if (!status)
		status = nl_open(&nl, ctl);
	if (status)
		return status;
	status = a.interval ? run_interval(&nl, ctl, &a) : run_once(&nl, ctl, &a);
	nl_close(&nl);
	return status;
}
