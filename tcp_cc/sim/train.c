// SPDX-License-Identifier: GPL-2.0
/*
 * Search for a policy, as a program: search.c over the scenes of scene.c.
 *
 * The search begins with a net that imitates the controller of hand.c, or with another net (-f),
 * from which mocc gets its first notion of preferences.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hand.h"
#include "imitate.h"

#define HELD_OUT	200
#define HELD_OUT_SEED	0x5eed0001ull	/* of scenes that no generation sees */
#define HELD_OUT_EVERY	10
#define IMITATE_SCENES	1500

/* PATH.state: all runs of a training together. */
struct trainer {
	struct search_state at;
	u32 generations;
	double seconds;
};

static struct search search;
static u32 generations = 600;
static double seconds;

/* --- imitation --- */

static struct sim_net teacher;
static bool taught;

/*
 * What the teacher would do if it cared for queues and losses as the preference does: it sees a
 * queue, its gradient, and what is sent beyond what is delivered, made larger or smaller.
 */
#define CARE_LATENCY	2.0f
#define CARE_LOSS	1.5f

static float wanted(void *ctx, const struct sim_flow *f, const float *raw)
{
	const float *w = f->preference;
	float queue = expf(CARE_LATENCY * (w[1] - w[0])), loss = expf(CARE_LOSS * (w[2] - w[0]));
	float seen[NET_WIDTH];
	int k;

	(void)ctx;
	if (!taught)
		return hand_action(raw, w);
	for (k = 0; k < LF_INTERVAL_HISTORY; k++) {
		seen[3 * k] = raw[3 * k] * queue;
		seen[3 * k + 1] = 1 + (raw[3 * k + 1] - 1) * queue;
		seen[3 * k + 2] = 1 + (raw[3 * k + 2] - 1) * loss;
	}
	for (k = 0; k < 3; k++)
		seen[NET_HISTORY + k] = 1.0f / 3;
	return sim_net_run(&teacher, seen, NULL);
}

static void without_noise(void *ctx, struct sim_shape *sh, struct sim_rng *r)
{
	(void)ctx;
	*sh = sim_shape_random(r);
	sh->noise = SIM_QUIET;
	sh->noise_ms = 0;
}

#define NOISY		0.4	/* of the scenes */
#define SHORT		0.2	/* of these: a data centre's RTT */
#define ONE_ALONE	0.2	/* noise for the first of several flows */
#define STEPPED		0.1	/* base RTT changes */

/* Noise of every kind and size, and RTTs that change; the rest as sim_shape_random() has them. */
static void with_noise(void *ctx, struct sim_shape *sh, struct sim_rng *r)
{
	double kind = sim_uniform(r);

	(void)ctx;
	*sh = sim_shape_random(r);
	if (kind < NOISY) {
		if (sim_uniform(r) < SHORT)
			sh->rtt_ms = sim_log_range(r, 0.1, 1);
		sim_noise_random(sh, r);
		sh->first_only = sh->flows > 1 && sim_uniform(r) < ONE_ALONE;
		sh->seconds = sim_shape_seconds(sh, r);
	} else if (kind < NOISY + STEPPED) {
		sh->step_ms = sim_range(r, 0.2, 1) * sh->rtt_ms;
		sh->every_s = sh->seconds * sim_range(r, 0.1, 0.4);
		sh->once = sim_uniform(r) < 0.3;
	}
}

static bool told(void *ctx, int scenes, double error)
{
	(void)ctx;
	if (scenes % 250 == 0)
		fprintf(stderr, "imitation: %4d scenes, squared error %.3f\n", scenes, error);
	return true;
}

/* --- files of a training: PATH.net, PATH.state to go on from, PATH.csv --- */

static char *file_of(const char *path, const char *end)
{
	static char name[4096];

	snprintf(name, sizeof(name), "%s.%s", path, end);
	return name;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void save(const char *path)
{
	struct trainer t = { search.at, generations, seconds };
	char tmp[4096];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "wb");
	if (!f || fwrite(&t, sizeof(t), 1, f) != 1 || fclose(f) ||
	    rename(tmp, file_of(path, "state")))
		die(tmp);
	if (sim_net_save(&search.at.net, file_of(path, "net")))
		die(path);
}

/* The arguments are the schedule: another one is another search. */
static bool resume(const char *path)
{
	FILE *f = fopen(file_of(path, "state"), "rb");
	struct trainer begun;
	bool ok;

	if (!f)
		return false;
	ok = fread(&begun, sizeof(begun), 1, f) == 1;
	fclose(f);
	if (!ok || begun.generations != generations || begun.at.seed != search.at.seed ||
	    begun.at.net.n_params != search.at.net.n_params) {
		fprintf(stderr, "train: %s is of another search\n", file_of(path, "state"));
		exit(1);
	}
	begun.at.net.name = search.at.net.name;
	search.at = begun.at;
	seconds = begun.seconds;
	return true;
}

