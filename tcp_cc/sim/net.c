// SPDX-License-Identifier: GPL-2.0
/*
 * Policies as nets. The sums run over inputs in a fixed order and lane by lane, so that a compiler
 * may use vectors without changing a bit of the result (with -ffp-contract=off): training gives the
 * same parameters on every x86-64 processor.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

static const struct sim_net_input per_interval[] = {
	{ "cc.latency_inflation", -1, 1, 0, 4 },
	{ "cc.latency_ratio", 1, 5, 1.25, 2 },
	{ "cc.send_ratio", 0, 4, 1, 2 },
};

static const struct sim_net_input preferences[] = {
	{ "param.w_thr", 0, 1, 1.0f / 3, 2 },
	{ "param.w_lat", 0, 1, 1.0f / 3, 2 },
	{ "param.w_loss", 0, 1, 1.0f / 3, 2 },
};

static void shape(struct sim_net *n, int in, int first, int second, int history_lanes)
{
	int widths[] = { in, first, second, 1 }, l;

	n->n_layers = 3;
	memcpy(n->width, widths, sizeof(widths));
	n->history_lanes = history_lanes;
	n->n_params = 0;
	for (l = 0; l < n->n_layers; l++)
		n->n_params += (n->width[l] + 1) * n->width[l + 1];
}

int sim_net_init(struct sim_net *n, const char *name)
{
	memset(n, 0, sizeof(*n));
	if (!strcmp(name, "aurora")) {
		n->name = "aurora";
		shape(n, NET_HISTORY, 32, 16, 32);
	} else if (!strcmp(name, "mocc")) {
		n->name = "mocc";
		shape(n, NET_HISTORY + 3, 40, 16, 32);
	} else {
		return -1;
	}
	return 0;
}

struct sim_net_input sim_net_input(int i)
{
	return i < NET_HISTORY ? per_interval[i % 3] : preferences[i - NET_HISTORY];
}

bool sim_net_lives(const struct sim_net *n, int k)
{
	int in = k / n->width[1], lane = k % n->width[1];

	if (in >= n->width[0])
		return true;
	return (in < NET_HISTORY) == (lane < n->history_lanes);
}

void sim_net_random(struct sim_net *n, struct sim_rng *r)
{
	float *p = n->p;
	int l, i, k = 0;

	for (l = 0; l < n->n_layers; l++)
		for (i = 0; i < (n->width[l] + 1) * n->width[l + 1]; i++, k++, p++)
			*p = i < n->width[l] * n->width[l + 1] && l + 1 < n->n_layers &&
			     sim_net_lives(n, k) ? sim_normal(r) / sqrt(n->width[l]) : 0;
}

void sim_net_raw(const struct sim_net *n, const struct lf_history *h, const float *preference,
		 float *x)
{
	int k;

	for (k = 0; k < LF_INTERVAL_HISTORY; k++) {
		*x++ = (float)h->past[k].latency_inflation / LF_ONE;
		*x++ = (float)h->past[k].latency_ratio / LF_ONE;
		*x++ = (float)h->past[k].send_ratio / LF_ONE;
	}
	if (n->width[0] > NET_HISTORY)
		memcpy(x, preference, 3 * sizeof(*x));
}

/* Lambert's continued fraction, off by less than 2e-4 where it is cut off. */
static float tanh_near(float x)
{
	float s, y;

	x = x > 4.9f ? 4.9f : x < -4.9f ? -4.9f : x;
	s = x * x;
	y = x * (135135 + s * (17325 + s * (378 + s))) /
	    (135135 + s * (62370 + s * (3150 + s * 28)));
	return y > 1 ? 1 : y < -1 ? -1 : y;
}

static void layer(const float *p, const float *x, int in, int out, float *restrict y)
{
	const float *bias = p + in * out;
	int i, o;

	for (o = 0; o < out; o++)
		y[o] = bias[o];
	for (i = 0; i < in; i++, p += out)
		for (o = 0; o < out; o++)
			y[o] += x[i] * p[o];
}

static void normalise(const struct sim_net *n, const float *raw, float *x)
{
	struct sim_net_input in;
	int i;

	for (i = 0; i < n->width[0]; i++) {
		in = sim_net_input(i);
		x[i] = ((raw[i] < in.lo ? in.lo :
			 raw[i] > in.hi ? in.hi :
					  raw[i]) -
			in.centre) *
		       in.gain;
	}
}

float sim_net_run(const struct sim_net *n, const float *raw, float (*acts)[NET_WIDTH])
{
	float own[NET_LAYERS + 1][NET_WIDTH];
	const float *p = n->p;
	int l, o;

	if (!acts)
		acts = own;
	normalise(n, raw, acts[0]);
	for (l = 0; l < n->n_layers; l++) {
		layer(p, acts[l], n->width[l], n->width[l + 1], acts[l + 1]);
		p += (n->width[l] + 1) * n->width[l + 1];
		if (l + 1 < n->n_layers)
			for (o = 0; o < n->width[l + 1]; o++)
				acts[l + 1][o] = tanh_near(acts[l + 1][o]);
	}
	return NET_ACTION * acts[n->n_layers][0];
}

float sim_net_learn(const struct sim_net *n, const float *raw, float want, float *grad)
{
	float acts[NET_LAYERS + 1][NET_WIDTH], d[NET_WIDTH], e[NET_WIDTH];
	float error = sim_net_run(n, raw, acts) - want;
	int l, i, o, at = n->n_params;

	d[0] = error * NET_ACTION;
	for (l = n->n_layers - 1; l >= 0; l--) {
		int in = n->width[l], out = n->width[l + 1];

		at -= (in + 1) * out;
		for (i = 0; i < in; i++) {
			e[i] = 0;
			for (o = 0; o < out; o++) {
				grad[at + i * out + o] += d[o] * acts[l][i];
				e[i] += d[o] * n->p[at + i * out + o];
			}
			e[i] *= 1 - acts[l][i] * acts[l][i];
		}
		for (o = 0; o < out; o++)
			grad[at + in * out + o] += d[o];
		memcpy(d, e, sizeof(d));
	}
	return error;
}

s32 sim_net_act(const void *ctx, const struct lf_history *h, const float *preference)
{
	const struct sim_net *n = ctx;
	float x[NET_WIDTH], a;

	sim_net_raw(n, h, preference, x);
	a = sim_net_run(n, x, NULL);
	return (a > 10 ? 10 : a < -10 ? -10 : a) * LF_ONE;
}

int sim_net_save(const struct sim_net *n, const char *path)
{
	FILE *f = fopen(path, "w");
	int i;

	if (!f)
		return -1;
	fprintf(f, "%s", n->name);
	for (i = 0; i <= n->n_layers; i++)
		fprintf(f, " %d", n->width[i]);
	fprintf(f, "\n");
	for (i = 0; i < n->n_params; i++)
		fprintf(f, "%.9g\n", n->p[i]);
	return fclose(f) ? -1 : 0;
}

int sim_net_load(struct sim_net *n, const char *path)
{
	FILE *f = fopen(path, "r");
	char name[16];
	int i, width, rc = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%15s", name) != 1 || sim_net_init(n, name))
		goto out;
	for (i = 0; i <= n->n_layers; i++)
		if (fscanf(f, "%d", &width) != 1 || width != n->width[i])
			goto out;
	for (i = 0; i < n->n_params; i++)
		if (fscanf(f, "%f", &n->p[i]) != 1)
			goto out;
	rc = 0;
out:
	fclose(f);
	return rc;
}
