// SPDX-License-Identifier: GPL-2.0
/* Answers: slots. */
#include "netlink.h"

#include <linux/slab.h>
#include "bind.h"
#include "guard.h"
#include "nl_gen.h"
#include "shadow.h"

static int snap_fill(struct sk_buff *msg, const struct lf_snapshot *snap)
{
	return nla_put_string(msg, LITEFLOW_A_GENERATION_SNAPSHOT_NAME, snap->info.name) ?:
	       nla_put(msg, LITEFLOW_A_GENERATION_HASH, LQ_HASH_LEN, snap->info.hash);
}

static int counter_fill(struct sk_buff *msg, const struct lf_gen *gen, int attr, unsigned int i)
{
	return lf_nl_put_u64(msg, attr, lf_counters_sum(gen->counters, i),
			     LITEFLOW_A_GENERATION_PAD);
}

static int classes_fill(struct sk_buff *msg, const struct lf_gen *gen)
{
	u32 i;

	if (gen->snap->meaning != LQ_MEANING_CLASS)
		return 0;
	for (i = 0; i < gen->snap->n_outputs; i++)
		if (counter_fill(msg, gen, LITEFLOW_A_GENERATION_CLASS_COUNT, LF_GEN_CLASS + i))
			return -EMSGSIZE;
	return 0;
}

/* Up to the last bucket that is not empty. */
static int buckets_fill(struct sk_buff *msg, const struct lf_tally_term *t)
{
	int n = LF_TALLY_BUCKETS;

	while (n && !t->bucket[n - 1])
		n--;
	return nla_put(msg, LITEFLOW_A_TERM_HISTOGRAM, n * sizeof(t->bucket[0]), t->bucket);
}

static int term_fill(struct sk_buff *msg, const struct lf_gen *gen, unsigned int i, bool whole)
{
	struct lf_tally_term t;
	struct nlattr *nest;

	lf_tally_sum(gen->tally, i, &t);
	if (!t.count)
		return 0;
	nest = nla_nest_start(msg, LITEFLOW_A_GENERATION_TERM);
	if (!nest || nla_put_u8(msg, LITEFLOW_A_TERM_TERM, i) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_TERM_COUNT, t.count, LITEFLOW_A_TERM_PAD) ||
	    nla_put_s64(msg, LITEFLOW_A_TERM_SUM, t.sum, LITEFLOW_A_TERM_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_TERM_SQUARES, t.squares, LITEFLOW_A_TERM_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_TERM_SQUARES_HIGH, t.squares_high, LITEFLOW_A_TERM_PAD) ||
	    (whole && buckets_fill(msg, &t)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int guard_fill(struct sk_buff *msg, int attr, const struct lf_guard *g)
{
	struct nlattr *nest;

	if (!lf_guard_is_on(g))
		return 0;
	nest = nla_nest_start(msg, attr);
	if (!nest || nla_put_u32(msg, LITEFLOW_A_GUARD_WINDOW, g->window_ms) ||
	    nla_put_u32(msg, LITEFLOW_A_GUARD_LEAST, g->least) ||
	    nla_put_u32(msg, LITEFLOW_A_GUARD_DRIFT, g->drift) ||
	    nla_put_u32(msg, LITEFLOW_A_GUARD_SATURATED, g->saturated) ||
	    nla_put_u32(msg, LITEFLOW_A_GUARD_CLASS, g->class) ||
	    nla_put_u8(msg, LITEFLOW_A_GUARD_TO, g->to) ||
	    (g->outcome &&
	     (nla_put_u8(msg, LITEFLOW_A_GUARD_TERM, g->term) ||
	      lf_nl_put_u64(msg, LITEFLOW_A_GUARD_BOUND, g->bound, LITEFLOW_A_GUARD_PAD))))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int arm_fill(struct sk_buff *msg, const struct lf_gen *gen, bool whole)
{
	unsigned int i;

	if ((gen->weight && nla_put_u32(msg, LITEFLOW_A_GENERATION_WEIGHT, gen->weight)) ||
	    (gen->stopped && nla_put_flag(msg, LITEFLOW_A_GENERATION_STOPPED)) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_SATURATED, LF_GEN_SATURATED) ||
	    guard_fill(msg, LITEFLOW_A_GENERATION_GUARD, &gen->guard))
		return -EMSGSIZE;
	for (i = 0; i < LF_TERMS; i++)
		if (term_fill(msg, gen, i, whole))
			return -EMSGSIZE;
	return 0;
}

static int gen_fill(struct sk_buff *msg, int attr, const struct lf_slot *slot,
		    const struct lf_gen *gen, bool whole)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest || snap_fill(msg, gen->snap) || arm_fill(msg, gen, whole) ||
	    nla_put_u32(msg, LITEFLOW_A_GENERATION_NUMBER, gen->number) ||
	    nla_put_u32(msg, LITEFLOW_A_GENERATION_FLOWS, lf_bind_flows(slot, gen)) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_INFERENCES, LF_GEN_INFERENCES) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_VERDICTS, LF_GEN_VERDICTS) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_BORN, LF_GEN_BORN) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_DRIFTED, LF_GEN_DRIFTED) ||
	    classes_fill(msg, gen))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* A generation has been made of it if it serves an arm. */
