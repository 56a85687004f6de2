/* SPDX-License-Identifier: GPL-2.0 */
/* Snapshots are the machine's; who administers one namespace sees those that its slots use. */
#ifndef LF_SIGHT_H
#define LF_SIGHT_H

#include <linux/types.h>

struct lf_snapshot;
struct net;

/* Does a slot of the namespace hold it, on whichever side? Under lf_mutex. */
bool lf_sight(const struct net *net, const struct lf_snapshot *snap);

#endif /* LF_SIGHT_H */
