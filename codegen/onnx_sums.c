// SPDX-License-Identifier: GPL-2.0
/* Arithmetic behind trees. See onnx_forest.h for what a sum is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

#define ONNX_MAX_POST	64			/* functions behind one sum */

double onnx_fn(enum onnx_fn fn, double a, double x)
{
	switch (fn) {
	case ONNX_FN_ADD:	return x + a;
	case ONNX_FN_MUL:	return x * a;
	case ONNX_FN_OVER:	return a / x;
	case ONNX_FN_POW:	return pow(x, a);
	case ONNX_FN_EXPA:	return pow(a, x);
	case ONNX_FN_EXP:	return exp(x);
	case ONNX_FN_LOG:	return log(x);
	case ONNX_FN_SQRT:	return sqrt(x);
	case ONNX_FN_ABS:	return fabs(x);
	case ONNX_FN_SIGMOID:	return 1 / (1 + exp(-x));
	case ONNX_FN_TANH:	return tanh(x);
	case ONNX_FN_MAX:	return fmax(x, a);
	case ONNX_FN_MIN:	return fmin(x, a);
	case ONNX_FN_TRUNC:	return trunc(x);
	case ONNX_FN_LT:	return x < a;
	case ONNX_FN_LE:	return x <= a;
	case ONNX_FN_GT:	return x > a;
	case ONNX_FN_GE:	return x >= a;
	case ONNX_FN_EQ:	return x == a;
	case ONNX_FN_NOT:	return !x;
	}
	return NAN;
}

double onnx_post(const struct onnx_post *p, double x)
{
	return p ? onnx_fn(p->fn, p->a, onnx_post(p->before, x)) : x;
}

static bool onnx_fn_compares(enum onnx_fn fn)
{
	return fn >= ONNX_FN_LT && fn <= ONNX_FN_EQ;
}

static uint32_t onnx_term_leaves(const struct onnx_ctx *c, const struct onnx_term *t)
{
	return c->grove->tree[t->tree].n_leaves;
}

static int onnx_sum_finite(struct onnx_ctx *c, double v)
{
	return isfinite(v) ? 0 : onnx_fail(c, "it gives a number that is not finite for a leaf");
}

/* Behind one tree: leaf by leaf. */
static int onnx_apply_leaves(struct onnx_ctx *c, struct onnx_sum *s, enum onnx_fn fn, double a)
{
	const struct onnx_term *t = s->term;
	uint32_t i, n = onnx_term_leaves(c, t);
	struct onnx_term *to = onnx_sums_mem(c, 1, sizeof(*to));
	double *leaf = to ? onnx_sums_mem(c, n, sizeof(*leaf)) : NULL;

	if (!leaf)
		return -1;
	for (i = 0; i < n; i++) {
		leaf[i] = onnx_fn(fn, a, s->c + t->factor * t->leaf[i]);
		if (onnx_sum_finite(c, leaf[i]))
			return -1;
	}
	*to = (struct onnx_term) { t->tree, 1, leaf };
	*s = (struct onnx_sum) { .n = 1, .term = to };
	return 0;
}

/* Times a, or plus a. */
static int onnx_apply_linear(struct onnx_ctx *c, struct onnx_sum *s, enum onnx_fn fn, double a)
{
	struct onnx_term *to;
	uint32_t i;

	if (fn == ONNX_FN_ADD) {
		s->c += a;
		return onnx_sum_finite(c, s->c);
	}
	s->c *= a;
	if (!a)
		s->n = 0;
	to = onnx_sums_mem(c, s->n, sizeof(*to));
	if (!to)
		return -1;
	for (i = 0; i < s->n; i++) {
		to[i] = s->term[i];
		to[i].factor *= a;
		if (onnx_sum_finite(c, to[i].factor))
			return -1;
	}
	s->term = to;
	return onnx_sum_finite(c, s->c);
}

