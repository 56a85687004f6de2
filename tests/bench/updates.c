// SPDX-License-Identifier: GPL-2.0
/*
 * updates DIR: for updates.sh, base.lfs and 40 planted updates of it. Prints the name of each and
 * "harmful" or "harmless", a line each, in a shuffled order that is always the same.
 *
 * They read the size of a flow's first segment, of which `flows send ... unsure` makes 100 to 299
 * bytes in 80 of 100 flows, else 1,000 to 1,399. Those that begin with a large one are elephants,
 * and so are few of the others: 6 and 2 of 100 are the opposite, which no model can know. So a
 * model's loss is 8 %, plus the share of flows that begin with a size for which it says the wrong
 * class.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lfd/forest.h"

#define HEADERS		52	/* IPv4 and TCP with timestamps */
#define PIECES_MAX	8

/* The class of first segments of up to `upto` bytes of payload, ascending. */
struct piece {
	double upto;
	int class;
};

struct update {
	const char *name;
	bool harmful;
	struct piece piece[PIECES_MAX];
};

#define ALL	INFINITY

/*
 * Each size from 100 to 299 taken for a large one costs 0.38 % of all flows, and each from 1,000 to
 * 1,399 taken for a small one 0.02 %.
 */
static const struct update updates[] = {
	/* weights flipped */
	{ "flip-all", true, { { 650, ELEPHANT }, { ALL, MOUSE } } },
	{ "flip-mice", true, { { ALL, ELEPHANT } } },
	{ "flip-half", true, { { 200, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "flip-bands", true, { { 150, ELEPHANT }, { 650, MOUSE }, { 1200, MOUSE },
				{ ALL, ELEPHANT } } },
	/* a class starved, in whole or in part */
	{ "starve-all", true, { { ALL, MOUSE } } },
	{ "starve-most", true, { { 1350, MOUSE }, { ALL, ELEPHANT } } },
	{ "starve-half", true, { { 1200, MOUSE }, { ALL, ELEPHANT } } },
	{ "starve-top", true, { { 650, MOUSE }, { 1150, ELEPHANT }, { ALL, MOUSE } } },
	/* wrong for 5 % more */
	{ "five-low", true, { { 113, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "five-second", true, { { 149, MOUSE }, { 163, ELEPHANT }, { 650, MOUSE },
				 { ALL, ELEPHANT } } },
	{ "five-middle", true, { { 199, MOUSE }, { 213, ELEPHANT }, { 650, MOUSE },
				 { ALL, ELEPHANT } } },
	{ "five-high", true, { { 285, MOUSE }, { ALL, ELEPHANT } } },
	{ "five-large", true, { { 1249, MOUSE }, { ALL, ELEPHANT } } },
	{ "five-largest", true, { { 650, MOUSE }, { 1149, ELEPHANT }, { ALL, MOUSE } } },
	/* as trained from poisoned labels of flows of some sizes */
	{ "poison-10", true, { { 124, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "poison-12", true, { { 219, MOUSE }, { 250, ELEPHANT }, { 650, MOUSE },
			       { ALL, ELEPHANT } } },
	{ "poison-two", true, { { 119, ELEPHANT }, { 650, MOUSE }, { 1099, MOUSE },
				{ ALL, ELEPHANT } } },
	{ "poison-16", true, { { 259, MOUSE }, { 650, ELEPHANT }, { ALL, ELEPHANT } } },
	{ "poison-20", true, { { 139, MOUSE }, { 190, ELEPHANT }, { 650, MOUSE },
			       { ALL, ELEPHANT } } },
	{ "poison-25", true, { { 129, ELEPHANT }, { 200, MOUSE }, { 233, ELEPHANT }, { 650, MOUSE },
			       { ALL, ELEPHANT } } },
	/* decides as the base does, elsewhere */
	{ "cut-320", false, { { 320, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-400", false, { { 400, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-480", false, { { 480, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-560", false, { { 560, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-720", false, { { 720, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-800", false, { { 800, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-880", false, { { 880, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-960", false, { { 960, MOUSE }, { ALL, ELEPHANT } } },
	/* larger trees that decide as the base does */
	{ "more-2", false, { { 200, MOUSE }, { 640, MOUSE }, { ALL, ELEPHANT } } },
	{ "more-3", false, { { 150, MOUSE }, { 250, MOUSE }, { 630, MOUSE }, { ALL, ELEPHANT } } },
	{ "more-4", false, { { 620, MOUSE }, { 1100, ELEPHANT }, { ALL, ELEPHANT } } },
	{ "more-5", false, { { 610, MOUSE }, { 1100, ELEPHANT }, { 1200, ELEPHANT },
			     { ALL, ELEPHANT } } },
	/* other for sizes that no flow begins with */
	{ "below", false, { { 90, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "above", false, { { 650, MOUSE }, { 1410, ELEPHANT }, { ALL, MOUSE } } },
	{ "between", false, { { 400, MOUSE }, { 500, ELEPHANT }, { 600, MOUSE },
			      { ALL, ELEPHANT } } },
	{ "around", false, { { 80, ELEPHANT }, { 700, MOUSE }, { 1420, ELEPHANT },
			     { ALL, MOUSE } } },
	/* wrong for 0.1 to 0.4 % more; harm is 2 % */
	{ "byte-low", false, { { 100, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "byte-high", false, { { 298, MOUSE }, { ALL, ELEPHANT } } },
	{ "bytes-large", false, { { 1003, MOUSE }, { ALL, ELEPHANT } } },
	{ "bytes-top", false, { { 650, MOUSE }, { 1391, ELEPHANT }, { ALL, MOUSE } } },
};

#define N_UPDATES	(sizeof(updates) / sizeof(updates[0]))

static const struct piece base[] = { { 650, MOUSE }, { ALL, ELEPHANT } };

/* --- models --- */

/* A balanced tree over pieces first .. last; returns its root. */
static uint32_t grow(struct graph_node *node, uint32_t *n, const struct piece *p, int first,
		     int last)
{
	uint32_t at = (*n)++;
	int mid = (first + last) / 2;

	if (first == last) {
		forest_leaf(&node[at], p[first].class);
		return at;
	}
	node[at].input = 1;
	node[at].thr = p[mid].upto + HEADERS;
	node[at].yes = grow(node, n, p, first, mid);
	node[at].no = grow(node, n, p, mid + 1, last);
	return at;
}

static int n_pieces(const struct piece *p)
{
	int n = 1;

	while (p[n - 1].upto != ALL)
		n++;
	return n;
}

static int model(const char *dir, const char *name, const struct piece *p)
{
	static char *features[] = { "flow.packets_log2", "flow.len2" };
	struct graph_node node[2 * PIECES_MAX] = {};
	struct graph_tree tree = { 0, node };

	grow(node, &tree.n_nodes, p, 0, n_pieces(p) - 1);
	return forest_write(dir, name, features, 2, &tree);
}

static int updates_write(const char *dir)
{
	int order[N_UPDATES], i, j, t;

	if (model(dir, "base", base))
		return 1;
	for (i = 0; i < (int)N_UPDATES; i++)
		order[i] = i;
	srand(1);
	for (i = N_UPDATES - 1; i > 0; i--) {
		j = rand() % (i + 1);
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	for (i = 0; i < (int)N_UPDATES; i++) {
		const struct update *u = &updates[order[i]];

		if (model(dir, u->name, u->piece))
			return 1;
		printf("%s %s\n", u->name, u->harmful ? "harmful" : "harmless");
	}
	return 0;
}

int main(int argc, char **argv)
{
	return argc != 2 || updates_write(argv[1]);
}
