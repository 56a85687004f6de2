// SPDX-License-Identifier: GPL-2.0
/*
 * Flows are held out whole, by a hash of the flow: rows of one flow are much alike, and would make
 * a model that memorises look better than it is. As only the hash decides, a flow used to judge is
 * never trained on later.
 */
#include "held.h"

#include <stdlib.h>

bool held_flow(uint64_t flow)
{
	return (flow * 0x9e3779b97f4a7c15ull >> 33) % HELD_ONE_OF == 0;
}

double held_part(uint64_t flow)
{
	flow = (flow ^ flow >> 31) * 0xbf58476d1ce4e5b9ull;
	return (flow >> 11) * 0x1p-53;
}

static int by_flow(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint32_t held_count(const struct store *s, uint64_t since)
{
	uint64_t *flows = calloc((size_t)store_labelled(s) + 1, sizeof(*flows));
	const struct store_row *r;
	uint32_t i, n = 0, count = 0;

	for (i = 0; flows && i < s->places && n < store_labelled(s); i++) {
		r = store_at(s, i);
		if (r && r->labelled && r->time_ns >= since && held_flow(r->flow))
			flows[n++] = r->flow;
	}
	if (n)
		qsort(flows, n, sizeof(*flows), by_flow);
	for (i = 0; i < n; i++)
		count += !i || flows[i] != flows[i - 1];
	free(flows);
	return count;
}
