// SPDX-License-Identifier: GPL-2.0
/* The option `map`: classes and bounds to bands. */
#include <lq/name.h>
#include "config.h"

static_assert(LITEFLOW_QDISC_NAME_LEN == LQ_NAME_LEN);

/* band 0 takes flows with at most so many bytes left; band 1: ten times that, ... */
#define LFQ_BOUND		100000

static const struct nla_policy lfq_map_policy[TCA_LITEFLOW_MAP_MAX + 1] = {
	[TCA_LITEFLOW_MAP_ENTRY] = { .type = NLA_NESTED },
	[TCA_LITEFLOW_MAP_PAIR]	= { .type = NLA_BINARY, .len = LITEFLOW_QDISC_NAME_LEN },
	[TCA_LITEFLOW_MAP_STRICT] = { .type = NLA_FLAG },
};

static const struct nla_policy lfq_entry_policy[TCA_LITEFLOW_MAP_MAX + 1] = {
	[TCA_LITEFLOW_MAP_CLASS] = { .type = NLA_NUL_STRING },
	[TCA_LITEFLOW_MAP_BAND]	= { .type = NLA_U8 },
};

static bool lfq_all_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == '\0';
}

static int lfq_add_entry(struct lfq_config *c, const char *name, u8 band, const struct nlattr *a,
			 struct netlink_ext_ack *extack)
{
	struct lf_map_entry *e = &c->map[c->n_map];
	s64 number;
	int i;

	if (!lq_name_ok(name))
		return lfq_refuse(extack, a, "class name must be " LQ_NAME_RULE);
	if (lfq_all_digits(name) && kstrtos64(name, 10, &number))
		return lfq_refuse(extack, a, "number in the map is too large");
	if (c->n_map == LF_MAP_MAX)
		return lfq_refuse(
			extack, a,
			"map must not have more than " __stringify(LF_MAP_MAX) " entries");
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
		return lfq_refuse(extack, a, "class name must be " LQ_NAME_RULE);
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

int lfq_parse_map(struct lfq_config *c, const struct nlattr *map, struct netlink_ext_ack *extack)
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
		return lfq_refuse(extack, map, "a strict map needs entries");
	c->n_given = c->n_map;
	return 0;
}

int lfq_check_map(const struct lfq_config *c, const struct nlattr *a,
		  struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < c->n_given; i++)
		if (c->map[i].action >= c->bands)
			break;
	if (i == c->n_given)
		return 0;
	if (a)
		return lfq_refuse(extack, a, "band in the map must be one of the bands, from 0");
	NL_SET_ERR_MSG(extack, "liteflow: this removes a band that the map uses: give a new map");
	return -EINVAL;
}

/* Without a map, each band but the last takes flows ten times larger than the previous one. */
void lfq_default_map(struct lfq_config *c)
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

int lfq_dump_map(const struct lfq_config *c, struct sk_buff *skb)
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
