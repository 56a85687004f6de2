// SPDX-License-Identifier: GPL-2.0
/*
 * Operators behind trees, and those before matrices that represent trees (onnx_bits.c). Values here
 * have their full shape, with a batch of one row.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

/* --- elementwise --- */

static bool onnx_op_compares(const char *op)
{
	return strstr(" Less LessOrEqual Greater GreaterOrEqual Equal ", op) != NULL;
}

static int onnx_sums_two(struct onnx_ctx *c)
{
	const struct onnx_sums *a = onnx_sums_in(c, 0), *b = a ? onnx_sums_in(c, 1) : NULL;
	const struct onnx_shape *sa = &c->in[0]->t.shape, *sb = &c->in[1]->t.shape;
	struct onnx_shape shape;
	struct onnx_sums *y;
	size_t i, n;

	if (!b || onnx_stretch(c, sa, sb, &shape, &n))
		return -1;
	y = onnx_sums_new(c, n);
	for (i = 0; y && i < n; i++)
		if (onnx_sum_pair(c, &y->sum[i], &a->sum[onnx_stretched(&shape, sa, i)],
				  &b->sum[onnx_stretched(&shape, sb, i)], c->node->op_type))
			return -1;
	return y ? onnx_put_sums(c, 0, y, &shape,
				 onnx_op_compares(c->node->op_type) ? ONNX_BOOL : ONNX_FLOAT)
		 : -1;
}

static int onnx_sums_each(struct onnx_ctx *c, enum onnx_fn fn, double a, int type)
{
	const struct onnx_sums *x = c->in[0]->sums;
	struct onnx_sums *y = onnx_sums_new(c, x->n);
	size_t i;

	for (i = 0; y && i < x->n; i++) {
		y->sum[i] = x->sum[i];
		if (onnx_sum_apply(c, &y->sum[i], fn, a))
			return -1;
	}
	return y ? onnx_put_sums(c, 0, y, &c->in[0]->t.shape, type) : -1;
}

static const struct {
	const char *op;
	enum onnx_fn fn;
	double a;
} one_fn[] = {
	{ "Neg", ONNX_FN_MUL, -1 },  { "Exp", ONNX_FN_EXP, 0 },
	{ "Log", ONNX_FN_LOG, 0 },   { "Sqrt", ONNX_FN_SQRT, 0 },
	{ "Abs", ONNX_FN_ABS, 0 },   { "Sigmoid", ONNX_FN_SIGMOID, 0 },
	{ "Tanh", ONNX_FN_TANH, 0 }, { "Reciprocal", ONNX_FN_OVER, 1 },
	{ "Not", ONNX_FN_NOT, 0 },
};

static int onnx_sums_one(struct onnx_ctx *c)
{
	size_t i;

	for (i = 0; strcmp(one_fn[i].op, c->node->op_type); i++)
		;
	return onnx_sums_each(c, one_fn[i].fn, one_fn[i].a,
			      one_fn[i].fn == ONNX_FN_NOT ? ONNX_BOOL : ONNX_FLOAT);
}

/* Truth values are 0 and 1 already. */
static int onnx_sums_cast(struct onnx_ctx *c)
{
	int64_t to = onnx_attr_i(c, "to", 0);

	if (to != ONNX_FLOAT && to != ONNX_DOUBLE && to != ONNX_INT64 && to != ONNX_INT32)
		return onnx_fail(c, "a cast to type %lld is not supported", (long long)to);
	if (!onnx_type_real(c->in[0]->t.type) || onnx_type_real(to))
		return onnx_put_sums(c, 0, c->in[0]->sums, &c->in[0]->t.shape, to);
	return onnx_sums_each(c, ONNX_FN_TRUNC, 0, to);
}

/* --- sums --- */

static int onnx_sums_sum(struct onnx_ctx *c)
{
	const struct onnx_sum **from = util_alloc(c->n_in, sizeof(*from));
	double *w = util_alloc(c->n_in, sizeof(*w));
	const struct onnx_sums *x;
	struct onnx_sums *y = NULL;
	int rc = 0;
	size_t i, k, n = c->in[0]->t.n;

	for (i = 0; i < c->n_in && !rc; i++)
		if (c->in[i]->kind != ONNX_SUMS || c->in[i]->t.n != n)
			rc = onnx_fail(c, "'%.64s' is not a sum of trees of the same shape",
				       c->in[i]->name);
	if (!rc)
		y = onnx_sums_new(c, n);
	for (k = 0; y && k < n && !rc; k++) {
		for (i = 0; i < c->n_in; i++) {
			x = c->in[i]->sums;
			from[i] = &x->sum[k];
			w[i] = 1;
		}
		rc = onnx_sum_mix(c, &y->sum[k], from, w, c->n_in);
	}
	free(from);
	free(w);
	return y && !rc ? onnx_put_sums(c, 0, y, &c->in[0]->t.shape, ONNX_FLOAT) : -1;
}

