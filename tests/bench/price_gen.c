// SPDX-License-Identifier: GPL-2.0
/*
 * price_gen FILE.lfs: writes the forest of a snapshot as C arrays for price_bpf.c (price_forest.h
 * has their shape), after the arrays have given the snapshot's own golden vectors. A tree that is
 * less deep than the deepest is filled up: below a leaf all nodes go left or right to the same
 * leaf.
 */
#include <endian.h>
#include <lq/features.h>
#include <lq/lq.h>
#include <stdio.h>
#include <stdlib.h>

LQ_FEATURE_TABLE;

static const char *const ids[] = {
#define ID(id, ...) "LQ_F_" #id,
	LQ_FEATURES(ID)
};

#define MAX_DEPTH	12

struct place {
	s32 thr;
	u32 input;
};

static unsigned int depth, trees, inputs, outputs, slots, room;
static struct place *nodes;
static s32 *leaves;			/* [slots][outputs] */

static void die(const char *what)
{
	fprintf(stderr, "price_gen: %s\n", what);
	exit(1);
}

static const void *section(const void *file, enum lq_sect s)
{
	return (const char *)file + le32toh(lq_file_header(file)->sect[s].off);
}

/* The subtree of `node` (index in its tree), at place `at`, `d` steps below the root. */
static void fill(const void *file, const struct lq_node *tree, u32 node, u32 base, u32 at, u32 d)
{
	const struct lq_node *n = &tree[node];
	u32 child = le16toh(n->child), o;
	const __le32 *row;

	if (d == depth) {
		row = (const __le32 *)section(file, LQ_SECT_LEAVES) +
		      (size_t)le32toh(n->thr) * outputs;
		for (o = 0; o < outputs; o++)
			leaves[(base + at - (1u << depth)) * outputs + o] = (s32)le32toh(row[o]);
		return;
	}
	if (!child) {
		fill(file, tree, node, base, 2 * at, d + 1);
		fill(file, tree, node, base, 2 * at + 1, d + 1);
		return;
	}
	nodes[base + at] = (struct place){ (s32)le32toh(n->thr), le16toh(n->input) };
	fill(file, tree, child, base, 2 * at, d + 1);
	fill(file, tree, child + 1, base, 2 * at + 1, d + 1);
}

static void read_trees(const void *file)
{
	const struct lq_header *h = lq_file_header(file);
	const struct lq_tree *tree = section(file, LQ_SECT_TREES);
	const struct lq_node *node = section(file, LQ_SECT_NODES);
	u32 t;

	trees = le16toh(h->n_trees);
	inputs = le16toh(h->n_inputs);
	outputs = le16toh(h->n_outputs);
	for (t = 0; t < trees; t++)
		depth = le16toh(tree[t].depth) > depth ? le16toh(tree[t].depth) : depth;
	if (depth > MAX_DEPTH)
		die("trees too deep for the verifier");
	for (slots = 1; slots < trees << depth; slots *= 2)
		;
	for (room = 1; room < inputs; room *= 2)
		;
	nodes = calloc(slots, sizeof(*nodes));
	leaves = calloc((size_t)slots * outputs, sizeof(*leaves));
	if (!nodes || !leaves)
		die("no memory");
	for (t = 0; t < trees; node += le32toh(tree[t].n_nodes), t++)
		fill(file, node, 0, t << depth, 1, 0);
}

static void prove(const void *file)
{
	const struct lq_header *h = lq_file_header(file);
	const __le32 *v = section(file, LQ_SECT_GOLDEN);
	u32 g, t, d, i, o;

	for (g = 0; g < le16toh(h->n_golden); g++, v += inputs + outputs) {
		s32 y[LQ_MAX_OUTPUTS] = { 0 };

		for (t = 0; t < trees; t++) {
			for (i = 1, d = 0; d < depth; d++) {
				const struct place *p = &nodes[(t << depth) + i];

				i = 2 * i + ((s32)le32toh(v[p->input]) > p->thr);
			}
			for (o = 0; o < outputs; o++)
				y[o] += leaves[((t << depth) + i - (1u << depth)) * outputs + o];
		}
		for (o = 0; o < outputs; o++)
			if (y[o] != (s32)le32toh(v[inputs + o]))
				die("the arrays do not give the golden vectors");
	}
}

static void print(const void *file)
{
	u32 i, o;

	printf("#define FOREST_DEPTH %u\n#define FOREST_TREES %u\n#define FOREST_INPUTS %u\n"
	       "#define FOREST_OUTPUTS %u\n"
	       "#define FOREST_SLOTS %u\n#define FOREST_ROOM %u\n",
	       depth, trees, inputs, outputs, slots, room);
	printf("#define FOREST_FEATURES(F)");
	for (i = 0; i < inputs; i++) {
		int id = lq_feature_by_name(lq_file_input(file, i)->name);

		if (id < 0)
			die("an input is no feature of the kernel");
		printf(" F(%u, %s)", i, ids[id]);
	}
	printf("\n#include \"price_forest.h\"\nconst volatile struct forest_node "
	       "forest_nodes[FOREST_SLOTS] = {\n");
	for (i = 0; i < slots; i++)
		printf("{%d,%u},%s", nodes[i].thr, nodes[i].input, i % 8 == 7 ? "\n" : "");
	printf("};\nconst volatile struct forest_leaf forest_leaves[FOREST_SLOTS] = {\n");
	for (i = 0; i < slots; i++) {
		printf("{{");
		for (o = 0; o < outputs; o++)
			printf("%d,", leaves[i * outputs + o]);
		printf("}},\n");
	}
	printf("};\n");
}

int main(int argc, char **argv)
{
	static u64 file[LQ_MAX_FILE / 8];
	struct lq_info info;
	struct lq_err err;
	size_t len;
	FILE *f;

	f = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!f)
		die("usage: price_gen FILE.lfs");
	len = fread(file, 1, sizeof(file), f);
	fclose(f);
	if (lq_validate(file, len, &info, &err) || lq_file_header(file)->kind != LQ_KIND_FOREST)
		die("not a snapshot of a forest");
	read_trees(file);
	prove(file);
	print(file);
	return 0;
}
