/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots of one tree with the classes mouse and elephant, as the tests and benches of lfd use.
 */
#ifndef TESTS_LFD_FOREST_H
#define TESTS_LFD_FOREST_H

#include "codegen/graph.h"

enum { MOUSE, ELEPHANT };

/* Makes the node a leaf that decides for the class. */
void forest_leaf(struct graph_node *node, int class);

/*
 * Writes DIR/NAME.lfs, which reads the features. Returns 1, with a sentence on stderr, if that
 * fails.
 */
int forest_write(const char *dir, const char *name, char **features, uint32_t n_features,
		 struct graph_tree *tree);

#endif /* TESTS_LFD_FOREST_H */
