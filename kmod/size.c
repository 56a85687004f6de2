// SPDX-License-Identifier: GPL-2.0
/*
 * What is known about the size of a packet's flow: what it has sent, and what the model predicts.
 *
 * A walk without a model ends before the flow table (infer.c). Scheduling by size still needs to
 * know what a flow has sent, so the packet takes the rest of its path here: same table, same rules
 * for eviction, birth and end. Such a flow holds no generation; when a model arrives, the flow is
 * new to it, but its bytes are counted already.
 *
 * A prediction is a model's value in bytes or log2 bytes. Two outputs are two bounds, in any order.
 * The integer part of a logarithm is exact; between powers of two the size is interpolated
 * linearly, which is at most 6.2 % too large.
 *
 * Of each flow the first prediction is kept, and held against its size when it ends. Later ones
 * would flatter the model: they are made when half of the flow has been sent. Bounds are kept as
 * logarithms in quarters, which are two bytes of the flow's entry. A flow counts under the same
 * conditions as in history.c: both its beginning and its end were seen.
 */
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <net/liteflow_size.h>
#include "feature.h"
#include "size.h"
#include "verdict.h"

/* As lf_infer_skb_ct() does with a model. */
static void size_measure(struct lf_attach *a, const struct sk_buff *skb, struct lf_verdict *v)
{
	struct lf_pkt pkt LF_FILLED_IN;
	struct lf_flow *flow;

	if (lf_pkt_parse(skb, &pkt, READ_ONCE(a->inner)) >= 0)
		return;
	v->time_ns = ktime_get_ns();
	flow = lf_flow_get(a->flows, &pkt, lf_flow_spot(a->flows, &pkt), v->time_ns);
	if (!flow)
		return;
	lf_flow_update(flow, &pkt, v->time_ns);
	v->bytes = pkt.bytes;
	v->flow = flow->id;
	v->flow_bytes = lf_flow_bytes(flow);
	v->flow_packets = lf_flow_packets(flow);
	lf_flow_put(a->flows, flow);
}

/* 2^x, x in steps of 2^-LF_FIXED_SHIFT. */
static u64 exp2_fixed(s64 x)
{
	s64 whole = x >> LF_FIXED_SHIFT;
	u64 part = x & ((1 << LF_FIXED_SHIFT) - 1);

	if (whole < 0)
		return 0;
	if (whole >= 63)
		return S64_MAX;
	if (whole < LF_FIXED_SHIFT)
		return (1ULL << whole) + (part >> (LF_FIXED_SHIFT - whole));
	return (1ULL << whole) + (part << (whole - LF_FIXED_SHIFT));
}

/* Output @i as a size in bytes; false if its unit is not one of size. */
static bool size_of_output(const struct lf_snapshot *snap, unsigned int i, s32 raw, u64 *size)
{
	const struct lq_output *out = lq_file_output(snap->file, i);
	s64 steps = (s64)raw - (s32)lq_le32(&out->zp);
	u32 m = lq_le32(&out->m);
	int shift = (s16)lq_le16(&out->S);

	if (!strcmp(out->unit, "bytes"))
		*size = max_t(s64, lf_scaled(steps, m, shift), 0);
	else if (!strcmp(out->unit, "log2 bytes"))
		*size = exp2_fixed(lf_scaled(steps, m, shift - LF_FIXED_SHIFT));
	else
		return false;
	return true;
}

static const struct lf_snapshot *snapshot_of(const struct lf_attach *a, u32 generation)
{
	const struct lf_bind *b;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		b = rcu_dereference(a->own.bind[i]);
		if (b && b->gen->number == generation)
			return b->gen->snap;
	}
	return NULL;
}

static bool size_predict(const struct lf_snapshot *snap, const struct lf_verdict *v,
			 struct lf_size *size)
{
	u64 one, other;

