// SPDX-License-Identifier: GPL-2.0
/* Operators that change only the shape or type of a value, and Constant. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_forest.h"
#include "util.h"

/* The value keeps its numbers and gets another shape, which must preserve its rows. */
static int onnx_reshape_tip(struct onnx_ctx *c, const struct onnx_value *x,
			    const struct onnx_shape *to)
{
	struct onnx_value y = *x;
	size_t n;

	if (onnx_shape_count(c, to, &n))
		return -1;
	if (onnx_lanes(to) != onnx_lanes(&x->t.shape) || onnx_batch(to) != onnx_batch(&x->t.shape))
		return onnx_fail(c, "the new shape does not keep rows of %zu numbers",
				 onnx_lanes(&x->t.shape));
	y.t.shape = *to;
	return onnx_put(c, 0, &y);
}

static int onnx_reshape_const(struct onnx_ctx *c, const struct onnx_tensor *x,
			      const struct onnx_shape *to)
{
	struct onnx_tensor t;
	size_t n;

	if (onnx_shape_count(c, to, &n))
		return -1;
	if (n != x->n)
		return onnx_fail(c, "%zu elements become %zu", x->n, n);
	t = onnx_tensor_new(x->type, to->rank, to->dims, n);
	memcpy(t.v, x->v, n * sizeof(*t.v));
	return onnx_put_const(c, 0, &t);
}

/* The shape that an operator makes of another; for the tip and for constants. */
typedef int (*onnx_shaper)(struct onnx_ctx *c, const struct onnx_shape *from,
			   struct onnx_shape *to);

static int onnx_shape_run(struct onnx_ctx *c, const struct onnx_value *x, onnx_shaper shaper)
{
	struct onnx_shape to;

	if (x->kind == ONNX_LABEL)
		return onnx_put(c, 0, x);
	return shaper(c, &x->t.shape, &to) ? -1 : onnx_reshape_tip(c, x, &to);
}

static int onnx_shape_fold(struct onnx_ctx *c, onnx_shaper shaper)
{
	const struct onnx_tensor *x = onnx_in(c, 0);
	struct onnx_shape to;

	return shaper(c, &x->shape, &to) ? -1 : onnx_reshape_const(c, x, &to);
}

static int onnx_shaper_same(struct onnx_ctx *c, const struct onnx_shape *from,
			    struct onnx_shape *to)
{
	(void)c;
	*to = *from;
	return 0;
}

static int onnx_shaper_flatten(struct onnx_ctx *c, const struct onnx_shape *from,
			       struct onnx_shape *to)
{
	int64_t axis = onnx_attr_i(c, "axis", 1);
	int i;

	if (axis < 0)
		axis += from->rank;
	if (axis < 0 || axis > from->rank)
		return onnx_fail(c, "axis %lld of %d dimensions", (long long)axis, from->rank);
	*to = (struct onnx_shape) { .rank = 2, .dims = { 1, 1 } };
	for (i = 0; i < from->rank; i++)
		to->dims[i >= axis] *= from->dims[i];
	return 0;
}

static int onnx_reshape_infer(struct onnx_ctx *c, const struct onnx_shape *from,
			      struct onnx_shape *to, int infer)
{
	size_t n, rest;

	to->dims[infer] = 1;
	if (onnx_shape_count(c, from, &n) || onnx_shape_count(c, to, &rest))
		return -1;
	to->dims[infer] = n / rest;
	return 0;
}

static int onnx_shaper_reshape(struct onnx_ctx *c, const struct onnx_shape *from,
			       struct onnx_shape *to)
{
	const struct onnx_tensor *want = onnx_in(c, 1);
	int i, infer = -1;

	if (want->shape.rank != 1 || want->n > ONNX_MAX_RANK)
		return onnx_fail(c, "the new shape is not a list of 1 to %d sizes", ONNX_MAX_RANK);
	to->rank = want->n;
	for (i = 0; i < to->rank; i++) {
		if (want->v[i] == -1 && infer >= 0)
			return onnx_fail(c, "the new shape has -1 twice");
		if (want->v[i] == -1)
			infer = i;
		if (!want->v[i] && onnx_attr_i(c, "allowzero", 0))
			return onnx_fail(c, "a size of 0 (allowzero=1)");
		if (want->v[i] < -1 || want->v[i] > ONNX_MAX_ELEMS ||
		    (!want->v[i] && i >= from->rank))
			return onnx_fail(c, "size %d of the new shape is %g", i, want->v[i]);
		to->dims[i] = want->v[i] ? (int64_t)want->v[i] : from->dims[i];
	}
	return infer < 0 ? 0 : onnx_reshape_infer(c, from, to, infer);
}

