// SPDX-License-Identifier: GPL-2.0
/*
 * Operators that choose lanes or join values: Concat, Split, Slice, Gather, sums over an axis, and
 * arithmetic of two values.
 *
 * The first of two or more dimensions is the batch, whose rows are alike: no operator here may
 * touch it. A later axis has `outer` blocks before it, and `inner` lanes within each of its
 * positions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_import.h"
#include "util.h"

struct onnx_along {
	int axis;
	size_t outer, n, inner;
};

static int onnx_along(struct onnx_ctx *c, const struct onnx_shape *s, int64_t axis,
		      struct onnx_along *a)
{
	int i;

	a->axis = onnx_axis(s, axis, s->rank);
	if (a->axis < 0 || (s->rank > 1 && !a->axis))
		return onnx_fail(c, "axis %lld of %d dimensions: rows of a batch stay apart",
				 (long long)axis, s->rank);
	a->outer = a->inner = 1;
	a->n = s->dims[a->axis];
	for (i = s->rank > 1; i < s->rank; i++)
		*(i < a->axis ? &a->outer : &a->inner) *= i == a->axis ? 1 : s->dims[i];
	return 0;
}

/* Picks positions at[n] of the axis; the output has the given shape. */
static int onnx_pick(struct onnx_ctx *c, size_t output, const struct onnx_value *x,
		     const struct onnx_along *a, const uint32_t *at, size_t n, bool keep)
{
	struct onnx_value y = *x;
	struct onnx_shape *s = &y.t.shape;
	uint32_t *lane;
	size_t o, i, k, m = 0;
	int rc;

	if (c->done)
		return onnx_ended(c, c->done);
	lane = util_alloc(a->outer * n * a->inner, sizeof(*lane));
	for (o = 0; o < a->outer; o++)
		for (i = 0; i < n; i++)
			for (k = 0; k < a->inner; k++)
				lane[m++] = (o * a->n + at[i]) * a->inner + k;
	rc = onnx_step(c, graph_chain_pick(&c->chain, onnx_node_name(c), lane, m));
	free(lane);
	s->dims[a->axis] = n;
	if (!keep) {
		s->rank--;
		memmove(s->dims + a->axis, s->dims + a->axis + 1,
			(s->rank - a->axis) * sizeof(*s->dims));
	}
	y.t.n = onnx_lanes(s);
	return rc ? rc : onnx_put(c, output, &y);
}

/* Integers of an attribute, or of a constant input: a list of n, or NULL. */
static const double *onnx_list_of(struct onnx_ctx *c, const char *attr, size_t input, size_t *n,
				  double **freed)
{
	const Onnx__Attribute *a = onnx_attr(c, attr);
	const struct onnx_tensor *t = onnx_in(c, input);
	size_t i;

	*freed = NULL;
	*n = a ? a->n_ints : t ? t->n : 0;
	if (!a)
		return t ? t->v : NULL;
	*freed = util_alloc(*n, sizeof(**freed));
	for (i = 0; i < *n; i++)
		(*freed)[i] = a->ints[i];
	return *freed;
}

/* --- Slice --- */

static double onnx_bound(double v, double n, double least, double most)
{
	v = v < 0 ? v + n : v;
	return fmin(fmax(v, least), most);
}

static int onnx_slice_one(struct onnx_ctx *c, struct onnx_value *x, double axis, double from,
			  double to, double step)
{
	uint32_t at[LQ_MAX_WIDTH];
	struct onnx_along a;
	size_t n = 0;
	double i;

	if (!step || fabs(step) > LQ_MAX_WIDTH || onnx_along(c, &x->t.shape, axis, &a))
		return c->err->msg[0] ? -1 : onnx_fail(c, "a step of %g", step);
	from = onnx_bound(from, a.n, 0, step > 0 ? a.n : a.n - 1.0);
	to = onnx_bound(to, a.n, step > 0 ? 0 : -1, a.n);
	for (i = from; (step > 0 ? i < to : i > to) && n < LQ_MAX_WIDTH; i += step)
		at[n++] = i;
	if (!n)
		return onnx_fail(c, "nothing is left of %zu numbers", a.n);
	return onnx_pick(c, 0, x, &a, at, n, true);
}

/* Bounds are attributes before operator set 10, inputs since. One axis. */
static int onnx_slice(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *steps = onnx_in(c, 4);
	double *freed[3];
	size_t n, m, k;
	const double *from = onnx_list_of(c, "starts", 1, &n, &freed[0]);
	const double *to = onnx_list_of(c, "ends", 2, &m, &freed[1]);
	const double *axes = onnx_list_of(c, "axes", 3, &k, &freed[2]);
	int rc;

	if (!from || !to || n != 1 || m != 1 || (axes && k != 1) || (steps && steps->n != 1))
		rc = onnx_fail(c, "only a slice of one axis is supported, not %zu", n);
	else
		rc = onnx_slice_one(c, x, axes ? axes[0] : 0, from[0], to[0],
				    steps ? steps->v[0] : 1);
	free(freed[0]);
	free(freed[1]);
	free(freed[2]);
	return rc;
}

