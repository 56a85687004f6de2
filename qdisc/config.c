// SPDX-License-Identifier: GPL-2.0
/*
 * Options: from a request to a checked struct lfq_config, and from that to a dump.
 *
 * A request states the differences from the current options, or from the defaults. Each attribute
 * has its own function, which looks at that attribute alone; what must be consistent (map and
 * bands, default and bands) is checked when all are known. Nothing here touches the qdisc, so an
 * invalid value anywhere leaves everything as it was.
 */
#include <linux/slab.h>
#include <lq/name.h>
#include <net/netlink.h>
#include "config.h"

#define LFQ_BANDS		3
/* for a new qdisc in that mode: as many as PIAS has */
#define LFQ_BANDS_SRPT		8
#define LFQ_LIMIT		10240		/* packets, as fq_codel */
#define LFQ_STARVE_US		100000		/* a tenth of a second: no TCP sender times out */

static const struct nla_policy lfq_policy[TCA_LITEFLOW_MAX + 1] = {
	[TCA_LITEFLOW_PROTOCOL]	= { .type = NLA_U32 },
	[TCA_LITEFLOW_SLOT]	= { .type = NLA_NUL_STRING },
	[TCA_LITEFLOW_BANDS]	= { .type = NLA_U8 },
	[TCA_LITEFLOW_MAP]	= { .type = NLA_NESTED },
	[TCA_LITEFLOW_MODE]	= { .type = NLA_U8 },
	[TCA_LITEFLOW_QUANTA]	= { .type = NLA_NESTED },
	[TCA_LITEFLOW_DEFAULT]	= { .type = NLA_U8 },
	[TCA_LITEFLOW_LIMIT]	= { .type = NLA_U32 },
	[TCA_LITEFLOW_FLOWS]	= { .type = NLA_U32 },
	[TCA_LITEFLOW_EVERY]	= { .type = NLA_U32 },
	[TCA_LITEFLOW_PHASES]	= { .type = NLA_NESTED },
	[TCA_LITEFLOW_ECN]	= { .type = NLA_U8 },
	[TCA_LITEFLOW_STARVE]	= { .type = NLA_U32 },
	[TCA_LITEFLOW_IDLE]	= { .type = NLA_U32 },
	[TCA_LITEFLOW_THRESHOLDS] = { .type = NLA_NESTED },
	[TCA_LITEFLOW_INNER]	= { .type = NLA_U8 },
	[TCA_LITEFLOW_SPLIT_GSO] = { .type = NLA_U8 },
	[TCA_LITEFLOW_ORDER]	= { .type = NLA_U8 },
};

static const struct lfq_config lfq_defaults = {
	.slot = "default",
	.bands = LFQ_BANDS,
	.mode = LITEFLOW_QDISC_DRR,
	.ecn = true,
	.inner = true,
	.limit = LFQ_LIMIT,
	.flows = LF_FLOWS_DEFAULT,
	.starve_us = LFQ_STARVE_US,
};

static int lfq_parse_protocol(const struct nlattr *a, struct netlink_ext_ack *extack)
{
	if (a && nla_get_u32(a) > LITEFLOW_QDISC_PROTOCOL)
		return lfq_refuse(extack, a, "this tc plugin is newer than the module: install "
				  "the same version of both");
	return 0;
}

static int lfq_parse_slot(struct lfq_config *c, const struct nlattr *a,
			  struct netlink_ext_ack *extack)
{
	if (!a)
		return 0;
	if (!lq_name_ok(nla_data(a)))
		return lfq_refuse(extack, a, "slot name must be " LQ_NAME_RULE);
	strscpy(c->slot, nla_data(a), sizeof(c->slot));
	return 0;
}

