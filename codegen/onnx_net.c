// SPDX-License-Identifier: GPL-2.0
/*
 * Operators of nets: matrices, arithmetic with constants, and those that turn scores into a class.
 *
 * Softmax and ArgMax are dropped, since a decision needs only the order of the scores (unless
 * probabilities are wanted); the graph notes that its outputs are scores of classes. So no
 * computing operator may follow them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_import.h"
#include "util.h"

/*
 * Dimensions are aligned at their ends. The constant may have a 1 where x has more, and further
 * leading dimensions of 1, which x then gets; it may not stretch x, and may not differ between rows
 * of a batch.
 */
static int onnx_spread_check(struct onnx_ctx *c, const struct onnx_shape *k,
			     const struct onnx_shape *x)
{
	int i, xi;

	for (i = 0; i < k->rank; i++) {
		xi = i + x->rank - k->rank;
		if (k->dims[i] == 1)
			continue;
		if (xi < 0 || k->dims[i] != x->dims[xi])
			return onnx_fail(c, "the constant's dimension %d (%lld) does not fit", i,
					 (long long)k->dims[i]);
		if (!xi && x->rank > 1)
			return onnx_fail(c, "the constant differs from row to row of the batch");
	}
	if (k->rank > x->rank && k->rank > 1 && onnx_batch(x) > 1)
		return onnx_fail(c, "the constant has more dimensions than a batch of rows");
	return 0;
}

static void onnx_spread_rank(struct onnx_shape *x, int rank)
{
	int i, more = rank - x->rank;

	if (more <= 0)
		return;
	memmove(x->dims + more, x->dims, x->rank * sizeof(*x->dims));
	for (i = 0; i < more; i++)
		x->dims[i] = 1;
	x->rank = rank;
}

int onnx_spread(struct onnx_ctx *c, const struct onnx_tensor *t, struct onnx_shape *x, double *v)
{
	const struct onnx_shape *k = &t->shape;
	size_t lane, at, rest, stride, lanes = onnx_lanes(x);
	int i, ki;

	if (onnx_spread_check(c, k, x))
		return -1;
	onnx_spread_rank(x, k->rank);
	for (lane = 0; lane < lanes; lane++) {
		at = 0;
		stride = 1;
		rest = lane;
		for (i = x->rank - 1; i >= 0; i--) {
			ki = i + k->rank - x->rank;
			if (ki >= 0 && k->dims[ki] > 1)
				at += rest % x->dims[i] * stride;
			if (ki >= 0)
				stride *= k->dims[ki];
			rest /= x->dims[i];
		}
		v[lane] = t->v[at];
	}
	return 0;
}

double *onnx_weights(struct onnx_ctx *c, const struct onnx_tensor *b, bool trans, size_t k,
		     double alpha, size_t *n_out)
{
	size_t rows, cols, n, o, i;
	double *w;

	if (b->shape.rank != 2) {
		onnx_fail(c, "the weights have %d dimensions, not 2", b->shape.rank);
		return NULL;
	}
	rows = b->shape.dims[0];
	cols = b->shape.dims[1];
	n = trans ? rows : cols;
	if ((trans ? cols : rows) != k) {
		onnx_fail(c, "weights of %zu x %zu do not fit %zu numbers", rows, cols, k);
		return NULL;
	}
	w = util_alloc(b->n, sizeof(*w));
	for (o = 0; o < n; o++)
		for (i = 0; i < k; i++)
			w[o * k + i] = alpha * (trans ? b->v[o * k + i] : b->v[i * n + o]);
	*n_out = n;
	return w;
}

/* The tip times the weights; takes w and b. */
static int onnx_fc(struct onnx_ctx *c, const struct onnx_value *x, size_t n_out, double *w,
		   double *b)
{
	struct onnx_value y = *x;

	if (onnx_step(c, graph_chain_fc(&c->chain, onnx_node_name(c), n_out, w, b)))
		return -1;
	y.t.shape.dims[y.t.shape.rank - 1] = n_out;
	y.t.n = onnx_lanes(&y.t.shape);
	return onnx_put_tip(c, y);
}

