// SPDX-License-Identifier: GPL-2.0
/*
 * Binds: what each view of an attachment keeps for each generation of its slot. Attachments come
 * and go under RTNL or not, slots by netlink; whichever appears second finds the other by its name
 * in the namespace.
 *
 * While an attachment is bound to a slot, bind[] of each of its views has an entry for every
 * generation in the slot's gens[], at the same index. Pointers that packets read change one by one,
 * in an order that lets every packet find either the old or the new state: the slot pointer is
 * removed first and set last; a bind exists before its generation is active. The attachment's own
 * view, which is the first, is published last and retired first: no verdict comes from a generation
 * that another view does not yet know.
 *
 * Score: the model's output in its unit: output 0, or that of the chosen class. A view gives its
 * threshold in millionths; it is converted to the least raw output that reaches it, and raw outputs
 * are compared. Confidence: confidence.h.
 */
#include "bind.h"

#include <linux/slab.h>
#include "verdict.h"

#define MILLION		1000000

static u32 bind_id;			/* lf_mutex; in a flow, 0 means none */

/* --- one bind --- */

static void bind_free(struct lf_bind *b)
{
	struct lf_map *map = lf_dereference(b->map);

	kfree_rcu(map, rcu);
	kfree_rcu(b, rcu);
}

static s64 bind_raw_min(const struct lf_snapshot *snap, s64 score_min)
{
	return snap->zp + lf_steps_reaching(snap, (s64)S32_MIN - snap->zp,
					    (s64)S32_MAX + 1 - snap->zp, score_min, MILLION);
}

static struct lf_bind *bind_create(const struct lf_view *view, struct lf_gen *gen)
{
	const struct lf_snapshot *snap = gen->snap;
	struct lf_bind *b;
	struct lf_map *map;

	lockdep_assert_held(&lf_mutex);
	b = kzalloc(sizeof(*b), LF_GFP);
	if (!b)
		return NULL;
	map = lf_map_create(view->map, view->n_map, snap);
	if (!map) {
		kfree(b);
		return NULL;
	}
	RCU_INIT_POINTER(b->map, map);
	b->gen = gen;
	b->id = ++bind_id ?: ++bind_id;
	b->raw_min = view->score ? bind_raw_min(snap, view->score_min) : S64_MIN;
	lf_confidence_set(&b->confidence, snap, view->confidence_min);
	return b;
}

static int bind_prepare(struct lf_view *view, struct lf_gen *gen)
{
	view->prepared[gen->place] = bind_create(view, gen);
	return view->prepared[gen->place] ? 0 : -ENOMEM;
}

static void bind_unprepare(struct lf_view *view, unsigned int place)
{
	if (view->prepared[place])
		bind_free(view->prepared[place]);
	view->prepared[place] = NULL;
}

/* The generation gets its number only now. */
static void bind_publish(struct lf_view *view, unsigned int place)
{
	struct lf_bind *b = view->prepared[place];

	if (!b)
		return;
	b->number = b->gen->number;
	rcu_assign_pointer(view->bind[place], b);
	view->prepared[place] = NULL;
}

static void bind_retire(struct lf_view *view, unsigned int place)
{
	struct lf_bind *b = lf_dereference(view->bind[place]);

	if (!b)
		return;
	RCU_INIT_POINTER(view->bind[place], NULL);
	bind_free(b);
}

/* --- a generation, for all attachments --- */

void lf_bind_unprepare(struct lf_slot *slot, struct lf_gen *gen)
{
	struct lf_attach *a;
	struct lf_view *view;

	list_for_each_entry(a, &slot->attaches, in_slot)
		list_for_each_entry(view, &a->views, in_attach)
			bind_unprepare(view, gen->place);
}

static int bind_prepare_views(struct lf_attach *a, struct lf_gen *gen)
{
	struct lf_view *view;
	int rc = 0;

	list_for_each_entry(view, &a->views, in_attach)
		rc = rc ?: bind_prepare(view, gen);
	return rc;
}

