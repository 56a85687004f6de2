// SPDX-License-Identifier: GPL-2.0
/*
 * What a slot serves.
 *
 *	install		a snapshot becomes the standby side; nothing changes for packets
 *	activate	makes a new generation of it, resolves the classes for every attachment,
 *			and then changes one pointer; whatever can fail is done before. Activating
 *			the snapshot that is active already changes nothing
 *	split		newborn flows go to several generations by weight (arm.h). If the standby
 *			snapshot is an arm, a generation is made of it, the trial, which
 *			activation then makes active
 *	roll back	the generation that was active before, of another snapshot, is active
 *			again, and the other becomes the one before
 *	retire		a generation that is none of these, nor an arm, and that no flow holds, goes
 *
 * generation.c has the life of a generation, bind.c what attachments keep for it.
 */
#include "serve.h"

#include <linux/ktime.h>
#include <linux/slab.h>
#include "arm.h"
#include "generation.h"
#include "guard.h"
#include "limit.h"
#include "netlink.h"
#include "shadow.h"

/* --- what is wanted of attachments --- */

static const char *const kind_name[] = { "qdisc", "hook", "xt", "tcp" };

static int serve_supplied(const struct lf_snapshot *snap, enum liteflow_attach_kind kind,
			  struct netlink_ext_ack *extack)
{
	u32 i;

	BUILD_BUG_ON(BIT(LITEFLOW_ATTACH_KIND_QDISC) != LQ_FROM_QDISC);
	BUILD_BUG_ON(BIT(LITEFLOW_ATTACH_KIND_HOOK) != LQ_FROM_HOOK);
	BUILD_BUG_ON(BIT(LITEFLOW_ATTACH_KIND_XT) != LQ_FROM_XT);
	BUILD_BUG_ON(BIT(LITEFLOW_ATTACH_KIND_TCP) != LQ_FROM_TCP);
	for (i = 0; i < snap->n_inputs; i++) {
		const struct lq_feature_desc *f = &lq_features[snap->ids[i]];

		if (f->from & BIT(kind))
			continue;
		lf_extack(extack,
			  "a %s attachment cannot supply feature %s, which snapshot %s needs",
			  kind_name[kind], f->name, snap->info.name);
		return -EOPNOTSUPP;
	}
	return 0;
}

int lf_serve_supplied(const struct lf_slot *slot, enum liteflow_attach_kind kind,
		      struct netlink_ext_ack *extack)
{
	int i, rc = 0;

	lockdep_assert_held(&lf_mutex);
	if (slot->standby)
		rc = serve_supplied(slot->standby, kind, extack);
	for (i = 0; i < LF_GENERATIONS && !rc; i++)
		if (slot->gens[i])
			rc = serve_supplied(slot->gens[i]->snap, kind, extack);
	return rc;
}

static int serve_fits(const struct lf_slot *slot, const struct lf_snapshot *snap,
		      struct netlink_ext_ack *extack)
{
	struct lf_attach *a;
	u32 i;
	int rc;

	for (i = 0; i < snap->n_inputs; i++) {
		if (snap->ids[i] != LF_FEATURE_UNKNOWN)
			continue;
		lf_extack(extack,
			  "input %s is not a feature: build the snapshot with lfgen --features",
			  lq_file_input(snap->file, i)->name);
		return -EINVAL;
	}
	list_for_each_entry(a, &slot->attaches, in_slot) {
		rc = a->ended ? 0 : serve_supplied(snap, a->kind, extack);
		if (rc)
			return rc;
	}
	return 0;
}

void lf_serve_standby(struct lf_slot *slot, struct lf_snapshot *snap)
{
	struct lf_snapshot *old = slot->standby;

	if (slot->trial && slot->trial->snap != snap) {
		if (slot->trial->weight) {
			lf_arms_set(slot, NULL);
			lf_guard_mark(slot);
		}
		slot->trial = NULL;
		lf_gen_sweep_later();
	}
	slot->standby = snap;
	if (!old)
		return;
	lf_snapshot_unuse(old);
	lf_snapshot_put(old);
}

/*
 * Asking again for what is there already (a script that runs twice) makes no second generation:
 * otherwise rollback would go from a snapshot to itself. The registry has each content once, so
 * comparing pointers is enough.
 */
static bool serve_is_active(const struct lf_slot *slot, const struct lf_snapshot *snap)
{
	const struct lf_gen *gen = lf_slot_active(slot);

	return gen && gen->snap == snap;
}

static bool serve_is_there(const struct lf_slot *slot, const struct lf_snapshot *snap,
			   bool activate, struct netlink_ext_ack *extack)
{
	if (activate ? !serve_is_active(slot, snap) : slot->standby != snap)
		return false;
	lf_extack(extack, "snapshot %s is already %s", snap->info.name,
		  activate ? "active" : "standby");
	return true;
}

/* --- install, activate, roll back --- */

static int serve_use(struct lf_snapshot *snap, struct netlink_ext_ack *extack)
{
	if (lf_snapshot_use(snap))
		return 0;
	lf_extack(extack, "the module of snapshot %s is being removed", snap->info.name);
	return -ENODEV;
}

