// SPDX-License-Identifier: GPL-2.0
/*
 * Each difference becomes a command that a user could type, with another that undoes it. They run
 * in order; if one fails, those before it are undone from last to first. Without a difference there
 * is no command: no queue is emptied, no generation counted.
 */
#define _GNU_SOURCE
#include "conf_plan.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_key.h"
#include "conf_step.h"
#include "lfctl.h"
#include "nl.h"
#include "out.h"
#include "snapshot.h"
#include "spawn.h"

#define WORDS_MAX	320
#define FORGET		"lfctl snapshot del "

/* --- making --- */

/* Notes a difference in the form shown to the user. */
static void note(struct plan *p, const struct conf_section *s, const char *key, const char *from,
		 const char *to)
{
	struct json_object *o = json_object_new_object();
	char title[128];

	conf_print_title(s, title, sizeof(title));
	out_add_str(o, "section", title);
	out_add_str(o, "key", key);
	if (from)
		out_add_str(o, "from", from);
	if (to)
		out_add_str(o, "to", to);
	json_object_array_add(p->changes, o);
}

/*
 * For slots and hooks, what the file leaves out is the default; for the others it stays as it is.
 */
static bool leaves_unsaid(enum conf_kind kind)
{
	return kind == CONF_QDISC || kind == CONF_TCP;
}

static void compare(struct plan *p, struct conf_section *changed, const struct conf_section *want,
		    const struct conf_section *now, const char *name, const struct conf_key *key)
{
	const char *to = conf_get(want, name), *from = conf_get(now, name);

	if (key->file_only || (!to && (leaves_unsaid(want->kind) || !key->def)))
		return;
	to = to ? to : key->def;
	if (!from)
		from = key->def;
	if (from && !strcmp(from, to) && now)
		return;
	if (!now && !conf_get(want, name))
		return;
	note(p, want, name, now ? from : NULL, to);
	conf_set(changed, name, to, 0);
}

/* The keys to be changed, with their new values. */
static void difference(struct plan *p, struct conf_section *changed,
		       const struct conf_section *want, const struct conf_section *now)
{
	const struct conf_key *k;
	size_t i;

	for (k = conf_keys(want->kind); k->name; k++)
		compare(p, changed, want, now, k->name, k);
	if (want->kind != CONF_SLOT)
		return;
	for (i = 0; i < want->n; i++)
		if (!strncmp(want->entries[i].key, "param.", 6))
			compare(p, changed, want, now, want->entries[i].key,
				conf_key(CONF_SLOT, want->entries[i].key));
	for (i = 0; now && i < now->n; i++)
		if (!strncmp(now->entries[i].key, "param.", 6) &&
		    !conf_get(want, now->entries[i].key))
			compare(p, changed, want, now, now->entries[i].key,
				conf_key(CONF_SLOT, now->entries[i].key));
}

static bool is_meant(struct plan *p, const struct conf_section *s)
{
	char dev[IFNAMSIZ];

	if (!conf_device(s, dev, sizeof(dev)))
		return s->kind == CONF_SLOT || !p->device;
	if (p->device && strcmp(p->device, dev))
		return false;
	if (if_nametoindex(dev))
		return true;
	json_object_array_add(p->absent, json_object_new_string(dev));
	return false;
}

static void plan_section(struct plan *p, struct conf_section *want)
{
	static void (*const make[CONF_KINDS])(struct plan *p, const struct step_args *a) = {
		step_slot, step_tcp, step_hook, step_qdisc,
	};
	struct conf changes = { 0 };
	struct step_args a = { .want = want, .now = conf_find(p->now, want->kind, want->name) };
	size_t before = json_object_array_length(p->changes);

	if (want->kind == CONF_SLOT)
		step_find_snapshot(p, want);
	a.changed = conf_add(&changes, want->kind, want->name, want->line);
	difference(p, a.changed, want, a.now);
	if (!a.now && json_object_array_length(p->changes) == before)
		note(p, want, "", NULL, "");
	if (!p->status && (!a.now || a.changed->n))
		make[want->kind](p, &a);
	conf_free(&changes);
}

static bool any_strict(const struct conf *want)
{
	const char *map;
	size_t i;

	for (i = 0; i < want->n; i++) {
		map = conf_get(&want->sections[i], "map");
		if (map && !strncmp(map, "strict ", 7))
			return true;
	}
	return false;
}

int plan_make(struct plan *p, struct conf *want)
{
	enum conf_kind kind;
	size_t i;

	p->want = want;
	p->strict = any_strict(want);
	p->changes = json_object_new_array();
	p->absent = json_object_new_array();
	for (kind = 0; kind < CONF_KINDS; kind++)
		for (i = 0; i < want->n && !p->status; i++)
			if (want->sections[i].kind == kind && is_meant(p, &want->sections[i]))
				plan_section(p, &want->sections[i]);
	for (i = 0; i < p->n_last; i++)
		plan_step(p, p->last[i].run, p->last[i].undo);
	free(p->last);
	return p->status;
}

/* --- running --- */

static int run_sysctl(const char *name, const char *value)
{
	char path[128], *dot;
	FILE *f;
	int bad;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	for (dot = path; (dot = strchr(dot, '.')); )
		*dot = '/';
	f = fopen(path, "we");
	bad = !f || fputs(value, f) < 0;
	if (f && fclose(f))
		bad = 1;
	return bad ? lfctl_fail("sysctl %s=%s: %m", name, value) : 0;
}

int plan_run_line(const struct lfctl *ctl, const char *line)
{
	const struct lfctl here = { .quiet = true, .run = ctl->run };
	char *text = plan_text("%s", line), *argv[WORDS_MAX], *word, *save = NULL;
	int argc = 0, status;

	for (word = strtok_r(text, " ", &save); word && argc < WORDS_MAX - 1;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	if (!strcmp(argv[0], "lfctl"))
		status = ctl->run(&here, argc - 1, argv + 1);
	else if (!strcmp(argv[0], "sysctl"))
		status = run_sysctl(argv[1], argv[2]);
	else
		status = spawn_run(argv, false) ? lfctl_fail("failed: %s", line) : 0;
	free(text);
	return status;
}

/* The kernel releases what a slot held with a small delay. */
static void wait_unused(const char *hash)
{
	const struct lfctl here = { 0 };
	struct json_object *o;
	bool used = true;
	struct nl nl;
	int tries;

	if (nl_open(&nl, &here))
		return;
	for (tries = 0; used && tries < 40; tries++) {
		o = snapshot_by_hash(&nl, hash);
		used = out_u64(o, "users");
		json_object_put(o);
		if (used)
			usleep(50000);
	}
	nl_close(&nl);
}

/* Each line of an undo is tried even if earlier ones failed. */
static void undo(const struct lfctl *ctl, const struct step *s)
{
	char *text = plan_text("%s", s->undo), *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, FORGET, strlen(FORGET)))
			wait_unused(line + strlen(FORGET));
		plan_run_line(ctl, line);
	}
	free(text);
}

int plan_run(const struct plan *p)
{
	size_t i;
	int status = 0;

	for (i = 0; i < p->n && !status; i++)
		status = plan_run_line(p->ctl, p->steps[i].run);
	if (!status)
		return 0;
	for (i--; i--; )
		undo(p->ctl, &p->steps[i]);
	return lfctl_fail("%s: not applied: nothing has changed", p->path);
}