/* --- Split --- */

static int onnx_split_at(struct onnx_ctx *c, struct onnx_value *x, const struct onnx_along *a,
			 const double *sizes)
{
	size_t outputs = c->node->n_output, o, from = 0, n, i;
	double each = ceil((double)a->n / outputs);
	uint32_t at[LQ_MAX_WIDTH];

	for (o = 0; o < outputs; from += n, o++) {
		n = sizes ? (size_t)sizes[o] : (size_t)fmin(each, a->n - from);
		if (!n || from + n > a->n || n > LQ_MAX_WIDTH)
			return onnx_fail(c, "its parts do not fit %zu numbers", a->n);
		for (i = 0; i < n; i++)
			at[i] = from + i;
		graph_chain_drop(&c->chain);
		graph_chain_copy(&c->chain, &x->chain);
		if (onnx_has_output(c, o) && onnx_pick(c, o, x, a, at, n, true))
			return -1;
	}
	return from == a->n ? 0 : onnx_fail(c, "its parts do not fit %zu numbers", a->n);
}

static int onnx_split(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_along a;
	double *freed;
	size_t n, i;
	const double *sizes = onnx_list_of(c, "split", 1, &n, &freed);
	int rc = onnx_along(c, &x->t.shape, onnx_attr_i(c, "axis", 0), &a);

	for (i = 0; !rc && sizes && i < n; i++)
		if (!(sizes[i] >= 1 && sizes[i] <= a.n))
			rc = onnx_fail(c, "a part of %g numbers", sizes[i]);
	if (!rc && sizes && n != c->node->n_output)
		rc = onnx_fail(c, "%zu sizes for %zu outputs", n, c->node->n_output);
	if (!rc)
		rc = onnx_split_at(c, x, &a, sizes);
	free(freed);
	return rc;
}

/* --- Gather --- */

static int onnx_gather_fold(struct onnx_ctx *c)
{
	const struct onnx_tensor *x = onnx_in(c, 0), *index = onnx_in(c, 1);
	struct onnx_tensor t;
	double at;
	size_t i;

	if (x->shape.rank != 1 || index->shape.rank > 1 || onnx_attr_i(c, "axis", 0))
		return onnx_fail(c, "it is supported on a list only");
	t = onnx_tensor_new(x->type, index->shape.rank, index->shape.dims, index->n);
	for (i = 0; i < index->n; i++) {
		at = index->v[i] < 0 ? index->v[i] + x->n : index->v[i];
		if (!(at >= 0 && at < x->n)) {
			free(t.v);
			return onnx_fail(c, "index %g of %zu", index->v[i], x->n);
		}
		t.v[i] = x->v[(size_t)at];
	}
	return onnx_put_const(c, 0, &t);
}

static int onnx_gather(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *index = onnx_in(c, 1);
	uint32_t at[LQ_MAX_WIDTH];
	struct onnx_along a;
	double v;
	size_t i;

	if (onnx_along(c, &x->t.shape, onnx_attr_i(c, "axis", 0), &a))
		return -1;
	if (index->shape.rank > 1 || !index->n || index->n > LQ_MAX_WIDTH)
		return onnx_fail(c, "%zu indices of %d dimensions", index->n, index->shape.rank);
	for (i = 0; i < index->n; i++) {
		v = index->v[i] < 0 ? index->v[i] + a.n : index->v[i];
		if (!(v >= 0 && v < a.n))
			return onnx_fail(c, "index %g of %zu", index->v[i], a.n);
		at[i] = v;
	}
	return onnx_pick(c, 0, x, &a, at, index->n, index->shape.rank == 1);
}

/* --- Concat --- */

static int onnx_concat_fold(struct onnx_ctx *c)
{
	struct onnx_tensor t;
	size_t i, k, n = 0;

	for (i = 0; i < c->n_in; i++) {
		if (!c->in[i] || onnx_in(c, i)->shape.rank != 1)
			return onnx_fail(c, "constants are joined as lists only");
		n += onnx_in(c, i)->n;
	}
	if (n > ONNX_MAX_ELEMS ||
	    onnx_axis(&onnx_in(c, 0)->shape, onnx_attr_i(c, "axis", -9), 1) < 0)
		return onnx_fail(c, "%zu elements, or an axis that a list has not", n);
	t = onnx_tensor_new(onnx_in(c, 0)->type, 1, (int64_t[]) { n }, n);
	for (i = n = 0; i < c->n_in; i++)
		for (k = 0; k < onnx_in(c, i)->n; k++)
			t.v[n++] = onnx_in(c, i)->v[k];
	return onnx_put_const(c, 0, &t);
}

