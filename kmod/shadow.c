// SPDX-License-Identifier: GPL-2.0
#include "shadow.h"

#include <linux/slab.h>
#include "engine/file.h"
#include "feature.h"
#include "model.h"
#include "verdict.h"

DEFINE_STATIC_KEY_FALSE(lf_shadow_key);

/* --- packets --- */

static bool shadow_due(const struct lf_slot *slot, const struct lf_gen *gen, struct lf_scratch *s)
{
	struct lf_shadow *sh = rcu_dereference(slot->shadow);

	if (!sh || sh->gen != gen || this_cpu_inc_return(*sh->count) < READ_ONCE(sh->every))
		return false;
	this_cpu_write(*sh->count, 0);
	s->shadow = sh;
	return true;
}

bool lf_shadow_fill(const struct lf_slot *slot, const struct lf_gen *gen, struct lf_scratch *s,
		    const struct lf_pkt *pkt, const struct lf_flow *flow, const struct sk_buff *skb)
{
	if (!shadow_due(slot, gen, s))
		return false;
	lf_feature_fill(s->shadow_x, s->shadow->snap->ids, s->shadow->snap->n_inputs, pkt, flow,
			skb);
	return true;
}

bool lf_shadow_fill_sock(const struct lf_slot *slot, const struct lf_gen *gen,
			 struct lf_scratch *s, struct sock *sk, const s32 *cc)
{
	if (!shadow_due(slot, gen, s))
		return false;
	lf_feature_fill_sock(s->shadow_x, s->shadow->snap->ids, s->shadow->snap->n_inputs, sk, cc,
			     slot->params.v);
	return true;
}

static s64 shadow_fixed(s32 y, const struct lf_shadow_scale *scale)
{
	return lf_scaled((s64)y - scale->zp, scale->m, scale->shift - LF_FIXED_SHIFT);
}

static bool shadow_agrees(const struct lf_shadow *sh, const struct lf_scratch *s,
			  const struct lf_verdict *v)
{
	const struct lf_shadow_scale *scale = &sh->output[0].standby;
	s32 margin;

	if (sh->snap->meaning == LQ_MEANING_CLASS)
		return lq_argmax(s->shadow_y, sh->snap->n_outputs, &margin) ==
		       sh->output[v->class].at;
	return lf_scaled((s64)s->shadow_y[0] - scale->zp, scale->m, scale->shift) == v->units;
}

/* One inference at a time on each CPU: there is no other writer. */
static void shadow_count(struct lf_shadow_difference *d, s64 a, s64 b)
{
	u64 apart = a > b ? (u64)a - b : (u64)b - a;

	WRITE_ONCE(d->sum, d->sum + apart);
	WRITE_ONCE(d->greatest, max(d->greatest, apart));
}

void lf_shadow_run(struct lf_scratch *s, const struct lf_verdict *v)
{
	struct lf_shadow *sh = s->shadow;
	struct lf_shadow_sum *sum = this_cpu_ptr(sh->sum);
	u32 i;

	lf_model_run(sh->snap, s->shadow_x, s->shadow_y, &s->lq);
	for (i = 0; i < sh->snap->n_outputs; i++)
		shadow_count(&sum->output[i], shadow_fixed(s->y[i], &sh->output[i].active),
			     shadow_fixed(s->shadow_y[sh->output[i].at], &sh->output[i].standby));
	WRITE_ONCE(sum->agreed, sum->agreed + shadow_agrees(sh, s, v));
	WRITE_ONCE(sum->runs, sum->runs + 1);
}

/* --- control --- */

static void shadow_scale(struct lf_shadow_scale *scale, const struct lf_snapshot *snap, u32 i)
{
	const u8 *o = lq_output_at(snap->file, i);

	scale->zp = lq_get_s32(o, struct lq_output, zp);
	scale->m = lq_get_s32(o, struct lq_output, m);
	scale->shift = lq_get_s16(o, struct lq_output, S);
}

/* Values by position, classes by name: -1 if there is none of that name. */
static int shadow_at(const struct lf_snapshot *active, const struct lf_snapshot *standby, u32 i)
{
	const char *name = lq_file_output(active->file, i)->name;
	u32 j;

	if (active->meaning != LQ_MEANING_CLASS)
		return i;
	for (j = 0; j < standby->n_outputs; j++)
		if (!strncmp(name, lq_file_output(standby->file, j)->name, LQ_NAME_LEN))
			return j;
	return -1;
}

