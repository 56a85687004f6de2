// SPDX-License-Identifier: GPL-2.0
/*
 * Views: other ways to read the verdicts of one attachment, for rules that share its flow table.
 * <net/liteflow_view.h> says what they are. A verdict carries its generation's number, by which a
 * view finds its bind for it.
 */
#include <linux/slab.h>
#include <net/liteflow_view.h>
#include "attach_cfg.h"
#include "bind.h"
#include "confidence.h"

static int view_enlist(struct lf_attach *a, struct lf_view *view, const struct lf_view_cfg *cfg,
		       struct netlink_ext_ack *extack)
{
	const struct lf_slot *slot = lf_dereference(a->slot);
	int rc;

	rc = lf_cfg_check_map(slot, cfg->map, cfg->n_map, cfg->map_check, extack);
	rc = rc ?: lf_bind_view(view, slot);
	if (!rc)
		list_add_tail(&view->in_attach, &a->views);
	return rc;
}

static void view_free(struct lf_view *view)
{
	kfree(view->map);
	kfree(view);
}

static struct lf_view *view_alloc(const struct lf_view_cfg *cfg)
{
	struct lf_view *view = kzalloc(sizeof(*view), LF_GFP);

	if (!view)
		return NULL;
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
	view = view_alloc(cfg);
	if (!view)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&lf_mutex);
	rc = view_enlist(a, view, cfg, extack);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return view;
	view_free(view);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(lf_view_create);

void lf_view_destroy(struct lf_view *view)
{
	mutex_lock(&lf_mutex);
	lf_bind_view_gone(view);
	list_del(&view->in_attach);
	mutex_unlock(&lf_mutex);
	view_free(view);
}
EXPORT_SYMBOL_GPL(lf_view_destroy);

/* --- packets --- */

static const struct lf_bind *view_bind(const struct lf_view *view, u32 generation)
{
	const struct lf_bind *b;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		b = rcu_dereference(view->bind[i]);
		if (b && b->number == generation)
			return b;
	}
	return NULL;
}

unsigned int lf_view_look(const struct lf_view *view, const struct lf_verdict *v, u32 *action)
{
	const struct lf_bind *b;
	unsigned int sight = 0;

	*action = LF_ACTION_NONE;
	if (lf_verdict_none(v)) {
		*action = READ_ONCE(view->none.action[v->reason]);
		return 0;
	}
	rcu_read_lock();
	b = view_bind(view, v->generation);
	if (b) {
		sight = LF_VIEW_VERDICT | (v->value >= b->raw_min ? LF_VIEW_SCORE : 0) |
			(lf_confident(&b->confidence, v->value, v->margin) ?
				 LF_VIEW_CONFIDENCE : 0);
		*action = lf_map_action(rcu_dereference(b->map), v);
	}
	rcu_read_unlock();
	return sight;
}
EXPORT_SYMBOL_GPL(lf_view_look);
