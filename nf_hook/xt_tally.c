// SPDX-License-Identifier: GPL-2.0
/*
 * Packets and bytes of each class that the rules of a slot name. iptables recreates all rules of a
 * table at each change, so a count does not belong to a rule: it continues as long as the slot has
 * a rule with the same entry (class and action). Rules with the same entry count together.
 */
#include "xt.h"

#include <linux/percpu.h>
#include <linux/slab.h>

#define TALLIES_MAX	256	/* per slot: as many as lfctl attach show displays */

/* Under lfx_mutex; readers take the share's lock. */
struct lfx_tally {
	struct list_head in_share;
	unsigned int users;
	struct lf_attach_entry is;
	struct lfx_counts __percpu *counts;
};

struct lfx_counts {
	u64 packets, bytes;
};

void lfx_tally_count(struct lfx_tally *t, const struct sk_buff *skb)
{
	if (!t)
		return;
	this_cpu_inc(t->counts->packets);
	this_cpu_add(t->counts->bytes, skb->len);
}

static struct lfx_tally *find(const struct lfx_tallies *all, const char *class_name,
			      const char *does)
{
	struct lfx_tally *t;

	list_for_each_entry(t, &all->list, in_share)
		if (!strcmp(t->is.class_name, class_name) && !strcmp(t->is.does, does))
			return t;
	return NULL;
}

static void tally_free(struct lfx_tally *t)
{
	free_percpu(t->counts);
	kfree(t);
}

static struct lfx_tally *tally_create(struct lfx_tallies *all, const char *class_name,
				      const char *does)
{
	struct lfx_tally *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	t->counts = alloc_percpu_gfp(struct lfx_counts, GFP_KERNEL_ACCOUNT);
	if (!t->counts) {
		kfree(t);
		return NULL;
	}
	strscpy(t->is.class_name, class_name, sizeof(t->is.class_name));
	strscpy(t->is.does, does, sizeof(t->is.does));
	t->is.counted = true;
	spin_lock(&all->lock);
	list_add_tail(&t->in_share, &all->list);
	all->n++;
	spin_unlock(&all->lock);
	return t;
}

struct lfx_tally *lfx_tally_get(struct lfx_tallies *all, const char *class_name, const char *does)
{
	struct lfx_tally *t = find(all, class_name, does);

	if (!t && all->n < TALLIES_MAX)
		t = tally_create(all, class_name, does);
	if (t)
		t->users++;
	return t;
}

void lfx_tally_put(struct lfx_tallies *all, struct lfx_tally *t)
{
	if (!t || --t->users)
		return;
	spin_lock(&all->lock);
	list_del(&t->in_share);
	all->n--;
	spin_unlock(&all->lock);
	tally_free(t);
}

void lfx_tallies_init(struct lfx_tallies *all)
{
	INIT_LIST_HEAD(&all->list);
	spin_lock_init(&all->lock);
	all->n = 0;
}

static void sum_up(const struct lfx_tally *t, struct lf_attach_entry *e)
{
	const struct lfx_counts *c;
	int cpu;

	*e = t->is;
	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(t->counts, cpu);
		e->packets += READ_ONCE(c->packets);
		e->bytes += READ_ONCE(c->bytes);
	}
}

bool lfx_tallies_entry(struct lfx_tallies *all, unsigned int i, struct lf_attach_entry *e)
{
	const struct lfx_tally *t;
	bool there = false;

	spin_lock(&all->lock);
	list_for_each_entry(t, &all->list, in_share) {
		if (i--)
			continue;
		sum_up(t, e);
		there = true;
		break;
	}
	spin_unlock(&all->lock);
	return there;
}