static int onnx_gemm_bias(struct onnx_ctx *c, const struct onnx_shape *x, size_t n_out, double *b)
{
	struct onnx_shape y = { .rank = 2, .dims = { onnx_batch(x), n_out } };
	double beta = onnx_attr_f(c, "beta", 1);
	const struct onnx_tensor *t = onnx_in(c, 2);
	size_t o;

	if (!t)
		return 0;
	if (t->shape.rank > 2)
		return onnx_fail(c, "the bias has %d dimensions", t->shape.rank);
	if (onnx_spread(c, t, &y, b))
		return -1;
	for (o = 0; o < n_out; o++)
		b[o] *= beta;
	return 0;
}

static int onnx_gemm(struct onnx_ctx *c, struct onnx_value *x)
{
	double *w, *b;
	size_t n;

	if (onnx_want_real(c, x))
		return -1;
	if (x->t.shape.rank != 2)
		return onnx_fail(c, "its input has %d dimensions, not 2", x->t.shape.rank);
	if (onnx_attr_i(c, "transA", 0))
		return onnx_fail(c, "attribute value transA=1 is not supported");
	w = onnx_weights(c, onnx_in(c, 1), onnx_attr_i(c, "transB", 0), onnx_lanes(&x->t.shape),
			 onnx_attr_f(c, "alpha", 1), &n);
	if (!w)
		return -1;
	b = util_alloc(n, sizeof(*b));
	if (!onnx_gemm_bias(c, &x->t.shape, n, b))
		return onnx_fc(c, x, n, w, b);
	free(w);
	free(b);
	return -1;
}

static int onnx_matmul(struct onnx_ctx *c, struct onnx_value *x)
{
	bool left = c->in[0] == x;	/* x @ W; else W @ x, only for a vector */
	double *w;
	size_t n;

	if (onnx_want_real(c, x))
		return -1;
	if (x->t.shape.rank < 1 || x->t.shape.rank > 2 || (!left && x->t.shape.rank != 1))
		return onnx_fail(c, "'%.64s' has %d dimensions: rows times a constant matrix are "
				 "supported",
				 x->name, x->t.shape.rank);
	w = onnx_weights(c, onnx_in(c, left), !left, onnx_lanes(&x->t.shape), 1, &n);
	return w ? onnx_fc(c, x, n, w, util_alloc(n, sizeof(double))) : -1;
}

/* Every lane becomes s x + t. */
int onnx_diag(struct onnx_ctx *c, struct onnx_value *x, const double *s, const double *t)
{
	if (onnx_step(c, graph_chain_diag(&c->chain, onnx_node_name(c), s, t)))
		return -1;
	return onnx_put_tip(c, *x);
}

/* Behind trees. Only the order of scores counts, and a common factor above 0 preserves it. */
static int onnx_arith_end(struct onnx_ctx *c, struct onnx_value *x, const double *s,
			  const double *t)
{
	size_t i, n = onnx_lanes(&x->t.shape);

	for (i = 0; x->kind == ONNX_SCORES && i < n; i++)
		if (s[i] != s[0] || !(s[0] > 0) || t[i] != t[0])
			return onnx_fail(c, "scores of classes may be scaled by one factor above "
					 "0 only");
	return onnx_put(c, 0, x);
}

static int onnx_arith(struct onnx_ctx *c, struct onnx_value *in,
		      int (*make)(struct onnx_ctx *, double, double *, double *))
{
	size_t i, n = onnx_lanes(&in->t.shape);
	struct onnx_value x = *in;
	double *s, *t;
	int rc;

	if (onnx_want_real(c, in))
		return -1;
	s = util_alloc(n, sizeof(*s));
	t = util_alloc(n, sizeof(*t));
	rc = onnx_spread(c, onnx_in(c, c->in[0] == in), &x.t.shape, t);
	for (i = 0; i < n && !rc; i++)
		rc = make(c, t[i], &s[i], &t[i]);
	if (!rc)
		rc = c->g->kind == GRAPH_FOREST || x.kind == ONNX_SCORES ?
			     onnx_arith_end(c, &x, s, t) :
			     onnx_diag(c, &x, s, t);
	free(s);
	free(t);
	return rc;
}

