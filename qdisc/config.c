// SPDX-License-Identifier: GPL-2.0
/*
 * Options: from a request to a checked struct lfq_config, and from that to a dump.
 *
 * A request states what is to be different from what is set now, or from the defaults. Each attribute has its function,
 * which looks at that attribute alone; what has to fit together (map and bands, default and bands) is looked at when
 * all are known. Nothing here touches the qdisc, so a bad value anywhere leaves everything as it was.
 */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include "lfq.h"

#define LFQ_BANDS		3
#define LFQ_LIMIT		10240		/* packets, as fq_codel */
#define LFQ_STARVE_US		100000		/* a tenth of a second: no TCP sender times out */
#define LFQ_IDLE_MS		30000
#define LFQ_BOUND		100000		/* bytes left of a flow that goes to band 0; ten times that: band 1, ... */
#define LFQ_QUANTUM_MAX		(1u << 24)	/* bytes */

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
};

static const struct nla_policy lfq_map_policy[TCA_LITEFLOW_MAP_MAX + 1] = {
	[TCA_LITEFLOW_MAP_ENTRY] = { .type = NLA_NESTED },
	[TCA_LITEFLOW_MAP_PAIR]	= { .type = NLA_BINARY, .len = LITEFLOW_QDISC_NAME_LEN },
	[TCA_LITEFLOW_MAP_STRICT] = { .type = NLA_FLAG },
};

static const struct nla_policy lfq_entry_policy[TCA_LITEFLOW_MAP_MAX + 1] = {
	[TCA_LITEFLOW_MAP_CLASS] = { .type = NLA_NUL_STRING },
	[TCA_LITEFLOW_MAP_BAND]	= { .type = NLA_U8 },
};

static const struct nla_policy lfq_quanta_policy[TCA_LITEFLOW_LIST_MAX + 1] = {
	[TCA_LITEFLOW_QUANTUM]	= { .type = NLA_U32 },
};

static const struct nla_policy lfq_phases_policy[TCA_LITEFLOW_LIST_MAX + 1] = {
	[TCA_LITEFLOW_PHASE]	= { .type = NLA_U32 },
};

static const struct lfq_config lfq_defaults = {
	.slot = "default",
	.bands = LFQ_BANDS,
	.mode = LITEFLOW_QDISC_DRR,
	.ecn = true,
	.limit = LFQ_LIMIT,
	.flows = LF_FLOWS_DEFAULT,
	.starve_us = LFQ_STARVE_US,
	.idle_ms = LFQ_IDLE_MS,
};

/* Refuse attribute @a with a sentence. */
#define lfq_refuse(extack, a, sentence) ({ NL_SET_ERR_MSG_ATTR(extack, a, "liteflow: " sentence); -EINVAL; })

static bool lfq_name_ok(const char *s)
{
	size_t n;

	for (n = 0; s[n]; n++)
		if (!isascii(s[n]) || (!isalnum(s[n]) && !strchr("._-", s[n])))
			return false;
	return n >= 1 && n < LITEFLOW_QDISC_NAME_LEN;
}

static bool lfq_all_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == '\0';
}

static int lfq_parse_protocol(const struct nlattr *a, struct netlink_ext_ack *extack)
{
	if (a && nla_get_u32(a) > LITEFLOW_QDISC_PROTOCOL)
		return lfq_refuse(extack, a, "this tc plugin is newer than the module: install the same version of both");
	return 0;
}

static int lfq_parse_slot(struct lfq_config *c, const struct nlattr *a, struct netlink_ext_ack *extack)
{
	if (!a)
		return 0;
	if (!lfq_name_ok(nla_data(a)))
		return lfq_refuse(extack, a, "slot name must have 1 to 31 of the characters A-Z a-z 0-9 . _ -");
	strscpy(c->slot, nla_data(a), sizeof(c->slot));
	return 0;
}

