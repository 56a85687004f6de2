// SPDX-License-Identifier: GPL-2.0
/*
 * Real factors as integers: value = m / 2^S.
 *
 * With m in 2^30 .. 2^31 - 1 the relative error is at most 2^-31. If S would exceed the limit of a
 * field, m is smaller and the absolute error is 2^-(S+1).
 */
#include <math.h>

#include "quant.h"

int quant_multiplier(double value, int max_S, s32 *m, int *S)
{
	double q;
	int e;

	q = ldexp(frexp(value, &e), 31);	/* 2^30 <= q < 2^31 */
	*S = 31 - e;
	if (*S > max_S) {
		q = ldexp(q, max_S - *S);
		*S = max_S;
	}
	q = rint(q);
	if (q > INT32_MAX) {
		q /= 2;
		(*S)--;
	}
	*m = q;
	return q >= 1 ? 0 : -1;
}

s16 quant_clamp16(double v)
{
	return v > 32767 ? 32767 : v < -32767 ? -32767 : (s16)rint(v);
}

s32 quant_clamp32(double v)
{
	return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (s32)rint(v);
}
