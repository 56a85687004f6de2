// SPDX-License-Identifier: GPL-2.0
/*
 * One file, one learner. inih splits it into sections, keys and values; a table gives the valid
 * keys with their types and bounds. Every fault is reported with its line, and reading continues,
 * so that all are seen at once.
 */
#include "settings.h"

#include <dirent.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lfctl/args.h"
#include "lfctl/units.h"

enum type { NAME, PATH_, SIZE, COUNT, SHARE, TIME, WORD, BOOL, CPUS, LAYERS, ARMS, RULE };

struct key {
	const char *section, *name;
	enum type type;
	size_t at;			/* in struct settings */
	double least, most;		/* of numbers, in their own units; of times in seconds */
	const char *const *words;
};

#define AT(member)	offsetof(struct settings, member)
#define MB		(1024.0 * 1024)

static const char *const kinds[] = { "forest", "net", "external", "policy", NULL };
static const char *const acts[] = { "relu", "tanh", NULL };
static const char *const whats[] = { "class", "bytes", "remaining", "duration", NULL };

static const struct key keys[] = {
	{ "learner", "slot", NAME, AT(slot) },
	{ "learner", "snapshot", PATH_, AT(snapshot) },
	{ "learner", "paused", BOOL, AT(paused) },
	{ "store", "size", SIZE, AT(size), 64 * 1024, 4096 * MB },
	{ "store", "share", SHARE, AT(share), 0.001, 1 },
	{ "store", "flows", COUNT, AT(flows), 64, 4194304 },
	{ "label", "what", WORD, AT(labels.what), .words = whats },
	{ "label", "rule", RULE, 0 },
	{ "model", "kind", WORD, AT(kind), .words = kinds },
	{ "model", "activation", WORD, AT(act), .words = acts },
	{ "model", "layers", LAYERS, 0 },
	{ "model", "start", PATH_, AT(start) },
	{ "model", "trainer", PATH_, AT(trainer) },
	{ "model", "depth", COUNT, AT(depth), 1, 16 },
	{ "model", "rounds", COUNT, AT(rounds), 1, 1024 },
	{ "model", "generations", COUNT, AT(generations), 1, 100000 },
	{ "model", "anchor", SHARE, AT(anchor), 0, 1 },
	{ "model", "time", TIME, AT(time), 1, 86400 },
	{ "model", "memory", SIZE, AT(memory), 128 * MB, 1024 * 1024 * MB },
	{ "model", "cpus", CPUS, AT(cpus) },
	{ "judge", "alpha", SHARE, AT(alpha), 0, 1 },
	{ "judge", "margin", SHARE, AT(margin), 0, 1 },
	{ "judge", "error", SHARE, AT(error), 1e-6, 0.25 },
	{ "judge", "flows", COUNT, AT(min_flows), 10, 10000000 },
	{ "deploy", "shadow", COUNT, AT(shadow), 0, 10000000 },
	{ "deploy", "watch", COUNT, AT(watch), 10, 10000000 },
	{ "deploy", "arms", ARMS, 0, 0.0001, 0.99 },
	{ "deploy", "step", COUNT, AT(step), 1, 10000000 },
	{ "deploy", "guard", SHARE, AT(guard), 0, 1 },
	{ "deploy", "harm", SHARE, AT(harm), 0, 1 },
	{ "deploy", "every", TIME, AT(every), 0, 30 * 86400 },
	{ "deploy", "backoff", TIME, AT(backoff), 0, 30 * 86400 },
	{ "drift", "detect", BOOL, AT(drift) },
	{ "drift", "window", COUNT, AT(window), 64, 65536 },
};

#define N_KEYS	(sizeof(keys) / sizeof(keys[0]))

