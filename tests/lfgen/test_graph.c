// SPDX-License-Identifier: GPL-2.0
/*
 * Random graphs through the quantiser, the placing of values in buffers, and the engine: whatever
 * reads what, the snapshot validates, runs equal to plan_run() on its golden vectors and on every
 * path (plan_emit() sees to both), and is near the graph. LF_SEED=n repeats a run.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "net.h"
#include "trial.h"

#define GRAPHS	150
#define INPUTS	7
#define LIMIT	0.002

static u32 below(u64 *rng, u32 n)
{
	return test_random(rng) % n;
}

static u32 width_of(const struct graph *g, u32 v)
{
	return v ? g->layers[v - 1].n_out : g->n_inputs;
}

/* One to three parts of values that there are; from: the least value. */
static struct graph_parts random_parts(const struct graph *g, u64 *rng, u32 from)
{
	struct graph_parts p = { .n = 1 + below(rng, 3) };
	u32 k, w;

	p.part = util_alloc(p.n, sizeof(*p.part));
	for (k = 0; k < p.n; k++) {
		p.part[k].value = from + below(rng, g->n_layers + 1 - from);
		w = width_of(g, p.part[k].value);
		p.part[k].first = below(rng, 3) ? 0 : below(rng, w);
		p.part[k].n = below(rng, 3) ? w - p.part[k].first :
					      1 + below(rng, w - p.part[k].first);
	}
	return p;
}

/* Exactly n lanes of one value that has as many, or one lane; .n == 0 if there is none. */
static struct graph_parts second(const struct graph *g, u64 *rng, u32 from, u32 n, bool may_be_one)
{
	struct graph_parts p = { 0 };
	u32 v = from + below(rng, g->n_layers + 1 - from);

	if (width_of(g, v) < n && !may_be_one)
		return p;
	p.n = 1;
	p.part = util_alloc(1, sizeof(*p.part));
	*p.part = (struct graph_part) { v, 0, width_of(g, v) < n ? 1 : n };
	return p;
}

static void fill(struct graph_layer *l, u64 *rng, u32 each)
{
	static const enum graph_act acts[] = {
		GRAPH_ACT_NONE, GRAPH_ACT_CLIP,	    GRAPH_ACT_TANH,
		GRAPH_ACT_GELU, GRAPH_ACT_SOFTPLUS, GRAPH_ACT_LEAKY,
	};
	u32 i;

	l->act = acts[below(rng, ARRAY_SIZE(acts))];
	l->lo = l->act == GRAPH_ACT_CLIP ? 0 : -INFINITY;
	l->hi = INFINITY;
	l->alpha = 0.1;
	l->range_lo = l->range_hi = NAN;
	if (!each)
		return;
	l->w = util_alloc(each * l->n_out, sizeof(double));
	l->b = util_alloc(l->n_out, sizeof(double));
	for (i = 0; i < each * l->n_out; i++)
		l->w[i] = 2 * test_unit(rng) / sqrt(each);
	for (i = 0; i < l->n_out; i++)
		l->b[i] = test_unit(rng) / 4;
}

static void add_layer(struct graph *g, u64 *rng)
{
	u32 op = below(rng, 6), from = op == GRAPH_MUL;
	struct graph_layer l = { .node = util_strdup("layer") };

	if (from > g->n_layers)
		op = GRAPH_FC, from = 0;
	l.op = op > GRAPH_MUL ? GRAPH_FC : op;
	l.x = random_parts(g, rng, from);
	l.n_in = l.n_out = graph_parts_n(g, &l.x, g->n_layers);
	if (l.op != GRAPH_FC)
		l.z = second(g, rng, from, l.n_in, l.op == GRAPH_MUL);
	if (l.op == GRAPH_MUL && !l.z.n)
		l.op = GRAPH_FC;
	if (l.op == GRAPH_FC)
		l.n_out = 1 + below(rng, 20);
	fill(&l, rng, l.op == GRAPH_FC ? l.n_in : l.op == GRAPH_MUL ? 0 : l.z.n ? 2 : 1);
	g->layers[g->n_layers++] = l;
}

