// SPDX-License-Identifier: GPL-2.0
/* lfctl slot add | set | activate | rollback | del | list | show; slot_history.c has history */
#include "slot.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include <lq/name.h>

#include "args.h"
#include "commands.h"
#include "listing.h"
#include "nl.h"
#include "param.h"
#include "share.h"
#include "snapshot.h"

static const char *const pins[] = { "flow", "none" };

/* --- add, set --- */

enum slot_option { PIN, SAMPLE, BUDGET, SHADOW, FLUSH, CONFIDENCE, BUFFERS, HISTORY, OPTIONS };

struct slot_args {
	const char *snapshot;	/* NULL: none to install */
	bool activate, given[OPTIONS], any;
	uint8_t pin, confidence;
	uint32_t sample, budget, shadow, flush, buffers, history;
};

static bool read_pin(const char *word, struct slot_args *a)
{
	int pin = args_word(word, pins, 2);

	a->pin = pin;
	return pin >= 0;
}

static bool read_sample(const char *word, struct slot_args *a)
{
	return args_u32(word, UINT32_MAX, &a->sample);
}

/* In nanoseconds; "none" is 0. */
static bool read_budget(const char *word, struct slot_args *a)
{
	uint64_t ns = 0;

	if (strcmp(word, "none") && (!args_time(word, &ns) || ns > UINT32_MAX))
		return false;
	a->budget = ns;
	return true;
}

static bool read_history(const char *word, struct slot_args *a)
{
	return slot_parse_history(word, &a->history);
}

static bool read_shadow(const char *word, struct slot_args *a)
{
	return slot_parse_shadow(word, &a->shadow);
}

static bool read_flush(const char *word, struct slot_args *a)
{
	return slot_parse_flush(word, &a->flush);
}

static bool read_confidence(const char *word, struct slot_args *a)
{
	return slot_parse_confidence(word, &a->confidence);
}

static bool read_buffers(const char *word, struct slot_args *a)
{
	return slot_parse_buffers(word, &a->buffers);
}

static const struct {
	const char *word;
	bool (*read)(const char *word, struct slot_args *a);
	const char *what;
} options[OPTIONS] = {
	[PIN] = { "pin", read_pin, "flow or none" },
	[SAMPLE] = { "sample", read_sample, "a number from 0 to 4294967295" },
	[BUDGET] = { "budget", read_budget, "a time from 1ns to 4s, like 2us, or none" },
	[SHADOW] = { "shadow", read_shadow, "a number from 0 to 4294967295, or off" },
	[FLUSH] = { "flush", read_flush, "a time from 10ms to 10s in whole milliseconds" },
	[CONFIDENCE] = { "confidence", read_confidence, "a percentage from 0 to 99, or off" },
	[BUFFERS] = { "buffers", read_buffers, "a number from 2 to 1024" },
	[HISTORY] = { "history", read_history,
		      "one or more of port, peer, source and dscp, with commas" },
};

static int option_of(const char *word)
{
	int i;

	for (i = 0; i < OPTIONS; i++)
		if (!strcmp(word, options[i].word))
			return i;
	return -1;
}

bool slot_is_option(const char *word)
{
	return option_of(word) >= 0;
}

static int parse_option(const struct command *cmd, struct slot_args *a, int option,
			const char *word)
{
	if (!options[option].read(word, a))
		return lfctl_usage(cmd, "%s is %s, not '%s'", options[option].word,
				   options[option].what, word);
	a->given[option] = true;
	a->any = true;
	return 0;
}

/* [SNAPSHOT] [activate] [OPTION VALUE]... */
static int parse_args(const struct command *cmd, struct slot_args *a, bool install, int argc,
		      char **argv)
{
	int i, option, status;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < argc; i++) {
		option = option_of(argv[i]);
		if (option >= 0 || (install && !strcmp(argv[i], "snapshot"))) {
			if (i + 1 == argc)
				return lfctl_usage(cmd, "%s needs a value", argv[i]);
			i++;
		}
		if (option >= 0) {
			status = parse_option(cmd, a, option, argv[i]);
			if (status)
				return status;
		} else if (install && !strcmp(argv[i], "activate")) {
			a->activate = true;
		} else if (install && !a->snapshot) {
			a->snapshot = argv[i];
		} else {
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		}
	}
	return 0;
}

