/* SPDX-License-Identifier: GPL-2.0 */
/* Local to settings.c (the table of keys) and settings_value.c (which reads their values). */
#ifndef LFD_SETTINGS_KEY_H
#define LFD_SETTINGS_KEY_H

#include "settings.h"

#include <stdio.h>

enum settings_type {
	KEY_NAME, KEY_PATH, KEY_SIZE, KEY_COUNT, KEY_SHARE, KEY_TIME, KEY_WORD, KEY_BOOL, KEY_CPUS,
	KEY_LAYERS, KEY_ARMS, KEY_RULE, KEY_OUTCOME,
};

struct settings_key {
	const char *section, *name;
	enum settings_type type;
	size_t at;			/* in struct settings */
	double least, most;		/* of numbers, in their own units; of times in seconds */
	const char *const *words;
};

#define SETTINGS_KEYS_MAX	64

struct settings_reader {
	struct settings *s;
	const char *path;
	FILE *f;
	int line, faults;
	int seen[SETTINGS_KEYS_MAX];	/* line of each key */
};

/* Prints "FILE:LINE: message", or without the line if it is 0, and counts it. */
void settings_fault(struct settings_reader *r, int line, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/* Sets the key's member from @value, or reports why not. */
void settings_set(struct settings_reader *r, const struct settings_key *k, const char *value);

#endif /* LFD_SETTINGS_KEY_H */