/*
 * The axes that Squeeze and Unsqueeze name, in an attribute or (later) an input, as bits; -1 for a
 * bad one.
 */
static int onnx_axes(struct onnx_ctx *c, const struct onnx_shape *from, int rank)
{
	const Onnx__Attribute *a = onnx_attr(c, "axes");
	const struct onnx_tensor *t = onnx_in(c, 1);
	size_t i, n = a ? a->n_ints : t ? t->n : 0;
	int bits = 0, axis;

	for (i = 0; i < n; i++) {
		axis = onnx_axis(from,
				 a				   ? a->ints[i]
				 : t->v[i] > -100 && t->v[i] < 100 ? (int64_t)t->v[i]
								   : 100,
				 rank);
		if (axis < 0 || bits & 1 << axis)
			return onnx_fail(c, "axes do not fit %d dimensions", rank);
		bits |= 1 << axis;
	}
	return bits;
}

static int onnx_shaper_squeeze(struct onnx_ctx *c, const struct onnx_shape *from,
			       struct onnx_shape *to)
{
	bool all = !onnx_attr(c, "axes") && !onnx_in(c, 1);
	int i, bits = onnx_axes(c, from, from->rank);

	if (bits < 0)
		return -1;
	to->rank = 0;
	for (i = 0; i < from->rank; i++) {
		if (bits & 1 << i && from->dims[i] != 1)
			return onnx_fail(c, "dimension %d is %lld, not 1", i,
					 (long long)from->dims[i]);
		if (!(bits & 1 << i) && !(all && from->dims[i] == 1))
			to->dims[to->rank++] = from->dims[i];
	}
	return 0;
}

static int onnx_shaper_unsqueeze(struct onnx_ctx *c, const struct onnx_shape *from,
				 struct onnx_shape *to)
{
	const Onnx__Attribute *a = onnx_attr(c, "axes");
	const struct onnx_tensor *t = onnx_in(c, 1);
	size_t more = a ? a->n_ints : t ? t->n : 0;
	int i, k = 0, bits;

	if (!more || more + from->rank > ONNX_MAX_RANK)
		return onnx_fail(c, "%zu more dimensions", more);
	to->rank = from->rank + more;
	bits = onnx_axes(c, from, to->rank);
	for (i = 0; i < to->rank && bits >= 0; i++)
		to->dims[i] = bits & 1 << i ? 1 : from->dims[k++];
	return bits < 0 ? -1 : 0;
}

int onnx_new_shape(struct onnx_ctx *c, const struct onnx_shape *from, struct onnx_shape *to)
{
	static const struct {
		const char *op;
		onnx_shaper shaper;
	} shapers[] = {
		{ "Flatten", onnx_shaper_flatten }, { "Reshape", onnx_shaper_reshape },
		{ "Squeeze", onnx_shaper_squeeze }, { "Unsqueeze", onnx_shaper_unsqueeze },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapers); i++)
		if (!strcmp(shapers[i].op, c->node->op_type))
			return shapers[i].shaper(c, from, to);
	return onnx_shaper_same(c, from, to);
}

