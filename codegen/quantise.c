// SPDX-License-Identifier: GPL-2.0
/* From a graph to the plan of a snapshot: limits and options are checked, then it is quantised. */
#include <stdio.h>
#include <string.h>

#include "quant.h"

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

	if (opt->name && !lq_name_ok(opt->name))
		return util_fail(err, "name \"%.40s\" is not " LQ_NAME_RULE, opt->name);
	if (opt->classes && opt->n_classes != g->n_outputs)
		return util_fail(err, "%u classes are given, the model has %u outputs",
				 opt->n_classes, g->n_outputs);
	for (c = 0; opt->classes && c < opt->n_classes; c++)
		if (!lq_name_ok(opt->classes[c]))
			return util_fail(err, "class \"%.40s\" is not " LQ_NAME_RULE,
					 opt->classes[c]);
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
