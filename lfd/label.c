// SPDX-License-Identifier: GPL-2.0
/*
 * Labels.
 *
 * Class labels come from rules that the user trusts: the first rule whose terms all hold gives the
 * class. An unknown fact fails the term: an outcome without a mark is not one with mark 0. Value
 * labels are log2 of the quantity plus one, as the features are.
 *
 * Anybody who can create flows can create labelled flows (a flood with a DSCP that a rule trusts).
 * So each row has a group, and the share of a class that one group may have is bounded, in the
 * store (store.c) and among the rows that teach and judge (groups.c). The group is the peer if the
 * kernel reports it, else the lower port and protocol, which is the service, else the mark.
 */
#include "label.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lq/name.h>

#include "lfctl/lib/units.h"

static const char *const facts[FACTS] = {
	[FACT_MARK] = "mark", [FACT_CONNMARK] = "connmark", [FACT_PRIORITY] = "priority",
	[FACT_DSCP] = "dscp", [FACT_CGROUP] = "cgroup", [FACT_PROTO] = "proto",
	[FACT_SPORT] = "sport", [FACT_DPORT] = "dport", [FACT_PORT] = "port",
	[FACT_BYTES] = "bytes", [FACT_PACKETS] = "packets", [FACT_DURATION] = "duration",
	[FACT_RETRANS] = "retrans",
};

static const char *const whats[] = { "class", "bytes", "remaining", "duration", "action" };

const char *label_what_name(uint32_t what)
{
	return whats[what];
}

/* --- rules --- */

static bool names_bits(uint8_t fact)
{
	return fact == FACT_MARK || fact == FACT_CONNMARK;
}

static bool number(uint8_t fact, const char *s, uint64_t *v)
{
	char *end;

	if (fact == FACT_DURATION) {
		if (!units_read(units_time, s, "s", 1, v))
			return false;
		*v /= 1000;
		return true;
	}
	if (fact == FACT_BYTES || fact == FACT_PACKETS)
		return units_read(units_count, s, "", 1, v);
	if (*s < '0' || *s > '9')
		return false;
	*v = strtoull(s, &end, 0);
	return !*end;
}

static bool value(struct label_term *t, char *text)
{
	char *slash = strchr(text, '/'), *dash = strchr(text, '-');

	if (slash) {
		*slash = 0;
		t->masked = true;
		return names_bits(t->fact) && number(t->fact, text, &t->lo) &&
		       number(t->fact, slash + 1, &t->hi) && !(t->lo & ~t->hi);
	}
	if (!dash) {
		if (!number(t->fact, text, &t->lo))
			return false;
		t->hi = t->lo;
		return true;
	}
	*dash = 0;
	t->lo = 0;
	t->hi = UINT64_MAX;
	if (!*text && !dash[1])
		return false;
	return (!*text || number(t->fact, text, &t->lo)) &&
	       (!dash[1] || number(t->fact, dash + 1, &t->hi)) && t->lo <= t->hi;
}

static bool say(char *why, size_t size, const char *fmt, const char *word)
{
	snprintf(why, size, fmt, word);
	return false;
}

static bool term(struct label_rule *rule, const char *fact, const char *text, char *why,
		 size_t size)
{
	struct label_term *t = &rule->terms[rule->n];
	char copy[64];
	uint8_t f;

	for (f = 0; f < FACTS && strcmp(facts[f], fact); f++)
		;
	if (f == FACTS)
		return say(why, size,
			   "a rule can test mark, connmark, priority, dscp, cgroup, proto, "
			   "sport, dport, port, bytes, packets, duration and retrans, not '%.40s'",
			   fact);
	if (rule->n == LABEL_TERMS)
		return say(why, size, "a rule tests at most six facts: '%.40s' is one too many",
			   fact);
	memset(t, 0, sizeof(*t));
	t->fact = f;
	snprintf(copy, sizeof(copy), "%s", text);
	if (strlen(text) >= sizeof(copy) || !value(t, copy))
		return say(why, size,
			   names_bits(f) ? "'%.40s' is neither VALUE, VALUE/MASK nor LEAST-GREATEST"
					 : "'%.40s' is neither a value nor LEAST-GREATEST",
			   text);
	rule->n++;
	return true;
}

bool label_parse(const char *text, struct label_rule *rule, char *why, size_t size)
{
	char copy[512], *word, *arg, *save = NULL;

	memset(rule, 0, sizeof(*rule));
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return say(why, size, "a rule has at most 511 characters%s", "");
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		arg = strtok_r(NULL, " \t", &save);
		if (!arg)
			return say(why, size, "'%.40s' needs a value after it", word);
		if (*rule->class)
			return say(why, size, "nothing may follow the class: '%.40s'",
				   word);
		if (strcmp(word, "class")) {
			if (!term(rule, word, arg, why, size))
				return false;
		} else if (!lq_name_ok(arg)) {
			return say(why, size, "'%.40s' is not a class name", arg);
		} else {
			snprintf(rule->class, sizeof(rule->class), "%s", arg);
		}
	}
	if (!*rule->class)
		return say(why, size, "a rule ends with class and its name%s", "");
	return rule->n || say(why, size, "a rule without a fact would hold for every flow%s", "");
}

static bool in_term(const struct label_term *t, uint64_t v)
{
	return t->masked ? (v & t->hi) == t->lo : v >= t->lo && v <= t->hi;
}

static bool holds(const struct label_term *t, const struct label_facts *f)
{
	if (t->fact == FACT_PORT)
		return ((f->known & 1u << FACT_SPORT) && in_term(t, f->v[FACT_SPORT])) ||
		       ((f->known & 1u << FACT_DPORT) && in_term(t, f->v[FACT_DPORT]));
	return (f->known & 1u << t->fact) && in_term(t, f->v[t->fact]);
}

const char *label_class(const struct label_rules *rules, const struct label_facts *f)
{
	const struct label_rule *r;
	uint32_t i, k;

	for (i = 0; i < rules->n; i++) {
		r = &rules->rule[i];
		for (k = 0; k < r->n && holds(&r->terms[k], f); k++)
			;
		if (k == r->n)
			return r->class;
	}
	return NULL;
}

/* --- values --- */

double label_value(uint32_t what, const struct label_facts *f, double so_far)
{
	double bytes = f->v[FACT_BYTES];

	if (what == LABEL_DURATION)
		return log2(1 + (double)f->v[FACT_DURATION]);
	if (what == LABEL_REMAINING)
		bytes = bytes > so_far ? bytes - so_far : 0;
	return log2(1 + bytes);
}

/* --- groups --- */

static uint32_t mix(uint64_t v)
{
	v *= 0x9e3779b97f4a7c15ull;
	v ^= v >> 32;
	return (uint32_t)v ? (uint32_t)v : 1;
}

uint32_t label_group(const struct label_facts *f)
{
	uint64_t port;

	if (f->peer)
		return mix(f->peer);
	if (f->known & 1u << FACT_DPORT) {
		port = f->v[FACT_DPORT];
		if ((f->known & 1u << FACT_SPORT) && f->v[FACT_SPORT] < port)
			port = f->v[FACT_SPORT];
		return mix(port << 8 | f->v[FACT_PROTO] | 1ull << 40);
	}
	if (f->known & 1u << FACT_CGROUP)
		return mix(f->v[FACT_CGROUP] | 1ull << 42);
	if (f->known & 1u << FACT_MARK)
		return mix(f->v[FACT_MARK] | 1ull << 41);
	return 1;
}
