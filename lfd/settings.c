// SPDX-License-Identifier: GPL-2.0
/*
 * One file, one learner. inih splits it into sections, keys and values; a table gives the valid
 * keys with their types and bounds. Every fault is reported with its line, and reading continues,
 * so that all are seen at once.
 */
#include "settings.h"

#include <assert.h>
#include <dirent.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lq/name.h>

#include "settings_key.h"

#define AT(member)	offsetof(struct settings, member)
#define MB		(1024.0 * 1024)

static const char *const kinds[] = { "forest", "net", "external", "policy", NULL };
static const char *const acts[] = { "relu", "tanh", NULL };
static const char *const whats[] = { "class", "bytes", "remaining", "duration", NULL };

static const struct settings_key keys[] = {
	{ "learner", "slot", KEY_NAME, AT(slot) },
	{ "learner", "snapshot", KEY_PATH, AT(snapshot) },
	{ "learner", "paused", KEY_BOOL, AT(paused) },
	{ "store", "size", KEY_SIZE, AT(size), 64 * 1024, 4096 * MB },
	{ "store", "share", KEY_SHARE, AT(share), 0.001, 1 },
	{ "store", "flows", KEY_COUNT, AT(flows), 64, 4194304 },
	{ "label", "what", KEY_WORD, AT(labels.what), .words = whats },
	{ "label", "rule", KEY_RULE, 0 },
	{ "model", "kind", KEY_WORD, AT(kind), .words = kinds },
	{ "model", "activation", KEY_WORD, AT(act), .words = acts },
	{ "model", "layers", KEY_LAYERS, 0 },
	{ "model", "start", KEY_PATH, AT(start) },
	{ "model", "trainer", KEY_PATH, AT(trainer) },
	{ "model", "depth", KEY_COUNT, AT(depth), 1, 16 },
	{ "model", "rounds", KEY_COUNT, AT(rounds), 1, 1024 },
	{ "model", "generations", KEY_COUNT, AT(generations), 1, 100000 },
	{ "model", "anchor", KEY_SHARE, AT(anchor), 0, 1 },
	{ "model", "time", KEY_TIME, AT(time), 1, 86400 },
	{ "model", "memory", KEY_SIZE, AT(memory), 128 * MB, 1024 * 1024 * MB },
	{ "model", "cpus", KEY_CPUS, AT(cpus) },
	{ "judge", "alpha", KEY_SHARE, AT(alpha), 0, 1 },
	{ "judge", "margin", KEY_SHARE, AT(margin), 0, 1 },
	{ "judge", "error", KEY_SHARE, AT(error), 1e-6, 0.25 },
	{ "judge", "flows", KEY_COUNT, AT(min_flows), 10, 10000000 },
	{ "deploy", "shadow", KEY_COUNT, AT(shadow), 0, 10000000 },
	{ "deploy", "watch", KEY_COUNT, AT(watch), 10, 10000000 },
	{ "deploy", "arms", KEY_ARMS, 0, 0.0001, 0.99 },
	{ "deploy", "step", KEY_COUNT, AT(step), 1, 10000000 },
	{ "deploy", "guard", KEY_SHARE, AT(guard), 0, 1 },
	{ "deploy", "guard_drift", KEY_SHARE, AT(guard_drift), 0, 1 },
	{ "deploy", "guard_saturated", KEY_SHARE, AT(guard_saturated), 0, 1 },
	{ "deploy", "guard_outcome", KEY_OUTCOME, AT(guard_outcome) },
	{ "deploy", "harm", KEY_SHARE, AT(harm), 0, 1 },
	{ "deploy", "every", KEY_TIME, AT(every), 0, 30 * 86400 },
	{ "deploy", "backoff", KEY_TIME, AT(backoff), 0, 30 * 86400 },
	{ "drift", "detect", KEY_BOOL, AT(drift) },
	{ "drift", "window", KEY_COUNT, AT(window), 64, 65536 },
};

#define N_KEYS	(sizeof(keys) / sizeof(keys[0]))

