/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What liteflow.conf(5) says, or what the kernel has, in the same words: sections with keys and
 * values in one canonical form, so that two of them can be compared as text.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "share.h"

#define CONF_FILE	CONF_DIR "/liteflow.conf"
#define CONF_VALUE_MAX	4096	/* of a value with the NUL: 64 classes of 31 characters fit */

/* In the order in which they are applied: attachments come after the slots that they use. */
enum conf_kind { CONF_SLOT, CONF_TCP, CONF_HOOK, CONF_QDISC, CONF_KINDS };

struct conf_entry {
	char *key, *value;
	int line;
};

struct conf_section {
	enum conf_kind kind;
	char *name;		/* "app"; "" for tcp; "eth0" or "eth0 parent 1:10" */
	int line;
	struct conf_entry *entries;
	size_t n;
};

struct conf {
	struct conf_section *sections;
	size_t n;
};

extern const char *const conf_kinds[CONF_KINDS];

/* Both return pointers into arrays, valid until the next section or key is added. */
struct conf_section *conf_add(struct conf *conf, enum conf_kind kind, const char *name, int line);
struct conf_section *conf_find(const struct conf *conf, enum conf_kind kind, const char *name);

/* NULL if the section (which may be NULL) does not have the key. */
const char *conf_get(const struct conf_section *s, const char *key);
struct conf_entry *conf_entry(const struct conf_section *s, const char *key);
void conf_set(struct conf_section *s, const char *key, const char *value, int line);

/* "[qdisc eth0 parent 1:10]" */
void conf_print_title(const struct conf_section *s, char *text, size_t n);
void conf_print(FILE *f, const struct conf *conf);
void conf_free(struct conf *conf);

/*
 * The device of a qdisc or hook section, into a buffer of IFNAMSIZ bytes. False if it has none.
 */
bool conf_device(const struct conf_section *s, char *dev, size_t n);

/* Where a qdisc is attached: "root" or "parent 1:10". */
const char *conf_place(const struct conf_section *s);

#endif /* CONF_H */
