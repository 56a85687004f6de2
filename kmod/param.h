/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parameters of a slot: set by netlink, read by packets and intervals without a lock, each one on
 * its own.
 */
#ifndef LF_PARAM_H
#define LF_PARAM_H

#include <net/liteflow_sock.h>
#include "core.h"

/* What a request sets; others stay unchanged. */
struct lf_params_set {
	bool set[LQ_N_PARAMS];
	struct lf_params to;
};

void lf_params_init(struct lf_params *p);

/*
 * Adds one parameter to @set. @millionths: of its unit, NULL for the default. -ENOENT and -ERANGE
 * come with a message.
 */
int lf_params_want(struct lf_params_set *set, const char *name, const s64 *millionths,
		   struct netlink_ext_ack *extack);

void lf_params_apply(struct lf_params *p, const struct lf_params_set *set);
void lf_params_read(const struct lf_params *p, struct lf_params *copy);

/* The value in millionths of its unit. */
s64 lf_param_millionths(const struct lf_params *p, enum lq_param i);

#endif /* LF_PARAM_H */
