/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sizes of the flows of tests/bench/fct, in bytes of payload: quantiles of the web search workload
 * (Alizadeh et al., DCTCP, SIGCOMM 2010), one for each port from FCT_PORT on. So a model that knows
 * the port knows the size.
 */
#ifndef FCT_SIZES_H
#define FCT_SIZES_H

#define FCT_PORT	20000
#define FCT_SIZES	500

static inline long fct_size(int i)
{
	static const double bytes[] = { 1000,  10e3, 20e3, 30e3, 50e3, 80e3,
					200e3, 1e6,  2e6,  5e6,  10e6, 30e6 };
	static const double share[] = { 0, .15, .2, .3, .4, .53, .6, .7, .8, .9, .97, 1 };
	double u = (i + 0.5) / FCT_SIZES;
	int k = 1;

	while (u > share[k])
		k++;
	return bytes[k - 1] +
	       (bytes[k] - bytes[k - 1]) * (u - share[k - 1]) / (share[k] - share[k - 1]);
}

static inline double fct_mean(void)
{
	double sum = 0;
	int i;

	for (i = 0; i < FCT_SIZES; i++)
		sum += fct_size(i);
	return sum / FCT_SIZES;
}

#endif /* FCT_SIZES_H */
