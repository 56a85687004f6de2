// SPDX-License-Identifier: GPL-2.0
/*
 * The other operators of scikit-learn's converter, besides trees (ai.onnx.ml).
 *
 *	Imputer			replaces missing values: a feature is never missing, so it does
 *				nothing
 *	Normalizer		behind scores it keeps their order; in front of a model it is
 *				refused, since it divides each row by its own norm
 *	LinearRegressor, LinearClassifier, SVMRegressor of a linear kernel
 *				a matrix
 *	ArrayFeatureExtractor	names of classes, looked up by their index
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_import.h"
#include "util.h"

static int onnx_imputer(struct onnx_ctx *c, struct onnx_value *x)
{
	const Onnx__Attribute *f = onnx_attr(c, "replaced_value_float"),
			      *q = onnx_attr(c, "replaced_value_int64");

	if (onnx_type_real(x->t.type) ? !f || !isnan(f->f) : q != NULL)
		return onnx_fail(c, "it replaces %g, which is a value like others (only NaN, for "
				 "missing ones, is none)",
				 f ? (double)f->f : q ? (double)q->i : 0);
	return onnx_put(c, 0, x);
}

static int onnx_normalizer(struct onnx_ctx *c, struct onnx_value *x)
{
	if (x->kind == ONNX_TIP && !c->done)
		return onnx_fail(c, "operator not supported, domain ai.onnx.ml: it divides each "
				 "row by its own norm, which no layer does: train without it, or "
				 "with a scaler");
	return onnx_put(c, 0, x);
}

/* Attribute of floats: exactly n of them, zeros if it is optional and absent. */
static double *onnx_floats(struct onnx_ctx *c, const char *name, size_t n, bool optional)
{
	const Onnx__Attribute *a = onnx_attr(c, name);
	double *v;
	size_t i;

	if (a ? a->n_floats != n : !optional) {
		onnx_fail(c, "attribute '%s' has %zu numbers, not %zu", name, a ? a->n_floats : 0,
			  n);
		return NULL;
	}
	v = util_alloc(n, sizeof(*v));
	for (i = 0; a && i < n; i++)
		v[i] = a->floats[i];
	if (onnx_all_finite(v, n))
		return v;
	free(v);
	onnx_fail(c, "attribute '%s' has a number that is not finite", name);
	return NULL;
}

/* Applies w [n_out][lanes] and b [n_out] to the tip, whose output is not set yet. Takes both. */
static int onnx_linear(struct onnx_ctx *c, const struct onnx_value *x, size_t n_out, double *w,
		       double *b)
{
	if (!w || !b || x->t.shape.rank > 2) {
		free(w);
		free(b);
		return w && b ? onnx_fail(c, "its input has %d dimensions", x->t.shape.rank) : -1;
	}
	return onnx_step(c, graph_chain_fc(&c->chain, onnx_node_name(c), n_out, w, b));
}

static struct onnx_value onnx_linear_value(const struct onnx_value *x, size_t n_out)
{
	struct onnx_value y = *x;

	y.t.type = ONNX_FLOAT;
	y.t.shape = (struct onnx_shape) { .rank = 2, .dims = { onnx_batch(&x->t.shape), n_out } };
	y.t.n = n_out;
	return y;
}

static int onnx_linear_post(struct onnx_ctx *c, bool order)
{
	if (onnx_attr_is(c, "post_transform", "NONE", true) ||
	    (order && (onnx_attr_is(c, "post_transform", "SOFTMAX", false) ||
		       onnx_attr_is(c, "post_transform", "LOGISTIC", false))))
		return 0;
	return onnx_fail(c, "attribute value of 'post_transform' is not supported");
}

