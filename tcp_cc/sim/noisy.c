// SPDX-License-Identifier: GPL-2.0
/*
 * Policies in noise, beside CUBIC in the same scenes.
 *
 *	noisy POLICY...			the cells below: goodput over capacity and p95 of what waits
 *					at the bottleneck, ms
 *	noisy -r N [-s SEED] POLICY...	N random scenes of one flow: how its goodput over CUBIC's is
 *					distributed; with -v every scene. CUBIC against itself has
 *					other random numbers: it shows how much is chance
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "column.h"
#include "noisy.h"

#define SEEDS		3
#define SCENES_MAX	10000

static struct sim_scene scene;
static bool verbose;
static struct sim_shape shapes[SCENES_MAX];
static double of_cubic[SCENES_MAX], ratios[SCENES_MAX], shares[SCENES_MAX];

static struct sim_score run(const struct column *c, const struct sim_shape *sh, u64 seed)
{
	struct sim_score s;

	sim_scene_make(&scene, sh, &c->policy, seed);
	column_drive(c, &scene);
	sim_run(&scene);
	sim_score(&scene, &s);
	return s;
}

static void cell(const char *name, const struct sim_shape *sh)
{
	struct sim_score s;
	double good, queue, jain;
	int i, k;

	printf("| %s | %g | %g | %d |", name, sh->mbit, sh->rtt_ms, sh->flows);
	for (i = 0; i < n_columns; i++) {
		good = queue = jain = 0;
		for (k = 0; k < SEEDS; k++) {
			s = run(&columns[i], sh, 2000 + k);
			good += s.goodput / SEEDS;
			queue += s.queue_p95 / 1000 / SEEDS;
			jain += s.jain / SEEDS;
		}
		printf(" %.3f / %.2f", good, queue);
		if (sh->flows > 1)
			printf(" / %.2f", jain);
		printf(" |");
	}
	printf("\n");
	fflush(stdout);
}

static const double paths[][2] = { { 20, 20 }, { 50, 50 }, { 100, 20 }, { 500, 4 }, { 1000, 0.2 } };

/* A whole number of RTTs after a second: long enough for CUBIC to fill the line. */
static struct sim_shape shape(const double *path)
{
	return (struct sim_shape) {
		.mbit = path[0], .rtt_ms = path[1], .queue_bdp = 2, .flows = 1,
		.seconds = fmin(20, 2 + path[1]),
	};
}

static void noises(void)
{
	static const double jitters[] = { 0.01, 0.05, 0.1, 0.25, 0.5 },
			    lumps[] = { 0.25, 0.5, 1, 2 };
	char name[64];
	size_t p, i;
	int kind;

	for (kind = SIM_EXPONENTIAL; kind < SIM_NOISES; kind++)
		for (p = 0; p < ARRAY_SIZE(paths); p++)
			for (i = 0;
			     i < (kind < SIM_LUMPS ? ARRAY_SIZE(jitters) : ARRAY_SIZE(lumps));
			     i++) {
				struct sim_shape sh = shape(paths[p]);
				double part = kind < SIM_LUMPS ? jitters[i] : lumps[i];

				sh.noise = kind;
				sh.noise_ms = part * sh.rtt_ms;
				snprintf(name, sizeof(name), "%s, %g RTT", sim_noise_names[kind],
					 part);
				cell(name, &sh);
			}
}

