// SPDX-License-Identifier: GPL-2.0
/*
 * The packet's walk, from headers to verdict, for every attachment:
 *
 *	parse		lf_pkt_parse(): the headers, once				packet.c
 *	flow		lf_flow_get(), lf_flow_update(): its statistics, with this	flow.c
 *			packet folded in
 *	generation	the one that the flow was born under, else the active one	state.h
 *	run		is it the flow's time? features, model, drift, sample		here
 *	verdict		class or value, and what the attachment does about it		verdict.c
 *
 * Bottom halves are off (an output hook may be called with them on). RCU is held from the first
 * access to the attachment to the last access to the generation. The flow's bucket is locked from
 * get to put: statistics, features, and what the flow remembers. The model runs without it; then
 * the bucket is locked again for a moment to store the verdict, if the flow is still the same.
 * Meanwhile packets of that flow on other CPUs use the previous verdict, or run the model too if
 * there is none. The walk allocates nothing and never fails: at worst the verdict is "none". Every
 * exit has a reason, and every reason a counter.
 *
 * A fragment without ports gets the verdict that its packet's first fragment got (frags.c); neither
 * it nor an ICMP error is counted in the flow.
 *
 * A connection's interval takes the same path without the first two steps: the caller supplies its
 * features, and the place where its generation is kept.
 *
 * One file, though long: the steps are read in order, and the compiler inlines them.
 */

#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/tcp.h>
#include <net/liteflow_sock.h>
#include "arm.h"
#include "batch.h"
#include "budget.h"
#include "feature.h"
#include "frags.h"
#include "generation.h"
#include "guard.h"
#include "history.h"
#include "model.h"
#include "outcome.h"
#include "scratch.h"
#include "shadow.h"
#include "size.h"
#include "state.h"
#include "trace.h"
#include "verdict.h"

/* to match a generation with its bind: each retry means another activation in between */
#define TRIES	4

/* State passed between the steps of one walk. */
struct walk {
	struct lf_attach *a;
	struct lf_verdict *v;
	struct lf_scratch *s;
	const struct lf_slot *slot;
	struct lf_bind *bind;	/* of the generation that serves */
	bool fresh;		/* the flow is new to this generation */
	bool shadowed;		/* the shadow runs beside this inference */
	u32 next_run;		/* of the flow, if the model runs on this packet */
	u64 lap;		/* lf_budget_lap() */
};

/* --- generation --- */

static struct lf_bind *bind_none(struct walk *w)
{
	if (READ_ONCE(w->slot->guarded))
		w->v->reason = LITEFLOW_REASON_GUARD;
	return NULL;
}

/* The bind of the active generation, or NULL with the reason. */
static struct lf_bind *bind_active(struct walk *w)
{
	const struct lf_gen *gen;
	struct lf_bind *b;
	int i;

	for (i = 0; i < TRIES; i++) {
		w->slot = rcu_dereference(w->a->slot);
		w->v->reason = LITEFLOW_REASON_NO_SLOT;
		if (!w->slot)
			return NULL;
		gen = rcu_dereference(w->slot->active);
		w->v->reason = LITEFLOW_REASON_NO_SNAPSHOT;
		if (!gen)
			return bind_none(w);
		/* pairs with lf_gen_switch(): binds are published before `active` */
		smp_rmb();
		b = rcu_dereference(w->a->own.bind[gen->place]);
		if (likely(b && b->gen == gen))
			return b;
	}
	return NULL;
}

/* For a newcomer in a split slot; @key: its flow's, NULL for a connection @sk. */
static noinline struct lf_bind *bind_arm(const struct walk *w, const struct lf_arms *arms,
					 const struct lf_key *key, const struct sock *sk)
{
	u64 seed = READ_ONCE(w->slot->seed);
	u64 hash = key ? lf_arm_hash(seed, key) : lf_arm_hash_sock(seed, sk);
	struct lf_gen *gen = lf_arm_of(arms, hash);
	struct lf_bind *b = rcu_dereference(w->a->own.bind[gen->place]);

	return b && b->gen == gen ? b : w->bind;
}

/* Does a flow keep the generation that it holds, which is not the active one? */
static bool bind_stays(const struct walk *w, const struct lf_bind *b)
{
	if (READ_ONCE(b->gen->stopped))
		return false;
	return READ_ONCE(w->slot->pin) == LITEFLOW_PIN_FLOW || READ_ONCE(b->gen->weight);
}

