// SPDX-License-Identifier: GPL-2.0
/* Random models at the edges of what the format allows: nets and forests. See lq_build.h. */
#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lq_build.h"

#define ACC_MAX	0x7fffffffll

/*
 * Tame quantisers have quotients that fit s32 between the features that reach the clamps, as
 * vectors need them.
 */
void random_input(struct lq_build *b, struct lq_rng *r, u32 i, bool tame, s32 *peak)
{
	u32 S = tame ? rng_below(r, 62) : rng_below(r, 4) ? rng_below(r, 20) : rng_below(r, 62);
	s32 m = (s32)(rng_below(r, 8) ? rng_u64(r) >> 33 >> rng_below(r, 31) : INT32_MAX);
	s64 room = (1ll << 62) - (S ? 1ll << (S - 1) : 0) - ((s64)m << 31) - 1;
	s32 lo = -32767, hi = 32767;
	s64 off;
	char name[16];

	while (room < 0) {
		m /= 2;
		room = (1ll << 62) - (S ? 1ll << (S - 1) : 0) - ((s64)m << 31) - 1;
	}
	off = rng_below(r, 4) ? rng_range(r, -room, room) >> rng_below(r, 62) :
	      rng_below(r, 2) ? room :
				-room;
	if (tame) {
		m >>= rng_below(r, 4) ? 16 : 2;
		off = rng_range(r, -((s64)m << 30), (s64)m << 30) >> rng_below(r, 31);
	}
	if (!rng_below(r, 3)) {
		lo = (s32)rng_range(r, -32767, 32767);
		hi = (s32)rng_range(r, lo, 32767);
	}
	snprintf(name, sizeof(name), "x%u", i);
	build_input(b, name, m, off, S, lo, hi);
	*peak = abs(lo) > abs(hi) ? abs(lo) : abs(hi);
}

void random_outputs(struct lq_build *b, struct lq_rng *r, u32 n)
{
	static const char *const units[] = { "", "bytes", "bytes/s", "log2 us", "%" };
	char name[16];
	u32 o;

	for (o = 0; o < n; o++) {
		snprintf(name, sizeof(name), "out-%u", o);
		build_output(b, name, units[rng_below(r, ARRAY_SIZE(units))]);
	}
}

/* A table that covers lo .. hi; the greatest |value| over all of it. */
s32 random_table(struct lq_build *b, struct lq_rng *r, s32 lo, s32 hi)
{
	u32 sh = rng_below(r, 9), n, k;
	s32 t_lo = (s32)rng_range(r, lo - 300 > -32767 ? lo - 300 : -32767, lo), peak = 0, end,
	    one = 1 << sh;
	s16 (*seg)[2];

	n = ((u32)(hi - t_lo) >> sh) + 1;
	n += n < 65000 ? rng_below(r, 3) : 0;
	seg = calloc(n, sizeof(*seg));
	assert(seg);
	for (k = 0; k < n; k++) {
		seg[k][0] = (s16)rng_range(r, -32767, 32767);
		seg[k][1] = (s16)rng_range(r, -32768, 32767);
		end = (seg[k][0] * one + seg[k][1] * (one - 1) + one / 2) >> sh;
		if (end > 32767 || end < -32767)
			seg[k][1] = 0, end = seg[k][0];
		peak = abs(end) > peak ? abs(end) : peak;
		peak = abs(seg[k][0]) > peak ? abs(seg[k][0]) : peak;
	}
	build_table(b, t_lo, sh, n, (const void *)seg);
	free(seg);
	return peak;
}

void random_clamp(struct lq_rng *r, s32 *lo, s32 *hi)
{
	static const s32 usual[][2] = { { -32767, 32767 },
					{ -128, 127 },
					{ 0, 32767 },
					{ 0, 127 },
					{ -4096, 4096 } };
	u32 k = rng_below(r, 7);

	if (k < ARRAY_SIZE(usual)) {
		*lo = usual[k][0];
		*hi = usual[k][1];
		return;
	}
	*lo = (s32)rng_range(r, -32767, 32767);
	*hi = k == 5 ? *lo : (s32)rng_range(r, *lo, 32767);
}

/*
 * Weights of one row such that |bias| + sum |w| * peak is at most ACC_MAX, and exactly that if
 * hard.
 */
