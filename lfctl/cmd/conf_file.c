// SPDX-License-Identifier: GPL-2.0
/*
 * inih splits the file into sections, keys and values. Its handler gets neither line numbers nor
 * sections without keys: the function that reads lines for it counts lines and sees those sections.
 * A line that begins with a blank continues the value of the line before.
 */
#include "conf_file.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <ini.h>

#include <lq/name.h>

#include "conf_key.h"
#include "lfctl.h"

#define NEITHER	"neither [SECTION] nor KEY = VALUE"

struct reader {
	FILE *f;
	const char *path;
	struct conf *conf;
	int line;
	int status;			/* after the first error nothing else is checked */
	bool goes_on;			/* this line begins with a blank */
	bool open;			/* a key of this section has been seen */
};

static int complain(struct reader *r, int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (r->status)
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->status = lfctl_fail("%s:%d: %s", r->path, line, text);
	return 0;
}

/* --- sections --- */

static bool device_ok(const char *dev, char *out)
{
	const struct conf_key *key = conf_key(CONF_HOOK, "dev");

	return conf_canonical(key, "dev", dev, out);
}

/* "eth0", "eth0 parent 1:10": the words after "qdisc". */
static bool qdisc_name(char **words, int n, char *name, size_t size)
{
	char dev[CONF_VALUE_MAX], parent[16];

	if ((n != 1 && n != 3) || !device_ok(words[0], dev))
		return false;
	if (n == 1) {
		snprintf(name, size, "%s", words[0]);
		return true;
	}
	if (strcmp(words[1], "parent") || !conf_read_parent(words[2], parent, sizeof(parent)))
		return false;
	snprintf(name, size, "%s parent %s", words[0], parent);
	return true;
}

static bool section_name(enum conf_kind kind, char **words, int n, char *name, size_t size)
{
	*name = 0;
	if (kind == CONF_TCP)
		return n == 0;
	if (kind == CONF_QDISC)
		return qdisc_name(words, n, name, size);
	if (n == 1)
		snprintf(name, size, "%s", words[0]);
	return n == 1 && lq_name_ok(words[0]);
}

static int section_kind(const char *word)
{
	int kind;

	for (kind = 0; kind < CONF_KINDS; kind++)
		if (!strcmp(word, conf_kinds[kind]))
			return kind;
	return -1;
}

static void new_section(struct reader *r, const char *title)
{
	char text[64], name[64], *words[5], *word, *save = NULL;
	struct conf_section *before;
	int n = 0, kind;

	snprintf(text, sizeof(text), "%s", title);
	for (word = strtok_r(text, " \t", &save); word && n < 5;
	     word = strtok_r(NULL, " \t", &save))
		words[n++] = word;
	kind = n ? section_kind(words[0]) : -1;
	if (kind < 0 || !section_name(kind, words + 1, n - 1, name, sizeof(name))) {
		complain(r, r->line,
			 "[%.40s] is not [slot NAME], [tcp], [hook NAME], [qdisc DEVICE] or "
			 "[qdisc DEVICE parent MAJOR:MINOR]",
			 title);
		return;
	}
	before = conf_find(r->conf, kind, name);
	if (before)
		complain(r, r->line, "[%.40s] is in line %d already", title, before->line);
	else
		conf_add(r->conf, kind, name, r->line);
}

/* --- lines --- */

/* "[...]" counts only where inih takes it for a section, too. */
static void look_at(struct reader *r, const char *line)
{
	const char *start, *end;
	char title[64];

	if (r->line == 1 && !strncmp(line, "\xef\xbb\xbf", 3))
		line += 3;
	start = line + strspn(line, " \t\r\n");
	r->goes_on = start > line && r->open && *start;
	if (r->goes_on || *start != '[')
		return;
	end = strchr(start, ']');
	if (!end) {
		complain(r, r->line, NEITHER);
		return;
	}
	r->open = false;
	snprintf(title, sizeof(title), "%.*s", (int)(end - start - 1), start + 1);
	new_section(r, title);
}

