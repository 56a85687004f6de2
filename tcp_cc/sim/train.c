// SPDX-License-Identifier: GPL-2.0
/*
 * Search for a policy: evolution strategies (Salimans et al., 2017).
 *
 * A generation draws some scenes, and in each of them runs the net with its parameters moved by +e
 * and by -e, for some random e. Scenes and their random numbers are the same for all, so what
 * differs is the policy. In each scene the runs are ranked, so a scene in which little can be won
 * counts as much as another; ranks, averaged over scenes, weigh the moves, and Adam follows their
 * sum. No gradient of the simulator is needed, nor a model of value.
 *
 * Search from random parameters takes most of its time to find that a rate has to be held at all.
 * So it begins with a net that imitates the controller of hand.c, or with another net (-f), from
 * which mocc gets its first notion of preferences.
 *
 * Same seed, same numbers: threads only share out work.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hand.h"
#include "net.h"

#define PAIRS		24
#define RUNS		(2 * PAIRS)
#define SCENES		24
#define HELD_OUT	200
#define HELD_OUT_SEED	0x5eed0001ull
#define HELD_OUT_EVERY	10
#define SIGMA		0.03f
#define LEARN		0.006f
#define LEARN_END	0.001f
#define DECAY		0.0005f
#define THREADS_MAX	8

struct trainer {
	struct net net;
	float m[NET_PARAMS], v[NET_PARAMS];	/* Adam */
	u32 generation, generations;
	u64 seed;
	double seconds;				/* spent, all runs of a training together */
};

/* What a generation works on. */
struct task {
	struct sim_shape shape;
	float preference[3];
	u64 seed;
};

static struct trainer t;
static struct task tasks[HELD_OUT];
static float moves[PAIRS][NET_PARAMS];
static struct net tried[RUNS];
static struct sim_score scores[HELD_OUT][RUNS];
static int n_tasks, n_runs, n_threads = 1;
static atomic_int next_job;
static atomic_ullong intervals;

/*
 * Preferences are uniform over all triples that add up to 1; a quarter of them has equal weights.
 */
static void draw_preference(float *w, struct sim_rng *r)
{
	double a, b;

	w[0] = w[1] = w[2] = 1.0f / 3;
	if (t.net.width[0] == NET_HISTORY || sim_uniform(r) < 0.25)
		return;
	a = sim_uniform(r);
	b = sim_uniform(r);
	w[0] = fmin(a, b);
	w[1] = fmax(a, b) - w[0];
	w[2] = 1 - w[0] - w[1];
}

static void draw_tasks(int n, u64 seed)
{
	struct sim_rng r = sim_rng(seed);
	int i;

	n_tasks = n;
	for (i = 0; i < n; i++) {
		tasks[i].shape = sim_shape_random(&r);
		tasks[i].seed = seed * 1000003 + i;
		draw_preference(tasks[i].preference, &r);
	}
}

static void run_task(struct sim_scene *s, const struct task *k, const struct sim_policy *p,
		     struct sim_score *out)
{
	int i;

	sim_scene_make(s, &k->shape, p, k->seed);
	for (i = 0; i < s->n_flows; i++)
		memcpy(s->flows[i].preference, k->preference, sizeof(k->preference));
	sim_run(s);
	sim_score(s, out);
	for (i = 0; i < s->n_flows; i++)
		intervals += s->flows[i].intervals;
}

static void *work(void *arg)
{
	struct sim_scene *s = malloc(sizeof(*s));
	struct sim_policy p = { .act = net_act };
	int job;

	(void)arg;
	while ((job = next_job++) < n_tasks * n_runs) {
		p.ctx = &tried[job % n_runs];
		run_task(s, &tasks[job / n_runs], &p, &scores[job / n_runs][job % n_runs]);
	}
	free(s);
	return NULL;
}