	if (snap->n_outputs > 2 || !size_of_output(snap, 0, v->value, &one))
		return false;
	other = one;
	if (snap->n_outputs == 2 && !size_of_output(snap, 1, v->margin, &other))
		return false;
	size->least = min(one, other);
	size->most = max(one, other);
	return true;
}

/* Did the walk end before the flow table? */
static bool size_unasked(u8 reason)
{
	return reason == LITEFLOW_REASON_NO_SLOT || reason == LITEFLOW_REASON_NO_SNAPSHOT ||
	       reason == LITEFLOW_REASON_GUARD;
}

bool lf_size_skb(struct lf_attach *a, const struct sk_buff *skb, struct lf_verdict *v,
		 struct lf_size *size)
{
	const struct lf_snapshot *snap;

	if (size_unasked(v->reason))
		size_measure(a, skb, v);
	if (!v->flow)
		return false;
	size->sent = v->flow_bytes;
	size->before = v->flow_bytes - v->bytes;
	size->least = 0;
	size->most = U64_MAX;
	size->predicted = false;
	if (lf_verdict_none(v) || v->meaning != LITEFLOW_MEANING_VALUE)
		return true;
	rcu_read_lock();
	snap = snapshot_of(a, v->generation);
	size->predicted = snap && size_predict(snap, v, size);
	rcu_read_unlock();
	return true;
}
EXPORT_SYMBOL_GPL(lf_size_skb);

/* log2(1 + @bytes) in quarters; not 0, which stands for no prediction. */
static u8 size_quarters(u64 bytes)
{
	return clamp_t(u32, (lf_log2_q8(bytes) + 32) / 64, 1, U8_MAX);
}

void lf_size_note(struct lf_flow *flow, const struct lf_snapshot *snap, const struct lf_verdict *v)
{
	struct lf_size size;

	flow->most = 0;
	if (snap->meaning != LQ_MEANING_VALUE || !size_predict(snap, v, &size))
		return;
	flow->least = size_quarters(size.least);
	flow->most = size_quarters(size.most);
}

void lf_size_end(const struct lf_attach *a, const struct lf_flow *flow, enum lf_flow_end why)
{
	int size, beyond = 0, ratio;

	if (!flow->most || flow->opening || flow->midstream ||
	    (why != LF_FLOW_END_FIN && why != LF_FLOW_END_IDLE))
		return;
	size = size_quarters(lf_flow_bytes(flow));
	if (size < flow->least)
		beyond = size - flow->least;
	else if (size > flow->most)
		beyond = size - flow->most;
	/* to the nearest power of two */
	ratio = DIV_ROUND_CLOSEST(beyond, 4);
	ratio = clamp(ratio, -LF_SIZE_RATIO_MAX, LF_SIZE_RATIO_MAX);
	lf_counters_inc(a->counters, LF_REASONS + LF_SIZE_RATIO_MAX + ratio);
}

static bool predicts_size(const struct lf_snapshot *snap)
{
	u64 size;
	u32 i;

	if (snap->meaning != LQ_MEANING_VALUE || snap->n_outputs > 2)
		return false;
	for (i = 0; i < snap->n_outputs; i++)
		if (!size_of_output(snap, i, 0, &size))
			return false;
	return true;
}

void lf_size_tell(const struct lf_attach *a, struct netlink_ext_ack *extack)
{
	const struct lf_slot *slot;
	const struct lf_gen *gen;

	mutex_lock(&lf_mutex);
	slot = rcu_dereference_protected(a->slot, lockdep_is_held(&lf_mutex));
	gen = slot ? rcu_dereference_protected(slot->active, lockdep_is_held(&lf_mutex)) : NULL;
	if (gen && !predicts_size(gen->snap))
		lf_extack(extack,
			  "snapshot %s predicts no size in bytes or log2 bytes: flows are "
			  "ranked by bytes sent",
			  gen->snap->info.name);
	mutex_unlock(&lf_mutex);
}
EXPORT_SYMBOL_GPL(lf_size_tell);
