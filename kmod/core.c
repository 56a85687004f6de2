// SPDX-License-Identifier: GPL-2.0
/* Shared by all files: the lock, the workqueue, the data of a network namespace. */
#include "core.h"

#include <net/netns/generic.h>

DEFINE_MUTEX(lf_mutex);
LIST_HEAD(lf_nets);
struct workqueue_struct *lf_wq;
u32 lf_change;
unsigned int lf_net_id __read_mostly;

struct lf_net *lf_net(const struct net *net)
{
	return net_generic(net, lf_net_id);
}