static void serve_unuse(struct lf_snapshot *snap)
{
	lf_snapshot_unuse(snap);
	lf_snapshot_put(snap);
}

/* On a user's command: what the guard has found is known by now. */
static void serve_switch(struct lf_slot *slot, struct lf_gen *gen, ktime_t start, const char *what)
{
	slot->trip.limit = LF_TRIP_NONE;
	WRITE_ONCE(slot->guarded, false);
	lf_gen_switch(slot, gen, start, what);
	lf_shadow_renew(slot);
	lf_guard_mark(slot);
}

/*
 * Makes a generation of @snap (already in use for this) the active one; the standby side becomes
 * empty.
 */
static void serve_activate(struct lf_slot *slot, struct lf_gen *gen, ktime_t start)
{
	if (gen == slot->trial)
		slot->trial = NULL;
	else
		lf_gen_publish(slot, gen);
	lf_serve_standby(slot, NULL);
	serve_switch(slot, gen, start, "activated");
}

/* The trial, or a new one of @snap. */
static struct lf_gen *serve_gen(struct lf_slot *slot, struct lf_snapshot *snap,
				struct netlink_ext_ack *extack)
{
	struct lf_gen *gen;
	int rc;

	if (slot->trial && slot->trial->snap == snap)
		return slot->trial;
	rc = serve_use(snap, extack);
	if (rc)
		return ERR_PTR(rc);
	gen = lf_gen_prepare(slot, snap, 0);
	if (IS_ERR(gen))
		serve_unuse(snap);
	return gen;
}

static int serve_install(struct lf_slot *slot, struct lf_snapshot *snap,
			 struct netlink_ext_ack *extack)
{
	int rc = serve_use(snap, extack);

	if (rc)
		return rc;
	lf_serve_standby(slot, snap);
	lf_next_change();
	lf_nl_event(slot, "installed", 0, snap);
	lf_shadow_renew(slot);
	lf_gen_sweep_later();
	return 0;
}

int lf_serve_install(struct lf_slot *slot, struct lf_snapshot *snap, bool activate,
		     struct netlink_ext_ack *extack)
{
	ktime_t start = ktime_get();
	struct lf_gen *gen;
	int rc;

	lockdep_assert_held(&lf_mutex);
	if (serve_is_there(slot, snap, activate, extack))
		return 0;
	rc = serve_fits(slot, snap, extack) ?: lf_limit_check(slot, snap, extack);
	if (rc)
		return rc;
	if (!activate)
		return serve_install(slot, snap, extack);
	gen = serve_gen(slot, snap, extack);
	if (IS_ERR(gen))
		return PTR_ERR(gen);
	lf_nl_event(slot, "installed", 0, snap);
	serve_activate(slot, gen, start);
	return 0;
}

int lf_serve_activate(struct lf_slot *slot, struct netlink_ext_ack *extack)
{
	ktime_t start = ktime_get();
	struct lf_gen *gen;

	lockdep_assert_held(&lf_mutex);
	if (!slot->standby) {
		lf_extack(extack, "slot %s has no standby snapshot: install one",
			  slot->name);
		return -ENOENT;
	}
	if (serve_is_there(slot, slot->standby, true, extack)) {
		lf_serve_standby(slot, NULL);
		lf_shadow_renew(slot);
		lf_next_change();
		return 0;
	}
	gen = serve_gen(slot, slot->standby, extack);
	if (IS_ERR(gen))
		return PTR_ERR(gen);
	serve_activate(slot, gen, start);
	return 0;
}

int lf_serve_rollback(struct lf_slot *slot, struct netlink_ext_ack *extack)
{
	ktime_t start = ktime_get();

	lockdep_assert_held(&lf_mutex);
	if (!slot->before) {
		lf_extack(extack, "slot %s has no earlier snapshot to roll back to", slot->name);
		return -ENOENT;
	}
	serve_switch(slot, slot->before, start, "rolled-back");
	return 0;
}

/* --- split --- */

/* What is wanted of the existing generations, by place, and of one that is to be made. */
struct serve_plan {
	const struct lf_arm_wanted *arm[LF_GENERATIONS], *trial;
};

/* Return: NULL for the standby snapshot if it has no generation yet. */
static struct lf_gen *serve_arm(const struct lf_slot *slot, const struct lf_arm_wanted *arm,
				struct netlink_ext_ack *extack)
{
	struct lf_gen *gen = NULL;

	switch (arm->which) {
	case LITEFLOW_ARM_WHICH_ACTIVE:
		return lf_slot_active(slot);
	case LITEFLOW_ARM_WHICH_STANDBY:
		if (!slot->standby)
			lf_extack(extack,
				  "slot %s has no standby snapshot: install one",
				  slot->name);
		else if (serve_is_active(slot, slot->standby))
			lf_extack(extack, "the standby snapshot %s is already active",
				  slot->standby->info.name);
		else
			return slot->trial;
		break;
	default:
		gen = lf_gen_by_number(slot, arm->generation, extack);
	}
	return gen ?: ERR_PTR(-ENOENT);
}

