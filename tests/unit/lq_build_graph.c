// SPDX-License-Identifier: GPL-2.0
/*
 * Nets of steps over buffers, for tests: random ones at the edges of the format, and one of which
 * every byte is known.
 */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>

#include "lq_build.h"

void build_step(struct lq_build *b, const struct lq_step *step)
{
	b->h.minor = htole16(1);
	b->h.n_layers = htole16((u16)(le16toh(b->h.n_layers) + 1));
	build_add(b, LQ_SECT_LAYERS, step, sizeof(*step));
}

/* What is known of the net so far. */
struct growing {
	struct lq_build b;
	struct lq_rng *r;
	bool hard;
	u32 held[LQ_MAX_BUFFERS], macs, tables, lanes[LQ_MAX_BUFFERS];
	s32 peaks[LQ_MAX_BUFFERS][LQ_MAX_WIDTH];
};

static struct lq_step step_of(u32 op, u32 S, u32 n_in, u32 n_out, u32 from, u32 with, u32 to)
{
	return (struct lq_step){
		.layer = { .op = (u8)op,
			   .S = (u8)S,
			   .n_in = htole16((u16)n_in),
			   .n_out = htole16((u16)n_out) },
		.from = (u8)from,
		.with = (u8)with,
		.to = (u8)to,
	};
}

static u32 filled(struct growing *g)
{
	u32 k;

	do
		k = rng_below(g->r, LQ_MAX_BUFFERS);
	while (!g->held[k]);
	return k;
}

/* All lanes of a buffer have one peak from now on. */
static void set_peak(struct growing *g, u32 to, u32 n, s32 peak)
{
	u32 i;

	g->held[to] = n;
	g->lanes[to] = n > g->lanes[to] ? n : g->lanes[to];
	for (i = 0; i < n; i++)
		g->peaks[to][i] = peak;
}

static bool room_for(const struct growing *g, u32 to, u32 n)
{
	u32 lanes = 0, k, most;

	for (k = 0; k < LQ_MAX_BUFFERS; k++) {
		most = k == to && n > g->lanes[k] ? n : g->lanes[k];
		lanes += most ? LQ_BUFFER_LANES(most) : 0;
	}
	return n <= LQ_MAX_WIDTH && lanes <= LQ_MAX_LANES;
}

static s32 most_of(const struct growing *g, u32 k, u32 first, u32 n)
{
	s32 most = 0;
	u32 i;

	for (i = first; i < first + n; i++)
		most = g->peaks[k][i] > most ? g->peaks[k][i] : most;
	return most;
}

static void add_copy(struct growing *g, u32 from, u32 to)
{
	u32 first = rng_below(g->r, g->held[from]), n = 1 + rng_below(g->r, g->held[from] - first);
	u32 at = rng_below(g->r, 3) ? g->held[to] : 0;
	struct lq_step s = step_of(LQ_OP_COPY, 0, n, n, from, LQ_NO_BUFFER, to);
	s32 peak = most_of(g, from, first, n), before = at ? most_of(g, to, 0, at) : 0;

	if (!room_for(g, to, at + n))
		return;
	s.first = htole16((u16)first);
	s.at = htole16((u16)at);
	build_step(&g->b, &s);
	set_peak(g, to, at + n, before > peak ? before : peak);
}

/* A table of a softmax: falls from left to right end, all of it at least 0. */
static void add_softmax(struct growing *g, u32 from, u32 to)
{
	struct lq_step s =
		step_of(LQ_OP_SOFTMAX, 0, g->held[from], g->held[from], from, LQ_NO_BUFFER, to);
	s32 lo = -(s32)rng_below(g->r, 32768);
	u32 sh = rng_below(g->r, 9), n = ((u32)-lo >> sh) + 1, k;
	s16 (*seg)[2];

	if (g->held[from] > LQ_MAX_OUTPUTS || !room_for(g, to, g->held[from]) ||
	    g->tables == LQ_MAX_TABLES)
		return;
	seg = calloc(n, sizeof(*seg));
	assert(seg);
	for (k = 0; k < n; k++)
		seg[k][0] = (s16)(k == n - 1 ? 1 + rng_below(g->r, 32766) : rng_below(g->r, 32767));
	build_table(&g->b, lo, sh, n, (const void *)seg);
	free(seg);
	s.layer.lo = htole16((u16)lo);
	s.layer.table = htole16((u16)++g->tables);
	build_step(&g->b, &s);
	set_peak(g, to, g->held[from], 32767);
}

