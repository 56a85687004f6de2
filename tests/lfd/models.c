// SPDX-License-Identifier: GPL-2.0
/*
 * models DIR: the snapshots of lfd.sh. first.lfs calls every flow a mouse; bad.lfs calls every flow
 * an elephant.
 */
#include "forest.h"

static char *features[] = { "flow.packets_log2", "flow.len2", "pkt.len", "flow.bytes_log2" };

static int model(const char *dir, const char *name, int class)
{
	struct graph_node node = {};
	struct graph_tree tree = { 1, &node };

	forest_leaf(&node, class);
	return forest_write(dir, name, features, 4, &tree);
}

int main(int argc, char **argv)
{
	return argc != 2 || model(argv[1], "first", MOUSE) || model(argv[1], "bad", ELEPHANT);
}