static int serve_plan_arm(struct serve_plan *plan, const struct lf_slot *slot,
			  const struct lf_arm_wanted *arm, struct netlink_ext_ack *extack)
{
	struct lf_gen *gen = serve_arm(slot, arm, extack);
	const struct lf_arm_wanted **place;

	if (IS_ERR(gen))
		return PTR_ERR(gen);
	place = gen ? &plan->arm[gen->place] : &plan->trial;
	if (*place) {
		lf_extack(extack, "the split names a generation twice");
		return -EINVAL;
	}
	*place = arm;
	return 0;
}

static int serve_plan(struct serve_plan *plan, const struct lf_slot *slot,
		      const struct lf_split *split, struct netlink_ext_ack *extack)
{
	u64 total = 0;
	unsigned int i;
	int rc;

	memset(plan, 0, sizeof(*plan));
	if (!lf_slot_active(slot)) {
		lf_extack(extack, "slot %s has no active snapshot", slot->name);
		return -ENOENT;
	}
	for (i = 0; i < split->n; i++) {
		total += split->arm[i].weight;
		rc = serve_plan_arm(plan, slot, &split->arm[i], extack);
		if (rc)
			return rc;
	}
	if (total && total <= LF_ARMS_TOTAL_MAX)
		return 0;
	lf_extack(extack, "the weights of a split must add up to 1 to %u, not %llu",
		  LF_ARMS_TOTAL_MAX, total);
	return -EINVAL;
}

/* Places of generations that are arms of the plan. */
static u32 serve_plan_keep(const struct serve_plan *plan)
{
	u32 keep = 0;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++)
		keep |= plan->arm[i] && plan->arm[i]->weight ? BIT(i) : 0;
	return keep;
}

/* Makes a generation of the standby snapshot if the plan needs one; does all that may fail. */
static struct lf_gen *serve_trial(struct lf_slot *slot, const struct serve_plan *plan,
				  struct netlink_ext_ack *extack)
{
	struct lf_gen *gen;
	int rc;

	if (!plan->trial || !plan->trial->weight)
		return NULL;
	rc = serve_use(slot->standby, extack);
	if (rc)
		return ERR_PTR(rc);
	gen = lf_gen_prepare(slot, slot->standby, serve_plan_keep(plan));
	if (!IS_ERR(gen))
		return gen;
	serve_unuse(slot->standby);
	if (PTR_ERR(gen) == -ENOSPC)
		lf_extack(extack,
			  "a slot has at most %d generations, all still in use by flows or arms",
			  LF_GENERATIONS);
	return gen;
}

/* @arm: NULL if the split does not name it. Its limits stay unless the split has others. */
static void serve_commit_arm(struct lf_gen *gen, const struct lf_arm_wanted *arm)
{
	WRITE_ONCE(gen->weight, arm ? arm->weight : 0);
	if (gen->weight)
		WRITE_ONCE(gen->stopped, false);
	if (arm && arm->set_guard)
		gen->guard = arm->guard;
}

/* Cannot fail: @arms has room for the weights. */
static void serve_commit(struct lf_slot *slot, const struct serve_plan *plan, struct lf_gen *trial,
			 struct lf_arms *arms)
{
	int i;

	if (trial) {
		lf_gen_publish(slot, trial);
		slot->trial = trial;
	}
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i])
			serve_commit_arm(slot->gens[i],
					 slot->gens[i] == trial ? plan->trial : plan->arm[i]);
	lf_arms_fill(arms, slot);
	lf_arms_set(slot, arms);
}

static void serve_end_split(struct lf_slot *slot)
{
	lf_arms_set(slot, NULL);
	lf_gen_sweep_later();
}

static int serve_split(struct lf_slot *slot, const struct lf_split *split,
		       struct netlink_ext_ack *extack)
{
	struct serve_plan plan;
	struct lf_arms *arms;
	struct lf_gen *trial;
	int rc;

	rc = serve_plan(&plan, slot, split, extack);
	if (rc)
		return rc;
	arms = lf_arms_alloc();
	if (!arms)
		return -ENOMEM;
	trial = serve_trial(slot, &plan, extack);
	if (IS_ERR(trial)) {
		kfree(arms);
		return PTR_ERR(trial);
	}
	serve_commit(slot, &plan, trial, arms);
	return 0;
}

int lf_serve_split(struct lf_slot *slot, const struct lf_split *split,
		   struct netlink_ext_ack *extack)
{
	const struct lf_gen *active = lf_slot_active(slot);
	int rc = 0;

	lockdep_assert_held(&lf_mutex);
	if (split->n)
		rc = serve_split(slot, split, extack);
	else
		serve_end_split(slot);
	if (rc)
		return rc;
	if (split->set_seed)
		WRITE_ONCE(slot->seed, split->seed);
	if (active)
		slot->trip.limit = LF_TRIP_NONE;
	lf_guard_mark(slot);
	lf_next_change();
	lf_nl_event(slot, "split", active ? active->number : 0, active ? active->snap : NULL);
	lf_gen_sweep_later();
	return 0;
}