static int standby_fill(struct sk_buff *msg, const struct lf_slot *slot, bool whole)
{
	const struct lf_snapshot *snap = slot->standby;
	struct nlattr *nest;

	if (!snap)
		return 0;
	if (slot->trial)
		return gen_fill(msg, LITEFLOW_A_SLOT_STANDBY, slot, slot->trial, whole);
	nest = nla_nest_start(msg, LITEFLOW_A_SLOT_STANDBY);
	if (!nest || snap_fill(msg, snap))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* The one that rollback would bring back comes first. */
static int gens_fill(struct sk_buff *msg, const struct lf_slot *slot, bool whole)
{
	const struct lf_gen *active = lf_slot_active(slot), *gen;
	int i;

	if (active && gen_fill(msg, LITEFLOW_A_SLOT_ACTIVE, slot, active, whole))
		return -EMSGSIZE;
	if (slot->before && gen_fill(msg, LITEFLOW_A_SLOT_OLD, slot, slot->before, whole))
		return -EMSGSIZE;
	for (i = 0; i < LF_GENERATIONS; i++) {
		gen = slot->gens[i];
		if (!gen || gen == active || gen == slot->before || gen == slot->trial)
			continue;
		if (gen_fill(msg, LITEFLOW_A_SLOT_OLD, slot, gen, whole))
			return -EMSGSIZE;
	}
	return 0;
}

static int stream_fill(struct sk_buff *msg, const struct lf_slot *slot)
{
	const struct lf_batches *b = lf_dereference(slot->batches);
	u64 sent = slot->samples, lost = slot->samples_lost;

	if (b)
		lf_batches_count(b, &sent, &lost);
	return lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SAMPLES, sent, LITEFLOW_A_SLOT_PAD) ?:
	       lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SAMPLES_LOST, lost, LITEFLOW_A_SLOT_PAD);
}

