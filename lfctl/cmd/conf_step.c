// SPDX-License-Identifier: GPL-2.0
#include "conf_step.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf_key.h"
#include "conf_plan.h"
#include "conf_tc.h"
#include "file.h"
#include "nl.h"
#include "out.h"
#include "share.h"
#include "slot.h"
#include "snapshot.h"

/* " KEY VALUE" for each key that `word` maps to a word of the command. */
static char *words(const struct conf_section *s, const char *(*word)(const char *key))
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return plan_text("%s", "");
	for (i = 0; s && i < s->n; i++)
		if (word(s->entries[i].key))
			fprintf(f, " %s %s", word(s->entries[i].key), s->entries[i].value);
	fclose(f);
	return text;
}

/* The values of `now` for the keys of `changed`: the old state. */
static struct conf_section *before(struct conf *room, const struct step_args *a)
{
	struct conf_section *s = conf_add(room, a->want->kind, a->want->name, 0);
	const char *value;
	size_t i;

	for (i = 0; i < a->changed->n; i++) {
		value = conf_get(a->now, a->changed->entries[i].key);
		if (!value)
			value = conf_key(s->kind, a->changed->entries[i].key)->def;
		if (value)
			conf_set(s, a->changed->entries[i].key, value, 0);
	}
	return s;
}

/* --- slots --- */

static const char *option(const char *key)
{
	return slot_is_option(key) ? key : NULL;
}

/* "param.NAME" is "NAME" for the command. */
static const char *param(const char *key)
{
	return strncmp(key, "param.", 6) ? NULL : key + 6;
}

static bool is_loaded(struct plan *p, const char *hash)
{
	struct json_object *o = p->nl ? snapshot_by_hash(p->nl, hash) : NULL;

	json_object_put(o);
	return o;
}

/* The hash of a file that passes the check in user space. */
static int file_hash(const char *path, char *hex)
{
	struct file file;
	int status = file_read(&file, path);

	if (status)
		return status;
	out_hex(file.hash, sizeof(file.hash), hex);
	file_free(&file);
	return 0;
}

/* A word with a slash is a path; else NAME.lfs in the usual directories. */
static bool find_file(const char *word, char *path, size_t n)
{
	if (!strchr(word, '/'))
		return share_find(word, path, n);
	return snprintf(path, n, "%s", word) < (int)n;
}

/* For a name without a file: the latest loaded snapshot of that name. */
static bool loaded_hash(struct plan *p, const char *name, char *hex)
{
	struct json_object *o =
		p->nl && snapshot_word_ok(name) ? snapshot_by_name(p->nl, name) : NULL;

	if (o)
		snprintf(hex, 2 * LQ_HASH_LEN + 1, "%s", out_str(o, "hash"));
	json_object_put(o);
	return o;
}

void step_find_snapshot(struct plan *p, struct conf_section *want)
{
	const char *word = conf_get(want, "snapshot"), *hash = conf_get(want, "hash");
	char path[PATH_MAX], hex[2 * LQ_HASH_LEN + 1];
	int line = word ? conf_entry(want, "snapshot")->line : 0;

	if (!word || (hash && is_loaded(p, hash)))
		return;
	if (find_file(word, path, sizeof(path))) {
		if (file_hash(path, hex)) {
			plan_fail(p, line, "this snapshot cannot be read");
			return;
		}
		if (hash && strcmp(hash, hex)) {
			plan_fail(p, line, "%s has the hash %s, not the one in the file",
				  path, hex);
			return;
		}
		conf_set(want, "snapshot", path, 0);
	} else if (hash || !loaded_hash(p, word, hex)) {
		plan_fail(p, line,
			  "there is no snapshot %s in " CONF_DIR
			  " or share/liteflow, and none is loaded%s",
			  word, hash ? " with this hash" : "");
		return;
	}
	conf_set(want, "hash", hex, line);
}

/* What an existing slot had. */
static char *old_slot(const struct step_args *a)
{
	const char *hash = conf_get(a->now, "hash"), *name = a->want->name;
	const char *guard = conf_get(a->now, "guard");
	char *options = words(a->now, option), *set = words(a->now, param), *text;

	if (hash)
		text = plan_text("lfctl slot set %s %s activate", name, hash);
	else
		text = plan_text("lfctl slot del %s force\nlfctl slot add %s%s\n"
				 "lfctl slot guard %s %s%s%s%s",
				 name, name, options, name, guard ? guard : "off",
				 *set ? "\nlfctl slot param " : "", *set ? name : "", set);
	free(options);
	free(set);
	return text;
}

/* The hash of the standby snapshot, "" for none. */
static void standby(struct plan *p, const char *name, char *hex)
{
	struct json_object *array;

	*hex = 0;
	if (slot_read(p->nl, name, &array))
		return;
	snprintf(hex, 2 * LQ_HASH_LEN + 1, "%s",
		 out_str(json_object_object_get(json_object_array_get_idx(array, 0), "standby"),
			 "hash"));
	json_object_put(array);
}

