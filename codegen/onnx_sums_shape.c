// SPDX-License-Identifier: GPL-2.0
/* Behind trees: operators that change only the shape, or pick and join numbers. */
#include <stdlib.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

/* --- shape --- */

int onnx_sums_reshape(struct onnx_ctx *c)
{
	struct onnx_shape to;
	size_t n;

	if (onnx_new_shape(c, &c->in[0]->t.shape, &to) || onnx_shape_count(c, &to, &n))
		return -1;
	if (n != c->in[0]->t.n)
		return onnx_fail(c, "%zu numbers become %zu", c->in[0]->t.n, n);
	return onnx_put_sums(c, 0, c->in[0]->sums, &to, c->in[0]->t.type);
}

/* New element i is old element at[i]. */
static int onnx_sums_pick(struct onnx_ctx *c, const struct onnx_shape *to, const size_t *at,
			  size_t n)
{
	struct onnx_sums *y = onnx_sums_new(c, n);
	size_t i;

	for (i = 0; y && i < n; i++)
		y->sum[i] = c->in[0]->sums->sum[at[i]];
	return y ? onnx_put_sums(c, 0, y, to, c->in[0]->t.type) : -1;
}

/* Which old dimension each new one is; -1 if the attribute does not fit. */
static int onnx_perm(struct onnx_ctx *c, int rank, int *from)
{
	const Onnx__Attribute *perm = onnx_attr(c, "perm");
	int d, seen = 0;

	if (perm && perm->n_ints != (size_t)rank)
		return -1;
	for (d = 0; d < rank; d++) {
		if (perm && (perm->ints[d] < 0 || perm->ints[d] >= rank))
			return -1;
		from[d] = perm ? (int)perm->ints[d] : rank - 1 - d;
		seen |= 1 << from[d];
	}
	return seen == (1 << rank) - 1 ? 0 : -1;
}

int onnx_sums_transpose(struct onnx_ctx *c)
{
	const struct onnx_shape *s = &c->in[0]->t.shape;
	size_t i, k, n = c->in[0]->t.n, *at, stride[ONNX_MAX_RANK];
	struct onnx_shape to = { .rank = s->rank };
	int d, from[ONNX_MAX_RANK], rc;

	if (onnx_perm(c, s->rank, from))
		return onnx_fail(c, "attribute 'perm' does not fit %d dimensions", s->rank);
	for (d = s->rank, k = 1; d--; k *= s->dims[d])
		stride[d] = k;
	for (d = 0; d < s->rank; d++)
		to.dims[d] = s->dims[from[d]];
	at = util_alloc(n, sizeof(*at));
	for (i = 0; i < n; i++)
		for (d = to.rank, k = i; d--; k /= to.dims[d])
			at[i] += k % to.dims[d] * stride[from[d]];
	rc = onnx_sums_pick(c, &to, at, n);
	free(at);
	return rc;
}

int onnx_sums_gather(struct onnx_ctx *c)
{
	const struct onnx_shape *s = &c->in[0]->t.shape;
	const struct onnx_tensor *t = onnx_in(c, 1);
	int d, axis = onnx_axis(s, onnx_attr_i(c, "axis", 0), s->rank), rc;
	size_t inner = 1, outer = 1, o, i, k, m = 0, *at;
	struct onnx_shape to = { 0 };
	double index;

	if (c->in[1]->kind != ONNX_CONST || axis < 0 || s->rank - 1 + t->shape.rank > ONNX_MAX_RANK)
		return onnx_fail(c, "indices are to be constants along one of %d dimensions",
				 s->rank);
	for (d = 0; d < s->rank; d++) {
		*(d < axis ? &outer : &inner) *= d == axis ? 1 : s->dims[d];
		if (d != axis)
			to.dims[to.rank++] = s->dims[d];
		for (i = 0; d == axis && i < (size_t)t->shape.rank; i++)
			to.dims[to.rank++] = t->shape.dims[i];
	}
	if (onnx_shape_count(c, &to, &m))
		return -1;
	at = util_alloc(m, sizeof(*at));
	m = 0;
	for (o = 0, rc = 0; o < outer; o++)
		for (i = 0; i < t->n; i++) {
			index = t->v[i] < 0 ? t->v[i] + s->dims[axis] : t->v[i];
			if (!(index >= 0 && index < s->dims[axis])) {
				rc = -1;
				index = 0;
			}
			for (k = 0; k < inner; k++)
				at[m++] = (o * s->dims[axis] + (size_t)index) * inner + k;
		}
	rc = rc ? onnx_fail(c, "an index is beyond %lld", (long long)s->dims[axis])
		: onnx_sums_pick(c, &to, at, m);
	free(at);
	return rc;
}

int onnx_sums_concat(struct onnx_ctx *c)
{
	struct onnx_shape to = c->in[0]->t.shape;
	int axis = onnx_axis(&to, onnx_attr_i(c, "axis", -99), to.rank), d;
	size_t i, k, o, outer = 1, inner = 1, n = 0, at = 0, width;
	const struct onnx_sums *x;
	struct onnx_sums *y;

	for (i = 0; i < c->n_in; i++) {
		for (d = 0; d < to.rank; d++)
			if (axis < 0 || c->in[i]->t.shape.rank != to.rank ||
			    (d != axis && c->in[i]->t.shape.dims[d] != to.dims[d]))
				return onnx_fail(c, "shapes do not go together");
		n += c->in[i]->t.n;
	}
	for (d = 0; d < to.rank; d++)
		*(d < axis ? &outer : &inner) *= d == axis ? 1 : to.dims[d];
	y = onnx_sums_new(c, n);
	for (i = 0; y && i < c->n_in; i++) {
		x = onnx_sums_in(c, i);
		if (!x)
			return -1;
		width = c->in[i]->t.n / outer;
		for (o = 0; o < outer; o++)
			for (k = 0; k < width; k++)
				y->sum[o * (n / outer) + at + k] = x->sum[o * width + k];
		at += width;
	}
	to.dims[axis] = n / outer / inner;
	return y ? onnx_put_sums(c, 0, y, &to, ONNX_FLOAT) : -1;
}
