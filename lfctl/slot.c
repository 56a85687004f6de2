// SPDX-License-Identifier: GPL-2.0
/* lfctl slot add | set | param | activate | rollback | del | list | show */
#include "slot.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "args.h"
#include "field.h"
#include "listing.h"
#include "nl.h"
#include "param.h"
#include "share.h"
#include "snapshot.h"

static const char *const pins[] = { "flow", "none" };

/* --- Decoding --- */

static const struct field generation_fields[] = {
	{ "generation", LITEFLOW_A_GENERATION_NUMBER, FIELD_U32 },
	{ "snapshot", LITEFLOW_A_GENERATION_SNAPSHOT_NAME, FIELD_STR },
	{ "hash", LITEFLOW_A_GENERATION_HASH, FIELD_HASH },
	{ "flows", LITEFLOW_A_GENERATION_FLOWS, FIELD_U32 },
	{ "inferences", LITEFLOW_A_GENERATION_INFERENCES, FIELD_U64 },
	{ "verdicts", LITEFLOW_A_GENERATION_VERDICTS, FIELD_U64 },
	{ "born", LITEFLOW_A_GENERATION_BORN, FIELD_U64 },
	{ "drifted", LITEFLOW_A_GENERATION_DRIFTED, FIELD_U64 },
	{ "classes", LITEFLOW_A_GENERATION_CLASS_COUNT, FIELD_U64S },
	{ 0 }
};

static const struct field fields[] = {
	{ "name", LITEFLOW_A_SLOT_NAME, FIELD_STR },
	{ "pin", LITEFLOW_A_SLOT_PIN, FIELD_NAME, FIELD_NAMES(pins) },
	{ "sample", LITEFLOW_A_SLOT_SAMPLE, FIELD_U32 },
	{ "budget_ns", LITEFLOW_A_SLOT_BUDGET, FIELD_U32 },
	{ "attachments", LITEFLOW_A_SLOT_ATTACHMENTS, FIELD_U32 },
	{ "swaps", LITEFLOW_A_SLOT_SWAPS, FIELD_U64 },
	{ "swap_ns", LITEFLOW_A_SLOT_SWAP_NS, FIELD_U64 },
	{ "forced", LITEFLOW_A_SLOT_FORCED, FIELD_U64 },
	{ "samples", LITEFLOW_A_SLOT_SAMPLES, FIELD_U64 },
	{ "samples_lost", LITEFLOW_A_SLOT_SAMPLES_LOST, FIELD_U64 },
	{ "params", LITEFLOW_A_SLOT_PARAM, FIELD_OBJECTS, FIELD_SUB(param_fields) },
	{ "active", LITEFLOW_A_SLOT_ACTIVE, FIELD_OBJECT, FIELD_SUB(generation_fields) },
	{ "standby", LITEFLOW_A_SLOT_STANDBY, FIELD_OBJECT, FIELD_SUB(generation_fields) },
	{ "old", LITEFLOW_A_SLOT_OLD, FIELD_OBJECTS, FIELD_SUB(generation_fields) },
	{ 0 }
};

/* --- Names of classes: the snapshots have them --- */

/* classes: from counts to [{ name, count }]; a class without a name has its number. */
static void name_classes(struct nl *nl, struct json_object *generation)
{
	struct json_object *snapshot, *classes, *o;
	size_t i, n = out_length(generation, "classes");
	char digits[24];

	if (!n)
		return;
	snapshot = snapshot_by_hash(nl, out_str(generation, "hash"));
	classes = json_object_new_array();
	for (i = 0; i < n; i++) {
		o = json_object_new_object();
		snprintf(digits, sizeof(digits), "%zu", i);
		out_add_str(o, "name", i < out_length(snapshot, "outputs") ? out_str(out_at(snapshot, "outputs", i), "name") :
									     digits);
		json_object_object_add(o, "count", json_object_get(out_at(generation, "classes", i)));
		json_object_array_add(classes, o);
	}
	json_object_object_add(generation, "classes", classes);
	json_object_put(snapshot);
}

static void name_all_classes(struct nl *nl, struct json_object *slot)
{
	size_t i;

	if (!out_has(slot, "old"))
		json_object_object_add(slot, "old", json_object_new_array());
	name_classes(nl, json_object_object_get(slot, "active"));
	name_classes(nl, json_object_object_get(slot, "standby"));
	for (i = 0; i < out_length(slot, "old"); i++)
		name_classes(nl, out_at(slot, "old", i));
}

