// SPDX-License-Identifier: GPL-2.0
/*
 * From netlink attributes to a rule and back. A request makes a copy, changes and checks it; it is
 * never half applied.
 */
#include "nf_lf.h"

#include <linux/rtnetlink.h>
#include <linux/slab.h>

static u32 tags;	/* RTNL; 24 bits are used */

static void set_u32(u32 *v, const struct nlattr *attr)
{
	if (attr)
		*v = nla_get_u32(attr);
}

static void read_numbers(struct nfl_rule *r, struct nlattr *const *attrs)
{
	set_u32(&r->request_mark, attrs[LITEFLOW_HOOK_A_HOOK_REQUEST_MARK]);
	set_u32(&r->request_mask, attrs[LITEFLOW_HOOK_A_HOOK_REQUEST_MASK]);
	set_u32(&r->result_mask, attrs[LITEFLOW_HOOK_A_HOOK_RESULT_MASK]);
	set_u32(&r->flows, attrs[LITEFLOW_HOOK_A_HOOK_FLOWS]);
	set_u32(&r->every, attrs[LITEFLOW_HOOK_A_HOOK_EVERY]);
	set_u32(&r->idle_ms, attrs[LITEFLOW_HOOK_A_HOOK_IDLE_MS]);
	if (attrs[LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT])
		r->result_shift = nla_get_u8(attrs[LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT]);
	if (attrs[LITEFLOW_HOOK_A_HOOK_CT])
		r->ct = nla_get_u8(attrs[LITEFLOW_HOOK_A_HOOK_CT]);
	if (attrs[LITEFLOW_HOOK_A_HOOK_CLEAR])
		r->clear = nla_get_u8(attrs[LITEFLOW_HOOK_A_HOOK_CLEAR]);
	if (attrs[LITEFLOW_HOOK_A_HOOK_INNER])
		r->inner = nla_get_u8(attrs[LITEFLOW_HOOK_A_HOOK_INNER]);
	if (attrs[LITEFLOW_HOOK_A_HOOK_SLOT])
		nla_strscpy(r->slot, attrs[LITEFLOW_HOOK_A_HOOK_SLOT], sizeof(r->slot));
}

static int check_action(const struct nfl_action *a, bool accept, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	u8 sets = a->what & (NFL_MARK | NFL_PRIORITY | NFL_LABEL);

	if ((a->what || accept) && !!sets + !!(a->what & NFL_DROP) + accept <= 1)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nest,
			    "a map entry sets a mark, priority or label, or accepts, "
			    "or drops; it may also log");
	return -EINVAL;
}

/* The core checks class names. */
static int read_action(struct nfl_action *a, const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[LITEFLOW_HOOK_A_MAP_UNKNOWN + 1];
	int rc;

	rc = nla_parse_nested(tb, LITEFLOW_HOOK_A_MAP_UNKNOWN, nest, liteflow_hook_map_nl_policy,
			      extack);
	if (rc)
		return rc;
	if (!tb[LITEFLOW_HOOK_A_MAP_CLASS]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "an entry of the map has no class");
		return -EINVAL;
	}
	nla_strscpy(a->class_name, tb[LITEFLOW_HOOK_A_MAP_CLASS], sizeof(a->class_name));
	set_u32(&a->mark, tb[LITEFLOW_HOOK_A_MAP_MARK]);
	set_u32(&a->priority, tb[LITEFLOW_HOOK_A_MAP_PRIORITY]);
	if (tb[LITEFLOW_HOOK_A_MAP_LABEL])
		a->label = nla_get_u32(tb[LITEFLOW_HOOK_A_MAP_LABEL]);
	a->what = (tb[LITEFLOW_HOOK_A_MAP_MARK] ? NFL_MARK : 0) |
		  (tb[LITEFLOW_HOOK_A_MAP_PRIORITY] ? NFL_PRIORITY : 0) |
		  (tb[LITEFLOW_HOOK_A_MAP_LABEL] ? NFL_LABEL : 0) |
		  (tb[LITEFLOW_HOOK_A_MAP_LOG] ? NFL_LOG : 0) |
		  (tb[LITEFLOW_HOOK_A_MAP_DROP] ? NFL_DROP : 0);
	return check_action(a, tb[LITEFLOW_HOOK_A_MAP_ACCEPT], nest, extack);
}

