// SPDX-License-Identifier: GPL-2.0
/*
 * Attachments: the users of inference. lf_attach_create() and lf_attach_destroy() run under
 * RTNL or not; bind.c binds an attachment to the slot that it names.
 */
#include "attach.h"

#include <linux/slab.h>
#include <linux/wait.h>
#include <net/liteflow_sock.h>
#include <net/net_namespace.h>
#include "attach_cfg.h"
#include "bind.h"
#include "frags.h"
#include "generation.h"
#include "netlink.h"
#include "outcome.h"
#include "room.h"
#include "serve.h"
#include "slot.h"

static u32 attach_id;			/* lf_mutex */
static DECLARE_WAIT_QUEUE_HEAD(ends);

/*
 * An attachment whose namespace has ended stays allocated, but does nothing, until
 * lf_attach_destroy().
 */
void lf_attach_exit_net(struct lf_net *ln)
{
	struct lf_attach *a, *next;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry_safe(a, next, &ln->attaches, in_net)
		list_del_init(&a->in_net);
}

/* --- life --- */

static void attach_free(struct lf_attach *a)
{
	if (a->flows)
		lf_flows_destroy(a->flows);
	lf_frags_destroy(a->frags);
	if (a->counters)
		lf_counters_destroy(a->counters);
	kfree(rcu_dereference_protected(a->phases, 1));
	kfree(a->own.map);
	kfree(a);
}

/*
 * The rest of lf_attach_destroy(). There may be many flows: they end here, where nobody waits,
 * while the slot still exists to be told. The slot may still go first, by force.
 */
static void attach_end(struct work_struct *work)
{
	struct lf_attach *a = container_of(work, struct lf_attach, end);
	struct lf_net *ln = a->ending ? lf_net(a->net) : NULL;

	if (a->flows)
		lf_flows_destroy(a->flows);
	a->flows = NULL;
	mutex_lock(&lf_mutex);
	lf_bind_detach(a);
	mutex_unlock(&lf_mutex);
	lf_gen_sweep_later();
	attach_free(a);
	if (ln && atomic_dec_and_test(&ln->ending))
		wake_up_all(&ends);
}

void lf_attach_wait(struct lf_net *ln)
{
	wait_event(ends, !atomic_read(&ln->ending));
}

/* Creates the flow table; not for connections, which keep their own flow state. */
static int flows_create(struct lf_attach *a, const struct lf_attach_cfg *cfg,
			struct netlink_ext_ack *extack)
{
	struct lf_room *room = lf_net(a->net)->room;
	struct lf_flows *flows;

	if (a->kind == LITEFLOW_ATTACH_KIND_TCP)
		return 0;
	a->frags = lf_frags_create();
	if (!a->frags)
		return -ENOMEM;
	a->room = cfg->flows ?: LF_FLOWS_DEFAULT;
	flows = lf_flows_create(a->room, cfg->idle_ms, lf_outcome_flow, a, room);
	if (PTR_ERR_OR_ZERO(flows) == -ENOSPC)
		lf_extack(extack,
			  "flow tables of a network namespace hold at most %u flows in "
			  "total, %u are left",
			  room->max, lf_room_left(room));
	if (IS_ERR(flows))
		return PTR_ERR(flows);
	a->flows = flows;
	lf_flows_pause(flows, lf_outcome_pause);
	if (a->kind != LITEFLOW_ATTACH_KIND_QDISC)
		lf_flows_pair(flows);
	if (a->ops->offloaded)
		lf_flows_hold(flows, lf_outcome_held);
	return 0;
}

static struct lf_attach *attach_create(struct net *net, const struct lf_attach_ops *ops, void *priv,
				       const struct lf_attach_cfg *cfg,
				       struct netlink_ext_ack *extack)
{
	struct lf_attach *a = kzalloc(sizeof(*a), LF_GFP);
	struct lf_cfg_parts parts;
	int rc = -ENOMEM;