int slot_read(struct nl *nl, const char *name, struct json_object **array)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SLOT_GET, name ? 0 : NLM_F_DUMP);
	size_t i;

	if (name)
		mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, name);
	if (nl_collect(nl, nlh, fields, array))
		return name ? nl_fail(nl, "slot %s", name) : nl_fail(nl, "slot list");
	for (i = 0; i < json_object_array_length(*array); i++) {
		name_all_classes(nl, json_object_array_get_idx(*array, i));
		param_name_all(json_object_array_get_idx(*array, i));
	}
	return 0;
}

/* --- add, set --- */

struct slot_args {
	const char *snapshot;	/* NULL: none to install */
	bool activate, have_pin, have_sample, have_budget;
	uint8_t pin;
	uint32_t sample, budget;
};

/* In nanoseconds; "none" is 0. */
static bool parse_budget(const char *word, uint32_t *budget)
{
	uint64_t ns = 0;

	if (strcmp(word, "none") && (!args_time(word, &ns) || ns > UINT32_MAX))
		return false;
	*budget = ns;
	return true;
}

static bool has_value(const char *word, bool install)
{
	return !strcmp(word, "pin") || !strcmp(word, "sample") || !strcmp(word, "budget") ||
	       (install && !strcmp(word, "snapshot"));
}

/* [SNAPSHOT] [activate] [pin flow|none] [sample N] [budget TIME|none], in any order. */
static int parse_args(const struct command *cmd, struct slot_args *a, bool install, int argc, char **argv)
{
	int i, pin;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < argc; i++) {
		if (has_value(argv[i], install)) {
			if (i + 1 == argc)
				return lfctl_usage(cmd, "%s wants a value", argv[i]);
			i++;
		}
		if (i && !strcmp(argv[i - 1], "pin")) {
			pin = args_word(argv[i], pins, 2);
			if (pin < 0)
				return lfctl_usage(cmd, "pin is flow or none, not '%s'", argv[i]);
			a->have_pin = true;
			a->pin = pin;
		} else if (i && !strcmp(argv[i - 1], "sample")) {
			if (!args_u32(argv[i], UINT32_MAX, &a->sample))
				return lfctl_usage(cmd, "sample is a number from 0 to %u, not '%s'", UINT32_MAX, argv[i]);
			a->have_sample = true;
		} else if (i && !strcmp(argv[i - 1], "budget")) {
			if (!parse_budget(argv[i], &a->budget))
				return lfctl_usage(cmd, "budget is a time from 1ns to 4s, like 2us, "
						   "or none, not '%s'", argv[i]);
			a->have_budget = true;
		} else if (install && !strcmp(argv[i], "activate")) {
			a->activate = true;
		} else if (install && !a->snapshot) {
			a->snapshot = argv[i];
		} else {
			return lfctl_usage(cmd, "what is '%s'?", argv[i]);
		}
	}
	return 0;
}

static int check_name(const struct command *cmd, int argc, char **argv)
{
	if (!argc)
		return lfctl_usage(cmd, "which slot?");
	if (!args_is_name(argv[0]))
		return lfctl_usage(cmd, "'%s' is no name: 1 to 31 of A-Z a-z 0-9 . _ -", argv[0]);
	return 0;
}

static struct nlmsghdr *request(struct nl *nl, uint8_t cmd, const char *name)
{
	struct nlmsghdr *nlh = nl_request(nl, cmd, 0);

	mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, name);
	return nlh;
}

static int send_options(struct nl *nl, uint8_t cmd, const char *verb, const char *name, const struct slot_args *a)
{
	struct nlmsghdr *nlh = request(nl, cmd, name);

	if (a->have_pin)
		mnl_attr_put_u8(nlh, LITEFLOW_A_SLOT_PIN, a->pin);
	if (a->have_sample)
		mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_SAMPLE, a->sample);
	if (a->have_budget)
		mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_BUDGET, a->budget);
	return nl_talk(nl, nlh) ? nl_fail(nl, "slot %s %s", verb, name) : 0;
}

