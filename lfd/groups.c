// SPDX-License-Identifier: GPL-2.0
/*
 * Of a class whose groups' rows weigh w[1], w[2], ..., at most c of each counts, where
 *
 *	c = share * (min(w[1], c) + min(w[2], c) + ...)
 *
 * So the bound is a share of what counts, not of what was sent: whoever sends ten times as many
 * rows as all others raises no bound. The greatest such c is found from above. Where there are too
 * few groups for that share it is 2 / groups, at most half: no group then counts more than all
 * others together. A single group counts whole.
 */
#include "groups.h"

#include <math.h>
#include <stdlib.h>

#define GROUPS	1024	/* by hash: two may count as one */
#define STEPS	200
#define PRECISION	0.001

bool groups_make(struct groups *g)
{
	g->weight = calloc((size_t)LQ_MAX_OUTPUTS * GROUPS, sizeof(*g->weight));
	return g->weight;
}

void groups_free(struct groups *g)
{
	free(g->weight);
}

static double *weight_of(const struct groups *g, uint32_t class, uint32_t group)
{
	return &g->weight[(size_t)class * GROUPS + group % GROUPS];
}

void groups_add(struct groups *g, uint32_t class, uint32_t group, double weight)
{
	*weight_of(g, class, group) += weight;
}

static double counted(const double *weight, double most)
{
	double sum = 0;
	uint32_t i;

	for (i = 0; i < GROUPS; i++)
		sum += fmin(weight[i], most);
	return sum;
}

static double most_of(const double *weight, double share)
{
	double most = 0, next;
	uint32_t i, n = 0;

	for (i = 0; i < GROUPS; i++) {
		n += weight[i] > 0;
		most = fmax(most, weight[i]);
	}
	if (n < 2)
		return most;
	share = fmax(share, fmin(2.0 / n, 0.5));
	for (i = 0; i < STEPS; i++) {
		next = share * counted(weight, most);
		if (next > most * (1 - PRECISION))
			break;
		most = next;
	}
	return most;
}

void groups_settle(struct groups *g, double share)
{
	uint32_t k;

	for (k = 0; k < LQ_MAX_OUTPUTS; k++)
		g->most[k] = most_of(weight_of(g, k, 0), share);
}

double groups_factor(const struct groups *g, uint32_t class, uint32_t group)
{
	double weight = *weight_of(g, class, group);

	return weight > g->most[class] ? g->most[class] / weight : 1;
}