	if (!a)
		return ERR_PTR(rc);
	INIT_LIST_HEAD(&a->in_net);
	INIT_LIST_HEAD(&a->in_slot);
	INIT_LIST_HEAD(&a->views);
	list_add(&a->own.in_attach, &a->views);
	a->net = net;
	a->ops = ops;
	a->kind = ops->kind;
	a->priv = priv;
	INIT_WORK(&a->end, attach_end);
	strscpy(a->slot_name, cfg->slot, sizeof(a->slot_name));
	if (lf_cfg_create(&parts, cfg))
		goto free_attach;
	RCU_INIT_POINTER(a->phases, parts.phases);
	a->own.map = parts.entries;
	a->own.n_map = cfg->n_map;
	a->n_given = cfg->n_given;
	a->inner = cfg->inner;
	lf_map_none_set(&a->own.none, a->own.map, a->own.n_map);
	a->counters = lf_counters_create(LF_REASONS + LF_SIZE_RATIOS);
	if (!a->counters)
		goto free_attach;
	rc = flows_create(a, cfg, extack);
	if (!rc)
		return a;

free_attach:
	attach_free(a);
	if (rc == -ENOMEM)
		lf_extack(extack, "not enough memory for the attachment");
	return ERR_PTR(rc);
}

/* An error here is the module's fault, not the user's. */
static int check_ops(const struct lf_attach_ops *ops, struct netlink_ext_ack *extack)
{
	if (!WARN_ON_ONCE(ops->kind > LITEFLOW_ATTACH_KIND_TCP || !ops->describe))
		return 0;
	lf_extack(extack, "the attaching module has an unknown kind or no describe()");
	return -EINVAL;
}

/* Rejects what can never fit. What might fit is accepted: tables take memory when they need it. */
static int check_room(const struct net *net, u32 flows, struct netlink_ext_ack *extack)
{
	const struct lf_room *room = lf_net(net)->room;

	if (flows <= room->max)
		return 0;
	lf_extack(extack,
		  "flow tables of a network namespace hold at most %u flows in total, not %u",
		  room->max, flows);
	return -ENOSPC;
}

static int check_map(const struct lf_attach_cfg *cfg, const struct lf_slot *slot,
		     struct netlink_ext_ack *extack)
{
	return lf_cfg_check_map(slot, cfg->map, cfg->n_given, cfg->map_check, extack);
}

/* Adds it to the namespace, and binds it if the slot exists. */
static int attach_enlist(struct lf_attach *a, const struct lf_attach_cfg *cfg,
			 struct netlink_ext_ack *extack)
{
	struct lf_slot *slot = lf_slot_find(a->net, a->slot_name);
	int rc;

	rc = slot ? lf_serve_supplied(slot, a->kind, extack) : 0;
	rc = rc ?: check_map(cfg, slot, extack);
	rc = rc ?: lf_bind_prepare_all(a, slot);
	if (rc)
		return rc;
	lf_bind_attach(a, slot);
	a->id = ++attach_id;
	list_add_tail(&a->in_net, &lf_net(a->net)->attaches);
	lf_next_change();
	lf_nl_attach_event(a, "attached");
	return 0;
}

struct lf_attach *lf_attach_create(struct net *net, const struct lf_attach_ops *ops, void *priv,
				   const struct lf_attach_cfg *cfg, struct netlink_ext_ack *extack)
{
	struct lf_attach *a;
	int rc;

	rc = check_ops(ops, extack);
	rc = rc ?: lf_cfg_check(cfg, extack);
	rc = rc ?: check_room(net, cfg->flows, extack);
	if (rc)
		return ERR_PTR(rc);
	a = attach_create(net, ops, priv, cfg, extack);
	if (IS_ERR(a))
		return a;
	mutex_lock(&lf_mutex);
	rc = attach_enlist(a, cfg, extack);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return a;
	attach_free(a);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(lf_attach_create);

/* Nothing below fails. */
static void commit_common(struct lf_attach *a, const struct lf_attach_cfg *cfg,
			  struct lf_cfg_parts *p)
{
	struct lf_phases *old = lf_dereference(a->phases);

	rcu_assign_pointer(a->phases, p->phases);
	kfree_rcu(old, rcu);
	kfree(a->own.map);
	a->own.map = p->entries;
	a->own.n_map = cfg->n_map;
	a->n_given = cfg->n_given;
	WRITE_ONCE(a->inner, cfg->inner);
	lf_map_none_set(&a->own.none, a->own.map, a->own.n_map);
	if (a->flows)
		lf_flows_set_idle(a->flows, cfg->idle_ms);
}

static void commit_maps(struct lf_attach *a, struct lf_cfg_parts *p)
{
	struct lf_map *old;
	struct lf_bind *b;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		b = lf_dereference(a->own.bind[i]);
		if (!b)
			continue;
		old = lf_dereference(b->map);
		rcu_assign_pointer(b->map, p->map[i]);
		kfree_rcu(old, rcu);
	}
}