static LFCTL_COMMAND(add)
{
	struct slot_args a;
	struct nl nl;
	int status = check_name(cmd, argc, argv);

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

/* Where the kernel had nothing to do it says so, which is no warning. */
static void print_change(const struct lfctl *ctl, const struct nl *nl, const char *name)
{
	struct json_object *o;

	if (!ctl->json) {
		if (*nl->note && !ctl->quiet)
			printf("slot %s: %s\n", name, nl->note);
		return;
	}
	o = json_object_new_object();
	out_add_str(o, "slot", name);
	out_add_bool(o, "changed", !*nl->note);
	out_json(o);
}

/* A file, a snapshot that is loaded, or else one that is installed and loaded now. */
static int find(struct nl *nl, const char *word, struct snapshot_ref *ref)
{
	struct json_object *loaded;
	char path[PATH_MAX];

	if (is_path(word))
		return snapshot_load_file(nl, word, ref);
	loaded = args_is_name(word) ? snapshot_by_name(nl, word) : NULL;
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
	nlh = request(nl, LITEFLOW_CMD_SLOT_INSTALL, name);
	if (ref.by_hash)
		mnl_attr_put(nlh, LITEFLOW_A_SLOT_HASH, sizeof(ref.hash), ref.hash);
	else
		mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_SNAPSHOT, ref.name);
	if (a->activate)
		mnl_attr_put(nlh, LITEFLOW_A_SLOT_ACTIVATE, 0, NULL);
	if (nl_ask(nl, nlh))
		return nl_fail(nl, "slot set %s %s", name, a->snapshot);
	print_change(ctl, nl, name);
	return 0;
}

static LFCTL_COMMAND(set)
{
	struct slot_args a;
	struct nl nl;
	int status = check_name(cmd, argc, argv);

	if (!status)
		status = parse_args(cmd, &a, true, argc - 1, argv + 1);
	if (status)
		return status;
	if (a.activate && !a.snapshot)
		return lfctl_usage(cmd, "activate which snapshot? (lfctl slot activate %s activates the standby one)", argv[0]);
	if (!a.snapshot && !a.have_pin && !a.have_sample && !a.have_budget)
		return lfctl_usage(cmd, "set what?");
	if (a.snapshot && !is_path(a.snapshot) && !snapshot_word_ok(a.snapshot))
		return lfctl_usage(cmd, "'%s' is neither a file nor a name nor a hash", a.snapshot);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	if (a.have_pin || a.have_sample || a.have_budget)
		status = send_options(&nl, LITEFLOW_CMD_SLOT_SET, "set", argv[0], &a);
	if (!status && a.snapshot)
		status = install(ctl, &nl, argv[0], &a);
	nl_close(&nl);
	return status;
}

/* --- activate, rollback, del --- */

static int simple(const struct lfctl *ctl, const struct command *cmd, uint8_t nlcmd, bool force, int argc, char **argv)
{
	struct nlmsghdr *nlh;
	struct nl nl;
	int status = check_name(cmd, argc, argv);

	if (status)
		return status;
	if (argc > 1)
		return lfctl_usage(cmd, "what is '%s'?", argv[1]);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	nlh = request(&nl, nlcmd, argv[0]);
	if (force)
		mnl_attr_put(nlh, LITEFLOW_A_SLOT_FORCE, 0, NULL);
	if (nl_ask(&nl, nlh))
		status = nl_fail(&nl, "slot %s %s", cmd->name, argv[0]);
	else if (nlcmd == LITEFLOW_CMD_SLOT_ACTIVATE)
		print_change(ctl, &nl, argv[0]);
	nl_close(&nl);
	return status;
}

static LFCTL_COMMAND(activate)
{
	return simple(ctl, cmd, LITEFLOW_CMD_SLOT_ACTIVATE, false, argc, argv);
}

static LFCTL_COMMAND(rollback)
{
	return simple(ctl, cmd, LITEFLOW_CMD_SLOT_ROLLBACK, false, argc, argv);
}

static LFCTL_COMMAND(del)
{
	bool force = argc == 2 && !strcmp(argv[1], "force");

	return simple(ctl, cmd, LITEFLOW_CMD_SLOT_DEL, force, argc - force, argv);
}

/* --- list, show --- */

static void cell_generation(struct json_object *o, const char *key, char *text, size_t n)
{
	struct json_object *g = json_object_object_get(o, key);

	if (!g)
		snprintf(text, n, "-");
	else if (out_u64(g, "generation"))
		snprintf(text, n, "%s/%" PRIu64, out_str(g, "snapshot"), out_u64(g, "generation"));
	else
		snprintf(text, n, "%s", out_str(g, "snapshot"));
}

static void cell_sample(struct json_object *o, const char *key, char *text, size_t n)
{
	uint64_t every = out_u64(o, key);

	if (every)
		snprintf(text, n, "1/%" PRIu64, every);
	else
		snprintf(text, n, "off");
}

