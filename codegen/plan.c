// SPDX-License-Identifier: GPL-2.0
/*
 * The plan of a snapshot: run, freed. quantise.c makes it.
 *
 * plan_run() computes in plain loops what <lq/format.h> specifies. It intentionally shares no code
 * with the engine.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quant.h"

/* Number of weights per output. */
u32 plan_weights(const struct plan_layer *p)
{
	return p->op == LQ_OP_FC ? p->n_in : p->op == LQ_OP_ADD ? (p->z.n ? 2 : 1) : 0;
}

void plan_free(struct plan *plan)
{
	u32 i;

	for (i = 0; plan->layers && i < plan->n_layers; i++) {
		free(plan->layers[i].x.part);
		free(plan->layers[i].z.part);
		free(plan->layers[i].w);
		free(plan->layers[i].m);
		free(plan->layers[i].bias);
		free(plan->layers[i].node);
		free(plan->layers[i].centre);
		free(plan->layers[i].step);
	}
	for (i = 0; i < plan->n_tables; i++) {
		free(plan->tables[i].base);
		free(plan->tables[i].slope);
	}
	for (i = 0; plan->trees && i < plan->n_trees; i++)
		free(plan->trees[i].nodes);
	free(plan->out.part);
	free(plan->at);
	free(plan->inputs);
	free(plan->outputs);
	free(plan->layers);
	free(plan->trees);
	free(plan->leaves);
	free(plan->golden);
	free(plan->err_max);
	free(plan->err_mean);
	free(plan->out_lo);
	free(plan->out_hi);
	free(plan->out_range);
	free(plan->err_inside);
	free(plan->err_robust);
	memset(plan, 0, sizeof(*plan));
}

static s64 round_shift(s64 v, u32 S)
{
	return S ? (v + (1LL << (S - 1))) >> S : v;
}

static s16 clamp(s64 v, s16 lo, s16 hi)
{
	return v < lo ? lo : v > hi ? hi : (s16)v;
}

static s16 look_up(const struct plan_table *t, s16 y)
{
	u32 u = y - t->t_lo, k = u >> t->sh;
	s32 frac = u & ((1u << t->sh) - 1);

	return round_shift((s64)t->base[k] * (1 << t->sh) + t->slope[k] * frac, t->sh);
}

/* Four partial sums, so that no addition waits for the one before. */
static s64 dot(const s16 *w, const s16 *x, u32 n)
{
	s64 a = 0, b = 0, c = 0, d = 0;
	u32 i;

	for (i = 0; i + 4 <= n; i += 4) {
		a += w[i] * x[i];
		b += w[i + 1] * x[i + 1];
		c += w[i + 2] * x[i + 2];
		d += w[i + 3] * x[i + 3];
	}
	for (; i < n; i++)
		a += w[i] * x[i];
	return a + b + c + d;
}

/* What layer l (n_layers: the outputs) reads: lanes of a value, or of several, copied to buf. */
static const s16 *operand(const struct plan *plan, const struct graph_parts *p, u32 l,
			  const s16 *values, s16 *buf)
{
	u32 k, n = 0;

	if (!p->n)
		return values + plan->at[l];
	for (k = 0; k < p->n; n += p->part[k++].n)
		memcpy(buf + n, values + plan->at[p->part[k].value] + p->part[k].first,
		       p->part[k].n * sizeof(*buf));
	return buf;
}

static s64 sum(const struct plan_layer *l, u32 o, const s16 *x, s16 z)
{
	switch (l->op) {
	case LQ_OP_FC:
		return l->bias[o] + dot(l->w + (size_t)o * l->n_in, x, l->n_in);
	case LQ_OP_ADD:
		return l->bias[o] + (l->z.n ? (s64)l->w[2 * o] * x[o] + (s64)l->w[2 * o + 1] * z :
					      (s64)l->w[o] * x[o]);
	default:
		return (s64)x[o] * z;
	}
}

static void run_softmax(const struct plan *plan, const struct plan_layer *l, const s16 *x, s16 *y)
{
	s32 most = x[0], total = 0;
	u32 o;

	for (o = 1; o < l->n_out; o++)
		most = x[o] > most ? x[o] : most;
	for (o = 0; o < l->n_out; o++)
		total += y[o] = look_up(&plan->tables[l->table - 1], clamp(x[o] - most, l->lo, 0));
	for (o = 0; o < l->n_out; o++)
		y[o] = ((s64)y[o] * 32767 + total / 2) / total;
}

static void run_layer(const struct plan *plan, u32 index, s16 *values)
{
	const struct plan_layer *l = &plan->layers[index];
	s16 bufs[2][LQ_MAX_WIDTH], *y = values + plan->at[index + 1];
	const s16 *x = operand(plan, &l->x, index, values, bufs[0]);
	const s16 *z = l->z.n ? operand(plan, &l->z, index, values, bufs[1]) : NULL;
	bool one = z && l->z.n == 1 && l->z.part[0].n == 1;
	s64 v;
	u32 o;

	if (l->op == LQ_OP_SOFTMAX) {
		run_softmax(plan, l, x, y);
		return;
	}
	for (o = 0; o < l->n_out; o++) {
		if (l->op == LQ_OP_TABLE) {
			v = x[o];
		} else {
			v = sum(l, o, x, z ? z[one ? 0 : o] : 0);
			v = round_shift(v * l->m[o], l->S) + l->zp;
		}
		y[o] = clamp(v, l->lo, l->hi);
		if (l->table)
			y[o] = look_up(&plan->tables[l->table - 1], y[o]);
	}
}

static void run_net(const struct plan *plan, const s32 *x, s32 *y, s16 *lanes)
{
	s16 *values = lanes ? lanes : util_alloc(plan->at[plan->n_layers + 1], sizeof(s16)),
	    buf[LQ_MAX_WIDTH];
	const s16 *out;
	u32 i;

	for (i = 0; i < plan->n_inputs; i++) {
		const struct plan_input *p = &plan->inputs[i];

		values[i] = clamp(round_shift((s64)x[i] * p->m + p->off, p->S), p->lo, p->hi);
	}
	for (i = 0; i < plan->n_layers; i++)
		run_layer(plan, i, values);
	out = operand(plan, &plan->out, plan->n_layers, values, buf);
	for (i = 0; i < plan->n_outputs; i++)
		y[i] = out[i];
	if (!lanes)
		free(values);
}

static void run_forest(const struct plan *plan, const s32 *x, s32 *y)
{
	const struct plan_node *n;
	u32 t, o;

	memset(y, 0, plan->n_outputs * sizeof(*y));
	for (t = 0; t < plan->n_trees; t++) {
		for (n = plan->trees[t].nodes; n->input != LQ_NODE_LEAF;)
			n = plan->trees[t].nodes + n->child + (x[n->input] > n->thr);
		for (o = 0; o < plan->n_outputs; o++)
			y[o] += plan->leaves[(size_t)n->thr * plan->n_outputs + o];
	}
}

void plan_run(const struct plan *plan, const s32 *x, s32 *y, s16 *lanes)
{
	if (plan->kind == LQ_KIND_NET)
		run_net(plan, x, y, lanes);
	else
		run_forest(plan, x, y);
}

bool plan_clips(const struct plan_input *in, s32 feature)
{
	s64 lane = round_shift((s64)feature * in->m + in->off, in->S);

	return in->m && (lane < in->lo || lane > in->hi);
}

double plan_value(const struct plan_output *out, s32 raw)
{
	return ldexp(((double)raw - out->zp) * out->m, -out->S);
}

s32 plan_feature(u32 num, u32 den, double value)
{
	return quant_clamp32(value * den / num);
}