/* Does a value fit those before it: the same shape except for the axis? */
static int onnx_concat_fits(struct onnx_ctx *c, const struct onnx_value *x,
			    const struct onnx_value *sum, int axis)
{
	const struct onnx_shape *s = &x->t.shape, *t = &sum->t.shape;
	int i;

	if (x->kind != ONNX_TIP)
		return onnx_fail(c, "'%.64s' is %s, which is not joined with what is computed",
				 x->name, onnx_kind_name(x->kind));
	for (i = 0; i < s->rank && s->rank == t->rank; i++)
		if (i != axis && s->dims[i] != t->dims[i])
			break;
	if (i < s->rank || s->rank != t->rank || x->t.type != sum->t.type)
		return onnx_fail(c, "'%.64s' has not the shape and type of the inputs before it",
				 x->name);
	return 0;
}

/* Interleaves parts that were joined in sequence: a block of each in turn. */
static int onnx_interleave(struct onnx_ctx *c, int axis, size_t outer)
{
	uint32_t lane[LQ_MAX_WIDTH], n = 0;
	size_t o, i, k, from, width;
	struct onnx_along a;

	for (o = 0; o < outer; o++)
		for (i = from = 0; i < c->n_in; from += outer * width, i++) {
			onnx_along(c, &c->in[i]->t.shape, axis, &a);
			width = a.n * a.inner;
			for (k = 0; k < width && n < LQ_MAX_WIDTH; k++)
				lane[n++] = from + o * width + k;
		}
	return onnx_step(c, graph_chain_pick(&c->chain, onnx_node_name(c), lane, n));
}

static int onnx_concat_many(struct onnx_ctx *c)
{
	struct onnx_value sum;
	struct onnx_along a;
	size_t i;

	for (i = 0; i < c->n_in; i++)
		if (!c->in[i])
			return onnx_fail(c, "input %zu is left out", i);
	sum = *c->in[0];
	if (onnx_along(c, &sum.t.shape, onnx_attr_i(c, "axis", -9), &a))
		return -1;
	for (i = 0; i < c->n_in; i++) {
		if (onnx_concat_fits(c, c->in[i], &sum, a.axis))
			return -1;
		if (!i) {
			graph_chain_drop(&c->chain);	/* where only one is no constant */
			graph_chain_copy(&c->chain, &sum.chain);
			continue;
		}
		sum.t.shape.dims[a.axis] += c->in[i]->t.shape.dims[a.axis];
		if (onnx_step(c, graph_chain_join(&c->chain, onnx_node_name(c), &c->in[i]->chain)))
			return -1;
	}
	sum.t.n = onnx_lanes(&sum.t.shape);
	if (a.outer > 1 && onnx_interleave(c, a.axis, a.outer))
		return -1;
	return onnx_put(c, 0, &sum);
}

/* Of one value, or with constants, which are not lanes. */
static int onnx_concat_one(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_along a;

	if (c->n_in > 1)
		return onnx_concat_many(c);
	return onnx_along(c, &x->t.shape, onnx_attr_i(c, "axis", -9), &a) ? -1 : onnx_put(c, 0, x);
}

/* --- sums over an axis --- */

static int onnx_reduce_axis(struct onnx_ctx *c, struct onnx_value *x, const struct onnx_along *a,
			    double weight)
{
	size_t n_in = a->outer * a->n * a->inner, n_out = a->outer * a->inner, o, i, k;
	double *w = util_alloc(n_in * n_out, sizeof(*w));
	struct onnx_value y = *x;
	struct onnx_shape *s = &y.t.shape;

	for (o = 0; o < a->outer; o++)
		for (i = 0; i < a->n; i++)
			for (k = 0; k < a->inner; k++)
				w[(o * a->inner + k) * n_in + (o * a->n + i) * a->inner + k] =
					weight;
	if (onnx_step(c, graph_chain_fc(&c->chain, onnx_node_name(c), n_out, w,
					util_alloc(n_out, sizeof(double)))))
		return -1;
	s->dims[a->axis] = 1;
	if (!onnx_attr_i(c, "keepdims", 1)) {
		s->rank--;
		memmove(s->dims + a->axis, s->dims + a->axis + 1,
			(s->rank - a->axis) * sizeof(*s->dims));
	}
	y.t.n = onnx_lanes(s);
	return onnx_put_tip(c, y);
}

