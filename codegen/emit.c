// SPDX-License-Identifier: GPL-2.0
/*
 * From a plan to the bytes of a snapshot file.
 *
 * Sections are appended in the order of enum lq_sect, each padded to a multiple of 8, so that the
 * same plan gives the same bytes. The golden outputs are computed by the engine's plain path from
 * the finished model, compared with plan_run(), and filled in; hash and checksum come last. The
 * resulting file has passed lq_validate() and, on every path that this CPU can run, lq_selftest().
 */
#include <stdlib.h>
#include <string.h>
#include <lq/lq.h>

#include "lfs.h"
#include "place.h"
#include "plan.h"

struct out {
	u8 *p;
	size_t len, cap;
	size_t start;		/* of the current section */
	struct lq_header head;
};

static void put(struct out *out, const void *p, size_t n)
{
	out->p = util_grow(out->p, &out->cap, out->len + n, 1);
	memcpy(out->p + out->len, p, n);
	out->len += n;
}

static void put8(struct out *out, u8 v)
{
	put(out, &v, 1);
}

static void put16(struct out *out, u16 v)
{
	put8(out, v & 0xff);
	put8(out, v >> 8);
}

static void put32(struct out *out, u32 v)
{
	put16(out, v & 0xffff);
	put16(out, v >> 16);
}

static void put64(struct out *out, u64 v)
{
	put32(out, (u32)v);
	put32(out, v >> 32);
}

static void put_zero(struct out *out, u32 n)
{
	while (n--)
		put8(out, 0);
}

static void begin(struct out *out)
{
	out->start = out->len;
}

static void end(struct out *out, enum lq_sect s)
{
	out->head.sect[s].off = out->start;
	out->head.sect[s].len = out->len - out->start;
	put_zero(out, -out->len & 7);
}

static void emit_ends(const struct plan *plan, struct out *out)
{
	u32 i;

	begin(out);
	for (i = 0; i < plan->n_inputs; i++) {
		const struct plan_input *in = &plan->inputs[i];

		put(out, in->name, LQ_NAME_LEN);
		put32(out, in->num);
		put32(out, in->den);
		put32(out, in->m);
		put16(out, in->lo);
		put16(out, in->hi);
		put64(out, in->off);
		put32(out, in->cal_lo);
		put32(out, in->cal_hi);
		put8(out, in->S);
		put_zero(out, 7);
	}
	end(out, LQ_SECT_INPUTS);
	begin(out);
	for (i = 0; i < plan->n_outputs; i++) {
		const struct plan_output *o = &plan->outputs[i];

		put(out, o->name, LQ_NAME_LEN);
		put(out, o->unit, LQ_UNIT_LEN);
		put32(out, o->zp);
		put32(out, o->m);
		put16(out, o->S);
		put_zero(out, 6);
	}
	end(out, LQ_SECT_OUTPUTS);
}

static void emit_step(const struct place *place, const struct place_step *s, struct out *out)
{
	static const struct plan_layer copy = { .op = LQ_OP_COPY };
	const struct plan_layer *p = s->layer ? s->layer : &copy;
	bool rows = p->op == LQ_OP_FC || p->op == LQ_OP_ADD || p->op == LQ_OP_MUL;

	put8(out, p->op);
	put8(out, rows ? p->S : 0);
	put16(out, s->n_in);
	put16(out, s->n_out);
	put16(out, p->zp);
	put16(out, p->lo);
	put16(out, p->hi);
	put16(out, p->table);
	put16(out, 0);
	if (place->chain)
		return;
	put8(out, s->from);
	put8(out, s->with);
	put8(out, s->to);
	put8(out, 0);
	put16(out, s->first);
	put16(out, s->at);
}

static void emit_layers(const struct place *place, struct out *out)
{
	u32 k;

	begin(out);
	for (k = 0; k < place->n; k++)
		emit_step(place, &place->step[k], out);
	end(out, LQ_SECT_LAYERS);
}

static void emit_rows(const struct plan *plan, struct out *out)
{
	const struct plan_layer *p;
	u32 i;

	begin(out);
	for (p = plan->layers; p < plan->layers + plan->n_layers; p++)
		for (i = 0; i < plan_weights(p) * p->n_out; i++)
			put16(out, p->w[i]);
	end(out, LQ_SECT_WEIGHTS);
	begin(out);
	for (p = plan->layers; p < plan->layers + plan->n_layers; p++)
		for (i = 0; (plan_weights(p) || p->op == LQ_OP_MUL) && i < p->n_out; i++) {
			put32(out, p->m[i]);
			put32(out, p->bias[i]);
		}
	end(out, LQ_SECT_ROWS);
}

static void emit_tables(const struct plan *plan, struct out *out)
{
	const struct plan_table *t;
	u32 i;

	begin(out);
	for (t = plan->tables; t < plan->tables + plan->n_tables; t++) {
		put16(out, t->t_lo);
		put8(out, t->sh);
		put8(out, 0);
		put16(out, t->n_segments);
		put16(out, 0);
	}
	end(out, LQ_SECT_TABLES);
	begin(out);
	for (t = plan->tables; t < plan->tables + plan->n_tables; t++)
		for (i = 0; i < t->n_segments; i++) {
			put16(out, t->base[i]);
			put16(out, t->slope[i]);
		}
	end(out, LQ_SECT_SEGMENTS);
}

