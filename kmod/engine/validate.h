/* SPDX-License-Identifier: GPL-2.0 */
/* Local to the three files of the validator: validate.c, validate_net.c, validate_forest.c. */
#ifndef LQ_VALIDATE_H
#define LQ_VALIDATE_H

#include "file.h"

/*
 * State that one validation carries from step to step. Sections may be read once check_extents()
 * has passed.
 */
struct lq_check {
	const u8 *file;
	size_t len;
	struct lq_info *info;
	struct lq_err *err;
	u32 n_tables;
	u32 n_leaves;
};

/* Writes the reason and returns code, so that a rejection is one statement. */
int lq_refuse(const struct lq_check *c, int code, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/* Is section s exactly n records of size bytes? n and size cannot overflow a u64. */
int lq_check_len(const struct lq_check *c, enum lq_sect s, u64 n, u32 size);

int lq_check_net(const struct lq_check *c);
int lq_check_forest(const struct lq_check *c);

#endif /* LQ_VALIDATE_H */