static int onnx_reduce(struct onnx_ctx *c, struct onnx_value *x, bool mean)
{
	struct onnx_along a;
	double *freed;
	size_t n;
	const double *axes = onnx_list_of(c, "axes", 1, &n, &freed);
	double axis = axes && n == 1 ? axes[0] : -1;

	free(freed);
	if (onnx_want_real(c, x))
		return -1;
	if (axes ? n != 1 : onnx_lanes(&x->t.shape) != (size_t)x->t.shape.dims[x->t.shape.rank - 1])
		return onnx_fail(c, "only a sum over one axis is supported, not %zu", n);
	if (onnx_along(c, &x->t.shape, axis, &a))
		return -1;
	return onnx_reduce_axis(c, x, &a, mean ? 1.0 / a.n : 1);
}

static int onnx_reduce_mean(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_reduce(c, x, true);
}

static int onnx_reduce_sum(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_reduce(c, x, false);
}

/* --- arithmetic of two values --- */

/* The same number of lanes, or one that goes with all others. */
static int onnx_pair(struct onnx_ctx *c, struct onnx_value *y)
{
	const struct onnx_value *a = c->in[0], *b = c->in[1], *wide;
	size_t n = onnx_lanes(&a->t.shape), m = onnx_lanes(&b->t.shape);
	int i, k;

	if (onnx_want_real(c, a) || onnx_want_real(c, b))
		return -1;
	wide = n > m || (n == m && a->t.shape.rank >= b->t.shape.rank) ? a : b;
	*y = *wide;
	if (n == 1 || m == 1)
		return 0;
	for (i = a->t.shape.rank, k = b->t.shape.rank; n == m && i-- && k--;)
		if (a->t.shape.dims[i] != b->t.shape.dims[k])
			n = 0;
	return n == m ? 0 :
			onnx_fail(c, "'%.64s' and '%.64s' have not the same shape", a->name,
				  b->name);
}

static int onnx_two(struct onnx_ctx *c,
		    int (*run)(struct graph_chain *, const char *, struct graph_chain *))
{
	struct onnx_value y;
	struct graph_chain z;
	int rc;

	if (onnx_pair(c, &y))
		return -1;
	graph_chain_copy(&c->chain, &c->in[0]->chain);
	graph_chain_copy(&z, &c->in[1]->chain);
	rc = onnx_step(c, run(&c->chain, onnx_node_name(c), &z));
	graph_chain_drop(&z);
	return rc ? rc : onnx_put_tip(c, y);
}

static int onnx_run_add(struct graph_chain *a, const char *node, struct graph_chain *b)
{
	return graph_chain_sum(a, node, b, 1, 1);
}

static int onnx_run_sub(struct graph_chain *a, const char *node, struct graph_chain *b)
{
	return graph_chain_sum(a, node, b, 1, -1);
}

int onnx_add_many(struct onnx_ctx *c)
{
	return onnx_two(c, onnx_run_add);
}

int onnx_sub_many(struct onnx_ctx *c)
{
	return onnx_two(c, onnx_run_sub);
}

int onnx_mul_many(struct onnx_ctx *c)
{
	return onnx_two(c, graph_chain_mul);
}

/* By a square root without other readers: its table can give the reciprocal instead. */
int onnx_div_many(struct onnx_ctx *c)
{
	const struct graph_chain *z = &c->in[1]->chain;
	struct graph_layer *l =
		z->value && !z->parts.n && !z->s && !z->shared ? &c->g->layers[z->value - 1] : NULL;

	if (!l || l->act != GRAPH_ACT_SQRT)
		return onnx_fail(c, "one computed number divided by another is not supported, but "
				    "for a square root");
	l->act = GRAPH_ACT_RSQRT;
	l->alpha = 1e-12;
	return onnx_two(c, graph_chain_mul);
}

const struct onnx_op onnx_join_ops[] = {
	{ "", "Concat", 1, 0, 1, ONNX_K_ANY, "axis:2", onnx_concat_one, onnx_concat_fold,
	  onnx_concat_many },
	{ "", "Slice", 1, 5, 1, ONNX_K_REAL, "axes:7 starts:7 ends:7", onnx_slice, NULL, NULL },
	{ "", "Split", 1, 2, 1, ONNX_K_REAL, "axis:2 split:7 num_outputs:2", onnx_split, NULL,
	  NULL },
	{ "", "Gather", 2, 2, 1, ONNX_K_REAL, "axis:2", onnx_gather, onnx_gather_fold, NULL },
	{ "", "ReduceMean", 1, 2, 1, ONNX_K_REAL, "axes:7 keepdims:2 noop_with_empty_axes:2",
	  onnx_reduce_mean, NULL, NULL },
	{ "", "ReduceSum", 1, 2, 1, ONNX_K_REAL, "axes:7 keepdims:2 noop_with_empty_axes:2",
	  onnx_reduce_sum, NULL, NULL },
	{ 0 },
};
