// SPDX-License-Identifier: GPL-2.0
/*
 * What a hook enables in the rest of netfilter while its rule needs it: tracking, labels, a logger.
 */
#include "nf_lf.h"

#include <linux/netfilter_ipv4.h>
#include "nf_ct.h"
#include "nf_log.h"

/* After connection tracking: packets carry their connections there. */
static bool sees_connections(const struct nfl_hook *h)
{
	switch (h->point) {
	case LITEFLOW_HOOK_POINT_INGRESS:
		return false;
	case LITEFLOW_HOOK_POINT_PREROUTING:
	case LITEFLOW_HOOK_POINT_OUTPUT:
		return h->ops.priority > NF_IP_PRI_CONNTRACK;
	}
	return true;
}

/* Egress sees what the layers above have tracked. */
static u8 tracked_family(const struct nfl_hook *h)
{
	return h->ops.pf == NFPROTO_NETDEV ? NFPROTO_INET : h->ops.pf;
}

static bool wants_ct(const struct nfl_rule *r)
{
	return r->ct || nfl_rule_does(r, NFL_LABEL);
}

static int track(struct nfl_hook *h, struct netlink_ext_ack *extack)
{
	int rc;

	if (!sees_connections(h)) {
		NL_SET_ERR_MSG(extack, "ct and label: the hook runs before connection tracking, at "
				       "priority -200");
		return -EINVAL;
	}
	rc = lf_nf_ct_get(h->net, tracked_family(h));
	if (rc)
		NL_SET_ERR_MSG(extack, "ct and label: connection tracking is not available");
	h->tracked = !rc;
	return rc;
}

static int put_labels(struct nfl_hook *h, struct netlink_ext_ack *extack)
{
	int rc = lf_nf_labels_get(h->net);

	if (rc)
		NL_SET_ERR_MSG(extack, "label: this kernel has no CONFIG_NF_CONNTRACK_LABELS");
	h->labelled = !rc;
	return rc;
}

/* The caller holds the logger: it cannot be loaded here, under RTNL. */
static int write_log(struct nfl_hook *h, struct netlink_ext_ack *extack)
{
	int rc = lf_nf_log_get(h->ops.pf, false);

	if (rc)
		NL_SET_ERR_MSG(extack, "log: no logger for packets of this family: load "
				       "nf_log_syslog");
	h->logging = !rc;
	return rc;
}

void nfl_unequip(struct nfl_hook *h, const struct nfl_rule *r)
{
	if (h->tracked && !(r && wants_ct(r))) {
		lf_nf_ct_put(h->net, tracked_family(h));
		h->tracked = false;
	}
	if (h->labelled && !(r && nfl_rule_does(r, NFL_LABEL))) {
		lf_nf_labels_put(h->net);
		h->labelled = false;
	}
	if (h->logging && !(r && nfl_rule_does(r, NFL_LOG))) {
		lf_nf_log_put(h->ops.pf);
		h->logging = false;
	}
}

int nfl_equip(struct nfl_hook *h, const struct nfl_rule *r, struct netlink_ext_ack *extack)
{
	int rc = 0;

	if (!h->tracked && wants_ct(r))
		rc = track(h, extack);
	if (!rc && !h->labelled && nfl_rule_does(r, NFL_LABEL))
		rc = put_labels(h, extack);
	if (!rc && !h->logging && nfl_rule_does(r, NFL_LOG))
		rc = write_log(h, extack);
	return rc;
}
