// SPDX-License-Identifier: GPL-2.0
/*
 * One row of a fully connected layer: real weights to s16, bias to s32, with a step per row.
 *
 * Let input i have the value centre_i + step_i * q_i with |q_i| <= X_i. The row's real sum is then
 *
 *	z = b' + sum_i u_i q_i,		u_i = w_i * step_i,	b' = b + sum_i w_i * centre_i
 *
 * and with a step a, w_i' = rint(u_i / a) and bias' = rint(b' / a), the accumulator is z / a. The
 * finer a is, the less is lost; two conditions bound it from below: max |u_i| / a <= 32767, and the
 * proof that no sum overflows,
 *
 *	|bias'| + sum_i |w_i'| * X_i <= 2^31 - 1
 *
 * which covers every partial sum in every order and so every instruction set. a is chosen so that
 * both hold for real numbers with room for the rounding of each weight; then the integers are
 * summed, and a is increased if they do not fit. So the bound holds by construction, and the
 * kernel's validator, which trusts nobody, will confirm it.
 *
 * The mean error of rounding the weights over the calibration rows is known (from the lanes'
 * means), and is subtracted from the bias.
 */
#include <math.h>
#include <stdlib.h>

#include "quant.h"

#define ACC_MAX		2147483647.0	/* 2^31 - 1 */

static s32 reach(const struct quant_lanes *in, u32 i)
{
	if (in->reach)
		return in->reach;
	return in->hi[i] > -in->lo[i] ? in->hi[i] : -in->lo[i];
}

/* Weights and bias at step a; returns their bound. */
static double row_at(const struct quant_lanes *in, const double *w, double b, double a, s16 *wq,
		     double *bias)
{
	double sum = 0, fix = b, u;
	u32 i;

	for (i = 0; i < in->n; i++) {
		u = w[i] * in->step[i];
		wq[i] = quant_clamp16(u / a);
		fix += (u - wq[i] * a) * in->mean[i];
		sum += fabs((double)wq[i]) * reach(in, i);
	}
	*bias = rint(fix / a);
	return sum + fabs(*bias);
}

double quant_row(const struct quant_lanes *in, const double *w, double b, s16 *wq, s32 *bias,
		 double *bound)
{
	double sum = 0, most = 0, slack = 1, a, q, u;
	u32 i;

	for (i = 0; i < in->n; i++) {
		u = fabs(w[i]) * in->step[i];
		b += w[i] * in->centre[i];
		sum += u * reach(in, i);
		slack += reach(in, i) / 2.0;
		most = fmax(most, u);
	}
	sum += fabs(b);
	a = fmax(most / 32767, sum / (ACC_MAX - slack));
	if (!(a > 0))		/* a row of zeros */
		a = 1;
	while (row_at(in, w, b, a, wq, &q) > ACC_MAX)
		a *= 1 + 1.0 / 1024;
	*bound = row_at(in, w, b, a, wq, &q);
	*bias = q;
	return a;
}
