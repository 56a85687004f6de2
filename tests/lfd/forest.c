// SPDX-License-Identifier: GPL-2.0
#include "forest.h"

#include <stdio.h>
#include <stdlib.h>

#include "codegen/plan.h"
#include "codegen/util.h"

void forest_leaf(struct graph_node *node, int class)
{
	static double leaves[][2] = { [MOUSE] = { 1, 0 }, [ELEPHANT] = { 0, 1 } };

	node->leaf = true;
	node->value = leaves[class];
}

int forest_write(const char *dir, const char *name, char **features, uint32_t n_features,
		 struct graph_tree *tree)
{
	static char *classes[] = { "mouse", "elephant" };
	struct plan_options opt = { .name = name,
				    .features = features,
				    .n_features = n_features,
				    .classes = classes,
				    .n_classes = 2 };
	double base[2] = { 0, 0 };
	struct graph g = {
		.kind = GRAPH_FOREST,
		.name = (char *)name,
		.producer = "",
		.n_inputs = n_features,
		.n_outputs = 2,
		.classes = true,
		.n_trees = 1,
		.trees = tree,
		.base = base,
	};
	struct graph_err err;
	struct plan plan;
	char path[256];
	size_t len;
	void *file;

	snprintf(path, sizeof(path), "%s/%s.lfs", dir, name);
	if (plan_make(&g, NULL, &opt, &plan, &err) || plan_emit(&plan, &file, &len, &err) ||
	    util_write(path, file, len, &err)) {
		fprintf(stderr, "%s: %s\n", path, err.msg);
		return 1;
	}
	free(file);
	plan_free(&plan);
	return 0;
}