static int read_map(struct nfl_rule *r, const struct genl_info *info)
{
	const struct nlmsghdr *nlh = info->nlhdr;
	const struct nlattr *attr;
	int rest, rc;

	if (info->attrs[LITEFLOW_HOOK_A_HOOK_MAP_CLEAR] || info->attrs[LITEFLOW_HOOK_A_HOOK_MAP]) {
		memset(r->map, 0, sizeof(r->map));
		memset(&r->labels, 0, sizeof(r->labels));
		r->n_map = 0;
		r->n_classes = 0;
		r->strict = !!info->attrs[LITEFLOW_HOOK_A_HOOK_MAP_STRICT];
	}
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rest) {
		if (nla_type(attr) != LITEFLOW_HOOK_A_HOOK_MAP)
			continue;
		if (r->n_map == LITEFLOW_HOOK_MAP_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "a map has at most "
					    __stringify(LITEFLOW_HOOK_MAP_MAX) " entries");
			return -EINVAL;
		}
		rc = read_action(&r->map[r->n_map], attr, info->extack);
		if (rc)
			return rc;
		r->n_classes += !lf_map_is_reason(r->map[r->n_map].class_name);
		if (r->map[r->n_map].what & NFL_LABEL)
			__set_bit(r->map[r->n_map].label, r->labels.bits);
		r->n_map++;
	}
	return 0;
}

bool nfl_rule_wants_log(const struct genl_info *info)
{
	const struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest)
		if (nla_type(attr) == LITEFLOW_HOOK_A_HOOK_MAP &&
		    nla_find_nested(attr, LITEFLOW_HOOK_A_MAP_LOG))
			return true;
	return false;
}

/* Not at every change: the slot may have another snapshot by then. */
static int read_check(struct nfl_rule *r, const struct genl_info *info)
{
	if (info->attrs[LITEFLOW_HOOK_A_HOOK_MAP_STRICT] &&
	    !info->attrs[LITEFLOW_HOOK_A_HOOK_MAP]) {
		NL_SET_ERR_MSG(info->extack, "strict needs a map");
		return -EINVAL;
	}
	r->map_check = LF_MAP_UNCHECKED;
	if (info->attrs[LITEFLOW_HOOK_A_HOOK_MAP] || info->attrs[LITEFLOW_HOOK_A_HOOK_SLOT])
		r->map_check = r->strict ? LF_MAP_STRICT : LF_MAP_WARN;
	return 0;
}

bool nfl_rule_does(const struct nfl_rule *r, enum nfl_do what)
{
	unsigned int i;

	for (i = 0; i < r->n_map; i++)
		if (r->map[i].what & what)
			return true;
	return false;
}

static int check_marks(const struct nfl_rule *r, struct netlink_ext_ack *extack)
{
	u32 most = r->result_mask >> r->result_shift;
	unsigned int i;

	if (!r->result_mask && nfl_rule_does(r, NFL_MARK)) {
		NL_SET_ERR_MSG(extack, "marks need result MASK, the bits of the mark to write");
		return -EINVAL;
	}
	if (!most && (r->result_mask || r->result_shift)) {
		NL_SET_ERR_MSG(extack, "the shift leaves no bit of the result mask");
		return -EINVAL;
	}
	for (i = 0; i < r->n_map; i++) {
		if (r->map[i].mark <= most)
			continue;
		NL_SET_ERR_MSG(extack, "a mark in the map does not fit the result mask");
		return -ERANGE;
	}
	return 0;
}

static int check(const struct nfl_rule *r, struct netlink_ext_ack *extack)
{

	if (!r->slot[0]) {
		NL_SET_ERR_MSG(extack, "a hook needs a slot");
		return -EINVAL;
	}
	if (r->request_mark & ~r->request_mask) {
		NL_SET_ERR_MSG(extack, "the request mark has bits outside its mask: no packet "
				       "would match");
		return -EINVAL;
	}
	if (r->clear && !r->request_mask) {
		NL_SET_ERR_MSG(extack, "clear needs request, whose bits it clears");
		return -EINVAL;
	}
	return check_marks(r, extack);
}

