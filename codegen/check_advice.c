// SPDX-License-Identifier: GPL-2.0
/* What to do about operators that have no place in a snapshot. */
#include <string.h>

#include "check_advice.h"
#include "util.h"

static const struct {
	const char *ops;	/* words, of ONNX and of TFLite */
	const char *advice;
} advice[] = {
	{ "Conv CONV_2D DEPTHWISE_CONV_2D ConvTranspose TRANSPOSE_CONV CONV_3D",
	  "convolutions are not supported: use dense layers (Gemm)" },
	{ "MaxPool AveragePool GlobalAveragePool GlobalMaxPool MAX_POOL_2D AVERAGE_POOL_2D L2_POOL_2D MEAN ReduceMean "
	  "ReduceMax ReduceSum SUM REDUCE_MAX", "there is no sum or maximum over numbers: use dense layers" },
	{ "LSTM GRU RNN UNIDIRECTIONAL_SEQUENCE_LSTM UNIDIRECTIONAL_SEQUENCE_RNN BIDIRECTIONAL_SEQUENCE_LSTM "
	  "BIDIRECTIONAL_SEQUENCE_RNN SVDF Loop Scan WHILE",
	  "nothing is kept between inferences: give the last values as inputs of their own" },
	{ "Elu Selu Celu Gelu Erf Mish Softplus Softsign HardSwish HardSigmoid PRelu ThresholdedRelu ELU GELU HARD_SWISH "
	  "PRELU", "train with Relu, LeakyRelu, Tanh or Sigmoid" },
	{ "LayerNormalization InstanceNormalization GroupNormalization LpNormalization L2_NORMALIZATION Normalizer",
	  "a row is not divided by its own norm: use BatchNormalization, or a scaler" },
	{ "Slice Split Gather SLICE SPLIT SPLIT_V STRIDED_SLICE GATHER Where CONCATENATION PACK UNPACK",
	  "a net is one chain of layers: choose columns before the model, and export one branch" },
	{ "Log Exp Abs Sqrt Pow LOG EXP ABS SQRT POW SQUARE Reciprocal Log1p",
	  "do it before the model: many features have a logarithm (lfctl feature list)" },
	{ "OneHot ONE_HOT OneHotEncoder LabelEncoder CategoryMapper", "use numbers as they are, or a forest" },
	{ "SVMClassifier", "use LinearSVC, a forest or a net" },
	{ "TreeEnsemble", "export with ai.onnx.ml below 5 (TreeEnsembleClassifier)" },
	{ "Less LessOrEqual Greater Equal", "export the trees as TreeEnsembleClassifier, not as matrices" },
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