void random_row(struct lq_build *b, struct lq_rng *r, const s32 *peaks, u32 n_in, u32 S, bool hard)
{
	s64 left = hard ? ACC_MAX : ACC_MAX >> rng_below(r, 12), most;
	u32 start = rng_below(r, n_in), k, i;
	s16 w[LQ_MAX_WIDTH] = { 0 };
	s32 m;

	for (k = 0; k < n_in; k++) {
		i = (start + k) % n_in;
		most = peaks[i] ? left / peaks[i] : 32767;
		most = most > 32767 ? 32767 : most;
		most = hard && !rng_below(r, 4) ?
			       most :
			       rng_range(r, 0, most) >> rng_below(r, hard ? 2 : 6);
		left -= most * peaks[i];
		w[i] = (s16)(rng_below(r, 2) ? most : -most);
	}
	left = hard ? left : rng_range(r, 0, left);
	switch (rng_below(r, 6)) {
	case 0:
		m = INT32_MAX;
		break;
	case 1:
		m = (s32)(rng_u64(r) >> 33 >> rng_below(r, 31));
		break;
	default:
		m = S < 46 ? (s32)(1ll << (S - 16)) : INT32_MAX;
		m = (s32)rng_range(r, m / 2, m);
	}
	build_row(b, m, (s32)(rng_below(r, 2) ? left : -left), w, n_in);
}

/* Mostly a few, sometimes as many as there may be inputs, seldom as wide as a layer may be. */
u32 random_width(struct lq_rng *r, u32 most)
{
	u32 k = rng_below(r, 32);

	return 1 + rng_below(r, k > 3 ? 40 : k || most < LQ_MAX_INPUTS ? LQ_MAX_INPUTS : most);
}

u8 *random_net(struct lq_rng *r, bool hard, size_t *len)
{
	u32 n_in = random_width(r, LQ_MAX_INPUTS),
	    n_layers = 1 + rng_below(r, rng_below(r, 10) ? 5 : LQ_MAX_LAYERS);
	u32 n_out = rng_below(r, 4) ? 1 + rng_below(r, LQ_MAX_OUTPUTS) : 1, tables = 0, macs = 0, l,
	    i, o, op, S, width;
	bool tame = rng_below(r, 4);
	s32 peaks[LQ_MAX_WIDTH], lo, hi, peak;
	struct lq_build b;

	build_start(&b, LQ_KIND_NET,
		    n_out > 1 && rng_below(r, 2) ? LQ_MEANING_CLASS : LQ_MEANING_VALUE, n_in,
		    n_out);
	for (i = 0; i < n_in; i++)
		random_input(&b, r, i, tame, &peaks[i]);
	random_outputs(&b, r, n_out);
	for (l = 0; l < n_layers; l++) {
		bool last = l == n_layers - 1;
		u32 table = 0;

		op = !last && tables < LQ_MAX_TABLES && !rng_below(r, 5) ? LQ_OP_TABLE : LQ_OP_FC;
		width = last ? n_out : op == LQ_OP_TABLE ? n_in : random_width(r, LQ_MAX_WIDTH);
		if (!last && op == LQ_OP_FC && macs + n_in * width + width * n_out > LQ_MAX_MACS)
			width = 8;
		/* There is always room for the last layer: where one more is too much, it is it. */
		if (!last && op == LQ_OP_FC && macs + n_in * width + width * n_out > LQ_MAX_MACS) {
			n_layers = l + 1;
			width = n_out;
		}
		random_clamp(r, &lo, &hi);
		S = op == LQ_OP_FC ? (u32)rng_range(r, 31, rng_below(r, 4) ? 46 : 62) : 0;
		peak = abs(lo) > abs(hi) ? abs(lo) : abs(hi);
		for (o = 0; op == LQ_OP_FC && o < width; o++)
			random_row(&b, r, peaks, n_in, S, hard);
		if (op == LQ_OP_TABLE || (tables < LQ_MAX_TABLES && rng_below(r, 2))) {
			peak = random_table(&b, r, lo, hi);
			table = ++tables;
		}
		macs += op == LQ_OP_FC ? n_in * width : 0;
		build_layer(&b, op, S, n_in, width, op == LQ_OP_FC && !rng_below(r, 3) ?
			    (s32)rng_range(r, -32768, 32767) : 0, lo, hi, table);
		n_in = width;
		for (i = 0; i < n_in; i++)
			peaks[i] = peak;
	}
	assert(macs <= LQ_MAX_MACS);
	return build_finish(&b, r, LQ_MIN_GOLDEN + rng_below(r, 9), len);
}

/* How a random tree grows. */
enum shape { SHAPE_LEAF, SHAPE_FULL, SHAPE_CHAIN, SHAPE_RANDOM, SHAPES };

struct grown {
	struct lq_node nodes[2048];
	u8 depth_of[2048];
	u32 n;
	u32 depth;
};

