/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot file ready to run on the host: validated, packed. */
#ifndef LFS_H
#define LFS_H

#include <lq/lq.h>
#include "plan.h"

struct lfs {
	void *file;
	size_t len;
	struct lq_info info;
	struct lq_model *packed;
	struct lq_batch_scratch *scratch;
};

/* Copies the bytes. `what` names them in messages. */
int lfs_load(struct lfs *m, const void *file, size_t len, const char *what, struct graph_err *err);
int lfs_read(struct lfs *m, const char *path, struct graph_err *err);
void lfs_free(struct lfs *m);

/* Golden vectors and extreme inputs on every path that this CPU can run. */
int lfs_selftest(struct lfs *m, struct graph_err *err);

void lfs_infer(struct lfs *m, enum lq_path path, const s32 *x, s32 *y);

/* Records of the file in host order (only what is in it; centre, step and ties are 0). */
struct plan_input lfs_input(const struct lfs *m, u32 i);
struct plan_output lfs_output(const struct lfs *m, u32 o);
/* A section's bytes and length. */
const u8 *lfs_sect(const struct lfs *m, enum lq_sect s, size_t *len);

const char *lfs_path_name(enum lq_path path);
int lfs_path_by_name(const char *name);	/* or -1 */
/* Index of the greatest; ties go to the lowest. */
u32 lfs_argmax(const s32 *y, u32 n);
void lfs_hash(const struct lfs *m, char hex[2 * LQ_HASH_LEN + 1]);

/* For people. */
const char *lfs_op_name(u8 op);

#endif /* LFS_H */