static int send_options(struct nl *nl, uint8_t cmd, const char *verb, const char *name,
			const struct slot_args *a)
{
	struct nlmsghdr *nlh = slot_request(nl, cmd, name);

	if (a->given[PIN])
		mnl_attr_put_u8(nlh, LITEFLOW_A_SLOT_PIN, a->pin);
	if (a->given[SAMPLE])
		mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_SAMPLE, a->sample);
	if (a->given[BUDGET])
		mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_BUDGET, a->budget);
	if (a->given[SHADOW])
		mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_SHADOW, a->shadow);
	if (a->given[FLUSH])
		mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_FLUSH, a->flush);
	if (a->given[CONFIDENCE])
		mnl_attr_put_u8(nlh, LITEFLOW_A_SLOT_CONFIDENCE, a->confidence);
	if (a->given[BUFFERS])
		mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_BUFFERS, a->buffers);
	if (a->given[HISTORY])
		mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_HISTORY, a->history);
	return nl_talk(nl, nlh) ? nl_fail(nl, "slot %s %s", verb, name) : 0;
}

static LFCTL_COMMAND(add)
{
	struct slot_args a;
	struct nl nl;
	int status = slot_check_name(cmd, argc, argv);

	if (!status)
		status = parse_args(cmd, &a, false, argc - 1, argv + 1);
	if (!status)
		status = nl_open(&nl, ctl);
	if (status)
		return status;
	status = send_options(&nl, LITEFLOW_CMD_SLOT_NEW, "add", argv[0], &a);
	nl_close(&nl);
	return status;
}

static bool is_path(const char *word)
{
	struct stat st;

	return strchr(word, '/') || (!stat(word, &st) && !S_ISDIR(st.st_mode));
}

/* A file, a loaded snapshot, or an installed one, which is then loaded. */
static int find(struct nl *nl, const char *word, struct snapshot_ref *ref)
{
	struct json_object *loaded;
	char path[PATH_MAX];

	if (is_path(word))
		return snapshot_load_file(nl, word, ref);
	loaded = lq_name_ok(word) ? snapshot_by_name(nl, word) : NULL;
	json_object_put(loaded);
	if (!loaded && share_find(word, path, sizeof(path)))
		return snapshot_load_file(nl, path, ref);
	return snapshot_resolve(nl, word, ref);
}

static int install(const struct lfctl *ctl, struct nl *nl, const char *name,
		   const struct slot_args *a)
{
	struct snapshot_ref ref;
	struct nlmsghdr *nlh;
	int status;

	status = find(nl, a->snapshot, &ref);
	if (status)
		return status;
	nlh = slot_request(nl, LITEFLOW_CMD_SLOT_INSTALL, name);
	if (ref.by_hash)
		mnl_attr_put(nlh, LITEFLOW_A_SLOT_HASH, sizeof(ref.hash), ref.hash);
	else
		mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_SNAPSHOT, ref.name);
	if (a->activate)
		mnl_attr_put(nlh, LITEFLOW_A_SLOT_ACTIVATE, 0, NULL);
	if (nl_ask(nl, nlh))
		return nl_fail(nl, "slot set %s %s", name, a->snapshot);
	slot_print_change(ctl, nl, name);
	return 0;
}

static LFCTL_COMMAND(set)
{
	struct slot_args a;
	struct nl nl;
	int status = slot_check_name(cmd, argc, argv);

	if (!status)
		status = parse_args(cmd, &a, true, argc - 1, argv + 1);
	if (status)
		return status;
	if (a.activate && !a.snapshot)
		return lfctl_usage(cmd, "activate needs a snapshot (lfctl slot activate %s "
				   "activates the standby one)",
				   argv[0]);
	if (!a.snapshot && !a.any)
		return lfctl_usage(cmd, "set what?");
	if (a.snapshot && !is_path(a.snapshot) && !snapshot_word_ok(a.snapshot))
		return lfctl_usage(cmd, "'%s' is neither a file nor a name nor a hash", a.snapshot);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	if (a.any)
		status = send_options(&nl, LITEFLOW_CMD_SLOT_SET, "set", argv[0], &a);
	if (!status && a.snapshot)
		status = install(ctl, &nl, argv[0], &a);
	nl_close(&nl);
	return status;
}