/* What a policy has no use for. */
static const struct { const char *section, *name, *why;
} not_of_policies[] = {
	{ "store", "size", "no rows are kept" },
	{ "store", "share", "no rows are kept" },
	{ "label", "what", "it has no labels: its connections' intervals are measured" },
	{ "label", "rule", "it has no labels: its connections' intervals are measured" },
	{ "model", "activation", "its shape is that of the snapshot that serves" },
	{ "model", "layers", "its shape is that of the snapshot that serves" },
	{ "model", "depth", "it is no forest" },
	{ "model", "rounds", "it is no forest" },
	{ "judge", "alpha", "it is judged by rewards alone" },
	{ "deploy", "shadow", "actions that are not taken show no harm" },
	{ "deploy", "guard", "it decides for no class" },
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
	.harm = 0.02,
	.every = 600000000000ull,
	.backoff = 600000000000ull,
	.drift = true,
	.window = 256,
};

struct reader {
	struct settings *s;
	const char *path;
	FILE *f;
	int line, faults;
	int seen[N_KEYS];		/* line of each key */
};

const char *settings_kind_name(uint32_t kind)
{
	return kinds[kind];
}

static void fault(struct reader *r, int line, const char *fmt, ...)
{
	va_list ap;

	r->faults++;
	if (line)
		fprintf(stderr, "%s:%d: ", r->path, line);
	else
		fprintf(stderr, "%s: ", r->path);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* --- Values --- */

static void word(struct reader *r, const struct key *k, const char *value, uint32_t *v)
{
	char list[128] = "";
	uint32_t i;

	for (i = 0; k->words[i]; i++) {
		if (!strcmp(k->words[i], value)) {
			*v = i;
			return;
		}
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 k->words[i]);
	}
	fault(r, r->line, "%s is one of %s, not '%.40s'", k->name, list, value);
}

static void boolean(struct reader *r, const struct key *k, const char *value, bool *v)
{
	if (!strcmp(value, "yes"))
		*v = true;
	else if (!strcmp(value, "no"))
		*v = false;
	else
		fault(r, r->line, "%s is yes or no, not '%.40s'", k->name, value);
}

static void share(struct reader *r, const struct key *k, const char *value, double *v)
{
	int64_t n;

	if (!args_millionths(value, &n) || n < k->least * 1e6 - 0.5 || n > k->most * 1e6)
		fault(r, r->line, "%s is a share from %g to %g, as 5%% or 0.05, not '%.40s'",
		      k->name, k->least, k->most, value);
	else
		*v = n / 1e6;
}

static bool between(const struct key *k, double v)
{
	return v >= k->least && v <= k->most;
}

static void count(struct reader *r, const struct key *k, const char *value, void *v)
{
	uint64_t n;

	if (!units_read(units_count, value, "", 1, &n) || !between(k, n))
		fault(r, r->line,
		      k->type == SIZE ? "%s is a size from %.0f to %.0f bytes, as 16m, not '%.40s'"
				      : "%s is a number from %.0f to %.0f, not '%.40s'",
		      k->name, k->least, k->most, value);
	else if (k->type == SIZE)
		*(uint64_t *)v = n;
	else
		*(uint32_t *)v = n;
}

static void duration(struct reader *r, const struct key *k, const char *value, uint64_t *v)
{
	uint64_t scale = 1000000000, n;
	char copy[32];
	size_t len = strlen(value);

	snprintf(copy, sizeof(copy), "%s", value);
	if (len && len < sizeof(copy) && strchr("mhd", copy[len - 1])) {
		scale *= copy[len - 1] == 'm' ? 60 : copy[len - 1] == 'h' ? 3600 : 86400;
		copy[len - 1] = 0;
	} else if (len && len < sizeof(copy) && copy[len - 1] == 's') {
		copy[len - 1] = 0;
	}
	if (!units_read(units_count, copy, "", 1000, &n) || copy[strspn(copy, "0123456789.")] ||
	    !between(k, n / 1e3 * (scale / 1e9)))
		fault(r, r->line, "%s is a time from %.0fs to %.0fs, as 10m or 24h, not '%.40s'",
		      k->name, k->least, k->most, value);
	else
		*v = n * (scale / 1000);
}

static void layers(struct reader *r, const char *value, struct settings *s)
{
	char copy[64], *part, *save = NULL;
	uint32_t v;

	s->n_layers = 0;
	snprintf(copy, sizeof(copy), "%s", value);
	for (part = strtok_r(copy, ", ", &save); part; part = strtok_r(NULL, ", ", &save)) {
		if (s->n_layers == SETTINGS_LAYERS || !units_u32(part, LQ_MAX_WIDTH, &v) || !v) {
			fault(r, r->line,
			      "layers are up to %d widths from 1 to %d, as 32,16, not '%.40s'",
			      SETTINGS_LAYERS, LQ_MAX_WIDTH, value);
			return;
		}
		s->layers[s->n_layers++] = v;
	}
}