static void run_all(int runs)
{
	pthread_t threads[THREADS_MAX];
	int i;

	n_runs = runs;
	next_job = 0;
	for (i = 1; i < n_threads; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	work(NULL);
	for (i = 1; i < n_threads; i++)
		pthread_join(threads[i], NULL);
}

/* Generations. */

static void draw_moves(void)
{
	struct sim_rng r = sim_rng(t.seed + 7919ull * t.generation + 1);
	int i, k;

	for (i = 0; i < PAIRS; i++) {
		tried[2 * i] = tried[2 * i + 1] = t.net;
		for (k = 0; k < t.net.n_params; k++) {
			moves[i][k] = net_lives(&t.net, k) ? sim_normal(&r) : 0;
			tried[2 * i].p[k] += SIGMA * moves[i][k];
			tried[2 * i + 1].p[k] -= SIGMA * moves[i][k];
		}
	}
}

/*
 * Of each run, the mean over scenes of its rank among the runs, from -1/2 to 1/2; equals share
 * ranks.
 */
static void rank(double *value)
{
	int s, i, j;

	memset(value, 0, RUNS * sizeof(*value));
	for (s = 0; s < n_tasks; s++)
		for (i = 0; i < RUNS; i++)
			for (j = 0; j < RUNS; j++)
				value[i] += ((scores[s][i].reward > scores[s][j].reward) -
					     (scores[s][i].reward < scores[s][j].reward)) /
					    (2.0 * RUNS * n_tasks);
}

static void adam(const float *grad)
{
	double step = t.generation + 1, part = fmin(step / t.generations, 1);
	float learn = LEARN * pow(LEARN_END / LEARN, part);
	int k;

	for (k = 0; k < t.net.n_params; k++) {
		t.m[k] = 0.9f * t.m[k] + 0.1f * grad[k];
		t.v[k] = 0.99f * t.v[k] + 0.01f * grad[k] * grad[k];
		t.net.p[k] += learn * (t.m[k] / (1 - pow(0.9, step))) /
				      (sqrt(t.v[k] / (1 - pow(0.99, step))) + 1e-8) -
			      learn * DECAY * t.net.p[k];
	}
}

static double generation(void)
{
	static float grad[NET_PARAMS];
	double value[RUNS], mean = 0;
	int i, k, s;

	draw_tasks(SCENES, t.seed + 104729ull * t.generation + 2);
	draw_moves();
	run_all(RUNS);
	rank(value);
	memset(grad, 0, sizeof(grad));
	for (i = 0; i < PAIRS; i++)
		for (k = 0; k < t.net.n_params; k++)
			grad[k] += (value[2 * i] - value[2 * i + 1]) * moves[i][k] / RUNS;
	adam(grad);
	for (s = 0; s < n_tasks; s++)
		for (i = 0; i < RUNS; i++)
			mean += scores[s][i].reward / (RUNS * n_tasks);
	return mean;
}

/* Scenes that no generation sees: their seed is not one of theirs. */
static struct sim_score held_out(void)
{
	struct sim_score sum = { 0 };
	double *a = (double *)&sum, *b;
	int s, k;

	draw_tasks(HELD_OUT, HELD_OUT_SEED);
	tried[0] = t.net;
	run_all(1);
	for (s = 0; s < n_tasks; s++)
		for (k = 0, b = (double *)&scores[s][0]; k < (int)(sizeof(sum) / sizeof(*a)); k++)
			a[k] += b[k] / n_tasks;
	return sum;
}

/* Imitation. */

#define BATCH		256
#define IMITATE_SCENES	1500
#define IMITATE_LEARN	0.001f

struct lesson {
	float grad[NET_PARAMS];
	double error;
	u32 rows, seen;
};

static struct net teacher;
static bool taught;

/*
 * What the teacher would do if it cared for queues and losses as the preference does: it sees a
 * queue, its gradient, and what is sent beyond what is delivered, made larger or smaller.
 */
#define CARE_LATENCY	2.0f
#define CARE_LOSS	1.5f

static float wanted(const float *raw, const float *w)
{
	float queue = expf(CARE_LATENCY * (w[1] - w[0])), loss = expf(CARE_LOSS * (w[2] - w[0]));
	float seen[NET_WIDTH];
	int k;

	if (!taught)
		return hand_action(raw, w);
	for (k = 0; k < LF_INTERVAL_HISTORY; k++) {
		seen[3 * k] = raw[3 * k] * queue;
		seen[3 * k + 1] = 1 + (raw[3 * k + 1] - 1) * queue;
		seen[3 * k + 2] = 1 + (raw[3 * k + 2] - 1) * loss;
	}
	for (k = 0; k < 3; k++)
		seen[NET_HISTORY + k] = 1.0f / 3;
	return net_run(&teacher, seen, NULL);
}

/*
 * The net drives, the teacher says what it would have done: so the net learns from where it gets
 * itself.
 */
static void learn_row(void *ctx, const struct sim_flow *f, double now, const struct lf_report *r,
		      s32 action)
{
	struct lesson *l = ctx;
	float raw[NET_WIDTH], e;
	int k;

	(void)now;
	(void)action;
	if (f->rate.state != LF_RATE_POLICY || r->limited || l->seen++ % 3)
		return;
	net_raw(&t.net, &f->history, f->preference, raw);
	e = net_learn(&t.net, raw, wanted(raw, f->preference), l->grad);
	l->error = 0.999 * l->error + 0.001 * e * e;
	if (++l->rows < BATCH)
		return;
	for (k = 0; k < t.net.n_params; k++)
		if (net_lives(&t.net, k)) {
			l->grad[k] /= BATCH;
			t.m[k] = 0.9f * t.m[k] + 0.1f * l->grad[k];
			t.v[k] = 0.999f * t.v[k] + 0.001f * l->grad[k] * l->grad[k];
			t.net.p[k] -= IMITATE_LEARN * t.m[k] / (sqrtf(t.v[k]) + 1e-6f);
		}
	memset(l->grad, 0, sizeof(l->grad));
	l->rows = 0;
}

static void imitate(void)
{
	struct sim_scene *s = malloc(sizeof(*s));
	static struct lesson l;
	struct sim_rng r = sim_rng(t.seed);
	struct sim_policy p = { net_act, &t.net };
	int i, k;

	for (i = 0; i < IMITATE_SCENES; i++) {
		struct sim_shape sh = sim_shape_random(&r);
		float w[3];

		draw_preference(w, &r);
		sim_scene_make(s, &sh, &p, t.seed + i);
		for (k = 0; k < s->n_flows; k++)
			memcpy(s->flows[k].preference, w, sizeof(w));
		s->watch = learn_row;
		s->watch_ctx = &l;
		sim_run(s);
		if (i % 250 == 249)
			fprintf(stderr, "imitation: %4d scenes, squared error %.3f\n", i + 1,
				l.error);
	}
	memset(t.m, 0, sizeof(t.m));
	memset(t.v, 0, sizeof(t.v));
	free(s);
}

/* Files of a training: PATH.net, PATH.state to go on from, PATH.csv. */

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
	char tmp[4096];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "wb");
	if (!f || fwrite(&t, sizeof(t), 1, f) != 1 || fclose(f) ||
	    rename(tmp, file_of(path, "state")))
		die(tmp);
	if (net_save(&t.net, file_of(path, "net")))
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
	if (!ok || begun.generations != t.generations || begun.seed != t.seed ||
	    begun.net.n_params != t.net.n_params) {
		fprintf(stderr, "train: %s is of another search\n", file_of(path, "state"));
		exit(1);
	}
	begun.net.name = t.net.name;
	t = begun;
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
	struct sim_score h = held_out();

	fprintf(csv, "%u,%.4f,%.4f,%.4f,%.4f,%.3f,%.5f,%.4f\n", t.generation, reward, h.reward,
		h.goodput, h.policy, h.queue_p95 / 1000, h.dropped, h.jain);
	fflush(csv);
	printf("%5u/%u %6.0f s  reward %7.4f  held out %7.4f  goodput %.3f  share %.3f  p95 queue %6.2f ms  dropped %.4f  Jain %.3f  %.0f k intervals/s\n",
	       t.generation, t.generations, t.seconds, reward, h.reward, h.goodput, h.policy,
	       h.queue_p95 / 1000, h.dropped, h.jain, speed / 1000);
	fflush(stdout);
}

