// SPDX-License-Identifier: GPL-2.0
/* Ends of flows and connections: the bind that they hold is given back, their outcome sent. */
#include "outcome.h"

#include <linux/ktime.h>
#include <linux/tcp.h>
#include "batch.h"
#include "generation.h"
#include "trace.h"

static void outcome_release(const struct lf_attach *a, u32 *held)
{
	const struct lf_slot *slot = rcu_dereference(a->slot);
	struct lf_bind *b = *held ? lf_bind_of(a, *held) : NULL;

	*held = 0;
	if (b && atomic_dec_and_test(&b->flows) && slot && b->gen != rcu_access_pointer(slot->active))
		lf_gen_sweep_later();
}

static void outcome_send(const struct lf_attach *a, u32 held, const struct lf_outcome *o)
{
	const struct lf_slot *slot = rcu_dereference(a->slot);
	struct lf_batches *batches = slot ? rcu_dereference(slot->batches) : NULL;
	const struct lf_bind *b = lf_bind_of(a, held);

	if (batches && b)
		lf_batch_outcome(batches, b->gen, o);
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
	if (flow->sampled)
		outcome_send(a, held, &o);
	outcome_release(a, &held);
	rcu_read_unlock();
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

	/* Once one half has been answered it may go, and the other never hears of it. */
	return (flow->answered || lf_flow_mate(flow)->answered) && a->ops->offloaded(a->priv, &ct);
}

void lf_infer_sock_end(struct lf_attach *a, struct lf_pin *pin, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
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
	trace_liteflow_flow_end(a->id, o.flow, o.bytes, o.packets, o.class, o.end);
	local_bh_disable();
	rcu_read_lock();
	if (pin->sampled)
		outcome_send(a, pin->generation, &o);
	outcome_release(a, &pin->generation);
	rcu_read_unlock();
	local_bh_enable();
	pin->flow = 0;
}
EXPORT_SYMBOL_GPL(lf_infer_sock_end);
