// SPDX-License-Identifier: GPL-2.0
/*
 * Forward and backward through fully connected layers, in blocks of rows, with products by BLAS
 * (CBLAS interface).
 *
 *	Z_l = A_(l-1) W_l' + b_l,  A_l = act(Z_l)		forward; A_0 are the inputs
 *	dW_l = dZ_l' A_(l-1),  db_l = sum of rows of dZ_l,  dA_(l-1) = dZ_l W_l		backward
 *
 * dZ of the last layer is softmax(Z) - onehot(y) for classes, Z - y for values, each times the
 * row's weight over the sum of all weights. tests/lfd/test_net.c compares the gradients with finite
 * differences.
 */
#include "net.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "codegen/util.h"

#define BLOCK	256	/* rows at a time */

static size_t weights(const struct net *net, uint32_t l)
{
	return (size_t)net->width[l] * net->width[l + 1];
}

static void lay_out(struct net *net)
{
	double *p;
	uint32_t l;

	net->n_all = 0;
	for (l = 0; l < net->n; l++)
		net->n_all += weights(net, l) + net->width[l + 1];
	net->all = p = util_alloc(net->n_all, sizeof(*p));
	for (l = 0; l < net->n; l++) {
		net->w[l] = p;
		net->b[l] = p + weights(net, l);
		p = net->b[l] + net->width[l + 1];
	}
}

static double uniform(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state >> 11) / (double)(1ull << 53);
}

/*
 * Uniform weights with the variance of He et al. (ICCV 2015) for relu, of Glorot and Bengio (2010)
 * for tanh.
 */
void net_make(struct net *net, uint32_t n, const uint32_t *width, uint32_t act, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
	double reach;
	uint32_t l;
	size_t i;

	memset(net, 0, sizeof(*net));
	net->n = n;
	net->act = act;
	memcpy(net->width, width, (n + 1) * sizeof(*width));
	lay_out(net);
	for (l = 0; l < n; l++) {
		reach = act == ACT_RELU ? sqrt(6.0 / width[l])
					: sqrt(6.0 / (width[l] + width[l + 1]));
		for (i = 0; i < weights(net, l); i++)
			net->w[l][i] = reach * (2 * uniform(&state) - 1);
	}
}

void net_free(struct net *net)
{
	free(net->all);
	memset(net, 0, sizeof(*net));
}

void net_copy(struct net *to, const struct net *from)
{
	memcpy(to->all, from->all, from->n_all * sizeof(*to->all));
}

/* --- forward --- */

struct pass {
	double *a[NET_LAYERS + 1];	/* [rows][width]; a[0] is the caller's */
	double *delta[2];
};

static uint32_t widest(const struct net *net)
{
	uint32_t l, most = 0;

	for (l = 0; l <= net->n; l++)
		most = net->width[l] > most ? net->width[l] : most;
	return most;
}

static void pass_make(struct pass *p, const struct net *net, bool backward)
{
	uint32_t l;

	memset(p, 0, sizeof(*p));
	for (l = 1; l <= net->n; l++)
		p->a[l] = util_alloc((size_t)BLOCK * net->width[l], sizeof(double));
	for (l = 0; backward && l < 2; l++)
		p->delta[l] = util_alloc((size_t)BLOCK * widest(net), sizeof(double));
}

static void pass_free(struct pass *p, const struct net *net)
{
	uint32_t l;

	for (l = 1; l <= net->n; l++)
		free(p->a[l]);
	free(p->delta[0]);
	free(p->delta[1]);
}

static void activate(uint32_t act, double *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = act == ACT_TANH ? tanh(v[i]) : fmax(v[i], 0);
}

static void forward(const struct net *net, struct pass *p, const double *x, int rows)
{
	int l, r, in, out;

	p->a[0] = (double *)x;
	for (l = 0; l < (int)net->n; l++) {
		in = net->width[l];
		out = net->width[l + 1];
		for (r = 0; r < rows; r++)
			memcpy(p->a[l + 1] + (size_t)r * out, net->b[l], out * sizeof(double));
		cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, out, in, 1, p->a[l], in,
			    net->w[l], in, 1, p->a[l + 1], out);
		if (l + 1 < (int)net->n)
			activate(net->act, p->a[l + 1], (size_t)rows * out);
	}
}

void net_run(const struct net *net, const double *x, size_t n, double *y)
{
	size_t r, rows, out = net->width[net->n];
	struct pass p;

	pass_make(&p, net, false);
	for (r = 0; r < n; r += rows) {
		rows = n - r < BLOCK ? n - r : BLOCK;
		forward(net, &p, x + r * net->width[0], rows);
		memcpy(y + r * out, p.a[net->n], rows * out * sizeof(*y));
	}
	pass_free(&p, net);
}

/* --- loss --- */