static int lfq_parse_bands(struct lfq_config *c, const struct nlattr *a, struct netlink_ext_ack *extack)
{
	if (!a)
		return 0;
	if (nla_get_u8(a) < 1 || nla_get_u8(a) > LITEFLOW_QDISC_BANDS_MAX)
		return lfq_refuse(extack, a, "bands must be 1 to 16");
	c->bands = nla_get_u8(a);
	return 0;
}

static int lfq_add_entry(struct lfq_config *c, const char *name, u8 band, const struct nlattr *a,
			 struct netlink_ext_ack *extack)
{
	struct lf_map_entry *e = &c->map[c->n_map];
	s64 number;
	int i;

	if (!lfq_name_ok(name))
		return lfq_refuse(extack, a, "class name must have 1 to 31 of the characters A-Z a-z 0-9 . _ -");
	if (lfq_all_digits(name) && kstrtos64(name, 10, &number))
		return lfq_refuse(extack, a, "number in the map is too large");
	if (c->n_map == LF_MAP_MAX)
		return lfq_refuse(extack, a, "map must not have more than 64 entries");
	for (i = 0; i < c->n_map; i++)
		if (!strcmp(c->map[i].class_name, name))
			return lfq_refuse(extack, a, "class is in the map already");
	strscpy(e->class_name, name, sizeof(e->class_name));
	e->action = band;
	c->map_classes |= !lf_map_is_reason(name);
	c->n_map++;
	return 0;
}

static int lfq_parse_entry(struct lfq_config *c, const struct nlattr *a,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCA_LITEFLOW_MAP_MAX + 1];
	int err;

	err = nla_parse_nested(tb, TCA_LITEFLOW_MAP_MAX, a, lfq_entry_policy, extack);
	if (err)
		return err;
	if (!tb[TCA_LITEFLOW_MAP_CLASS] || !tb[TCA_LITEFLOW_MAP_BAND])
		return lfq_refuse(extack, a, "an entry of the map must have a class and a band");
	return lfq_add_entry(c, nla_data(tb[TCA_LITEFLOW_MAP_CLASS]),
			     nla_get_u8(tb[TCA_LITEFLOW_MAP_BAND]), tb[TCA_LITEFLOW_MAP_CLASS],
			     extack);
}

static int lfq_parse_pair(struct lfq_config *c, const struct nlattr *a,
			  struct netlink_ext_ack *extack)
{
	const u8 *pair = nla_data(a);
	char name[LITEFLOW_QDISC_NAME_LEN] = "";
	int len = nla_len(a) - 1;

	if (len < 0)
		return lfq_refuse(extack, a, "an entry of the map must have a class and a band");
	memcpy(name, pair + 1, len);
	if (strlen(name) != len)
		return lfq_refuse(extack, a, "class name must have 1 to 31 of the characters A-Z a-z 0-9 . _ -");
	return lfq_add_entry(c, name, *pair, a, extack);
}

static int lfq_parse_map_part(struct lfq_config *c, const struct nlattr *a,
			      struct netlink_ext_ack *extack)
{
	switch (nla_type(a)) {
	case TCA_LITEFLOW_MAP_STRICT:
		c->map_strict = true;
		return 0;
	case TCA_LITEFLOW_MAP_PAIR:
		return lfq_parse_pair(c, a, extack);
	default:
		return lfq_parse_entry(c, a, extack);
	}
}

static int lfq_parse_map(struct lfq_config *c, const struct nlattr *map, struct netlink_ext_ack *extack)
{
	struct nlattr *a;
	int rem, err;

	if (!map)
		return 0;
	err = nla_validate_nested(map, TCA_LITEFLOW_MAP_MAX, lfq_map_policy, extack);
	if (err)
		return err;
	c->n_map = 0;
	c->map_strict = false;
	c->map_classes = false;
	nla_for_each_nested(a, map, rem) {
		err = lfq_parse_map_part(c, a, extack);
		if (err)
			return err;
	}
	c->map_given = c->n_map;
	if (c->map_strict && !c->map_given)
		return lfq_refuse(extack, map, "a strict map must have entries");
	c->n_given = c->n_map;
	return 0;
}

