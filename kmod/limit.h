/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The time that an inference may take in a slot. What counts is the estimate, so that a slot takes
 * the same snapshots on every machine and however busy it is; what was measured at load is shown
 * beside it.
 */
#ifndef LF_LIMIT_H
#define LF_LIMIT_H

#include "state.h"

#define LF_LIMIT_DEFAULT_NS	10000	/* some 15 times the dearest of models/ */

/*
 * May everybody who may change slots set it? Else only the machine's administrator: CPU time is all
 * users'.
 */
static inline bool lf_limit_harmless(u32 ns)
{
	return ns && ns <= LF_LIMIT_DEFAULT_NS;
}

/* All under lf_mutex; a refusal is -E2BIG and a sentence. @ns: 0 for no limit. */
int lf_limit_check(const struct lf_slot *slot, const struct lf_snapshot *snap,
		   struct netlink_ext_ack *extack);
int lf_limit_set(struct lf_slot *slot, u32 ns, struct netlink_ext_ack *extack);

#endif /* LF_LIMIT_H */
