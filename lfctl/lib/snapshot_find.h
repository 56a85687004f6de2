/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot of the kernel by its name or hash. */
#ifndef SNAPSHOT_FIND_H
#define SNAPSHOT_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include <lq/format.h>

struct json_object;
struct nl;
struct nlmsghdr;

/* How a command line names a snapshot: exactly one of the two is set. */
struct snapshot_ref {
	bool by_hash;
	uint8_t hash[LQ_HASH_LEN];
	char name[LQ_NAME_LEN];
};

/* Can this word be a name, or the first 8 or more digits of a hash? Needs no kernel. */
bool snapshot_word_ok(const char *word);

/*
 * Resolves the word: a snapshot of that name if there is one, else the only one whose hash begins
 * with it. Returns 0, or an exit status after printing the error.
 */
int snapshot_resolve(struct nl *nl, const char *word, struct snapshot_ref *ref);

/*
 * All snapshots, without inputs and outputs: 0, or an exit status after printing the error. Or one,
 * with them: 0 or -1.
 */
int snapshot_get_all(struct nl *nl, struct json_object **array);
int snapshot_get(struct nl *nl, const struct snapshot_ref *ref, struct json_object **o);

/* Adds it to a request. */
void snapshot_put_ref(struct nlmsghdr *nlh, const struct snapshot_ref *ref);

/*
 * Everything about the snapshot with this hash, inputs and outputs included; NULL if it is gone.
 * Hex digits, all or the first 8 or more, an even number.
 */
struct json_object *snapshot_by_hash(struct nl *nl, const char *hex);

/* The same for the latest with this name. */
struct json_object *snapshot_by_name(struct nl *nl, const char *name);

#endif /* SNAPSHOT_FIND_H */
