// SPDX-License-Identifier: GPL-2.0
/*
 * From a proven file to a packed model: pack_net.c and pack_forest.c lay out the parts twice, first
 * to measure and then to write. Nothing here checks the file again, so it must be the bytes that
 * lq_validate() has seen.
 */
#include "arena.h"

/* The parts after struct lq_model; `to` is written even while measuring (with NULL pointers). */
static void pack_parts(struct lq_arena *a, const u8 *file, const struct lq_info *info,
		       struct lq_net *net, struct lq_forest *forest)
{
	if (info->kind == LQ_KIND_NET)
		lq_pack_net(a, file, info, net);
	else
		lq_pack_forest(a, file, info, forest);
}

size_t lq_model_size(const void *file, const struct lq_info *info)
{
	struct lq_arena a = { .mem = NULL };
	union {
		struct lq_net net;
		struct lq_forest forest;
	} parts;

	lq_carve(&a, 1, sizeof(struct lq_model));
	pack_parts(&a, file, info, &parts.net, &parts.forest);
	return a.used;
}

struct lq_model *lq_pack(const void *file, const struct lq_info *info, void *mem)
{
	struct lq_arena a = { .mem = mem };
	struct lq_model *model = lq_carve(&a, 1, sizeof(*model));

	model->info = *info;
	model->vectors = lq_path_vectors_best();
	pack_parts(&a, file, info, &model->net, &model->forest);
	return model;
}
