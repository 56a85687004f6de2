// SPDX-License-Identifier: GPL-2.0
/* TFLite: activations of real numbers, as operators and fused into another. */
#include <math.h>

#include "tflite_import.h"

int tflite_real_act(struct tflite_ctx *c, enum graph_act act, double lo, double hi)
{
	return tflite_step(c, graph_chain_act(&c->chain, c->out.name, act, lo, hi, 0));
}

int tflite_fused_act(struct tflite_ctx *c, int act)
{
	switch (act) {
	case TFLITE_ACT_NONE:
		return 0;
	case TFLITE_ACT_RELU:
		return tflite_real_act(c, GRAPH_ACT_CLIP, 0, INFINITY);
	case TFLITE_ACT_RELU_N1_TO_1:
		return tflite_real_act(c, GRAPH_ACT_CLIP, -1, 1);
	case TFLITE_ACT_RELU6:
		return tflite_real_act(c, GRAPH_ACT_CLIP, 0, 6);
	case TFLITE_ACT_TANH:
		return tflite_real_act(c, GRAPH_ACT_TANH, 0, 0);
	}
	return tflite_fail(c, "fused activation %d is not supported", act);
}
