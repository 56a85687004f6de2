// SPDX-License-Identifier: GPL-2.0
/*
 * Policies in the simulator, side by side.
 *
 *	eval POLICY...			tables of the cells below
 *	eval -c MBIT,MS,BDP,LOSS,FLOWS,CUBICS,SECONDS[,LATE] [-n NOISE]... POLICY...
 *					one cell; with -v every interval
 *
 * NOISE is a kind of sim_noise_names, or ms=, step=, every=, outage=, bucket=, asymmetry= with a
 * number, or once, first: members of struct sim_shape.
 *
 * column.h has what a policy is. Every cell is the mean over SEEDS runs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "column.h"

#define SEEDS	5

static struct sim_scene scene;
static bool verbose;
static struct sim_shape extra;	/* of -n */

static void trace(void *ctx, const struct sim_flow *f, double now, const struct lf_report *r,
		  s32 action)
{
	const struct sim_scene *s = ctx;

	printf("%d %10.1f ms  state %d  rate %9.3f Mbit/s  ratio %6.3f  inflation %6.3f  send "
	       "%6.3f  lost %4u  least %6u us  action %6.2f  in flight %u\n",
	       (int)(f - s->flows), now / 1000, f->rate.state, f->rate.rate * 8e-6,
	       (double)r->f.latency_ratio / LF_ONE, (double)r->f.latency_inflation / LF_ONE,
	       (double)r->f.send_ratio / LF_ONE, r->lost, r->least_us, (double)action / LF_ONE,
	       f->inflight);
}

static struct sim_score run(const struct column *c, const struct sim_shape *sh)
{
	int i, k, seeds = verbose ? 1 : SEEDS;
	struct sim_score sum = { 0 }, one;
	double *a = (double *)&sum, *b = (double *)&one;

	for (k = 0; k < seeds; k++) {
		sim_scene_make(&scene, sh, &c->policy, 1000 + k);
		column_drive(c, &scene);
		if (verbose) {
			scene.watch = trace;
			scene.watch_ctx = &scene;
		}
		sim_run(&scene);
		sim_score(&scene, &one);
		for (i = 0; i < (int)(sizeof(one) / sizeof(double)); i++)
			a[i] += b[i] / seeds;
	}
	return sum;
}

/*
 * Tables: goodput over capacity, or share over fair share; p95 of queueing delay over the base RTT;
 * share dropped; Jain.
 */

static void heads(const char *title, const char *what)
{
	int i;

	printf("\n%s: %s\n\n| Mbit/s | RTT ms | queue BDP | loss %% | flows |", title, what);
	for (i = 0; i < n_columns; i++)
		printf(" %s |", columns[i].name);
	printf("\n|---|---|---|---|---|");
	for (i = 0; i < n_columns; i++)
		printf("---|");
	printf("\n");
}

static void row(const struct sim_shape *sh)
{
	struct sim_score s;
	int i;

	printf("| %g | %g | %g | %g | %d%s |", sh->mbit, sh->rtt_ms, sh->queue_bdp, sh->loss * 100,
	       sh->flows, sh->cubics ? " + CUBIC" : "");
	for (i = 0; i < n_columns; i++) {
		if (sh->cubics && columns[i].cubic) {
			printf(" - |");
			continue;
		}
		s = run(&columns[i], sh);
		printf(" %.3f / %.2f / %.2f", sh->cubics ? s.policy : s.goodput,
		       s.queue_p95 / 1000 / sh->rtt_ms, 100 * s.dropped);
		if (sh->flows > 1)
			printf(" / %.3f", s.jain);
		printf(" |");
	}
	printf("\n");
	fflush(stdout);
}

static double seconds(double mbit, double rtt_ms)
{
	return fmax(20, 200 * fmax(rtt_ms, 12 / mbit * 10) / 1000);
}

static const double mbits[] = { 1, 10, 100, 1000 }, rtts[] = { 10, 50, 100 }, queues[] = { 0.5, 4 };

static void table_alone(double loss)
{
	size_t i, j, k;

	for (i = 0; i < ARRAY_SIZE(mbits); i++)
		for (j = 0; j < ARRAY_SIZE(rtts); j++)
			for (k = 0; k < ARRAY_SIZE(queues) - (loss > 0); k++)
				row(&(struct sim_shape){ .mbit = mbits[i],
							 .rtt_ms = rtts[j],
							 .queue_bdp = queues[k],
							 .loss = loss,
							 .flows = 1,
							 .seconds = seconds(mbits[i], rtts[j]) });
}

static void table_shared(int flows, int cubics, double late)
{
	static const double queues[] = { 0.5, 1, 4 };
	size_t i, j, k;

	for (i = 1; i < ARRAY_SIZE(mbits) - 1; i++)
		for (j = 0; j < 2; j++)
			for (k = 0; k < ARRAY_SIZE(queues); k++)
				row(&(struct sim_shape){ .mbit = mbits[i],
							 .rtt_ms = rtts[j],
							 .queue_bdp = queues[k],
							 .flows = flows,
							 .cubics = cubics,
							 .seconds = 60,
							 .late = late });
}