/* Cross-entropy of one row; z becomes its derivative. */
static double row_classes(double *z, uint32_t n, uint32_t class)
{
	double most = z[0], sum = 0, loss;
	uint32_t k;

	for (k = 1; k < n; k++)
		most = fmax(most, z[k]);
	for (k = 0; k < n; k++)
		sum += exp(z[k] - most);
	loss = log(sum) + most - z[class];
	for (k = 0; k < n; k++)
		z[k] = exp(z[k] - most) / sum - (k == class);
	return loss;
}

/* Squared error of output 0; others are ignored. */
static double row_value(double *z, uint32_t n, double y)
{
	double off = z[0] - y;

	memset(z, 0, n * sizeof(*z));
	z[0] = off;
	return off * off / 2;
}

/* Loss of a block; z becomes its derivative, weighted. */
static double block_loss(double *z, uint32_t out, const struct net_rows *rows, size_t from,
			 size_t n, double total)
{
	double sum = 0, w;
	uint32_t k;
	size_t r;

	for (r = 0; r < n; r++, z += out) {
		w = rows->weight[from + r] / total;
		sum += w * (rows->n_classes ? row_classes(z, out, rows->y[from + r])
					    : row_value(z, out, rows->y[from + r]));
		for (k = 0; k < out; k++)
			z[k] *= w;
	}
	return sum;
}

static void through_act(uint32_t act, double *delta, const double *a, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		delta[i] *= act == ACT_TANH ? 1 - a[i] * a[i] : a[i] > 0;
}

/* p->delta[0] has dZ of the last layer. */
static void backward(const struct net *net, struct pass *p, int rows, double *gradient)
{
	double *delta = p->delta[0], *below = p->delta[1], *dw, *db, *swap;
	int l, r, k, in, out;

	for (l = net->n - 1; l >= 0; l--) {
		in = net->width[l];
		out = net->width[l + 1];
		dw = gradient + (net->w[l] - net->all);
		db = gradient + (net->b[l] - net->all);
		cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, rows, 1, delta, out,
			    p->a[l], in, 1, dw, in);
		for (r = 0; r < rows; r++)
			for (k = 0; k < out; k++)
				db[k] += delta[(size_t)r * out + k];
		if (!l)
			break;
		cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, in, out, 1, delta, out,
			    net->w[l], in, 0, below, in);
		through_act(net->act, below, p->a[l], (size_t)rows * in);
		swap = delta;
		delta = below;
		below = swap;
	}
}

double net_loss(const struct net *net, const struct net_rows *rows, double *gradient)
{
	uint32_t out = net->width[net->n];
	double total = 0, loss = 0;
	struct pass p;
	size_t r, n;

	for (r = 0; r < rows->n; r++)
		total += rows->weight[r];
	if (gradient)
		memset(gradient, 0, net->n_all * sizeof(*gradient));
	if (!(total > 0))
		return 0;
	pass_make(&p, net, true);
	for (r = 0; r < rows->n; r += n) {
		n = rows->n - r < BLOCK ? rows->n - r : BLOCK;
		forward(net, &p, rows->x + r * net->width[0], n);
		memcpy(p.delta[0], p.a[net->n], n * out * sizeof(double));
		loss += block_loss(p.delta[0], out, rows, r, n, total);
		if (gradient)
			backward(net, &p, n, gradient);
	}
	pass_free(&p, net);
	return loss;
}

/* --- scales --- */

void net_unfold(struct net *net, const struct net_scale *s)
{
	uint32_t o, i, in = net->width[0], last = net->n - 1;
	double *w;
	size_t k;

	for (o = 0; o < net->width[1]; o++)
		for (i = 0, w = net->w[0] + (size_t)o * in; i < in; i++) {
			w[i] /= s->dev[i];
			net->b[0][o] -= w[i] * s->mean[i];
		}
	for (k = 0; k < weights(net, last); k++)
		net->w[last][k] *= s->scale;
	for (o = 0; o < net->width[net->n]; o++)
		net->b[last][o] = net->b[last][o] * s->scale + s->at;
}

void net_fold(struct net *net, const struct net_scale *s)
{
	uint32_t o, i, in = net->width[0], last = net->n - 1;
	double *w;
	size_t k;

	for (o = 0; o < net->width[net->n]; o++)
		net->b[last][o] = (net->b[last][o] - s->at) / s->scale;
	for (k = 0; k < weights(net, last); k++)
		net->w[last][k] /= s->scale;
	for (o = 0; o < net->width[1]; o++)
		for (i = 0, w = net->w[0] + (size_t)o * in; i < in; i++) {
			net->b[0][o] += w[i] * s->mean[i];
			w[i] *= s->dev[i];
		}
}

/* --- graphs --- */

struct graph *net_graph(const struct net *net, const char *name, uint32_t n_classes)
{
	struct graph *g = util_alloc(1, sizeof(*g));
	struct graph_layer *layer;
	uint32_t l;

