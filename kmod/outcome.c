// SPDX-License-Identifier: GPL-2.0
/* Ends of flows and connections: releases the bind that they hold and sends their outcome. */
#include "outcome.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/tcp.h>
#include <net/liteflow_sock.h>
#include "batch.h"
#include "generation.h"
#include "history.h"
#include "peer.h"
#include "size.h"
#include "trace.h"

/*
 * Longest wait for a worker that has only to send a message, in ms; what finds no room then is lost
 * and counted.
 */
#define LF_PAUSES_MAX	100

/* Retransmissions are known only for connections; they are the last term. */
static void outcome_count(const struct lf_gen *gen, const struct lf_outcome *o)
{
	const s64 v[] = {
		[LITEFLOW_TERM_BYTES] = min_t(u64, o->bytes, S64_MAX),
		[LITEFLOW_TERM_PACKETS] = min_t(u64, o->packets, S64_MAX),
		[LITEFLOW_TERM_DURATION] = min_t(u64, o->duration_us, S64_MAX),
		[LITEFLOW_TERM_RETRANS] = o->retrans,
	};

	BUILD_BUG_ON(ARRAY_SIZE(v) != LITEFLOW_TERM_RETRANS + 1);
	lf_tally_add(gen->tally, 0, v, o->attach == LITEFLOW_ATTACH_KIND_TCP ?
		     LITEFLOW_TERM_RETRANS + 1 : LITEFLOW_TERM_RETRANS);
}

static s32 outcome_feature(const s32 *cc, enum lq_feature id)
{
	return cc[id - LQ_F_CC_LATENCY_INFLATION_0];
}

/* spec/liteflow.yaml gives the units of the terms. */
void lf_outcome_interval(const struct lf_gen *gen, const s32 *cc, const s32 *params)
{
	s64 delivered = outcome_feature(cc, LQ_F_CC_DELIVERED_LOG2);
	s64 latency = outcome_feature(cc, LQ_F_CC_LATENCY_RATIO_9);
	s64 loss = outcome_feature(cc, LQ_F_CC_LOSS_RATIO);
	s64 reward = READ_ONCE(params[LQ_P_W_THR]) * delivered * 256 -
		     READ_ONCE(params[LQ_P_W_LAT]) * latency -
		     READ_ONCE(params[LQ_P_W_LOSS]) * loss;
	const s64 v[] = { div_s64(reward, 1000000), delivered, latency, loss };

	BUILD_BUG_ON(LITEFLOW_TERM_REWARD + ARRAY_SIZE(v) != LF_TERMS);
	lf_tally_add(gen->tally, LITEFLOW_TERM_REWARD, v, ARRAY_SIZE(v));
}

/*
 * Counts the outcome, sends it to listeners and releases the bind. @peer: 0 for a flow that is not
 * sampled. Under RCU.
 */
static void outcome_end(const struct lf_attach *a, u32 *held, u64 peer, const struct lf_outcome *o,
			const struct lf_label *label)
{
	const struct lf_slot *slot = rcu_dereference(a->slot);
	struct lf_bind *b = *held ? lf_bind_of(a, *held) : NULL;
	struct lf_batches *batches;

	*held = 0;
	if (!b)
		return;
	outcome_count(b->gen, o);
	batches = peer && slot ? rcu_dereference(slot->batches) : NULL;
	if (batches)
		lf_batch_outcome(batches, b->gen, o, label, peer);
	if (atomic_dec_and_test(&b->flows) && slot && b->gen != rcu_access_pointer(slot->active))
		lf_gen_sweep_later();
}

/* For the slot's snapshots that read features of earlier flows. Under RCU. */
static noinline void outcome_remember(const struct lf_attach *a, const struct lf_flow *flow,
				      enum lf_flow_end why)
{
	const struct lf_slot *slot = rcu_dereference(a->slot);
	struct lf_history *h = slot ? rcu_dereference(slot->history) : NULL;

	if (h)
		lf_history_add(h, flow, why);
}

void lf_outcome_flow(void *priv, const struct lf_flow *flow, enum lf_flow_end why)
{
	struct lf_attach *a = priv;
	u32 held = flow->generation;
	struct lf_outcome o = {
		.time_ns = ktime_get_real_ns(),
		.flow = flow->id,
		.bytes = lf_flow_bytes(flow),
		.packets = lf_flow_packets(flow),
		.duration_us = div_u64(lf_flow_last(flow) - flow->born_ns, NSEC_PER_USEC),
		.class = flow->has_verdict ? flow->class : 0xffff,
		.attach = a->kind,
		.end = why,
	};

	trace_liteflow_flow_end(a->id, o.flow, o.bytes, o.packets, o.class, o.end);
	rcu_read_lock();
	if (static_branch_unlikely(&lf_history_key))
		outcome_remember(a, flow, why);
	lf_size_end(a, flow, why);
	outcome_end(a, &held, flow->sampled ? lf_peer_flow(a->net, flow) : 0, &o, &flow->label);
	rcu_read_unlock();
}

/* Is the slot's stream out of room for the outcomes of a bucket? */
static bool outcome_must_wait(const struct lf_attach *a)
{
	const struct lf_slot *slot;
	struct lf_batches *batches;
	bool full;

	rcu_read_lock();
	slot = rcu_dereference(a->slot);
	batches = slot ? rcu_dereference(slot->batches) : NULL;
	full = batches && !lf_batch_room(batches);
	rcu_read_unlock();
	return full;
}

void lf_outcome_pause(void *priv)
{
	int tries;

	for (tries = 0; tries < LF_PAUSES_MAX && outcome_must_wait(priv); tries++)
		msleep(1);
}

bool lf_outcome_held(void *priv, const struct lf_flow *flow)
{
	const struct lf_attach *a = priv;
	struct lf_ct ct = {
		.src = flow->key.src,
		.dst = flow->key.dst,
		.sport = flow->key.sport,
		.dport = flow->key.dport,
		.zone = flow->key.zone,
		.proto = flow->key.proto,
	};

	/* Once one half has been answered, it may be offloaded without the other half knowing. */
	return (flow->answered || lf_flow_mate(flow)->answered) && a->ops->offloaded(a->priv, &ct);
}

void lf_infer_sock_end(struct lf_attach *a, struct lf_pin *pin, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct lf_label label;
	struct lf_outcome o = {
		.time_ns = ktime_get_real_ns(),
		.flow = pin->flow,
		.bytes = tp->bytes_sent - pin->bytes,
		.packets = tp->data_segs_out - pin->packets,
		.duration_us = max_t(s64, tp->tcp_mstamp - pin->born_us, 0),
		.retrans = tp->total_retrans - pin->retrans,
		.class = 0xffff,
		.attach = a->kind,
		.end = sk->sk_state == TCP_CLOSE ? LF_FLOW_END_FIN : LF_FLOW_END_GONE,
	};

	if (!pin->flow)
		return;
	lf_label_take_sock(&label, sk);
	trace_liteflow_flow_end(a->id, o.flow, o.bytes, o.packets, o.class, o.end);
	local_bh_disable();
	rcu_read_lock();
	outcome_end(a, &pin->generation, pin->sampled ? lf_peer_sock(sk) : 0, &o, &label);
	rcu_read_unlock();
	local_bh_enable();
	pin->flow = 0;
}
EXPORT_SYMBOL_GPL(lf_infer_sock_end);