/* As fgets(), for inih. */
static char *next_line(char *line, int size, void *data)
{
	struct reader *r = data;
	int c, n = 0;

	if (r->status)
		return NULL;
	while ((c = getc(r->f)) != EOF) {
		if (!c || n == size - 2) {
			complain(r, r->line + 1,
				 c ? "a line has at most %d characters (a line that begins with a "
				     "blank continues the value)"
				   : "this is not text: it contains a NUL",
				 size - 2);
			return NULL;
		}
		line[n++] = c;
		if (c == '\n')
			break;
	}
	if (!n)
		return NULL;
	line[n] = 0;
	r->line++;
	look_at(r, line);
	return line;
}

/* --- keys --- */

/* Called at the end of the file: only then are all values complete. */
static void check_value(struct reader *r, struct conf_section *s, struct conf_entry *e)
{
	const struct conf_key *key = conf_key(s->kind, e->key);
	char out[CONF_VALUE_MAX];

	if (!conf_canonical(key, e->key, e->value, out))
		complain(r, e->line, "%s is %s, not '%.64s'", e->key, key->what, e->value);
	else
		conf_set(s, e->key, out, 0);
}

static int append(struct reader *r, struct conf_entry *e, struct conf_section *s, const char *value)
{
	char whole[CONF_VALUE_MAX];

	if ((size_t)snprintf(whole, sizeof(whole), "%s %s", e->value, value) >= sizeof(whole))
		return complain(r, e->line, "%s is longer than %d characters", e->key,
				CONF_VALUE_MAX - 1);
	conf_set(s, e->key, whole, 0);
	return 1;
}

static int key_seen(void *data, const char *section, const char *name, const char *value)
{
	struct reader *r = data;
	struct conf_section *s = r->conf->n ? &r->conf->sections[r->conf->n - 1] : NULL;
	struct conf_entry *e;

	if (r->status)
		return 0;
	if (!s || !*section)
		return complain(r, r->line, "'%.40s' is before the first section", name);
	e = conf_entry(s, name);
	if (e && r->goes_on)
		return append(r, e, s, value);
	if (e)
		return complain(r, r->line, "%s is in line %d already", name, e->line);
	if (!conf_key(s->kind, name))
		return complain(r, r->line, "'%.40s' is not a key of [%s ...]", name,
				conf_kinds[s->kind]);
	r->open = true;
	conf_set(s, name, value, r->line);
	return 1;
}

/* --- keys that depend on each other --- */

static void check_section(struct reader *r, struct conf_section *s)
{
	const struct conf_key *k;
	size_t i;

	for (i = 0; i < s->n; i++)
		check_value(r, s, &s->entries[i]);
	for (k = conf_keys(s->kind); k->name; k++)
		if (k->required && !conf_get(s, k->name))
			complain(r, s->line, "[%s %s] needs %s", conf_kinds[s->kind], s->name,
				 k->name);
	if (conf_get(s, "every") && conf_get(s, "phases"))
		complain(r, conf_entry(s, "phases")->line,
			 "every and phases are mutually exclusive");
	if (conf_get(s, "hash") && !conf_get(s, "snapshot"))
		complain(r, conf_entry(s, "hash")->line, "hash needs snapshot");
	if (s->kind == CONF_HOOK &&
	    !strcmp(conf_get(s, "family") ?: "", "netdev") != !!conf_get(s, "dev"))
		complain(r, s->line, "dev goes with family netdev, which needs it");
}

int conf_read_file(struct conf *conf, const char *path)
{
	struct reader r = { .path = path, .conf = conf };
	int err;
	size_t i;

	memset(conf, 0, sizeof(*conf));
	r.f = fopen(path, "re");
	if (!r.f)
		return lfctl_fail("%s: %m", path);
	errno = 0;
	err = ini_parse_stream(next_line, &r, key_seen, &r);
	if (ferror(r.f) && !r.status)
		r.status = lfctl_fail("%s: %m", path);
	fclose(r.f);
	if (err > 0)
		complain(&r, err, NEITHER);
	for (i = 0; i < conf->n && !r.status; i++)
		check_section(&r, &conf->sections[i]);
	return r.status;
}
