// SPDX-License-Identifier: GPL-2.0
/*
 * The plan of a snapshot: made from a graph, run, freed.
 *
 * plan_run() computes in plain loops what <lq/format.h> specifies. It intentionally shares no code
 * with the engine.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quant.h"

/* --- making --- */

static int check_limits(const struct graph *g, struct graph_err *err)
{
	if (!g->n_inputs || g->n_inputs > LQ_MAX_INPUTS)
		return util_fail(err, "the model has %u inputs, at most %u are supported",
				 g->n_inputs, LQ_MAX_INPUTS);
	if (!g->n_outputs || g->n_outputs > LQ_MAX_OUTPUTS)
		return util_fail(err, "the model has %u outputs, at most %u are supported",
				 g->n_outputs, LQ_MAX_OUTPUTS);
	if (g->kind == GRAPH_NET && (!g->n_layers || g->n_layers > LQ_MAX_LAYERS))
		return util_fail(err, "the model has %u layers, at most %u are supported",
				 g->n_layers, LQ_MAX_LAYERS);
	return 0;
}

static int check_options(const struct graph *g, const struct rows *calib,
			 const struct plan_options *opt, struct graph_err *err)
{
	u32 c;

	if (opt->name && !util_name_ok(opt->name, LQ_NAME_LEN))
		return util_fail(err, "name \"%.40s\" is not 1 to %u of A-Z a-z 0-9 . _ -",
				 opt->name, LQ_NAME_LEN - 1);
	if (opt->classes && opt->n_classes != g->n_outputs)
		return util_fail(err, "%u classes are given, the model has %u outputs",
				 opt->n_classes, g->n_outputs);
	for (c = 0; opt->classes && c < opt->n_classes; c++)
		if (!util_name_ok(opt->classes[c], LQ_NAME_LEN))
			return util_fail(err, "class \"%.40s\" is not 1 to %u of A-Z a-z 0-9 . _ -",
					 opt->classes[c], LQ_NAME_LEN - 1);
	if (opt->unit && strlen(opt->unit) >= LQ_UNIT_LEN)
		return util_fail(err, "unit \"%.40s\" is longer than %u characters", opt->unit,
				 LQ_UNIT_LEN - 1);
	for (c = 0; opt->unit && opt->unit[c]; c++)
		if (opt->unit[c] < 0x20 || opt->unit[c] > 0x7e || strchr("\"\\", opt->unit[c]))
			return util_fail(err, "unit \"%.40s\" has a character that is not "
					 "printable ASCII, or a quote",
					 opt->unit);
	if (opt->margin && !(opt->margin >= 1 && opt->margin <= 100))
		return util_fail(err, "margin %g is not within 1 .. 100", opt->margin);
	if (opt->n_golden && (opt->n_golden < LQ_MIN_GOLDEN || opt->n_golden > LQ_MAX_GOLDEN))
		return util_fail(err, "%u golden vectors are not within %u .. %u", opt->n_golden,
				 LQ_MIN_GOLDEN, LQ_MAX_GOLDEN);
	if (calib && calib->cols != g->n_inputs)
		return util_fail(err,
				 "the calibration rows have %u columns, the model has %u inputs",
				 calib->cols, g->n_inputs);
	if (!calib && g->kind == GRAPH_NET && !g->exact)
		return util_fail(err, "the model has real weights: give --calib");
	if ((g->classes || opt->classes) && g->n_outputs < 2)
		return util_fail(err,
				 "a model of classes needs two outputs or more, this one has %u",
				 g->n_outputs);
	return 0;
}

static struct graph_parts copy_parts(const struct graph_parts *p)
{
	struct graph_parts c = { .n = p->n };

	if (!p->n)
		return c;
	c.part = util_alloc(p->n, sizeof(*c.part));
	memcpy(c.part, p->part, p->n * sizeof(*c.part));
	return c;
}

static u8 op_of(const struct graph_layer *l)
{
	if (l->exact && !l->exact->w)
		return LQ_OP_TABLE;
	return l->op == GRAPH_ADD ? LQ_OP_ADD : l->op == GRAPH_MUL ? LQ_OP_MUL :
	       l->op == GRAPH_SOFTMAX ? LQ_OP_SOFTMAX : LQ_OP_FC;
}

/* Number of weights per output. */
u32 plan_weights(const struct plan_layer *p)
{
	return p->op == LQ_OP_FC ? p->n_in : p->op == LQ_OP_ADD ? (p->z.n ? 2 : 1) : 0;
}

static void make_layer(const struct graph_layer *l, struct plan_layer *p)
{
	p->op = op_of(l);
	p->x = copy_parts(&l->x);
	p->z = copy_parts(&l->z);
	p->n_in = l->n_in;
	p->n_out = l->n_out;
	p->node = util_strdup(l->node ? l->node : "");
	p->act = "";
	p->w = util_alloc((size_t)plan_weights(p) * l->n_out, sizeof(s16));
	p->m = util_alloc(l->n_out, sizeof(s32));
	p->bias = util_alloc(l->n_out, sizeof(s32));
	p->centre = util_alloc(l->n_out, sizeof(double));
	p->step = util_alloc(l->n_out, sizeof(double));
	if (p->op == LQ_OP_TABLE)
		p->lo = -128, p->hi = 127;
}

