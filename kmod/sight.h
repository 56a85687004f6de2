/* SPDX-License-Identifier: GPL-2.0 */
/* Snapshots are machine-wide; the administrator of one namespace sees those its slots use. */
#ifndef LF_SIGHT_H
#define LF_SIGHT_H

#include <linux/types.h>

struct lf_snapshot;
struct net;

/* Does a slot of the namespace hold it, as standby or generation? Under lf_mutex. */
bool lf_sight(const struct net *net, const struct lf_snapshot *snap);

#endif /* LF_SIGHT_H */