static void add_rows(struct growing *g, u32 op, u32 S, u32 n_out, u32 from, u32 with)
{
	static const s16 none[1];
	s32 two[2];
	u32 o;

	for (o = 0; o < n_out; o++) {
		two[0] = g->peaks[from][o < g->held[from] ? o : 0];
		two[1] = with == LQ_NO_BUFFER ? 0 : g->peaks[with][o < g->held[with] ? o : 0];
		if (op == LQ_OP_FC)
			random_row(&g->b, g->r, g->peaks[from], g->held[from], S, g->hard);
		else if (op == LQ_OP_ADD)
			random_row(&g->b, g->r, two, with == LQ_NO_BUFFER ? 1 : 2, S, g->hard);
		else
			build_row(&g->b, rng_below(g->r, 3) ? (s32)(1u << 15) : INT32_MAX, 0, none,
				  0);
	}
}

/* With rows, or a table alone. */
static void add_layer(struct growing *g, u32 op, u32 n_out, u32 from, u32 with, u32 to)
{
	u32 S = op == LQ_OP_TABLE ? 0 : (u32)rng_range(g->r, 31, rng_below(g->r, 4) ? 46 : 62);
	struct lq_step s = step_of(op, S, g->held[from], n_out, from, with, to);
	u32 macs = op == LQ_OP_FC ? g->held[from] * n_out : op == LQ_OP_ADD ? 2 * n_out : 0;
	s32 lo, hi, peak;

	if (!room_for(g, to, n_out) || g->macs + macs > LQ_MAX_MACS || g->tables == LQ_MAX_TABLES)
		return;
	random_clamp(g->r, &lo, &hi);
	peak = abs(lo) > abs(hi) ? abs(lo) : abs(hi);
	if (op != LQ_OP_TABLE)
		add_rows(g, op, S, n_out, from, with);
	if (op == LQ_OP_TABLE || rng_below(g->r, 2)) {
		peak = random_table(&g->b, g->r, lo, hi);
		s.layer.table = htole16((u16)++g->tables);
	}
	if (op != LQ_OP_TABLE && !rng_below(g->r, 3))
		s.layer.zp = htole16((u16)rng_range(g->r, -32768, 32767));
	s.layer.lo = htole16((u16)lo);
	s.layer.hi = htole16((u16)hi);
	g->macs += macs;
	build_step(&g->b, &s);
	set_peak(g, to, n_out, peak);
}

static void add_any(struct growing *g)
{
	u32 from = filled(g), with = filled(g), to = rng_below(g->r, 6);

	if (to == from || to == with)
		return;
	switch (rng_below(g->r, 6)) {
	case 0:
		add_copy(g, from, to);
		return;
	case 1:
		add_softmax(g, from, to);
		return;
	case 2:
		add_layer(g, LQ_OP_ADD, g->held[from], from,
			  g->held[with] == g->held[from] && rng_below(g->r, 4) ? with :
										 LQ_NO_BUFFER,
			  to);
		return;
	case 3:
		if (g->held[with] == g->held[from] || g->held[with] == 1)
			add_layer(g, LQ_OP_MUL, g->held[from], from, with, to);
		return;
	case 4:
		add_layer(g, LQ_OP_TABLE, g->held[from], from, LQ_NO_BUFFER, to);
		return;
	default:
		add_layer(g, LQ_OP_FC, random_width(g->r, LQ_MAX_WIDTH), from, LQ_NO_BUFFER, to);
	}
}