#define ONNX_SHAPE_OP(name)								\
static int onnx_##name(struct onnx_ctx *c, struct onnx_value *x)			\
{											\
	return onnx_shape_run(c, x, onnx_shaper_##name);				\
}											\
static int onnx_##name##_fold(struct onnx_ctx *c)					\
{											\
	return onnx_shape_fold(c, onnx_shaper_##name);					\
}

ONNX_SHAPE_OP(same)
ONNX_SHAPE_OP(flatten)
ONNX_SHAPE_OP(reshape)
ONNX_SHAPE_OP(squeeze)
ONNX_SHAPE_OP(unsqueeze)

/* At inference a dropout passes its input on. The mask, if named, gets no value. */
static int onnx_dropout(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *training = onnx_in(c, 2);

	if (training && (training->n != 1 || training->v[0]))
		return onnx_fail(c, "it is in training mode");
	return onnx_put(c, 0, x);
}

static int onnx_cast(struct onnx_ctx *c, struct onnx_value *x)
{
	int64_t to = onnx_attr_i(c, "to", 0);
	struct onnx_value y = *x;

	if (x->kind == ONNX_LABEL)
		return onnx_put(c, 0, x);
	if (to != ONNX_FLOAT && to != ONNX_DOUBLE)
		return onnx_fail(c, "a cast to type %lld would round, only float and double are "
				 "supported: use numbers as they are",
				 (long long)to);
	y.t.type = to;
	return onnx_put(c, 0, &y);
}

static int onnx_cast_fold(struct onnx_ctx *c)
{
	int64_t to = onnx_attr_i(c, "to", 0);
	const struct onnx_tensor *x = onnx_in(c, 0);
	struct onnx_tensor t;
	size_t i;

	if (to != ONNX_FLOAT && to != ONNX_DOUBLE && to != ONNX_INT64 && to != ONNX_INT32)
		return onnx_fail(c, "a cast of a constant to type %lld is not supported",
				 (long long)to);
	t = onnx_tensor_new(to, x->shape.rank, x->shape.dims, x->n);
	for (i = 0; i < x->n; i++)
		t.v[i] = onnx_type_real(to) ? x->v[i] : trunc(x->v[i]);
	return onnx_put_const(c, 0, &t);
}

static int onnx_transpose_fold(struct onnx_ctx *c)
{
	const Onnx__Attribute *perm = onnx_attr(c, "perm");
	const struct onnx_tensor *x = onnx_in(c, 0);
	int64_t rows, cols, i, k;
	struct onnx_tensor t;

	if (x->shape.rank != 2 ||
	    (perm && (perm->n_ints != 2 || perm->ints[0] != 1 || perm->ints[1])))
		return onnx_fail(c, "only a matrix is transposed");
	rows = x->shape.dims[0];
	cols = x->shape.dims[1];
	t = onnx_tensor_new(x->type, 2, (int64_t[]) { cols, rows }, x->n);
	for (i = 0; i < rows; i++)
		for (k = 0; k < cols; k++)
			t.v[k * rows + i] = x->v[i * cols + k];
	return onnx_put_const(c, 0, &t);
}

/* A row of inputs as a column: the start of trees written as matrices. */
static int onnx_transpose(struct onnx_ctx *c, struct onnx_value *x)
{
	const Onnx__Attribute *perm = onnx_attr(c, "perm");
	size_t lanes = onnx_lanes(&x->t.shape);
	struct onnx_sums *s;
	int rc = x->kind == ONNX_TIP && x->t.shape.rank == 3 ? onnx_turn(c, x) : 1;

	if (rc <= 0)
		return rc;
	if (x->kind != ONNX_TIP || x->t.shape.rank != 2 ||
	    (perm && (perm->n_ints != 2 || perm->ints[0] != 1 || perm->ints[1])))
		return onnx_fail(c, "only constants are transposed, and rows of inputs");
	s = onnx_sums_of(c, x);
	return s ? onnx_put_sums(c, 0, s, &(struct onnx_shape){ .rank = 2, .dims = { lanes, 1 } },
				 x->t.type)
		 : -1;
}

static int onnx_constant_list(struct onnx_ctx *c, int type, const float *f, const int64_t *q,
			      size_t n, int rank)
{
	struct onnx_tensor t;
	size_t i;

	if (n > ONNX_MAX_ELEMS || !n)
		return onnx_fail(c, "a constant of %zu elements", n);
	t = onnx_tensor_new(type, rank, (int64_t[]) { n }, n);
	for (i = 0; i < n; i++)
		t.v[i] = f ? f[i] : q[i];
	if (onnx_all_finite(t.v, n))
		return onnx_put_const(c, 0, &t);
	free(t.v);
	return onnx_fail(c, "a constant is infinite or not a number");
}

static int onnx_constant(struct onnx_ctx *c)
{
	const Onnx__Attribute *a = c->node->n_attribute == 1 ? c->node->attribute[0] : NULL;
	struct onnx_tensor t;

	if (!a)
		return onnx_fail(c, "it has %zu attributes, not one value", c->node->n_attribute);
	if (!strcmp(a->name, "value"))
		return onnx_tensor_load(c, a->t, &t) ? -1 : onnx_put_const(c, 0, &t);
	if (!strcmp(a->name, "value_float"))
		return onnx_constant_list(c, ONNX_FLOAT, &a->f, NULL, 1, 0);
	if (!strcmp(a->name, "value_int"))
		return onnx_constant_list(c, ONNX_INT64, NULL, &a->i, 1, 0);
	if (!strcmp(a->name, "value_floats"))
		return onnx_constant_list(c, ONNX_FLOAT, a->floats, NULL, a->n_floats, 1);
	return onnx_constant_list(c, ONNX_INT64, NULL, a->ints, a->n_ints, 1);
}

/* A list of sizes; -1 after a message. */
static int onnx_sizes(struct onnx_ctx *c, const struct onnx_tensor *t, struct onnx_shape *s,
		      size_t *n)
{
	int i;

	if (t->shape.rank != 1 || t->n > ONNX_MAX_RANK)
		return onnx_fail(c, "the shape is not a list of 1 to %d sizes", ONNX_MAX_RANK);
	s->rank = t->n;
	for (i = 0; i < s->rank; i++)
		s->dims[i] = t->v[i] >= 1 && t->v[i] <= ONNX_MAX_ELEMS ? (int64_t)t->v[i] : 0;
	return onnx_shape_count(c, s, n);
}

static int onnx_constant_of_shape(struct onnx_ctx *c)
{
	const Onnx__Attribute *a = onnx_attr(c, "value");
	struct onnx_tensor t, one = { 0 };
	struct onnx_shape s;
	double v = 0;
	size_t i, n;

	if (onnx_sizes(c, onnx_in(c, 0), &s, &n) || (a && onnx_tensor_load(c, a->t, &one)))
		return -1;
	if (a && one.n == 1)
		v = one.v[0];
	free(one.v);
	if (a && one.n != 1)
		return onnx_fail(c, "attribute 'value' has %zu numbers, not 1", one.n);
	t = onnx_tensor_new(a ? one.type : ONNX_FLOAT, s.rank, s.dims, n);
	for (i = 0; i < n; i++)
		t.v[i] = v;
	return onnx_put_const(c, 0, &t);
}

static int onnx_expand(struct onnx_ctx *c)
{
	const struct onnx_tensor *x = onnx_in(c, 0);
	struct onnx_shape want, to;
	struct onnx_tensor t;
	size_t i, n;

	if (onnx_sizes(c, onnx_in(c, 1), &want, &n) || onnx_stretch(c, &x->shape, &want, &to, &n))
		return -1;
	t = onnx_tensor_new(x->type, to.rank, to.dims, n);
	for (i = 0; i < n; i++)
		t.v[i] = x->v[onnx_stretched(&to, &x->shape, i)];
	return onnx_put_const(c, 0, &t);
}

/* Shapes are known here: values computed from them are constants, of at most one dimension. */

static int onnx_shape_of(struct onnx_ctx *c, const struct onnx_shape *s)
{
	struct onnx_tensor t;
	int i;

	if (c->node->n_attribute || !s->rank)
		return onnx_fail(c, "only the whole shape is supported");
	t = onnx_tensor_new(ONNX_INT64, 1, (int64_t[]) { s->rank }, s->rank);
	for (i = 0; i < s->rank; i++)
		t.v[i] = s->dims[i];
	return onnx_put_const(c, 0, &t);
}

static int onnx_shape_tip(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_shape_of(c, &x->t.shape);
}

static int onnx_shape_const(struct onnx_ctx *c)
{
	return onnx_shape_of(c, &onnx_in(c, 0)->shape);
}

#define ONNX_K_PASS	(ONNX_K_ANY)

const struct onnx_op onnx_shape_ops[] = {
	{ "", "Identity", 1, 1, 1, ONNX_K_PASS, "", onnx_same, onnx_same_fold, NULL },
	{ "", "Flatten", 1, 1, 1, ONNX_K_PASS, "axis:2", onnx_flatten, onnx_flatten_fold, NULL },
	{ "", "Reshape", 2, 2, 1, ONNX_K_PASS, "allowzero:2", onnx_reshape, onnx_reshape_fold,
	  NULL },
	{ "", "Squeeze", 1, 2, 1, ONNX_K_PASS, "axes:7", onnx_squeeze, onnx_squeeze_fold, NULL },
	{ "", "Unsqueeze", 1, 2, 1, ONNX_K_PASS, "axes:7", onnx_unsqueeze, onnx_unsqueeze_fold,
	  NULL },
	{ "", "Dropout", 1, 3, 1, ONNX_K_PASS, "ratio:1 seed:2", onnx_dropout, NULL, NULL },
	{ "", "Cast", 1, 1, 1, ONNX_K(TIP) | ONNX_K(SCORES) | ONNX_K(LABEL), "to:2", onnx_cast,
	  onnx_cast_fold, NULL },
	{ "", "Transpose", 1, 1, 1, ONNX_K_ANY, "perm:7", onnx_transpose, onnx_transpose_fold,
	  NULL },
	{ "", "Constant", 0, 0, 0, 0,
	  "value:4 value_float:1 value_floats:6 value_int:2 value_ints:7", NULL, onnx_constant,
	  NULL },
	{ "", "ConstantOfShape", 1, 1, 0, 0, "value:4", NULL, onnx_constant_of_shape, NULL },
	{ "", "Expand", 2, 2, 0, 0, "", NULL, onnx_expand, NULL },
	{ "", "Shape", 1, 1, 1, ONNX_K_ANY, "start:2 end:2", onnx_shape_tip, onnx_shape_const,
	  NULL },
	{ 0 },
};