static int change_here(struct lf_attach *a, const struct lf_attach_cfg *cfg, struct lf_cfg_parts *p,
		       struct netlink_ext_ack *extack)
{
	int rc = check_map(cfg, lf_dereference(a->slot), extack);

	rc = rc ?: lf_cfg_maps(p, a, cfg);
	if (rc)
		return rc;
	commit_maps(a, p);
	commit_common(a, cfg, p);
	return 0;
}

/* Prepares the new binds with the new map while the old slot still serves. */
static int change_slot(struct lf_attach *a, const struct lf_attach_cfg *cfg, struct lf_cfg_parts *p,
		       struct netlink_ext_ack *extack)
{
	struct lf_slot *slot = lf_slot_find(a->net, cfg->slot);
	struct lf_map_entry *old = a->own.map;
	unsigned int n_old = a->own.n_map;
	int rc;

	rc = slot ? lf_serve_supplied(slot, a->kind, extack) : 0;
	rc = rc ?: check_map(cfg, slot, extack);
	if (rc)
		return rc;
	a->own.map = p->entries;
	a->own.n_map = cfg->n_map;
	rc = lf_bind_prepare_all(a, slot);
	a->own.map = old;
	a->own.n_map = n_old;
	if (rc)
		return rc;
	lf_bind_detach(a);
	strscpy(a->slot_name, cfg->slot, sizeof(a->slot_name));
	commit_common(a, cfg, p);
	lf_bind_attach(a, slot);
	lf_gen_sweep_later();
	return 0;
}

int lf_attach_change(struct lf_attach *a, const struct lf_attach_cfg *cfg,
		     struct netlink_ext_ack *extack)
{
	struct lf_cfg_parts parts;
	int rc;

	rc = lf_cfg_check(cfg, extack);
	if (rc)
		return rc;
	if (a->room && cfg->flows && cfg->flows != a->room) {
		lf_extack(extack,
			  "the size of a flow table, here %u flows, cannot be changed: "
			  "delete and add again",
			  a->room);
		return -EOPNOTSUPP;
	}
	rc = lf_cfg_create(&parts, cfg);
	if (rc)
		return rc;
	mutex_lock(&lf_mutex);
	if (!strcmp(a->slot_name, cfg->slot))
		rc = change_here(a, cfg, &parts, extack);
	else
		rc = change_slot(a, cfg, &parts, extack);
	if (!rc)
		lf_next_change();
	mutex_unlock(&lf_mutex);
	if (rc)
		lf_cfg_free(&parts);
	return rc;
}
EXPORT_SYMBOL_GPL(lf_attach_change);

static int set_slot(struct lf_attach *a, const char *name, struct netlink_ext_ack *extack)
{
	struct lf_slot *slot = lf_slot_find(a->net, name);
	int rc;

	if (!strcmp(a->slot_name, name))
		return 0;
	rc = slot ? lf_serve_supplied(slot, a->kind, extack) : 0;
	rc = rc ?: lf_bind_prepare_all(a, slot);
	if (rc)
		return rc;
	lf_bind_detach(a);
	strscpy(a->slot_name, name, sizeof(a->slot_name));
	lf_bind_attach(a, slot);
	lf_gen_sweep_later();
	lf_next_change();
	lf_nl_attach_event(a, "attached");
	return 0;
}

