// SPDX-License-Identifier: GPL-2.0
/* Dimensions of values: lanes of a row, batch, axes, and broadcasting. */
#include "onnx_forest.h"

size_t onnx_lanes(const struct onnx_shape *s)
{
	size_t n = 1;
	int i;

	for (i = s->rank > 1; i < s->rank; i++)
		n *= s->dims[i];
	return n;
}

int64_t onnx_batch(const struct onnx_shape *s)
{
	return s->rank > 1 ? s->dims[0] : 1;
}

/* An axis as in the file (negative counts from the end), -1 if there is none such. */
int onnx_axis(const struct onnx_shape *s, int64_t axis, int rank)
{
	(void)s;
	if (axis < 0)
		axis += rank;
	return axis < 0 || axis >= rank ? -1 : (int)axis;
}

int onnx_last_axis(struct onnx_ctx *c, const struct onnx_shape *s, int64_t axis)
{
	int a = onnx_axis(s, axis, s->rank);

	if (a < 0 || (s->rank > 1 && !a) || (size_t)s->dims[a] != onnx_lanes(s))
		return onnx_fail(c, "axis %lld: it must run over all of a row's numbers",
				 (long long)axis);
	return 0;
}

/* Broadcasts two shapes as numpy does. */
int onnx_stretch(struct onnx_ctx *c, const struct onnx_shape *a, const struct onnx_shape *b,
		 struct onnx_shape *to, size_t *n)
{
	int64_t x, z;
	int i;

	to->rank = a->rank > b->rank ? a->rank : b->rank;
	for (i = 1; i <= to->rank; i++) {
		x = i <= a->rank ? a->dims[a->rank - i] : 1;
		z = i <= b->rank ? b->dims[b->rank - i] : 1;
		if (x != z && x != 1 && z != 1)
			return onnx_fail(c, "dimensions %lld and %lld cannot be broadcast",
					 (long long)x, (long long)z);
		to->dims[to->rank - i] = x > z ? x : z;
	}
	return onnx_shape_count(c, to, n);
}

/* The index in s of element i of the broadcast shape. */
size_t onnx_stretched(const struct onnx_shape *to, const struct onnx_shape *s, size_t i)
{
	size_t at = 0, stride = 1, k;
	int d;

	for (d = 1; d <= s->rank; d++) {
		k = i % to->dims[to->rank - d];
		i /= to->dims[to->rank - d];
		at += s->dims[s->rank - d] > 1 ? k * stride : 0;
		stride *= s->dims[s->rank - d];
	}
	return at;
}
