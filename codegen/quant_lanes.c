// SPDX-License-Identifier: GPL-2.0
/* The lanes between layers: what each value's integers represent, and their range. */
#include <stdlib.h>
#include <string.h>

#include "quant_net.h"

void quant_lanes_free(struct quant_lanes *lanes)
{
	free(lanes->centre);
	free(lanes->step);
	free(lanes->mean);
	free(lanes->lo);
	free(lanes->hi);
	memset(lanes, 0, sizeof(*lanes));
}

static struct quant_lanes lanes_new(u32 n)
{
	return (struct quant_lanes){
		.n = n,
		.centre = util_alloc(n, sizeof(double)),
		.step = util_alloc(n, sizeof(double)),
		.mean = util_alloc(n, sizeof(double)),
		.lo = util_alloc(n, sizeof(s16)),
		.hi = util_alloc(n, sizeof(s16)),
	};
}

void quant_lanes_inputs(struct quant_net *net)
{
	const struct plan_input *in = net->plan->inputs;
	struct quant_lanes *lanes = &net->values[0];
	u32 i;

	*lanes = lanes_new(net->g->n_inputs);
	for (i = 0; i < lanes->n; i++) {
		lanes->centre[i] = in[i].centre;
		lanes->step[i] = in[i].step;
		lanes->mean[i] = (net->c->in[i].mean - in[i].centre) / in[i].step;
		lanes->lo[i] = in[i].lo;
		lanes->hi[i] = in[i].hi;
	}
}

s32 quant_reach(const struct quant_lanes *lanes, u32 i)
{
	return lanes->hi[i] > -lanes->lo[i] ? lanes->hi[i] : -lanes->lo[i];
}

static void lanes_add(struct quant_lanes *to, u32 at, const struct quant_lanes *from,
		      const struct graph_part *part)
{
	u32 i, k;

	for (i = 0; i < part->n; i++) {
		k = part->first + i;
		to->centre[at + i] = from->centre[k];
		to->step[at + i] = from->step[k];
		to->mean[at + i] = from->mean[k];
		to->lo[at + i] = from->lo[k];
		to->hi[at + i] = from->hi[k];
		to->reach = quant_reach(from, k) > to->reach ? quant_reach(from, k) : to->reach;
	}
}

/* The lanes that layer l reads. */
struct quant_lanes quant_lanes_read(const struct quant_net *net, const struct graph_parts *p, u32 l)
{
	struct quant_lanes lanes = lanes_new(graph_parts_n(net->g, p, l));
	struct graph_part part;
	u32 k, n = 0;

	for (k = 0; graph_part_of(net->g, p, l, k, &part); n += part.n, k++)
		lanes_add(&lanes, n, &net->values[part.value], &part);
	if (!p->n || (p->n == 1 && n == net->values[p->part[0].value].n))
		lanes.reach = 0;	/* the value itself, not a copy */
	return lanes;
}

/* The range of a table's outputs, or the clamp if there is none. */
void quant_lanes_layer(struct quant_net *net, u32 index, const struct plan_layer *l)
{
	const struct plan_table *t = l->table ? &net->plan->tables[l->table - 1] : NULL;
	s16 lo = t ? 32767 : l->lo, hi = t ? -32767 : l->hi, end;
	struct quant_lanes *lanes = &net->values[index + 1];
	u32 i;

	for (i = 0; t && i < t->n_segments; i++) {
		end = t->base[i] + t->slope[i];
		lo = t->base[i] < lo ? t->base[i] : lo;
		lo = end < lo ? end : lo;
		hi = t->base[i] > hi ? t->base[i] : hi;
		hi = end > hi ? end : hi;
	}
	if (l->op == LQ_OP_SOFTMAX)
		lo = 0, hi = MAX_LANE;
	*lanes = lanes_new(l->n_out);
	for (i = 0; i < l->n_out; i++) {
		lanes->centre[i] = l->centre[i];
		lanes->step[i] = l->step[i];
		lanes->mean[i] = (net->c->stats[index].post[i].mean - l->centre[i]) / l->step[i];
		lanes->lo[i] = lo;
		lanes->hi[i] = hi;
	}
}