/* A layer that is a softmax's, and the softmax. */
static void add_softmax(struct graph *g, u64 *rng)
{
	struct graph_layer l = { .node = util_strdup("softmax"), .op = GRAPH_SOFTMAX };

	add_layer(g, rng);
	if (g->layers[g->n_layers - 1].op != GRAPH_FC)
		add_layer(g, rng);
	if (g->layers[g->n_layers - 1].op == GRAPH_FC) {
		l.n_in = l.n_out = g->layers[g->n_layers - 1].n_out;
		fill(&l, rng, 0);
		l.act = GRAPH_ACT_NONE;
		g->layers[g->n_layers++] = l;
		return;
	}
	free(l.node);
}

static struct graph *random_graph(u64 *rng)
{
	struct graph *g = util_alloc(1, sizeof(*g));
	u32 n = 1 + below(rng, 10);

	g->kind = GRAPH_NET;
	g->name = util_strdup("random");
	g->producer = util_strdup("test");
	g->n_inputs = INPUTS;
	g->layers = util_alloc(n + 3, sizeof(*g->layers));
	while (g->n_layers < n)
		if (below(rng, 6))
			add_layer(g, rng);
		else
			add_softmax(g, rng);
	g->out = random_parts(g, rng, 1);
	g->n_outputs = graph_parts_n(g, &g->out, g->n_layers);
	return g;
}

/* Errors that a graph may have: it needs more than there is. */
static bool is_limit(const char *why)
{
	return strstr(why, "at most") || strstr(why, "more than 16 values") ||
	       strstr(why, "more than 64 steps");
}

/* The mean error of all outputs, in parts of the greatest range. */
static double error_of(const struct graph *g, struct lfs *m, const struct rows *rows)
{
	struct trial_errors e = trial_errors(g, m, rows, LQ_PATH_SWAR);

	return e.range > 1e-9 ? e.mean / e.range : 0;	/* dead ends are all 0 */
}

static void one(u64 seed, u32 *made, u32 *steps, double *worst)
{
	u64 rng = seed * 77777 + 5;
	struct graph *g = random_graph(&rng);
	struct rows calib = test_rows(seed, 300, INPUTS, -1, 2, false);
	struct plan_options opt = { .margin = 1.25 };
	struct graph_err err = { .msg = "" };
	struct plan plan;
	double error;
	struct lfs m;
	void *file;
	size_t len;
	int ret;

	ret = plan_make(g, &calib, &opt, &plan, &err);
	if (!ret) {
		ret = plan_emit(&plan, &file, &len, &err);
		plan_free(&plan);
	}
	if (ret && !is_limit(err.msg))
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.msg);
	if (!ret) {
		assert_int_equal(lfs_load(&m, file, len, "model", &err), 0);
		error = error_of(g, &m, &calib);
		if (getenv("LF_SEED") || error > LIMIT)
			print_message("seed %llu: %.4f %%\n", (unsigned long long)seed,
				      100 * error);
		*worst = fmax(*worst, error);
		*steps += m.info.n_layers;
		(*made)++;
		free(file);
		lfs_free(&m);
	}
	rows_free(&calib);
	graph_free(g);
}

static void graphs(void **state)
{
	const char *env = getenv("LF_SEED");
	u64 seed = env ? strtoull(env, NULL, 0) : 1, k;
	u32 made = 0, steps = 0;
	double worst = 0;

	(void)state;
	for (k = 0; k < (env ? 1 : GRAPHS); k++)
		one(seed + k, &made, &steps, &worst);
	print_message("%u graphs of %u made, %u steps, largest mean error %.4f %%\n", made, GRAPHS,
		      steps, 100 * worst);
	assert_true(env || made > GRAPHS / 2);
	assert_true(worst < LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(graphs) };

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
