// SPDX-License-Identifier: GPL-2.0
/*
 * What would have to change for another class: one input alone. A forest changes only at its
 * thresholds, so these are tried from the present value outwards, up to TRIES of them either way. A
 * net is tried at GRID points either way, to the ends of the calibrated range; the first that gives
 * another class is narrowed down by bisection, so a class that a net gives only between two points
 * is not found.
 */
#include "why.h"

#include <stdlib.h>

#include "kmod/engine/file.h"
#include "out.h"

#define TRIES	512
#define GRID	64

struct change {
	struct why_model *m;
	u32 input, class;	/* class now */
	s32 value;		/* that was found */
	u32 other;		/* its class */
};

static int by_value(const void *a, const void *b)
{
	s32 x = *(const s32 *)a, y = *(const s32 *)b;

	return x < y ? -1 : x > y;
}

/* Does this value of the input give another class? */
static bool try(struct change *c, s32 value)
{
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS], margin;
	u32 class;

	memcpy(x, c->m->x, c->m->info.n_inputs * sizeof(*x));
	x[c->input] = value;
	why_model_run(c->m, x, y);
	class = lq_argmax(y, c->m->info.n_outputs, &margin);
	if (class == c->class)
		return false;
	c->value = value;
	c->other = class;
	return true;
}

/* --- forests --- */

static s32 *thresholds(const struct change *c, size_t *n)
{
	const void *file = c->m->file.data;
	const u8 *node = lq_sect_at(file, LQ_SECT_NODES);
	size_t nodes = lq_sect_len(file, LQ_SECT_NODES) / LQ_NODE_LEN, i;
	s32 *t = calloc(nodes ? nodes : 1, sizeof(*t));

	*n = 0;
	for (i = 0; t && i < nodes; i++, node += LQ_NODE_LEN)
		if (lq_get16(node, struct lq_node, input) == c->input)
			t[(*n)++] = lq_get_s32(node, struct lq_node, thr);
	if (t)
		qsort(t, *n, sizeof(*t), by_value);
	return t;
}

/* t: n thresholds in ascending order, of which `from` are below the present value. */
static bool forest_up(struct change *c, const s32 *t, size_t n, size_t from)
{
	size_t i, tries = 0;

	for (i = from; i < n && tries < TRIES; i++) {
		if (t[i] == INT32_MAX || (i > from && t[i] == t[i - 1]))
			continue;
		tries++;
		if (try(c, t[i] + 1))
			return true;
	}
	return false;
}

static bool forest_down(struct change *c, const s32 *t, size_t from)
{
	size_t i, tries = 0;

	for (i = from; i && tries < TRIES; i--) {
		if (i < from && t[i - 1] == t[i])
			continue;
		tries++;
		if (try(c, t[i - 1]))
			return true;
	}
	return false;
}

/* --- nets --- */

static bool net_towards(struct change *c, s32 end)
{
	s64 from = c->m->x[c->input], last = from, at, middle;
	int k;

	for (k = 1; k <= GRID; k++, last = at) {
		at = from + (end - from) * k / GRID;
		if (at == last || !try(c, at))
			continue;
		while (llabs(at - last) > 1) {
			middle = last + (at - last) / 2;
			if (try(c, middle))
				at = middle;
			else
				last = middle;
		}
		return try(c, at);
	}
	return false;
}

/* --- both --- */

static double distance(const struct change *c)
{
	double width = (double)why_model_greatest(c->m, c->input) -
		       why_model_least(c->m, c->input) + 1;

	return llabs((s64)c->value - c->m->x[c->input]) / width;
}

static void found(const struct change *c, struct json_object *array)
{
	struct json_object *o = json_object_new_object();

	out_add_str(o, "input", why_model_input(c->m, c->input));
	why_add(o, "value", why_model_value(c->m, c->input, c->value));
	out_add_str(o, "class", why_model_output(c->m, c->other));
	why_add(o, "distance", distance(c));
	json_object_array_add(array, o);
}

static void change_forest(struct change *c, struct json_object *array)
{
	size_t n, from = 0;
	s32 *t = thresholds(c, &n);

	while (t && from < n && t[from] < c->m->x[c->input])
		from++;
	if (t && forest_up(c, t, n, from))
		found(c, array);
	if (t && forest_down(c, t, from))
		found(c, array);
	free(t);
}

static void change_net(struct change *c, struct json_object *array)
{
	s32 least = why_model_least(c->m, c->input), greatest = why_model_greatest(c->m, c->input);
	s32 now = c->m->x[c->input];

	if (now < greatest && net_towards(c, greatest))
		found(c, array);
	if (now > least && net_towards(c, least))
		found(c, array);
}

static int by_distance(const void *a, const void *b)
{
	double x = out_real(*(struct json_object *const *)a, "distance");
	double y = out_real(*(struct json_object *const *)b, "distance");

	return x < y ? -1 : x > y;
}

void why_changes(struct why_model *m, struct json_object *o, uint32_t class)
{
	struct json_object *array = json_object_new_array();
	struct change c = { .m = m, .class = class };

	for (c.input = 0; c.input < m->info.n_inputs; c.input++) {
		if (m->info.kind == LQ_KIND_FOREST)
			change_forest(&c, array);
		else
			change_net(&c, array);
	}
	json_object_array_sort(array, by_distance);
	json_object_object_add(o, "changes", array);
}
