// SPDX-License-Identifier: GPL-2.0
/*
 * Convolutions and pools over one or two dimensions, of [batch][channels][length] or
 * [batch][channels][height][width].
 *
 *	Conv		a matrix: of each output the taps of its window, zeros elsewhere
 *	AveragePool	likewise, of one channel
 *	MaxPool		max(a, b) = relu(a - b) + b, tap after tap, each picked by a matrix of ones
 *
 * That takes as many multiply-accumulates as a fully connected layer of the size, which is little
 * for the first packets of a flow, a few dozen numbers.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_import.h"
#include "util.h"

/* One dimension: input, kernel, stride, dilation, padding in front, output. */
struct onnx_dim {
	int64_t in, kernel, stride, dilation, pad, out;
};

struct onnx_window {
	int64_t channels;
	int n;			/* dimensions of the file */
	struct onnx_dim d[2];	/* height (1 if there is none) and width */
};

static int64_t onnx_int_at(struct onnx_ctx *c, const char *name, size_t i, int64_t dflt)
{
	const Onnx__Attribute *a = onnx_attr(c, name);

	return a && i < a->n_ints ? a->ints[i] : dflt;
}

static int onnx_pads(struct onnx_ctx *c, int n, int i, struct onnx_dim *d)
{
	int64_t span = d->dilation * (d->kernel - 1) + 1, end, all;
	bool upper = onnx_attr_is(c, "auto_pad", "SAME_UPPER", false);

	if (upper || onnx_attr_is(c, "auto_pad", "SAME_LOWER", false)) {
		d->out = (d->in + d->stride - 1) / d->stride;
		all = (d->out - 1) * d->stride + span - d->in;
		all = all > 0 ? all : 0;
		d->pad = upper ? all / 2 : all - all / 2;
		return 0;
	}
	d->pad = onnx_int_at(c, "pads", i, 0);
	end = onnx_int_at(c, "pads", i + n, 0);
	if (d->pad < 0 || end < 0 || d->pad >= span || end >= span)
		return onnx_fail(c, "pads of %lld and %lld around a window of %lld",
				 (long long)d->pad, (long long)end, (long long)span);
	d->out = d->in + d->pad + end < span ? 0 : (d->in + d->pad + end - span) / d->stride + 1;
	return d->out > 0 ? 0 :
			    onnx_fail(c, "no window of %lld fits %lld numbers", (long long)span,
				      (long long)d->in);
}

/* kernel: sizes, or NULL for all of the input. */
static int onnx_window(struct onnx_ctx *c, const struct onnx_shape *s, const int64_t *kernel,
		       struct onnx_window *w)
{
	int i;

	w->n = s->rank - 2;
	if (w->n < 1 || w->n > 2)
		return onnx_fail(c, "its input has %d dimensions, not 3 or 4", s->rank);
	if (onnx_attr_i(c, "ceil_mode", 0))
		return onnx_fail(c, "attribute value ceil_mode=1 is not supported");
	w->channels = s->dims[1];
	w->d[0] = (struct onnx_dim) { 1, 1, 1, 1, 0, 1 };
	for (i = 0; i < w->n; i++) {
		struct onnx_dim *d = &w->d[2 - w->n + i];

		*d = (struct onnx_dim){
			.in = s->dims[2 + i],
			.kernel = kernel ? kernel[i] : s->dims[2 + i],
			.stride = onnx_int_at(c, "strides", i, 1),
			.dilation = onnx_int_at(c, "dilations", i, 1),
		};
		if (d->kernel < 1 || d->kernel > LQ_MAX_WIDTH || d->stride < 1 ||
		    d->stride > LQ_MAX_WIDTH || d->dilation < 1 || d->dilation > LQ_MAX_WIDTH)
			return onnx_fail(c, "a window of %lld, every %lld", (long long)d->kernel,
					 (long long)d->stride);
		if (onnx_pads(c, w->n, i, d))
			return -1;
	}
	if (w->channels * w->d[0].out * w->d[1].out > LQ_MAX_WIDTH || onnx_lanes(s) > LQ_MAX_WIDTH)
		return onnx_fail(c, "%lld numbers, more than %u",
				 (long long)(w->channels * w->d[0].out * w->d[1].out),
				 LQ_MAX_WIDTH);
	return 0;
}

static size_t onnx_places(const struct onnx_window *w)
{
	return w->d[0].out * w->d[1].out;
}

static size_t onnx_taps(const struct onnx_window *w)
{
	return w->d[0].kernel * w->d[1].kernel;
}

