// SPDX-License-Identifier: GPL-2.0
/*
 * Small snapshot files with known answers, for core.sh.
 *
 *	core-snap FILE NAME class FEATURE THRESHOLD CLASS CLASS [BEST OTHER]
 *		feature <= threshold: the first class; the raw scores of the class and of the other one, else 100 and 0
 *	core-snap FILE NAME value FEATURE THRESHOLD UNIT LOW HIGH
 *		the value LOW or HIGH in the unit
 */
#include <stdlib.h>

#include "../unit/lq_build.h"

static struct lq_node node(s32 thr, u16 input, u16 child)
{
	return (struct lq_node){ .thr = thr, .input = input, .child = child };
}

int main(int argc, char **argv)
{
	struct lq_rng rng = { 1 };
	struct lq_node nodes[3];
	struct lq_build b;
	bool class;
	size_t len;
	u8 *file;
	FILE *f;

	if (argc < 8)
		return 2;
	class = !strcmp(argv[3], "class");
	build_start(&b, LQ_KIND_FOREST, class ? LQ_MEANING_CLASS : LQ_MEANING_VALUE, 1, class ? 2 : 1);
	build_input(&b, argv[4], 0, 0, 0, 0, 0);
	if (class) {
		s32 best = argc > 9 ? atoi(argv[8]) : 100, other = argc > 9 ? atoi(argv[9]) : 0;
		s32 leaves[2][2] = { { best, other }, { other, best } };

		build_output(&b, argv[6], "");
		build_output(&b, argv[7], "");
		build_add(&b, LQ_SECT_LEAVES, leaves, sizeof(leaves));
	} else {
		s32 leaves[2] = { atoi(argv[7]), atoi(argv[8]) };

		build_output(&b, "size", argv[6]);
		build_add(&b, LQ_SECT_LEAVES, leaves, sizeof(leaves));
	}
	b.h.n_leaves = 2;
	nodes[0] = node(atoi(argv[5]), 0, 1);
	nodes[1] = node(0, LQ_NODE_LEAF, 0);
	nodes[2] = node(1, LQ_NODE_LEAF, 0);
	build_tree(&b, nodes, 3, 1);
	strncpy(b.h.name, argv[2], LQ_NAME_LEN - 1);
	file = build_finish(&b, &rng, 16, &len);
	f = fopen(argv[1], "w");
	if (!f || fwrite(file, len, 1, f) != 1 || fclose(f))
		return 1;
	free(file);
	return 0;
}
