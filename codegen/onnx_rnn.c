// SPDX-License-Identifier: GPL-2.0
/*
 * GRU and LSTM over a sequence of fixed length, written out step by step (nothing is kept between
 * inferences):
 *
 *	GRU	z, r = sigmoid(W x + R h + b)		gates
 *		g = tanh(W x + R (r h) + b)	or, with linear_before_reset,
 *						tanh(W x + r (R h + b'))
 *		h = (1 - z) g + z h = g + z (h - g)
 *	LSTM	i, o, f = sigmoid(W x + R h + b), g = tanh(W x + R h + b)
 *		c = f c + i g, h = o tanh(c)
 *
 * starting from h = c = 0, so the first step has no products with them. Each line is a layer or two
 * on the results of earlier steps.
 *
 * Recurrent layers take time first ([time, rows, numbers]; `layout` 1 is rows first). If such a
 * value comes from a Transpose, or is their output, it is stored rows first, and `turned` is its
 * layout in the file; only operators that turn it back, or pick from it, may follow.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_import.h"
#include "util.h"

struct onnx_rnn {
	const char *node;
	bool lstm, linear_first;	/* LSTM; GRU's linear_before_reset */
	uint32_t steps, in, n, gates;	/* n: numbers of h */
	const double *w, *r, *b; /* [gates * n][in], [gates * n][n], [2 * gates * n] or NULL */
};

static double onnx_rnn_bias(const struct onnx_rnn *l, uint32_t row, bool of_h)
{
	return l->b ? l->b[(of_h ? l->gates * l->n : 0) + row] : 0;
}

/* Gates from..from + count - 1 of x and h (NULL: 0), before the activation, with these biases. */
static int onnx_rnn_gates(const struct onnx_rnn *l, struct graph_chain *to,
			  const struct graph_chain *x, const struct graph_chain *h, uint32_t from,
			  uint32_t count, bool bias_x, bool bias_h)
{
	uint32_t nx = x ? l->in : 0, nh = h ? l->n : 0, n = count * l->n, o, i, row;
	double *w = util_alloc((size_t)n * (nx + nh), sizeof(*w)), *b = util_alloc(n, sizeof(*b));

	for (o = 0; o < n; o++) {
		row = from * l->n + o;
		for (i = 0; i < nx; i++)
			w[(size_t)o * (nx + nh) + i] = l->w[(size_t)row * l->in + i];
		for (i = 0; i < nh; i++)
			w[(size_t)o * (nx + nh) + nx + i] = l->r[(size_t)row * l->n + i];
		b[o] = (bias_x ? onnx_rnn_bias(l, row, false) : 0) +
		       (bias_h ? onnx_rnn_bias(l, row, true) : 0);
	}
	graph_chain_copy(to, x ? x : h);
	if (x && h && graph_chain_join(to, l->node, h)) {
		free(w);
		free(b);
		return -1;
	}
	to->shared = true;
	return graph_chain_fc(to, l->node, n, w, b);
}

static int onnx_rnn_act(const struct onnx_rnn *l, struct graph_chain *c, enum graph_act act)
{
	int rc = graph_chain_act(c, l->node, act, 0, 0, 0) || graph_chain_flush(c);

	c->shared = true;
	return rc ? -1 : 0;
}

static int onnx_rnn_pick(const struct onnx_rnn *l, struct graph_chain *to,
			 const struct graph_chain *from, uint32_t first, uint32_t n)
{
	uint32_t lane[LQ_MAX_WIDTH], i;

	for (i = 0; i < n; i++)
		lane[i] = first + i;
	graph_chain_copy(to, from);
	return graph_chain_pick(to, l->node, lane, n);
}

/* to = a z; done must not be folded into any further. */
static int onnx_rnn_mul(const struct onnx_rnn *l, struct graph_chain *to,
			const struct graph_chain *z)
{
	struct graph_chain with;
	int rc;

	graph_chain_copy(&with, z);
	rc = graph_chain_mul(to, l->node, &with);
	graph_chain_drop(&with);
	return rc;
}

static int onnx_rnn_sum(const struct onnx_rnn *l, struct graph_chain *to,
			const struct graph_chain *z, double a, double b)
{
	struct graph_chain with;
	int rc;

	graph_chain_copy(&with, z);
	rc = graph_chain_sum(to, l->node, &with, a, b);
	graph_chain_drop(&with);
	return rc;
}

/* g, the new values before gate z: r times h is multiplied by R, or R h times r is added. */
static int onnx_gru_new(const struct onnx_rnn *l, const struct graph_chain *x,
			const struct graph_chain *h, const struct graph_chain *r,
			struct graph_chain *g)
{
	struct graph_chain rh = { .g = x->g, .err = x->err };
	double *zero = util_alloc(l->n, sizeof(*zero));
	int rc = 0;

