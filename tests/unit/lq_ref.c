// SPDX-License-Identifier: GPL-2.0
/*
 * The reference: <lq/format.h> read aloud, slowly. Structures laid over the file, 128-bit sums,
 * floor by division; no header of the engine but the format.
 */
#include <assert.h>
#include <endian.h>

#include "lq_build.h"

typedef __int128 big;

static big power(u32 n)
{
	return (big)1 << n;
}

static big floor_div(big a, big b)
{
	return a / b - (a % b != 0 && a < 0);
}

static big clamp(big v, big lo, big hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static const void *sect(const u8 *file, enum lq_sect s)
{
	const struct lq_header *h = (const void *)file;

	return file + le32toh(h->sect[s].off);
}

static big half(u32 S)
{
	return S ? power(S - 1) : 0;
}

static s32 table_at(const u8 *file, u32 t, s32 y)
{
	const struct lq_table *tables = sect(file, LQ_SECT_TABLES), *tab = &tables[t];
	const struct lq_segment *seg = sect(file, LQ_SECT_SEGMENTS);
	u32 sh = tab->sh, k;
	s32 u = y - (s16)le16toh(tab->t_lo);

	for (k = 0; k < t; k++)
		seg += le16toh(tables[k].n_segments);
	assert(u >= 0 && (u >> sh) < le16toh(tab->n_segments));
	seg += u >> sh;
	if (!sh)
		return (s16)le16toh(seg->base);
	return (s32)floor_div((s16)le16toh(seg->base) * power(sh) +
				      (s16)le16toh(seg->slope) * (big)(u % (1 << sh)) + half(sh),
			      power(sh));
}

static struct lq_buffers buffers_of(const struct lq_header *h, const struct lq_layer *lay, u32 l)
{
	const struct lq_step *s = (const void *)lay;

	if (!le16toh(h->minor))
		return (struct lq_buffers){ .from = l & 1, .with = LQ_NO_BUFFER, .to = !(l & 1) };
	return (struct lq_buffers){
		.from = s->from,
		.with = s->with,
		.to = s->to,
		.first = le16toh(s->first),
		.at = le16toh(s->at),
	};
}

static void softmax(const u8 *file, u32 t, s32 lo, const s32 *x, s32 *y, u32 n)
{
	big sum = 0, most = x[0];
	u32 o;

	for (o = 0; o < n; o++)
		most = x[o] > most ? x[o] : most;
	for (o = 0; o < n; o++) {
		y[o] = table_at(file, t, (s32)(x[o] - most < lo ? lo : x[o] - most));
		sum += y[o];
	}
	for (o = 0; o < n; o++)
		y[o] = (s32)floor_div(y[o] * 32767 + floor_div(sum, 2), sum);
}

/* Lane i of the inputs. */
static s32 enter(const struct lq_input *in, s32 x)
{
	big v = (big)x * (s32)le32toh(in->m) + (s64)le64toh(in->off) + half(in->S);

	return (s32)clamp(floor_div(v, power(in->S)), (s16)le16toh(in->lo), (s16)le16toh(in->hi));
}

/* The sum of lane o of a step that has rows; @w moves past its weights. */
static big sum(const struct lq_layer *lay, const struct lq_row *row, const __le16 **w, u32 o,
	       const s32 *from, const s32 *with, bool one)
{
	big acc = (s32)le32toh(row->bias);
	u32 i;

	switch (lay->op) {
	case LQ_OP_MUL:
		return acc + (big)from[o] * with[one ? 0 : o];
	case LQ_OP_ADD:
		acc += (big)(s16)le16toh(*(*w)++) * from[o];
		return with ? acc + (big)(s16)le16toh(*(*w)++) * with[o] : acc;
	default:
		for (i = 0; i < le16toh(lay->n_in); i++)
			acc += (big)(s16)le16toh(*(*w)++) * from[i];
		return acc;
	}
}

/* The sum as a lane of the step's output. */
static s32 leave(const struct lq_layer *lay, const struct lq_row *row, big acc)
{
	assert(acc <= INT32_MAX && acc >= -INT32_MAX);
	acc = floor_div(acc * (s32)le32toh(row->m) + half(lay->S), power(lay->S));
	return (s32)clamp(acc + (s16)le16toh(lay->zp), (s16)le16toh(lay->lo),
			  (s16)le16toh(lay->hi));
}

static void run_net(const u8 *file, const s32 *x, s32 *y)
{
	const struct lq_header *h = (const void *)file;
	const struct lq_input *in = sect(file, LQ_SECT_INPUTS);
	const struct lq_layer *lay = sect(file, LQ_SECT_LAYERS);
	const struct lq_row *row = sect(file, LQ_SECT_ROWS);
	const __le16 *w = sect(file, LQ_SECT_WEIGHTS);
	static s32 lanes[LQ_MAX_BUFFERS][LQ_MAX_WIDTH];
	s32 *from = lanes[0], *to = from, *with;
	u32 step = le16toh(h->minor) ? LQ_STEP_LEN : LQ_LAYER_LEN,
	    held[LQ_MAX_BUFFERS] = { le16toh(h->n_inputs) };
	u32 i, o, l;
	big acc;

	for (i = 0; i < le16toh(h->n_inputs); i++)
		from[i] = enter(&in[i], x[i]);
	for (l = 0; l < le16toh(h->n_layers); l++, lay = (const void *)((const u8 *)lay + step)) {
		struct lq_buffers b = buffers_of(h, lay, l);
		s32 lo = (s16)le16toh(lay->lo), hi = (s16)le16toh(lay->hi);
		u32 n_out = le16toh(lay->n_out), t = le16toh(lay->table);

		from = lanes[b.from] + b.first;
		to = lanes[b.to] + b.at;
		with = b.with == LQ_NO_BUFFER ? NULL : lanes[b.with];
		held[b.to] = b.at + n_out;
		if (lay->op == LQ_OP_SOFTMAX) {
			softmax(file, t - 1, lo, from, to, n_out);
			continue;
		}
		for (o = 0; o < n_out; o++) {
			if (lay->op == LQ_OP_COPY) {
				to[o] = from[o];
			} else if (lay->op == LQ_OP_TABLE) {
				to[o] = (s32)clamp(from[o], lo, hi);
			} else {
				acc = sum(lay, row, &w, o, from, with, with && held[b.with] == 1);
				to[o] = leave(lay, row++, acc);
			}
			if (t)
				to[o] = table_at(file, t - 1, to[o]);
			assert(to[o] >= -32767 && to[o] <= 32767);
		}
		to = lanes[b.to];
	}
	for (o = 0; o < le16toh(h->n_outputs); o++)
		y[o] = to[o];
}

static void run_forest(const u8 *file, const s32 *x, s32 *y)
{
	const struct lq_header *h = (const void *)file;
	const struct lq_tree *tree = sect(file, LQ_SECT_TREES);
	const struct lq_node *node = sect(file, LQ_SECT_NODES);
	const __le32 *leaves = sect(file, LQ_SECT_LEAVES);
	u32 n_out = le16toh(h->n_outputs), t, o, i;
	big sum[LQ_MAX_OUTPUTS] = { 0 };

	for (t = 0; t < le16toh(h->n_trees); t++) {
		for (i = 0; le16toh(node[i].child); )
			i = le16toh(node[i].child) +
			    (x[le16toh(node[i].input)] > (s32)le32toh(node[i].thr));
		for (o = 0; o < n_out; o++)
			sum[o] += (s32)le32toh(leaves[le32toh(node[i].thr) * n_out + o]);
		node += le32toh(tree[t].n_nodes);
	}
	for (o = 0; o < n_out; o++) {
		assert(sum[o] <= INT32_MAX && sum[o] >= -INT32_MAX);
		y[o] = (s32)sum[o];
	}
}

void ref_infer(const u8 *file, const s32 *x, s32 *y)
{
	if (((const struct lq_header *)(const void *)file)->kind == LQ_KIND_NET)
		run_net(file, x, y);
	else
		run_forest(file, x, y);
}
