/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keys of each kind of section: which there are, what their values may be, and what holds where
 * they are missing.
 */
#ifndef CONF_KEY_H
#define CONF_KEY_H

#include "conf.h"

struct conf_key {
	const char *name;
	bool (*read)(const char *in, char *out, size_t n);	/* to the canonical form */
	const char *what;	/* what it is, for a sentence */
	const char *def;	/* what the kernel has if nothing is said; NULL: no such thing */
	bool fixed;		/* only when the thing is made */
	bool required;
	bool file_only;		/* for the file's reader: the kernel knows nothing of it */
};

/* Ends with a row without name. */
const struct conf_key *conf_keys(enum conf_kind kind);

/* NULL where the kind has no such key. Parameters of a slot are "param.NAME". */
const struct conf_key *conf_key(enum conf_kind kind, const char *name);

/*
 * The canonical form of a value, in CONF_VALUE_MAX bytes. Returns false where it is not good: why
 * is conf_key->what.
 */
bool conf_canonical(const struct conf_key *key, const char *name, const char *in, char *out);

/* "PARENT" as tc prints it: 1:, 1:a. */
bool conf_read_parent(const char *in, char *out, size_t n);

#endif /* CONF_KEY_H */
