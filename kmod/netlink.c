// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family and its notifications. Operations and policies are generated from
 * spec/liteflow.yaml; the thin handlers are in nl_*.c.
 *
 * Handlers take lf_mutex themselves (parallel_ops), so that proving a snapshot holds up nobody.
 * Dumps keep the number of the last object that they showed and hold no lock between messages.
 */
#include "netlink.h"

#include <linux/module.h>
#include <linux/timekeeping.h>
#include <linux/user_namespace.h>
#include "compat/genl_compat.h"
#include "nl_gen.h"

/* The stream shows what packets look like: not everybody in the namespace may see it. */
static const struct genl_multicast_group groups[] = {
	[LITEFLOW_NLGRP_SAMPLES] = { .name = LITEFLOW_MCGRP_SAMPLES, .flags = LF_MCAST_ADMIN },
	[LITEFLOW_NLGRP_EVENTS] = { .name = LITEFLOW_MCGRP_EVENTS, .flags = LF_MCAST_ADMIN },
};

struct genl_family lf_family __ro_after_init = {
	.name		= LITEFLOW_FAMILY_NAME,
	.version	= LITEFLOW_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= liteflow_nl_ops,
	.n_ops		= ARRAY_SIZE(liteflow_nl_ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

const struct net *lf_nl_sight(struct sk_buff *skb)
{
	return netlink_capable(skb, CAP_NET_ADMIN) ? NULL : sock_net(skb->sk);
}

void *lf_nl_begin(struct sk_buff *msg, const struct genl_info *info)
{
	return genlmsg_put(msg, info->snd_portid, info->snd_seq, &lf_family, 0, info->genlhdr->cmd);
}

void *lf_nl_begin_dump(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd)
{
	void *hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &lf_family,
				NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/* --- events --- */

struct event {
	const char *slot, *what;	/* slot NULL: the event is about a snapshot */
	u32 generation;
	const struct lf_snapshot *snap;
	const struct lf_trip *trip;	/* for event guard */
};

int lf_nl_put_trip(struct sk_buff *msg, int attr, const struct lf_trip *trip)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest || nla_put_u8(msg, LITEFLOW_A_TRIP_LIMIT, trip->limit) ||
	    nla_put_u32(msg, LITEFLOW_A_TRIP_GENERATION, trip->generation) ||
	    (trip->own && nla_put_flag(msg, LITEFLOW_A_TRIP_OWN)) ||
	    nla_put_s64(msg, LITEFLOW_A_TRIP_MEASURED, trip->measured, LITEFLOW_A_TRIP_PAD) ||
	    nla_put_s64(msg, LITEFLOW_A_TRIP_BOUND, trip->bound, LITEFLOW_A_TRIP_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_TRIP_COUNT, trip->count, LITEFLOW_A_TRIP_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_TRIP_TIME, trip->time_ns, LITEFLOW_A_TRIP_PAD) ||
	    (trip->limit == LITEFLOW_LIMIT_CLASS &&
	     nla_put_u32(msg, LITEFLOW_A_TRIP_CLASS, trip->class)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int event_fill(struct sk_buff *msg, const struct event *e)
{
	void *hdr = genlmsg_put(msg, 0, 0, &lf_family, 0, LITEFLOW_CMD_EVENT_NTF);

	if (!hdr)
		return -EMSGSIZE;
	if ((e->slot && nla_put_string(msg, LITEFLOW_A_EVENT_SLOT, e->slot)) ||
	    nla_put_string(msg, LITEFLOW_A_EVENT_WHAT, e->what) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_EVENT_TIME, ktime_get_real_ns(), LITEFLOW_A_EVENT_PAD))
		return -EMSGSIZE;
	if (e->generation && nla_put_u32(msg, LITEFLOW_A_EVENT_GENERATION, e->generation))
		return -EMSGSIZE;
	if (e->snap && (nla_put_string(msg, LITEFLOW_A_EVENT_SNAPSHOT, e->snap->info.name) ||
			nla_put(msg, LITEFLOW_A_EVENT_HASH, LQ_HASH_LEN, e->snap->info.hash)))
		return -EMSGSIZE;
	if (e->trip && lf_nl_put_trip(msg, LITEFLOW_A_EVENT_TRIP, e->trip))
		return -EMSGSIZE;
	genlmsg_end(msg, hdr);
	return 0;
}

static void event_send(struct net *net, const struct event *e)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&lf_family, net, LITEFLOW_NLGRP_EVENTS))
		return;
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return;
	if (event_fill(msg, e))
		nlmsg_free(msg);
	else
		genlmsg_multicast_netns(&lf_family, net, msg, 0, LITEFLOW_NLGRP_EVENTS, GFP_KERNEL);
}

void lf_nl_event(const struct lf_slot *slot, const char *what, u32 generation,
		 const struct lf_snapshot *snap)
{
	struct event e = { .slot = slot->name,
			   .what = what,
			   .generation = generation,
			   .snap = snap };

	event_send(slot->net, &e);
}

void lf_nl_guard_event(const struct lf_slot *slot, const struct lf_gen *now)
{
	struct event e = {
		.slot = slot->name,
		.what = "guard",
		.generation = now ? now->number : 0,
		.snap = now ? now->snap : NULL,
		.trip = &slot->trip,
	};

	event_send(slot->net, &e);
}