	if (!l->linear_first && h) {
		graph_chain_copy(&rh, h);
		rc = onnx_rnn_mul(l, &rh, r);
	} else if (l->linear_first && h) {
		rc = onnx_rnn_gates(l, &rh, NULL, h, 2, 1, false, true) || onnx_rnn_mul(l, &rh, r);
	} else if (l->linear_first && l->b) {
		graph_chain_copy(&rh, r);
		rc = graph_chain_diag(&rh, l->node, l->b + (l->gates + 2) * l->n, zero);
	}
	rh.shared = true;
	if (!rc)
		rc = onnx_rnn_gates(l, g, x, l->linear_first || !h ? NULL : &rh, 2, 1, true,
				    !l->linear_first);
	if (!rc && l->linear_first && rh.n)
		rc = onnx_rnn_sum(l, g, &rh, 1, 1);
	graph_chain_drop(&rh);
	free(zero);
	return rc || onnx_rnn_act(l, g, GRAPH_ACT_TANH) ? -1 : 0;
}

/* h becomes g + z (h - g), or in the first step (h->n is 0) g - z g. */
static int onnx_gru_step(const struct onnx_rnn *l, const struct graph_chain *x,
			 struct graph_chain *h, struct graph_chain *c)
{
	struct graph_chain zr = { .g = x->g, .err = x->err }, z = zr, r = zr, g = zr;
	const struct graph_chain *before = h->n ? h : NULL;
	int rc = onnx_rnn_gates(l, &zr, x, before, 0, 2, true, true) ||
		 onnx_rnn_act(l, &zr, GRAPH_ACT_SIGMOID) || onnx_rnn_pick(l, &z, &zr, 0, l->n) ||
		 onnx_rnn_pick(l, &r, &zr, l->n, l->n) || onnx_gru_new(l, x, before, &r, &g);

	(void)c;
	if (!rc && before) {
		rc = onnx_rnn_sum(l, h, &g, 1, -1) || onnx_rnn_mul(l, h, &z) ||
		     onnx_rnn_sum(l, h, &g, 1, 1);
	} else if (!rc) {
		graph_chain_drop(h);
		graph_chain_copy(h, &g);
		rc = onnx_rnn_mul(l, h, &z) || onnx_rnn_sum(l, h, &g, -1, 1);
	}
	h->shared = true;
	graph_chain_drop(&zr);
	graph_chain_drop(&z);
	graph_chain_drop(&r);
	graph_chain_drop(&g);
	return rc ? -1 : 0;
}

static int onnx_lstm_step(const struct onnx_rnn *l, const struct graph_chain *x,
			  struct graph_chain *h, struct graph_chain *c)
{
	struct graph_chain iof = { .g = x->g, .err = x->err }, i = iof, o = iof, f = iof, g = iof;
	const struct graph_chain *before = h->n ? h : NULL;
	int rc = onnx_rnn_gates(l, &iof, x, before, 0, 3, true, true) ||
		 onnx_rnn_act(l, &iof, GRAPH_ACT_SIGMOID) ||
		 onnx_rnn_gates(l, &g, x, before, 3, 1, true, true) ||
		 onnx_rnn_act(l, &g, GRAPH_ACT_TANH) || onnx_rnn_pick(l, &i, &iof, 0, l->n) ||
		 onnx_rnn_pick(l, &o, &iof, l->n, l->n) ||
		 onnx_rnn_pick(l, &f, &iof, 2 * l->n, l->n) || onnx_rnn_mul(l, &g, &i);

	g.shared = true;
	if (!rc && before) {
		rc = onnx_rnn_mul(l, c, &f) || onnx_rnn_sum(l, c, &g, 1, 1);
	} else if (!rc) {
		graph_chain_drop(c);
		graph_chain_copy(c, &g);
	}
	c->shared = true;
	graph_chain_drop(h);
	graph_chain_copy(h, c);
	rc = rc || onnx_rnn_act(l, h, GRAPH_ACT_TANH) || onnx_rnn_mul(l, h, &o);
	h->shared = true;
	graph_chain_drop(&iof);
	graph_chain_drop(&i);
	graph_chain_drop(&o);
	graph_chain_drop(&f);
	graph_chain_drop(&g);
	return rc ? -1 : 0;
}

/* --- the operator in the file --- */