static noinline void bind_take(struct walk *w, u32 *held, const struct lf_key *key,
			       const struct sock *sk)
{
	const struct lf_arms *arms;
	struct lf_bind *b;

	b = *held ? lf_bind_of(w->a, *held) : NULL;
	if (b && bind_stays(w, b)) {
		w->bind = b;
		return;
	}
	if (b && atomic_dec_and_test(&b->flows))
		lf_gen_sweep_later();
	arms = rcu_dereference(w->slot->arms);
	if (arms)
		w->bind = bind_arm(w, arms, key, sk);
	atomic_inc(&w->bind->flows);
	*held = w->bind->id;
	w->fresh = true;
}

/*
 * Finds the generation held, or takes the active one or an arm. @held: what the flow keeps, 0 for
 * none.
 */
static __always_inline void bind_hold(struct walk *w, u32 *held, const struct lf_key *key,
				      const struct sock *sk)
{
	if (unlikely(*held != w->bind->id))
		bind_take(w, held, key, sk);
}

/* --- run --- */

static bool drifted(const struct lf_snapshot *snap, const s32 *x)
{
	u32 i, out = 0;

	for (i = 0; i < snap->n_inputs; i++)
		out |= (x[i] < snap->cal_lo[i]) | (x[i] > snap->cal_hi[i]);
	return out;
}

/* The features are in the scratch memory. */
static void walk_run(struct walk *w)
{
	const struct lf_gen *gen = w->bind->gen;
	struct lf_verdict *v = w->v;

	lf_model_run(gen->snap, w->s->x, w->s->y, &w->s->lq);
	lf_verdict_decide(v, gen->snap, w->s->y);
	v->reason = LITEFLOW_REASON_INFERRED;
	lf_counters_inc(gen->counters, LF_GEN_INFERENCES);
	if (drifted(gen->snap, w->s->x))
		lf_counters_inc(gen->counters, LF_GEN_DRIFTED);
	if (static_branch_unlikely(&lf_saturated_key))
		lf_guard_count(gen, w->s->y);
	if (gen->snap->meaning == LQ_MEANING_CLASS)
		lf_counters_inc(gen->counters, LF_GEN_CLASS + v->class);
	if (static_branch_unlikely(&lf_shadow_key) && w->shadowed)
		lf_shadow_run(w->s, v);
}

/* @cc: a connection's features, else NULL. */
static bool walk_sample(struct walk *w, const s32 *cc)
{
	struct lf_batches *batches = rcu_dereference(w->slot->batches);

	return batches &&
	       lf_batch_sample(batches, w->bind->gen, w->a->kind, w->v, w->s->x, w->s->y, cc);
}

/* Class or value are known: what the attachment does about them, unless the class is too unsure. */
static __always_inline void walk_act(struct walk *w, const struct lf_bind *b)
{
	struct lf_verdict *v = w->v;

	if (static_branch_unlikely(&lf_confidence_key) &&
	    !lf_confident(&b->gen->confidence, v->value, v->margin)) {
		v->reason = LITEFLOW_REASON_UNSURE;
		return;
	}
	lf_verdict_act(v, b);
	lf_counters_inc(b->gen->counters, LF_GEN_VERDICTS);
}

/* The end of every walk: counts and traces the verdict. */
static void walk_finish(struct lf_attach *a, struct lf_verdict *v)
{
	lf_counters_inc(a->counters, v->reason);
	if (lf_verdict_none(v))
		v->action = READ_ONCE(a->own.none.action[v->reason]);
	else
		trace_liteflow_infer(a->id, v);
}

/* --- packets --- */

/* The packet of a flow at which the model runs next, after packet @at. */
static u32 next_phase(const struct lf_phases *p, u32 at)
{
	u32 i;

	if (p->every)
		return at > U32_MAX - p->every ? U32_MAX : at + p->every;
	if (!p->n)
		return at >= BIT(31) ? U32_MAX : (u32)roundup_pow_of_two(at + 1UL);
	for (i = 0; i < p->n; i++)
		if (p->at[i] > at)
			return p->at[i];
	return U32_MAX;
}

/*
 * A flow that moves to another generation starts anew there, at its next phase if it has not
 * reached the first.
 */
