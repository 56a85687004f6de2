// SPDX-License-Identifier: GPL-2.0
/* Behind trees: matrices, and sums over axes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

#define ONNX_MAX_PRODUCT ((size_t)1 << 28)	/* multiplications */

/* --- matrices --- */

struct onnx_product {
	struct onnx_shape a, b, to;	/* of the operands, of rank 2 or more, and of the result */
	size_t m, k, n;
	bool left;			/* the constant is */
	double alpha;
};

static int onnx_product_shape(struct onnx_ctx *c, struct onnx_product *p)
{
	struct onnx_shape x = p->a, z = p->b;
	size_t n;

	if (p->a.rank < 2 || p->b.rank < 2 || p->a.dims[p->a.rank - 1] != p->b.dims[p->b.rank - 2])
		return onnx_fail(c, "the shapes of the matrices do not match");
	p->m = p->a.dims[p->a.rank - 2];
	p->k = p->a.dims[p->a.rank - 1];
	p->n = p->b.dims[p->b.rank - 1];
	x.rank -= 2;
	z.rank -= 2;
	if (onnx_stretch(c, &x, &z, &p->to, &n))
		return -1;
	if (p->to.rank + 2 > ONNX_MAX_RANK)
		return onnx_fail(c, "more than %d dimensions", ONNX_MAX_RANK);
	p->to.dims[p->to.rank++] = p->m;
	p->to.dims[p->to.rank++] = p->n;
	if (onnx_shape_count(c, &p->to, &n))
		return -1;
	return n * p->k <= ONNX_MAX_PRODUCT
		       ? 0
		       : onnx_fail(c, "a product of %zu times %zu numbers", n, p->k);
}

/* Element (i, j) of matrix b of the batch: the sum over k of a known number and a sum. */
static int onnx_product_one(struct onnx_ctx *c, const struct onnx_product *p,
			    const struct onnx_tensor *known, const struct onnx_sums *x, size_t at,
			    const struct onnx_sum **from, double *w, struct onnx_sum *to)
{
	struct onnx_shape row = p->to, ab = p->a, bb = p->b;
	size_t i = at / p->n % p->m, j = at % p->n, b = at / p->n / p->m, k, ia, ib, ka, kb;

	row.rank -= 2;
	ab.rank -= 2;
	bb.rank -= 2;
	ia = onnx_stretched(&row, &ab, b) * p->m * p->k;
	ib = onnx_stretched(&row, &bb, b) * p->k * p->n;
	for (k = 0; k < p->k; k++) {
		ka = ia + i * p->k + k;
		kb = ib + k * p->n + j;
		w[k] = p->alpha * known->v[p->left ? ka : kb];
		from[k] = &x->sum[p->left ? kb : ka];
	}
	return onnx_sum_mix(c, to, from, w, p->k);
}

static struct onnx_sums *onnx_product(struct onnx_ctx *c, const struct onnx_product *p,
				      const struct onnx_tensor *known, const struct onnx_sums *x)
{
	const struct onnx_sum **from = util_alloc(p->k, sizeof(*from));
	double *w = util_alloc(p->k, sizeof(*w));
	struct onnx_sums *y;
	size_t n, i;

	onnx_shape_count(c, &p->to, &n);
	y = onnx_sums_new(c, n);
	for (i = 0; y && i < n; i++)
		if (onnx_product_one(c, p, known, x, i, from, w, &y->sum[i]))
			y = NULL;
	free(from);
	free(w);
	return y;
}

int onnx_sums_matmul(struct onnx_ctx *c)
{
	struct onnx_product p = { .left = c->in[0]->kind == ONNX_CONST, .alpha = 1 };
	const struct onnx_value *known = c->in[!p.left], *x = c->in[p.left];
	struct onnx_sums *y;

	p.a = c->in[0]->t.shape;
	p.b = c->in[1]->t.shape;
	if (known->kind != ONNX_CONST)
		return onnx_fail(c, "more than one input is not a constant");
	if (onnx_product_shape(c, &p))
		return -1;
	y = onnx_product(c, &p, &known->t, x->sums);
	return y ? onnx_put_sums(c, 0, y, &p.to, ONNX_FLOAT) : -1;
}