static int lfq_parse_mode(struct lfq_config *c, const struct nlattr *a, struct netlink_ext_ack *extack)
{
	if (!a)
		return 0;
	if (nla_get_u8(a) >= __LITEFLOW_QDISC_MODES)
		return lfq_refuse(extack, a, "mode must be strict or drr");
	c->mode = nla_get_u8(a);
	return 0;
}

static int lfq_parse_quanta(struct lfq_config *c, const struct nlattr *quanta, struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	unsigned int n = 0;
	int rem, err;

	if (!quanta)
		return 0;
	err = nla_validate_nested(quanta, TCA_LITEFLOW_LIST_MAX, lfq_quanta_policy, extack);
	if (err)
		return err;
	memset(c->quantum, 0, sizeof(c->quantum));
	nla_for_each_nested(a, quanta, rem) {
		if (n == c->bands)
			return lfq_refuse(extack, a, "there must not be more quanta than bands");
		if (!nla_get_u32(a) || nla_get_u32(a) > LFQ_QUANTUM_MAX)
			return lfq_refuse(extack, a, "quantum must be 1 to 16777216 bytes");
		c->quantum[n++] = nla_get_u32(a);
	}
	return 0;
}

static int lfq_parse_flows(struct lfq_config *c, const struct nlattr *a, bool change, struct netlink_ext_ack *extack)
{
	u32 flows;

	if (!a)
		return 0;
	flows = nla_get_u32(a);
	if (change && flows != c->flows)
		return lfq_refuse(extack, a, "flows cannot be changed: delete the qdisc and make it anew");
	if (flows < LF_FLOWS_MIN || flows > LF_FLOWS_MAX)
		return lfq_refuse(extack, a, "flows must be 64 to 4194304");
	c->flows = flows;
	return 0;
}

static int lfq_parse_phases(struct lfq_config *c, const struct nlattr *phases, struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	u32 last = 0;
	int rem, err;

	err = nla_validate_nested(phases, TCA_LITEFLOW_LIST_MAX, lfq_phases_policy, extack);
	if (err)
		return err;
	c->every = 0;
	c->n_phases = 0;
	memset(c->phases, 0, sizeof(c->phases));
	nla_for_each_nested(a, phases, rem) {
		if (c->n_phases == LF_PHASES_MAX)
			return lfq_refuse(extack, a, "there must not be more than 16 phases");
		if (nla_get_u32(a) <= last)
			return lfq_refuse(extack, a, "phases must be packet numbers from 1, in ascending order");
		last = nla_get_u32(a);
		c->phases[c->n_phases++] = last;
	}
	if (!c->n_phases)
		return lfq_refuse(extack, phases, "phases must name at least one packet");
	return 0;
}

/* When the model runs. */
static int lfq_parse_when(struct lfq_config *c, const struct nlattr *every, const struct nlattr *phases,
			  struct netlink_ext_ack *extack)
{
	if (every && phases)
		return lfq_refuse(extack, phases, "every and phases exclude each other");
	if (every) {
		c->every = nla_get_u32(every);
		c->n_phases = 0;
		memset(c->phases, 0, sizeof(c->phases));
	}
	return phases ? lfq_parse_phases(c, phases, extack) : 0;
}

