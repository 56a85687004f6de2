// SPDX-License-Identifier: GPL-2.0
/*
 * Handlers: flows. A table is walked bucket by bucket. Entries are only copied under the bucket's
 * lock, for about a microsecond, so to packets a dump is like the worker's sweep. Between two
 * messages it remembers attachment, bucket and entry. If the table grows meanwhile, flows move to
 * buckets that are still to come, so no flow that stays is missed.
 */
#include "netlink.h"

#include "nl_gen.h"
#include "table.h"

#define BUCKETS_AT_ONCE	1024	/* while lf_mutex is held: about 100 us if they are empty */

/* A bucket's entries, each at its own index, since mates and heads refer to it. */
struct copy {
	struct lf_flow flow[LF_WAYS];
	u32 taken;
};

/* Position of a dump. */
struct place {
	u32 attach;		/* id; lower ones are done */
	u32 bucket, way;
	u32 only;		/* id of the only attachment to dump, 0: all */
	bool begun;
};

/* False: the table has no such bucket. */
static bool bucket_copy(struct lf_flows *flows, u32 i, struct copy *copy)
{
	struct lf_bucket *b;
	bool more;

	copy->taken = 0;
	spin_lock_bh(&flows->reshape);
	more = i < lf_shape_buckets(flows->shape);
	if (more) {
		b = lf_flows_at(flows, i / flows->first, i);
		spin_lock(&b->lock);
		copy->taken = ~lf_bucket_tagged(b, 0) & (BIT(LF_WAYS) - 1);
		if (copy->taken)
			memcpy(copy->flow, b->flow, sizeof(copy->flow));
		spin_unlock(&b->lock);
	}
	spin_unlock_bh(&flows->reshape);
	return more;
}

static int address_put(struct sk_buff *msg, int attr, const struct lf_key *key,
		       const struct in6_addr *address)
{
	/* For IPv4 it is the last word, as in ::ffff:0:0/96. */
	if (key->version == 4)
		return nla_put(msg, attr, 4, &address->s6_addr32[3]);
	return nla_put(msg, attr, 16, address);
}

static int key_fill(struct sk_buff *msg, const struct lf_key *key)
{
	if (nla_put_u8(msg, LITEFLOW_A_FLOW_PROTO, key->proto) ||
	    address_put(msg, LITEFLOW_A_FLOW_SRC, key, &key->src) ||
	    address_put(msg, LITEFLOW_A_FLOW_DST, key, &key->dst) ||
	    nla_put_u16(msg, LITEFLOW_A_FLOW_SPORT, ntohs(key->sport)) ||
	    nla_put_u16(msg, LITEFLOW_A_FLOW_DPORT, ntohs(key->dport)) ||
	    (key->vlan && nla_put_u16(msg, LITEFLOW_A_FLOW_VLAN, ntohs(key->vlan))) ||
	    (key->tunnel && nla_put_u32(msg, LITEFLOW_A_FLOW_TUNNEL, key->tunnel)))
		return -EMSGSIZE;
	return 0;
}

static int class_fill(struct sk_buff *msg, const struct lf_gen *gen, const struct lf_flow *flow)
{
	if (nla_put_u16(msg, LITEFLOW_A_FLOW_CLASS, flow->class) ||
	    (!lf_confident(&gen->confidence, flow->value, flow->margin) &&
	     nla_put_flag(msg, LITEFLOW_A_FLOW_UNSURE)))
		return -EMSGSIZE;
	return 0;
}

/* The generation that serves it, and its verdict. */
static int verdict_fill(struct sk_buff *msg, const struct lf_attach *a, const struct lf_flow *flow)
{
	const struct lf_bind *b;
	int rc = 0;

	rcu_read_lock();
	b = flow->generation ? lf_bind_of(a, flow->generation) : NULL;
	if (b)
		rc = nla_put_u32(msg, LITEFLOW_A_FLOW_GENERATION, b->gen->number);
	if (!rc && b && flow->has_verdict)
		rc = b->gen->snap->meaning == LQ_MEANING_CLASS ?
		     class_fill(msg, b->gen, flow) :
		     nla_put_s64(msg, LITEFLOW_A_FLOW_VALUE, flow->units, LITEFLOW_A_FLOW_PAD);
	rcu_read_unlock();
	return rc;
}

static u64 ms_since(u64 now_ns, u64 then_ns)
{
	return now_ns > then_ns ? div_u64(now_ns - then_ns, NSEC_PER_MSEC) : 0;
}

/* @flow must be a head. @whole: with what its model reads. */
static int flow_fill(struct sk_buff *msg, void *hdr, const struct lf_attach *a,
		     const struct lf_flow *flow, bool whole)
{
	u64 now_ns = ktime_get_ns();

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(msg, LITEFLOW_A_FLOW_ATTACH, a->id) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_FLOW_ID, flow->id, LITEFLOW_A_FLOW_PAD) ||
	    key_fill(msg, &flow->key) ||
	    nla_put_u32(msg, LITEFLOW_A_FLOW_PACKETS, lf_flow_packets(flow)) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_FLOW_BYTES, lf_flow_bytes(flow), LITEFLOW_A_FLOW_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_FLOW_AGE_MS, ms_since(now_ns, flow->born_ns),
			  LITEFLOW_A_FLOW_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_FLOW_SILENT_MS, ms_since(now_ns, lf_flow_last(flow)),
			  LITEFLOW_A_FLOW_PAD) ||
	    verdict_fill(msg, a, flow) ||
	    (flow->closing && nla_put_flag(msg, LITEFLOW_A_FLOW_CLOSING)) ||
	    (whole && lf_nl_put_reading(msg, a, flow))) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/* The head of two joined halves stands for both. */
