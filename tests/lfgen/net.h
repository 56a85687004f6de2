/* SPDX-License-Identifier: GPL-2.0 */
/* Random models as graphs, for the tests of the quantiser: a fixed seed gives a fixed model. */
#ifndef LFGEN_TEST_NET_H
#define LFGEN_TEST_NET_H

#include <lq/types.h>
#include "graph.h"
#include "rows.h"

u64 test_random(u64 *state);
/* Uniform in -1 .. 1. */
double test_unit(u64 *state);

/* widths[0] inputs, then one layer each; act for all but the last layer, last for that one. */
struct graph *test_net(u64 seed, const u32 *widths, u32 n_layers, enum graph_act act,
		       enum graph_act last);
/* Trees over integer features of 0 .. 1,000; about one leaf in eight is early. */
struct graph *test_forest(u64 seed, u32 n_inputs, u32 n_outputs, u32 n_trees, u32 depth,
			  bool classes);
/* An int8 model of one layer and a table. */
struct graph *test_int8(u64 seed, u32 n_in, u32 n_out, float scale, s32 zp);

/* Rows of value lo + spread * (0 .. 1); whole numbers if integer. */
struct rows test_rows(u64 seed, size_t n, u32 cols, double lo, double spread, bool integer);

#endif /* LFGEN_TEST_NET_H */
