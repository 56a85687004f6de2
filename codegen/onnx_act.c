// SPDX-License-Identifier: GPL-2.0
/*
 * Activation functions of ONNX that become tables, and the normalisation of a row, which uses two.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_import.h"
#include "util.h"

int onnx_act(struct onnx_ctx *c, struct onnx_value *x, enum graph_act act, double lo, double hi,
	     double alpha)
{
	if (act != GRAPH_ACT_CLIP && onnx_want_real(c, x))
		return -1;
	if (onnx_step(c, graph_chain_act(&c->chain, onnx_node_name(c), act, lo, hi, alpha)))
		return -1;
	return onnx_put_tip(c, *x);
}

/* Those without parameters. */
#define ONNX_ACT_OP(name, act)						\
static int onnx_##name(struct onnx_ctx *c, struct onnx_value *x)	\
{									\
	return onnx_act(c, x, GRAPH_ACT_##act, 0, 0, 0);		\
}

ONNX_ACT_OP(tanh, TANH)
ONNX_ACT_OP(sigmoid, SIGMOID)
ONNX_ACT_OP(softplus, SOFTPLUS)
ONNX_ACT_OP(softsign, SOFTSIGN)
ONNX_ACT_OP(hard_swish, HARD_SWISH)
ONNX_ACT_OP(mish, MISH)
ONNX_ACT_OP(abs, ABS)
ONNX_ACT_OP(exp, EXP)
ONNX_ACT_OP(sqrt, SQRT)
ONNX_ACT_OP(erf, ERF)

static int onnx_relu(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_act(c, x, GRAPH_ACT_CLIP, 0, INFINITY, 0);
}

static int onnx_leaky(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_act(c, x, GRAPH_ACT_LEAKY, 0, 0, onnx_attr_f(c, "alpha", 0.01f));
}

/* Bounds are attributes before operator set 11, and optional inputs since. */
static int onnx_clip(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *lo = onnx_in(c, 1), *hi = onnx_in(c, 2);
	double min = onnx_attr_f(c, "min", -INFINITY), max = onnx_attr_f(c, "max", INFINITY);

	if ((lo && lo->n != 1) || (hi && hi->n != 1))
		return onnx_fail(c, "a bound is not one number");
	if (c->opset < 11 ? lo || hi : c->node->n_attribute > 0)
		return onnx_fail(c, "operator set %lld does not give the bounds so",
				 (long long)c->opset);
	if (lo)
		min = lo->v[0];
	if (hi)
		max = hi->v[0];
	if (isnan(min) || isnan(max) || min == INFINITY || max == -INFINITY)
		return onnx_fail(c, "the bounds are %g and %g", min, max);
	return onnx_act(c, x, GRAPH_ACT_CLIP, min, max, 0);
}

static int onnx_elu(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_act(c, x, GRAPH_ACT_ELU, 1, 1, onnx_attr_f(c, "alpha", 1));
}

static int onnx_selu(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_act(c, x, GRAPH_ACT_ELU, onnx_attr_f(c, "gamma", 1.05070102214813232421875), 1,
			onnx_attr_f(c, "alpha", 1.67326319217681884765625));
}

static int onnx_celu(struct onnx_ctx *c, struct onnx_value *x)
{
	double alpha = onnx_attr_f(c, "alpha", 1);

	if (!(alpha > 0))
		return onnx_fail(c, "alpha is %g", alpha);
	return onnx_act(c, x, GRAPH_ACT_ELU, 1, alpha, alpha);
}

static int onnx_gelu(struct onnx_ctx *c, struct onnx_value *x)
{
	bool by_tanh = onnx_attr_is(c, "approximate", "tanh", false);

	return onnx_act(c, x, by_tanh ? GRAPH_ACT_GELU_TANH : GRAPH_ACT_GELU, 0, 0, 0);
}

static int onnx_swish(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_act(c, x, GRAPH_ACT_SILU, 0, 0, onnx_attr_f(c, "alpha", 1));
}

static int onnx_hard_sigmoid(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_act(c, x, GRAPH_ACT_HARD_SIGMOID, onnx_attr_f(c, "beta", 0.5), 0,
			onnx_attr_f(c, "alpha", 0.2f));
}

static int onnx_threshold(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_act(c, x, GRAPH_ACT_THRESHOLD, 0, 0, onnx_attr_f(c, "alpha", 1));
}

static int onnx_pow(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *e = onnx_in(c, 1);

	if (e->n != 1 || (e->v[0] != 1 && e->v[0] != 2 && e->v[0] != 0.5))
		return onnx_fail(c, "exponents are 1, 2 or 0.5, and one for all, not %g",
				 e->n ? e->v[0] : 0);
	if (e->v[0] == 1)
		return onnx_put(c, 0, x);
	return onnx_act(c, x, e->v[0] == 2 ? GRAPH_ACT_SQUARE : GRAPH_ACT_SQRT, 0, 0, 0);
}

static int onnx_neg(struct onnx_ctx *c, struct onnx_value *x)
{
	size_t n = onnx_lanes(&x->t.shape), i;
	double *v = util_alloc(2 * n, sizeof(*v));
	int rc;

	for (i = 0; i < n; i++)
		v[i] = -1;
	rc = onnx_want_real(c, x) ? -1 : onnx_diag(c, x, v, v + n);
	free(v);
	return rc;
}

/* A slope per lane: slope x + (1 - slope) max(x, 0), a sum of two. */
static int onnx_prelu_lanes(struct onnx_ctx *c, struct onnx_value *x, double *slope, size_t n)
{
	double *rest = util_alloc(2 * n, sizeof(*rest));
	const char *node = onnx_node_name(c);
	struct graph_chain relu;
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		rest[i] = 1 - slope[i];
	rc = graph_chain_flush(&c->chain);
	c->chain.shared = true;
	graph_chain_copy(&relu, &c->chain);
	rc = rc || graph_chain_act(&relu, node, GRAPH_ACT_CLIP, 0, INFINITY, 0);
	relu.shared = true;
	rc = rc || graph_chain_diag(&c->chain, node, slope, rest + n) ||
	     graph_chain_diag(&relu, node, rest, rest + n) ||
	     graph_chain_sum(&c->chain, node, &relu, 1, 1);
	graph_chain_drop(&relu);
	free(rest);
	return onnx_step(c, rc ? -1 : 0) ? -1 : onnx_put_tip(c, *x);
}

static int onnx_prelu(struct onnx_ctx *c, struct onnx_value *x)
{
	size_t n = onnx_lanes(&x->t.shape), i;
	double *slope = util_alloc(n, sizeof(*slope));
	struct onnx_value y = *x;
	bool one = true;
	int rc = onnx_want_real(c, x) || onnx_spread(c, onnx_in(c, 1), &y.t.shape, slope) ? -1 : 0;

	for (i = 0; i < n; i++)
		one &= slope[i] == slope[0];
	if (!rc)
		rc = one ? onnx_act(c, &y, GRAPH_ACT_LEAKY, 0, 0, slope[0]) :
			   onnx_prelu_lanes(c, &y, slope, n);
	free(slope);
	return rc;
}

/*
 * --- LayerNormalization: (x - mean) / sqrt(mean of squares + epsilon) * scale + bias, over all of
 * a row ---
 */

static int onnx_mean(struct graph_chain *c, const char *node, double shift)
{
	uint32_t n = c->n, i;
	double *w = util_alloc(n, sizeof(*w)), *b = util_alloc(1, sizeof(*b));

	for (i = 0; i < n; i++)
		w[i] = 1.0 / n;
	*b = shift;
	return graph_chain_fc(c, node, 1, w, b);
}

static int onnx_norm_row(struct graph_chain *c, const char *node, double eps, const double *scale,
			 const double *bias)
{
	struct graph_chain mean, square;
	int rc = graph_chain_flush(c);

	c->shared = true;
	graph_chain_copy(&mean, c);
	rc = rc || onnx_mean(&mean, node, 0) || graph_chain_sum(c, node, &mean, 1, -1);
	graph_chain_drop(&mean);
	c->shared = true;
	graph_chain_copy(&square, c);
	rc = rc || graph_chain_act(&square, node, GRAPH_ACT_SQUARE, 0, 0, 0) ||
	     onnx_mean(&square, node, eps) ||
	     graph_chain_act(&square, node, GRAPH_ACT_RSQRT, 0, 0, eps) ||
	     graph_chain_mul(c, node, &square) || graph_chain_diag(c, node, scale, bias);
	graph_chain_drop(&square);
	return rc ? -1 : 0;
}

static int onnx_layer_norm(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *scale = onnx_in(c, 1), *bias = onnx_in(c, 2);
	size_t n = onnx_lanes(&x->t.shape);
	double eps = onnx_attr_f(c, "epsilon", 1e-5f), *none;
	int rc;

	if (onnx_want_real(c, x) || onnx_last_axis(c, &x->t.shape, onnx_attr_i(c, "axis", -1)))
		return -1;
	if (scale->n != n || (bias && bias->n != n) || onnx_has_output(c, 1) || !(eps > 0))
		return onnx_fail(c, "scale and bias are to be of %zu numbers, and the only output "
				 "the first",
				 n);
	none = util_alloc(n, sizeof(*none));
	rc = onnx_step(c, onnx_norm_row(&c->chain, onnx_node_name(c), eps, scale->v,
					bias ? bias->v : none));
	free(none);
	return rc ? rc : onnx_put_tip(c, *x);
}

#define ONNX_ACT(name, attrs, run)	{ "", name, 1, 1, 1, ONNX_K_REAL, attrs, run, NULL, NULL }

const struct onnx_op onnx_act_ops[] = {
	ONNX_ACT("Relu", "", onnx_relu),
	ONNX_ACT("LeakyRelu", "alpha:1", onnx_leaky),
	ONNX_ACT("Tanh", "", onnx_tanh),
	ONNX_ACT("Sigmoid", "", onnx_sigmoid),
	ONNX_ACT("Elu", "alpha:1", onnx_elu),
	ONNX_ACT("Selu", "alpha:1 gamma:1", onnx_selu),
	ONNX_ACT("Celu", "alpha:1", onnx_celu),
	ONNX_ACT("Gelu", "approximate:3", onnx_gelu),
	ONNX_ACT("Swish", "alpha:1", onnx_swish),
	ONNX_ACT("Mish", "", onnx_mish),
	ONNX_ACT("Softplus", "", onnx_softplus),
	ONNX_ACT("Softsign", "", onnx_softsign),
	ONNX_ACT("HardSigmoid", "alpha:1 beta:1", onnx_hard_sigmoid),
	ONNX_ACT("HardSwish", "", onnx_hard_swish),
	ONNX_ACT("ThresholdedRelu", "alpha:1", onnx_threshold),
	ONNX_ACT("Abs", "", onnx_abs),
	ONNX_ACT("Exp", "", onnx_exp),
	ONNX_ACT("Sqrt", "", onnx_sqrt),
	ONNX_ACT("Erf", "", onnx_erf),
	ONNX_ACT("Neg", "", onnx_neg),
	{ "", "Clip", 1, 3, 1, ONNX_K_REAL, "min:1 max:1", onnx_clip, NULL, NULL },
	{ "", "PRelu", 2, 2, 1, ONNX_K_REAL, "", onnx_prelu, NULL, NULL },
	{ "", "Pow", 2, 2, 1, ONNX_K_REAL, "", onnx_pow, NULL, NULL },
	{ "", "LayerNormalization", 2, 3, 1, ONNX_K_REAL, "axis:2 epsilon:1 stash_type:2",
	  onnx_layer_norm, NULL, NULL },
	{ 0 },
};
