// SPDX-License-Identifier: GPL-2.0
/* See infer_models.h. */
#include <endian.h>
#include <math.h>

#include "infer_models.h"

#define TABLE	512	/* tanh: Q3.12 to Q15, 512 segments of 128 */

static void add_tanh(struct lq_build *b)
{
	static s16 seg[TABLE][2];
	int k, at, next;

	for (k = 0; k < TABLE; k++) {
		at = (int)lrint(32767 * tanh((k - TABLE / 2) * 128 / 4096.0));
		next = (int)lrint(32767 * tanh((k + 1 - TABLE / 2) * 128 / 4096.0));
		seg[k][0] = (s16)at;
		seg[k][1] = (s16)(next - at);
	}
	build_table(b, -32768, 7, TABLE, (const void *)seg);
}

static void add_fc(struct lq_build *b, struct lq_rng *r, u32 n_in, u32 n_out, u32 table)
{
	s32 most = 0x7fffffff / (32767 * (s32)n_in) * 2 / 3, i;
	s16 w[LQ_MAX_WIDTH];
	u32 o;

	build_layer(b, LQ_OP_FC, 40, n_in, n_out, 0, -32767, 32767, table);
	for (o = 0; o < n_out; o++) {
		for (i = 0; i < (s32)n_in; i++)
			w[i] = (s16)rng_range(r, -most, most);
		build_row(b, 1 << 25, (s32)rng_range(r, -100000, 100000), w, n_in);
	}
}

u8 *bench_net(size_t *len)
{
	struct lq_rng r = { 100 };
	struct lq_build b;
	char name[16];
	u32 i;

	build_start(&b, LQ_KIND_NET, LQ_MEANING_VALUE, 30, 1);
	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		build_input(&b, name, 1 << 20, 12345, 22, -32767, 32767);
	}
	build_output(&b, "rate", "");
	add_fc(&b, &r, 30, 32, 1);
	add_fc(&b, &r, 32, 16, 1);
	add_fc(&b, &r, 16, 1, 0);
	add_tanh(&b);
	return build_finish(&b, &r, LQ_MIN_GOLDEN, len);
}

static void add_tree(struct lq_build *b, struct lq_rng *r, u32 *leaves)
{
	struct lq_node nodes[2 << FOREST_DEPTH] = { 0 };
	u8 depth[2 << FOREST_DEPTH] = { 0 };
	u32 n = 1, i;

	for (i = 0; i < n; i++) {
		if (depth[i] == FOREST_DEPTH || (depth[i] > 3 && !rng_below(r, 16))) {
			nodes[i].input = htole16(LQ_NODE_LEAF);
			nodes[i].thr = htole32((*leaves)++);
			continue;
		}
		nodes[i].input = htole16((u16)rng_below(r, FOREST_INPUTS));
		nodes[i].thr = htole32((u32)rng_range(r, 300, 700));
		nodes[i].child = htole16((u16)n);
		depth[n] = depth[n + 1] = (u8)(depth[i] + 1);
		n += 2;
	}
	build_tree(b, nodes, n, FOREST_DEPTH);
}

u8 *bench_forest(size_t *len)
{
	u32 leaves = 0, k;
	struct lq_rng r = { 101 };
	struct lq_build b;
	char name[16];

	build_start(&b, LQ_KIND_FOREST, LQ_MEANING_CLASS, FOREST_INPUTS, FOREST_CLASSES);
	for (k = 0; k < FOREST_INPUTS; k++) {
		snprintf(name, sizeof(name), "x%u", k);
		build_input(&b, name, 0, 0, 0, 0, 0);
	}
	for (k = 0; k < FOREST_CLASSES; k++) {
		snprintf(name, sizeof(name), "class%u", k);
		build_output(&b, name, "");
	}
	for (k = 0; k < FOREST_TREES; k++)
		add_tree(&b, &r, &leaves);
	b.h.n_leaves = htole32(leaves);
	for (k = 0; k < leaves * FOREST_CLASSES; k++) {
		__le32 v = htole32(rng_below(&r, 4096));

		build_add(&b, LQ_SECT_LEAVES, &v, 4);
	}
	return build_finish(&b, &r, LQ_MIN_GOLDEN, len);
}