static int onnx_linear_regressor(struct onnx_ctx *c, struct onnx_value *x)
{
	size_t lanes = onnx_lanes(&x->t.shape), n = onnx_attr_i(c, "targets", 1);
	struct onnx_value y;

	if (onnx_linear_post(c, false))
		return -1;
	if (c->done)
		return onnx_ended(c, c->done);
	if (!n || n > LQ_MAX_WIDTH)
		return onnx_fail(c, "%zu targets, not 1 to %u", n, LQ_MAX_WIDTH);
	if (onnx_linear(c, x, n, onnx_floats(c, "coefficients", n * lanes, false),
			onnx_floats(c, "intercepts", n, true)))
		return -1;
	y = onnx_linear_value(x, n);
	return onnx_put(c, 0, &y);
}

/* With a linear kernel, support vectors and their weights are one row of a matrix. */
static double *onnx_svm_row(struct onnx_ctx *c, size_t lanes)
{
	size_t n = onnx_attr_i(c, "n_supports", 0), i, k;
	double *coef, *vec, *w;

	if (n > ONNX_MAX_ELEMS / lanes) {
		onnx_fail(c, "%zu support vectors", n);
		return NULL;
	}
	if (!n)
		return onnx_floats(c, "coefficients", lanes, false);
	coef = onnx_floats(c, "coefficients", n, false);
	vec = coef ? onnx_floats(c, "support_vectors", n * lanes, false) : NULL;
	w = vec ? util_alloc(lanes, sizeof(*w)) : NULL;
	for (k = 0; w && k < n; k++)
		for (i = 0; i < lanes; i++)
			w[i] += coef[k] * vec[k * lanes + i];
	free(coef);
	free(vec);
	return w;
}

static int onnx_svm_regressor(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_value y;
	double *w, *b;

	if (!onnx_attr_is(c, "kernel_type", "LINEAR", true) || onnx_attr_i(c, "one_class", 0))
		return onnx_fail(c, "only linear kernels of regressors are supported");
	if (c->done)
		return onnx_ended(c, c->done);
	if (onnx_linear_post(c, false))
		return -1;
	w = onnx_svm_row(c, onnx_lanes(&x->t.shape));
	b = w ? onnx_floats(c, "rho", 1, true) : NULL;
	if (onnx_linear(c, x, 1, w, b))
		return -1;
	y = onnx_linear_value(x, 1);
	return onnx_put(c, 0, &y);
}

void onnx_class_names(struct onnx_ctx *c, size_t n, const char *numbers)
{
	const Onnx__Attribute *s = onnx_attr(c, "classlabels_strings"), *q = onnx_attr(c, numbers);
	bool plain = !s || s->n_strings != n;
	char name[64];
	size_t i;

	for (i = 0; plain && i < n; i++)
		plain = !q || q->n_ints != n || q->ints[i] == (int64_t)i;
	if (plain)
		return;
	c->g->n_outputs = n;	/* number of names to free if the import fails */
	c->g->class_names = util_alloc(n, sizeof(char *));
	for (i = 0; i < n; i++) {
		if (s && s->n_strings == n)
			snprintf(name, sizeof(name), "%.*s",
				 (int)(s->strings[i].len < 63 ? s->strings[i].len : 63),
				 s->strings[i].len ? (const char *)s->strings[i].data : "");
		else
			snprintf(name, sizeof(name), "%lld", (long long)q->ints[i]);
		c->g->class_names[i] = util_strdup(name);
	}
}

/* A single row for two classes is the margin of the second: scores -s and s. */
static void onnx_two_rows(double **w, double **b, size_t lanes)
{
	double *two = util_alloc(2 * lanes, sizeof(*two)), *bias = util_alloc(2, sizeof(*bias));
	size_t i;

	for (i = 0; i < lanes; i++) {
		two[i] = -(*w)[i];
		two[lanes + i] = (*w)[i];
	}
	bias[0] = -(*b)[0];
	bias[1] = (*b)[0];
	free(*w);
	free(*b);
	*w = two;
	*b = bias;
}