/* @fresh: there are no bands yet, or only order exact's. */
static int lfq_parse_bands(struct lfq_config *c, struct nlattr **tb, bool fresh,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[TCA_LITEFLOW_BANDS], *thresholds = tb[TCA_LITEFLOW_THRESHOLDS];

	if (!a && fresh)
		c->bands = c->mode != LITEFLOW_QDISC_SRPT ?
				   LFQ_BANDS :
				   lfq_bands_of(thresholds, LFQ_BANDS_SRPT);
	if (!a)
		return 0;
	if (nla_get_u8(a) < 1 || nla_get_u8(a) > LITEFLOW_QDISC_BANDS_MAX)
		return lfq_refuse(extack, a,
				  "bands must be 1 to " __stringify(LITEFLOW_QDISC_BANDS_MAX));
	c->bands = nla_get_u8(a);
	return 0;
}

static int lfq_parse_mode(struct lfq_config *c, const struct nlattr *a,
			  struct netlink_ext_ack *extack)
{
	if (!a)
		return 0;
	if (nla_get_u8(a) >= __LITEFLOW_QDISC_MODES)
		return lfq_refuse(extack, a, "mode must be strict, drr or srpt");
	c->mode = nla_get_u8(a);
	return 0;
}

/* A new qdisc in mode srpt has the exact order, unless the request is about bands. */
static u8 lfq_default_order(const struct lfq_config *c, struct nlattr **tb, bool change)
{
	if (c->mode != LITEFLOW_QDISC_SRPT)
		return LITEFLOW_QDISC_BY_BANDS;
	if (change)
		return c->order;
	if (tb[TCA_LITEFLOW_BANDS] || tb[TCA_LITEFLOW_THRESHOLDS])
		return LITEFLOW_QDISC_BY_BANDS;
	return LITEFLOW_QDISC_EXACT;
}

/* The order, and the number of bands, which is one if it is exact. */
static int lfq_parse_order(struct lfq_config *c, struct nlattr **tb, bool change,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[TCA_LITEFLOW_ORDER], *bands = tb[TCA_LITEFLOW_BANDS];
	bool fresh = !change || c->order == LITEFLOW_QDISC_EXACT;

	if (a && nla_get_u8(a) >= __LITEFLOW_QDISC_ORDERS)
		return lfq_refuse(extack, a, "order must be bands or exact");
	c->order = a ? nla_get_u8(a) : lfq_default_order(c, tb, change);
	if (c->order != LITEFLOW_QDISC_EXACT)
		return lfq_parse_bands(c, tb, fresh, extack);
	if (c->mode != LITEFLOW_QDISC_SRPT)
		return lfq_refuse(extack, a, "order exact needs mode srpt");
	if (bands && nla_get_u8(bands) != 1)
		return lfq_refuse(extack, bands, "order exact allows one band only");
	if (tb[TCA_LITEFLOW_THRESHOLDS])
		return lfq_refuse(extack, tb[TCA_LITEFLOW_THRESHOLDS],
				  "thresholds need order bands");
	c->bands = 1;
	c->n_thresholds = 0;
	return 0;
}

static int lfq_parse_flows(struct lfq_config *c, const struct nlattr *a, bool change,
			   struct netlink_ext_ack *extack)
{
	u32 flows;

	if (!a)
		return 0;
	flows = nla_get_u32(a);
	if (change && flows != c->flows)
		return lfq_refuse(extack, a,
				  "flows cannot be changed: delete the qdisc and add it again");
	if (flows < LF_FLOWS_MIN || flows > LF_FLOWS_MAX)
		return lfq_refuse(extack, a,
				  "flows must be " __stringify(LF_FLOWS_MIN) " to " __stringify(
					  LF_FLOWS_MAX));
	c->flows = flows;
	return 0;
}

/* When the model runs. */
static int lfq_parse_when(struct lfq_config *c, const struct nlattr *every,
			  const struct nlattr *phases, struct netlink_ext_ack *extack)
{
	if (every && phases)
		return lfq_refuse(extack, phases, "every and phases are mutually exclusive");
	if (every) {
		c->every = nla_get_u32(every);
		c->n_phases = 0;
		memset(c->phases, 0, sizeof(c->phases));
	}
	return phases ? lfq_parse_phases(c, phases, extack) : 0;
}

