// SPDX-License-Identifier: GPL-2.0
/*
 * Binds: what an attachment keeps for each generation of its slot. Attachments come and go under
 * RTNL or not, slots by netlink; whichever appears second finds the other by its name in the
 * namespace.
 *
 * While an attachment is bound to a slot, its bind[] has an entry for every generation in the
 * slot's gens[], at the same index. Pointers that packets read change one by one, in an order that
 * lets every packet find either the old or the new state: the slot pointer is removed first and set
 * last; a bind exists before its generation is active.
 */
#include "bind.h"

#include <linux/slab.h>
#include "view.h"

static u32 bind_id;			/* lf_mutex; in a flow, 0 means none */

static void bind_free(struct lf_bind *b)
{
	struct lf_map *map = lf_dereference(b->map);

	kfree_rcu(map, rcu);
	kfree_rcu(b, rcu);
}

static struct lf_bind *bind_create(const struct lf_attach *a, struct lf_gen *gen)
{
	struct lf_bind *b;
	struct lf_map *map;

	lockdep_assert_held(&lf_mutex);
	b = kzalloc(sizeof(*b), LF_GFP);
	if (!b)
		return NULL;
	map = lf_map_create(a->map, a->n_map, gen->snap);
	if (!map) {
		kfree(b);
		return NULL;
	}
	RCU_INIT_POINTER(b->map, map);
	b->gen = gen;
	b->id = ++bind_id ?: ++bind_id;
	return b;
}

static void bind_unprepare(struct lf_attach *a, unsigned int place)
{
	if (a->prepared[place])
		bind_free(a->prepared[place]);
	a->prepared[place] = NULL;
	lf_views_unprepare(a, place);
}

static int bind_prepare(struct lf_attach *a, struct lf_gen *gen)
{
	a->prepared[gen->place] = bind_create(a, gen);
	if (a->prepared[gen->place] && !lf_views_prepare(a, gen))
		return 0;
	bind_unprepare(a, gen->place);
	return -ENOMEM;
}

static void bind_publish(struct lf_attach *a, unsigned int place)
{
	lf_views_publish(a, a->prepared[place]->gen);
	rcu_assign_pointer(a->bind[place], a->prepared[place]);
	a->prepared[place] = NULL;
}

static void bind_retire(struct lf_attach *a, unsigned int place)
{
	struct lf_bind *b = lf_dereference(a->bind[place]);

	if (!b)
		return;
	RCU_INIT_POINTER(a->bind[place], NULL);
	bind_free(b);
	lf_views_retire(a, place);
}

void lf_bind_unprepare(struct lf_slot *slot, struct lf_gen *gen)
{
	struct lf_attach *a;

	list_for_each_entry(a, &slot->attaches, in_slot)
		bind_unprepare(a, gen->place);
}

int lf_bind_prepare(struct lf_slot *slot, struct lf_gen *gen)
{
	struct lf_attach *a;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &slot->attaches, in_slot) {
		if (bind_prepare(a, gen)) {
			lf_bind_unprepare(slot, gen);
			return -ENOMEM;
		}
	}
	return 0;
}

void lf_bind_publish(struct lf_slot *slot, struct lf_gen *gen)
{
	struct lf_attach *a;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &slot->attaches, in_slot)
		bind_publish(a, gen->place);
}

void lf_bind_retire(struct lf_slot *slot, const struct lf_gen *gen)
{
	struct lf_attach *a;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &slot->attaches, in_slot)
		bind_retire(a, gen->place);
}

unsigned int lf_bind_flows(const struct lf_slot *slot, const struct lf_gen *gen)
{
	struct lf_attach *a;
	unsigned int n = 0;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(a, &slot->attaches, in_slot) {
		const struct lf_bind *b = lf_dereference(a->bind[gen->place]);

		n += b ? atomic_read(&b->flows) : 0;
	}
	return n;
}

void lf_bind_detach(struct lf_attach *a)
{
	struct lf_slot *slot = lf_dereference(a->slot);
	int i;

	if (!slot)
		return;
	RCU_INIT_POINTER(a->slot, NULL);
	for (i = 0; i < LF_GENERATIONS; i++)
		bind_retire(a, i);
	list_del_init(&a->in_slot);
	if (!a->ended)
		slot->n_attaches--;
}

void lf_bind_attach(struct lf_attach *a, struct lf_slot *slot)
{
	int i;

	if (!slot)
		return;
	for (i = 0; i < LF_GENERATIONS; i++)
		if (a->prepared[i])
			bind_publish(a, i);
	list_add_tail(&a->in_slot, &slot->attaches);
	slot->n_attaches++;
	rcu_assign_pointer(a->slot, slot);
}

int lf_bind_prepare_all(struct lf_attach *a, const struct lf_slot *slot)
{
	int i;

	for (i = 0; slot && i < LF_GENERATIONS; i++) {
		if (slot->gens[i] && bind_prepare(a, slot->gens[i])) {
			for (i = 0; i < LF_GENERATIONS; i++)
				bind_unprepare(a, i);
			return -ENOMEM;
		}
	}
	return 0;
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