static int onnx_apply_post(struct onnx_ctx *c, struct onnx_sum *s, enum onnx_fn fn, double a)
{
	const struct onnx_post *p;
	struct onnx_post *to;
	int n = 0;

	for (p = s->post; p; p = p->before)
		n++;
	if (n >= ONNX_MAX_POST)
		return onnx_fail(c, "more than %d functions of a sum of trees", ONNX_MAX_POST);
	to = onnx_sums_mem(c, 1, sizeof(*to));
	if (!to)
		return -1;
	*to = (struct onnx_post) { s->post, fn, a };
	s->post = to;
	return 0;
}

int onnx_sum_apply(struct onnx_ctx *c, struct onnx_sum *s, enum onnx_fn fn, double a)
{
	if (!s->n && !s->post) {
		s->c = onnx_fn(fn, a, s->c);
		return onnx_sum_finite(c, s->c);
	}
	if (!s->post && s->n == 1 && s->term->leaf)
		return onnx_apply_leaves(c, s, fn, a);
	if (!s->post && (fn == ONNX_FN_ADD || fn == ONNX_FN_MUL))
		return onnx_apply_linear(c, s, fn, a);
	if (!s->post && onnx_fn_compares(fn) && s->term->tree >= ONNX_INPUT)
		return onnx_bits_test(c, s, fn, a);
	if (!s->post && fn == ONNX_FN_EQ && onnx_bits_are(c, s))
		return onnx_bits_all(c, s, a);
	return onnx_apply_post(c, s, fn, a);
}

static int onnx_term_cmp(const void *va, const void *vb)
{
	const struct onnx_term *a = va, *b = vb;

	return (a->tree > b->tree) - (a->tree < b->tree);
}

/* Two terms of one tree become one. */
static int onnx_term_add(struct onnx_ctx *c, struct onnx_term *to, const struct onnx_term *more)
{
	uint32_t i, n;
	double *leaf;

	if (to->leaf == more->leaf) {
		to->factor += more->factor;
		return 0;
	}
	n = onnx_term_leaves(c, to);
	leaf = onnx_sums_mem(c, n, sizeof(*leaf));
	if (!leaf)
		return -1;
	for (i = 0; i < n; i++)
		leaf[i] = to->factor * to->leaf[i] + more->factor * more->leaf[i];
	*to = (struct onnx_term) { to->tree, 1, leaf };
	return 0;
}

/* Terms of one tree are adjacent: merges them, and drops zero terms. */
static int onnx_terms_merge(struct onnx_ctx *c, struct onnx_sum *s)
{
	uint32_t i, k = 0;

	qsort(s->term, s->n, sizeof(*s->term), onnx_term_cmp);
	for (i = 0; i < s->n; i++) {
		if (k && s->term[k - 1].tree == s->term[i].tree) {
			if (onnx_term_add(c, &s->term[k - 1], &s->term[i]))
				return -1;
		} else {
			s->term[k++] = s->term[i];
		}
		if (!s->term[k - 1].factor)
			k--;
	}
	s->n = k;
	return 0;
}

int onnx_sum_mix(struct onnx_ctx *c, struct onnx_sum *to, const struct onnx_sum *const *from,
		 const double *w, size_t n)
{
	struct onnx_sum sum = { 0 };
	size_t i, terms = 0;
	uint32_t k;

	for (i = 0; i < n; i++) {
		if (w[i] && from[i]->post)
			return onnx_fail(c, "functions of sums of several trees are added, which "
					 "a forest cannot do");
		terms += w[i] ? from[i]->n : 0;
	}
	sum.term = onnx_sums_mem(c, terms, sizeof(*sum.term));
	if (!sum.term)
		return -1;
	for (i = 0; i < n; i++) {
		if (!w[i])
			continue;
		sum.c += w[i] * from[i]->c;
		for (k = 0; k < from[i]->n; k++) {
			sum.term[sum.n] = from[i]->term[k];
			sum.term[sum.n++].factor *= w[i];
		}
	}
	*to = sum;
	return onnx_terms_merge(c, to) ? -1 : onnx_sum_finite(c, to->c);
}