static bool shadow_pair(struct lf_shadow *sh, const struct lf_snapshot *active,
			const struct lf_snapshot *standby)
{
	u32 i;
	int at;

	for (i = 0; i < active->n_outputs; i++) {
		at = shadow_at(active, standby, i);
		if (at < 0)
			return false;
		sh->output[i].at = at;
		shadow_scale(&sh->output[i].active, active, i);
		shadow_scale(&sh->output[i].standby, standby, at);
	}
	return true;
}

static void shadow_free(struct lf_shadow *sh)
{
	free_percpu(sh->count);
	free_percpu(sh->sum);
	kfree(sh);
}

static void shadow_free_work(struct work_struct *work)
{
	struct lf_shadow *sh = container_of(to_rcu_work(work), struct lf_shadow, free);
	struct lf_snapshot *snap = sh->snap;

	shadow_free(sh);
	lf_snapshot_put(snap);
}

static struct lf_shadow *shadow_create(const struct lf_gen *gen, struct lf_snapshot *snap,
				       u32 every)
{
	u32 n = snap->n_outputs;
	struct lf_shadow *sh;

	if (gen->snap->meaning != snap->meaning || gen->snap->n_outputs != n)
		return NULL;
	sh = kzalloc(struct_size(sh, output, n), LF_GFP);
	if (!sh)
		return NULL;
	sh->count = alloc_percpu_gfp(u32, LF_GFP);
	sh->sum = __alloc_percpu_gfp(struct_size(sh->sum, output, n), __alignof__(u64), LF_GFP);
	if (!sh->count || !sh->sum || !shadow_pair(sh, gen->snap, snap) || !lf_snapshot_use(snap)) {
		shadow_free(sh);
		return NULL;
	}
	sh->gen = gen;
	sh->snap = snap;
	sh->every = every;
	INIT_RCU_WORK(&sh->free, shadow_free_work);
	return sh;
}

static void shadow_drop(struct lf_slot *slot)
{
	struct lf_shadow *sh = lf_dereference(slot->shadow);

	if (!sh)
		return;
	RCU_INIT_POINTER(slot->shadow, NULL);
	lf_snapshot_unuse(sh->snap);
	queue_rcu_work(lf_wq, &sh->free);
}

/* Without memory no shadow runs until something changes. */
void lf_shadow_renew(struct lf_slot *slot)
{
	const struct lf_gen *active = lf_slot_active(slot);
	const struct lf_shadow *sh = lf_dereference(slot->shadow);

	lockdep_assert_held(&lf_mutex);
	if (sh && sh->gen == active && sh->snap == slot->standby)
		return;
	shadow_drop(slot);
	if (slot->shadow_every && active && slot->standby)
		rcu_assign_pointer(slot->shadow,
				   shadow_create(active, slot->standby, slot->shadow_every));
}

void lf_shadow_set(struct lf_slot *slot, u32 every)
{
	struct lf_shadow *sh = lf_dereference(slot->shadow);

	lockdep_assert_held(&lf_mutex);
	if (every && !slot->shadow_every)
		static_branch_inc(&lf_shadow_key);
	if (!every && slot->shadow_every)
		static_branch_dec(&lf_shadow_key);
	slot->shadow_every = every;
	if (!every)
		shadow_drop(slot);
	else if (sh)
		WRITE_ONCE(sh->every, every);
	else
		lf_shadow_renew(slot);
}

void lf_shadow_end(struct lf_slot *slot)
{
	lf_shadow_set(slot, 0);
}

void lf_shadow_read(const struct lf_shadow *sh, struct lf_shadow_sum *sum)
{
	u32 n = sh->snap->n_outputs, i;
	int cpu;

	memset(sum, 0, struct_size(sum, output, n));
	for_each_possible_cpu(cpu) {
		const struct lf_shadow_sum *there = per_cpu_ptr(sh->sum, cpu);

		sum->runs += READ_ONCE(there->runs);
		sum->agreed += READ_ONCE(there->agreed);
		for (i = 0; i < n; i++) {
			sum->output[i].sum += READ_ONCE(there->output[i].sum);
			sum->output[i].greatest = max(sum->output[i].greatest,
						      READ_ONCE(there->output[i].greatest));
		}
	}
}
