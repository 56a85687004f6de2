// SPDX-License-Identifier: GPL-2.0
/* The value of one key, by the key's type. */
#include "settings_key.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lq/name.h>

#include "lfctl/lib/args.h"
#include "lfctl/lib/term.h"
#include "lfctl/lib/units.h"

void settings_fault(struct settings_reader *r, int line, const char *fmt, ...)
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

static void word(struct settings_reader *r, const struct settings_key *k, const char *value,
		 uint32_t *v)
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
	settings_fault(r, r->line, "%s is one of %s, not '%.40s'", k->name, list, value);
}

static void boolean(struct settings_reader *r, const struct settings_key *k, const char *value,
		    bool *v)
{
	if (!strcmp(value, "yes"))
		*v = true;
	else if (!strcmp(value, "no"))
		*v = false;
	else
		settings_fault(r, r->line, "%s is yes or no, not '%.40s'", k->name, value);
}

static void share(struct settings_reader *r, const struct settings_key *k, const char *value,
		  double *v)
{
	int64_t n;

	if (!args_millionths(value, &n) || n < k->least * 1e6 - 0.5 || n > k->most * 1e6)
		settings_fault(r, r->line,
			       "%s is a share from %g to %g, as 5%% or 0.05, not '%.40s'", k->name,
			       k->least, k->most, value);
	else
		*v = n / 1e6;
}

static bool between(const struct settings_key *k, double v)
{
	return v >= k->least && v <= k->most;
}

static void count(struct settings_reader *r, const struct settings_key *k, const char *value,
		  void *v)
{
	uint64_t n;

	if (!units_read(units_count, value, "", 1, &n) || !between(k, n))
		settings_fault(r, r->line,
			       k->type == KEY_SIZE ?
				       "%s is a size from %.0f to %.0f bytes, as 16m, not '%.40s'" :
				       "%s is a number from %.0f to %.0f, not '%.40s'",
			       k->name, k->least, k->most, value);
	else if (k->type == KEY_SIZE)
		*(uint64_t *)v = n;
	else
		*(uint32_t *)v = n;
}

static void duration(struct settings_reader *r, const struct settings_key *k, const char *value,
		     uint64_t *v)
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
		settings_fault(r, r->line,
			       "%s is a time from %.0fs to %.0fs, as 10m or 24h, not '%.40s'",
			       k->name, k->least, k->most, value);
	else
		*v = n * (scale / 1000);
}

static void layers(struct settings_reader *r, const char *value, struct settings *s)
{
	char copy[64], *part, *save = NULL;
	uint32_t v;

	s->n_layers = 0;
	snprintf(copy, sizeof(copy), "%s", value);
	for (part = strtok_r(copy, ", ", &save); part; part = strtok_r(NULL, ", ", &save)) {
		if (s->n_layers == SETTINGS_LAYERS || !units_u32(part, LQ_MAX_WIDTH, &v) || !v) {
			settings_fault(
				r, r->line,
				"layers are up to %d widths from 1 to %d, as 32,16, not '%.40s'",
				SETTINGS_LAYERS, LQ_MAX_WIDTH, value);
			return;
		}
		s->layers[s->n_layers++] = v;
	}
}

/* Rising shares, or none. */
static void arms(struct settings_reader *r, const struct settings_key *k, const char *value,
		 struct settings *s)
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
		settings_fault(
			r, r->line,
			"arms are up to %d rising shares from %g to %g, as 1%% 10%% 50%%, or none, "
			"not '%.40s'",
			SETTINGS_ARMS, k->least, k->most, value);
}

/* As lfctl slot guard takes it, or none. */
static void outcome(struct settings_reader *r, const char *value, struct settings_outcome *o)
{
	char copy[64], *name, *bound, *save = NULL;
	int64_t millionths;
	int term = -1;

	memset(o, 0, sizeof(*o));
	if (!strcmp(value, "none"))
		return;
	snprintf(copy, sizeof(copy), "%s", value);
	name = strtok_r(copy, " \t", &save);
	bound = strtok_r(NULL, " \t", &save);
	if (bound && !strtok_r(NULL, " \t", &save))
		term = term_by_name(name);
	if (term < 0 || !args_millionths(bound, &millionths) || millionths < 0)
		settings_fault(r, r->line,
			       "guard_outcome is one of bytes, packets, duration, retrans, reward, "
			       "delivered, latency and loss with a bound that is not negative, as "
			       "retrans 2, or none, not '%.40s'",
			       value);
	else
		*o = (struct settings_outcome) { true, term,
						 millionths / 1e6 * terms[term].steps + 0.5 };
}

static void rule(struct settings_reader *r, const char *value, struct label_rules *rules)
{
	struct label_rule one;
	char why[256];

	if (!label_parse(value, &one, why, sizeof(why))) {
		settings_fault(r, r->line, "%s", why);
	} else if (rules->n == LABEL_RULES) {
		settings_fault(r, r->line, "a learner has at most %d rules", LABEL_RULES);
	} else {
		one.line = r->line;
		rules->rule[rules->n++] = one;
	}
}

static void text(struct settings_reader *r, const struct settings_key *k, const char *value,
		 char *v)
{
	size_t size = k->type == KEY_CPUS ? sizeof(r->s->cpus) :
		      k->type == KEY_NAME ? LQ_NAME_LEN :
					    PATH_MAX;

	if (k->type == KEY_NAME && !lq_name_ok(value))
		settings_fault(r, r->line,
			       "'%.40s' is not a slot name: " LQ_NAME_RULE, value);
	else if (k->type == KEY_PATH && *value != '/')
		settings_fault(r, r->line, "%s is an absolute path, not '%.40s'", k->name, value);
	else if (k->type == KEY_CPUS && (!*value || value[strspn(value, "0123456789,-")]))
		settings_fault(r, r->line, "cpus is a list like 0,2-3, not '%.40s'", value);
	else if (snprintf(v, size, "%s", value) >= (int)size)
		settings_fault(r, r->line, "the value of %s is too long", k->name);
}

void settings_set(struct settings_reader *r, const struct settings_key *k, const char *value)
{
	void *v = (char *)r->s + k->at;

	switch (k->type) {
	case KEY_WORD:
		word(r, k, value, v);
		break;
	case KEY_BOOL:
		boolean(r, k, value, v);
		break;
	case KEY_SHARE:
		share(r, k, value, v);
		break;
	case KEY_SIZE:
	case KEY_COUNT:
		count(r, k, value, v);
		break;
	case KEY_TIME:
		duration(r, k, value, v);
		break;
	case KEY_LAYERS:
		layers(r, value, r->s);
		break;
	case KEY_ARMS:
		arms(r, k, value, r->s);
		break;
	case KEY_OUTCOME:
		outcome(r, value, v);
		break;
	case KEY_RULE:
		rule(r, value, &r->s->labels);
		break;
	default:
		text(r, k, value, v);
		break;
	}
}
