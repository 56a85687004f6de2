// SPDX-License-Identifier: GPL-2.0
/*
 * The model of tests/bench/fct, a tree over the destination port that knows every flow's size:
 * fct-model NAME S FILE
 *
 * Sizes are those at the IP layer: payload, headers of each segment, the handshake, the end. With S
 * above 0 they are off by a factor of 2^(S z), z normal, another one for each size.
 */
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/lq_build.h"
#include "fct_sizes.h"

#define HEADERS		52
#define MSS		1448
#define AROUND		(60 + 3 * HEADERS)	/* SYN, ACK, FIN, ACK */
#define LARGEST		2e9

static struct lq_node nodes[2 * FCT_SIZES];
static int n_nodes, depth;

static double normal(void)
{
	double u = 1 - drand48();

	return sqrt(-2 * log(u)) * cos(2 * M_PI * drand48());
}

static void leaf(struct lq_build *b, int i, double s)
{
	long payload = fct_size(i);
	double bytes =
		(payload + (payload + MSS - 1) / MSS * HEADERS + AROUND) * exp2(s * normal());
	__le32 v = htole32((s32)fmin(bytes, LARGEST));

	build_add(b, LQ_SECT_LEAVES, &v, sizeof(v));
}

/* Node @at decides between the sizes from @lo to below @hi. */
static void grow(int at, int lo, int hi, int level)
{
	int mid = (lo + hi) / 2, child = n_nodes;

	depth = level > depth ? level : depth;
	if (hi - lo == 1) {
		nodes[at] = (struct lq_node) { .thr = htole32(lo), .input = htole16(LQ_NODE_LEAF) };
		return;
	}
	nodes[at] = (struct lq_node){ .thr = htole32(FCT_PORT + mid - 1), .child = htole16(child) };
	n_nodes += 2;
	grow(child, lo, mid, level + 1);
	grow(child + 1, mid, hi, level + 1);
}

int main(int argc, char **argv)
{
	struct lq_rng r = { 5 };
	struct lq_build b;
	size_t len;
	FILE *f;
	u8 *file;
	int i;

	if (argc != 4) {
		fprintf(stderr, "usage: fct-model NAME S FILE\n");
		return 2;
	}
	srand48(11);
	build_start(&b, LQ_KIND_FOREST, LQ_MEANING_VALUE, 1, 1);
	memset(b.h.name, 0, sizeof(b.h.name));
	strncpy(b.h.name, argv[1], sizeof(b.h.name) - 1);
	build_input(&b, "pkt.dport", 0, 0, 0, 0, 0);
	build_output(&b, "size", "bytes");
	for (i = 0; i < FCT_SIZES; i++)
		leaf(&b, i, atof(argv[2]));
	b.h.n_leaves = htole32(FCT_SIZES);
	n_nodes = 1;
	grow(0, 0, FCT_SIZES, 0);
	build_tree(&b, nodes, n_nodes, depth);
	file = build_finish(&b, &r, 16, &len);
	f = fopen(argv[3], "w");
	if (!f || fwrite(file, len, 1, f) != 1 || fclose(f)) {
		perror(argv[3]);
		return 1;
	}
	return 0;
}
