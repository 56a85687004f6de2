// SPDX-License-Identifier: GPL-2.0
#include "delays.h"

#define UNIT_NS	1024

uint64_t delays_edge(unsigned int bucket)
{
	if (bucket < 2)
		return bucket * UNIT_NS;
	return (2ull | (bucket & 1)) << (bucket / 2 - 1) << 10;
}

bool delays_quantile(const uint32_t *delays, unsigned int n, double share, uint64_t *ns)
{
	double all = 0, below = 0, within;
	unsigned int i;

	for (i = 0; i < n; i++)
		all += delays[i];
	if (!all)
		return false;
	for (i = 0; i < n - 1 && (!delays[i] || below + delays[i] < share * all); i++)
		below += delays[i];
	within = delays[i] ? (share * all - below) / delays[i] : 0;
	*ns = delays_edge(i) + within * (delays_edge(i + 1) - delays_edge(i));
	return true;
}