/* Parameters that differ from their default. */
static int params_fill(struct sk_buff *msg, const struct lf_slot *slot)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < LQ_N_PARAMS; i++) {
		if (slot->params.v[i] == lq_params[i].def)
			continue;
		nest = nla_nest_start(msg, LITEFLOW_A_SLOT_PARAM);
		if (!nest || nla_put_string(msg, LITEFLOW_A_PARAM_NAME, lq_params[i].name) ||
		    nla_put_s64(msg, LITEFLOW_A_PARAM_VALUE, lf_param_millionths(&slot->params, i),
				LITEFLOW_A_PARAM_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int difference_fill(struct sk_buff *msg, const struct lf_shadow_difference *d)
{
	struct nlattr *nest = nla_nest_start(msg, LITEFLOW_A_SHADOW_DIFFERENCE);

	if (!nest ||
	    lf_nl_put_u64(msg, LITEFLOW_A_DIFFERENCE_SUM, d->sum, LITEFLOW_A_DIFFERENCE_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_DIFFERENCE_GREATEST, d->greatest,
			  LITEFLOW_A_DIFFERENCE_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int shadow_sum_fill(struct sk_buff *msg, const struct lf_shadow *sh)
{
	struct lf_shadow_sum *sum;
	int rc;
	u32 i;

	sum = kmalloc(struct_size(sum, output, sh->snap->n_outputs), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	lf_shadow_read(sh, sum);
	rc = nla_put_flag(msg, LITEFLOW_A_SHADOW_RUNNING) ?:
	     nla_put(msg, LITEFLOW_A_SHADOW_HASH, LQ_HASH_LEN, sh->snap->info.hash) ?:
	     nla_put_u32(msg, LITEFLOW_A_SHADOW_GENERATION, sh->gen->number) ?:
	     lf_nl_put_u64(msg, LITEFLOW_A_SHADOW_RUNS, sum->runs, LITEFLOW_A_SHADOW_PAD) ?:
	     lf_nl_put_u64(msg, LITEFLOW_A_SHADOW_AGREED, sum->agreed, LITEFLOW_A_SHADOW_PAD);
	for (i = 0; i < sh->snap->n_outputs && !rc; i++)
		rc = difference_fill(msg, &sum->output[i]);
	kfree(sum);
	return rc;
}

static int shadow_fill(struct sk_buff *msg, const struct lf_slot *slot)
{
	const struct lf_shadow *sh = lf_dereference(slot->shadow);
	struct nlattr *nest;
	int rc;

	if (!slot->shadow_every)
		return 0;
	nest = nla_nest_start(msg, LITEFLOW_A_SLOT_SHADOWED);
	if (!nest || nla_put_u32(msg, LITEFLOW_A_SHADOW_EVERY, slot->shadow_every))
		return -EMSGSIZE;
	rc = sh ? shadow_sum_fill(msg, sh) : 0;
	if (rc)
		return rc;
	nla_nest_end(msg, nest);
	return 0;
}

static int tries_fill(struct sk_buff *msg, const struct lf_slot *slot)
{
	if (nla_put_u32(msg, LITEFLOW_A_SLOT_SHADOW, slot->shadow_every) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_FLUSH, slot->flush_ms) ||
	    nla_put_u8(msg, LITEFLOW_A_SLOT_CONFIDENCE, slot->confidence) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_BUFFERS, slot->buffers) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_HISTORY, slot->history_by) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SEED, slot->seed, LITEFLOW_A_SLOT_PAD))
		return -EMSGSIZE;
	if (slot->trip.limit != LF_TRIP_NONE &&
	    lf_nl_put_trip(msg, LITEFLOW_A_SLOT_TRIP, &slot->trip))
		return -EMSGSIZE;
	return guard_fill(msg, LITEFLOW_A_SLOT_GUARD, &slot->guard) ?: shadow_fill(msg, slot);
}

/* @whole: includes what fits only into an answer for a single slot. */
static int slot_fill(struct sk_buff *msg, void *hdr, const struct lf_slot *slot, bool whole)
{
	lockdep_assert_held(&lf_mutex);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(msg, LITEFLOW_A_SLOT_NAME, slot->name) ||
	    nla_put_u8(msg, LITEFLOW_A_SLOT_PIN, slot->pin) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_SAMPLE, slot->sample) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_BUDGET, slot->budget_ns) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_ATTACHMENTS, slot->n_attaches) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SWAPS, slot->swaps, LITEFLOW_A_SLOT_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_SLOT_FORCED, slot->forced, LITEFLOW_A_SLOT_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SWAP_NS, slot->swap_ns, LITEFLOW_A_SLOT_PAD) ||
	    stream_fill(msg, slot) || params_fill(msg, slot) || tries_fill(msg, slot) ||
	    gens_fill(msg, slot, whole) || standby_fill(msg, slot, whole)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/*
 * The slot; generations, each with its names, its counts, 16 bytes per class, and terms with their
 * histograms; differences, 36 bytes per output.
 */
#define TERM_MSG	(128 + 8 * LF_TALLY_BUCKETS)
#define GEN_MSG		(512 + 16 * LQ_MAX_OUTPUTS + LF_TERMS * TERM_MSG)
#define SLOT_MSG	(GENLMSG_DEFAULT_SIZE + LF_GENERATIONS * GEN_MSG + 36 * LQ_MAX_OUTPUTS)

int liteflow_nl_slot_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(SLOT_MSG, GFP_KERNEL);
	struct lf_slot *slot;
	int rc;

	if (!msg)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	slot = lf_nl_slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: slot_fill(msg, lf_nl_begin(msg, info), slot, true);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return rc;
}

int liteflow_nl_slot_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long *last = (unsigned long *)cb->ctx;
	struct lf_slot *slot;
	int rc = 0;

	mutex_lock(&lf_mutex);
	cb->seq = lf_change;
	list_for_each_entry(slot, &lf_net(sock_net(skb->sk))->slots, in_net) {
		if (slot->serial <= *last)
			continue;
		rc = slot_fill(skb, lf_nl_begin_dump(skb, cb, LITEFLOW_CMD_SLOT_GET), slot, false);
		if (rc)
			break;
		*last = slot->serial;
	}
	mutex_unlock(&lf_mutex);
	return skb->len ?: rc;
}