	g->kind = GRAPH_NET;
	g->name = util_strdup(name);
	g->producer = util_strdup("lfd");
	g->n_inputs = net->width[0];
	g->n_outputs = net->width[net->n];
	g->classes = n_classes > 0;
	g->n_layers = net->n;
	g->layers = util_alloc(net->n, sizeof(*g->layers));
	for (l = 0; l < net->n; l++) {
		layer = &g->layers[l];
		layer->op = GRAPH_FC;
		layer->node = util_strdup("layer");
		layer->n_in = net->width[l];
		layer->n_out = net->width[l + 1];
		layer->range_lo = layer->range_hi = NAN;
		layer->w = util_alloc(weights(net, l), sizeof(double));
		layer->b = util_alloc(layer->n_out, sizeof(double));
		memcpy(layer->w, net->w[l], weights(net, l) * sizeof(double));
		memcpy(layer->b, net->b[l], layer->n_out * sizeof(double));
		if (l + 1 == net->n)
			continue;
		layer->act = net->act == ACT_TANH ? GRAPH_ACT_TANH : GRAPH_ACT_CLIP;
		layer->hi = INFINITY;
	}
	return g;
}

static int act_of(const struct graph_layer *l)
{
	if (l->act == GRAPH_ACT_TANH)
		return ACT_TANH;
	if (l->act == GRAPH_ACT_CLIP && l->lo == 0 && isinf(l->hi))
		return ACT_RELU;
	return -1;
}

int net_of_graph(struct net *net, const struct graph *g, struct graph_err *err)
{
	uint32_t width[NET_LAYERS + 1], l;
	int act = ACT_RELU;

	if (g->kind != GRAPH_NET || g->exact || g->in_range || !graph_is_chain(g) ||
	    g->n_layers > NET_LAYERS)
		return util_fail(err,
				 "only a net of at most %d fully connected layers, one behind the "
				 "other, can go on "
				 "from its weights",
				 NET_LAYERS);
	width[0] = g->n_inputs;
	for (l = 0; l < g->n_layers; l++) {
		width[l + 1] = g->layers[l].n_out;
		if (!g->layers[l].w)
			return util_fail(err, "layer %u has no weights of its own", l);
		if (l + 1 == g->n_layers
			    ? g->layers[l].act != GRAPH_ACT_NONE
			    : (act_of(&g->layers[l]) < 0 || (l && act_of(&g->layers[l]) != act)))
			return util_fail(err,
					 "layer %u: the hidden layers must all have relu or all "
					 "tanh, and the last one none",
					 l);
		if (!l && g->n_layers > 1)
			act = act_of(&g->layers[0]);
	}
	net_make(net, g->n_layers, width, act, 1);
	for (l = 0; l < g->n_layers; l++) {
		memcpy(net->w[l], g->layers[l].w, weights(net, l) * sizeof(double));
		memcpy(net->b[l], g->layers[l].b, net->width[l + 1] * sizeof(double));
	}
	return 0;
}

/* --- files --- */

int net_save(const struct net *net, const char *path, struct graph_err *err)
{
	size_t i, cap = 256 + 32 * net->n_all, at;
	char *text = util_alloc(cap, 1);
	uint32_t l;
	int ret;

	at = snprintf(text, cap, "{\"act\":%u,\"width\":[", net->act);
	for (l = 0; l <= net->n; l++)
		at += snprintf(text + at, cap - at, "%s%u", l ? "," : "", net->width[l]);
	at += snprintf(text + at, cap - at, "],\"all\":[");
	for (i = 0; i < net->n_all; i++)
		at += snprintf(text + at, cap - at, "%s%.17g", i ? "," : "", net->all[i]);
	at += snprintf(text + at, cap - at, "]}\n");
	ret = util_write(path, text, at, err);
	free(text);
	return ret;
}

static int from_json(struct net *net, struct json_object *o, const char *path,
		     struct graph_err *err)
{
	struct json_object *width = json_object_object_get(o, "width"),
			   *all = json_object_object_get(o, "all");
	size_t i, n = width ? json_object_array_length(width) : 0;
	uint32_t w[NET_LAYERS + 1];

	for (i = 0; i < n && n <= NET_LAYERS + 1; i++) {
		w[i] = json_object_get_int(json_object_array_get_idx(width, i));
		if (w[i] < 1 || w[i] > LQ_MAX_WIDTH)
			return util_fail(err, "%s is damaged", path);
	}
	if (n < 2 || n > NET_LAYERS + 1 || !all)
		return util_fail(err, "%s is damaged", path);
	net_make(net, n - 1, w,
		 json_object_get_int(json_object_object_get(o, "act")) == ACT_TANH ? ACT_TANH
										   : ACT_RELU,
		 1);
	if (json_object_array_length(all) != net->n_all) {
		net_free(net);
		return util_fail(err, "%s is damaged", path);
	}
	for (i = 0; i < net->n_all; i++)
		net->all[i] = json_object_get_double(json_object_array_get_idx(all, i));
	return 0;
}

int net_load(struct net *net, const char *path, struct graph_err *err)
{
	struct json_object *o = json_object_from_file(path);
	int ret = o ? from_json(net, o, path, err) : util_fail(err, "%s cannot be read", path);

	json_object_put(o);
	return ret;
}
