/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A forest as price_gen writes it for the BPF rival, and its walk: every tree in heap form, all of
 * one depth, so that the verifier sees loops of a fixed length and no branch on data.
 * build/bench/price_model.h has
 *
 *	FOREST_DEPTH, FOREST_TREES, FOREST_INPUTS, FOREST_OUTPUTS
 *	FOREST_FEATURES(F)		F(0, LQ_F_...) F(1, ...): what the inputs are
 *	forest_nodes[], forest_leaves[]	tree by tree, 1 << FOREST_DEPTH each
 */
#ifndef PRICE_FOREST_H
#define PRICE_FOREST_H

struct forest_node {
	/* input <= thr goes to child 2i, else to 2i + 1; the root is 1 */
	int thr;
	unsigned int input;
};

struct forest_leaf {
	int y[FOREST_OUTPUTS];
};

/*
 * A number that the verifier can bound and the compiler does not know: else the one drops what the
 * other needs.
 */
#define FOREST_HIDE(v)	asm volatile("" : "+r"(v))

/* x has FOREST_ROOM places, a power of two, for the verifier's sake. */
static inline __attribute__((always_inline)) unsigned long long
forest_leaf_of(const struct forest_node *node, unsigned long long tree, const int *x)
{
	unsigned long long i = 1, at, right;
	unsigned int d;

	for (d = 0; d < FOREST_DEPTH; d++) {
		at = tree << FOREST_DEPTH | i;
		FOREST_HIDE(at);
		at &= FOREST_SLOTS - 1;
		right = (unsigned long long)((long long)node[at].thr -
					     x[node[at].input & (FOREST_ROOM - 1)]);
		FOREST_HIDE(right);
		i = i << 1 | right >> 63;
	}
	at = tree << FOREST_DEPTH | (i & ((1u << FOREST_DEPTH) - 1));
	FOREST_HIDE(at);
	return at & (FOREST_SLOTS - 1);
}

#endif /* PRICE_FOREST_H */