struct nfl_rule *nfl_rule_make(const struct nfl_rule *old, const struct genl_info *info)
{
	struct nfl_rule *r;
	unsigned int i;
	int rc;

	ASSERT_RTNL();
	r = old ? kmemdup(old, sizeof(*old), GFP_KERNEL_ACCOUNT) :
		  kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(-ENOMEM);
	r->counts = __alloc_percpu_gfp(LITEFLOW_HOOK_MAP_MAX * sizeof(*r->counts),
				       __alignof__(*r->counts), GFP_KERNEL_ACCOUNT);
	if (!r->counts) {
		kfree(r);
		return ERR_PTR(-ENOMEM);
	}
	for (i = 0; i < r->n_map; i++)
		r->map[i].packets = r->map[i].bytes = 0;
	r->before = NULL;
	r->tag = ++tags & 0xffffff;
	read_numbers(r, info->attrs);
	rc = read_map(r, info) ?: read_check(r, info) ?: check(r, info->extack);
	if (!rc)
		return r;
	nfl_rule_free(r);
	return ERR_PTR(rc);
}

void nfl_rule_free(struct nfl_rule *r)
{
	if (r)
		free_percpu(r->counts);
	kfree(r);
}

static void sum_up(const struct nfl_rule *r, unsigned int i, u64 *packets, u64 *bytes)
{
	const struct nfl_action_counts *c;
	int cpu;

	*packets = r->map[i].packets;
	*bytes = r->map[i].bytes;
	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(r->counts + i, cpu);
		*packets += READ_ONCE(c->packets);
		*bytes += READ_ONCE(c->bytes);
	}
}

void nfl_rule_inherit(struct nfl_rule *r, const struct nfl_rule *old)
{
	u64 packets, bytes;
	unsigned int i, j;

	for (i = 0; i < r->n_map; i++) {
		for (j = 0; j < old->n_map; j++) {
			if (strcmp(r->map[i].class_name, old->map[j].class_name))
				continue;
			sum_up(old, j, &packets, &bytes);
			r->map[i].packets += packets;
			r->map[i].bytes += bytes;
		}
	}
}

void nfl_rule_attach(const struct nfl_rule *r, struct lf_attach_cfg *cfg, struct lf_map_entry *map)
{
	unsigned int i;

	memset(cfg, 0, sizeof(*cfg));
	cfg->slot = r->slot;
	cfg->flows = r->flows;
	cfg->every = r->every;
	cfg->idle_ms = r->idle_ms;
	cfg->inner = r->inner;
	cfg->n_map = r->n_map;
	cfg->n_given = r->n_map;
	cfg->map = map;
	cfg->map_check = r->map_check;
	BUILD_BUG_ON(LITEFLOW_HOOK_MAP_MAX > LF_MAP_MAX || LITEFLOW_HOOK_MAP_MAX > 0xff);
	for (i = 0; i < r->n_map; i++) {
		memcpy(map[i].class_name, r->map[i].class_name, sizeof(map[i].class_name));
		map[i].action = r->tag << 8 | i;
	}
}

/* In the syntax of lfctl hook. */
static void say_action(const struct nfl_action *a, char *text, size_t size)
{
	size_t n = 0;

	if (a->what & NFL_MARK)
		n += scnprintf(text + n, size - n, ",mark=0x%x", a->mark);
	if (a->what & NFL_PRIORITY)
		n += scnprintf(text + n, size - n, ",priority=%x:%x", a->priority >> 16,
			       a->priority & 0xffff);
	if (a->what & NFL_LABEL)
		n += scnprintf(text + n, size - n, ",label=%u", a->label);
	if (a->what & NFL_DROP)
		n += scnprintf(text + n, size - n, ",drop");
	if (!(a->what & ~NFL_LOG))
		n += scnprintf(text + n, size - n, ",accept");
	if (a->what & NFL_LOG)
		n += scnprintf(text + n, size - n, ",log");
	memmove(text, text + 1, n);
}

