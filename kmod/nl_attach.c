// SPDX-License-Identifier: GPL-2.0
/* Handlers: attachments. */
#include "netlink.h"

#include "nl_gen.h"

#define ENTRIES_SHOWN	256	/* of all entries of an attachment */
#define ENTRY_BYTES	136	/* of a message, with the longest texts */

static int counters_fill(struct sk_buff *msg, const struct lf_attach_stats *st)
{
	struct nlattr *nest;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(st->packets); i++) {
		nest = nla_nest_start(msg, LITEFLOW_A_ATTACH_COUNTER);
		if (!nest || nla_put_u32(msg, LITEFLOW_A_COUNTER_REASON, i) ||
		    lf_nl_put_u64(msg, LITEFLOW_A_COUNTER_PACKETS, st->packets[i],
				  LITEFLOW_A_COUNTER_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int flows_fill(struct sk_buff *msg, const struct lf_attach_stats *st)
{
	if (nla_put_u32(msg, LITEFLOW_A_ATTACH_FLOWS, st->flows) ||
	    nla_put_u32(msg, LITEFLOW_A_ATTACH_FLOWS_MAX, st->flows_max) ||
	    nla_put_u32(msg, LITEFLOW_A_ATTACH_FLOWS_ROOM, st->flows_room) ||
	    nla_put_u32(msg, LITEFLOW_A_ATTACH_FLOW_KIB, st->flow_bytes >> 10) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_ATTACH_FLOWS_REFUSED, st->refused,
			  LITEFLOW_A_ATTACH_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_ATTACH_FLOWS_BORN, st->born, LITEFLOW_A_ATTACH_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_ATTACH_FLOWS_ENDED, st->ended, LITEFLOW_A_ATTACH_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_ATTACH_FLOWS_AGED, st->aged, LITEFLOW_A_ATTACH_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_ATTACH_FLOWS_EVICTED, st->evicted, LITEFLOW_A_ATTACH_PAD))
		return -EMSGSIZE;
	return 0;
}

/* Where it is, and the name of its slot. */
static int place_fill(struct sk_buff *msg, const struct lf_attach *a)
{
	const struct lf_slot *slot = rcu_dereference_protected(a->slot, lockdep_is_held(&lf_mutex));
	const struct lf_gen *gen = slot ? lf_slot_active(slot) : NULL;
	struct lf_attach_desc desc = {};

	a->ops->describe(a->priv, &desc);
	desc.label[sizeof(desc.label) - 1] = '\0';
	if (nla_put_u32(msg, LITEFLOW_A_ATTACH_ID, a->id) ||
	    nla_put_u8(msg, LITEFLOW_A_ATTACH_KIND, a->kind) ||
	    nla_put_string(msg, LITEFLOW_A_ATTACH_LABEL, desc.label) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_ATTACH_DROPPED, desc.dropped, LITEFLOW_A_ATTACH_PAD) ||
	    nla_put_string(msg, LITEFLOW_A_ATTACH_SLOT, a->slot_name))
		return -EMSGSIZE;
	if (desc.ifindex && nla_put_u32(msg, LITEFLOW_A_ATTACH_IFINDEX, desc.ifindex))
		return -EMSGSIZE;
	if (slot && nla_put_flag(msg, LITEFLOW_A_ATTACH_BOUND))
		return -EMSGSIZE;
	if (gen && (nla_put_string(msg, LITEFLOW_A_ATTACH_SNAPSHOT, gen->snap->info.name) ||
		    nla_put(msg, LITEFLOW_A_ATTACH_HASH, LQ_HASH_LEN, gen->snap->info.hash)))
		return -EMSGSIZE;
	return 0;
}

/* A mapped entry. The core counts no packets by entry; kinds that do have their own entry(). */
static bool entry_of(const struct lf_attach *a, unsigned int i, struct lf_attach_entry *e)
{
	memset(e, 0, sizeof(*e));
	if (a->ops->entry)
		return a->ops->entry(a->priv, i, e);
	if (i >= a->n_given)
		return false;
	strscpy(e->class_name, a->own.map[i].class_name, sizeof(e->class_name));
	return true;
}

static int entry_fill(struct sk_buff *msg, const struct lf_attach_entry *e,
		      const struct lf_snapshot *snap)
{
	struct nlattr *nest = nla_nest_start(msg, LITEFLOW_A_ATTACH_ENTRY);

	BUILD_BUG_ON(ENTRY_BYTES <
		     8 * NLA_HDRLEN + sizeof(e->class_name) + sizeof(e->does) + 2 * sizeof(u64));
	if (!nest || nla_put_string(msg, LITEFLOW_A_ENTRY_CLASS, e->class_name) ||
	    (e->does[0] && nla_put_string(msg, LITEFLOW_A_ENTRY_DOES, e->does)) ||
	    (e->counted &&
	     (lf_nl_put_u64(msg, LITEFLOW_A_ENTRY_PACKETS, e->packets, LITEFLOW_A_ENTRY_PAD) ||
	      lf_nl_put_u64(msg, LITEFLOW_A_ENTRY_BYTES, e->bytes, LITEFLOW_A_ENTRY_PAD))) ||
	    (snap && !lf_map_knows(snap, e->class_name) &&
	     nla_put_flag(msg, LITEFLOW_A_ENTRY_UNKNOWN)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int entries_fill(struct sk_buff *msg, const struct lf_attach *a)
{
	const struct lf_slot *slot = rcu_dereference_protected(a->slot, lockdep_is_held(&lf_mutex));
	const struct lf_gen *gen = slot ? lf_slot_active(slot) : NULL;
	struct lf_attach_entry e;
	unsigned int i;

	for (i = 0; i < ENTRIES_SHOWN && entry_of(a, i, &e); i++)
		if (entry_fill(msg, &e, gen ? gen->snap : NULL))
			return -EMSGSIZE;
	return 0;
}

static int attach_fill(struct sk_buff *msg, void *hdr, struct lf_attach *a, bool entries)
{
	struct lf_attach_stats st;

	lockdep_assert_held(&lf_mutex);
	if (!hdr)
		return -EMSGSIZE;
	lf_attach_stats(a, &st);
	if (place_fill(msg, a) || counters_fill(msg, &st) || flows_fill(msg, &st) ||
	    (entries && entries_fill(msg, a))) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

static struct lf_attach *attach_meant(struct genl_info *info)
{
	const struct nlattr *id = info->attrs[LITEFLOW_A_ATTACH_ID];
	struct lf_attach *a;

	if (id)
		list_for_each_entry(a, &lf_net(genl_info_net(info))->attaches, in_net)
			if (a->id == nla_get_u32(id))
				return a;
	lf_extack(info->extack, "there is no attachment with this id in this network namespace");
	return ERR_PTR(-ENOENT);
}

/* Congestion control is the only kind without a tool of its own to set its slot. */
static struct lf_attach *tcp_meant(struct genl_info *info)
{
	const struct nlattr *kind = info->attrs[LITEFLOW_A_ATTACH_KIND];
	struct lf_attach *a;

	if (!kind || nla_get_u8(kind) != LITEFLOW_ATTACH_KIND_TCP) {
		lf_extack(info->extack, "only a tcp attachment's slot can be set here: use tc, "
					"iptables or lfctl hook");
		return ERR_PTR(-EOPNOTSUPP);
	}
	list_for_each_entry(a, &lf_net(genl_info_net(info))->attaches, in_net)
		if (a->kind == LITEFLOW_ATTACH_KIND_TCP)
			return a;
	lf_extack(info->extack, "congestion control liteflow is not available here: load "
				"tcp_liteflow");
	return ERR_PTR(-ENOENT);
}

int liteflow_nl_attach_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_attach *a;
	int rc;

	mutex_lock(&lf_mutex);
	a = tcp_meant(info);
	rc = PTR_ERR_OR_ZERO(a) ?:
		     lf_attach_move(a, lf_nl_text(info, LITEFLOW_A_ATTACH_SLOT), info->extack);
	mutex_unlock(&lf_mutex);
	return rc;
}

int liteflow_nl_attach_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE + ENTRIES_SHOWN * ENTRY_BYTES,
					  GFP_KERNEL);
	struct lf_attach *a;
	int rc;

	if (!msg)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	a = attach_meant(info);
	rc = PTR_ERR_OR_ZERO(a) ?: attach_fill(msg, lf_nl_begin(msg, info), a, true);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return rc;
}

int liteflow_nl_attach_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long *last = (unsigned long *)cb->ctx;
	struct lf_attach *a;

	mutex_lock(&lf_mutex);
	cb->seq = lf_change;
	list_for_each_entry(a, &lf_net(sock_net(skb->sk))->attaches, in_net) {
		if (a->id <= *last)
			continue;
		if (attach_fill(skb, lf_nl_begin_dump(skb, cb, LITEFLOW_CMD_ATTACH_GET), a, false))
			break;
		*last = a->id;
	}
	mutex_unlock(&lf_mutex);
	return skb->len;
}