int lf_bind_prepare(struct lf_slot *slot, struct lf_gen *gen)
{
	struct lf_attach *a;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &slot->attaches, in_slot) {
		if (bind_prepare_views(a, gen)) {
			lf_bind_unprepare(slot, gen);
			return -ENOMEM;
		}
	}
	return 0;
}

void lf_bind_publish(struct lf_slot *slot, struct lf_gen *gen)
{
	struct lf_attach *a;
	struct lf_view *view;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &slot->attaches, in_slot)
		list_for_each_entry_reverse(view, &a->views, in_attach)
			bind_publish(view, gen->place);
}

void lf_bind_retire(struct lf_slot *slot, const struct lf_gen *gen)
{
	struct lf_attach *a;
	struct lf_view *view;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &slot->attaches, in_slot)
		list_for_each_entry(view, &a->views, in_attach)
			bind_retire(view, gen->place);
}

unsigned int lf_bind_flows(const struct lf_slot *slot, const struct lf_gen *gen)
{
	struct lf_attach *a;
	unsigned int n = 0;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &slot->attaches, in_slot) {
		const struct lf_bind *b = lf_dereference(a->own.bind[gen->place]);

		n += b ? atomic_read(&b->flows) : 0;
	}
	return n;
}

/* --- a view, for all generations --- */

static void bind_view_unprepare(struct lf_view *view)
{
	int i;

	for (i = 0; i < LF_GENERATIONS; i++)
		bind_unprepare(view, i);
}

static int bind_view_prepare(struct lf_view *view, const struct lf_slot *slot)
{
	int i;

	lockdep_assert_held(&lf_mutex);
	for (i = 0; slot && i < LF_GENERATIONS; i++) {
		if (slot->gens[i] && bind_prepare(view, slot->gens[i])) {
			bind_view_unprepare(view);
			return -ENOMEM;
		}
	}
	return 0;
}

static void bind_view_publish(struct lf_view *view)
{
	int i;

	for (i = 0; i < LF_GENERATIONS; i++)
		bind_publish(view, i);
}

int lf_bind_view(struct lf_view *view, const struct lf_slot *slot)
{
	int rc = bind_view_prepare(view, slot);

	if (!rc)
		bind_view_publish(view);
	return rc;
}

void lf_bind_view_gone(struct lf_view *view)
{
	int i;

	lockdep_assert_held(&lf_mutex);
	for (i = 0; i < LF_GENERATIONS; i++)
		bind_retire(view, i);
}

/* --- an attachment and a slot --- */

int lf_bind_prepare_all(struct lf_attach *a, const struct lf_slot *slot)
{
	struct lf_view *view;
	int rc = 0;

	list_for_each_entry(view, &a->views, in_attach)
		rc = rc ?: bind_view_prepare(view, slot);
	if (!rc)
		return 0;
	list_for_each_entry(view, &a->views, in_attach)
		bind_view_unprepare(view);
	return rc;
}

void lf_bind_attach(struct lf_attach *a, struct lf_slot *slot)
{
	struct lf_view *view;

	if (!slot)
		return;
	list_for_each_entry_reverse(view, &a->views, in_attach)
		bind_view_publish(view);
	list_add_tail(&a->in_slot, &slot->attaches);
	slot->n_attaches++;
	rcu_assign_pointer(a->slot, slot);
}

void lf_bind_detach(struct lf_attach *a)
{
	struct lf_slot *slot = lf_dereference(a->slot);
	struct lf_view *view;

	if (!slot)
		return;
	RCU_INIT_POINTER(a->slot, NULL);
	list_for_each_entry(view, &a->views, in_attach)
		lf_bind_view_gone(view);
	list_del_init(&a->in_slot);
	if (!a->ended)
		slot->n_attaches--;
}

void lf_bind_slot(struct lf_slot *slot)
{
	struct lf_attach *a;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &lf_net(slot->net)->attaches, in_net)
		if (!strcmp(a->slot_name, slot->name))
			lf_bind_attach(a, slot);
}

void lf_bind_slot_gone(struct lf_slot *slot)
{
	struct lf_attach *a, *next;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry_safe(a, next, &slot->attaches, in_slot)
		lf_bind_detach(a);
}
