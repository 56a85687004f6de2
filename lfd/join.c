// SPDX-License-Identifier: GPL-2.0
/*
 * Flows by their id, in a table of fixed size: open addressing with linear probing, removal by
 * moving back (Knuth, TAOCP 6.4, algorithm R), and a list by age, whose oldest flow is evicted when
 * the table is full. So a flood of flows that do not end costs the oldest their samples, but no
 * memory.
 *
 * Ids are unique among the attachments of a kind in a network namespace, and records name the kind.
 * Older modules count in each attachment by itself, so that two of a kind on one slot collide: a
 * flow whose packet count goes back is taken for two, and dropped.
 */
#include "join.h"

#include <stdlib.h>
#include <string.h>

#define NONE	UINT32_MAX

bool join_open(struct join *j, uint32_t n_inputs, uint32_t n_outputs, uint32_t flows)
{
	uint32_t i, k, size = 1;
	size_t width = (size_t)n_inputs + n_outputs;

	memset(j, 0, sizeof(*j));
	while (size < 2 * flows)
		size *= 2;
	j->n_inputs = n_inputs;
	j->n_outputs = n_outputs;
	j->places = flows;
	j->newest = j->oldest = NONE;
	j->mask = size - 1;
	j->flows = calloc(flows, sizeof(*j->flows));
	j->index = malloc(size * sizeof(*j->index));
	j->values = calloc((size_t)flows * JOIN_ROWS * width, sizeof(*j->values));
	if (!j->flows || !j->index || !j->values) {
		join_close(j);
		return false;
	}
	memset(j->index, 0xff, size * sizeof(*j->index));
	for (i = 0; i < flows; i++)
		j->flows[i].older = i + 1 < flows ? i + 1 : NONE;
	for (i = 0; i < flows; i++)
		for (k = 0; k < JOIN_ROWS; k++)
			j->flows[i].rows[k].xy = j->values + ((size_t)i * JOIN_ROWS + k) * width;
	return true;
}

void join_close(struct join *j)
{
	free(j->flows);
	free(j->index);
	free(j->values);
	memset(j, 0, sizeof(*j));
}

/* --- index --- */

static uint32_t home(const struct join *j, uint8_t attach, uint64_t flow)
{
	return ((flow << 3 | attach) * 0x9e3779b97f4a7c15ull) >> 32 & j->mask;
}

/* The cell of the flow, or the free cell for it. */
static uint32_t cell(const struct join *j, uint8_t attach, uint64_t flow)
{
	uint32_t c = home(j, attach, flow);
	const struct join_flow *f;

	for (; j->index[c] != NONE; c = (c + 1) & j->mask) {
		f = &j->flows[j->index[c]];
		if (f->flow == flow && f->attach == attach)
			break;
	}
	return c;
}

static void unindex(struct join *j, uint32_t c)
{
	const struct join_flow *f;
	uint32_t next = c, at;

	for (;;) {
		j->index[c] = NONE;
		do {
			next = (next + 1) & j->mask;
			if (j->index[next] == NONE)
				return;
			f = &j->flows[j->index[next]];
			at = home(j, f->attach, f->flow);
		} while (((next - at) & j->mask) < ((next - c) & j->mask));
		j->index[c] = j->index[next];
		c = next;
	}
}

/* --- age --- */

static void unlink_flow(struct join *j, struct join_flow *f)
{
	if (f->newer == NONE)
		j->newest = f->older;
	else
		j->flows[f->newer].older = f->older;
	if (f->older == NONE)
		j->oldest = f->newer;
	else
		j->flows[f->older].newer = f->newer;
}

static void link_newest(struct join *j, struct join_flow *f)
{
	uint32_t me = f - j->flows;

	f->newer = NONE;
	f->older = j->newest;
	if (j->newest == NONE)
		j->oldest = me;
	else
		j->flows[j->newest].newer = me;
	j->newest = me;
}

/* --- flows --- */

void join_end(struct join *j, struct join_flow *f)
{
	unindex(j, cell(j, f->attach, f->flow));
	unlink_flow(j, f);
	f->older = j->free;
	j->free = f - j->flows;
	j->n--;
}

static struct join_flow *place(struct join *j)
{
	struct join_flow *f;

	if (j->free == NONE) {
		join_end(j, &j->flows[j->oldest]);
		j->dropped++;
	}
	f = &j->flows[j->free];
	j->free = f->older;
	return f;
}

static struct join_flow *begin(struct join *j, uint8_t attach, uint64_t flow)
{
	struct join_flow *f = place(j);

	f->flow = flow;
	f->attach = attach;
	f->told = false;
	f->n = 0;
	j->index[cell(j, attach, flow)] = f - j->flows;
	link_newest(j, f);
	j->n++;
	return f;
}

static struct join_flow *find(struct join *j, uint8_t attach, uint64_t flow)
{
	uint32_t i = j->index[cell(j, attach, flow)];

	return i == NONE ? NULL : &j->flows[i];
}

/* The first rows are kept, the last one is replaced. */
static struct join_row *next_row(struct join_flow *f)
{
	if (f->n < JOIN_ROWS)
		f->n++;
	return &f->rows[f->n - 1];
}

struct join_flow *join_sample(struct join *j, const struct batch *b, const struct batch_sample *s,
			      const int32_t *x, const int32_t *y)
{
	struct join_flow *f;
	struct join_row *r;

	if (!s->flow)
		return NULL;
	f = find(j, s->attach, s->flow);
	if (f && s->packets < f->rows[f->n - 1].packets) {
		j->mixed++;
		join_end(j, f);
		return NULL;
	}
	if (!f) {
		f = begin(j, s->attach, s->flow);
	} else {
		unlink_flow(j, f);
		link_newest(j, f);
	}
	r = next_row(f);
	r->time_ns = s->time_ns;
	r->generation = b->generation;
	r->packets = s->packets;
	r->verdict = s->class;
	memcpy(r->xy, x, 4 * j->n_inputs);
	memcpy(r->xy + j->n_inputs, y, 4 * j->n_outputs);
	memcpy(f->hash, b->hash, sizeof(f->hash));
	return f;
}

struct join_flow *join_outcome(struct join *j, uint8_t attach, uint64_t flow)
{
	struct join_flow *f = flow ? find(j, attach, flow) : NULL;

	if (!f)
		j->alone++;
	return f;
}

uint64_t join_hash(const struct join_flow *f)
{
	uint64_t v = (f->flow << 3 | f->attach) ^ f->rows[0].time_ns;

	v = (v ^ v >> 31) * 0x9e3779b97f4a7c15ull;
	return v ^ v >> 29;
}
