// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl stats [SLOT] [-i SECONDS [--count N]]
 *
 * Readings are those of reading.h; with -i text shows rates.
 */
#include <inttypes.h>
#include <string.h>

#include <lq/name.h>

#include "args.h"
#include "attach.h"
#include "commands.h"
#include "nl.h"
#include "out.h"
#include "reading.h"
#include "stop.h"

struct stats_args {
	const char *slot;	/* NULL: all */
	uint64_t interval;	/* ns, 0: once */
	uint32_t count;		/* readings with rates, 0: until a signal */
};

/* --- text --- */

/* A counter, or its rate if the reading has rates. */
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
	printf("  %s generation %" PRIu64 ", snapshot %s %.*s\n    flows %" PRIu64, what,
	       out_u64(g, "generation"), out_str(g, "snapshot"), OUT_HASH_SHORT, out_str(g, "hash"),
	       out_u64(g, "flows"));
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
	printf("  %s\n    flows %" PRIu64 "/%" PRIu64, title, out_u64(o, "flows"),
	       out_u64(o, "flows_max"));
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
			printf(" %s %.1f/s", reason,
			       json_object_get_double(json_object_object_get(rates, reason)));
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

/* --- the command --- */

static int parse_args(const struct command *cmd, struct stats_args *a, int argc, char **argv)
{
	int i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "-i") || !strcmp(argv[i], "--interval")) {
			if (++i == argc || !args_seconds(argv[i], &a->interval))
				return lfctl_usage(cmd, "-i needs seconds");
		} else if (!strcmp(argv[i], "--count")) {
			if (++i == argc || !args_u32(argv[i], UINT32_MAX, &a->count) || !a->count)
				return lfctl_usage(cmd, "--count needs a number from 1");
		} else if (!a->slot && lq_name_ok(argv[i]) && argv[i][0] != '-') {
			a->slot = argv[i];
		} else {
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		}
	}
	if (a->count && !a->interval)
		return lfctl_usage(cmd, "--count needs -i");
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
	status = reading_take(nl, a->slot, 0, &before);
	if (status)
		return status;
	for (n = 0; !a->count || n < a->count; n++) {
		until += a->interval;
		if (stop_wait(-1, until) < 0)
			break;
		status = reading_take(nl, a->slot, 0, &now);
		if (status)
			break;
		reading_rates(now, before);
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
	int status = reading_take(nl, a->slot, 0, &reading);

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
