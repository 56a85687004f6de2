// SPDX-License-Identifier: GPL-2.0
/*
 * The model reads features in their own units, so centre and gain of the net's inputs move into its
 * first matrix. The rows of calibration are clamped to the range that nets are trained on, and two
 * rows are its ends: the quantiser's ranges, without a margin, are those.
 */
#include "policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/plan.h"
#include "tcp_cc/sim/calib.h"

#define ROWS	998
#define SCENES	200
#define SEED	0x5eed0003ull
#define ACCEPT	0.10	/* error, as lfgen build --accept-error */

/* --- graphs --- */

static void layer_of(struct graph_layer *to, const struct sim_net *net, int l, const float *p)
{
	uint32_t in = net->width[l], out = net->width[l + 1], i, o;

	to->op = GRAPH_FC;
	to->node = util_strdup("layer");
	to->n_in = in;
	to->n_out = out;
	to->act = l + 1 < net->n_layers ? GRAPH_ACT_TANH : GRAPH_ACT_NONE;
	to->range_lo = to->range_hi = NAN;
	to->w = util_alloc((size_t)in * out, sizeof(double));
	to->b = util_alloc(out, sizeof(double));
	for (o = 0; o < out; o++) {
		to->b[o] = p[in * out + o];
		for (i = 0; i < in; i++)
			to->w[o * in + i] = p[i * out + o];
	}
}

/* w = gain * W, b = B - centre * gain * W. */
static void unfold_inputs(struct graph_layer *first)
{
	struct sim_net_input in;
	uint32_t i, o;

	for (o = 0; o < first->n_out; o++)
		for (i = 0; i < first->n_in; i++) {
			in = sim_net_input(i);
			first->w[o * first->n_in + i] *= in.gain;
			first->b[o] -= in.centre * first->w[o * first->n_in + i];
		}
}

static void scale(struct graph_layer *last, double by)
{
	uint32_t i;

	for (i = 0; i < last->n_in * last->n_out; i++)
		last->w[i] *= by;
	for (i = 0; i < last->n_out; i++)
		last->b[i] *= by;
}

struct graph *policy_graph(const struct sim_net *net, const char *name)
{
	struct graph *g = util_alloc(1, sizeof(*g));
	const float *p = net->p;
	int l;

	g->kind = GRAPH_NET;
	g->name = util_strdup(name);
	g->producer = util_strdup("lfd");
	g->n_inputs = net->width[0];
	g->n_outputs = 1;
	g->n_layers = net->n_layers;
	g->layers = util_alloc(net->n_layers, sizeof(*g->layers));
	for (l = 0; l < net->n_layers; l++) {
		layer_of(&g->layers[l], net, l, p);
		p += (net->width[l] + 1) * net->width[l + 1];
	}
	unfold_inputs(&g->layers[0]);
	scale(&g->layers[net->n_layers - 1], NET_ACTION);
	return g;
}

static bool same_shape(const struct sim_net *net, const struct graph *g)
{
	int l;

	if (g->kind != GRAPH_NET || g->exact || g->in_range || !graph_is_chain(g) ||
	    (int)g->n_layers != net->n_layers)
		return false;
	for (l = 0; l < net->n_layers; l++) {
		const struct graph_layer *layer = &g->layers[l];
		bool last = l + 1 == net->n_layers;

		if (!layer->w || (int)layer->n_in != net->width[l] ||
		    (int)layer->n_out != net->width[l + 1] ||
		    layer->act != (last ? GRAPH_ACT_NONE : GRAPH_ACT_TANH))
			return false;
	}
	return true;
}

static void take_layer(struct sim_net *net, int l, float *p, const struct graph_layer *from)
{
	uint32_t in = from->n_in, out = from->n_out, i, o;
	double w, by = l + 1 < net->n_layers ? 1 : 1 / NET_ACTION;

	for (o = 0; o < out; o++) {
		double b = from->b[o];

		for (i = 0; i < in; i++) {
			w = from->w[o * in + i];
			if (!l) {
				b += sim_net_input(i).centre * w;
				w /= sim_net_input(i).gain;
			}
			p[i * out + o] = w * by;
		}
		p[in * out + o] = b * by;
	}
}

