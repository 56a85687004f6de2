// SPDX-License-Identifier: GPL-2.0
/*
 * Slots.
 *
 *	install		a snapshot becomes the standby side; nothing changes for packets
 *	activate	a new generation of it is made, every attachment gets its classes resolved
 *			for it, and then one pointer changes; whatever can fail has been done
 *			before. To activate the active snapshot changes nothing
 *	roll back	the generation that was active before, of another snapshot, is active again,
 *			and the other is the one before
 *	retire		a generation that is neither, and that no flow holds, goes
 *
 * generation.c has the life of a generation, bind.c what attachments have of it.
 */
#include "slot.h"

#include <linux/ktime.h>
#include <linux/slab.h>
#include "batch.h"
#include "bind.h"
#include "generation.h"
#include "limit.h"
#include "netlink.h"

static const char *const kind_name[] = { "qdisc", "hook", "xt", "tcp" };

static u32 slot_serial;			/* lf_mutex */

static struct lf_batches *slot_batches(const struct lf_slot *slot)
{
	return lf_dereference(slot->batches);
}

/* What is wanted of attachments. */

static int snap_supplied(const struct lf_snapshot *snap, enum liteflow_attach_kind kind, struct netlink_ext_ack *extack)
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
		lf_extack(extack, "a %s attachment cannot supply feature %s, which snapshot %s wants", kind_name[kind],
			  f->name, snap->info.name);
		return -EOPNOTSUPP;
	}
	return 0;
}

int lf_slot_supplied(const struct lf_slot *slot, enum liteflow_attach_kind kind, struct netlink_ext_ack *extack)
{
	int i, rc = 0;

	lockdep_assert_held(&lf_mutex);
	if (slot->standby)
		rc = snap_supplied(slot->standby, kind, extack);
	for (i = 0; i < LF_GENERATIONS && !rc; i++)
		if (slot->gens[i])
			rc = snap_supplied(slot->gens[i]->snap, kind, extack);
	return rc;
}

static int snap_fits(const struct lf_slot *slot, const struct lf_snapshot *snap, struct netlink_ext_ack *extack)
{
	struct lf_attach *a;
	u32 i;
	int rc;

	for (i = 0; i < snap->n_inputs; i++) {
		if (snap->ids[i] != LF_FEATURE_UNKNOWN)
			continue;
		lf_extack(extack, "input %s is no feature: build the snapshot with lfgen --features",
			  lq_file_input(snap->file, i)->name);
		return -EINVAL;
	}
	list_for_each_entry(a, &slot->attaches, in_slot) {
		rc = a->ended ? 0 : snap_supplied(snap, a->kind, extack);
		if (rc)
			return rc;
	}
	return 0;
}

/* The standby side. */

static void standby_set(struct lf_slot *slot, struct lf_snapshot *snap)
{
	struct lf_snapshot *old = slot->standby;

	slot->standby = snap;
	if (!old)
		return;
	lf_snapshot_unuse(old);
	lf_snapshot_put(old);
}

/*
 * Who asks for what is there already (a script that runs twice) gets no second generation of it:
 * roll back would go from a snapshot to itself. The registry has each content once, so the pointers
 * tell.
 */
static bool is_active(const struct lf_slot *slot, const struct lf_snapshot *snap)
{
	const struct lf_gen *gen = lf_slot_active(slot);

	return gen && gen->snap == snap;
}

static bool is_there(const struct lf_slot *slot, const struct lf_snapshot *snap, bool activate,
		     struct netlink_ext_ack *extack)
{
	if (activate ? !is_active(slot, snap) : slot->standby != snap)
		return false;
	lf_extack(extack, "snapshot %s is already %s", snap->info.name,
		  activate ? "active" : "standby");
	return true;
}

int lf_slot_install(struct lf_slot *slot, struct lf_snapshot *snap, bool activate, struct netlink_ext_ack *extack)
{
	ktime_t start = ktime_get();
	struct lf_gen *gen = NULL;
	int rc;

	lockdep_assert_held(&lf_mutex);
	if (is_there(slot, snap, activate, extack))
		return 0;
	rc = snap_fits(slot, snap, extack) ?: lf_limit_check(slot, snap, extack);
	if (rc)
		return rc;
	if (!lf_snapshot_use(snap)) {
		lf_extack(extack, "the module of snapshot %s is being removed", snap->info.name);
		return -ENODEV;
	}
	if (activate) {
		gen = lf_gen_prepare(slot, snap);
		if (!gen) {
			lf_snapshot_unuse(snap);
			lf_snapshot_put(snap);
			return -ENOMEM;
		}
	}
	standby_set(slot, snap);
	lf_next_change();
	lf_nl_event(slot, "installed", 0, snap);
	if (gen)
		lf_gen_activate(slot, gen, start);
	return 0;
}

