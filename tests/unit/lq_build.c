// SPDX-License-Identifier: GPL-2.0
/*
 * Builder of snapshot files for tests; see lq_build.h.
 *
 * One file, though long: net, forest and what seals them fill the same buffers.
 */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>

#include "lq_build.h"

#define ACC_MAX	0x7fffffffll

/* The tests allocate much and often: less quarantine, less time in the kernel. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4";
}

u64 rng_u64(struct lq_rng *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

u32 rng_below(struct lq_rng *r, u32 n)
{
	return (u32)(rng_u64(r) % n);
}

s64 rng_range(struct lq_rng *r, s64 lo, s64 hi)
{
	return lo + (s64)(rng_u64(r) % ((u64)hi - (u64)lo + 1));
}

s32 rng_feature(struct lq_rng *r)
{
	static const s32 special[] = { INT32_MIN, INT32_MAX, 0, -1, 1, 65536, -65536 };

	switch (rng_below(r, 5)) {
	case 0:
		return special[rng_below(r, ARRAY_SIZE(special))];
	case 1:
		return (s32)rng_range(r, -8, 8);
	case 2:
		return (s32)rng_range(r, -40000, 40000);
	default:
		return (s32)rng_u64(r) >> rng_below(r, 32);
	}
}

void build_start(struct lq_build *b, u8 kind, u8 meaning, u32 n_inputs, u32 n_outputs)
{
	memset(b, 0, sizeof(*b));
	memcpy(b->h.magic, LQ_MAGIC, 8);
	b->h.major = htole16(LQ_MAJOR);
	b->h.minor = 0;		/* build_step() makes it 1 */
	b->h.kind = kind;
	b->h.meaning = meaning;
	b->h.n_inputs = htole16((u16)n_inputs);
	b->h.n_outputs = htole16((u16)n_outputs);
	strcpy(b->h.name, "test-1.0");
}

void build_add(struct lq_build *b, enum lq_sect s, const void *p, size_t n)
{
	if (b->sect[s].n + n >= b->sect[s].cap) {
		b->sect[s].cap = 2 * (b->sect[s].n + n) + 64;
		b->sect[s].p = realloc(b->sect[s].p, b->sect[s].cap);
		assert(b->sect[s].p);
	}
	memcpy(b->sect[s].p + b->sect[s].n, p, n);
	b->sect[s].n += n;
}

void build_input(struct lq_build *b, const char *name, s32 m, s64 off, u32 S, s32 lo, s32 hi)
{
	struct lq_input in = {
		.num = htole32(1), .den = htole32(1), .m = htole32((u32)m), .lo = htole16((u16)lo),
		.hi = htole16((u16)hi), .off = htole64((u64)off), .cal_lo = htole32((u32)-100),
		.cal_hi = htole32(100), .S = (u8)S,
	};

	strncpy(in.name, name, LQ_NAME_LEN - 1);
	build_add(b, LQ_SECT_INPUTS, &in, sizeof(in));
}

void build_output(struct lq_build *b, const char *name, const char *unit)
{
	struct lq_output out = { .m = htole32(1) };

	strncpy(out.name, name, LQ_NAME_LEN - 1);
	strncpy(out.unit, unit, LQ_UNIT_LEN - 1);
	build_add(b, LQ_SECT_OUTPUTS, &out, sizeof(out));
}

void build_layer(struct lq_build *b, u32 op, u32 S, u32 n_in, u32 n_out, s32 zp, s32 lo, s32 hi,
		 u32 table)
{
	struct lq_layer lay = {
		.op = (u8)op,
		.S = (u8)S,
		.n_in = htole16((u16)n_in),
		.n_out = htole16((u16)n_out),
		.zp = htole16((u16)zp),
		.lo = htole16((u16)lo),
		.hi = htole16((u16)hi),
		.table = htole16((u16)table),
	};

	b->h.n_layers = htole16((u16)(le16toh(b->h.n_layers) + 1));
	build_add(b, LQ_SECT_LAYERS, &lay, sizeof(lay));
}

void build_row(struct lq_build *b, s32 m, s32 bias, const s16 *w, u32 n_in)
{
	struct lq_row row = { .m = htole32((u32)m), .bias = htole32((u32)bias) };
	__le16 le[LQ_MAX_WIDTH];
	u32 i;

	build_add(b, LQ_SECT_ROWS, &row, sizeof(row));
	assert(n_in <= LQ_MAX_WIDTH);
	for (i = 0; i < n_in; i++)
		le[i] = htole16((u16)w[i]);
	build_add(b, LQ_SECT_WEIGHTS, le, n_in * sizeof(*le));
}

void build_table(struct lq_build *b, s32 t_lo, u32 sh, u32 n, const s16 (*seg)[2])
{
	struct lq_table tab = { .t_lo = htole16((u16)t_lo),
				.sh = (u8)sh,
				.n_segments = htole16((u16)n) };

	b->h.n_tables = htole16((u16)(le16toh(b->h.n_tables) + 1));
	build_add(b, LQ_SECT_TABLES, &tab, sizeof(tab));
	while (n--) {
		struct lq_segment s = { .base = htole16((u16)(*seg)[0]),
					.slope = htole16((u16)(*seg)[1]) };

		build_add(b, LQ_SECT_SEGMENTS, &s, sizeof(s));
		seg++;
	}
}

void build_tree(struct lq_build *b, const struct lq_node *nodes, u32 n, u32 depth)
{
	struct lq_tree tree = { .n_nodes = htole32(n), .depth = htole16((u16)depth) };

	b->h.n_trees = htole16((u16)(le16toh(b->h.n_trees) + 1));
	build_add(b, LQ_SECT_TREES, &tree, sizeof(tree));
	build_add(b, LQ_SECT_NODES, nodes, n * sizeof(*nodes));
}

