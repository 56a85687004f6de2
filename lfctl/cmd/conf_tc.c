// SPDX-License-Identifier: GPL-2.0
/*
 * Uses tc rather than rtnetlink: only its plugin knows the names and layout of the options. It
 * prints them in a form that it also accepts, and explains what is wrong with an option; and tc
 * does the same for any other qdisc, such as the one that was there before.
 */
#include "conf_tc.h"

#include <stdlib.h>
#include <string.h>

#include "conf_key.h"
#include "lfctl.h"
#include "spawn.h"

#define AUTO_HANDLE	0x8000	/* from here on the kernel assigns them */
#define WORDS_MAX	256

/* --- reading --- */

static const char *word(const char **at, char *text, size_t n)
{
	size_t len;

	*at += strspn(*at, " ");
	len = strcspn(*at, " ");
	snprintf(text, n, "%.*s", (int)len, *at);
	*at += len;
	return text;
}

/*
 * "qdisc KIND HANDLE dev DEV root|parent ID [refcnt N] [offloaded] OPTIONS". False for any other
 * position.
 */
static bool parse(const char *line, struct tc_qdisc *q)
{
	char text[64];
	const char *at = line, *before;

	if (strcmp(word(&at, text, sizeof(text)), "qdisc"))
		return false;
	word(&at, q->kind, sizeof(q->kind));
	word(&at, q->handle, sizeof(q->handle));
	if (strcmp(word(&at, text, sizeof(text)), "dev"))
		return false;
	word(&at, q->dev, sizeof(q->dev));
	word(&at, text, sizeof(text));
	strcpy(q->place, "root");
	if (!strcmp(text, "parent"))
		snprintf(q->place, sizeof(q->place), "parent %.16s", word(&at, text, 16));
	else if (strcmp(text, "root"))
		return false;
	for (before = at;
	     !strcmp(word(&at, text, sizeof(text)), "refcnt") || !strcmp(text, "offloaded");
	     before = at)
		if (!strcmp(text, "refcnt"))
			word(&at, text, sizeof(text));
	q->options = before + strspn(before, " ");
	return true;
}

int tc_read(struct tc_list *list)
{
	char *argv[] = { "tc", "qdisc", "show", NULL }, *line, *save = NULL;
	int status;

	memset(list, 0, sizeof(*list));
	status = spawn_read(argv, &list->text);
	if (status) {
		tc_free(list);
		return status < 0 ? lfctl_fail("tc (iproute2) cannot be run: %m")
				  : lfctl_fail("tc qdisc show failed");
	}
	for (line = strtok_r(list->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		list->qdiscs = realloc(list->qdiscs, (list->n + 1) * sizeof(*list->qdiscs));
		if (!list->qdiscs)
			return lfctl_fail("out of memory");
		list->n += parse(line, &list->qdiscs[list->n]);
	}
	return 0;
}

void tc_free(struct tc_list *list)
{
	free(list->qdiscs);
	free(list->text);
	memset(list, 0, sizeof(*list));
}

const struct tc_qdisc *tc_at(const struct tc_list *list, const char *dev, const char *place)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!strcmp(list->qdiscs[i].dev, dev) && !strcmp(list->qdiscs[i].place, place))
			return &list->qdiscs[i];
	return NULL;
}

bool tc_is_default(const struct tc_qdisc *q)
{
	return !q || !strcmp(q->handle, "0:");
}

bool tc_can_come_back(const struct tc_qdisc *q)
{
	static const char *const kinds[] = {
		"liteflow", "pfifo_fast", "pfifo", "bfifo",  "fq_codel", "fq",
		"cake",	    "sfq",	  "pie",   "fq_pie", "codel",
	};
	size_t i;

	if (tc_is_default(q))
		return true;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(q->kind, kinds[i]))
			return true;
	return false;
}

/* --- to sections --- */

static int is_key(const char *text)
{
	return conf_key(CONF_QDISC, text) && strcmp(text, "handle") && strcmp(text, "fallback");
}

static void set(struct conf_section *s, const char *key, const char *value)
{
	char out[CONF_VALUE_MAX];

	if (conf_canonical(conf_key(CONF_QDISC, key), key, value, out))
		conf_set(s, key, out, 0);
}

static const struct {
	const char *key, *on, *off;
} flags[] = {
	{ "ecn", "ecn", "noecn" },
	{ "inner", "inner", "noinner" },
	{ "split-gso", "split-gso", "no-split-gso" },
};

#define N_FLAGS	(sizeof(flags) / sizeof(flags[0]))

const char *tc_flag(const char *key, bool on)
{
	size_t i;

	for (i = 0; i < N_FLAGS; i++)
		if (!strcmp(key, flags[i].key))
			return on ? flags[i].on : flags[i].off;
	return NULL;
}

static bool set_flag(struct conf_section *s, const char *word)
{
	size_t i;

	for (i = 0; i < N_FLAGS; i++) {
		if (strcmp(word, flags[i].on) && strcmp(word, flags[i].off))
			continue;
		conf_set(s, flags[i].key, strcmp(word, flags[i].on) ? "off" : "on", 0);
		return true;
	}
	return false;
}

static void options(struct conf_section *s, const char *at)
{
	char key[64] = "", text[64], value[CONF_VALUE_MAX] = "";
	size_t n = 0;

	while (*word(&at, text, sizeof(text))) {
		if (*key && !n) {	/* a slot may have the name of an option */
			n = snprintf(value, sizeof(value), "%s", text);
		} else if (set_flag(s, text)) {
			continue;
		} else if (is_key(text)) {
			if (*key)
				set(s, key, value);
			strcpy(key, text);
			*value = n = 0;
		} else if (n < sizeof(value)) {
			n += snprintf(value + n, sizeof(value) - n, "%s%s", n ? " " : "", text);
		}
	}
	if (*key)
		set(s, key, value);
}

static void section(struct conf *conf, const struct tc_qdisc *q)
{
	char name[80];
	struct conf_section *s;

	snprintf(name, sizeof(name), "%s%s%s", q->dev, strcmp(q->place, "root") ? " " : "",
		 strcmp(q->place, "root") ? q->place : "");
	s = conf_add(conf, CONF_QDISC, name, 0);
	if (strtoul(q->handle, NULL, 16) < AUTO_HANDLE)
		conf_set(s, "handle", q->handle, 0);
	options(s, q->options);
}

int tc_sections(const struct tc_list *list, struct conf *conf)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (strcmp(list->qdiscs[i].kind, "liteflow"))
			continue;
		if (strncmp(list->qdiscs[i].options, "slot ", 5))
			return lfctl_fail("tc cannot read the options of qdisc liteflow of %s: its "
					  "plugin q_liteflow.so "
					  "is missing",
					  list->qdiscs[i].dev);
		section(conf, &list->qdiscs[i]);
	}
	return 0;
}
