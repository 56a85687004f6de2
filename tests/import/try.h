/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of importers share. */
#ifndef TRY_H
#define TRY_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "graph.h"

/* A failed import shows its sentence; a refusal must have these words in its sentence. */
static inline struct graph *try_imported(struct graph *g, const struct graph_err *err)
{
	if (!g)
		fail_msg("refused: %s", err->msg);
	return g;
}

static inline void try_refused(struct graph *g, const struct graph_err *err, const char *words)
{
	if (g)
		fail_msg("accepted, should say: %s", words);
	if (!strstr(err->msg, words))
		fail_msg("says: %s\n    should say: %s", err->msg, words);
}

static inline void try_near(double a, double b, double eps)
{
	if (!(fabs(a - b) <= eps))
		fail_msg("%.12g is not %.12g (within %g)", a, b, eps);
}

/* What the graph makes of @x. */
static inline void try_gives(struct graph *g, const double *x, int n, const double *want,
			     double eps)
{
	double y[64];
	int i;

	assert_int_equal(g->n_outputs, n);
	graph_run(g, x, y);
	for (i = 0; i < n; i++)
		try_near(y[i], want[i], eps);
}

/* A repeatable stream of numbers. */
static inline uint32_t try_random(uint64_t *s)
{
	*s = *s * 6364136223846793005u + 1442695040888963407u;
	return *s >> 33;
}

#endif /* TRY_H */