static int lfq_parse_limits(struct lfq_config *c, struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *limit = tb[TCA_LITEFLOW_LIMIT], *ecn = tb[TCA_LITEFLOW_ECN];
	const struct nlattr *starve = tb[TCA_LITEFLOW_STARVE], *idle = tb[TCA_LITEFLOW_IDLE];

	if (limit && !nla_get_u32(limit))
		return lfq_refuse(extack, limit, "limit must be at least 1 packet");
	if (ecn && nla_get_u8(ecn) > 1)
		return lfq_refuse(extack, ecn, "ecn must be 0 or 1");
	if (idle && !nla_get_u32(idle))
		return lfq_refuse(extack, idle, "idle must be at least 1 ms");
	if (limit)
		c->limit = nla_get_u32(limit);
	if (ecn)
		c->ecn = nla_get_u8(ecn);
	if (starve)
		c->starve_us = nla_get_u32(starve);
	if (idle)
		c->idle_ms = nla_get_u32(idle);
	return 0;
}

/*
 * Traffic of which nothing is known goes to the middle: it shall neither overtake what the model puts first nor starve
 * behind what it puts last.
 */
static int lfq_settle_default(struct lfq_config *c, const struct nlattr *a, struct netlink_ext_ack *extack)
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
	NL_SET_ERR_MSG(extack, "liteflow: the default band would go: give another default");
	return -EINVAL;
}

static int lfq_check_map(const struct lfq_config *c, const struct nlattr *a, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < c->n_given; i++)
		if (c->map[i].action >= c->bands)
			break;
	if (i == c->n_given)
		return 0;
	if (a)
		return lfq_refuse(extack, a, "band in the map must be one of the bands, from 0");
	NL_SET_ERR_MSG(extack, "liteflow: a band that the map names would go: give another map");
	return -EINVAL;
}

/* Without a map: each band but the last takes flows ten times larger than the one before. */
static void lfq_default_map(struct lfq_config *c)
{
	s64 bound = LFQ_BOUND;
	u8 i;

	c->n_map = c->n_given;
	for (i = 0; i < c->bands; i++) {
		struct lf_map_entry *e = &c->map[c->n_map++];

		if (i == c->bands - 1)
			bound = S64_MAX;
		snprintf(e->class_name, sizeof(e->class_name), "%lld", bound);
		e->action = i;
		bound = bound > S64_MAX / 10 ? S64_MAX - 1 : bound * 10;
	}
}

static int lfq_parse(struct lfq_config *c, struct nlattr *opt, bool change, struct netlink_ext_ack *extack)
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
	      lfq_parse_bands(c, tb[TCA_LITEFLOW_BANDS], extack) ?:
	      lfq_parse_map(c, tb[TCA_LITEFLOW_MAP], extack) ?:
	      lfq_parse_mode(c, tb[TCA_LITEFLOW_MODE], extack) ?:
	      lfq_parse_quanta(c, tb[TCA_LITEFLOW_QUANTA], extack) ?:
	      lfq_parse_flows(c, tb[TCA_LITEFLOW_FLOWS], change, extack) ?:
	      lfq_parse_when(c, tb[TCA_LITEFLOW_EVERY], tb[TCA_LITEFLOW_PHASES], extack) ?:
	      lfq_parse_limits(c, tb, extack) ?:
	      lfq_settle_default(c, tb[TCA_LITEFLOW_DEFAULT], extack) ?:
	      lfq_check_map(c, tb[TCA_LITEFLOW_MAP], extack);
	if (err)
		return err;
	for (i = c->bands; i < LITEFLOW_QDISC_BANDS_MAX; i++)
		c->quantum[i] = 0;
	if (!c->map_classes)
		lfq_default_map(c);
	/* Not at every change: the slot may have got another snapshot since. */
	c->map_check = LF_MAP_UNCHECKED;
	if (c->map_given && (tb[TCA_LITEFLOW_MAP] || tb[TCA_LITEFLOW_SLOT]))
		c->map_check = c->map_strict ? LF_MAP_STRICT : LF_MAP_WARN;
	return 0;
}

/**
 * lfq_config_make - the options that a request leads to
 * @old: what is set now, NULL for a new qdisc
 * @opt: the request's TCA_OPTIONS, or NULL
 * @extack: gets a sentence for every refusal
 *
 * Return: options for the caller to kfree(), or ERR_PTR().
 */