/*
 * Restores the standby of a slot that has an active snapshot. Activating what is already active
 * clears it.
 */
static char *old_standby(struct plan *p, const struct step_args *a)
{
	const char *name = a->want->name;
	char hex[2 * LQ_HASH_LEN + 1];

	standby(p, name, hex);
	if (*hex)
		return plan_text("lfctl slot set %s %s", name, hex);
	return plan_text("lfctl slot set %s %s\nlfctl slot activate %s", name,
			 conf_get(a->now, "hash"), name);
}

/* Before the slot is created, so that undo deletes it after the slot is gone. */
static void load(struct plan *p, const struct step_args *a)
{
	const char *hash = conf_get(a->changed, "hash");

	if (hash && !is_loaded(p, hash))
		plan_step(p, plan_text("lfctl snapshot load %s", conf_get(a->want, "snapshot")),
			  plan_text("lfctl snapshot del %s", hash));
}

/*
 * A slot in use gets its snapshot as the standby, which the kernel checks; it becomes active after
 * everything else. Strict maps are checked against the active one: with them it is activated at
 * once.
 */
static void install(struct plan *p, const struct step_args *a)
{
	const char *hash = conf_get(a->changed, "hash"), *name = a->want->name;

	if (!hash)
		return;
	if (!conf_get(a->now, "hash") || p->strict) {
		plan_step(p, plan_text("lfctl slot set %s %s activate", name, hash),
			  a->now ? old_slot(a) : plan_text("%s", ""));
		return;
	}
	plan_step(p, plan_text("lfctl slot set %s %s", name, hash), old_standby(p, a));
	plan_step_last(p, plan_text("lfctl slot activate %s", name), old_slot(a));
}

void step_slot(struct plan *p, const struct step_args *a)
{
	struct conf room = { 0 };
	struct conf_section *old = before(&room, a);
	char *to = words(a->changed, option), *from = words(old, option);
	char *set = words(a->changed, param), *reset = words(old, param);
	const char *name = a->want->name;

	load(p, a);
	if (!a->now)
		plan_step(p, plan_text("lfctl slot add %s%s", name, to),
			  plan_text("lfctl slot del %s force", name));
	else if (*to)
		plan_step(p, plan_text("lfctl slot set %s%s", name, to),
			  plan_text("lfctl slot set %s%s", name, from));
	install(p, a);
	if (conf_get(a->changed, "guard"))
		plan_step(p, plan_text("lfctl slot guard %s %s", name,
				       conf_get(a->changed, "guard")),
			  plan_text("lfctl slot guard %s %s", name, conf_get(old, "guard")));
	if (*set)
		plan_step(p, plan_text("lfctl slot param %s%s", name, set),
			  plan_text("lfctl slot param %s%s", name, reset));
	free(to);
	free(from);
	free(set);
	free(reset);
	conf_free(&room);
}

/* --- congestion control --- */

static void set_sysctl(struct plan *p, const struct step_args *a, const char *key,
		       const char *sysctl)
{
	const char *to = conf_get(a->changed, key), *from = conf_get(a->now, key);

	if (to)
		plan_step(p, plan_text("sysctl %s %s", sysctl, to),
			  from ? plan_text("sysctl %s %s", sysctl, from) : plan_text("%s", ""));
}

void step_tcp(struct plan *p, const struct step_args *a)
{
	set_sysctl(p, a, "slot", "net.liteflow.tcp_slot");
	set_sysctl(p, a, "congestion_control", "net.ipv4.tcp_congestion_control");
}

/* --- hooks --- */

static const char *any(const char *key)
{
	return key;
}

static bool any_fixed(const struct conf_section *changed)
{
	size_t i;

	for (i = 0; i < changed->n; i++)
		if (conf_key(changed->kind, changed->entries[i].key)->fixed)
			return true;
	return false;
}

void step_hook(struct plan *p, const struct step_args *a)
{
	struct conf room = { 0 };
	struct conf_section *old = before(&room, a);
	char *whole = words(a->want, any), *was = words(a->now, any);
	char *to = words(a->changed, any), *from = words(old, any);
	const char *name = a->want->name;

	if (a->now && !any_fixed(a->changed)) {
		plan_step(p, plan_text("lfctl hook change %s%s", name, to),
			  plan_text("lfctl hook change %s%s", name, from));
	} else {
		if (a->now)
			plan_step(p, plan_text("lfctl hook del %s", name),
				  plan_text("lfctl hook add %s%s", name, was));
		plan_step(p, plan_text("lfctl hook add %s%s", name, whole),
			  plan_text("lfctl hook del %s", name));
	}
	free(whole);
	free(was);
	free(to);
	free(from);
	conf_free(&room);
}