u8 *random_graph(struct lq_rng *r, bool hard, size_t *len)
{
	u32 n_in = random_width(r, LQ_MAX_INPUTS), n_out = 1 + rng_below(r, LQ_MAX_OUTPUTS), k,
	    from;
	struct growing *g = calloc(1, sizeof(*g));
	bool tame = rng_below(r, 4);
	u8 *file;

	assert(g);
	g->r = r;
	g->hard = hard;
	build_start(&g->b, LQ_KIND_NET,
		    n_out > 1 && rng_below(r, 2) ? LQ_MEANING_CLASS : LQ_MEANING_VALUE, n_in,
		    n_out);
	for (k = 0; k < n_in; k++)
		random_input(&g->b, r, k, tame, &g->peaks[0][k]);
	g->held[0] = g->lanes[0] = n_in;
	random_outputs(&g->b, r, n_out);
	for (k = rng_below(r, 40); k; k--)
		add_any(g);
	while (le16toh(g->b.h.n_layers) < 2 || le16toh(g->b.h.n_layers) % 64) {
		u32 steps = le16toh(g->b.h.n_layers);

		from = filled(g);
		g->macs = 0;	/* the last one is small enough to have room */
		add_layer(g, LQ_OP_FC, n_out, from, LQ_NO_BUFFER, from == 15 ? 14 : 15);
		if (le16toh(g->b.h.n_layers) > steps)
			break;
	}
	file = build_finish(&g->b, r, LQ_MIN_GOLDEN + rng_below(r, 9), len);
	free(g);
	return file;
}

/*
 *	0 copy		inputs 1 .. 2			-> 1
 *	1 layer		3 -> 2				-> 2
 *	2 sum		2 and 1				-> 3
 *	3 product	3 and 2				-> 0
 *	4 copy		1, behind what is there		-> 0
 *	5 softmax	4				-> 4
 */
u8 *sample_graph(size_t *len)
{
	static const s16 w1[2][3] = { { 100, -200, 300 }, { 5, 6, -7 } },
			 w2[2][2] = { { 1000, -1000 }, { 32767, 3 } };
	static const s16 exp8[8][2] = { { 0, 1 },   { 1, 2 },   { 3, 5 },     { 8, 13 },
					{ 21, 34 }, { 55, 89 }, { 144, 233 }, { 377, 0 } };
	struct lq_rng r = { 2 };
	struct lq_build b;
	struct lq_step s;
	u32 k;

	build_start(&b, LQ_KIND_NET, LQ_MEANING_CLASS, 3, 4);
	build_input(&b, "pkt.len", 1 << 20, -5, 24, -2000, 2000);
	build_input(&b, "flow.packets", 3, 0, 0, -32767, 32767);
	build_input(&b, "x2", 1, 1, 1, 0, 100);
	for (k = 0; k < 4; k++)
		build_output(&b, (const char *[]){ "a", "b", "c", "d" }[k], "");
	s = step_of(LQ_OP_COPY, 0, 2, 2, 0, LQ_NO_BUFFER, 1);
	s.first = htole16(1);
	build_step(&b, &s);
	s = step_of(LQ_OP_FC, 40, 3, 2, 0, LQ_NO_BUFFER, 2);
	s.layer.lo = htole16((u16)-128);
	s.layer.hi = htole16(127);
	build_step(&b, &s);
	s = step_of(LQ_OP_ADD, 45, 2, 2, 2, 1, 3);
	s.layer.lo = htole16((u16)-1000);
	s.layer.hi = htole16(1000);
	build_step(&b, &s);
	s = step_of(LQ_OP_MUL, 31, 2, 2, 3, 2, 0);
	s.layer.lo = htole16((u16)-1000);
	s.layer.hi = htole16(1000);
	build_step(&b, &s);
	s = step_of(LQ_OP_COPY, 0, 2, 2, 1, LQ_NO_BUFFER, 0);
	s.at = htole16(2);
	build_step(&b, &s);
	s = step_of(LQ_OP_SOFTMAX, 0, 4, 4, 0, LQ_NO_BUFFER, 4);
	s.layer.lo = htole16((u16)-224);
	s.layer.table = htole16(1);
	build_step(&b, &s);
	build_table(&b, -224, 5, 8, (const void *)exp8);
	for (k = 0; k < 2; k++)
		build_row(&b, 1 << 28, 1000 * (s32)k, w1[k], 3);
	for (k = 0; k < 2; k++)
		build_row(&b, 1 << 20, -7, w2[k], 2);
	for (k = 0; k < 2; k++)
		build_row(&b, 1 << 24, 0, w2[k], 0);
	return build_finish(&b, &r, LQ_MIN_GOLDEN, len);
}