static int lfq_parse_limits(struct lfq_config *c, struct nlattr **tb,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *limit = tb[TCA_LITEFLOW_LIMIT], *ecn = tb[TCA_LITEFLOW_ECN];
	const struct nlattr *starve = tb[TCA_LITEFLOW_STARVE], *idle = tb[TCA_LITEFLOW_IDLE];
	const struct nlattr *inner = tb[TCA_LITEFLOW_INNER], *split = tb[TCA_LITEFLOW_SPLIT_GSO];

	if (limit && !nla_get_u32(limit))
		return lfq_refuse(extack, limit, "limit must be at least 1 packet");
	if (ecn && nla_get_u8(ecn) > 1)
		return lfq_refuse(extack, ecn, "ecn must be 0 or 1");
	if (inner && nla_get_u8(inner) > 1)
		return lfq_refuse(extack, inner, "inner must be 0 or 1");
	if (split && nla_get_u8(split) > 1)
		return lfq_refuse(extack, split, "split-gso must be 0 or 1");
	if (limit)
		c->limit = nla_get_u32(limit);
	if (ecn)
		c->ecn = nla_get_u8(ecn);
	if (starve)
		c->starve_us = nla_get_u32(starve);
	if (idle)
		c->idle_ms = nla_get_u32(idle);
	if (inner)
		c->inner = nla_get_u8(inner);
	if (split)
		c->split_gso = nla_get_u8(split);
	return 0;
}

/*
 * Traffic that nothing is known about goes to the middle: it should neither overtake what the model
 * puts first nor starve behind what it puts last.
 */
static int lfq_settle_default(struct lfq_config *c, const struct nlattr *a,
			      struct netlink_ext_ack *extack)
{
	if (a) {
		c->default_band = nla_get_u8(a);
		c->default_given = true;
	}
	if (!c->default_given)
		c->default_band = (c->bands - 1) / 2;
	if (c->default_band < c->bands)
		return 0;
	if (a)
		return lfq_refuse(extack, a, "default must be one of the bands, from 0");
	NL_SET_ERR_MSG(extack, "liteflow: this removes the default band: give another default");
	return -EINVAL;
}

static int lfq_parse(struct lfq_config *c, struct nlattr *opt, bool change,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCA_LITEFLOW_MAX + 1] = {};
	unsigned int i;
	int err;

	if (opt) {
		err = nla_parse_nested(tb, TCA_LITEFLOW_MAX, opt, lfq_policy, extack);
		if (err)
			return err;
	}
	err = lfq_parse_protocol(tb[TCA_LITEFLOW_PROTOCOL], extack) ?:
	      lfq_parse_slot(c, tb[TCA_LITEFLOW_SLOT], extack) ?:
	      lfq_parse_mode(c, tb[TCA_LITEFLOW_MODE], extack) ?:
	      lfq_parse_order(c, tb, change, extack) ?:
	      lfq_parse_map(c, tb[TCA_LITEFLOW_MAP], extack) ?:
	      lfq_parse_quanta(c, tb[TCA_LITEFLOW_QUANTA], extack) ?:
	      lfq_parse_thresholds(c, tb[TCA_LITEFLOW_THRESHOLDS], extack) ?:
	      lfq_parse_flows(c, tb[TCA_LITEFLOW_FLOWS], change, extack) ?:
	      lfq_parse_when(c, tb[TCA_LITEFLOW_EVERY], tb[TCA_LITEFLOW_PHASES], extack) ?:
	      lfq_parse_limits(c, tb, extack) ?:
	      lfq_settle_default(c, tb[TCA_LITEFLOW_DEFAULT], extack) ?:
	      lfq_check_map(c, tb[TCA_LITEFLOW_MAP], extack);
	if (err)
		return err;
	for (i = c->bands; i < LITEFLOW_QDISC_BANDS_MAX; i++)
		c->quantum[i] = 0;
	lfq_settle_thresholds(c);
	if (!c->map_classes)
		lfq_default_map(c);
	/* Not at every change: the slot may have another snapshot by then. */
	c->size_check = c->mode == LITEFLOW_QDISC_SRPT &&
			(tb[TCA_LITEFLOW_MODE] || tb[TCA_LITEFLOW_SLOT]);
	c->map_check = LF_MAP_UNCHECKED;
	if (c->map_given && (tb[TCA_LITEFLOW_MAP] || tb[TCA_LITEFLOW_SLOT]))
		c->map_check = c->map_strict ? LF_MAP_STRICT : LF_MAP_WARN;
	return 0;
}

