/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots as JSON:
 *
 *	name, pin, sample, attachments, swaps, forced, samples, samples_lost, swap_ns, flush_ms,
 *	seed, confidence (per cent; 0: none), buffers, history: [name of a part of its key]
 *	shadow			0: off; shadowed { every, running, runs, agreed,
 *				  differences: [{ mean, greatest }] }
 *	guard, trip		guard.h; absent where there is none
 *	active, standby		{ generation, snapshot, hash, flows, inferences, verdicts, born,
 *				  drifted, saturated, weight, stopped, terms (term.h),
 *				  classes: [{ name, count }] }; absent where there is none
 *	old			[the same]
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "lfctl.h"

struct json_object;
struct listing;
struct nl;
struct nlmsghdr;

/*
 * All slots of the namespace, or the one of that name (still as an array). Returns 0 or an exit
 * status.
 */
int slot_read(struct nl *nl, const char *name, struct json_object **array);

extern const struct listing slot_listing;

/*
 * slot_request.c. Checks that the first word is a slot name: 0, or an exit status after printing
 * the error.
 */
int slot_check_name(const struct command *cmd, int argc, char **argv);

/* Is it the word of an option of slot add and slot set? */
bool slot_is_option(const char *word);

/* slot_option.c. Values of a slot's options: false if the word is none. */
bool slot_parse_shadow(const char *word, uint32_t *every);	/* "off" is 0 */
bool slot_parse_flush(const char *word, uint32_t *ms);
bool slot_parse_buffers(const char *word, uint32_t *n);
bool slot_parse_confidence(const char *word, uint8_t *percent);	/* "70", "70%"; "off" is 0 */
bool slot_parse_history(const char *word, uint32_t *by);	/* "port,peer": bits */

#define SLOT_HISTORY_KEYS	4
extern const char *const slot_history_keys[SLOT_HISTORY_KEYS];
#define SLOT_HISTORY_TEXT	32	/* of all of them */

/* The keys' names in order, with commas: of bits, and of a slot's JSON. */
void slot_history_text(uint32_t by, char text[SLOT_HISTORY_TEXT]);
void slot_history_words(struct json_object *slot, char text[SLOT_HISTORY_TEXT]);

LFCTL_COMMAND(split_main);
LFCTL_COMMAND(guard_main);

/* A request about the slot. */
struct nlmsghdr *slot_request(struct nl *nl, uint8_t cmd, const char *name);

/* If the kernel had nothing to do it says so, which is not a warning. */
void slot_print_change(const struct lfctl *ctl, const struct nl *nl, const char *name);

/* slot_history.c: slot history NAME, and slot rollback NAME --to HASH. */
LFCTL_COMMAND(slot_history);
LFCTL_COMMAND(slot_rollback_to);

#endif /* SLOT_H */
