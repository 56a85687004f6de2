// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl slot history NAME, and slot rollback NAME --to HASH
 *
 * The history is what the kernel has: the active generation, the one that a rollback returns to,
 * and those that flows still use. It forgets all others, and when each began.
 */
#include <string.h>

#include <lq/format.h>
#include <lq/name.h>

#include "args.h"
#include "listing.h"
#include "nl.h"
#include "slot.h"

#define DIGITS_MIN	4	/* the kernel's minimum: two bytes tell few generations apart */

static void add(struct json_object *array, struct json_object *g, const char *state)
{
	if (!g || !out_u64(g, "generation"))
		return;
	out_add_str(g, "state", state);
	json_object_array_add(array, json_object_get(g));
}

static int later_first(const void *a, const void *b)
{
	uint64_t x = out_u64(*(struct json_object *const *)a, "generation");
	uint64_t y = out_u64(*(struct json_object *const *)b, "generation");

	return x < y ? 1 : x > y ? -1 : 0;
}

static int read_history(struct nl *nl, const char *name, struct json_object **array)
{
	struct json_object *slots, *slot;
	int status = slot_read(nl, name, &slots);
	size_t i;

	if (status)
		return status;
	slot = json_object_array_get_idx(slots, 0);
	*array = json_object_new_array();
	add(*array, json_object_object_get(slot, "active"), "active");
	for (i = 0; i < out_length(slot, "old"); i++)
		add(*array, out_at(slot, "old", i), "old");
	json_object_array_sort(*array, later_first);
	json_object_put(slots);
	return 0;
}

static void cell_drift(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, "inferences"))
		snprintf(text, n, "%.1f%%", 100.0 * out_u64(o, key) / out_u64(o, "inferences"));
	else
		snprintf(text, n, "-");
}

static const struct out_column columns[] = {
	{ "GENERATION", "generation", NULL, true },
	{ "SNAPSHOT", "snapshot", NULL, false, COLOR_NAME },
	{ "HASH", "hash", out_cell_hash, false, COLOR_HASH },
	{ "STATE", "state", NULL, false },
	{ "FLOWS", "flows", NULL, true },
	{ "BORN", "born", NULL, true },
	{ "INFERENCES", "inferences", NULL, true },
	{ "DRIFT", "drifted", cell_drift, true },
};

static const struct listing history = {
	.read = read_history,
	LISTING_COLUMNS(columns),
	.none = "no generations: nothing has been activated",
};

LFCTL_COMMAND(slot_history)
{
	if (argc != 1 || !lq_name_ok(argv[0]))
		return lfctl_usage(cmd, "no slot given");
	return listing_list(ctl, &history, argv[0]);
}

/* Finds the snapshot of the history by the digits: its full hash. */
static int choose(struct json_object *array, const char *name, const char *digits,
		  const char **hash)
{
	const char *h;
	size_t i;

	*hash = NULL;
	for (i = 0; i < json_object_array_length(array); i++) {
		h = out_str(json_object_array_get_idx(array, i), "hash");
		if (strncasecmp(h, digits, strlen(digits)))
			continue;
		if (*hash && strcmp(*hash, h))
			return lfctl_fail("slot %s: several snapshots of its history have a hash "
					  "that begins with %s",
					  name, digits);
		*hash = h;
	}
	if (!*hash)
		return lfctl_fail("slot %s: no snapshot of its history has a hash that begins "
				  "with %s (`lfctl slot set` takes any)",
				  name, digits);
	return 0;
}

static int install(struct nl *nl, const char *name, const char *digits)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SLOT_INSTALL, 0);
	uint8_t hash[LQ_HASH_LEN];

	args_hex(digits, hash, sizeof(hash));
	mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, name);
	mnl_attr_put(nlh, LITEFLOW_A_SLOT_HASH, sizeof(hash), hash);
	mnl_attr_put(nlh, LITEFLOW_A_SLOT_ACTIVATE, 0, NULL);
	return nl_ask(nl, nlh) ? nl_fail(nl, "slot rollback %s --to %s", name, digits) : 0;
}

LFCTL_COMMAND(slot_rollback_to)
{
	struct json_object *array = NULL;
	uint8_t digits[LQ_HASH_LEN];
	const char *hash;
	struct nl nl;
	int status;

	if (!lq_name_ok(argv[0]))
		return lfctl_usage(cmd, "no slot given");
	if (argc != 3 || args_hex(argv[2], digits, sizeof(digits)) < DIGITS_MIN)
		return lfctl_usage(cmd, "--to needs %d or more digits of a hash, as `lfctl slot "
				   "history` has it",
				   DIGITS_MIN);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	status = read_history(&nl, argv[0], &array);
	if (!status)
		status = choose(array, argv[0], argv[2], &hash);
	if (!status)
		status = install(&nl, argv[0], hash);
	if (!status)
		slot_print_change(ctl, &nl, argv[0]);
	json_object_put(array);
	nl_close(&nl);
	return status;
}
