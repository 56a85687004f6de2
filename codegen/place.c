// SPDX-License-Identifier: GPL-2.0
/*
 * From values to buffers.
 *
 * A value keeps its buffer until the last step that reads it, then the buffer is free for another;
 * the best fit among the free ones is taken, since each has the size of the largest value that was
 * ever in it. For a layer that reads parts of values, or several, they are copied together first;
 * likewise for the outputs.
 *
 * A chain needs none of that: its buffers are 0 and 1 in turn, and are not in the file.
 */
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "util.h"

#define NONE	LQ_NO_BUFFER

struct placing {
	const struct plan *plan;
	struct place *p;
	struct graph_err *err;
	/* [values] the layer that reads it last, n_layers: the outputs */
	u32 *last;
	u8 *buffer;			/* [values] */
	bool taken[LQ_MAX_BUFFERS];
	u32 size[LQ_MAX_BUFFERS];
};

static bool is_chain(const struct plan *plan)
{
	u32 l;

	for (l = 0; l < plan->n_layers; l++)
		if (plan->layers[l].x.n ||
		    (plan->layers[l].op != LQ_OP_FC && plan->layers[l].op != LQ_OP_TABLE))
			return false;
	return !plan->out.n;
}

static u32 width_of(const struct plan *plan, u32 value)
{
	return plan->at[value + 1] - plan->at[value];
}

/*
 * A free buffer for n lanes, NONE if there is none: the smallest that is large enough, else the
 * largest.
 */
static u8 take(struct placing *pl, u32 n)
{
	u32 k, best = NONE;

	for (k = 0; k < LQ_MAX_BUFFERS; k++) {
		if (pl->taken[k])
			continue;
		if (best == NONE || (pl->size[best] < n ? pl->size[k] > pl->size[best] :
				     pl->size[k] >= n && pl->size[k] < pl->size[best]))
			best = k;
	}
	if (best == NONE) {
		util_fail(pl->err, "more than %u values are needed at the same time",
			  LQ_MAX_BUFFERS);
		return NONE;
	}
	pl->taken[best] = true;
	pl->size[best] = n > pl->size[best] ? n : pl->size[best];
	return best;
}

static struct place_step *add_step(struct placing *pl)
{
	if (pl->p->n < LQ_MAX_LAYERS)
		return &pl->p->step[pl->p->n++];
	util_fail(pl->err, "the model takes more than %u steps, copies among them", LQ_MAX_LAYERS);
	return NULL;
}

static int add_copy(struct placing *pl, const struct graph_part *part, u8 to, u32 at)
{
	struct place_step *s = add_step(pl);

	if (!s)
		return -1;
	*s = (struct place_step){
		.n_in = part->n,
		.n_out = part->n,
		.from = pl->buffer[part->value],
		.with = NONE,
		.to = to,
		.first = part->first,
		.at = at,
	};
	return 0;
}

/*
 * The buffer with the operand, NONE after a message. *copied: it must be released after the step.
 */
static u8 gather(struct placing *pl, const struct graph_parts *p, u32 l, bool *copied)
{
	u32 k, n = 0;
	u8 to;

	*copied = false;
	if (!p->n)
		return pl->buffer[l];
	if (p->n == 1 && !p->part[0].first && p->part[0].n == width_of(pl->plan, p->part[0].value))
		return pl->buffer[p->part[0].value];
	for (k = 0; k < p->n; k++)
		n += p->part[k].n;
	to = take(pl, n);
	*copied = to != NONE;
	for (k = n = 0; to != NONE && k < p->n; n += p->part[k++].n)
		if (add_copy(pl, &p->part[k], to, n))
			to = NONE;
	return to;
}

static void note_uses(struct placing *pl, const struct graph_parts *p, u32 l)
{
	u32 k;

	if (!p->n)
		pl->last[l] = l;
	for (k = 0; k < p->n; k++)
		pl->last[p->part[k].value] = l;
}

static void find_last_uses(struct placing *pl)
{
	u32 l;

	for (l = 0; l < pl->plan->n_layers; l++) {
		note_uses(pl, &pl->plan->layers[l].x, l);
		if (pl->plan->layers[l].z.n)
			note_uses(pl, &pl->plan->layers[l].z, l);
	}
	note_uses(pl, &pl->plan->out, l);
}

static void give_back(struct placing *pl, u32 l)
{
	u32 v;

	for (v = 0; v <= l; v++)
		if (pl->last[v] == l)
			pl->taken[pl->buffer[v]] = false;
}

static int place_layer(struct placing *pl, u32 l)
{
	const struct plan_layer *layer = &pl->plan->layers[l];
	bool copied, copied_with = false;
	u8 from = gather(pl, &layer->x, l, &copied), with = NONE, to;
	struct place_step *s;

	if (from == NONE)
		return -1;
	if (layer->z.n) {
		with = gather(pl, &layer->z, l, &copied_with);
		if (with == NONE)
			return -1;
	}
	to = take(pl, layer->n_out);
	s = to == NONE ? NULL : add_step(pl);
	if (!s)
		return -1;
	*s = (struct place_step){
		.layer = layer,
		.n_in = layer->n_in,
		.n_out = layer->n_out,
		.from = from,
		.with = with,
		.to = to,
	};
	pl->buffer[l + 1] = to;
	if (copied)
		pl->taken[from] = false;
	if (copied_with)
		pl->taken[with] = false;
	give_back(pl, l);
	return 0;
}

/* The outputs are what the last step writes: the whole last value, or a copy. */
static int place_outputs(struct placing *pl)
{
	const struct plan *plan = pl->plan;
	struct graph_part all;
	bool copied;
	u8 from = gather(pl, &plan->out, plan->n_layers, &copied), to;

	if (from == NONE)
		return -1;
	if (copied || from == pl->p->step[pl->p->n - 1].to)
		return 0;
	all = plan->out.part[0];
	to = take(pl, all.n);
	return to == NONE ? -1 : add_copy(pl, &all, to, 0);
}

static int place_chain(const struct plan *plan, struct place *p)
{
	const struct plan_layer *l;

	p->chain = true;
	for (l = plan->layers; l < plan->layers + plan->n_layers; l++)
		p->step[p->n++] =
			(struct place_step){ .layer = l, .n_in = l->n_in, .n_out = l->n_out };
	return 0;
}

int place_net(const struct plan *plan, struct place *p, struct graph_err *err)
{
	struct placing pl = { .plan = plan, .p = p, .err = err };
	int ret = 0;
	u32 l;

	memset(p, 0, sizeof(*p));
	if (is_chain(plan))
		return place_chain(plan, p);
	pl.last = util_alloc(plan->n_layers + 1, sizeof(*pl.last));
	pl.buffer = util_alloc(plan->n_layers + 1, sizeof(*pl.buffer));
	find_last_uses(&pl);
	pl.taken[0] = true;
	pl.size[0] = plan->n_inputs;
	for (l = 0; !ret && l < plan->n_layers; l++)
		ret = place_layer(&pl, l);
	if (!ret)
		ret = place_outputs(&pl);
	free(pl.last);
	free(pl.buffer);
	return ret;
}