int lf_slot_activate(struct lf_slot *slot, struct netlink_ext_ack *extack)
{
	ktime_t start = ktime_get();
	struct lf_gen *gen;

	lockdep_assert_held(&lf_mutex);
	if (!slot->standby) {
		lf_extack(extack, "slot %s has no snapshot on its standby side: install one", slot->name);
		return -ENOENT;
	}
	if (is_there(slot, slot->standby, true, extack)) {
		standby_set(slot, NULL);
		lf_next_change();
		return 0;
	}
	gen = lf_gen_prepare(slot, slot->standby);
	if (!gen)
		return -ENOMEM;
	lf_gen_activate(slot, gen, start);
	return 0;
}

int lf_slot_rollback(struct lf_slot *slot, struct netlink_ext_ack *extack)
{
	ktime_t start = ktime_get();

	lockdep_assert_held(&lf_mutex);
	if (!slot->before) {
		lf_extack(extack, "slot %s has no earlier snapshot to roll back to", slot->name);
		return -ENOENT;
	}
	lf_gen_switch(slot, slot->before, start, "rolled-back");
	return 0;
}

/* Slots. */

struct lf_slot *lf_slot_find(const struct net *net, const char *name)
{
	struct lf_slot *slot;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(slot, &lf_net(net)->slots, in_net)
		if (!strcmp(slot->name, name))
			return slot;
	return NULL;
}

struct lf_slot *lf_slot_find_or_say(const struct net *net, const char *name, struct netlink_ext_ack *extack)
{
	struct lf_slot *slot = lf_slot_find(net, name);

	if (!slot)
		lf_extack(extack, "there is no slot %s in this network namespace", name);
	return slot;
}

static bool slot_holds(const struct lf_slot *slot, const struct lf_snapshot *snap)
{
	int i;

	if (slot->standby == snap)
		return true;
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i] && slot->gens[i]->snap == snap)
			return true;
	return false;
}

bool lf_slot_uses(const struct net *net, const struct lf_snapshot *snap)
{
	const struct lf_slot *slot;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(slot, &lf_net(net)->slots, in_net)
		if (slot_holds(slot, snap))
			return true;
	return false;
}

static int name_free(const struct net *net, const char *name, struct netlink_ext_ack *extack)
{
	if (!lf_name_valid(name)) {
		lf_extack(extack, "a slot's name is 1 to %d characters of A-Z a-z 0-9 . _ -",
			  LITEFLOW_SLOT_NAME_LEN - 1);
		return -EINVAL;
	}
	if (lf_slot_find(net, name)) {
		lf_extack(extack, "slot %s exists already", name);
		return -EEXIST;
	}
	if (lf_net(net)->n_slots == LF_SLOTS_MAX) {
		lf_extack(extack, "a network namespace has at most %d slots", LF_SLOTS_MAX);
		return -ENOSPC;
	}
	return 0;
}

/* Packets find no stream any more. Those that are under way still use it: it ends behind a grace period. */
static void stream_stop(struct lf_slot *slot, struct list_head *ended)
{
	struct lf_batches *b = slot_batches(slot);

	if (!b)
		return;
	RCU_INIT_POINTER(slot->batches, NULL);
	b->owner = slot;
	list_add_tail(&b->in_slot, &slot->ending);
	list_add_tail(&b->in_ended, ended);
}

static void stream_set(struct lf_slot *slot, struct lf_slot_options *opt, struct list_head *ended)
{
	struct lf_batches *b = slot_batches(slot);

	if (!opt->sample) {
		stream_stop(slot, ended);
	} else if (b) {
		lf_batches_set(b, opt->sample);
	} else {
		rcu_assign_pointer(slot->batches, opt->stream);
		opt->stream = NULL;
	}
	slot->sample = opt->sample;
}

/* The slot goes: nobody asks for the counts of its streams any more. */
static void streams_disown(struct lf_slot *slot)
{
	struct lf_batches *b, *next;

	list_for_each_entry_safe(b, next, &slot->ending, in_slot) {
		b->owner = NULL;
		list_del(&b->in_slot);
	}
}