static void flow_hold(struct walk *w, struct lf_flow *flow)
{
	const struct lf_phases *p = rcu_dereference(w->a->phases);

	bind_hold(w, &flow->generation, &flow->key, NULL);
	if (!w->fresh)
		return;
	lf_counters_inc(w->bind->gen->counters, LF_GEN_BORN);
	flow->has_verdict = 0;
	flow->next_run = p->n ? p->at[0] : 1;
}

/* The features of earlier flows: for the flow of both directions. */
static noinline void flow_recall(const struct walk *w, const struct lf_snapshot *snap, s32 *x,
				 const struct lf_flow *head)
{
	struct lf_history *h = rcu_dereference(w->slot->history);

	if (h && snap->history)
		lf_history_fill(h, x, snap->ids, snap->n_inputs, head, w->v->time_ns);
}

/* Fills in the features of a flow that is due. Other packets use its old verdict meanwhile. */
static void flow_read(struct walk *w, struct lf_flow *flow, struct lf_flow *head,
		      const struct lf_pkt *pkt, const struct sk_buff *skb)
{
	const struct lf_snapshot *snap = w->bind->gen->snap;

	w->lap = lf_budget_lap(LF_STEP_VERDICT, w->lap);
	lf_feature_fill(w->s->x, snap->ids, snap->n_inputs, pkt, flow, skb);
	if (static_branch_unlikely(&lf_shadow_key))
		w->shadowed = lf_shadow_fill(w->slot, w->bind->gen, w->s, pkt, flow, skb);
	if (static_branch_unlikely(&lf_history_key)) {
		flow_recall(w, snap, w->s->x, head);
		if (w->shadowed)
			flow_recall(w, w->s->shadow->snap, w->s->shadow_x, head);
	}
	w->next_run = next_phase(rcu_dereference(w->a->phases), w->v->flow_packets);
	if (head->has_verdict)
		head->next_run = w->next_run;
	w->lap = lf_budget_lap(LF_STEP_FEATURES, w->lap);
}

/* Does anything want to know how the user's rules labelled the flow? */
static bool flow_labelled(const struct lf_slot *slot)
{
	const struct lf_history *h;

	if (rcu_access_pointer(slot->batches))
		return true;
	if (!static_branch_unlikely(&lf_history_key))
		return false;
	h = rcu_dereference(slot->history);
	return h && lf_history_labelled(h);
}

/*
 * Does all that needs the flow's lock. True if the model is to run. @flow has the statistics of the
 * packet's direction, @head the verdict of both.
 */
static bool flow_due(struct walk *w, struct lf_flow *flow, struct lf_flow *head,
		     const struct lf_pkt *pkt, const struct sk_buff *skb)
{
	struct lf_verdict *v = w->v;

	v->flow = flow->id;
	v->flow_bytes = lf_flow_bytes(flow);
	v->flow_packets = lf_flow_packets(flow);
	flow_hold(w, head);
	if (static_branch_unlikely(&lf_label_key) && flow_labelled(w->slot))
		lf_label_take(&head->label, skb, pkt->dscp);
	if (v->flow_packets >= head->next_run && head->next_run != U32_MAX) {
		flow_read(w, flow, head, pkt, skb);
		return true;
	}
	v->reason = LITEFLOW_REASON_EARLY;
	if (head->has_verdict) {
		lf_verdict_recall(v, head);
		v->reason = LITEFLOW_REASON_CACHED;
	}
	return false;
}

/* Locked again: stores the verdict, unless a later packet's is stored or the flow has moved. */
static void flow_keep(const struct walk *w, struct lf_flow *head, bool sampled)
{
	head->sampled |= sampled;
	if (head->generation != w->bind->id || (head->has_verdict && head->next_run > w->next_run))
		return;
	if (!head->has_verdict)
		lf_size_note(head, w->bind->gen->snap, w->v);
	lf_verdict_store(w->v, head);
	head->next_run = w->next_run;
}

/* Runs the model with no lock held. */
static void flow_run(struct walk *w, struct lf_flows *flows, struct lf_spot spot, int way)
{
	struct lf_flow *head;
	bool sampled;

	walk_run(w);
	w->lap = lf_budget_lap(LF_STEP_MODEL, w->lap);
	sampled = walk_sample(w, NULL);
	head = lf_flow_relock(flows, spot, way, w->v->flow);
	if (!head)
		return;
	flow_keep(w, head, sampled);
	lf_flow_unlock(head);
}

