/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The time that an inference may take in a slot. The estimate is what counts, so that a slot
 * accepts the same snapshots on every machine, however busy it is. The time measured at load is
 * only shown.
 */
#ifndef LF_LIMIT_H
#define LF_LIMIT_H

#include "state.h"

#define LF_LIMIT_DEFAULT_NS	10000	/* some 15 times the most expensive of models/ */

/*
 * May anybody who may change slots set this limit? If not, only the machine's administrator may:
 * CPU time is shared by all users.
 */
static inline bool lf_limit_harmless(u32 ns)
{
	return ns && ns <= LF_LIMIT_DEFAULT_NS;
}

/* All under lf_mutex. A rejection is -E2BIG with a message. @ns: 0 for no limit. */
int lf_limit_check(const struct lf_slot *slot, const struct lf_snapshot *snap,
		   struct netlink_ext_ack *extack);
int lf_limit_set(struct lf_slot *slot, u32 ns, struct netlink_ext_ack *extack);

#endif /* LF_LIMIT_H */
