// SPDX-License-Identifier: GPL-2.0
/*
 * Adam (Kingma and Ba, ICLR 2015) over shuffled mini-batches, with the step halved when the loss
 * stops falling. Inputs and values are standardised by the training rows; both scalings are folded
 * into the weights at the end.
 *
 * Stability, LiteFlow's first condition for a new snapshot: the loss on held-out flows has settled,
 * that is, its mean over the last six epochs is within one percent of that over the six before. The
 * weights of the epoch with the lowest such loss are kept.
 */
#include "adam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codegen/util.h"

#define BATCH		64
#define STEP		2e-3
#define B1		0.9
#define B2		0.999
#define TINY		1e-8
#define SETTLE		6	/* epochs */
#define SETTLED		0.01
#define CONSTANT	1e-9	/* deviation of a column that does not vary */

static uint64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

bool adam_settled(const double *loss, uint32_t n)
{
	double a = 0, b = 0;
	uint32_t i;

	if (n < 2 * SETTLE)
		return false;
	for (i = 0; i < SETTLE; i++) {
		a += loss[n - 2 * SETTLE + i];
		b += loss[n - SETTLE + i];
	}
	return b >= a * (1 - SETTLED) || b < 1e-3 * SETTLE;
}

/* --- rows --- */

struct part {			/* training rows, or held-out rows */
	struct net_rows rows;
	double *x, *y, *w;
};

static void part_make(struct part *p, const struct dataset *d, const double *weight,
		      const struct net_scale *s)
{
	size_t i, n = 0;
	uint32_t k;

	for (i = 0; i < d->n; i++)
		n += weight[i] > 0;
	p->x = util_alloc(n * d->n_in + 1, sizeof(double));
	p->y = util_alloc(n + 1, sizeof(double));
	p->w = util_alloc(n + 1, sizeof(double));
	for (i = n = 0; i < d->n; i++) {
		if (!(weight[i] > 0))
			continue;
		for (k = 0; k < d->n_in; k++)
			p->x[n * d->n_in + k] = (d->x[i * d->n_in + k] - s->mean[k]) / s->dev[k];
		p->y[n] = d->n_classes ? d->y[i] : (d->y[i] - s->at) / s->scale;
		p->w[n++] = weight[i];
	}
	p->rows = (struct net_rows) { n, p->x, p->y, p->w, d->n_classes };
}

static void part_free(struct part *p)
{
	free(p->x);
	free(p->y);
	free(p->w);
}

/* Weighted mean and deviation of a column of `stride` numbers a row. */
static void moments(const struct dataset *d, const double *v, size_t stride, double *mean,
		    double *dev)
{
	double n = 0, sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < d->n; i++) {
		n += d->w[i];
		sum += d->w[i] * v[i * stride];
	}
	*mean = n > 0 ? sum / n : 0;
	for (i = 0; i < d->n; i++)
		squares += d->w[i] * (v[i * stride] - *mean) * (v[i * stride] - *mean);
	*dev = n > 0 ? sqrt(squares / n) : 0;
	if (*dev < CONSTANT)
		*dev = 1;
}

static void scales(const struct dataset *d, double *mean, double *dev, struct net_scale *s)
{
	uint32_t k;

	for (k = 0; k < d->n_in; k++)
		moments(d, d->x + k, d->n_in, &mean[k], &dev[k]);
	s->mean = mean;
	s->dev = dev;
	s->at = 0;
	s->scale = 1;
	if (!d->n_classes)
		moments(d, d->y, 1, &s->at, &s->scale);
}

/* --- steps --- */

struct adam {
	double *g, *m, *v;
	double step;
	uint64_t t;
	uint64_t random;
};

static void swap_rows(struct part *p, uint32_t in, size_t a, size_t b)
{
	double t;
	uint32_t k;

	for (k = 0; k < in; k++) {
		t = p->x[a * in + k];
		p->x[a * in + k] = p->x[b * in + k];
		p->x[b * in + k] = t;
	}
	t = p->y[a], p->y[a] = p->y[b], p->y[b] = t;
	t = p->w[a], p->w[a] = p->w[b], p->w[b] = t;
}

static void shuffle(struct adam *a, struct part *p, uint32_t in)
{
	size_t i;

	for (i = p->rows.n; i > 1; i--) {
		a->random ^= a->random << 13;
		a->random ^= a->random >> 7;
		a->random ^= a->random << 17;
		swap_rows(p, in, i - 1, a->random % i);
	}
}

static void step(struct adam *a, struct net *net)
{
	double c1 = 1 - pow(B1, ++a->t), c2 = 1 - pow(B2, a->t);
	size_t i;

	for (i = 0; i < net->n_all; i++) {
		a->m[i] += (1 - B1) * (a->g[i] - a->m[i]);
		a->v[i] += (1 - B2) * (a->g[i] * a->g[i] - a->v[i]);
		net->all[i] -= a->step * (a->m[i] / c1) / (sqrt(a->v[i] / c2) + TINY);
	}
}

static void epoch(struct adam *a, struct net *net, struct part *p)
{
	struct net_rows batch = p->rows;
	size_t r;

	shuffle(a, p, net->width[0]);
	for (r = 0; r < p->rows.n; r += BATCH) {
		batch.n = p->rows.n - r < BATCH ? p->rows.n - r : BATCH;
		batch.x = p->x + r * net->width[0];
		batch.y = p->y + r;
		batch.weight = p->w + r;
		net_loss(net, &batch, a->g);
		step(a, net);
	}
}

static void epochs(struct adam *a, struct net *net, struct part *train, const struct net_rows *held,
		   uint64_t until, struct adam_result *r)
{
	uint32_t act = net->act, since = 0;
	double least = INFINITY;
	struct net best;

	net_make(&best, net->n, net->width, act, 1);
	net_copy(&best, net);
	while (r->epochs < ADAM_EPOCHS && cpu_now() < until && !r->settled) {
		epoch(a, net, train);
		r->loss[r->epochs++] = net_loss(net, held, NULL);
		if (r->loss[r->epochs - 1] < least) {
			least = r->loss[r->epochs - 1];
			net_copy(&best, net);
			since = 0;
		} else if (++since % 3 == 0) {
			a->step /= 2;
		}
		r->settled = adam_settled(r->loss, r->epochs);
	}
	net_copy(net, &best);
	net_free(&best);
}

void adam_train(struct net *net, const struct dataset *d, bool fresh, uint64_t until,
		struct adam_result *r)
{
	double *mean = util_alloc(d->n_in, sizeof(double)),
	       *dev = util_alloc(d->n_in, sizeof(double));
	struct adam a = { .step = STEP, .random = 88172645463325252ull };
	struct part train, held;
	struct net_scale s;

	memset(r, 0, sizeof(*r));
	scales(d, mean, dev, &s);
	part_make(&train, d, d->w, &s);
	part_make(&held, d, d->hw, &s);
	if (!fresh)
		net_fold(net, &s);
	a.g = util_alloc(net->n_all, sizeof(double));
	a.m = util_alloc(net->n_all, sizeof(double));
	a.v = util_alloc(net->n_all, sizeof(double));
	epochs(&a, net, &train, &held.rows, until, r);
	net_unfold(net, &s);
	free(a.g);
	free(a.m);
	free(a.v);
	part_free(&train);
	part_free(&held);
	free(mean);
	free(dev);
}