struct lfq_config *lfq_config_make(const struct lfq_config *old, struct nlattr *opt, struct netlink_ext_ack *extack)
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

/* What the core has to know of them. @ac points into @c. */
void lfq_config_attach(const struct lfq_config *c, struct lf_attach_cfg *ac)
{
	*ac = (struct lf_attach_cfg) {
		.slot = c->slot,
		.flows = c->flows,
		.every = c->every,
		.n_phases = c->n_phases,
		.idle_ms = c->idle_ms,
		.n_map = c->n_map,
		.n_given = c->n_given,
		.map = c->map,
		.map_check = c->map_check,
	};
	memcpy(ac->phases, c->phases, sizeof(ac->phases));
}

static int lfq_dump_pair(const struct lf_map_entry *e, struct sk_buff *skb)
{
	size_t len = strlen(e->class_name);
	struct nlattr *a = nla_reserve(skb, TCA_LITEFLOW_MAP_PAIR, 1 + len);
	u8 *pair;

	if (!a)
		return -EMSGSIZE;
	pair = nla_data(a);
	*pair = e->action;
	memcpy(pair + 1, e->class_name, len);
	return 0;
}

static int lfq_dump_map(const struct lfq_config *c, struct sk_buff *skb)
{
	struct nlattr *nest;
	int i;

	if (!c->map_given)
		return 0;
	nest = nla_nest_start(skb, TCA_LITEFLOW_MAP);
	if (!nest)
		return -EMSGSIZE;
	if (c->map_strict && nla_put_flag(skb, TCA_LITEFLOW_MAP_STRICT))
		return -EMSGSIZE;
	for (i = 0; i < c->n_given; i++)
		if (lfq_dump_pair(&c->map[i], skb))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int lfq_dump_list(const u32 *list, unsigned int n, int nest_type, int type, struct sk_buff *skb)
{
	struct nlattr *nest;
	unsigned int i;

	if (!n)
		return 0;
	nest = nla_nest_start(skb, nest_type);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < n; i++)
		if (nla_put_u32(skb, type, list[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The quanta that were given: from band 0 on. */
static unsigned int lfq_n_quanta(const struct lfq_config *c)
{
	unsigned int n;

	for (n = 0; n < c->bands && c->quantum[n]; n++)
		;
	return n;
}

/* All options as attributes; the caller has begun the nest, and undoes it if the message is too small. */
int lfq_config_dump(const struct lfq_config *c, struct sk_buff *skb)
{
	if (nla_put_u32(skb, TCA_LITEFLOW_PROTOCOL, LITEFLOW_QDISC_PROTOCOL) ||
	    nla_put_string(skb, TCA_LITEFLOW_SLOT, c->slot) ||
	    nla_put_u8(skb, TCA_LITEFLOW_BANDS, c->bands) ||
	    lfq_dump_map(c, skb) ||
	    nla_put_u8(skb, TCA_LITEFLOW_MODE, c->mode) ||
	    lfq_dump_list(c->quantum, lfq_n_quanta(c), TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, skb) ||
	    nla_put_u8(skb, TCA_LITEFLOW_DEFAULT, c->default_band) ||
	    nla_put_u32(skb, TCA_LITEFLOW_LIMIT, c->limit) ||
	    nla_put_u32(skb, TCA_LITEFLOW_FLOWS, c->flows) ||
	    (c->every && nla_put_u32(skb, TCA_LITEFLOW_EVERY, c->every)) ||
	    lfq_dump_list(c->phases, c->n_phases, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, skb) ||
	    nla_put_u8(skb, TCA_LITEFLOW_ECN, c->ecn) ||
	    nla_put_u32(skb, TCA_LITEFLOW_STARVE, c->starve_us) ||
	    nla_put_u32(skb, TCA_LITEFLOW_IDLE, c->idle_ms))
		return -EMSGSIZE;
	return 0;
}
