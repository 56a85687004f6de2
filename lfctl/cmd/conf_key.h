/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keys of each kind of section: names, valid values, and defaults.
 */
#ifndef CONF_KEY_H
#define CONF_KEY_H

#include "conf.h"

struct conf_key {
	const char *name;
	bool (*read)(const char *in, char *out, size_t n);	/* to the canonical form */
	const char *what;	/* what the value is, for an error message */
	const char *def;	/* the kernel's default; NULL: there is none */
	bool fixed;		/* can only be set at creation */
	bool required;
	bool file_only;		/* for the file only: unknown to the kernel */
};

/* Ends with a row without a name. */
const struct conf_key *conf_keys(enum conf_kind kind);

/* NULL if the kind has no such key. Parameters of a slot are "param.NAME". */
const struct conf_key *conf_key(enum conf_kind kind, const char *name);

/*
 * The canonical form of a value, in CONF_VALUE_MAX bytes. Returns false if it is invalid:
 * conf_key->what says what is expected.
 */
bool conf_canonical(const struct conf_key *key, const char *name, const char *in, char *out);

/* "PARENT" as tc prints it: 1:, 1:a. */
bool conf_read_parent(const char *in, char *out, size_t n);

#endif /* CONF_KEY_H */
