/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connection labels: of the map's labels a connection has the one for its latest class, and no
 * other; labels that the map does not name are left alone. ctnetlink listeners are notified of each
 * change. A connection that began while nobody in the namespace used labels has no room for them.
 */
#ifndef LF_NF_LABELS_H
#define LF_NF_LABELS_H

#include <linux/bitmap.h>
#include "nf_ct.h"
#if IS_ENABLED(CONFIG_NF_CONNTRACK) && IS_ENABLED(CONFIG_NF_CONNTRACK_LABELS)
#include <net/netfilter/nf_conntrack_labels.h>
#endif

#define LF_NF_LABELS	128	/* possible labels of a connection */

struct lf_nf_labels {
	DECLARE_BITMAP(bits, LF_NF_LABELS);
};

#if IS_ENABLED(CONFIG_NF_CONNTRACK) && IS_ENABLED(CONFIG_NF_CONNTRACK_LABELS)
/* New connections of the namespace have room for labels from here until lf_nf_labels_put(). */
static inline int lf_nf_labels_get(struct net *net)
{
	return nf_connlabels_get(net, LF_NF_LABELS - 1);
}

static inline void lf_nf_labels_put(struct net *net)
{
	nf_connlabels_put(net);
}

/* Sets @label and removes all others in @all. */
static inline void lf_nf_set_label(const struct sk_buff *skb, const struct lf_nf_labels *all,
				   u32 label)
{
	enum ip_conntrack_info info;
	struct nf_conn *conn = lf_nf_conn(skb, &info);
	struct lf_nf_labels one = {};

	if (!conn)
		return;
	__set_bit(label, one.bits);
	nf_connlabels_replace(conn, (const u32 *)one.bits, (const u32 *)all->bits,
			      sizeof(one) / sizeof(u32));
}
#else
static inline int lf_nf_labels_get(struct net *net)
{
	return -EOPNOTSUPP;
}

static inline void lf_nf_labels_put(struct net *net)
{
}

static inline void lf_nf_set_label(const struct sk_buff *skb, const struct lf_nf_labels *all,
				   u32 label)
{
}
#endif

#endif /* LF_NF_LABELS_H */
