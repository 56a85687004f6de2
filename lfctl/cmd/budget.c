// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl budget [SECONDS]: where a packet's time goes, measured inside the modules for that time
 * (see kmod/budget.c).
 *
 * Text and JSON give for each step how many packets took it and the nanoseconds per packet, without
 * the cost of reading the clock. "sum" adds up the steps of the walk, "walk" measures the same as a
 * whole on every second packet: their difference says how far to trust the rest. The step "band" is
 * the rest of the enqueue besides walk and child.
 */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "out.h"
#include "stop.h"

#define BUDGET_FILE	"/sys/kernel/debug/liteflow/budget"
#define BUDGET_NS	1000000000ull

/* In the order of the file. The parts of the walk come first. */
enum step {
	PARSE,
	LOOKUP,
	STATISTICS,
	FEATURES,
	MODEL,
	VERDICT,
	WALK,
	ENQUEUE,
	CHILD,
	DEQUEUE,
	STEPS
};

static const char *const names[STEPS] = {
	"parse",   "look-up", "statistics", "features", "model",
	"verdict", "walk",    "enqueue",    "child",    "dequeue",
};

struct budget {
	uint64_t clock;			/* ns per reading */
	uint64_t n[STEPS];
	uint64_t ns[STEPS];
};

static int turn(bool on)
{
	FILE *f = fopen(BUDGET_FILE, "w");
	bool ok = f && fputs(on ? "1\n" : "0\n", f) >= 0;

	if (f && fclose(f))
		ok = false;
	return ok ? 0 :
		    lfctl_fail("cannot write " BUDGET_FILE
			       ": %m (it needs root, the module, and debugfs mounted)");
}

static int read_file(struct budget *b)
{
	FILE *f = fopen(BUDGET_FILE, "r");
	char name[32];
	int i;

	if (!f)
		return lfctl_fail("cannot read " BUDGET_FILE ": %m");
	memset(b, 0, sizeof(*b));
	if (fscanf(f, "clock_ns %" SCNu64, &b->clock) != 1)
		goto unknown;
	for (i = 0; i < STEPS; i++)
		if (fscanf(f, "%31s %" SCNu64 " %" SCNu64, name, &b->n[i], &b->ns[i]) != 3 ||
		    strcmp(name, names[i]))
			goto unknown;
	fclose(f);
	return 0;

unknown:
	fclose(f);
	return lfctl_fail(BUDGET_FILE " has an unknown format");
}

/*
 * Nanoseconds of a step per packet of `packets`, without the clock's share; `inside`: further
 * readings in it.
 */
static double each(const struct budget *b, enum step s, uint64_t packets, unsigned int inside)
{
	double ns = (double)b->ns[s] - (double)b->n[s] * b->clock * (1 + inside);

	return packets && ns > 0 ? ns / packets : 0;
}

static void add(struct json_object *steps, const char *name, uint64_t packets, double ns)
{
	struct json_object *o = json_object_new_object();

	out_add_str(o, "step", name);
	out_add_u64(o, "packets", packets);
	json_object_object_add(o, "ns", json_object_new_double(ns));
	json_object_array_add(steps, o);
}

static struct json_object *tell(const struct budget *b)
{
	struct json_object *o = json_object_new_object(), *steps = json_object_new_array();
	double sum = 0, walk = each(b, WALK, b->n[WALK], 0), ns;
	/* A model's steps, if it ran, are inside the walk: they are spread over all its packets. */
	double laps = b->n[PARSE] ? 0 : 1, inside;
	int i;

	for (i = PARSE; i < WALK; i++) {
		add(steps, names[i], b->n[i], each(b, i, i == VERDICT ? b->n[PARSE] : b->n[i], 0));
		sum += each(b, i, b->n[PARSE], 0);
		laps += b->n[PARSE] ? (double)b->n[i] / b->n[PARSE] : 0;
	}
	add(steps, "sum", b->n[PARSE], sum);
	add(steps, "walk", b->n[WALK], walk);
	if (b->n[ENQUEUE]) {
		/*
		 * For half of the packets the walk was read in laps, for the other half at both
		 * ends; the child was read at both ends.
		 */
		inside = (laps + 1 + 1 + 1) / 2 + 2;
		ns = each(b, ENQUEUE, b->n[ENQUEUE], 0) - inside * b->clock;
		add(steps, "band", b->n[ENQUEUE],
		    ns - (sum + walk) / 2 - each(b, CHILD, b->n[ENQUEUE], 0));
		add(steps, "child", b->n[CHILD], each(b, CHILD, b->n[CHILD], 0));
		add(steps, "dequeue", b->n[DEQUEUE], each(b, DEQUEUE, b->n[DEQUEUE], 0));
	}
	out_add_u64(o, "clock_ns", b->clock);
	json_object_object_add(o, "steps", steps);
	return o;
}

static void print(struct json_object *o)
{
	struct json_object *s;
	size_t i;

	printf("%-12s %12s %12s\n", "step", "packets", "ns each");
	for (i = 0; i < out_length(o, "steps"); i++) {
		s = out_at(o, "steps", i);
		printf("%-12s %12" PRIu64 " %12.1f\n", out_str(s, "step"), out_u64(s, "packets"),
		       json_object_get_double(json_object_object_get(s, "ns")));
	}
}

static int measure(struct budget *b, uint64_t ns)
{
	int status = turn(false) ?: turn(true), off;

	if (status)
		return status;
	stop_catch();
	stop_wait(-1, stop_now() + ns);
	status = read_file(b);
	off = turn(false);
	return status ?: off;
}

LFCTL_COMMAND(budget_main)
{
	struct json_object *o;
	uint64_t ns = BUDGET_NS;
	struct budget b;
	int status;

	if (argc > 1 || (argc == 1 && !args_seconds(argv[0], &ns)))
		return lfctl_usage(cmd, "it takes the seconds to measure for, or nothing");
	status = measure(&b, ns);
	if (status)
		return status;
	o = tell(&b);
	if (ctl->json) {
		out_json(o);
		return 0;
	}
	print(o);
	json_object_put(o);
	return 0;
}