/* Rising shares, or none. */
static void arms(struct reader *r, const struct key *k, const char *value, struct settings *s)
{
	char copy[128], *part, *save = NULL;
	double last = 0;
	int64_t n;

	s->n_arms = 0;
	if (!strcmp(value, "none"))
		return;
	snprintf(copy, sizeof(copy), "%s", value);
	for (part = strtok_r(copy, ", ", &save); part; part = strtok_r(NULL, ", ", &save)) {
		if (s->n_arms == SETTINGS_ARMS || !args_millionths(part, &n) ||
		    n < k->least * 1e6 - 0.5 || n > k->most * 1e6 || n / 1e6 <= last)
			break;
		s->arms[s->n_arms++] = last = n / 1e6;
	}
	if (part || !s->n_arms)
		fault(r, r->line,
		      "arms are up to %d rising shares from %g to %g, as 1%% 10%% 50%%, or none, "
		      "not '%.40s'",
		      SETTINGS_ARMS, k->least, k->most, value);
}

static void rule(struct reader *r, const char *value, struct label_rules *rules)
{
	struct label_rule one;
	char why[256];

	if (!label_parse(value, &one, why, sizeof(why))) {
		fault(r, r->line, "%s", why);
	} else if (rules->n == LABEL_RULES) {
		fault(r, r->line, "a learner has at most %d rules", LABEL_RULES);
	} else {
		one.line = r->line;
		rules->rule[rules->n++] = one;
	}
}

static void text(struct reader *r, const struct key *k, const char *value, char *v)
{
	size_t size = k->type == CPUS	? sizeof(r->s->cpus)
		      : k->type == NAME ? LQ_NAME_LEN
					: PATH_MAX;

	if (k->type == NAME && !args_is_name(value))
		fault(r, r->line, "'%.40s' is no name of a slot: 1 to 31 of A-Z a-z 0-9 . _ -",
		      value);
	else if (k->type == PATH_ && *value != '/')
		fault(r, r->line, "%s wants a path from /, not '%.40s'", k->name, value);
	else if (k->type == CPUS && (!*value || value[strspn(value, "0123456789,-")]))
		fault(r, r->line, "cpus is a list like 0,2-3, not '%.40s'", value);
	else if (snprintf(v, size, "%s", value) >= (int)size)
		fault(r, r->line, "the value of %s is too long", k->name);
}

static void set(struct reader *r, const struct key *k, const char *value)
{
	void *v = (char *)r->s + k->at;

	switch (k->type) {
	case WORD:
		word(r, k, value, v);
		break;
	case BOOL:
		boolean(r, k, value, v);
		break;
	case SHARE:
		share(r, k, value, v);
		break;
	case SIZE:
	case COUNT:
		count(r, k, value, v);
		break;
	case TIME:
		duration(r, k, value, v);
		break;
	case LAYERS:
		layers(r, value, r->s);
		break;
	case ARMS:
		arms(r, k, value, r->s);
		break;
	case RULE:
		rule(r, value, &r->s->labels);
		break;
	default:
		text(r, k, value, v);
	}
}

/* --- Lines --- */

static const struct key *find(const char *section, const char *name, bool *known)
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
	struct reader *r = data;
	const struct key *k;
	bool known;
	int *seen;

	k = find(section, name, &known);
	if (!known) {
		fault(r, r->line,
		      *section ? "[%.40s] is none of [learner], [store], [label], [model], "
				 "[judge], [deploy] and "
				 "[drift]"
			       : "'%.40s' stands before any section",
		      *section ? section : name);
		return 1;
	}
	if (!k) {
		fault(r, r->line, "[%s] has no key '%.40s'", section, name);
		return 1;
	}
	seen = &r->seen[k - keys];
	if (*seen && k->type != RULE)
		fault(r, r->line, "%s is in line %d already", name, *seen);
	else
		set(r, k, value ? value : "");
	*seen = r->line;
	return 1;
}