/* --- activate, rollback, del --- */

static int simple(const struct lfctl *ctl, const struct command *cmd, uint8_t nlcmd, bool force,
		  int argc, char **argv)
{
	struct nlmsghdr *nlh;
	struct nl nl;
	int status = slot_check_name(cmd, argc, argv);

	if (status)
		return status;
	if (argc > 1)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[1]);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	nlh = slot_request(&nl, nlcmd, argv[0]);
	if (force)
		mnl_attr_put(nlh, LITEFLOW_A_SLOT_FORCE, 0, NULL);
	if (nl_ask(&nl, nlh))
		status = nl_fail(&nl, "slot %s %s", cmd->name, argv[0]);
	else if (nlcmd == LITEFLOW_CMD_SLOT_ACTIVATE)
		slot_print_change(ctl, &nl, argv[0]);
	nl_close(&nl);
	return status;
}

static LFCTL_COMMAND(activate)
{
	return simple(ctl, cmd, LITEFLOW_CMD_SLOT_ACTIVATE, false, argc, argv);
}

static LFCTL_COMMAND(rollback)
{
	if (argc > 1 && !strcmp(argv[1], "--to"))
		return slot_rollback_to(ctl, cmd, argc, argv);
	return simple(ctl, cmd, LITEFLOW_CMD_SLOT_ROLLBACK, false, argc, argv);
}

static LFCTL_COMMAND(del)
{
	bool force = argc == 2 && !strcmp(argv[1], "force");

	return simple(ctl, cmd, LITEFLOW_CMD_SLOT_DEL, force, argc - force, argv);
}

/* --- list, show --- */

static LFCTL_COMMAND(list)
{
	if (argc)
		return lfctl_usage(cmd, "list takes no argument '%s'", argv[0]);
	return listing_list(ctl, &slot_listing, NULL);
}

static LFCTL_COMMAND(show)
{
	int status = slot_check_name(cmd, argc, argv);

	if (status)
		return status;
	if (argc > 1)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[1]);
	return listing_show(ctl, &slot_listing, argv[0]);
}

const struct command slot_commands[] = {
	{ "list", list, "", "all slots of the namespace", NULL },
	{ "add", add,
	  "NAME [pin flow|none] [sample N] [budget TIME|none] [shadow N|off] [flush TIME] "
	  "[confidence PERCENT|off] [buffers N] [history KEYS]",
	  "make an empty slot", NULL },
	{ "set", set,
	  "NAME [SNAPSHOT|FILE [activate]] [pin flow|none] [sample N] [budget TIME|none] "
	  "[shadow N|off] [flush TIME] [confidence PERCENT|off] [buffers N] [history KEYS]",
	  "put a snapshot on the standby side, or activate it at once; change options", NULL },
	{ "param", param_main, "NAME [PARAMETER VALUE|default]...",
	  "parameters of a slot: list them, or set some", NULL },
	{ "split", split_main, "NAME ARM WEIGHT... [seed N] | NAME off",
	  "serve new flows by several snapshots; ARM is active, standby or a generation", NULL },
	{ "guard", guard_main,
	  "NAME [generation N] LIMIT... [window TIME] [least N] [to before|none] | "
	  "NAME [generation N] off",
	  "limits that the kernel enforces; LIMIT is drift P%, saturated P%, class P% or outcome "
	  "TERM BOUND",
	  NULL },
	{ "activate", activate, "NAME", "make the standby snapshot the active one", NULL },
	{ "rollback", rollback, "NAME [--to HASH]",
	  "make the snapshot that was active before active again, or another of its history",
	  NULL },
	{ "history", slot_history, "NAME",
	  "the generations that the kernel keeps, the latest first", NULL },
	{ "show", show, "NAME", "one slot with its generations and counters", NULL },
	{ "del", del, "NAME [force]", "delete a slot, with force even if attachments use it",
	  NULL },
	{ 0 }
};