static int check_layer(const struct graph *g, u32 i, struct graph_err *err)
{
	const struct graph_layer *l = &g->layers[i];
	u32 width = graph_parts_n(g, &l->x, i);

	if (!l->n_out || l->n_out > LQ_MAX_WIDTH)
		return util_fail(err, "%s: %u outputs, at most %u are supported", l->node, l->n_out,
				 LQ_MAX_WIDTH);
	if (l->n_in != width || (!l->w && !(l->exact && l->exact->w) && l->n_in != l->n_out))
		return util_fail(err, "%s: %u inputs, the layer before gives %u", l->node, l->n_in,
				 width);
	if (l->op == GRAPH_SOFTMAX && l->n_out > LQ_MAX_OUTPUTS)
		return util_fail(err, "%s: a softmax of %u numbers, at most %u are supported",
				 l->node, l->n_out, LQ_MAX_OUTPUTS);
	return 0;
}

static int make_layers(const struct graph *g, struct plan *plan, struct graph_err *err)
{
	u32 i, width;

	plan->n_layers = g->n_layers;
	plan->layers = util_alloc(g->n_layers, sizeof(*plan->layers));
	plan->at = util_alloc(g->n_layers + 2, sizeof(*plan->at));
	plan->out = copy_parts(&g->out);
	for (i = 0; i < g->n_layers; i++) {
		if (check_layer(g, i, err))
			return -1;
		make_layer(&g->layers[i], &plan->layers[i]);
		plan->macs += plan_weights(&plan->layers[i]) * g->layers[i].n_out;
	}
	for (i = 0; i < g->n_layers + 2; i++)
		plan->at[i] = graph_at(g, i);
	if (plan->macs > LQ_MAX_MACS)
		return util_fail(err, "the model takes %u multiply-accumulates, at most %u are "
				 "supported",
				 plan->macs, LQ_MAX_MACS);
	width = graph_parts_n(g, &g->out, g->n_layers);
	if (width != g->n_outputs)
		return util_fail(err, "the last layer gives %u outputs, the model has %u", width,
				 g->n_outputs);
	return 0;
}

static void name_outputs(const struct graph *g, const struct plan_options *opt, struct plan *plan)
{
	char **names = opt->classes ? opt->classes : g->class_names;
	char fallback[LQ_NAME_LEN];
	u32 o;

	for (o = 0; o < g->n_outputs; o++) {
		if (plan->meaning == LQ_MEANING_CLASS)
			snprintf(fallback, sizeof(fallback), "class%u", o);
		else
			snprintf(fallback, sizeof(fallback), g->n_outputs > 1 ? "value%u" : "value",
				 o);
		util_name(plan->outputs[o].name, LQ_NAME_LEN, names ? names[o] : NULL, fallback);
		if (opt->unit && plan->meaning == LQ_MEANING_VALUE)
			strncpy(plan->outputs[o].unit, opt->unit, LQ_UNIT_LEN - 1);
	}
}

static int make(const struct graph *g, const struct rows *calib, const struct plan_options *opt,
		struct plan *plan, struct graph_err *err)
{
	plan->kind = g->kind == GRAPH_NET ? LQ_KIND_NET : LQ_KIND_FOREST;
	plan->meaning = g->classes || opt->classes ? LQ_MEANING_CLASS : LQ_MEANING_VALUE;
	util_name(plan->name, sizeof(plan->name), opt->name ? opt->name : g->name, "model");
	plan->n_inputs = g->n_inputs;
	plan->n_outputs = g->n_outputs;
	plan->inputs = util_alloc(g->n_inputs, sizeof(*plan->inputs));
	plan->outputs = util_alloc(g->n_outputs, sizeof(*plan->outputs));
	name_outputs(g, opt, plan);
	if (quant_features(g, calib, opt, plan, err))
		return -1;
	if (g->kind == GRAPH_FOREST)
		return forest_quantise(g, plan, err);
	if (make_layers(g, plan, err))
		return -1;
	return g->exact ? quant_exact(g, plan, err) : calib_net(g, calib, opt, plan, err);
}

int plan_make(const struct graph *g, const struct rows *calib, const struct plan_options *opt,
	      struct plan *plan, struct graph_err *err)
{
	memset(plan, 0, sizeof(*plan));
	if (check_limits(g, err) || check_options(g, calib, opt, err) ||
	    make(g, calib, opt, plan, err)) {
		plan_free(plan);
		return -1;
	}
	if (calib)
		calib_usual(g, calib, opt, plan);
	plan_choose_golden(plan, calib, opt->n_golden ? opt->n_golden : PLAN_GOLDEN);
	if (calib)
		quant_measure(g, calib, plan);
	return 0;
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

/* --- running --- */

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
