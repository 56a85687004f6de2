// SPDX-License-Identifier: GPL-2.0
/*
 * Views. An attachment has one flow table and one verdict per packet. Each of its views has its own
 * map, least score and least confidence, resolved for every generation as the attachment's own map
 * is (map.c). A verdict carries its generation's number, by which the view's data for it are found.
 *
 * Score: the model's output in its unit: output 0, or that of the chosen class. A view gives its
 * threshold in millionths; it is converted to the least raw output that reaches it, and raw outputs
 * are compared. Confidence: confidence.h.
 */
#include "view.h"

#include <linux/slab.h>
#include <net/liteflow_view.h>
#include "attach_cfg.h"
#include "confidence.h"
#include "verdict.h"

#define MILLION		1000000

static s64 raw_of_score(const struct lf_snapshot *snap, s64 min)
{
	return snap->zp + lf_steps_reaching(snap, (s64)S32_MIN - snap->zp,
					    (s64)S32_MAX + 1 - snap->zp, min, MILLION);
}

/* ---- life ---- */

static void at_free(struct lf_view_at *at)
{
	struct lf_map *map = at->map;

	kfree_rcu(map, rcu);
	kfree_rcu(at, rcu);
}

static struct lf_view_at *at_create(const struct lf_view *view, const struct lf_gen *gen)
{
	const struct lf_snapshot *snap = gen->snap;
	struct lf_view_at *at = kzalloc(sizeof(*at), LF_GFP);

	if (!at)
		return NULL;
	at->map = lf_map_create(view->map, view->n_map, snap);
	if (!at->map) {
		kfree(at);
		return NULL;
	}
	at->raw_min = view->score ? raw_of_score(snap, view->score_min) : S64_MIN;
	lf_confidence_set(&at->confidence, snap, view->confidence_min);
	return at;
}

static void view_unprepare(struct lf_view *view, unsigned int place)
{
	if (view->prepared[place])
		at_free(view->prepared[place]);
	view->prepared[place] = NULL;
}

static int view_prepare(struct lf_view *view, const struct lf_gen *gen)
{
	view->prepared[gen->place] = at_create(view, gen);
	return view->prepared[gen->place] ? 0 : -ENOMEM;
}

/* The generation gets its number only now. */
static void view_publish(struct lf_view *view, const struct lf_gen *gen)
{
	unsigned int place = gen->place;

	view->prepared[place]->generation = gen->number;
	rcu_assign_pointer(view->at[place], view->prepared[place]);
	view->prepared[place] = NULL;
}

static void view_retire(struct lf_view *view, unsigned int place)
{
	struct lf_view_at *at = lf_dereference(view->at[place]);

	if (!at)
		return;
	RCU_INIT_POINTER(view->at[place], NULL);
	at_free(at);
}

void lf_views_unprepare(struct lf_attach *a, unsigned int place)
{
	struct lf_view *view;

	list_for_each_entry(view, &a->views, in_attach)
		view_unprepare(view, place);
}

int lf_views_prepare(struct lf_attach *a, const struct lf_gen *gen)
{
	struct lf_view *view;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(view, &a->views, in_attach) {
		if (view_prepare(view, gen)) {
			lf_views_unprepare(a, gen->place);
			return -ENOMEM;
		}
	}
	return 0;
}

void lf_views_publish(struct lf_attach *a, const struct lf_gen *gen)
{
	struct lf_view *view;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(view, &a->views, in_attach)
		view_publish(view, gen);
}

void lf_views_retire(struct lf_attach *a, unsigned int place)
{
	struct lf_view *view;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(view, &a->views, in_attach)
		view_retire(view, place);
}

static int view_enlist(struct lf_view *view, const struct lf_view_cfg *cfg,
		  struct netlink_ext_ack *extack)
{
	const struct lf_slot *slot = lf_dereference(view->a->slot);
	int rc, i;

	rc = lf_cfg_check_map(slot, cfg->map, cfg->n_map, cfg->map_check, extack);
	if (rc)
		return rc;

	for (i = 0; slot && i < LF_GENERATIONS; i++) {
		if (slot->gens[i] && view_prepare(view, slot->gens[i])) {
			for (i = 0; i < LF_GENERATIONS; i++)
				view_unprepare(view, i);
			return -ENOMEM;
		}
	}
	for (i = 0; slot && i < LF_GENERATIONS; i++)
		if (slot->gens[i])
			view_publish(view, slot->gens[i]);
	list_add_tail(&view->in_attach, &view->a->views);
	return 0;
}

static void view_free(struct lf_view *view)
{
	kfree(view->map);
	kfree(view);
}

static struct lf_view *view_alloc(struct lf_attach *a, const struct lf_view_cfg *cfg)
{
	struct lf_view *view = kzalloc(sizeof(*view), LF_GFP);

	if (!view)
		return NULL;
	view->a = a;
	view->score = cfg->score;
	view->score_min = cfg->score_min;
	view->confidence_min = cfg->confidence_min;
	view->n_map = cfg->n_map;
	view->map = lf_map_copy(cfg->map, cfg->n_map);
	if (view->map) {
		lf_map_none_set(&view->none, view->map, view->n_map);
		return view;
	}
	kfree(view);
	return NULL;
}

static int view_check(const struct lf_view_cfg *cfg, struct netlink_ext_ack *extack)
{
	if (cfg->confidence_min > LF_CONFIDENCE_MAX) {
		lf_extack(extack, "a confidence is 1 to %d per cent, not %u", LF_CONFIDENCE_MAX,
			  cfg->confidence_min);
		return -EINVAL;
	}
	return lf_map_check(cfg->map, cfg->n_map, extack);
}

struct lf_view *lf_view_create(struct lf_attach *a, const struct lf_view_cfg *cfg,
			       struct netlink_ext_ack *extack)
{
	struct lf_view *view;
	int rc;

	rc = view_check(cfg, extack);
	if (rc)
		return ERR_PTR(rc);
	view = view_alloc(a, cfg);
	if (!view)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&lf_mutex);
	rc = view_enlist(view, cfg, extack);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return view;
	view_free(view);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(lf_view_create);

void lf_view_destroy(struct lf_view *view)
{
	int i;

	mutex_lock(&lf_mutex);
	for (i = 0; i < LF_GENERATIONS; i++)
		view_retire(view, i);
	list_del(&view->in_attach);
	mutex_unlock(&lf_mutex);
	view_free(view);
}
EXPORT_SYMBOL_GPL(lf_view_destroy);

/* ---- packets ---- */

static const struct lf_view_at *at_of(const struct lf_view *view, u32 generation)
{
	const struct lf_view_at *at;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		at = rcu_dereference(view->at[i]);
		if (at && at->generation == generation)
			return at;
	}
	return NULL;
}

unsigned int lf_view_look(const struct lf_view *view, const struct lf_verdict *v, u32 *action)
{
	const struct lf_view_at *at;
	unsigned int sight = 0;

	*action = LF_ACTION_NONE;
	if (lf_verdict_none(v)) {
		*action = READ_ONCE(view->none.action[v->reason]);
		return 0;
	}
	rcu_read_lock();
	at = at_of(view, v->generation);
	if (at) {
		sight = LF_VIEW_VERDICT | (v->value >= at->raw_min ? LF_VIEW_SCORE : 0) |
			(lf_confident(&at->confidence, v->value, v->margin) ?
				 LF_VIEW_CONFIDENCE : 0);
		*action = lf_map_action(at->map, v);
	}
	rcu_read_unlock();
	return sight;
}
EXPORT_SYMBOL_GPL(lf_view_look);
