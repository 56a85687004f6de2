// SPDX-License-Identifier: GPL-2.0
#include "conf_step.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_key.h"
#include "conf_plan.h"
#include "conf_tc.h"

/* The words of tc for a key. */
static void print_option(FILE *f, const struct conf_entry *e)
{
	const char *flag = tc_flag(e->key, !strcmp(e->value, "on"));

	if (!strcmp(e->key, "handle") || !strcmp(e->key, "fallback"))
		return;
	if (flag)
		fprintf(f, " %s", flag);
	else
		fprintf(f, " %s %s", e->key, e->value);
}

/* Only one of these two can be given. */
static bool is_when(const char *key)
{
	return !strcmp(key, "every") || !strcmp(key, "phases");
}

/* Its options, overridden by those of `over`. */
static char *options(const struct conf_section *s, const struct conf_section *over)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return plan_text("%s", "");
	for (i = 0; s && i < s->n; i++)
		if (!conf_get(over, s->entries[i].key) &&
		    !(is_when(s->entries[i].key) &&
		      (conf_get(over, "every") || conf_get(over, "phases"))))
			print_option(f, &s->entries[i]);
	for (i = 0; over && i < over->n; i++)
		print_option(f, &over->entries[i]);
	fclose(f);
	return text;
}

/* "dev eth0 root handle 1:" */
static char *place(const struct conf_section *want, const char *handle)
{
	char dev[IFNAMSIZ];

	conf_device(want, dev, sizeof(dev));
	return plan_text("dev %s %s%s%s", dev, conf_place(want), handle ? " handle " : "",
			 handle ? handle : "");
}

/* The command that restores the current qdisc. */
static char *put_back(const struct conf_section *want, const struct tc_qdisc *q)
{
	char *at = place(want, tc_is_default(q) ? NULL : q->handle), *text;

	if (tc_is_default(q))
		text = plan_text("tc qdisc del %s", at);
	else
		text = plan_text("tc qdisc replace %s %s %s", at, q->kind, q->options);
	free(at);
	return text;
}

/* A change cannot undo an option of `changed` that was not given before. */
static bool can_change(const struct step_args *a)
{
	size_t i;

	for (i = 0; i < a->changed->n; i++) {
		const struct conf_entry *e = &a->changed->entries[i];
		const struct conf_key *k = conf_key(CONF_QDISC, e->key);

		if (k->fixed || (!strcmp(e->key, "quantum") && !conf_get(a->now, e->key)))
			return false;
	}
	return true;
}

static void change(struct plan *p, const struct step_args *a)
{
	struct conf room = { 0 };
	struct conf_section *old = conf_add(&room, CONF_QDISC, a->want->name, 0);
	char *at = place(a->want, NULL), *to = options(a->changed, NULL), *from;
	const char *value;
	size_t i;

	for (i = 0; i < a->changed->n; i++) {
		value = conf_get(a->now, a->changed->entries[i].key);
		if (!value)
			value = conf_key(CONF_QDISC, a->changed->entries[i].key)->def;
		if (value)
			conf_set(old, a->changed->entries[i].key, value, 0);
	}
	if (!old->n)	/* only phases, not given before: back to 1, 2, 4, 8, ... */
		conf_set(old, "every", "0", 0);
	from = options(old, NULL);
	plan_step(p, plan_text("tc qdisc change %s liteflow%s", at, to),
		  plan_text("tc qdisc change %s liteflow%s", at, from));
	free(at);
	free(to);
	free(from);
	conf_free(&room);
}

/* A new one: in place of one of ours, of another kind, or of none. */
static void make(struct plan *p, const struct step_args *a, const struct tc_qdisc *q)
{
	const char *handle = conf_get(a->want, "handle");
	char *at = place(a->want, handle), *bare = place(a->want, NULL);
	char *to = options(a->now, a->want), *back = put_back(a->want, q);

	if (a->now) {
		plan_step(p, plan_text("tc qdisc del %s", bare), back);
		back = plan_text("tc qdisc del %s", bare);
	}
	plan_step(p, plan_text("tc qdisc replace %s liteflow%s", at, to), back);
	free(at);
	free(bare);
	free(to);
}

/* Does an earlier section of this file create it? */
static bool will_be_there(struct plan *p, const struct conf_section *want, const char *handle,
			  size_t n)
{
	const struct conf_section *s;
	size_t len = strcspn(want->name, " ");

	for (s = p->want->sections; s < want; s++)
		if (s->kind == CONF_QDISC && !strncmp(s->name, want->name, len) &&
		    strchr(" ", s->name[len]) && conf_get(s, "handle") &&
		    !strncmp(conf_get(s, "handle"), handle, n))
			return true;
	return false;
}

/* The qdisc whose class is the parent. */
static bool parent_is_there(struct plan *p, const struct conf_section *want, const char *dev)
{
	const char *parent = conf_place(want);
	size_t i, n;

	if (strncmp(parent, "parent ", 7))
		return true;
	parent += 7;
	n = strcspn(parent, ":") + 1;
	if (will_be_there(p, want, parent, n))
		return true;
	for (i = 0; i < p->qdiscs->n; i++)
		if (!strcmp(p->qdiscs->qdiscs[i].dev, dev) &&
		    !strncmp(p->qdiscs->qdiscs[i].handle, parent, n) &&
		    !p->qdiscs->qdiscs[i].handle[n])
			return true;
	return false;
}

void step_qdisc(struct plan *p, const struct step_args *a)
{
	const struct tc_qdisc *q;
	char dev[IFNAMSIZ];

	conf_device(a->want, dev, sizeof(dev));
	q = tc_at(p->qdiscs, dev, conf_place(a->want));
	if (!parent_is_there(p, a->want, dev))
		plan_fail(p, a->want->line,
			  "%s has no qdisc for this parent: create it first", dev);
	else if (!tc_can_come_back(q))
		plan_fail(p, a->want->line, "%s has a qdisc %s %s there, which could not be put "
			  "back: delete it first",
			  dev, q->kind, q->handle);
	else if (a->now && can_change(a))
		change(p, a);
	else
		make(p, a, q);
}
