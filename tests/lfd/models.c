// SPDX-License-Identifier: GPL-2.0
/*
 * models DIR: the snapshots of lfd.sh. first.lfs calls every flow a mouse; bad.lfs calls every flow
 * an elephant.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/plan.h"
#include "codegen/util.h"

static char *features[] = { "flow.packets_log2", "flow.len2", "pkt.len", "flow.bytes_log2" };
static char *classes[] = { "mouse", "elephant" };

static int model(const char *dir, const char *name, int class)
{
	struct plan_options opt = { .name = name,
				    .features = features,
				    .n_features = 4,
				    .classes = classes,
				    .n_classes = 2 };
	double leaf[2] = { class == 0, class == 1 }, base[2] = { 0, 0 };
	struct graph_node node = { .leaf = true, .value = leaf };
	struct graph_tree tree = { 1, &node };
	struct graph g = {
		.kind = GRAPH_FOREST,
		.name = (char *)name,
		.producer = "",
		.n_inputs = 4,
		.n_outputs = 2,
		.classes = true,
		.n_trees = 1,
		.trees = &tree,
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
		fprintf(stderr, "models: %s\n", err.msg);
		return 1;
	}
	free(file);
	plan_free(&plan);
	return 0;
}

int main(int argc, char **argv)
{
	return argc != 2 || model(argv[1], "first", 0) || model(argv[1], "bad", 1);
}
