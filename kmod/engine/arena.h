/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A block of memory cut into cache-aligned arrays. Without memory (mem == NULL) it only counts, so
 * that the same code measures a packed model and writes it: fillers run only where carve returned a
 * pointer.
 */
#ifndef LQ_ARENA_H
#define LQ_ARENA_H

#include "model.h"

struct lq_arena {
	u8 *mem;
	size_t used;
};

/* Room for n items, zeroed, at a multiple of LQ_ALIGN; NULL while measuring. */
static inline void *lq_carve(struct lq_arena *a, size_t n, size_t size)
{
	size_t at = a->used;
	size_t bytes = (n * size + LQ_ALIGN - 1) & ~(size_t)(LQ_ALIGN - 1);

	a->used += bytes;
	if (!a->mem)
		return NULL;
	memset(a->mem + at, 0, bytes);
	return a->mem + at;
}

void lq_pack_net(struct lq_arena *a, const u8 *file, const struct lq_info *info,
		 struct lq_net *net);
void lq_pack_forest(struct lq_arena *a, const u8 *file, const struct lq_info *info,
		    struct lq_forest *f);

#endif /* LQ_ARENA_H */
