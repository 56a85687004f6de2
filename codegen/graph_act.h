/* SPDX-License-Identifier: GPL-2.0 */
/* Activation functions: values, names, and properties that tables need. */
#ifndef GRAPH_ACT_H
#define GRAPH_ACT_H

#include <stdbool.h>
#include "graph.h"

/* f(v); alpha and lo are parameters, of CLIP lo and hi the bounds. */
double act_value(enum graph_act act, double alpha, double lo, double hi, double v);
const char *act_name(enum graph_act act, double lo, double hi);

/* Just a clamp, without a table. */
static inline bool act_is_clamp(enum graph_act act)
{
	return act == GRAPH_ACT_NONE || act == GRAPH_ACT_CLIP;
}

/* Piecewise linear: not curved between two nodes of a table. */
bool act_is_straight(enum graph_act act);
/* Only for inputs above 0. */
bool act_is_positive(enum graph_act act);
/* The range of inputs beyond which the output is constant; infinite for most. */
double act_reach(enum graph_act act);

#endif /* GRAPH_ACT_H */
