// SPDX-License-Identifier: GPL-2.0
/*
 * Small snapshot files with known answers, for core.sh.
 *
 *	core-snap FILE NAME class FEATURE THRESHOLD CLASS CLASS [BEST OTHER]
 *		feature <= threshold: the first class; the raw scores of the class and of the other
 *		one, else 100 and 0
 *	core-snap FILE NAME value FEATURE THRESHOLD UNIT LOW HIGH
 *		the value LOW or HIGH in the unit
 *	core-snap FILE NAME reads FEATURE...
 *		reads them, and says mouse
 *	core-snap FILE NAME dear FEATURE TREES DEPTH
 *		so many chains of comparisons: what takes long
 *	core-snap FILE NAME wide FEATURE
 *		a net of layers of 1,024, 192 and 64 numbers, all 0 but the last score: 64 classes
 *		with long names
 */
#include <stdlib.h>

#include "../unit/lq_build.h"

static struct lq_node node(s32 thr, u16 input, u16 child)
{
	return (struct lq_node){ .thr = thr, .input = input, .child = child };
}

static void write_file(struct lq_build *b, const char *path, const char *name)
{
	struct lq_rng rng = { 1 };
	size_t len;
	u8 *file;
	FILE *f;

	strncpy(b->h.name, name, LQ_NAME_LEN - 1);
	file = build_finish(b, &rng, 16, &len);
	f = fopen(path, "w");
	if (!f || fwrite(file, len, 1, f) != 1 || fclose(f))
		exit(1);
	free(file);
}

/* Inner nodes at even places, each with a leaf before the next. */
static void dear(char **argv)
{
	u32 trees = atoi(argv[5]), depth = atoi(argv[6]), k;
	struct lq_node nodes[2 * LQ_MAX_DEPTH + 1];
	s32 leaf[2] = { 1, 0 };
	struct lq_build b;

	build_start(&b, LQ_KIND_FOREST, LQ_MEANING_CLASS, 1, 2);
	build_input(&b, argv[4], 0, 0, 0, 0, 0);
	build_output(&b, "mouse", "");
	build_output(&b, "elephant", "");
	build_add(&b, LQ_SECT_LEAVES, leaf, sizeof(leaf));
	b.h.n_leaves = 1;
	for (k = 0; k <= 2 * depth; k++)
		nodes[k] = k % 2 || k == 2 * depth ? node(0, LQ_NODE_LEAF, 0) : node(k, 0, k + 1);
	while (trees--)
		build_tree(&b, nodes, 2 * depth + 1, depth);
	write_file(&b, argv[1], argv[2]);
}

static void add_rows(struct lq_build *b, u32 n, u32 n_in)
{
	static const s16 w[LQ_MAX_WIDTH];
	u32 k;

	for (k = 1; k <= n; k++)
		build_row(b, INT32_MAX, k == LQ_MAX_OUTPUTS, w, n_in);
}

static void wide(char **argv)
{
	static const u32 widths[] = { 1, LQ_MAX_WIDTH, 192, LQ_MAX_OUTPUTS };
	char name[LQ_NAME_LEN];
	struct lq_build b;
	u32 k;

	build_start(&b, LQ_KIND_NET, LQ_MEANING_CLASS, widths[0], widths[3]);
	build_input(&b, argv[4], 1, 0, 0, -100, 100);
	for (k = 0; k < widths[3]; k++) {
		snprintf(name, sizeof(name), "%s-%02u", "a-class-with-a-name-of-31-bt", k);
		build_output(&b, name, "");
	}
	for (k = 0; k < 3; k++) {
		build_layer(&b, LQ_OP_FC, 31, widths[k], widths[k + 1], 0, -100, 100, 0);
		add_rows(&b, widths[k + 1], widths[k]);
	}
	write_file(&b, argv[1], argv[2]);
}

static void reads(int n, char **features, const char *path, const char *name)
{
	struct lq_node nodes[3] = { node(0, 0, 1), node(0, LQ_NODE_LEAF, 0),
				    node(0, LQ_NODE_LEAF, 0) };
	s32 leaf[2] = { 1, 0 };
	struct lq_build b;
	int i;

	build_start(&b, LQ_KIND_FOREST, LQ_MEANING_CLASS, n, 2);
	for (i = 0; i < n; i++)
		build_input(&b, features[i], 0, 0, 0, 0, 0);
	build_output(&b, "mouse", "");
	build_output(&b, "elephant", "");
	build_add(&b, LQ_SECT_LEAVES, leaf, sizeof(leaf));
	b.h.n_leaves = 1;
	build_tree(&b, nodes, 3, 1);
	write_file(&b, path, name);
}

int main(int argc, char **argv)
{
	struct lq_node nodes[3];
	struct lq_build b;
	bool class;

	if (argc == 7 && !strcmp(argv[3], "dear")) {
		dear(argv);
		return 0;
	}
	if (argc == 5 && !strcmp(argv[3], "wide")) {
		wide(argv);
		return 0;
	}
	if (argc >= 5 && !strcmp(argv[3], "reads")) {
		reads(argc - 4, argv + 4, argv[1], argv[2]);
		return 0;
	}
	if (argc < 8)
		return 2;
	class = !strcmp(argv[3], "class");
	build_start(&b, LQ_KIND_FOREST, class ? LQ_MEANING_CLASS : LQ_MEANING_VALUE, 1,
		    class ? 2 : 1);
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
	write_file(&b, argv[1], argv[2]);
	return 0;
}