/* The flow's verdict for a packet that is not counted in it. */
static void lend_verdict(struct walk *w, const struct lf_flow *head)
{
	struct lf_bind *b = head->generation ? lf_bind_of(w->a, head->generation) : NULL;
	struct lf_verdict *v = w->v;

	v->flow = head->id;
	v->flow_bytes = lf_flow_bytes(head);
	v->flow_packets = lf_flow_packets(head);
	v->reason = LITEFLOW_REASON_EARLY;
	if (!b || !head->has_verdict)
		return;
	lf_verdict_recall(v, head);
	v->reason = LITEFLOW_REASON_CACHED;
	walk_act(w, b);
}

/* An ICMP error gets the verdict of the flow that it refers to, and is not counted in that flow. */
static noinline bool error_walk(struct walk *w, const struct lf_pkt *pkt, const struct lf_ct *ct)
{
	struct lf_pkt about = *pkt;
	struct lf_flow *flow;

	about.key.proto = ct->proto;
	lf_pkt_join(&about, ct);
	flow = lf_flow_find(w->a->flows, &about, lf_flow_spot(w->a->flows, &about));
	if (!flow)
		return false;
	lend_verdict(w, lf_flow_head(flow));
	lf_flow_put(w->a->flows, flow);
	return true;
}

/* Connection tracking attributes an ICMP error to the connection that it refers to. */
static bool is_error(const struct lf_pkt *pkt, const struct lf_ct *ct)
{
	return ct->proto != pkt->key.proto &&
	       (pkt->key.proto == IPPROTO_ICMP || pkt->key.proto == IPPROTO_ICMPV6);
}

/* Remembers the flow of a first fragment for those that follow. */
static noinline void fragment_note(const struct walk *w, u64 tag, u32 hash, int way, u64 now)
{
	struct lf_frag frag = { .flow = w->v->flow, .hash = hash, .way = way };

	lf_frags_put(w->a->frags, tag, &frag, now);
}

/* A fragment without ports: the verdict of its first, if that is known. */
static noinline void fragment_walk(struct walk *w, const struct lf_pkt *pkt)
{
	struct lf_frags *frags = w->a->frags;
	struct lf_flow *head;
	struct lf_frag frag;

	if (!lf_frags_get(frags, lf_frags_tag(frags, pkt), &frag, ktime_get_ns()))
		return;
	rcu_read_lock();
	head = lf_flow_relock(w->a->flows, lf_flow_spot_at(w->a->flows, frag.hash), frag.way,
			      frag.flow);
	if (head) {
		lend_verdict(w, head);
		w->v->bytes = 0;	/* of those that the flow has sent */
		lf_flow_unlock(head);
	}
	rcu_read_unlock();
}

/* @frag: tag of a first fragment, else 0 */
static void skb_walk(struct walk *w, const struct lf_pkt *pkt, const struct lf_ct *ct,
		     const struct sk_buff *skb, u64 frag)
{
	struct lf_flows *flows = w->a->flows;
	struct lf_flow *flow, *head;
	struct lf_spot spot;
	bool due;
	u64 now;
	int way;

	w->bind = bind_active(w);
	if (!w->bind)
		return;
	if (unlikely(ct && is_error(pkt, ct)) && error_walk(w, pkt, ct))
		return;
	spot = lf_flow_spot(flows, pkt);
	now = ktime_get_ns();
	w->v->time_ns = now;
	w->v->bytes = pkt->bytes;
	w->v->reason = LITEFLOW_REASON_TABLE_FULL;
	flow = lf_flow_get(flows, pkt, spot, now);
	if (!flow)
		return;
	w->lap = lf_budget_lap(LF_STEP_LOOKUP, w->lap);
	lf_flow_update(flow, pkt, now);
	w->lap = lf_budget_lap(LF_STEP_UPDATE, w->lap);
	head = lf_flow_head(flow);
	way = head->way;
	due = flow_due(w, flow, head, pkt, skb);
	lf_flow_put(flows, flow);
	if (unlikely(frag))
		fragment_note(w, frag, spot.hash, way, now);
	if (due)
		flow_run(w, flows, spot, way);
	if (!lf_verdict_none(w->v))
		walk_act(w, w->bind);
}

/*
 * Most packets come with bottom halves off: those received, and all in a qdisc. Returns the
 * argument for bh_on().
 */
static bool bh_off(void)
{
	if (likely(softirq_count()))
		return false;
	local_bh_disable();
	return true;
}

static void bh_on(bool ours)
{
	if (ours)
		local_bh_enable();
}

