// SPDX-License-Identifier: GPL-2.0
/* What to do about operators that a snapshot cannot have. */
#include <string.h>

#include "check_advice.h"
#include "util.h"

static const struct {
	const char *ops;	/* words, of ONNX and of TFLite */
	const char *advice;
} advice[] = {
	{ "CONV_2D DEPTHWISE_CONV_2D MAX_POOL_2D AVERAGE_POOL_2D MEAN SUM",
	  "export the model to ONNX: there convolutions, pools and means are supported" },
	{ "ConvTranspose TRANSPOSE_CONV CONV_3D",
	  "use dense layers (Gemm), or a Conv of one or two dimensions" },
	{ "ReduceMax ReduceMin REDUCE_MAX L2_POOL_2D",
	  "use a pool (GlobalMaxPool), or a mean (ReduceMean)" },
	{ "RNN UNIDIRECTIONAL_SEQUENCE_LSTM UNIDIRECTIONAL_SEQUENCE_RNN "
	  "BIDIRECTIONAL_SEQUENCE_LSTM "
	  "BIDIRECTIONAL_SEQUENCE_RNN SVDF Loop Scan WHILE",
	  "no state is kept between inferences: pass earlier values as inputs" },
	{ "ELU GELU HARD_SWISH PRELU SLICE SPLIT SPLIT_V STRIDED_SLICE GATHER CONCATENATION PACK "
	  "UNPACK EXP ABS SQRT POW SQUARE",
	  "export the model to ONNX: there it is supported" },
	{ "InstanceNormalization GroupNormalization LpNormalization L2_NORMALIZATION Normalizer",
	  "dividing a row by its norm is not supported: use LayerNormalization, "
	  "BatchNormalization, or a scaler" },
	{ "Where GatherElements GatherND ScatterND", "choose columns before the model" },
	{ "Log LOG Reciprocal Log1p",
	  "do it before the model: many features have a logarithm (lfctl feature list)" },
	{ "OneHot ONE_HOT OneHotEncoder LabelEncoder CategoryMapper",
	  "use the numbers themselves, or a forest" },
	{ "SVMClassifier", "use LinearSVC, a forest or a net" },
	{ "TreeEnsemble", "export with ai.onnx.ml below 5 (TreeEnsembleClassifier)" },
	{ "Less LessOrEqual Greater Equal",
	  "export the trees as TreeEnsembleClassifier, not as matrices" },
};

/* Is it one of the words? */
static bool among(const char *words, const char *op)
{
	size_t n = strlen(op);
	const char *p;

	for (p = strstr(words, op); n && p; p = strstr(p + 1, op))
		if ((p == words || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

const char *check_advice(const char *op)
{
	const char *colon = strrchr(op, ':');
	size_t i;

	if (colon)
		op = colon + 1;
	for (i = 0; i < ARRAY_SIZE(advice); i++)
		if (among(advice[i].ops, op))
			return advice[i].advice;
	return "lfgen(1) lists the operators";
}