/* The position in a channel of tap k of output u, -1 for padding. */
static int64_t onnx_tap(const struct onnx_window *w, size_t u, size_t k)
{
	const struct onnx_dim *h = &w->d[0], *v = &w->d[1];
	int64_t y =
		(int64_t)(u / v->out) * h->stride - h->pad + (int64_t)(k / v->kernel) * h->dilation;
	int64_t x =
		(int64_t)(u % v->out) * v->stride - v->pad + (int64_t)(k % v->kernel) * v->dilation;

	return y < 0 || y >= h->in || x < 0 || x >= v->in ? -1 : y * v->in + x;
}

/* The output's shape, with that many channels. */
static struct onnx_value onnx_window_value(const struct onnx_value *x, const struct onnx_window *w,
					   int64_t channels)
{
	struct onnx_value y = *x;
	int i;

	y.t.shape.dims[1] = channels;
	for (i = 0; i < w->n; i++)
		y.t.shape.dims[2 + i] = w->d[2 - w->n + i].out;
	y.t.n = onnx_lanes(&y.t.shape);
	return y;
}

/* --- Conv --- */

static double *onnx_conv_matrix(const struct onnx_window *w, const struct onnx_tensor *t,
				int64_t group)
{
	size_t filters = t->shape.dims[0], each = t->shape.dims[1], places = onnx_places(w),
	       taps = onnx_taps(w);
	size_t plane = w->d[0].in * w->d[1].in, n_in = w->channels * plane, m, u, ch, k;
	double *rows = util_alloc(filters * places * n_in, sizeof(*rows));

	for (m = 0; m < filters; m++)
		for (u = 0; u < places; u++)
			for (ch = 0; ch < each; ch++)
				for (k = 0; k < taps; k++) {
					size_t from = m / (filters / group) * each + ch;
					int64_t at = onnx_tap(w, u, k);

					if (at >= 0)
						rows[(m * places + u) * n_in + from * plane + at] =
							t->v[(m * each + ch) * taps + k];
				}
	return rows;
}

static int onnx_conv_check(struct onnx_ctx *c, const struct onnx_shape *x,
			   const struct onnx_tensor *w, int64_t group)
{
	const struct onnx_tensor *b = onnx_in(c, 2);

	if (w->shape.rank != x->rank || x->rank < 3)
		return onnx_fail(c, "weights of %d dimensions for an input of %d", w->shape.rank,
				 x->rank);
	if (group < 1 || w->shape.dims[0] % group || w->shape.dims[1] * group != x->dims[1])
		return onnx_fail(c, "weights of %lld channels, %lld groups, for an input of %lld",
				 (long long)w->shape.dims[1], (long long)group,
				 (long long)x->dims[1]);
	if (b && b->n != (size_t)w->shape.dims[0])
		return onnx_fail(c, "%zu biases for %lld filters", b->n,
				 (long long)w->shape.dims[0]);
	return 0;
}

static int onnx_conv(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *t = onnx_in(c, 1), *bias = onnx_in(c, 2);
	int64_t group = onnx_attr_i(c, "group", 1);
	struct onnx_window w;
	struct onnx_value y;
	size_t n, i;
	double *b;

	if (onnx_want_real(c, x) || onnx_conv_check(c, &x->t.shape, t, group) ||
	    onnx_window(c, &x->t.shape, t->shape.dims + 2, &w))
		return -1;
	n = t->shape.dims[0] * onnx_places(&w);
	if (n > LQ_MAX_WIDTH)
		return onnx_fail(c, "%zu numbers, more than %u", n, LQ_MAX_WIDTH);
	b = util_alloc(n, sizeof(*b));
	for (i = 0; bias && i < n; i++)
		b[i] = bias->v[i / onnx_places(&w)];
	if (onnx_step(c, graph_chain_fc(&c->chain, onnx_node_name(c), n,
					onnx_conv_matrix(&w, t, group), b)))
		return -1;
	y = onnx_window_value(x, &w, t->shape.dims[0]);
	return onnx_put_tip(c, y);
}

/* --- pools --- */

static double *onnx_average_matrix(struct onnx_ctx *c, const struct onnx_window *w)
{
	size_t places = onnx_places(w), taps = onnx_taps(w), plane = w->d[0].in * w->d[1].in,
	       n_in = w->channels * plane;
	double *rows = util_alloc(w->channels * places * n_in, sizeof(*rows));
	bool all = onnx_attr_i(c, "count_include_pad", 0);
	size_t ch, u, k, n;

	for (u = 0; u < places; u++) {
		for (k = n = 0; k < taps; k++)
			n += all || onnx_tap(w, u, k) >= 0;
		for (k = 0; k < taps; k++)
			for (ch = 0; ch < (size_t)w->channels && onnx_tap(w, u, k) >= 0; ch++)
				rows[(ch * places + u) * n_in + ch * plane + onnx_tap(w, u, k)] =
					1.0 / n;
	}
	return rows;
}