/* Operators of two numbers, and what each becomes if one is constant. */
static const struct onnx_two_fn {
	const char *op;
	enum onnx_fn right, left;	/* x op a, a op x */
	bool right_neg, right_over;	/* with -a, 1 / a */
	bool left_neg;			/* with -x */
} two_fn[] = {
	{ "Add", ONNX_FN_ADD, ONNX_FN_ADD, false, false, false },
	{ "Sub", ONNX_FN_ADD, ONNX_FN_ADD, true, false, true },
	{ "Mul", ONNX_FN_MUL, ONNX_FN_MUL, false, false, false },
	{ "Div", ONNX_FN_MUL, ONNX_FN_OVER, false, true, false },
	{ "Pow", ONNX_FN_POW, ONNX_FN_EXPA, false, false, false },
	{ "Max", ONNX_FN_MAX, ONNX_FN_MAX, false, false, false },
	{ "Min", ONNX_FN_MIN, ONNX_FN_MIN, false, false, false },
	{ "Less", ONNX_FN_LT, ONNX_FN_GT, false, false, false },
	{ "LessOrEqual", ONNX_FN_LE, ONNX_FN_GE, false, false, false },
	{ "Greater", ONNX_FN_GT, ONNX_FN_LT, false, false, false },
	{ "GreaterOrEqual", ONNX_FN_GE, ONNX_FN_LE, false, false, false },
	{ "Equal", ONNX_FN_EQ, ONNX_FN_EQ, false, false, false },
};

static const struct onnx_two_fn *onnx_two_fn(const char *op)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(two_fn); i++)
		if (!strcmp(two_fn[i].op, op))
			return &two_fn[i];
	return NULL;
}

static bool onnx_known(const struct onnx_sum *s)
{
	return !s->n && !s->post;
}

/* Both are behind one tree: leaf by leaf. */
static int onnx_pair_leaves(struct onnx_ctx *c, struct onnx_sum *to, const struct onnx_sum *a,
			    const struct onnx_sum *b, const struct onnx_two_fn *f)
{
	uint32_t i, n = onnx_term_leaves(c, a->term);
	struct onnx_term *t = onnx_sums_mem(c, 1, sizeof(*t));
	double *leaf = t ? onnx_sums_mem(c, n, sizeof(*leaf)) : NULL, x, z;

	if (!leaf)
		return -1;
	for (i = 0; i < n; i++) {
		x = a->c + a->term->factor * a->term->leaf[i];
		z = b->c + b->term->factor * b->term->leaf[i];
		leaf[i] = onnx_fn(f->right, f->right_over ? 1 / z : f->right_neg ? -z : z, x);
		if (onnx_sum_finite(c, leaf[i]))
			return -1;
	}
	*t = (struct onnx_term) { a->term->tree, 1, leaf };
	*to = (struct onnx_sum) { .n = 1, .term = t };
	return 0;
}

int onnx_sum_pair(struct onnx_ctx *c, struct onnx_sum *to, const struct onnx_sum *a,
		  const struct onnx_sum *b, const char *op)
{
	const struct onnx_two_fn *f = onnx_two_fn(op);
	double k;

	if (onnx_known(b)) {
		k = f->right_over ? 1 / b->c : f->right_neg ? -b->c : b->c;
		*to = *a;
		return onnx_sum_apply(c, to, f->right, k);
	}
	if (onnx_known(a)) {
		*to = *b;
		if (f->left_neg && onnx_sum_apply(c, to, ONNX_FN_MUL, -1))
			return -1;
		return onnx_sum_apply(c, to, f->left, a->c);
	}
	if (!a->post && !b->post && a->n == 1 && b->n == 1 && a->term->tree == b->term->tree &&
	    a->term->leaf)
		return onnx_pair_leaves(c, to, a, b, f);
	if (f->right != ONNX_FN_ADD && !onnx_fn_compares(f->right))
		return onnx_fail(c, "two sums of trees are joined by it, which a forest cannot do");
	if (onnx_sum_mix(c, to, (const struct onnx_sum *[]) { a, b },
			 (const double[]) { 1, !strcmp(op, "Add") ? 1 : -1 }, 2))
		return -1;
	return f->right == ONNX_FN_ADD ? 0 : onnx_sum_apply(c, to, f->right, 0);
}