/* x @ W (or its transpose) + b, or W @ x. */
int onnx_sums_gemm(struct onnx_ctx *c)
{
	struct onnx_product p = { .left = c->in[0]->kind == ONNX_CONST,
				  .alpha = onnx_attr_f(c, "alpha", 1) };
	const struct onnx_value *known = c->in[!p.left], *x = c->in[p.left];
	bool turn = onnx_attr_i(c, p.left ? "transA" : "transB", 0);
	struct onnx_tensor w = known->t;
	struct onnx_sums *y;
	size_t i, k, rows, cols;

	if (known->kind != ONNX_CONST || w.shape.rank != 2 || c->n_in > 2 ||
	    onnx_attr_i(c, p.left ? "transB" : "transA", 0))
		return onnx_fail(c, "sums of trees can be multiplied by a constant matrix only");
	rows = w.shape.dims[0];
	cols = w.shape.dims[1];
	if (turn) {
		w = onnx_tensor_new(w.type, 2, (int64_t[]) { cols, rows }, w.n);
		for (i = 0; i < rows; i++)
			for (k = 0; k < cols; k++)
				w.v[k * rows + i] = known->t.v[i * cols + k];
	}
	p.a = p.left ? w.shape : x->t.shape;
	p.b = p.left ? x->t.shape : w.shape;
	y = onnx_product_shape(c, &p) ? NULL : onnx_product(c, &p, &w, x->sums);
	if (turn)
		free(w.v);
	return y ? onnx_put_sums(c, 0, y, &p.to, ONNX_FLOAT) : -1;
}

/* Over some axes; all by default. */
static int onnx_reduce_shape(struct onnx_ctx *c, const struct onnx_shape *from,
			     struct onnx_shape *kept, struct onnx_shape *to)
{
	const Onnx__Attribute *a = onnx_attr(c, "axes");
	const struct onnx_tensor *t = onnx_in(c, 1);
	size_t i, n = a ? a->n_ints : t ? t->n : 0;
	int k, axis, bits = 0;

	for (i = 0; i < n; i++) {
		axis = onnx_axis(from,
				 a                   ? a->ints[i] :
				 fabs(t->v[i]) < 100 ? (int64_t)t->v[i] :
						       100,
				 from->rank);
		if (axis < 0)
			return onnx_fail(c, "axes do not fit %d dimensions", from->rank);
		bits |= 1 << axis;
	}
	*kept = *from;
	to->rank = 0;
	for (k = 0; k < from->rank; k++) {
		if (!n || bits >> k & 1)
			kept->dims[k] = 1;
		if (kept->dims[k] > 1 || !(!n || bits >> k & 1) || onnx_attr_i(c, "keepdims", 1))
			to->dims[to->rank++] = kept->dims[k];
	}
	return 0;
}

/* The old numbers that new number k is the sum of: first[k] .. first[k + 1] - 1 of `of`. */
static void onnx_reduce_sort(const struct onnx_value *x, const struct onnx_shape *kept, size_t n,
			     size_t *first, size_t *of)
{
	size_t i, k, total = 0, count;

	for (i = 0; i < x->t.n; i++)
		first[onnx_stretched(&x->t.shape, kept, i)]++;
	for (k = 0; k <= n; k++) {
		count = first[k];
		first[k] = total;
		total += count;
	}
	for (i = 0; i < x->t.n; i++)
		of[first[onnx_stretched(&x->t.shape, kept, i)]++] = i;
	for (k = n; k; k--)
		first[k] = first[k - 1];
	first[0] = 0;
}

int onnx_sums_reduce(struct onnx_ctx *c)
{
	const struct onnx_value *x = c->in[0];
	struct onnx_shape kept = { 0 }, to;
	size_t i, k, n, *first, *of;
	const struct onnx_sum **from;
	struct onnx_sums *y;
	int rc = 0;
	double *w;

	if (onnx_reduce_shape(c, &x->t.shape, &kept, &to) || onnx_shape_count(c, &to, &n))
		return -1;
	y = onnx_sums_new(c, n);
	first = util_alloc(n + 1, sizeof(*first));
	of = util_alloc(x->t.n, sizeof(*of));
	from = util_alloc(x->t.n, sizeof(*from));
	w = util_alloc(x->t.n, sizeof(*w));
	onnx_reduce_sort(x, &kept, n, first, of);
	for (i = 0; i < x->t.n; i++) {
		from[i] = &x->sums->sum[of[i]];
		w[i] = strcmp(c->node->op_type, "ReduceMean") ? 1 : (double)n / x->t.n;
	}
	for (k = 0; y && k < n && !rc; k++)
		rc = onnx_sum_mix(c, &y->sum[k], from + first[k], w, first[k + 1] - first[k]);
	free(first);
	free(of);
	free(from);
	free(w);
	return y && !rc ? onnx_put_sums(c, 0, y, &to, ONNX_FLOAT) : -1;
}