static double clock_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static void log_line(FILE *csv, double reward, double speed)
{
	struct sim_score h = search_score(&search, HELD_OUT, HELD_OUT_SEED);

	fprintf(csv, "%u,%.4f,%.4f,%.4f,%.4f,%.3f,%.5f,%.4f\n", search.at.generation, reward,
		h.reward, h.goodput, h.policy, h.queue_p95 / 1000, h.dropped, h.jain);
	fflush(csv);
	printf("%5u/%u %6.0f s  reward %7.4f  held out %7.4f  goodput %.3f  share %.3f  p95 queue "
	       "%6.2f ms  dropped %.4f  Jain %.3f  %.0f k intervals/s\n",
	       search.at.generation, generations, seconds, reward, h.reward, h.goodput, h.policy,
	       h.queue_p95 / 1000, h.dropped, h.jain, speed / 1000);
	fflush(stdout);
}

static double step(double *speed)
{
	double from = clock_s(), took, reward;

	search.intervals = 0;
	reward = search_generation(&search, (search.at.generation + 1.0) / generations);
	took = clock_s() - from;
	seconds += took;
	*speed = search.intervals / took;
	return reward;
}

static void train(const char *path)
{
	FILE *csv = fopen(file_of(path, "csv"), search.at.generation ? "a" : "w");
	double reward = 0, speed;

	if (!csv)
		die(path);
	if (!search.at.generation) {
		fprintf(csv,
			"generation,reward,held_out,goodput,share,queue_p95_ms,dropped,jain\n");
		log_line(csv, NAN, 0);
	}
	while (search.at.generation < generations) {
		reward += step(&speed) / HELD_OUT_EVERY;
		if (search.at.generation % HELD_OUT_EVERY)
			continue;
		log_line(csv, reward, speed);
		save(path);
		reward = 0;
	}
	fclose(csv);
}

static const char usage[] =
	"train [OPTION]... aurora|mocc PATH\n"
	"Search for a policy; with the same arguments go on where PATH.state ends.\n"
	"  -g N      generations (default 600)\n"
	"  -s SEED   (default 1)\n"
	"  -t N      threads (default 1)\n"
	"  -q        no noise on any path\n"
	"  -n        noise of every kind\n"
	"  -f NET    begin with these parameters; mocc then learns to care for queues and losses "
	"as the preference does\n";

/* What aurora has learnt, in a net that has more lanes in its first layer. */
static int transfer(const char *path)
{
	struct sim_net from, *to = &search.at.net;
	int i, o, lanes, width = to->width[1];

	if (sim_net_load(&from, path))
		return -1;
	teacher = from;
	taught = true;
	if (!strcmp(from.name, to->name)) {
		*to = from;
		return 0;
	}
	lanes = from.width[1];
	if (from.width[0] > to->width[0] || lanes != to->history_lanes)
		return -1;
	for (i = 0; i < from.width[0]; i++)
		for (o = 0; o < lanes; o++)
			to->p[i * width + o] = from.p[i * lanes + o];
	for (o = 0; o < lanes; o++)
		to->p[to->width[0] * width + o] = from.p[from.width[0] * lanes + o];
	memcpy(to->p + (to->width[0] + 1) * width, from.p + (from.width[0] + 1) * lanes,
	       lanes * from.width[2] * sizeof(float));
	memset(to->p + (to->width[0] + 1) * width + lanes * from.width[2], 0,
	       (width - lanes) * from.width[2] * sizeof(float));
	memcpy(to->p + (to->width[0] + 1) * width + width * from.width[2],
	       from.p + (from.width[0] + 1) * lanes + lanes * from.width[2],
	       (from.n_params - (from.width[0] + 1) * lanes - lanes * from.width[2]) *
		       sizeof(float));
	return 0;
}

static void begin(const char *first)
{
	static const struct imitation how = { wanted, told, NULL };

	if (first && transfer(first)) {
		fprintf(stderr, "train: %s is no net to begin with\n", first);
		exit(1);
	}
	if (!first || search.at.net.width[0] > NET_HISTORY)
		imitate(&search, &how, IMITATE_SCENES);
}

int main(int argc, char **argv)
{
	const char *first = NULL;
	search_draw *draw = NULL;
	int c, threads = 1;
	struct sim_rng r;
	u64 seed = 1;

	while ((c = getopt(argc, argv, "g:s:t:f:qn")) != -1) {
		switch (c) {
		case 'g':
			generations = atoi(optarg);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			threads = atoi(optarg);
			break;
		case 'f':
			first = optarg;
			break;
		case 'q':
			draw = without_noise;
			break;
		case 'n':
			draw = with_noise;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	search_begin(&search, seed, threads, draw, NULL);
	if (argc - optind != 2 || sim_net_init(&search.at.net, argv[optind])) {
		fputs(usage, stderr);
		return 2;
	}
	r = sim_rng(seed);
	sim_net_random(&search.at.net, &r);
	if (!resume(argv[optind + 1]))
		begin(first);
	train(argv[optind + 1]);
	search_end(&search);
	return 0;
}
