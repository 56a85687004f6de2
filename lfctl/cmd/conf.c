// SPDX-License-Identifier: GPL-2.0
#include "conf.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OUT	96	/* inih reads at most 199 characters of a line */

const char *const conf_kinds[CONF_KINDS] = { "slot", "tcp", "hook", "qdisc" };

static void *checked(void *p)
{
	if (!p) {
		fputs("lfctl: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

struct conf_section *conf_add(struct conf *conf, enum conf_kind kind, const char *name, int line)
{
	struct conf_section *s;

	conf->sections = checked(realloc(conf->sections, (conf->n + 1) * sizeof(*s)));
	s = &conf->sections[conf->n++];
	*s = (struct conf_section){ .kind = kind, .name = checked(strdup(name)), .line = line };
	return s;
}

struct conf_section *conf_find(const struct conf *conf, enum conf_kind kind, const char *name)
{
	size_t i;

	for (i = 0; i < conf->n; i++)
		if (conf->sections[i].kind == kind && !strcmp(conf->sections[i].name, name))
			return &conf->sections[i];
	return NULL;
}

struct conf_entry *conf_entry(const struct conf_section *s, const char *key)
{
	size_t i;

	for (i = 0; s && i < s->n; i++)
		if (!strcmp(s->entries[i].key, key))
			return &s->entries[i];
	return NULL;
}

const char *conf_get(const struct conf_section *s, const char *key)
{
	const struct conf_entry *e = conf_entry(s, key);

	return e ? e->value : NULL;
}

void conf_set(struct conf_section *s, const char *key, const char *value, int line)
{
	struct conf_entry *e = conf_entry(s, key);

	if (e) {
		free(e->value);
		e->value = checked(strdup(value));
		return;
	}
	s->entries = checked(realloc(s->entries, (s->n + 1) * sizeof(*e)));
	e = &s->entries[s->n++];
	*e = (struct conf_entry){ checked(strdup(key)), checked(strdup(value)), line };
}

void conf_print_title(const struct conf_section *s, char *text, size_t n)
{
	snprintf(text, n, "[%s%s%s]", conf_kinds[s->kind], *s->name ? " " : "", s->name);
}

/* A long value continues in lines that begin with a blank. */
static void print_entry(FILE *f, const struct conf_entry *e)
{
	size_t at = fprintf(f, "%s =", e->key);
	const char *word = e->value;
	int n;

	while (*word) {
		n = strcspn(word, " ");
		if (at + 1 + n > LINE_MAX_OUT && word != e->value)
			at = fprintf(f, "\n\t%.*s", n, word) + 6;
		else
			at += fprintf(f, " %.*s", n, word);
		word += n + strspn(word + n, " ");
	}
	fputc('\n', f);
}

void conf_print(FILE *f, const struct conf *conf)
{
	char title[128];
	size_t i, j;

	for (i = 0; i < conf->n; i++) {
		conf_print_title(&conf->sections[i], title, sizeof(title));
		fprintf(f, "%s%s\n", i ? "\n" : "", title);
		for (j = 0; j < conf->sections[i].n; j++)
			print_entry(f, &conf->sections[i].entries[j]);
	}
}

void conf_free(struct conf *conf)
{
	struct conf_section *s;
	size_t i;

	for (s = conf->sections; s < conf->sections + conf->n; s++) {
		for (i = 0; i < s->n; i++) {
			free(s->entries[i].key);
			free(s->entries[i].value);
		}
		free(s->entries);
		free(s->name);
	}
	free(conf->sections);
	memset(conf, 0, sizeof(*conf));
}

bool conf_device(const struct conf_section *s, char *dev, size_t n)
{
	const char *from = s->kind == CONF_QDISC ? s->name : conf_get(s, "dev");

	if (!from || s->kind == CONF_SLOT || s->kind == CONF_TCP)
		return false;
	snprintf(dev, n, "%.*s", (int)strcspn(from, " "), from);
	return true;
}

const char *conf_place(const struct conf_section *s)
{
	const char *blank = strchr(s->name, ' ');

	return blank ? blank + 1 : "root";
}
