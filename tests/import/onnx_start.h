/* SPDX-License-Identifier: GPL-2.0 */
/* How most nets of the tests begin. */
#ifndef ONNX_START_H
#define ONNX_START_H

#include "make_onnx.h"

static const float W[] = { 1, -2, .5, 3, .25, -1 };	/* [2][3] or [3][2] */
static const float B2[] = { .5, -.25 };
static const float B3[] = { 1, 2, -4 };

/* A model with one input x [1][3] and these constants. */
static inline struct mo *start(int opset)
{
	struct mo *m = mo_new(opset);

	mo_input(m, "x", 2, 0, 3);
	mo_floats(m, "w32", W, 2, 3, 2);
	mo_floats(m, "w23", W, 2, 2, 3);
	mo_floats(m, "b2", B2, 1, 2);
	mo_floats(m, "b3", B3, 1, 3);
	mo_floats(m, "half", (float[]) { .5 }, 0);
	return m;
}

#endif /* ONNX_START_H */