void reseal(u8 *file, size_t len)
{
	struct lq_header *h = (void *)file;

	lq_sha256(file + LQ_HEADER_LEN, len - LQ_HEADER_LEN, h->hash);
	h->crc32c = 0;
	h->crc32c = htole32(~lq_crc32c(~0u, file, len));
}

static u8 *lay_out(struct lq_build *b, size_t *len)
{
	size_t at = LQ_HEADER_LEN;
	u8 *file;
	u32 s;

	for (s = 0; s < LQ_SECTS; s++) {
		b->h.sect[s].off = htole32((u32)at);
		b->h.sect[s].len = htole32((u32)b->sect[s].n);
		at += (b->sect[s].n + 7) & ~(size_t)7;
	}
	b->h.length = htole32((u32)at);
	file = calloc(1, at);
	assert(file);
	memcpy(file, &b->h, sizeof(b->h));
	for (s = 0; s < LQ_SECTS; s++) {
		if (b->sect[s].n)
			memcpy(file + le32toh(b->h.sect[s].off), b->sect[s].p, b->sect[s].n);
		free(b->sect[s].p);
	}
	*len = at;
	return file;
}

u8 *build_finish(struct lq_build *b, struct lq_rng *r, u32 n_golden, size_t *len)
{
	u32 n_in = le16toh(b->h.n_inputs), n_out = le16toh(b->h.n_outputs), g, i;
	u32 words = n_golden * (n_in + n_out);
	s32 *golden = calloc(words, sizeof(*golden)), *at;
	u8 *file;

	assert(golden);
	for (g = 0; g < n_golden; g++)
		for (i = 0; i < n_in; i++)
			golden[g * (n_in + n_out) + i] = (s32)htole32((u32)rng_feature(r));
	b->h.n_golden = htole16((u16)n_golden);
	build_add(b, LQ_SECT_GOLDEN, golden, words * sizeof(*golden));
	free(golden);
	file = lay_out(b, len);
	at = (void *)(file + le32toh(b->h.sect[LQ_SECT_GOLDEN].off));
	for (g = 0; g < n_golden; g++, at += n_in + n_out)
		ref_infer(file, at, at + n_in);
	reseal(file, *len);
	return file;
}

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

u8 *sample_net(size_t *len)
{
	static const s16 w0[4][3] = { { 100, -200, 300 },
				      { 1, 2, 3 },
				      { -32767, 0, 1 },
				      { 7, 7, -7 } };
	static const s16 w2[2][4] = { { 1000, -1000, 500, 20 }, { -3, 2000, 0, 32767 } };
	s16 seg[8][2], one[256][2];
	struct lq_rng r = { 1 };
	struct lq_build b;
	u32 k;

	for (k = 0; k < 8; k++)
		seg[k][0] = (s16)(k * 64 - 256), seg[k][1] = 64;
	for (k = 0; k < 256; k++)
		one[k][0] = (s16)(k < 128 ? 0 : k - 128), one[k][1] = 0;
	build_start(&b, LQ_KIND_NET, LQ_MEANING_CLASS, 3, 2);
	build_input(&b, "pkt.len", 1 << 20, -5, 24, -2000, 2000);
	build_input(&b, "flow.packets", 3, 0, 0, -32767, 32767);
	build_input(&b, "x2", 1, 1, 1, 0, 100);
	build_output(&b, "short", "");
	build_output(&b, "long", "bytes/s");
	build_layer(&b, LQ_OP_FC, 40, 3, 4, 3, -128, 127, 1);
	build_layer(&b, LQ_OP_TABLE, 0, 4, 4, 0, -128, 127, 2);
	build_layer(&b, LQ_OP_FC, 31, 4, 2, 0, -32767, 32767, 0);
	for (k = 0; k < 4; k++)
		build_row(&b, 1 << 20, 1000 * (s32)k, w0[k], 3);
	for (k = 0; k < 2; k++)
		build_row(&b, 1 << 30, -7, w2[k], 4);
	build_table(&b, -128, 5, 8, (const void *)seg);
	build_table(&b, -128, 0, 256, (const void *)one);
	return build_finish(&b, &r, LQ_MIN_GOLDEN, len);
}

u8 *sample_forest(size_t *len)
{
	static const struct lq_node nodes[5] = {
		{ .thr = 10, .input = 0, .child = 1 }, { .thr = 0, .input = LQ_NODE_LEAF },
		{ .thr = (u32)-5, .input = 2, .child = 3 }, { .thr = 1, .input = LQ_NODE_LEAF },
		{ .thr = 2, .input = LQ_NODE_LEAF },
	};
	static const struct lq_node leaf = { .thr = 1, .input = LQ_NODE_LEAF };
	static const s32 leaves[3][2] = { { 10, -10 }, { 1 << 20, 7 }, { -30, 1 << 30 } };
	struct lq_rng r = { 2 };
	struct lq_build b;

	build_start(&b, LQ_KIND_FOREST, LQ_MEANING_VALUE, 3, 2);
	build_input(&b, "x0", 0, 0, 0, 0, 0);
	build_input(&b, "x1", 0, 0, 0, 0, 0);
	build_input(&b, "x2", 0, 0, 0, 0, 0);
	build_output(&b, "bytes", "bytes");
	build_output(&b, "rate", "bytes/s");
	build_tree(&b, nodes, 5, 2);
	build_tree(&b, &leaf, 1, 0);
	b.h.n_leaves = htole32(3);
	build_add(&b, LQ_SECT_LEAVES, leaves, sizeof(leaves));
	return build_finish(&b, &r, LQ_MIN_GOLDEN, len);
}