static void others(void)
{
	struct sim_shape sh;
	size_t p;

	for (p = 0; p < 4; p++) {
		sh = shape(paths[p]);
		cell("quiet", &sh);
		sh.flows = 2;
		sh.noise = SIM_EXPONENTIAL;
		sh.noise_ms = 0.1 * sh.rtt_ms;
		sh.first_only = true;
		cell("one of two with jitter, 0.1 RTT", &sh);
		sh = shape(paths[p]);
		sh.seconds = 60;
		sh.every_s = 15;
		sh.step_ms = sh.rtt_ms;
		cell("steps every 15 s, up to 1 RTT more", &sh);
		sh.every_s = 20;
		sh.once = true;
		cell("longer by an RTT after 20 s", &sh);
		sh = shape(paths[p]);
		sh.bucket_ms = 50;
		cell("policer, bucket of 50 ms", &sh);
		sh = shape(paths[p]);
		sh.seconds = 40;
		sh.outage_s = 1;
		cell("outages of 1 s", &sh);
		sh = shape(paths[p]);
		sh.asymmetry = 40;
		cell("way back 40 times as narrow", &sh);
	}
}

static void cells(void)
{
	int i;

	printf("| noise | Mbit/s | RTT ms | flows |");
	for (i = 0; i < n_columns; i++)
		printf(" %s |", columns[i].name);
	printf("\n|---|---|---|---|");
	for (i = 0; i < n_columns; i++)
		printf("---|");
	printf("\n");
	noises();
	others();
}

static int ascending(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 :
							 *(const double *)a > *(const double *)b;
}

static void print_scene(const struct column *c, int k, double queue)
{
	const struct sim_shape *sh = &shapes[k];

	printf("%s,%d,%.4g,%.4g,%.3g,%s,%.4g,%.3f,%.3f,%.3f\n", c->name, k, sh->mbit, sh->rtt_ms,
	       sh->queue_bdp, sim_noise_names[sh->noise], sh->noise_ms, of_cubic[k], ratios[k],
	       queue);
}

static void random_scenes(int n, u64 seed)
{
	static const struct column cubic = { .name = "cubic", .cubic = true };
	struct sim_score s, least = { 0 };
	int i, k, worst;

	noisy_shapes(shapes, n, seed);
	for (k = 0; k < n; k++) {
		s = run(&cubic, &shapes[k], k);
		of_cubic[k] = s.goodput;
		shares[k] = s.queue_p95;
	}
	for (i = 0; i < n_columns; i++) {
		double queue = 0, over = 0;

		worst = 0;
		for (k = 0; k < n; k++) {
			s = run(&columns[i], &shapes[k], columns[i].cubic ? k + SCENES_MAX : k);
			ratios[k] = s.goodput / of_cubic[k];
			queue += s.queue_p95 / shares[k] / n;
			over += s.queue_p95 > shares[k];
			if (verbose)
				print_scene(&columns[i], k, s.queue_p95 / shares[k]);
			if (ratios[k] <= ratios[worst]) {
				worst = k;
				least = s;
			}
		}
		printf("%s: worst %.3f (scene %d: %.3g Mbit/s, %.3g ms, %.2g BDP, %s of %.3g ms, "
		       "goodput %.3f)",
		       columns[i].name, ratios[worst], worst, shapes[worst].mbit,
		       shapes[worst].rtt_ms, shapes[worst].queue_bdp,
		       sim_noise_names[shapes[worst].noise], shapes[worst].noise_ms, least.goodput);
		qsort(ratios, n, sizeof(*ratios), ascending);
		printf(", 0.1 %% %.3f, 1 %% %.3f, 5 %% %.3f, 25 %% %.3f, median %.3f; p95 queue "
		       "over CUBIC's %.2f, above it in %.0f\n",
		       ratios[n / 1000], ratios[n / 100], ratios[n / 20], ratios[n / 4],
		       ratios[n / 2], queue, over);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	int c, n = 0;
	u64 seed = 1;

	while ((c = getopt(argc, argv, "r:s:v")) != -1) {
		if (c == 'r')
			n = clamp_t(int, atoi(optarg), 100, SCENES_MAX);
		else if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'v')
			verbose = true;
		else
			return 2;
	}
	while (optind < argc)
		column_add(argv[optind++]);
	if (!n_columns)
		die("no policy", "usage: noisy [-r N [-s SEED]] POLICY...");
	if (n)
		random_scenes(n, seed);
	else
		cells();
	return 0;
}