void lf_nl_attach_event(const struct lf_attach *a, const char *what)
{
	struct event e = { .slot = a->slot_name, .what = what };

	event_send(a->net, &e);
}

/* Not to namespaces of other users, who may see only what their slots use. */
void lf_nl_snapshot_event(const struct lf_snapshot *snap, const char *what)
{
	struct event e = { .what = what, .snap = snap };
	struct lf_net *ln;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(ln, &lf_nets, in_all)
		if (ln->net->user_ns == &init_user_ns)
			event_send(ln->net, &e);
}

/* --- samples --- */

bool lf_nl_listening(struct net *net)
{
	return genl_has_listeners(&lf_family, net, LITEFLOW_NLGRP_SAMPLES);
}

/* The slot comes first: listeners filter by it. */
static int head_fill(struct sk_buff *msg, const struct lf_batch_head *head)
{
	u64 lost = head->lost_full + head->lost_memory;

	if (nla_put_string(msg, LITEFLOW_A_BATCH_SLOT, head->slot) ||
	    nla_put_u32(msg, LITEFLOW_A_BATCH_CPU, head->cpu) ||
	    nla_put_u32(msg, LITEFLOW_A_BATCH_SEQ, head->seq) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_BATCH_LOST, lost, LITEFLOW_A_BATCH_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_BATCH_LOST_FULL, head->lost_full, LITEFLOW_A_BATCH_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_BATCH_LOST_MEMORY, head->lost_memory,
			  LITEFLOW_A_BATCH_PAD))
		return -EMSGSIZE;
	return 0;
}

static int samples_fill(struct sk_buff *msg, const struct lf_buf *buf)
{
	if (!buf->samples_len)
		return 0;
	if (nla_put(msg, LITEFLOW_A_BATCH_SAMPLES, buf->samples_len, buf->samples) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_BATCH_FIRST_SAMPLE, buf->first_sample,
			  LITEFLOW_A_BATCH_PAD))
		return -EMSGSIZE;
	if (buf->n_rewards && (nla_put_u32(msg, LITEFLOW_A_BATCH_N_REWARDS, LQ_N_REWARDS) ||
			       nla_put(msg, LITEFLOW_A_BATCH_REWARDS,
				       buf->n_rewards * sizeof(buf->rewards[0]), buf->rewards)))
		return -EMSGSIZE;
	return 0;
}

static u32 labels_len(const struct lf_buf *buf)
{
	return buf->outcomes_len / sizeof(struct lf_outcome) * sizeof(struct lf_label);
}

static u32 peers_len(const struct lf_buf *buf)
{
	return buf->outcomes_len / sizeof(struct lf_outcome) * sizeof(buf->peers[0]);
}

static int outcomes_fill(struct sk_buff *msg, const struct lf_buf *buf)
{
	if (!buf->outcomes_len)
		return 0;
	if (nla_put(msg, LITEFLOW_A_BATCH_OUTCOMES, buf->outcomes_len, buf->outcomes) ||
	    nla_put(msg, LITEFLOW_A_BATCH_LABELS, labels_len(buf), buf->labels) ||
	    nla_put(msg, LITEFLOW_A_BATCH_PEERS, peers_len(buf), buf->peers) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_BATCH_FIRST_OUTCOME, buf->first_outcome,
			  LITEFLOW_A_BATCH_PAD))
		return -EMSGSIZE;
	return 0;
}

static int batch_fill(struct sk_buff *msg, const struct lf_batch_head *head,
		      const struct lf_buf *buf)
{
	void *hdr = genlmsg_put(msg, 0, 0, &lf_family, 0, LITEFLOW_CMD_BATCH_NTF);

	if (!hdr || head_fill(msg, head) ||
	    nla_put(msg, LITEFLOW_A_BATCH_HASH, LQ_HASH_LEN, buf->hash) ||
	    nla_put_u32(msg, LITEFLOW_A_BATCH_GENERATION, buf->generation) ||
	    nla_put_u32(msg, LITEFLOW_A_BATCH_N_INPUTS, buf->n_inputs) ||
	    nla_put_u32(msg, LITEFLOW_A_BATCH_N_OUTPUTS, buf->n_outputs) ||
	    samples_fill(msg, buf) || outcomes_fill(msg, buf))
		return -EMSGSIZE;
	genlmsg_end(msg, hdr);
	return 0;
}

/* Return: 0 if it was sent, even if some listener had no room for it. */
int lf_nl_batch(struct net *net, const struct lf_batch_head *head, const struct lf_buf *buf)
{
	size_t len = 512 + buf->samples_len + buf->outcomes_len + labels_len(buf) +
		     peers_len(buf) + buf->n_rewards * sizeof(buf->rewards[0]);
	struct sk_buff *msg = genlmsg_new(len, GFP_KERNEL);

	if (!msg)
		return -ENOMEM;
	if (batch_fill(msg, head, buf)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_multicast_netns(&lf_family, net, msg, 0, LITEFLOW_NLGRP_SAMPLES, GFP_KERNEL);
	return 0;
}

int __init lf_nl_init(void)
{
	return genl_register_family(&lf_family);
}

void lf_nl_uninit(void)
{
	genl_unregister_family(&lf_family);
}