static void train(const char *path)
{
	FILE *csv = fopen(file_of(path, "csv"), t.generation ? "a" : "w");
	double reward = 0, from;

	if (!csv)
		die(path);
	if (!t.generation) {
		fprintf(csv,
			"generation,reward,held_out,goodput,share,queue_p95_ms,dropped,jain\n");
		log_line(csv, NAN, 0);
	}
	while (t.generation < t.generations) {
		from = clock_s();
		intervals = 0;
		reward += generation() / HELD_OUT_EVERY;
		t.seconds += clock_s() - from;
		t.generation++;
		if (t.generation % HELD_OUT_EVERY)
			continue;
		log_line(csv, reward, intervals / (clock_s() - from));
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
	"  -f NET    begin with these parameters; mocc then learns to care for queues and losses as the preference does\n";

/* What aurora has learnt, in a net that has more lanes in its first layer. */
static int transfer(const char *path)
{
	struct net from;
	int i, o, lanes, width = t.net.width[1];

	if (net_load(&from, path))
		return -1;
	teacher = from;
	taught = true;
	if (!strcmp(from.name, t.net.name)) {
		t.net = from;
		return 0;
	}
	lanes = from.width[1];
	if (from.width[0] > t.net.width[0] || lanes != t.net.history_lanes)
		return -1;
	for (i = 0; i < from.width[0]; i++)
		for (o = 0; o < lanes; o++)
			t.net.p[i * width + o] = from.p[i * lanes + o];
	for (o = 0; o < lanes; o++)
		t.net.p[t.net.width[0] * width + o] = from.p[from.width[0] * lanes + o];
	memcpy(t.net.p + (t.net.width[0] + 1) * width, from.p + (from.width[0] + 1) * lanes,
	       lanes * from.width[2] * sizeof(float));
	memset(t.net.p + (t.net.width[0] + 1) * width + lanes * from.width[2], 0,
	       (width - lanes) * from.width[2] * sizeof(float));
	memcpy(t.net.p + (t.net.width[0] + 1) * width + width * from.width[2],
	       from.p + (from.width[0] + 1) * lanes + lanes * from.width[2],
	       (from.n_params - (from.width[0] + 1) * lanes - lanes * from.width[2]) *
		       sizeof(float));
	return 0;
}

int main(int argc, char **argv)
{
	const char *first = NULL;
	struct sim_rng r;
	int c;

	t.generations = 600;
	t.seed = 1;
	while ((c = getopt(argc, argv, "g:s:t:f:")) != -1) {
		switch (c) {
		case 'g': t.generations = atoi(optarg); break;
		case 's': t.seed = strtoull(optarg, NULL, 0); break;
		case 't': n_threads = clamp_t(int, atoi(optarg), 1, THREADS_MAX); break;
		case 'f': first = optarg; break;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (argc - optind != 2 || net_init(&t.net, argv[optind])) {
		fputs(usage, stderr);
		return 2;
	}
	r = sim_rng(t.seed);
	net_random(&t.net, &r);
	if (!resume(argv[optind + 1])) {
		if (first && transfer(first)) {
			fprintf(stderr, "train: %s is no net to begin with\n", first);
			return 1;
		}
		if (!first || t.net.width[0] > NET_HISTORY)
			imitate();
	}
	train(argv[optind + 1]);
	return 0;
}