int lf_attach_move(struct lf_attach *a, const char *name, struct netlink_ext_ack *extack)
{
	int rc;

	lockdep_assert_held(&lf_mutex);
	rc = lf_cfg_check_slot(name, extack);
	return rc ?: set_slot(a, name, extack);
}

int lf_attach_set_slot(struct lf_attach *a, const char *name, struct netlink_ext_ack *extack)
{
	int rc;

	mutex_lock(&lf_mutex);
	rc = lf_attach_move(a, name, extack);
	mutex_unlock(&lf_mutex);
	return rc;
}
EXPORT_SYMBOL_GPL(lf_attach_set_slot);

void lf_attach_slot(const struct lf_attach *a, char name[LITEFLOW_SLOT_NAME_LEN])
{
	mutex_lock(&lf_mutex);
	strscpy(name, a->slot_name, LITEFLOW_SLOT_NAME_LEN);
	mutex_unlock(&lf_mutex);
}
EXPORT_SYMBOL_GPL(lf_attach_slot);

/*
 * By contract no packet uses it any more. To users it is gone at once: it is not listed, does not
 * keep its slot from being deleted, and does not restrict which snapshots the slot accepts. Its
 * owner and its module may go as well. Its flows hold generations until attach_end() has ended
 * them.
 */
void lf_attach_destroy(struct lf_attach *a)
{
	struct lf_slot *slot;

	if (a->flows)
		lf_flows_release(a->flows);
	mutex_lock(&lf_mutex);
	lf_nl_attach_event(a, "detached");
	slot = lf_dereference(a->slot);
	if (slot)
		slot->n_attaches--;
	a->ended = true;
	a->ending = !list_empty(&a->in_net);
	if (a->ending)
		atomic_inc(&lf_net(a->net)->ending);
	list_del_init(&a->in_net);
	lf_next_change();
	mutex_unlock(&lf_mutex);
	queue_work(lf_wq, &a->end);
}
EXPORT_SYMBOL_GPL(lf_attach_destroy);

void lf_attach_flush(struct lf_attach *a)
{
	if (a->flows)
		lf_flows_flush(a->flows);
}
EXPORT_SYMBOL_GPL(lf_attach_flush);

/* --- statistics of the attachment itself --- */

static void stats_of_active(const struct lf_attach *a, struct lf_attach_stats *st)
{
	const struct lf_slot *slot;
	const struct lf_gen *gen;
	const struct lf_bind *b;

	rcu_read_lock();
	slot = rcu_dereference(a->slot);
	gen = slot ? rcu_dereference(slot->active) : NULL;
	b = gen ? rcu_dereference(a->own.bind[gen->place]) : NULL;
	if (gen) {
		st->generation = gen->number;
		strscpy(st->snapshot, gen->snap->info.name, sizeof(st->snapshot));
	}
	if (b)
		st->map_known = rcu_dereference(b->map)->known;
	rcu_read_unlock();
}

void lf_attach_stats(struct lf_attach *a, struct lf_attach_stats *st)
{
	struct lf_flows_stats fs;
	int i;

	memset(st, 0, sizeof(*st));
	for (i = 0; i < ARRAY_SIZE(st->packets); i++)
		st->packets[i] = lf_counters_sum(a->counters, i);
	for (i = 0; i < ARRAY_SIZE(st->size_ratios); i++)
		st->size_ratios[i] = lf_counters_sum(a->counters, LF_REASONS + i);
	stats_of_active(a, st);
	if (!a->flows)
		return;
	lf_flows_stats(a->flows, &fs);
	st->flows = fs.now;
	st->flows_max = fs.max;
	st->flows_room = fs.room;
	st->flow_bytes = fs.bytes;
	st->born = fs.born;
	st->ended = fs.ended;
	st->aged = fs.aged;
	st->evicted = fs.evicted;
	st->refused = fs.refused;
}
EXPORT_SYMBOL_GPL(lf_attach_stats);

void lf_attach_params(const struct lf_attach *a, struct lf_params *p)
{
	const struct lf_slot *slot;

	rcu_read_lock();
	slot = rcu_dereference(a->slot);
	if (slot)
		lf_params_read(&slot->params, p);
	else
		lf_params_init(p);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(lf_attach_params);