static s32 random_threshold(struct lq_rng *r)
{
	return rng_below(r, 3) ? (s32)rng_range(r, -8, 8) : rng_feature(r);
}

static void split(struct grown *g, struct lq_rng *r, u32 i, u32 n_inputs)
{
	g->nodes[i].thr = htole32((u32)random_threshold(r));
	g->nodes[i].input = htole16((u16)rng_below(r, n_inputs));
	g->nodes[i].child = htole16((u16)g->n);
	g->depth_of[g->n] = g->depth_of[g->n + 1] = (u8)(g->depth_of[i] + 1);
	if (g->depth_of[g->n] > g->depth)
		g->depth = g->depth_of[g->n];
	g->n += 2;
}

static void grow(struct grown *g, struct lq_rng *r, enum shape shape, u32 depth, u32 n_inputs,
		 u32 n_leaves)
{
	u32 i;

	memset(g, 0, sizeof(*g));
	g->n = 1;
	for (i = 0; i < g->n && shape != SHAPE_LEAF; i++) {
		if (g->depth_of[i] >= depth || g->n + 2 > ARRAY_SIZE(g->nodes) || g->nodes[i].child)
			continue;
		if (shape == SHAPE_FULL || (shape == SHAPE_RANDOM && rng_below(r, 3)))
			split(g, r, i, n_inputs);
		else if (shape == SHAPE_CHAIN &&
			 (i == 0 || i == g->n - 1 || (i == g->n - 2 && rng_below(r, 2))))
			split(g, r, i, n_inputs);
	}
	for (i = 0; i < g->n; i++) {
		if (g->nodes[i].child)
			continue;
		g->nodes[i].input = htole16(LQ_NODE_LEAF);
		g->nodes[i].thr = htole32(rng_below(r, n_leaves));
	}
}

u8 *random_forest(struct lq_rng *r, bool hard, size_t *len)
{
	static struct grown g;
	u32 n_in = random_width(r, LQ_MAX_INPUTS),
	    n_out = 1 + rng_below(r, rng_below(r, 2) ? 4 : LQ_MAX_OUTPUTS);
	u32 n_trees = 1 + (rng_below(r, 10) ? rng_below(r, 24) : rng_below(r, LQ_MAX_TREES)),
	    n_leaves, t, k;
	u32 uniform = rng_below(r, 2 * SHAPES), depth, steps = 0, most = n_trees > 100 ? 6 : 10;
	s64 peak = ACC_MAX / n_trees;
	struct lq_build b;

	n_leaves = 1 + rng_below(r, 300);
	build_start(&b, LQ_KIND_FOREST,
		    n_out > 1 && rng_below(r, 2) ? LQ_MEANING_CLASS : LQ_MEANING_VALUE, n_in,
		    n_out);
	for (k = 0; k < n_in; k++) {
		char name[16];

		snprintf(name, sizeof(name), "x%u", k);
		build_input(&b, name, 0, 0, 0, 0, 0);
	}
	random_outputs(&b, r, n_out);
	for (t = 0; t < n_trees; t++) {
		enum shape shape = uniform < SHAPES ? uniform : rng_below(r, SHAPES);

		depth = shape == SHAPE_CHAIN && n_trees < 100 ? 1 + rng_below(r, LQ_MAX_DEPTH) :
								1 + rng_below(r, most);
		grow(&g, r, shape, depth, n_in, n_leaves);
		steps += g.depth;
		build_tree(&b, g.nodes, g.n, g.depth);
	}
	assert(steps <= LQ_MAX_STEPS);
	b.h.n_leaves = htole32(n_leaves);
	for (k = 0; k < n_leaves * n_out; k++) {
		s64 v = hard && rng_below(r, 2) ? peak : rng_range(r, 0, peak) >> rng_below(r, 31);
		__le32 word = htole32((u32)(rng_below(r, 2) ? v : -v));

		build_add(&b, LQ_SECT_LEAVES, &word, sizeof(word));
	}
	return build_finish(&b, r, LQ_MIN_GOLDEN + rng_below(r, 9), len);
}

u8 *random_model(struct lq_rng *r, u32 k, size_t most, size_t *len)
{
	u8 *file;

	if (k < 3)
		return k == 2 ? sample_graph(len) : k ? sample_net(len) : sample_forest(len);
	for (;;) {
		if (k % 3 == 2)
			file = random_graph(r, k % 2, len);
		else
			file = k % 3 ? random_net(r, k % 2, len) : random_forest(r, k % 2, len);
		if (*len <= most)
			return file;
		free(file);
	}
}