/**
 * lfq_config_make - the options that result from a request
 * @old: the current options, NULL for a new qdisc
 * @opt: the request's TCA_OPTIONS, or NULL
 * @extack: gets a message for every rejection
 *
 * Return: options for the caller to kfree(), or ERR_PTR().
 */
struct lfq_config *lfq_config_make(const struct lfq_config *old, struct nlattr *opt,
				   struct netlink_ext_ack *extack)
{
	struct lfq_config *c = kmemdup(old ?: &lfq_defaults, sizeof(*c), GFP_KERNEL);
	int err;

	if (!c)
		return ERR_PTR(-ENOMEM);
	err = lfq_parse(c, opt, old, extack);
	if (!err)
		return c;
	kfree(c);
	return ERR_PTR(err);
}

/* Fills in what the core needs. @ac points into @c. */
void lfq_config_attach(const struct lfq_config *c, struct lf_attach_cfg *ac)
{
	*ac = (struct lf_attach_cfg) {
		.slot = c->slot,
		.flows = c->flows,
		.every = c->every,
		.n_phases = c->n_phases,
		.idle_ms = c->idle_ms,
		.inner = c->inner,
		.n_map = c->n_map,
		.n_given = c->n_given,
		.map = c->map,
		.map_check = c->map_check,
	};
	memcpy(ac->phases, c->phases, sizeof(ac->phases));
}

/*
 * All options as attributes. The caller has started the nest, and cancels it if the message is too
 * small.
 */
int lfq_config_dump(const struct lfq_config *c, struct sk_buff *skb)
{
	if (nla_put_u32(skb, TCA_LITEFLOW_PROTOCOL, LITEFLOW_QDISC_PROTOCOL) ||
	    nla_put_string(skb, TCA_LITEFLOW_SLOT, c->slot) ||
	    nla_put_u8(skb, TCA_LITEFLOW_BANDS, c->bands) ||
	    lfq_dump_map(c, skb) ||
	    nla_put_u8(skb, TCA_LITEFLOW_MODE, c->mode) ||
	    lfq_dump_quanta(c, skb) ||
	    nla_put_u8(skb, TCA_LITEFLOW_DEFAULT, c->default_band) ||
	    nla_put_u32(skb, TCA_LITEFLOW_LIMIT, c->limit) ||
	    nla_put_u32(skb, TCA_LITEFLOW_FLOWS, c->flows) ||
	    (c->every && nla_put_u32(skb, TCA_LITEFLOW_EVERY, c->every)) ||
	    lfq_dump_phases(c, skb) ||
	    nla_put_u8(skb, TCA_LITEFLOW_ECN, c->ecn) ||
	    nla_put_u32(skb, TCA_LITEFLOW_STARVE, c->starve_us) ||
	    nla_put_u32(skb, TCA_LITEFLOW_IDLE, c->idle_ms) ||
	    (!c->inner && nla_put_u8(skb, TCA_LITEFLOW_INNER, 0)) ||
	    (c->split_gso && nla_put_u8(skb, TCA_LITEFLOW_SPLIT_GSO, 1)) ||
	    (c->mode == LITEFLOW_QDISC_SRPT && nla_put_u8(skb, TCA_LITEFLOW_ORDER, c->order)) ||
	    lfq_dump_thresholds(c, skb))
		return -EMSGSIZE;
	return 0;
}
