/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the three files that quantise a net of real weights: quant_net.c, quant_lanes.c,
 * quant_step.c.
 */
#ifndef QUANT_NET_H
#define QUANT_NET_H

#include "quant.h"

#define MAX_LANE	32767

struct quant_net {
	const struct graph *g;
	const struct quant_calib *c;
	const struct plan_options *opt;
	struct plan *plan;
	struct graph_err *err;
	struct quant_lanes *values;	/* [n_layers + 1] as graph.h numbers them */
	struct quant_lanes x, z;	/* what the current layer reads */
};

/* One row: its weights, and the lanes that they multiply. */
struct quant_row_of {
	const double *w;
	struct quant_lanes lanes;
	double w2[2], centre[2], step[2], mean[2];	/* of a sum */
	s16 lo[2], hi[2];
};

/*
 * Lanes of values: of the inputs, of a layer's output, and those that a layer reads. quant_lanes.c
 */
void quant_lanes_inputs(struct quant_net *net);
void quant_lanes_layer(struct quant_net *net, u32 index, const struct plan_layer *l);
struct quant_lanes quant_lanes_read(const struct quant_net *net, const struct graph_parts *p,
				    u32 l);
void quant_lanes_free(struct quant_lanes *lanes);
/* The greatest |lane|. */
s32 quant_reach(const struct quant_lanes *lanes, u32 i);

/* Row o, in buf if there are no weights. quant_step.c */
void quant_row_of(const struct quant_net *net, const struct graph_layer *l, u32 o, double *buf,
		  struct quant_row_of *r);
double quant_bias_of(const struct graph_layer *l, u32 o);
/* Number of steps of the largest activation, for its readers. */
double quant_amplitude(const struct quant_net *net, u32 index);
/* Steps, centres and clamp of a layer's sums. */
void quant_steps(struct quant_net *net, u32 index, struct plan_layer *p);

#endif /* QUANT_NET_H */