static void emit_trees(const struct plan *plan, struct out *out)
{
	const struct plan_tree *t;
	size_t i;

	begin(out);
	for (t = plan->trees; t < plan->trees + plan->n_trees; t++) {
		put32(out, t->n_nodes);
		put16(out, t->depth);
		put16(out, 0);
	}
	end(out, LQ_SECT_TREES);
	begin(out);
	for (t = plan->trees; t < plan->trees + plan->n_trees; t++)
		for (i = 0; i < t->n_nodes; i++) {
			put32(out, t->nodes[i].thr);
			put16(out, t->nodes[i].input);
			put16(out, t->nodes[i].child);
		}
	end(out, LQ_SECT_NODES);
	begin(out);
	for (i = 0; i < (size_t)plan->n_leaves * plan->n_outputs; i++)
		put32(out, plan->leaves[i]);
	end(out, LQ_SECT_LEAVES);
}

/* y: [n_golden][n_outputs], or NULL for zeros. */
static void emit_golden(const struct plan *plan, const s32 *y, struct out *out)
{
	u32 k, i;

	begin(out);
	for (k = 0; k < plan->n_golden; k++) {
		for (i = 0; i < plan->n_inputs; i++)
			put32(out, plan->golden[k * plan->n_inputs + i]);
		for (i = 0; i < plan->n_outputs; i++)
			put32(out, y ? y[k * plan->n_outputs + i] : 0);
	}
	end(out, LQ_SECT_GOLDEN);
}

/* Writes the header, except the checksum, into the space kept for it. */
static void emit_header(const struct plan *plan, const struct place *place, struct out *out)
{
	size_t len = out->len;
	u8 hash[LQ_HASH_LEN];
	u32 s;

	lq_sha256(out->p + LQ_HEADER_LEN, len - LQ_HEADER_LEN, hash);
	out->len = 0;
	put(out, LQ_MAGIC, 8);
	put16(out, LQ_MAJOR);
	put16(out, place->chain ? 0 : LQ_MINOR);
	put32(out, len);
	put32(out, 0);
	put8(out, plan->kind);
	put8(out, plan->meaning);
	put16(out, plan->n_inputs);
	put16(out, plan->n_outputs);
	put16(out, place->n);
	put16(out, plan->n_tables);
	put16(out, plan->n_trees);
	put32(out, plan->n_leaves);
	put16(out, plan->n_golden);
	put16(out, 0);
	put(out, hash, LQ_HASH_LEN);
	put(out, plan->name, LQ_NAME_LEN);
	for (s = 0; s < LQ_SECTS; s++) {
		put32(out, out->head.sect[s].off);
		put32(out, out->head.sect[s].len);
	}
	out->len = len;
}

static void emit_checksum(struct out *out)
{
	u32 crc = ~lq_crc32c(~0u, out->p, out->len);
	size_t len = out->len;

	out->len = offsetof(struct lq_header, crc32c);
	put32(out, crc);
	out->len = len;
}

static void emit_file(const struct plan *plan, const struct place *place, const s32 *golden,
		      struct out *out)
{
	memset(out, 0, sizeof(*out));
	put_zero(out, LQ_HEADER_LEN);
	emit_ends(plan, out);
	emit_layers(place, out);
	emit_rows(plan, out);
	emit_tables(plan, out);
	emit_trees(plan, out);
	emit_golden(plan, golden, out);
	emit_header(plan, place, out);
	emit_checksum(out);
}

/* Outputs of the golden vectors by the engine; the plan's own arithmetic must agree. */
static int golden_outputs(const struct plan *plan, const struct out *out, s32 *golden,
			  struct graph_err *err)
{
	s32 y[LQ_MAX_OUTPUTS];
	struct lfs model;
	u32 k, o;
	int ret = 0;

	if (lfs_load(&model, out->p, out->len, "new snapshot", err))
		return -1;
	for (k = 0; !ret && k < plan->n_golden; k++) {
		lfs_infer(&model, LQ_PATH_PLAIN, plan->golden + k * plan->n_inputs,
			  golden + k * plan->n_outputs);
		plan_run(plan, plan->golden + k * plan->n_inputs, y, NULL);
		for (o = 0; !ret && o < plan->n_outputs; o++)
			if (y[o] != golden[k * plan->n_outputs + o])
				ret = util_fail(err, "engine and quantiser disagree on golden "
						"vector %u: %d and %d",
						k, golden[k * plan->n_outputs + o], y[o]);
	}
	lfs_free(&model);
	return ret;
}

int plan_emit(const struct plan *plan, void **file, size_t *len, struct graph_err *err)
{
	s32 *golden = util_alloc((size_t)plan->n_golden * plan->n_outputs, sizeof(s32));
	struct place place = { .chain = true };
	struct lfs model;
	struct out out;
	int ret;

	*file = NULL;
	*len = 0;
	if (plan->kind == LQ_KIND_NET && place_net(plan, &place, err)) {
		free(golden);
		return -1;
	}
	emit_file(plan, &place, NULL, &out);
	if (out.len > LQ_MAX_FILE)
		ret = util_fail(err, "the snapshot would have %zu bytes, at most %u are supported",
				out.len, LQ_MAX_FILE);
	else
		ret = golden_outputs(plan, &out, golden, err);
	free(out.p);
	if (!ret) {
		emit_file(plan, &place, golden, &out);
		ret = lfs_load(&model, out.p, out.len, "new snapshot", err);
		if (!ret) {
			ret = lfs_selftest(&model, err);
			lfs_free(&model);
		}
		if (ret)
			free(out.p);
	}
	free(golden);
	*file = ret ? NULL : out.p;
	*len = ret ? 0 : out.len;
	return ret;
}