static int onnx_rnn_matrix(struct onnx_ctx *c, size_t input, const char *what, int64_t rows,
			   int64_t cols, const double **v)
{
	const struct onnx_tensor *t = onnx_in(c, input);

	*v = t ? t->v : NULL;
	if (!t)
		return 0;
	if (t->n != (size_t)(rows * cols) || t->shape.rank < 2 || t->shape.dims[0] != 1)
		return onnx_fail(c, "%s is not of one direction and %lld x %lld numbers", what,
				 (long long)rows, (long long)cols);
	return 0;
}

static int onnx_rnn_zero(struct onnx_ctx *c, size_t input)
{
	const struct onnx_tensor *t = onnx_in(c, input);
	size_t i;

	for (i = 0; t && i < t->n; i++)
		if (t->v[i])
			return onnx_fail(c, "input %zu ('%.64s'), the state at the beginning, is "
					 "not all 0",
					 input, c->in[input]->name);
	return 0;
}

/* Only sigmoid and tanh, in their usual places, are supported. */
static int onnx_rnn_activations(struct onnx_ctx *c, bool lstm)
{
	static const char *const want[] = { "Sigmoid", "Tanh", "Tanh" };
	const Onnx__Attribute *a = onnx_attr(c, "activations");
	size_t i;

	for (i = 0; a && i < a->n_strings; i++)
		if (i > (lstm ? 2 : 1) || a->strings[i].len != strlen(want[i]) ||
		    memcmp(a->strings[i].data, want[i], a->strings[i].len))
			return onnx_fail(c, "activation '%.*s' is not supported, only Sigmoid and "
					 "Tanh in their usual places",
					 (int)(a->strings[i].len < 32 ? a->strings[i].len : 32),
					 a->strings[i].data);
	return 0;
}

static int onnx_rnn_attrs(struct onnx_ctx *c, const struct onnx_rnn *l)
{
	const struct onnx_tensor *lens = onnx_in(c, 4);
	size_t i;

	if (!onnx_attr_is(c, "direction", "forward", true) &&
	    !onnx_attr_is(c, "direction", "reverse", false))
		return onnx_fail(c, "both directions are not supported: train with "
				 "bidirectional=False, or give the model half the numbers");
	if (onnx_attr(c, "clip") || onnx_attr_i(c, "input_forget", 0))
		return onnx_fail(c, "clip and input_forget are not supported");
	if (onnx_in(c, 7))
		return onnx_fail(c, "peepholes are not supported");
	for (i = 0; lens && i < lens->n; i++)
		if (lens->v[i] != l->steps)
			return onnx_fail(c, "sequences are to be of one length, %u, not %g",
					 l->steps, lens->v[i]);
	return onnx_rnn_activations(c, l->lstm) || onnx_rnn_zero(c, 5) ||
			       (l->lstm && onnx_rnn_zero(c, 6))
		       ? -1
		       : 0;
}

static int onnx_rnn_read(struct onnx_ctx *c, const struct onnx_value *x, struct onnx_rnn *l)
{
	bool rows_first = onnx_attr_i(c, "layout", 0);
	const struct onnx_tensor *w = onnx_in(c, 1);

	if (onnx_want_real(c, x))
		return -1;
	if (x->t.shape.rank != 3 || (x->turned == ONNX_TIME_FIRST) == rows_first)
		return onnx_fail(c, "its input is not [time, rows, numbers] (layout 0: Transpose "
				 "with perm 1, 0, 2 in front) or [rows, time, numbers] (layout 1)");
	l->steps = x->t.shape.dims[1];
	l->in = x->t.shape.dims[2];
	l->gates = l->lstm ? 4 : 3;
	l->linear_first = onnx_attr_i(c, "linear_before_reset", 0);
	if (w->shape.rank != 3 || w->shape.dims[1] % l->gates ||
	    w->shape.dims[1] / l->gates > LQ_MAX_WIDTH)
		return onnx_fail(c, "weights '%.64s' are not of %u gates", c->in[1]->name,
				 l->gates);
	l->n = w->shape.dims[1] / l->gates;
	if (onnx_rnn_attrs(c, l))
		return -1;
	if (onnx_attr_i(c, "hidden_size", l->n) != l->n)
		return onnx_fail(c, "hidden_size is not %u", l->n);
	return onnx_rnn_matrix(c, 1, "W", (int64_t)l->gates * l->n, l->in, &l->w) ||
	       onnx_rnn_matrix(c, 2, "R", (int64_t)l->gates * l->n, l->n, &l->r) ||
	       onnx_rnn_matrix(c, 3, "B", 2 * (int64_t)l->gates * l->n, 1, &l->b) ? -1 : 0;
}

/* --- outputs --- */