static bool is_head(const struct copy *copy, int way)
{
	return copy->taken & BIT(way) &&
	       (!lf_flow_joined(&copy->flow[way]) || copy->flow[way].head == way);
}

/* The first attachment with flows that is not done yet. */
static struct lf_attach *attach_at(const struct net *net, struct place *p)
{
	struct lf_attach *a;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &lf_net(net)->attaches, in_net) {
		if (a->id < p->attach || !a->flows || (p->only && a->id != p->only))
			continue;
		if (a->id != p->attach) {
			p->attach = a->id;
			p->bucket = 0;
			p->way = 0;
		}
		return a;
	}
	return NULL;
}

/* The bucket of @p, from its entry on. Returns false if the message is full. */
static bool bucket_fill(struct sk_buff *skb, struct netlink_callback *cb,
			const struct lf_attach *a, struct place *p, const struct copy *copy)
{
	for (; p->way < LF_WAYS; p->way++) {
		if (!is_head(copy, p->way))
			continue;
		if (flow_fill(skb, lf_nl_begin_dump(skb, cb, LITEFLOW_CMD_FLOW_GET), a,
			      &copy->flow[p->way], false))
			return false;
	}
	p->way = 0;
	p->bucket++;
	return true;
}

/* Some buckets of one table. Returns false if the message is full or all is done. */
static bool dump_some(struct sk_buff *skb, struct netlink_callback *cb, struct place *p,
		      struct copy *copy)
{
	struct lf_attach *a = attach_at(sock_net(skb->sk), p);
	u32 n;

	for (n = 0; a && n < BUCKETS_AT_ONCE; n++) {
		if (!bucket_copy(a->flows, p->bucket, copy)) {
			p->attach++;
			p->bucket = 0;
			p->way = 0;
			return true;
		}
		if (!bucket_fill(skb, cb, a, p, copy))
			return false;
	}
	return a;
}

/* Dumps are not validated against the policy. */
static u32 only_of(struct netlink_callback *cb)
{
	const struct nlattr *attr = nlmsg_find_attr(cb->nlh, GENL_HDRLEN, LITEFLOW_A_FLOW_ATTACH);

	return attr && nla_len(attr) >= sizeof(u32) ? nla_get_u32(attr) : 0;
}

int liteflow_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct place *p = (struct place *)cb->ctx;
	struct copy *copy = kmalloc(sizeof(*copy), GFP_KERNEL);
	bool more;

	BUILD_BUG_ON(sizeof(*p) > sizeof(cb->ctx));
	if (!copy)
		return -ENOMEM;
	if (!p->begun) {
		p->only = only_of(cb);
		p->begun = true;
	}
	do {
		mutex_lock(&lf_mutex);
		more = dump_some(skb, cb, p, copy);
		mutex_unlock(&lf_mutex);
		cond_resched();
	} while (more && !signal_pending(current));
	kfree(copy);
	return more && !skb->len ? -EINTR : skb->len;
}

/* --- one flow --- */

static int copy_find(const struct copy *copy, u64 id)
{
	int way;

	for (way = 0; way < LF_WAYS; way++)
		if (is_head(copy, way) && copy->flow[way].id == id)
			return way;
	return -1;
}

/* Searches some buckets. 0: found and written; -EAGAIN: there are more; or error and message. */
static int find_some(struct sk_buff *msg, struct genl_info *info, struct place *p, u64 id,
		     struct copy *copy)
{
	struct lf_attach *a = attach_at(genl_info_net(info), p);
	int way;
	u32 n;

	for (n = 0; a && bucket_copy(a->flows, p->bucket, copy); n++) {
		way = copy_find(copy, id);
		if (way >= 0)
			return flow_fill(msg, lf_nl_begin(msg, info), a, &copy->flow[way], true);
		if (n == BUCKETS_AT_ONCE)
			return -EAGAIN;
		p->bucket++;
	}
	lf_extack(info->extack, "there is no such flow in this network namespace");
	return -ENOENT;
}

int liteflow_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attach = info->attrs[LITEFLOW_A_FLOW_ATTACH];
	const struct nlattr *id = info->attrs[LITEFLOW_A_FLOW_ID];
	struct place p = {};
	struct copy *copy;
	struct sk_buff *msg;
	int rc;

	if (!attach || !id || !nla_get_u32(attach)) {
		lf_extack(info->extack, "give the ids of the flow and of its attachment");
		return -EINVAL;
	}
	p.only = nla_get_u32(attach);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	copy = kmalloc(sizeof(*copy), GFP_KERNEL);
	rc = msg && copy ? 0 : -ENOMEM;
	if (!rc)
		do {
			mutex_lock(&lf_mutex);
			rc = find_some(msg, info, &p, nla_get_u64(id), copy);
			mutex_unlock(&lf_mutex);
			cond_resched();
		} while (rc == -EAGAIN && !signal_pending(current));
	kfree(copy);
	if (!rc)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return rc;
}
