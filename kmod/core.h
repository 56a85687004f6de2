/* SPDX-License-Identifier: GPL-2.0 */
/* What all files of liteflow.ko share. The locking order is in README.md. */
#ifndef LF_CORE_H
#define LF_CORE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/liteflow.h>

struct lf_room;

/* Of one network namespace. */
struct lf_net {
	struct list_head in_all;	/* lf_nets */
	struct net *net;
	struct list_head slots;		/* by age */
	struct list_head attaches;	/* by age */
	unsigned int n_slots;
	struct lf_room *room;		/* of all flow tables */
	atomic_t ending;		/* attachments that are gone, but for their flows */
};

/*
 * For what is allocated under lf_mutex or its callers' RTNL: reclaims once and has nobody killed,
 * so that one whose control group is full holds up nobody else. He is told that there is no memory.
 */
#define LF_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN)

extern struct mutex lf_mutex;
extern struct list_head lf_nets;	/* all namespaces; lf_mutex */
extern struct workqueue_struct *lf_wq;
extern u32 lf_change;			/* counts changes that a dump could see; lf_mutex */

extern unsigned int lf_net_id;		/* of struct lf_net among what namespaces have */

struct lf_net *lf_net(const struct net *net);

/* Counts a change and gives it a number, unique until 2^32 of them. */
static inline u32 lf_next_change(void)
{
	lockdep_assert_held(&lf_mutex);
	return ++lf_change;
}

/*
 * extack.c: a sentence made at run time. The kernel's own macro for it is missing in 6.1 and cuts
 * at 80 characters elsewhere. @extack may be NULL. The sentence lives for at least a second, the
 * answer is sent much sooner.
 */
__printf(2, 3) void lf_extack(struct netlink_ext_ack *extack, const char *fmt, ...);

/* A name as the user sees it: [A-Za-z0-9._-], not empty, shorter than LITEFLOW_SLOT_NAME_LEN. */
bool lf_name_valid(const char *name);

#endif /* LF_CORE_H */