/* As fgets(), for inih, which does not tell its handler the line. */
static char *next_line(char *line, int size, void *data)
{
	struct reader *r = data;
	char *got = fgets(line, size, r->f);

	if (got)
		r->line++;
	return got;
}

static int seen_line(const struct reader *r, const char *section, const char *name)
{
	bool known;

	return r->seen[find(section, name, &known) - keys];
}

static void whole_policy(struct reader *r)
{
	size_t i, n = sizeof(not_of_policies) / sizeof(not_of_policies[0]);
	struct settings *s = r->s;
	int line;

	for (i = 0; i < n; i++) {
		line = seen_line(r, not_of_policies[i].section, not_of_policies[i].name);
		if (line)
			fault(r, line, "%s is not for a policy: %s", not_of_policies[i].name,
			      not_of_policies[i].why);
	}
	s->labels.what = LABEL_ACTION;
	s->labels.n = 0;
	s->shadow = 0;
	s->guard = 0;
	if (!seen_line(r, "deploy", "harm"))
		s->harm = POLICY_HARM;
}

static void whole_labels(struct reader *r)
{
	struct settings *s = r->s;

	if (s->labels.what == LABEL_CLASS && !s->labels.n && !seen_line(r, "label", "rule"))
		fault(r, seen_line(r, "label", "what"),
		      "classes need rules that say them ([label] rule = dscp 46 class media)");
	if (s->labels.what != LABEL_CLASS && s->labels.n)
		fault(r, s->labels.rule[0].line, "a rule says a class, but what is learnt is %s",
		      label_what_name(s->labels.what));
	if (seen_line(r, "model", "generations"))
		fault(r, seen_line(r, "model", "generations"),
		      "generations are of the search for a policy: kind is %s", kinds[s->kind]);
}

/* Checks that need the whole file. */
static void whole(struct reader *r)
{
	struct settings *s = r->s;

	if (!*s->slot && !seen_line(r, "learner", "slot"))
		fault(r, 0, "which slot? ([learner] slot = NAME)");
	if (settings_policy(s))
		whole_policy(r);
	else
		whole_labels(r);
	if (s->kind == KIND_EXTERNAL && !*s->trainer)
		fault(r, seen_line(r, "model", "kind"),
		      "an external model needs a trainer ([model] trainer = COMMAND)");
	if (s->kind != KIND_EXTERNAL && *s->trainer)
		fault(r, seen_line(r, "model", "trainer"),
		      "a trainer is only asked where kind is external");
	if (s->kind != KIND_NET && !settings_policy(s) && *s->start)
		fault(r, seen_line(r, "model", "start"),
		      "only a net or a policy goes on from the weights of a file: kind is %s",
		      kinds[s->kind]);
	if (*s->snapshot && access(s->snapshot, R_OK))
		fault(r, seen_line(r, "learner", "snapshot"), "%s: %m", s->snapshot);
	if (*s->start && access(s->start, R_OK))
		fault(r, seen_line(r, "model", "start"), "%s: %m", s->start);
	if (*s->trainer && access(s->trainer, X_OK))
		fault(r, seen_line(r, "model", "trainer"), "%s: %m", s->trainer);
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
	struct reader r = { .s = s, .path = path };
	int bad;

	*s = defaults;
	snprintf(s->path, sizeof(s->path), "%s", path);
	base_name(path, s->name, sizeof(s->name));
	if (!args_is_name(s->name)) {
		fault(&r, 0,
		      "the name of the file is the name of the learner: 1 to 31 of A-Z a-z 0-9 . _ "
		      "- before .conf");
		return r.faults;
	}
	r.f = fopen(path, "re");
	if (!r.f) {
		fault(&r, 0, "%m");
		return r.faults;
	}
	bad = ini_parse_stream(next_line, &r, handle, &r);
	if (bad > 0)
		fault(&r, bad, "neither [SECTION] nor KEY = VALUE");
	fclose(r.f);
	if (!r.faults)
		whole(&r);
	return r.faults;
}

/* --- All files --- */

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
