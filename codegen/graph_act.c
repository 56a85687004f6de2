// SPDX-License-Identifier: GPL-2.0
/*
 * Activation functions, as ONNX defines them. A new one needs a line in each of these functions,
 * and an operator.
 */
#include <math.h>

#include "graph_act.h"

static double sigmoid(double v)
{
	return 1 / (1 + exp(-v));
}

static double softplus(double v)
{
	return fmax(v, 0) + log1p(exp(-fabs(v)));
}

static double clip(double v, double lo, double hi)
{
	return fmin(fmax(v, lo), hi);
}

double act_value(enum graph_act act, double alpha, double lo, double hi, double v)
{
	switch (act) {
	case GRAPH_ACT_NONE:
		return v;
	case GRAPH_ACT_CLIP:
		return clip(v, lo, hi);
	case GRAPH_ACT_LEAKY:
		return v < 0 ? alpha * v : v;
	case GRAPH_ACT_TANH:
		return tanh(v);
	case GRAPH_ACT_SIGMOID:
		return sigmoid(v);
	case GRAPH_ACT_ELU:	/* Selu: times lo; Celu: alpha * (exp(v / alpha) - 1) */
		return lo * (v < 0 ? alpha * expm1(v / hi) : v);
	case GRAPH_ACT_GELU:
		return v / 2 * (1 + erf(v / M_SQRT2));
	case GRAPH_ACT_GELU_TANH:
		return v / 2 * (1 + tanh(sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
	case GRAPH_ACT_SILU:
		return v * sigmoid(alpha * v);
	case GRAPH_ACT_MISH:
		return v * tanh(softplus(v));
	case GRAPH_ACT_SOFTPLUS:
		return softplus(v);
	case GRAPH_ACT_SOFTSIGN:
		return v / (1 + fabs(v));
	case GRAPH_ACT_HARD_SIGMOID:
		return clip(alpha * v + lo, 0, 1);
	case GRAPH_ACT_HARD_SWISH:
		return v * clip(v / 6 + 0.5, 0, 1);
	case GRAPH_ACT_THRESHOLD:
		return v > alpha ? v : 0;
	case GRAPH_ACT_ABS:
		return fabs(v);
	case GRAPH_ACT_EXP:
		return exp(v);
	case GRAPH_ACT_SQUARE:
		return v * v;
	case GRAPH_ACT_SQRT:
		return sqrt(fmax(v, 0));
	case GRAPH_ACT_RSQRT:
		return 1 / sqrt(fmax(v, alpha));
	case GRAPH_ACT_ERF:
		return erf(v);
	}
	return v;
}

const char *act_name(enum graph_act act, double lo, double hi)
{
	static const char *const name[] = {
		[GRAPH_ACT_NONE] = "",
		[GRAPH_ACT_CLIP] = "Clip",
		[GRAPH_ACT_LEAKY] = "LeakyRelu",
		[GRAPH_ACT_TANH] = "Tanh",
		[GRAPH_ACT_SIGMOID] = "Sigmoid",
		[GRAPH_ACT_ELU] = "Elu",
		[GRAPH_ACT_GELU] = "Gelu",
		[GRAPH_ACT_GELU_TANH] = "Gelu",
		[GRAPH_ACT_SILU] = "Silu",
		[GRAPH_ACT_MISH] = "Mish",
		[GRAPH_ACT_SOFTPLUS] = "Softplus",
		[GRAPH_ACT_SOFTSIGN] = "Softsign",
		[GRAPH_ACT_HARD_SIGMOID] = "HardSigmoid",
		[GRAPH_ACT_HARD_SWISH] = "HardSwish",
		[GRAPH_ACT_THRESHOLD] = "Threshold",
		[GRAPH_ACT_ABS] = "Abs",
		[GRAPH_ACT_EXP] = "Exp",
		[GRAPH_ACT_SQUARE] = "Square",
		[GRAPH_ACT_SQRT] = "Sqrt",
		[GRAPH_ACT_RSQRT] = "1/Sqrt",
		[GRAPH_ACT_ERF] = "Erf",
	};

	if (act == GRAPH_ACT_CLIP && lo == 0)
		return isinf(hi) ? "Relu" : hi == 6 ? "Relu6" : "Clip";
	return name[act];
}

bool act_is_straight(enum graph_act act)
{
	return act == GRAPH_ACT_LEAKY || act == GRAPH_ACT_HARD_SIGMOID ||
	       act == GRAPH_ACT_THRESHOLD || act == GRAPH_ACT_ABS;
}

bool act_is_positive(enum graph_act act)
{
	return act == GRAPH_ACT_SQRT || act == GRAPH_ACT_RSQRT;
}

double act_reach(enum graph_act act)
{
	switch (act) {
	case GRAPH_ACT_TANH:
		return 8;
	case GRAPH_ACT_SIGMOID:
		return 16;
	case GRAPH_ACT_ERF:
		return 5;
	default:
		return INFINITY;
	}
}