/* Tap k of each output; if it is in the padding, the first tap that is not. */
static double *onnx_tap_matrix(const struct onnx_window *w, size_t k)
{
	size_t places = onnx_places(w), plane = w->d[0].in * w->d[1].in, n_in = w->channels * plane,
	       ch, u, j;
	double *rows = util_alloc(w->channels * places * n_in, sizeof(*rows));
	int64_t at;

	for (u = 0; u < places; u++) {
		at = onnx_tap(w, u, k);
		for (j = 0; at < 0 && j < onnx_taps(w); j++)
			at = onnx_tap(w, u, j);
		for (ch = 0; at >= 0 && ch < (size_t)w->channels; ch++)
			rows[(ch * places + u) * n_in + ch * plane + at] = 1;
	}
	return rows;
}

/* Replaces c by its tap. */
static int onnx_pick_tap(struct graph_chain *c, const char *node, const struct onnx_window *w,
			 size_t k)
{
	uint32_t n = w->channels * onnx_places(w);

	return graph_chain_fc(c, node, n, onnx_tap_matrix(w, k), util_alloc(n, sizeof(double)));
}

static int onnx_max_taps(struct graph_chain *most, const char *node, const struct onnx_window *w)
{
	struct graph_chain all, more;
	size_t k;
	int rc = graph_chain_flush(most);

	most->shared = true;
	graph_chain_copy(&all, most);
	rc = rc || onnx_pick_tap(most, node, w, 0);
	for (k = 1; !rc && k < onnx_taps(w); k++) {
		graph_chain_copy(&more, &all);
		most->shared = true;
		rc = onnx_pick_tap(&more, node, w, k) ||
		     graph_chain_sum(&more, node, most, 1, -1) ||
		     graph_chain_act(&more, node, GRAPH_ACT_CLIP, 0, INFINITY, 0) ||
		     graph_chain_sum(most, node, &more, 1, 1);
		graph_chain_drop(&more);
	}
	graph_chain_drop(&all);
	return rc ? -1 : 0;
}

static int onnx_pool(struct onnx_ctx *c, struct onnx_value *x, bool max, bool global)
{
	const Onnx__Attribute *kernel = onnx_attr(c, "kernel_shape");
	struct onnx_window w;
	struct onnx_value y;
	uint32_t n;
	int rc;

	if (onnx_want_real(c, x))
		return -1;
	if (!global && (!kernel || kernel->n_ints != (size_t)x->t.shape.rank - 2))
		return onnx_fail(c, "kernel_shape does not fit an input of %d dimensions",
				 x->t.shape.rank);
	if (onnx_window(c, &x->t.shape, global ? NULL : kernel->ints, &w))
		return -1;
	if (onnx_has_output(c, 1))
		return onnx_fail(c, "indices of the maxima are not supported");
	n = w.channels * onnx_places(&w);
	if (max)
		rc = onnx_max_taps(&c->chain, onnx_node_name(c), &w);
	else
		rc = graph_chain_fc(&c->chain, onnx_node_name(c), n, onnx_average_matrix(c, &w),
				    util_alloc(n, sizeof(double)));
	if (onnx_step(c, rc))
		return -1;
	y = onnx_window_value(x, &w, w.channels);
	return onnx_put_tip(c, y);
}

#define ONNX_POOL(name, max, global)					\
static int onnx_##name(struct onnx_ctx *c, struct onnx_value *x)	\
{									\
	return onnx_pool(c, x, max, global);				\
}

ONNX_POOL(max_pool, true, false)
ONNX_POOL(average_pool, false, false)
ONNX_POOL(global_max_pool, true, true)
ONNX_POOL(global_average_pool, false, true)

#define POOL_ATTRS	"auto_pad:3 ceil_mode:2 dilations:7 kernel_shape:7 pads:7 strides:7 "

const struct onnx_op onnx_conv_ops[] = {
	{ "", "Conv", 2, 3, 1, ONNX_K_REAL,
	  "auto_pad:3 dilations:7 group:2 kernel_shape:7 pads:7 strides:7", onnx_conv, NULL, NULL },
	{ "", "MaxPool", 1, 1, 1, ONNX_K_REAL, POOL_ATTRS "storage_order:2", onnx_max_pool, NULL,
	  NULL },
	{ "", "AveragePool", 1, 1, 1, ONNX_K_REAL, POOL_ATTRS "count_include_pad:2",
	  onnx_average_pool, NULL, NULL },
	{ "", "GlobalMaxPool", 1, 1, 1, ONNX_K_REAL, "", onnx_global_max_pool, NULL, NULL },
	{ "", "GlobalAveragePool", 1, 1, 1, ONNX_K_REAL, "", onnx_global_average_pool, NULL, NULL },
	{ 0 },
};
