// SPDX-License-Identifier: GPL-2.0
/* Shared by all files: the lock, the workqueue, the data of a network namespace, names. */
#include "core.h"

#include <linux/ctype.h>
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

bool lf_name_valid(const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !(isalnum(name[i]) || strchr("._-", name[i])))
			return false;
	return len && len < LITEFLOW_SLOT_NAME_LEN;
}