static void stream_end(struct lf_batches *b)
{
	lf_batches_stop(b);
	mutex_lock(&lf_mutex);
	if (b->owner) {
		lf_batches_count(b, &b->owner->samples, &b->owner->samples_lost);
		list_del(&b->in_slot);
	}
	mutex_unlock(&lf_mutex);
	lf_batches_destroy(b);
}

void lf_slot_end_streams(struct list_head *ended)
{
	struct lf_batches *b, *next;

	if (list_empty(ended))
		return;
	synchronize_rcu();
	list_for_each_entry_safe(b, next, ended, in_ended)
		stream_end(b);
}

static void slot_free_work(struct work_struct *work)
{
	kfree(container_of(to_rcu_work(work), struct lf_slot, free));
}

int lf_slot_create(struct net *net, const char *name, struct lf_slot_options *opt, struct netlink_ext_ack *extack)
{
	struct lf_slot *slot;
	int rc;

	lockdep_assert_held(&lf_mutex);
	rc = name_free(net, name, extack);
	if (rc)
		return rc;
	slot = kzalloc(sizeof(*slot), LF_GFP);
	if (!slot)
		return -ENOMEM;
	INIT_LIST_HEAD(&slot->attaches);
	INIT_LIST_HEAD(&slot->ending);
	INIT_RCU_WORK(&slot->free, slot_free_work);
	slot->net = net;
	slot->pin = opt->set_pin ? opt->pin : LITEFLOW_PIN_FLOW;
	slot->budget_ns = opt->set_budget ? opt->budget_ns : LF_LIMIT_DEFAULT_NS;
	lf_params_init(&slot->params);
	lf_params_apply(&slot->params, &opt->params);
	strscpy(slot->name, name, sizeof(slot->name));
	if (opt->set_sample)
		stream_set(slot, opt, NULL);
	slot->serial = ++slot_serial;
	list_add_tail(&slot->in_net, &lf_net(net)->slots);
	lf_net(net)->n_slots++;
	lf_next_change();
	lf_nl_event(slot, "created", 0, NULL);
	lf_bind_slot(slot);
	return 0;
}

int lf_slot_set(struct lf_slot *slot, struct lf_slot_options *opt, struct list_head *ended,
		struct netlink_ext_ack *extack)
{
	int rc;

	lockdep_assert_held(&lf_mutex);
	rc = opt->set_budget ? lf_limit_set(slot, opt->budget_ns, extack) : 0;
	if (rc)
		return rc;
	if (opt->set_sample)
		stream_set(slot, opt, ended);
	if (opt->set_pin)
		WRITE_ONCE(slot->pin, opt->pin);
	lf_params_apply(&slot->params, &opt->params);
	lf_next_change();
	return 0;
}

/*
 * Who may still see it: packets, until a grace period has passed. Attachments let go of it first, so that none comes
 * later; then the stream; then generations, which nobody holds by now, go, and the memory of all follows RCU.
 */
static void slot_destroy(struct lf_slot *slot, struct list_head *ended)
{
	int i;

	lockdep_assert_held(&lf_mutex);
	lf_bind_slot_gone(slot);
	RCU_INIT_POINTER(slot->active, NULL);
	stream_stop(slot, ended);
	streams_disown(slot);
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i])
			lf_gen_retire(slot, slot->gens[i]);
	standby_set(slot, NULL);
	list_del(&slot->in_net);
	lf_net(slot->net)->n_slots--;
	lf_next_change();
	lf_nl_event(slot, "deleted", 0, NULL);
	queue_rcu_work(lf_wq, &slot->free);
}

int lf_slot_delete(struct lf_slot *slot, bool force, struct list_head *ended, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&lf_mutex);
	if (slot->n_attaches && !force) {
		lf_extack(extack, "slot %s has %u attachment%s: delete them first, or use force", slot->name,
			  slot->n_attaches, slot->n_attaches == 1 ? "" : "s");
		return -EBUSY;
	}
	slot_destroy(slot, ended);
	return 0;
}

void lf_slot_exit_net(struct lf_net *ln, struct list_head *ended)
{
	struct lf_slot *slot, *next;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry_safe(slot, next, &ln->slots, in_net)
		slot_destroy(slot, ended);
}
