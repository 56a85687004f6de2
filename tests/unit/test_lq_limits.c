// SPDX-License-Identifier: GPL-2.0
/* The validator's limits on a whole net or forest: at each of them, and one beyond. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lq_build.h"

static void expect(const u8 *file, size_t len, int code, const char *msg)
{
	struct lq_info info;
	struct lq_err err;
	int got = lq_validate(file, len, &info, &err);

	if (got != code || strncmp(err.msg, msg, strlen(msg)))
		fail_msg("%d \"%s\", expected %d \"%s\"", got, err.msg, code, msg);
	if (!code)
		assert_true(info.model_bytes);
}

/* Fifteen buffers of n lanes each, and one of 64. */
static void many_lanes(u32 n, int code, const char *words)
{
	struct lq_rng r = { 7 };
	struct lq_build b;
	struct lq_step s;
	size_t len;
	u8 *file;
	u32 k;

	build_start(&b, LQ_KIND_NET, LQ_MEANING_VALUE, n, LQ_MAX_OUTPUTS);
	for (k = 0; k < n; k++) {
		char name[16];

		snprintf(name, sizeof(name), "x%u", k);
		build_input(&b, name, 1, 0, 0, -1, 1);
		if (k < LQ_MAX_OUTPUTS)
			build_output(&b, name, "");
	}
	for (k = 0; k < 15; k++) {
		n = k < 14 ? n : LQ_MAX_OUTPUTS;
		s = (struct lq_step){
			.layer = {
				.op = LQ_OP_COPY, .n_in = htole16((u16)n), .n_out = htole16((u16)n),
			},
		};
		s.from = (u8)k;
		s.with = LQ_NO_BUFFER;
		s.to = (u8)(k + 1);
		build_step(&b, &s);
	}
	file = build_finish(&b, &r, LQ_MIN_GOLDEN, &len);
	expect(file, len, code, words);
	free(file);
}

/* A net of 1, n, m and 1 numbers. */
static void mac_budget(u32 n, u32 m, int code, const char *words)
{
	static const s16 w[LQ_MAX_WIDTH];
	struct lq_rng r = { 7 };
	struct lq_build b;
	size_t len;
	u8 *file;
	u32 k;

	build_start(&b, LQ_KIND_NET, LQ_MEANING_VALUE, 1, 1);
	build_input(&b, "x0", 1, 0, 0, -1, 1);
	build_output(&b, "y", "");
	build_layer(&b, LQ_OP_FC, 31, 1, n, 0, 0, 1, 0);
	build_layer(&b, LQ_OP_FC, 31, n, m, 0, 0, 1, 0);
	build_layer(&b, LQ_OP_FC, 31, m, 1, 0, 0, 1, 0);
	for (k = 0; k < n + m + 1; k++)
		build_row(&b, 1, 0, w, k < n ? 1 : k < n + m ? n : m);
	file = build_finish(&b, &r, LQ_MIN_GOLDEN, &len);
	expect(file, len, code, words);
	free(file);
}

/*
 * 1,024 + 254 * 1,024 + 254 are 870 less than there may be; one output more of the second layer is
 * too many.
 */
static void test_mac_budget(void **state)
{
	(void)state;
	mac_budget(1024, 254, 0, "");
	mac_budget(1024, 255, -E2BIG, "layer 2: more than 262144 multiply-accumulates so far");
	mac_budget(512, 512, -E2BIG, "layer 1: more than 262144 multiply-accumulates so far");
}

/* A buffer of n lanes takes n + 16 of the 4,096, in sixteens. */
static void test_lanes(void **state)
{
	(void)state;
	many_lanes(240, 0, "");
	many_lanes(256, -E2BIG, "buffers of 4160 lanes in all, at most 4096 allowed");
}

/* A chain of n inner nodes, leaves on the left. */
static void add_chain(struct lq_build *b, u32 n, u32 depth)
{
	struct lq_node nodes[2 * LQ_MAX_DEPTH + 8] = { 0 };
	u32 k;

	for (k = 0; k <= 2 * n; k++) {
		bool inner = k % 2 == 0 && k < 2 * n;

		nodes[k].input = htole16(inner ? 0 : LQ_NODE_LEAF);
		nodes[k].child = htole16((u16)(inner ? k + 1 : 0));
	}
	build_tree(b, nodes, 2 * n + 1, depth);
}

static void chains(u32 trees, u32 n, u32 depth, int code, const char *msg)
{
	static const __le32 leaf;
	struct lq_rng r = { 8 };
	struct lq_build b;
	size_t len;
	u8 *file;

	build_start(&b, LQ_KIND_FOREST, LQ_MEANING_VALUE, 1, 1);
	build_input(&b, "x0", 0, 0, 0, 0, 0);
	build_output(&b, "y", "");
	while (trees--)
		add_chain(&b, n, depth);
	b.h.n_leaves = htole32(1);
	build_add(&b, LQ_SECT_LEAVES, &leaf, 4);
	file = build_finish(&b, &r, LQ_MIN_GOLDEN, &len);
	expect(file, len, code, msg);
	free(file);
}

static void test_tree_budget(void **state)
{
	(void)state;
	chains(512, 32, 32, 0, "");
	chains(513, 32, 32, -E2BIG, "16416 comparisons, at most 16384 allowed");
	chains(1, 33, 32, -E2BIG, "tree 0: deeper than 32");
	chains(1, 33, 33, -E2BIG, "tree 0: deeper than 32");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mac_budget),
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_tree_budget),
	};

	return cmocka_run_group_tests_name("lq_limits", tests, NULL, NULL);
}