/* Keys that do not apply to a policy. */
static const struct { const char *section, *name, *why;
} not_of_policies[] = {
	{ "store", "size", "no rows are kept" },
	{ "store", "share", "no rows are kept" },
	{ "label", "what", "it has no labels: its connections' intervals are measured" },
	{ "label", "rule", "it has no labels: its connections' intervals are measured" },
	{ "model", "activation", "its shape is that of the active snapshot" },
	{ "model", "layers", "its shape is that of the active snapshot" },
	{ "model", "depth", "it is not a forest" },
	{ "model", "rounds", "it is not a forest" },
	{ "judge", "alpha", "it is judged by rewards alone" },
	{ "deploy", "shadow", "actions that are not taken show no harm" },
	{ "deploy", "guard", "it decides for no class" },
	{ "deploy", "guard_drift", "no rows are kept to measure how often" },
	{ "deploy", "guard_saturated", "no rows are kept to measure how often" },
};

#define POLICY_HARM	0.005	/* of the range of rewards: a tenth of the throughput */

static const struct settings defaults = {
	.size = 16 << 20,
	.share = 0.25,
	.flows = 16384,
	.layers = { 32, 16 },
	.n_layers = 2,
	.depth = 5,
	.rounds = 40,
	.generations = 100,
	.anchor = 0.1,
	.time = 300000000000ull,
	.memory = 1ull << 30,
	.alpha = 0.05,
	.margin = 0.01,
	.error = 0.01,
	.min_flows = 200,
	.shadow = 200,
	.watch = 1000,
	.arms = { 0.01, 0.1, 0.5 },
	.n_arms = 3,
	.step = 50,
	.guard = 0.99,
	.guard_drift = 0.25,
	.guard_saturated = 0.5,
	.harm = 0.02,
	.every = 600000000000ull,
	.backoff = 600000000000ull,
	.drift = true,
	.window = 256,
};

static_assert(N_KEYS <= SETTINGS_KEYS_MAX);

const char *settings_kind_name(uint32_t kind)
{
	return kinds[kind];
}

/* --- lines --- */