static const struct out_column list_columns[] = {
	{ "NAME", "name", NULL, false },
	{ "ACTIVE", "active", cell_generation, false },
	{ "STANDBY", "standby", cell_generation, false },
	{ "PIN", "pin", NULL, false },
	{ "SAMPLE", "sample", cell_sample, true },
	{ "ATTACHMENTS", "attachments", NULL, true },
	{ "SWAPS", "swaps", NULL, true },
};

static void print_generation(const char *what, struct json_object *g)
{
	size_t i;

	if (!g)
		return;
	printf("%-8s %s", what, out_str(g, "snapshot"));
	if (out_u64(g, "generation"))
		printf(", generation %" PRIu64, out_u64(g, "generation"));
	printf(", hash %.*s\n", OUT_HASH_SHORT, out_str(g, "hash"));
	if (!out_u64(g, "generation"))
		return;
	printf("         flows %" PRIu64 ", born %" PRIu64 ", inferences %" PRIu64 ", verdicts %" PRIu64
	       ", drifted %" PRIu64 "\n",
	       out_u64(g, "flows"), out_u64(g, "born"), out_u64(g, "inferences"), out_u64(g, "verdicts"),
	       out_u64(g, "drifted"));
	for (i = 0; i < out_length(g, "classes"); i++)
		printf("         class %s %" PRIu64 "\n", out_str(out_at(g, "classes", i), "name"),
		       out_u64(out_at(g, "classes", i), "count"));
}

static void print_params(struct json_object *params)
{
	bool any = false;

	json_object_object_foreach(params, name, value) {
		printf("%s %s %s", any ? "," : "params  ", name, json_object_get_string(value));
		any = true;
	}
	if (any)
		putchar('\n');
}

static void print_one(struct json_object *o)
{
	uint64_t budget = out_u64(o, "budget_ns");
	char text[OUT_SHORT];
	size_t i;

	printf("slot     %s\n", out_str(o, "name"));
	cell_sample(o, "sample", text, sizeof(text));
	printf("options  pin %s, sample %s", out_str(o, "pin"), text);
	printf(", budget %s\n", budget ? out_ns(budget, text) : "none");
	print_params(json_object_object_get(o, "params"));
	print_generation("active", json_object_object_get(o, "active"));
	print_generation("standby", json_object_object_get(o, "standby"));
	for (i = 0; i < out_length(o, "old"); i++)
		print_generation("old", out_at(o, "old", i));
	printf("used by  %" PRIu64 " attachment%s\n", out_u64(o, "attachments"), out_u64(o, "attachments") == 1 ? "" : "s");
	printf("swaps    %" PRIu64, out_u64(o, "swaps"));
	if (out_u64(o, "swaps"))
		printf(", the last in %s", out_ns(out_u64(o, "swap_ns"), text));
	printf(", flows moved by force %" PRIu64 "\n", out_u64(o, "forced"));
	printf("samples  %" PRIu64 " sent, %" PRIu64 " lost\n", out_u64(o, "samples"), out_u64(o, "samples_lost"));
}

static const struct listing slots = {
	.read = slot_read,
	LISTING_COLUMNS(list_columns),
	.none = "no slots",
	.print = print_one,
};

static LFCTL_COMMAND(list)
{
	if (argc)
		return lfctl_usage(cmd, "list takes no argument '%s'", argv[0]);
	return listing_list(ctl, &slots, NULL);
}

static LFCTL_COMMAND(show)
{
	int status = check_name(cmd, argc, argv);

	if (status)
		return status;
	if (argc > 1)
		return lfctl_usage(cmd, "what is '%s'?", argv[1]);
	return listing_show(ctl, &slots, argv[0]);
}

const struct command slot_commands[] = {
	{ "list", list, "", "all slots of the namespace", NULL },
	{ "add", add, "NAME [pin flow|none] [sample N] [budget TIME|none]", "make an empty slot", NULL },
	{ "set", set, "NAME [SNAPSHOT|FILE [activate]] [pin flow|none] [sample N] [budget TIME|none]",
	  "put a snapshot on the standby side, or activate it at once; change options", NULL },
	{ "param", param_main, "NAME [PARAMETER VALUE|default]...", "parameters of a slot: list them, or set some", NULL },
	{ "activate", activate, "NAME", "make the standby snapshot the active one", NULL },
	{ "rollback", rollback, "NAME", "make the snapshot that was active before active again", NULL },
	{ "show", show, "NAME", "one slot with its generations and counters", NULL },
	{ "del", del, "NAME [force]", "delete a slot, with force even if attachments use it", NULL },
	{ 0 }
};