void lf_infer_skb_ct(struct lf_attach *a, const struct sk_buff *skb, const struct lf_ct *ct,
		     struct lf_verdict *v)
{
	struct walk w = { .a = a, .v = v };
	u64 start = lf_budget_begin();
	bool whole = lf_budget_whole();
	struct lf_pkt pkt LF_FILLED_IN;
	u64 frag = 0;
	bool bh;
	int why;

	w.lap = whole ? 0 : start;
	lf_verdict_init(v);
	bh = bh_off();
	why = lf_pkt_parse(skb, &pkt, READ_ONCE(a->inner));
	w.lap = lf_budget_lap(LF_STEP_PARSE, w.lap);
	if (why >= 0) {
		v->reason = why;
		if (why == LITEFLOW_REASON_FRAGMENT)
			fragment_walk(&w, &pkt);
		goto out;
	}
	if (unlikely(pkt.fragment))
		frag = lf_frags_tag(a->frags, &pkt);
	if (ct && pkt.key.tunnel)
		ct = NULL;	/* the tunnel's */
	if (ct)
		lf_pkt_join(&pkt, ct);
	v->reason = LITEFLOW_REASON_BUSY;
	w.s = lf_scratch_get();
	if (!w.s)
		goto out;
	rcu_read_lock();
	skb_walk(&w, &pkt, ct, skb, frag);
	rcu_read_unlock();
	lf_scratch_put();
out:
	walk_finish(a, v);
	lf_budget_lap(whole ? LF_STEP_WALK : LF_STEP_VERDICT, whole ? start : w.lap);
	bh_on(bh);
}
EXPORT_SYMBOL_GPL(lf_infer_skb_ct);

/* --- connections --- */

static void sock_walk(struct walk *w, struct sock *sk, struct lf_pin *pin, const s32 *cc)
{
	const struct lf_snapshot *snap;

	w->bind = bind_active(w);
	if (!w->bind)
		return;
	if (!pin->flow)
		pin->flow = atomic64_inc_return(&w->a->next_flow);
	w->v->flow = pin->flow;
	w->v->flow_bytes = tcp_sk(sk)->bytes_sent - pin->bytes;
	w->v->flow_packets = tcp_sk(sk)->data_segs_out - pin->packets;
	bind_hold(w, &pin->generation, NULL, sk);
	if (w->fresh)
		lf_counters_inc(w->bind->gen->counters, LF_GEN_BORN);
	snap = w->bind->gen->snap;
	lf_feature_fill_sock(w->s->x, snap->ids, snap->n_inputs, sk, cc, w->slot->params.v);
	if (static_branch_unlikely(&lf_shadow_key))
		w->shadowed = lf_shadow_fill_sock(w->slot, w->bind->gen, w->s, sk, cc);
	if (!w->fresh)
		lf_outcome_interval(w->bind->gen, cc, w->slot->params.v);
	walk_run(w);
	lf_verdict_fixed(w->v, snap);
	if (walk_sample(w, cc))
		pin->sampled = true;
	walk_act(w, w->bind);
}

void lf_infer_sock_begin(struct lf_pin *pin, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	*pin = (struct lf_pin){
		.born_us = div_u64(ktime_get_ns(), NSEC_PER_USEC),
		.bytes = tp->bytes_sent,
		.packets = tp->data_segs_out,
		.retrans = tp->total_retrans,
	};
}
EXPORT_SYMBOL_GPL(lf_infer_sock_begin);

bool lf_infer_sock_ready(struct lf_attach *a)
{
	const struct lf_slot *slot;
	bool ready;

	rcu_read_lock();
	slot = rcu_dereference(a->slot);
	ready = slot && rcu_access_pointer(slot->active);
	rcu_read_unlock();
	return ready;
}
EXPORT_SYMBOL_GPL(lf_infer_sock_ready);

void lf_infer_sock(struct lf_attach *a, struct sock *sk, struct lf_pin *pin, const s32 *cc,
		   struct lf_verdict *v)
{
	struct walk w = { .a = a, .v = v };

	lf_verdict_init(v);
	v->reason = LITEFLOW_REASON_BUSY;
	local_bh_disable();
	w.s = lf_scratch_get();
	if (w.s) {
		rcu_read_lock();
		sock_walk(&w, sk, pin, cc);
		rcu_read_unlock();
		lf_scratch_put();
	}
	walk_finish(a, v);
	local_bh_enable();
}
EXPORT_SYMBOL_GPL(lf_infer_sock);