/* The scenes that training is measured by, which it never sees. */
static void table_random(void)
{
	struct sim_rng r;
	struct sim_score sum, one;
	struct sim_shape sh;
	int i, n;

	printf("200 random scenes, means\n\n");
	printf("| policy | reward | goodput | p95 queue ms | dropped %% | Jain |\n"
	       "|---|---|---|---|---|---|\n");
	for (i = 0; i < n_columns; i++) {
		r = sim_rng(0x5eed0002ull);
		memset(&sum, 0, sizeof(sum));
		for (n = 0; n < 200; n++) {
			sh = sim_shape_random(&r);
			sim_scene_make(&scene, &sh, &columns[i].policy, n);
			column_drive(&columns[i], &scene);
			sim_run(&scene);
			sim_score(&scene, &one);
			sum.reward += one.reward / 200;
			sum.goodput += one.goodput / 200;
			sum.queue_p95 += one.queue_p95 / 200;
			sum.dropped += one.dropped / 200;
			sum.jain += one.jain / 200;
		}
		/* CUBIC's own reward leaves its delay out. */
		if (columns[i].cubic)
			printf("| %s | |", columns[i].name);
		else
			printf("| %s | %.3f |", columns[i].name, sum.reward);
		printf(" %.3f | %.1f | %.2f | %.3f |\n", sum.goodput, sum.queue_p95 / 1000,
		       100 * sum.dropped, sum.jain);
	}
}

/* KEY=VALUE, one of the shape's further members. */
static bool further(struct sim_shape *sh, const char *text)
{
	static const struct { const char *key; size_t at;
	} members[] = {
		{ "ms=", offsetof(struct sim_shape, noise_ms) },
		{ "step=", offsetof(struct sim_shape, step_ms) },
		{ "every=", offsetof(struct sim_shape, every_s) },
		{ "outage=", offsetof(struct sim_shape, outage_s) },
		{ "bucket=", offsetof(struct sim_shape, bucket_ms) },
		{ "asymmetry=", offsetof(struct sim_shape, asymmetry) },
	};
	size_t i;

	for (i = 0; i < SIM_NOISES; i++)
		if (!strcmp(text, sim_noise_names[i])) {
			sh->noise = i;
			return true;
		}
	for (i = 0; i < ARRAY_SIZE(members); i++)
		if (!strncmp(text, members[i].key, strlen(members[i].key))) {
			*(double *)((char *)sh + members[i].at) =
				atof(text + strlen(members[i].key));
			return true;
		}
	sh->once |= !strcmp(text, "once");
	sh->first_only |= !strcmp(text, "first");
	return !strcmp(text, "once") || !strcmp(text, "first");
}

static void one_cell(const char *text)
{
	struct sim_shape sh = extra;
	struct sim_score s;
	int i;

	if (sscanf(text, "%lf,%lf,%lf,%lf,%d,%d,%lf,%lf", &sh.mbit, &sh.rtt_ms, &sh.queue_bdp,
		   &sh.loss, &sh.flows, &sh.cubics, &sh.seconds, &sh.late) < 7)
		die("not MBIT,MS,BDP,LOSS,FLOWS,CUBICS,SECONDS[,LATE]", text);
	for (i = 0; i < n_columns; i++) {
		s = run(&columns[i], &sh);
		printf("%-20s reward %7.3f  goodput %.3f  share %.3f  queue %.2f ms, p95 %.2f ms  "
		       "dropped %.4f  lost %.4f  Jain %.3f\n",
		       columns[i].name, s.reward, s.goodput, s.policy, s.queue_mean / 1000,
		       s.queue_p95 / 1000, s.dropped, s.lost, s.jain);
	}
}

static void tables(void)
{
	table_random();
	heads("One flow",
	      "goodput over capacity / p95 of queueing delay over base RTT / % dropped");
	table_alone(0);
	heads("One flow, 1 % random loss", "the same");
	table_alone(0.01);
	heads("Four flows", "the same / Jain's index of the second half");
	table_shared(4, 0, 0);
	heads("One flow beside a CUBIC flow", "share of the flow over its fair share / ...");
	table_shared(1, 1, 0);
	heads("One flow that comes to a CUBIC flow after a third of the time", "the same");
	table_shared(1, 1, 20);
}

int main(int argc, char **argv)
{
	const char *cell = NULL;
	int c;

	while ((c = getopt(argc, argv, "c:n:v")) != -1) {
		if (c == 'c')
			cell = optarg;
		else if (c == 'n' && further(&extra, optarg))
			continue;
		else if (c == 'v')
			verbose = true;
		else
			return 2;
	}
	while (optind < argc)
		column_add(argv[optind++]);
	if (!n_columns)
		die("no policy", "usage: eval [-v] [-c CELL] POLICY...");
	if (cell)
		one_cell(cell);
	else
		tables();
	return 0;
}