int policy_of_graph(struct sim_net *net, const struct graph *g, struct graph_err *err)
{
	static const char *const names[] = { "aurora", "mocc" };
	float *p = net->p;
	size_t k;
	int l;

	for (k = 0; k < 2; k++)
		if (!sim_net_init(net, names[k]) && same_shape(net, g))
			break;
	if (k == 2)
		return util_fail(err, "a policy to begin with has 30 inputs and layers of 32, 16 "
				      "and 1 (models/aurora), or 33 and 40, 16 and 1 "
				      "(models/mocc), and tanh between");
	for (l = 0; l < net->n_layers; l++) {
		take_layer(net, l, p, &g->layers[l]);
		p += (net->width[l] + 1) * net->width[l + 1];
	}
	for (l = 0; l < net->n_params; l++)
		if (!sim_net_lives(net, l))
			net->p[l] = 0;
	return 0;
}

/* --- snapshots --- */

static void put_row(const struct sim_net *net, double *to, const float *x, int end)
{
	struct sim_net_input in;
	int i;

	for (i = 0; i < net->width[0]; i++) {
		in = sim_net_input(i);
		to[i] = end < 0 ? in.lo : end > 0 ? in.hi : calib_clamp(i, x[i]);
	}
}

static struct rows calibration(const struct sim_net *net, struct scenes *scenes)
{
	struct calib how = { net, scenes_train, scenes, search_preference, SEED, SCENES };
	float (*kept)[NET_WIDTH] = util_alloc(ROWS, sizeof(*kept));
	struct rows rows = { .cols = net->width[0] };
	uint32_t n = calib_rows(&how, kept, ROWS), i;

	rows.n = n + 2;
	rows.v = util_alloc(rows.n * rows.cols, sizeof(double));
	put_row(net, rows.v, NULL, -1);
	put_row(net, rows.v + rows.cols, NULL, 1);
	for (i = 0; i < n; i++)
		put_row(net, rows.v + (size_t)(i + 2) * rows.cols, kept[i], 0);
	free(kept);
	return rows;
}

static char **feature_names(const struct sim_net *net)
{
	char **list = util_alloc(net->width[0] + 1, sizeof(*list)), name[LQ_NAME_LEN];
	int i;

	for (i = 0; i < net->width[0]; i++) {
		if (i < NET_HISTORY)
			snprintf(name, sizeof(name), "%s.%d", sim_net_input(i).name, i / 3);
		else
			snprintf(name, sizeof(name), "%s", sim_net_input(i).name);
		list[i] = util_strdup(name);
	}
	return list;
}

static int emit(const struct plan *plan, const char *name, struct lfs *m, double *error,
		struct graph_err *err)
{
	void *file;
	size_t len;
	int ret;

	*error = plan->out_range[0] > 0 ? plan->err_robust[0] / plan->out_range[0] : 0;
	if (*error > ACCEPT)
		return util_fail(err, "the integers are off by %.3g %% of the output's range",
				 100 * *error);
	if (plan_emit(plan, &file, &len, err))
		return -1;
	ret = lfs_load(m, file, len, name, err);
	free(file);
	return ret;
}

int policy_freeze(const struct sim_net *net, struct scenes *scenes, const char *name,
		  struct lfs *m, double *error, struct graph_err *err)
{
	struct graph *g = policy_graph(net, name);
	struct rows rows = calibration(net, scenes);
	struct plan_options opt = { .name = name, .features = feature_names(net),
				    .n_features = net->width[0], .margin = 1,
				    .calibration = PLAN_MINMAX };
	struct plan plan;
	int ret = plan_make(g, &rows, &opt, &plan, err);

	if (!ret) {
		ret = emit(&plan, name, m, error, err);
		plan_free(&plan);
	}
	util_free_list(opt.features);
	free(rows.v);
	graph_free(g);
	return ret;
}
