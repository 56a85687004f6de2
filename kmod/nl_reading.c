// SPDX-License-Identifier: GPL-2.0
/*
 * Part of the handlers of flows: the inputs of the snapshot that serves a flow, for a user who
 * asks why it has its verdict. They are computed from a copy of the flow's record, as infer.c does
 * at a packet; what only a packet or its socket could tell is marked as unknown.
 */
#include "netlink.h"

#include <linux/log2.h>
#include "feature.h"
#include "nl_gen.h"

/* The least packet number at which infer.c's next_phase() gives @next. */
static u32 phase_before(const struct lf_phases *p, u32 next)
{
	u32 i, at = 1;

	if (p->every)
		return next > p->every ? next - p->every : 1;
	if (!p->n)
		return next > 1 ? rounddown_pow_of_two(next - 1UL) : 1;
	for (i = 0; i < p->n && p->at[i] < next; i++)
		at = p->at[i];
	return at;
}

static int runs_put(struct sk_buff *msg, const struct lf_attach *a, const struct lf_flow *flow)
{
	const struct lf_phases *p = rcu_dereference(a->phases);
	u32 from = min(phase_before(p, flow->next_run), lf_flow_packets(flow));

	if (flow->has_verdict && nla_put_u32(msg, LITEFLOW_A_FLOW_RUN_FROM, from))
		return -EMSGSIZE;
	if (flow->next_run != U32_MAX &&
	    nla_put_u32(msg, LITEFLOW_A_FLOW_RUN_NEXT, flow->next_run))
		return -EMSGSIZE;
	return 0;
}

static int reading_put(struct sk_buff *msg, const struct lf_snapshot *snap,
		       const struct lf_flow *flow, bool reverse)
{
	struct nlattr *nest = nla_nest_start(msg, LITEFLOW_A_FLOW_READING);
	struct nlattr *values, *known;
	u32 n = snap->n_inputs;

	if (!nest || (reverse && nla_put_flag(msg, LITEFLOW_A_READING_REVERSE)) ||
	    nla_put_u32(msg, LITEFLOW_A_READING_PACKETS, flow->packets))
		return -EMSGSIZE;
	values = nla_reserve(msg, LITEFLOW_A_READING_VALUES, n * sizeof(s32));
	known = nla_reserve(msg, LITEFLOW_A_READING_KNOWN, DIV_ROUND_UP(n, 8));
	if (!values || !known)
		return -EMSGSIZE;
	lf_feature_recall(nla_data(values), nla_data(known), snap->ids, n, flow);
	nla_nest_end(msg, nest);
	return 0;
}

static int snapshot_put(struct sk_buff *msg, const struct lf_attach *a, const struct lf_flow *flow,
			const struct lf_snapshot *snap)
{
	if (nla_put(msg, LITEFLOW_A_FLOW_HASH, LQ_HASH_LEN, snap->info.hash) ||
	    runs_put(msg, a, flow) || reading_put(msg, snap, flow, false))
		return -EMSGSIZE;
	if (!lf_flow_joined(flow))
		return 0;
	return reading_put(msg, snap, lf_flow_mate(flow), true);
}

int lf_nl_put_reading(struct sk_buff *msg, const struct lf_attach *a, const struct lf_flow *flow)
{
	const struct lf_bind *b;
	int rc = 0;

	rcu_read_lock();
	b = flow->generation ? lf_bind_of(a, flow->generation) : NULL;
	if (b)
		rc = snapshot_put(msg, a, flow, b->gen->snap);
	rcu_read_unlock();
	return rc;
}