/* --- labels --- */

/* Keys and values as floats, integers or a tensor. */
static int onnx_encoder_list(struct onnx_ctx *c, const char *which, double **v, size_t *n)
{
	const Onnx__Attribute *q, *f, *t;
	struct onnx_tensor tensor;
	char name[32];
	size_t i;

	snprintf(name, sizeof(name), "%s_int64s", which);
	q = onnx_attr(c, name);
	snprintf(name, sizeof(name), "%s_floats", which);
	f = onnx_attr(c, name);
	snprintf(name, sizeof(name), "%s_tensor", which);
	t = onnx_attr(c, name);
	if (t) {
		if (onnx_tensor_load(c, t->t, &tensor))
			return -1;
		*v = tensor.v;
		*n = tensor.n;
		return 0;
	}
	*n = q ? q->n_ints : f ? f->n_floats : 0;
	*v = util_alloc(*n, sizeof(**v));
	for (i = 0; i < *n; i++)
		(*v)[i] = q ? (double)q->ints[i] : f->floats[i];
	return 0;
}

struct onnx_entry {
	double key, value;
	size_t at;
};

static int onnx_entry_cmp(const void *va, const void *vb)
{
	const struct onnx_entry *a = va, *b = vb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* The value of a key; of several alike, the first. */
static double onnx_look_up(const struct onnx_entry *e, size_t n, double key, double other)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (e[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && e[lo].key == key ? e[lo].value : other;
}

static int onnx_encode_one(struct onnx_ctx *c, struct onnx_sum *s, const struct onnx_entry *e,
			   size_t n)
{
	double other = onnx_attr_f(c, "default_float", onnx_attr_i(c, "default_int64", 0)), *leaf;
	const struct onnx_term *t = s->term;
	struct onnx_term *to;
	uint32_t l;

	if (s->n != 1 || s->post || !t->leaf)
		return onnx_fail(c, "it looks up a number that is not of one tree");
	to = onnx_sums_mem(c, 1, sizeof(*to));
	leaf = to ? onnx_sums_mem(c, c->grove->tree[t->tree].n_leaves, sizeof(*leaf)) : NULL;
	if (!leaf)
		return -1;
	for (l = 0; l < c->grove->tree[t->tree].n_leaves; l++)
		leaf[l] = onnx_look_up(e, n, s->c + t->factor * t->leaf[l], other);
	*to = (struct onnx_term) { t->tree, 1, leaf };
	*s = (struct onnx_sum) { .n = 1, .term = to };
	return 0;
}

static int onnx_encode(struct onnx_ctx *c, const double *key, const double *value, size_t n)
{
	struct onnx_entry *e = util_alloc(n, sizeof(*e));
	const struct onnx_sums *x = c->in[0]->sums;
	struct onnx_sums *y = onnx_sums_new(c, x->n);
	int rc = y ? 0 : -1;
	size_t i;

	for (i = 0; i < n; i++)
		e[i] = (struct onnx_entry) { key[i], value[i], i };
	qsort(e, n, sizeof(*e), onnx_entry_cmp);
	for (i = 0; !rc && i < x->n; i++) {
		y->sum[i] = x->sum[i];
		rc = onnx_encode_one(c, &y->sum[i], e, n);
	}
	free(e);
	return rc ? rc : onnx_put_sums(c, 0, y, &c->in[0]->t.shape, ONNX_FLOAT);
}

static int onnx_sums_encoder(struct onnx_ctx *c)
{
	double *key = NULL, *value = NULL;
	size_t n = 0, m = 0;
	int rc =
		onnx_encoder_list(c, "keys", &key, &n) || onnx_encoder_list(c, "values", &value, &m)
			? -1
			: 0;

	if (!rc && (!n || n != m || !onnx_all_finite(value, n)))
		rc = onnx_fail(c, "%zu keys and %zu values: numbers are looked up here, as many "
			       "of each",
			       n, m);
	if (!rc)
		rc = onnx_encode(c, key, value, n);
	free(key);
	free(value);
	return rc;
}

/* Scores of classes: all numbers of the value. */
static int onnx_sums_scores(struct onnx_ctx *c, enum onnx_kind kind)
{
	struct onnx_value y = { .kind = kind, .t = c->in[0]->t };

	if (kind == ONNX_SCORES ? onnx_sums_end(c, c->in[0]->sums, true)
				: onnx_sums_argmax(c, c->in[0]->sums))
		return -1;
	y.t.shape = (struct onnx_shape) { .rank = 2, .dims = { 1, c->g->n_outputs } };
	return onnx_put(c, 0, &y);
}

static int onnx_sums_softmax(struct onnx_ctx *c)
{
	return onnx_sums_scores(c, ONNX_SCORES);
}

static int onnx_sums_label(struct onnx_ctx *c)
{
	if (onnx_attr_i(c, "select_last_index", 0))
		return onnx_fail(c, "attribute value select_last_index=1 is not supported: ties "
				 "go to the lowest index");
	return onnx_sums_scores(c, ONNX_LABEL);
}

#define ONNX_BEHIND(op, min, max, attrs, run)	{ "", op, min, max, 0, 0, attrs, NULL, NULL, run }

const struct onnx_op onnx_sums_ops[] = {
	ONNX_BEHIND("Identity", 1, 1, "", onnx_sums_reshape),
	ONNX_BEHIND("Flatten", 1, 1, "axis:2", onnx_sums_reshape),
	ONNX_BEHIND("Reshape", 2, 2, "allowzero:2", onnx_sums_reshape),
	ONNX_BEHIND("Squeeze", 1, 2, "axes:7", onnx_sums_reshape),
	ONNX_BEHIND("Unsqueeze", 1, 2, "axes:7", onnx_sums_reshape),
	ONNX_BEHIND("Cast", 1, 1, "to:2", onnx_sums_cast),
	ONNX_BEHIND("Transpose", 1, 1, "perm:7", onnx_sums_transpose),
	ONNX_BEHIND("Gather", 2, 2, "axis:2", onnx_sums_gather),
	ONNX_BEHIND("Concat", 1, 0, "axis:2", onnx_sums_concat),
	ONNX_BEHIND("Neg", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Exp", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Log", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Sqrt", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Abs", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Sigmoid", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Tanh", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Reciprocal", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Not", 1, 1, "", onnx_sums_one),
	ONNX_BEHIND("Add", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Sub", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Mul", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Div", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Pow", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Max", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Min", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Less", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("LessOrEqual", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Greater", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("GreaterOrEqual", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Equal", 2, 2, "", onnx_sums_two),
	ONNX_BEHIND("Sum", 1, 0, "", onnx_sums_sum),
	ONNX_BEHIND("ReduceSum", 1, 2, "axes:7 keepdims:2 noop_with_empty_axes:2",
		    onnx_sums_reduce),
	ONNX_BEHIND("ReduceMean", 1, 2, "axes:7 keepdims:2 noop_with_empty_axes:2",
		    onnx_sums_reduce),
	ONNX_BEHIND("MatMul", 2, 2, "", onnx_sums_matmul),
	ONNX_BEHIND("Gemm", 2, 3, "alpha:1 beta:1 transA:2 transB:2", onnx_sums_gemm),
	ONNX_BEHIND("Softmax", 1, 1, "axis:2", onnx_sums_softmax),
	ONNX_BEHIND("LogSoftmax", 1, 1, "axis:2", onnx_sums_softmax),
	ONNX_BEHIND("ArgMax", 1, 1, "axis:2 keepdims:2 select_last_index:2", onnx_sums_label),
	{ "ai.onnx.ml", "LabelEncoder", 1, 1, 0, 0,
	  "keys_floats:6 keys_int64s:7 keys_tensor:4 values_floats:6 values_int64s:7 "
	  "values_tensor:4 default_float:1 "
	  "default_int64:2 default_tensor:4 default_string:3",
	  NULL, NULL, onnx_sums_encoder },
	{ 0 },
};

/* --- before matrices that represent trees --- */

static int onnx_compare(struct onnx_ctx *c, struct onnx_value *x)
{
	(void)x;
	return onnx_sums_two(c);
}

#define ONNX_COMPARE(op)	{ "", op, 2, 2, 3, ONNX_K_REAL, "", onnx_compare, NULL, NULL }

const struct onnx_op onnx_compare_ops[] = {
	ONNX_COMPARE("Less"),
	ONNX_COMPARE("LessOrEqual"),
	ONNX_COMPARE("Greater"),
	ONNX_COMPARE("GreaterOrEqual"),
	ONNX_COMPARE("Equal"),
	{ 0 },
};