static bool onnx_const_first(const struct onnx_ctx *c)
{
	return c->in[0]->kind == ONNX_CONST;
}

static int onnx_make_add(struct onnx_ctx *c, double k, double *s, double *t)
{
	(void)c;
	*s = 1;
	*t = k;
	return 0;
}

static int onnx_make_sub(struct onnx_ctx *c, double k, double *s, double *t)
{
	*s = onnx_const_first(c) ? -1 : 1;
	*t = onnx_const_first(c) ? k : -k;
	return 0;
}

static int onnx_make_mul(struct onnx_ctx *c, double k, double *s, double *t)
{
	(void)c;
	*s = k;
	*t = 0;
	return 0;
}

static int onnx_make_div(struct onnx_ctx *c, double k, double *s, double *t)
{
	if (onnx_const_first(c))
		return onnx_fail(c, "a constant divided by the input is not supported");
	if (k == 0)
		return onnx_fail(c, "it divides by 0");
	*s = 1 / k;
	*t = 0;
	return 0;
}

#define ONNX_ARITH_OP(name)							\
static int onnx_##name(struct onnx_ctx *c, struct onnx_value *x)		\
{										\
	return onnx_arith(c, x, onnx_make_##name);				\
}

ONNX_ARITH_OP(add)
ONNX_ARITH_OP(sub)
ONNX_ARITH_OP(mul)
ONNX_ARITH_OP(div)

/*
 * y = (x - mean) / sqrt(var + epsilon) * scale + b, each of one number per channel; channels are
 * dimension 1.
 */
static int onnx_norm_lanes(struct onnx_ctx *c, size_t channels, size_t lanes, double *s, double *t)
{
	const struct onnx_tensor *in[5] = { 0 };
	double eps = onnx_attr_f(c, "epsilon", 1e-5f), var;
	size_t i, ch;

	for (i = 1; i < 5; i++) {
		in[i] = onnx_in(c, i);
		if (in[i]->shape.rank != 1 || in[i]->n != channels)
			return onnx_fail(c, "input %zu has not one number for each of %zu channels",
					 i, channels);
	}
	for (i = 0; i < lanes; i++) {
		ch = i / (lanes / channels);
		var = in[4]->v[ch] + eps;
		if (!(var > 0))
			return onnx_fail(c, "the variance of channel %zu is %g", ch, var);
		s[i] = in[1]->v[ch] / sqrt(var);
		t[i] = in[2]->v[ch] - in[3]->v[ch] * s[i];
	}
	return 0;
}

static int onnx_batchnorm(struct onnx_ctx *c, struct onnx_value *x)
{
	size_t n = onnx_lanes(&x->t.shape);
	double *s, *t;
	int rc;

	if (onnx_want_real(c, x))
		return -1;
	if (x->t.shape.rank < 2)
		return onnx_fail(c, "its input has %d dimensions, not 2 or more", x->t.shape.rank);
	if (onnx_attr_i(c, "training_mode", 0) || !onnx_attr_i(c, "spatial", 1) ||
	    onnx_has_output(c, 1))
		return onnx_fail(c, "training mode and spatial=0 are not supported");
	s = util_alloc(n, sizeof(*s));
	t = util_alloc(n, sizeof(*t));
	rc = onnx_norm_lanes(c, x->t.shape.dims[1], n, s, t);
	if (!rc)
		rc = onnx_diag(c, x, s, t);
	free(s);
	free(t);
	return rc;
}

/* ai.onnx.ml Scaler: (x - offset) * scale; one number for all lanes, or one each. */
static int onnx_scaler(struct onnx_ctx *c, struct onnx_value *x)
{
	const Onnx__Attribute *off = onnx_attr(c, "offset"), *scale = onnx_attr(c, "scale");
	size_t i, n = onnx_lanes(&x->t.shape);
	struct onnx_value y = *x;
	double *s, *t;
	int rc;

	if ((off && off->n_floats != 1 && off->n_floats != n) ||
	    (scale && scale->n_floats != 1 && scale->n_floats != n))
		return onnx_fail(c, "offset or scale have neither 1 nor %zu numbers", n);
	s = util_alloc(n, sizeof(*s));
	t = util_alloc(n, sizeof(*t));
	for (i = 0; i < n; i++) {
		s[i] = scale ? scale->floats[scale->n_floats == 1 ? 0 : i] : 1;
		t[i] = off ? -s[i] * off->floats[off->n_floats == 1 ? 0 : i] : 0;
	}
	y.t.type = ONNX_FLOAT;
	rc = onnx_diag(c, &y, s, t);
	free(s);
	free(t);
	return rc;
}

static int onnx_end(struct onnx_ctx *c, struct onnx_value *x, enum onnx_kind kind)
{
	struct onnx_value y = *x;

	if (x->kind == ONNX_TIP && onnx_want_real(c, x))
		return -1;
	if (c->g->kind == GRAPH_FOREST)
		c->g->classes = true;
	y.kind = kind;
	return onnx_put(c, 0, &y);
}

static int onnx_softmax(struct onnx_ctx *c, struct onnx_value *x)
{
	int64_t axis = onnx_attr_i(c, "axis", c->opset < 13 ? 1 : -1);

	/* Before operator set 13 all dimensions from axis on are flattened. */
	if (!(c->opset < 13 && axis == 1 && x->t.shape.rank > 1) &&
	    onnx_last_axis(c, &x->t.shape, axis))
		return -1;
	if (c->want->probabilities && strcmp(c->node->op_type, "LogSoftmax") &&
	    c->g->kind == GRAPH_NET &&
	    onnx_step(c, graph_chain_softmax(&c->chain, onnx_node_name(c))))
		return -1;
	return onnx_end(c, x, ONNX_SCORES);
}

static int onnx_argmax(struct onnx_ctx *c, struct onnx_value *x)
{
	if (onnx_attr_i(c, "select_last_index", 0))
		return onnx_fail(c, "attribute value select_last_index=1 is not supported: ties "
				 "go to the lowest index");
	if (onnx_last_axis(c, &x->t.shape, onnx_attr_i(c, "axis", 0)))
		return -1;
	return onnx_end(c, x, ONNX_LABEL);
}

const struct onnx_op onnx_net_ops[] = {
	{ "", "Gemm", 2, 3, 1, ONNX_K_REAL, "alpha:1 beta:1 transA:2 transB:2", onnx_gemm, NULL,
	  NULL },
	{ "", "MatMul", 2, 2, 3, ONNX_K_REAL, "", onnx_matmul, NULL, NULL },
	{ "", "Add", 2, 2, 3, ONNX_K_REAL | ONNX_K(SCORES), "", onnx_add, NULL, onnx_add_many },
	{ "", "Sub", 2, 2, 3, ONNX_K_REAL, "", onnx_sub, NULL, onnx_sub_many },
	{ "", "Mul", 2, 2, 3, ONNX_K_REAL | ONNX_K(SCORES), "", onnx_mul, NULL, onnx_mul_many },
	{ "", "Div", 2, 2, 3, ONNX_K_REAL | ONNX_K(SCORES), "", onnx_div, NULL, onnx_div_many },
	{ "", "BatchNormalization", 5, 5, 1, ONNX_K_REAL,
	  "epsilon:1 momentum:1 training_mode:2 spatial:2", onnx_batchnorm, NULL, NULL },
	{ "", "Softmax", 1, 1, 1, ONNX_K_REAL, "axis:2", onnx_softmax, NULL, NULL },
	{ "", "LogSoftmax", 1, 1, 1, ONNX_K_REAL, "axis:2", onnx_softmax, NULL, NULL },
	{ "", "ArgMax", 1, 1, 1, ONNX_K_REAL | ONNX_K(SCORES),
	  "axis:2 keepdims:2 select_last_index:2", onnx_argmax, NULL, NULL },
	{ "ai.onnx.ml", "Scaler", 1, 1, 1, ONNX_K_REAL, "offset:6 scale:6", onnx_scaler, NULL,
	  NULL },
	{ 0 },
};
