// SPDX-License-Identifier: GPL-2.0
/* Builder of snapshot files for tests, and two that it builds; see lq_build.h. */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>

#include "lq_build.h"

/* The tests allocate much and often: less quarantine, less time in the kernel. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4";
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
