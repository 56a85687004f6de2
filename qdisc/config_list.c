// SPDX-License-Identifier: GPL-2.0
/* Options that are lists of numbers: quanta, phases, thresholds. */
#include "config.h"

#define LFQ_QUANTUM_MAX 16777216 /* bytes */
/* bytes: a new TCP connection's first flight, and some more */
#define LFQ_THRESHOLD		20000
#define LFQ_THRESHOLD_TIMES	4

static const struct nla_policy lfq_quanta_policy[TCA_LITEFLOW_LIST_MAX + 1] = {
	[TCA_LITEFLOW_QUANTUM]	= { .type = NLA_U32 },
};

static const struct nla_policy lfq_thresholds_policy[TCA_LITEFLOW_LIST_MAX + 1] = {
	[TCA_LITEFLOW_THRESHOLD] = { .type = NLA_U32 },
};

static const struct nla_policy lfq_phases_policy[TCA_LITEFLOW_LIST_MAX + 1] = {
	[TCA_LITEFLOW_PHASE]	= { .type = NLA_U32 },
};

int lfq_parse_quanta(struct lfq_config *c, const struct nlattr *quanta,
		     struct netlink_ext_ack *extack)
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
			return lfq_refuse(
				extack, a,
				"quantum must be 1 to " __stringify(LFQ_QUANTUM_MAX) " bytes");
		c->quantum[n++] = nla_get_u32(a);
	}
	return 0;
}

int lfq_parse_phases(struct lfq_config *c, const struct nlattr *phases,
		     struct netlink_ext_ack *extack)
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
			return lfq_refuse(extack, a,
					  "there must not be more than " __stringify(
						  LF_PHASES_MAX) " phases");
		if (nla_get_u32(a) <= last)
			return lfq_refuse(extack, a, "phases must be packet numbers from 1, in "
					  "ascending order");
		last = nla_get_u32(a);
		c->phases[c->n_phases++] = last;
	}
	if (!c->n_phases)
		return lfq_refuse(extack, phases, "phases must name at least one packet");
	return 0;
}

/* The number of bands that the thresholds imply. */
unsigned int lfq_bands_of(const struct nlattr *thresholds, unsigned int otherwise)
{
	const struct nlattr *a;
	unsigned int n = 0;
	int rem;

	if (!thresholds)
		return otherwise;
	nla_for_each_nested(a, thresholds, rem)
		n++;
	return n && n < LITEFLOW_QDISC_BANDS_MAX ? n + 1 : otherwise;
}

static int lfq_add_threshold(struct lfq_config *c, const struct nlattr *a,
			     struct netlink_ext_ack *extack)
{
	u32 last = c->n_thresholds ? c->thresholds[c->n_thresholds - 1] : 0;

	if (c->n_thresholds + 1 >= c->bands)
		return lfq_refuse(extack, a, "there must be fewer thresholds than bands");
	if (nla_get_u32(a) <= last)
		return lfq_refuse(extack, a, "thresholds must be bytes from 1, in ascending order");
	c->thresholds[c->n_thresholds++] = nla_get_u32(a);
	return 0;
}

int lfq_parse_thresholds(struct lfq_config *c, const struct nlattr *thresholds,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	int rem, err;

	if (!thresholds)
		return 0;
	err = nla_validate_nested(thresholds, TCA_LITEFLOW_LIST_MAX, lfq_thresholds_policy, extack);
	if (err)
		return err;
	c->n_thresholds = 0;
	memset(c->thresholds, 0, sizeof(c->thresholds));
	nla_for_each_nested(a, thresholds, rem) {
		err = lfq_add_threshold(c, a, extack);
		if (err)
			return err;
	}
	return 0;
}

/* Fewer bands have fewer thresholds. The band after the last one given takes the rest. */
void lfq_settle_thresholds(struct lfq_config *c)
{
	unsigned int i, n = c->bands - 1;
	u64 upto = LFQ_THRESHOLD;

	c->n_thresholds = min_t(unsigned int, c->n_thresholds, n);
	if (c->n_thresholds)
		n = c->n_thresholds;
	for (i = 0; i < ARRAY_SIZE(c->upto); i++, upto *= LFQ_THRESHOLD_TIMES) {
		if (i >= n)
			c->upto[i] = U64_MAX;
		else
			c->upto[i] = c->n_thresholds ? c->thresholds[i] : upto;
	}
}

static int lfq_dump_list(const u32 *list, unsigned int n, int nest_type, int type,
			 struct sk_buff *skb)
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

/* Number of quanta that were given, from band 0 on. */
static unsigned int lfq_n_quanta(const struct lfq_config *c)
{
	unsigned int n;

	for (n = 0; n < c->bands && c->quantum[n]; n++)
		;
	return n;
}

int lfq_dump_quanta(const struct lfq_config *c, struct sk_buff *skb)
{
	return lfq_dump_list(c->quantum, lfq_n_quanta(c), TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM,
			     skb);
}

int lfq_dump_phases(const struct lfq_config *c, struct sk_buff *skb)
{
	return lfq_dump_list(c->phases, c->n_phases, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, skb);
}

int lfq_dump_thresholds(const struct lfq_config *c, struct sk_buff *skb)
{
	return lfq_dump_list(c->thresholds, c->n_thresholds, TCA_LITEFLOW_THRESHOLDS,
			     TCA_LITEFLOW_THRESHOLD, skb);
}
