/* SPDX-License-Identifier: GPL-2.0 */
/* The words of a hook: marks, priorities, actions for a class. */
#ifndef HOOK_WORDS_H
#define HOOK_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hook_action {
	bool has_mark, has_priority, has_label, accept, drop, log;
	uint32_t mark, priority, label;
};

#define HOOK_ACTION_TEXT	96
#define HOOK_ACTIONS	"mark=N, priority=MAJOR:MINOR, label=N, accept, drop or log"

/* A number, one of nft's names, or a name with an offset: -150, mangle, filter-10. */
bool hook_read_priority(const char *s, int32_t *v);

/* MARK or MARK/MASK */
bool hook_read_masked(const char *word, uint32_t *v, uint32_t *mask);

/* One of HOOK_ACTIONS: adds to *a. A label is 0 to 127. */
bool hook_read_action(const char *word, struct hook_action *a);

/* The actions separated by commas, in HOOK_ACTION_TEXT bytes. */
void hook_print_action(const struct hook_action *a, char *text, size_t n);

#endif /* HOOK_WORDS_H */