static int onnx_linear_classifier(struct onnx_ctx *c, struct onnx_value *x)
{
	const Onnx__Attribute *s = onnx_attr(c, "classlabels_strings"),
			      *q = onnx_attr(c, "classlabels_ints");
	const Onnx__Attribute *coef = onnx_attr(c, "coefficients");
	size_t lanes = onnx_lanes(&x->t.shape),
	       n = s && s->n_strings ? s->n_strings :
		   q                 ? q->n_ints :
				       0,
	       rows;
	struct onnx_value y;
	double *w, *b;

	if (onnx_linear_post(c, true))
		return -1;
	if (c->done)
		return onnx_ended(c, c->done);
	if (n < 2 || n > LQ_MAX_WIDTH)
		return onnx_fail(c, "%zu class labels, not 2 to %u", n, LQ_MAX_WIDTH);
	rows = n == 2 && coef && coef->n_floats == lanes ? 1 : n;
	w = onnx_floats(c, "coefficients", rows * lanes, false);
	b = w ? onnx_floats(c, "intercepts", rows, true) : NULL;
	if (w && b && rows < n)
		onnx_two_rows(&w, &b, lanes);
	if (onnx_linear(c, x, n, w, b))
		return -1;
	onnx_class_names(c, n, "classlabels_ints");
	c->g->classes = true;
	c->done = c->node->op_type;
	y = onnx_linear_value(x, n);
	y.kind = ONNX_LABEL;
	if (onnx_put(c, 0, &y))
		return -1;
	y.kind = ONNX_SCORES;
	return onnx_has_output(c, 1) ? onnx_put(c, 1, &y) : 0;
}

/* The constant has the labels' names or numbers; numbers 0, 1, 2 ... are not names. */
static int onnx_label_names(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *t = onnx_in(c, 0);
	size_t i, n = c->g->kind == GRAPH_FOREST ? c->g->n_outputs : c->chain.n;
	char name[64];
	bool plain = true;

	if (t->n != n)
		return onnx_fail(c, "%zu labels for %zu scores", t->n, n);
	for (i = 0; i < n; i++)
		plain &= t->v[i] == i;
	if (!plain && !c->g->class_names) {
		c->g->n_outputs = n;
		c->g->class_names = util_alloc(n, sizeof(char *));
		for (i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "%.15g", t->v[i]);
			c->g->class_names[i] = util_strdup(name);
		}
	}
	return onnx_put(c, 0, x);
}

const struct onnx_op onnx_ml_ops[] = {
	{ "ai.onnx.ml", "Imputer", 1, 1, 1, ONNX_K(TIP),
	  "imputed_value_floats:6 imputed_value_int64s:7 replaced_value_float:1 "
	  "replaced_value_int64:2",
	  onnx_imputer, NULL, NULL },
	{ "ai.onnx.ml", "Normalizer", 1, 1, 1, ONNX_K(TIP) | ONNX_K(SCORES), "norm:3",
	  onnx_normalizer, NULL, NULL },
	{ "ai.onnx.ml", "LinearRegressor", 1, 1, 1, ONNX_K_REAL,
	  "coefficients:6 intercepts:6 targets:2 post_transform:3", onnx_linear_regressor, NULL,
	  NULL },
	{ "ai.onnx.ml", "LinearClassifier", 1, 1, 1, ONNX_K_REAL,
	  "coefficients:6 intercepts:6 classlabels_ints:7 classlabels_strings:8 multi_class:2 "
	  "post_transform:3",
	  onnx_linear_classifier, NULL, NULL },
	{ "ai.onnx.ml", "SVMRegressor", 1, 1, 1, ONNX_K_REAL,
	  "coefficients:6 kernel_params:6 kernel_type:3 n_supports:2 one_class:2 post_transform:3 "
	  "rho:6 support_vectors:6",
	  onnx_svm_regressor, NULL, NULL },
	{ "ai.onnx.ml", "ArrayFeatureExtractor", 2, 2, 2, ONNX_K(LABEL), "", onnx_label_names, NULL,
	  NULL },
	{ 0 },
};