bool nfl_rule_entry(const struct nfl_rule *r, unsigned int i, struct lf_attach_entry *e)
{
	if (i >= r->n_map)
		return false;
	memcpy(e->class_name, r->map[i].class_name, sizeof(e->class_name));
	say_action(&r->map[i], e->does, sizeof(e->does));
	e->counted = true;
	sum_up(r, i, &e->packets, &e->bytes);
	return true;
}

static int dump_counts(const struct nfl_rule *r, unsigned int i, struct sk_buff *msg)
{
	u64 packets, bytes;

	sum_up(r, i, &packets, &bytes);
	return nla_put_u64_64bit(msg, LITEFLOW_HOOK_A_MAP_PACKETS, packets,
				 LITEFLOW_HOOK_A_MAP_PAD) ?:
	       nla_put_u64_64bit(msg, LITEFLOW_HOOK_A_MAP_BYTES, bytes, LITEFLOW_HOOK_A_MAP_PAD);
}

static int dump_action(const struct nfl_rule *r, unsigned int i, bool known, struct sk_buff *msg)
{
	const struct nfl_action *a = &r->map[i];
	struct nlattr *nest = nla_nest_start(msg, LITEFLOW_HOOK_A_HOOK_MAP);

	if (!nest || nla_put_string(msg, LITEFLOW_HOOK_A_MAP_CLASS, a->class_name) ||
	    (a->what & NFL_MARK && nla_put_u32(msg, LITEFLOW_HOOK_A_MAP_MARK, a->mark)) ||
	    (a->what & NFL_PRIORITY &&
	     nla_put_u32(msg, LITEFLOW_HOOK_A_MAP_PRIORITY, a->priority)) ||
	    (a->what & NFL_LABEL && nla_put_u32(msg, LITEFLOW_HOOK_A_MAP_LABEL, a->label)) ||
	    (a->what & NFL_DROP && nla_put_flag(msg, LITEFLOW_HOOK_A_MAP_DROP)) ||
	    (!(a->what & ~NFL_LOG) && nla_put_flag(msg, LITEFLOW_HOOK_A_MAP_ACCEPT)) ||
	    (a->what & NFL_LOG && nla_put_flag(msg, LITEFLOW_HOOK_A_MAP_LOG)) ||
	    (!known && nla_put_flag(msg, LITEFLOW_HOOK_A_MAP_UNKNOWN)) || dump_counts(r, i, msg))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int nfl_rule_dump(const struct nfl_rule *r, u64 known, struct sk_buff *msg)
{
	unsigned int i;

	if (nla_put_string(msg, LITEFLOW_HOOK_A_HOOK_SLOT, r->slot) ||
	    nla_put_u32(msg, LITEFLOW_HOOK_A_HOOK_REQUEST_MARK, r->request_mark) ||
	    nla_put_u32(msg, LITEFLOW_HOOK_A_HOOK_REQUEST_MASK, r->request_mask) ||
	    nla_put_u32(msg, LITEFLOW_HOOK_A_HOOK_RESULT_MASK, r->result_mask) ||
	    nla_put_u8(msg, LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT, r->result_shift) ||
	    nla_put_u8(msg, LITEFLOW_HOOK_A_HOOK_CT, r->ct) ||
	    nla_put_u8(msg, LITEFLOW_HOOK_A_HOOK_CLEAR, r->clear) ||
	    nla_put_u8(msg, LITEFLOW_HOOK_A_HOOK_INNER, r->inner) ||
	    (r->strict && nla_put_flag(msg, LITEFLOW_HOOK_A_HOOK_MAP_STRICT)) ||
	    nla_put_u32(msg, LITEFLOW_HOOK_A_HOOK_EVERY, r->every) ||
	    nla_put_u32(msg, LITEFLOW_HOOK_A_HOOK_IDLE_MS, r->idle_ms))
		return -EMSGSIZE;
	for (i = 0; i < r->n_map; i++)
		if (dump_action(r, i, known & BIT_ULL(i), msg))
			return -EMSGSIZE;
	return 0;
}
