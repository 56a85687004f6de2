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

/*
 * Generations of a slot that can exist at once: the active one, and old ones that flows still hold
 * or that a rollback needs.
 */
#define LF_GENERATIONS		4

struct lf_room;

/* Of one network namespace. */
struct lf_net {
	struct list_head in_all;	/* lf_nets */
	struct net *net;
	struct list_head slots;		/* by age */
	struct list_head attaches;	/* by age */
	unsigned int n_slots;
	struct lf_room *room;		/* of all flow tables */
	atomic_t ending;		/* destroyed attachments whose flows have not yet ended */
};

/*
 * For allocations under lf_mutex or the callers' RTNL: reclaims once and never invokes the OOM
 * killer, so that a user whose control group is full holds up nobody else. That user gets -ENOMEM.
 */
#define LF_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN)

extern struct mutex lf_mutex;
extern struct list_head lf_nets;	/* all namespaces; lf_mutex */
extern struct workqueue_struct *lf_wq;
extern u32 lf_change;			/* counts changes that a dump could see; lf_mutex */

extern unsigned int lf_net_id;		/* of struct lf_net, for net_generic() */

struct lf_net *lf_net(const struct net *net);

/* Counts a change and returns its number, unique until 2^32 changes later. */
static inline u32 lf_next_change(void)
{
	lockdep_assert_held(&lf_mutex);
	return ++lf_change;
}

/*
 * extack.c: a message formatted at run time. The kernel's own macro for this is missing in 6.1 and
 * truncates to 80 characters elsewhere. @extack may be NULL. The text stays valid for at least a
 * second; the answer is sent much sooner.
 */
__printf(2, 3) void lf_extack(struct netlink_ext_ack *extack, const char *fmt, ...);

#endif /* LF_CORE_H */