static const struct settings_key *find(const char *section, const char *name, bool *known)
{
	size_t i;

	*known = false;
	for (i = 0; i < N_KEYS; i++) {
		if (strcmp(keys[i].section, section))
			continue;
		*known = true;
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

static int handle(void *data, const char *section, const char *name, const char *value)
{
	struct settings_reader *r = data;
	const struct settings_key *k;
	bool known;
	int *seen;

	k = find(section, name, &known);
	if (!known) {
		settings_fault(r, r->line,
			       *section ?
				       "[%.40s] is not one of [learner], [store], [label], "
				       "[model], [judge], [deploy] and [drift]" :
				       "'%.40s' is before the first section",
			       *section ? section : name);
		return 1;
	}
	if (!k) {
		settings_fault(r, r->line, "[%s] has no key '%.40s'", section, name);
		return 1;
	}
	seen = &r->seen[k - keys];
	if (*seen && k->type != KEY_RULE)
		settings_fault(r, r->line, "%s is in line %d already", name, *seen);
	else
		settings_set(r, k, value ? value : "");
	*seen = r->line;
	return 1;
}

/* As fgets(), for inih, which does not tell its handler the line. */
static char *next_line(char *line, int size, void *data)
{
	struct settings_reader *r = data;
	char *got = fgets(line, size, r->f);

	if (got)
		r->line++;
	return got;
}

static int seen_line(const struct settings_reader *r, const char *section, const char *name)
{
	bool known;

	return r->seen[find(section, name, &known) - keys];
}

static void whole_policy(struct settings_reader *r)
{
	size_t i, n = sizeof(not_of_policies) / sizeof(not_of_policies[0]);
	struct settings *s = r->s;
	int line;

	for (i = 0; i < n; i++) {
		line = seen_line(r, not_of_policies[i].section, not_of_policies[i].name);
		if (line)
			settings_fault(r, line, "%s is not for a policy: %s",
				       not_of_policies[i].name, not_of_policies[i].why);
	}
	s->labels.what = LABEL_ACTION;
	s->labels.n = 0;
	s->shadow = 0;
	s->guard = s->guard_drift = s->guard_saturated = 0;
	if (!seen_line(r, "deploy", "harm"))
		s->harm = POLICY_HARM;
}

static void whole_labels(struct settings_reader *r)
{
	struct settings *s = r->s;

	if (s->labels.what == LABEL_CLASS && !s->labels.n && !seen_line(r, "label", "rule"))
		settings_fault(
			r, seen_line(r, "label", "what"),
			"classes need rules that give them ([label] rule = dscp 46 class media)");
	if (s->labels.what != LABEL_CLASS && s->labels.n)
		settings_fault(r, s->labels.rule[0].line,
			       "a rule gives a class, but the learner learns %s",
			       label_what_name(s->labels.what));
	if (seen_line(r, "model", "generations"))
		settings_fault(r, seen_line(r, "model", "generations"),
			       "generations are of the search for a policy: kind is %s",
			       kinds[s->kind]);
}

/* Checks that need the whole file. */
static void whole(struct settings_reader *r)
{
	struct settings *s = r->s;

	if (!*s->slot && !seen_line(r, "learner", "slot"))
		settings_fault(r, 0, "slot is missing ([learner] slot = NAME)");
	if (settings_policy(s))
		whole_policy(r);
	else
		whole_labels(r);
	if (s->kind == KIND_EXTERNAL && !*s->trainer)
		settings_fault(r, seen_line(r, "model", "kind"),
			       "an external model needs a trainer ([model] trainer = COMMAND)");
	if (s->kind != KIND_EXTERNAL && *s->trainer)
		settings_fault(r, seen_line(r, "model", "trainer"),
			       "trainer needs kind = external");
	if (s->kind != KIND_NET && !settings_policy(s) && *s->start)
		settings_fault(
			r, seen_line(r, "model", "start"),
			"only a net or a policy can start from the weights of a file: kind is %s",
			kinds[s->kind]);
	if (*s->snapshot && access(s->snapshot, R_OK))
		settings_fault(r, seen_line(r, "learner", "snapshot"), "%s: %m", s->snapshot);
	if (*s->start && access(s->start, R_OK))
		settings_fault(r, seen_line(r, "model", "start"), "%s: %m", s->start);
	if (*s->trainer && access(s->trainer, X_OK))
		settings_fault(r, seen_line(r, "model", "trainer"), "%s: %m", s->trainer);
}

static void base_name(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/');
	char *dot;

	snprintf(name, size, "%s", base ? base + 1 : path);
	dot = strrchr(name, '.');
	if (dot && !strcmp(dot, ".conf"))
		*dot = 0;
}

int settings_read(struct settings *s, const char *path)
{
	struct settings_reader r = { .s = s, .path = path };
	int bad;

	*s = defaults;
	snprintf(s->path, sizeof(s->path), "%s", path);
	base_name(path, s->name, sizeof(s->name));
	if (!lq_name_ok(s->name)) {
		settings_fault(
			&r, 0,
			"the name of the file is the name of the learner: " LQ_NAME_RULE
			" before .conf");
		return r.faults;
	}
	r.f = fopen(path, "re");
	if (!r.f) {
		settings_fault(&r, 0, "%m");
		return r.faults;
	}
	bad = ini_parse_stream(next_line, &r, handle, &r);
	if (bad > 0)
		settings_fault(&r, bad, "neither [SECTION] nor KEY = VALUE");
	fclose(r.f);
	if (!r.faults)
		whole(&r);
	return r.faults;
}

/* --- all files --- */

static int is_conf(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 5 && !strcmp(d->d_name + n - 5, ".conf");
}

/* Two learners for a slot would undo each other's work. */
static int clashes(const struct settings *all, size_t n)
{
	const struct settings *s = &all[n - 1];
	size_t i;

	for (i = 0; i + 1 < n; i++)
		if (*s->slot && !strcmp(all[i].slot, s->slot)) {
			fprintf(stderr, "%s: the slot %s is that of %s already\n", s->path, s->slot,
				all[i].path);
			return 1;
		}
	return 0;
}

int settings_read_all(const char *dir, struct settings **all, size_t *n)
{
	struct dirent **names;
	char path[PATH_MAX];
	int i, found, faults = 0;

	*n = 0;
	*all = NULL;
	found = scandir(dir, &names, is_conf, alphasort);
	if (found < 0) {
		fprintf(stderr, "%s: %m\n", dir);
		return 1;
	}
	*all = calloc(found ? found : 1, sizeof(**all));
	for (i = 0; i < found; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		faults += settings_read(&(*all)[(*n)++], path);
		faults += clashes(*all, *n);
		free(names[i]);
	}
	free(names);
	return faults;
}