static void onnx_rnn_give(struct onnx_ctx *c, struct graph_chain *from)
{
	graph_chain_drop(&c->chain);
	graph_chain_copy(&c->chain, from);
	c->chain.shared = true;
}

static int onnx_rnn_put(struct onnx_ctx *c, const struct onnx_rnn *l, struct graph_chain *all,
			struct graph_chain *h, struct graph_chain *cell)
{
	bool rows_first = onnx_attr_i(c, "layout", 0);
	struct onnx_value y = { .kind = ONNX_TIP, .t.type = ONNX_FLOAT };
	size_t i;
	int rc = 0;

	y.t.shape = (struct onnx_shape) { .rank = 3, .dims = { 1, l->steps, l->n } };
	y.t.n = (size_t)l->steps * l->n;
	y.turned = ONNX_TIME_DIRECTION;
	if (rows_first) {
		y.turned = 0;
		y.t.shape = (struct onnx_shape) { .rank = 4, .dims = { 1, l->steps, 1, l->n } };
	}
	if (onnx_has_output(c, 0)) {
		onnx_rnn_give(c, all);
		rc = onnx_put(c, 0, &y);
	}
	y.t.shape = (struct onnx_shape) { .rank = 2, .dims = { 1, l->n } };
	y.t.n = l->n;
	y.turned = ONNX_DIRECTION_FIRST;
	if (rows_first) {
		y.turned = 0;
		y.t.shape = (struct onnx_shape) { .rank = 3, .dims = { 1, 1, l->n } };
	}
	for (i = 1; i < 3 && !rc; i++)
		if (onnx_has_output(c, i)) {
			onnx_rnn_give(c, i == 1 ? h : cell);
			rc = onnx_put(c, i, &y);
		}
	return rc;
}

static int onnx_rnn_run(struct onnx_ctx *c, const struct onnx_rnn *l, const struct graph_chain *x)
{
	bool reverse = onnx_attr_is(c, "direction", "reverse", false);
	struct graph_chain none = { .g = c->g, .err = c->err }, h = none, cell = none, all = none,
			   at = none, old;
	uint32_t t, k;
	int rc = 0;

	for (t = 0; t < l->steps && !rc; t++) {
		k = reverse ? l->steps - 1 - t : t;
		rc = onnx_rnn_pick(l, &at, x, k * l->in, l->in);
		at.shared = true;
		if (!rc)
			rc = (l->lstm ? onnx_lstm_step : onnx_gru_step)(l, &at, &h, &cell);
		graph_chain_drop(&at);
		at = none;
		if (rc || !onnx_has_output(c, 0))
			continue;
		if (!t) {
			graph_chain_copy(&all, &h);
			continue;
		}
		graph_chain_copy(&old, reverse ? &all : &h);
		if (reverse) {
			graph_chain_drop(&all);
			graph_chain_copy(&all, &h);
		}
		rc = graph_chain_join(&all, l->node, &old);
		graph_chain_drop(&old);
	}
	rc = onnx_step(c, rc) || onnx_rnn_put(c, l, &all, &h, &cell);
	graph_chain_drop(&h);
	graph_chain_drop(&cell);
	graph_chain_drop(&all);
	return rc ? -1 : 0;
}

static int onnx_rnn(struct onnx_ctx *c, struct onnx_value *x, bool lstm)
{
	struct onnx_rnn l = { .lstm = lstm };
	struct graph_chain in;
	char node[96];
	int rc;

	snprintf(node, sizeof(node), "%s", onnx_node_name(c));
	l.node = node;
	if (c->done)
		return onnx_ended(c, c->done);
	if (onnx_rnn_read(c, x, &l))
		return -1;
	graph_chain_copy(&in, &c->chain);
	rc = onnx_step(c, graph_chain_flush(&in));
	in.shared = true;
	if (!rc)
		rc = onnx_rnn_run(c, &l, &in);
	graph_chain_drop(&in);
	return rc;
}

static int onnx_gru(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_rnn(c, x, false);
}

static int onnx_lstm(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_rnn(c, x, true);
}

#define ONNX_RNN_ATTRS \
	"activations:8 activation_alpha:6 activation_beta:6 clip:1 direction:3 hidden_size:2 " \
	"layout:2 "

const struct onnx_op onnx_rnn_ops[] = {
	{ "", "GRU", 3, 6, 1, ONNX_K_REAL, ONNX_RNN_ATTRS "linear_before_reset:2", onnx_gru, NULL,
	  NULL },
	{ "", "LSTM", 3, 8, 1, ONNX_K_REAL, ONNX_RNN_ATTRS "input_forget:2", onnx_lstm, NULL,
	  NULL },
	{ 0 },
};
