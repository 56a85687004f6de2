// SPDX-License-Identifier: GPL-2.0
/*
 * Slots: their life, their options, their streams. serve.c decides what they serve.
 */
#include "slot.h"

#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "arm.h"
#include "batch.h"
#include "bind.h"
#include "confidence.h"
#include "generation.h"
#include "guard.h"
#include "limit.h"
#include "netlink.h"
#include "serve.h"
#include "shadow.h"
#include "slot_history.h"

static u32 slot_serial;			/* lf_mutex */

static struct lf_batches *slot_batches(const struct lf_slot *slot)
{
	return lf_dereference(slot->batches);
}

/* --- slots --- */

struct lf_slot *lf_slot_find(const struct net *net, const char *name)
{
	struct lf_slot *slot;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(slot, &lf_net(net)->slots, in_net)
		if (!strcmp(slot->name, name))
			return slot;
	return NULL;
}

struct lf_slot *lf_slot_find_or_say(const struct net *net, const char *name,
				    struct netlink_ext_ack *extack)
{
	struct lf_slot *slot = lf_slot_find(net, name);

	if (!slot)
		lf_extack(extack, "there is no slot %s in this network namespace", name);
	return slot;
}

static int name_free(const struct net *net, const char *name, struct netlink_ext_ack *extack)
{
	if (!lq_name_ok(name)) {
		lf_extack(extack, "a slot's name is " LQ_NAME_RULE);
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

/*
 * Packets no longer find the stream. Those in progress still use it: it ends after a grace period.
 */
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

	if (opt->sample && !slot->sample)
		static_branch_inc(&lf_label_key);
	if (!opt->sample && slot->sample)
		static_branch_dec(&lf_label_key);
	if (!opt->sample) {
		stream_stop(slot, ended);
	} else if (b && b->n_bufs == opt->stream->n_bufs) {
		lf_batches_set(b, opt->sample);
	} else {
		stream_stop(slot, ended);
		lf_batches_flush_set(opt->stream, slot->flush_ms);
		rcu_assign_pointer(slot->batches, opt->stream);
		opt->stream = NULL;
	}
	slot->sample = opt->sample;
}

/* A stream keeps those that it has: only a new one gets as many as the slot has now. */
static void buffers_set(struct lf_slot *slot, const struct lf_slot_options *opt,
			struct netlink_ext_ack *extack)
{
	const struct lf_batches *b = slot_batches(slot);

	slot->buffers = opt->buffers;
	if (b && !opt->set_sample && b->n_bufs != opt->buffers)
		lf_extack(extack, "the stream keeps its %u buffers until sample is set again",
			  b->n_bufs);
}

/* The slot goes: the counts of its streams are no longer needed. */
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

static void confidence_set(struct lf_slot *slot, u8 percent)
{
	int i;

	if (percent && !slot->confidence)
		static_branch_inc(&lf_confidence_key);
	if (!percent && slot->confidence)
		static_branch_dec(&lf_confidence_key);
	slot->confidence = percent;
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i])
			lf_gen_confidence_set(slot->gens[i], percent);
}

static void slot_free_work(struct work_struct *work)
{
	kfree(container_of(to_rcu_work(work), struct lf_slot, free));
}

int lf_slot_create(struct net *net, const char *name, struct lf_slot_options *opt,
		   struct netlink_ext_ack *extack)
{
	struct lf_slot *slot;
	int rc;

	lockdep_assert_held(&lf_mutex);
	rc = name_free(net, name, extack);
	if (rc)
		return rc;
	if (opt->guard_generation) {
		lf_extack(extack, "a new slot has no generation %u", opt->guard_generation);
		return -ENOENT;
	}
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
	slot->flush_ms = opt->set_flush ? opt->flush_ms : LF_FLUSH_MS;
	slot->buffers = opt->set_buffers ? opt->buffers : LF_BUFFERS;
	slot->history_by = opt->set_history ? opt->history_by : LF_HISTORY_BY_DEFAULT;
	slot->seed = get_random_u64();
	slot->trip.limit = LF_TRIP_NONE;
	if (opt->set_sample)
		stream_set(slot, opt, NULL);
	if (opt->set_shadow)
		lf_shadow_set(slot, opt->shadow);
	if (opt->set_guard)
		lf_guard_set(slot, NULL, &opt->guard);
	if (opt->set_confidence)
		confidence_set(slot, opt->confidence);
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
	struct lf_gen *guarded;
	int rc;

	lockdep_assert_held(&lf_mutex);
	guarded = lf_guard_gen(slot, opt->guard_generation, extack);
	if (IS_ERR(guarded))
		return PTR_ERR(guarded);
	rc = opt->set_budget ? lf_limit_set(slot, opt->budget_ns, extack) : 0;
	if (rc)
		return rc;
	if (opt->set_flush)
		slot->flush_ms = opt->flush_ms;
	if (opt->set_buffers)
		buffers_set(slot, opt, extack);
	if (opt->set_sample)
		stream_set(slot, opt, ended);
	if (opt->set_flush && slot_batches(slot))
		lf_batches_flush_set(slot_batches(slot), opt->flush_ms);
	if (opt->set_shadow)
		lf_shadow_set(slot, opt->shadow);
	if (opt->set_guard)
		lf_guard_set(slot, guarded, &opt->guard);
	if (opt->set_confidence)
		confidence_set(slot, opt->confidence);
	if (opt->set_history)
		lf_slot_history_set(slot, opt->history_by, &opt->history);
	if (opt->set_pin)
		WRITE_ONCE(slot->pin, opt->pin);
	lf_params_apply(&slot->params, &opt->params);
	lf_next_change();
	return 0;
}

/*
 * Packets may still see the slot until a grace period has passed. Attachments release it first, so
 * that no more packets come; then the stream; then the generations, which nobody holds by now. All
 * memory is freed by RCU.
 */
static void slot_destroy(struct lf_slot *slot, struct list_head *ended)
{
	int i;

	lockdep_assert_held(&lf_mutex);
	lf_bind_slot_gone(slot);
	RCU_INIT_POINTER(slot->active, NULL);
	lf_arms_set(slot, NULL);
	lf_shadow_end(slot);
	lf_guard_end(slot);
	confidence_set(slot, 0);
	if (slot->sample)
		static_branch_dec(&lf_label_key);
	stream_stop(slot, ended);
	streams_disown(slot);
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i])
			lf_gen_retire(slot, slot->gens[i]);
	lf_serve_standby(slot, NULL);
	lf_slot_history_end(slot);
	list_del(&slot->in_net);
	lf_net(slot->net)->n_slots--;
	lf_next_change();
	lf_nl_event(slot, "deleted", 0, NULL);
	queue_rcu_work(lf_wq, &slot->free);
}

int lf_slot_delete(struct lf_slot *slot, bool force, struct list_head *ended,
		   struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&lf_mutex);
	if (slot->n_attaches && !force) {
		lf_extack(extack, "slot %s has %u attachment%s: delete them first, or use force",
			  slot->name, slot->n_attaches, slot->n_attaches == 1 ? "" : "s");
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
