// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl hook add | change | del | list | show: the netlink family "liteflow-hook" of nf_liteflow.ko
 */
#include "hook.h"

#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include <linux/liteflow_hook.h>

#include "args.h"
#include "attach.h"
#include "field.h"
#include "hook_words.h"
#include "link.h"
#include "listing.h"
#include "nl.h"
#include "units.h"

static const char *const families[] = { "ip", "ip6", "inet", "netdev" };
static const char *const points[] = {
	"prerouting", "input", "forward", "output", "postrouting", "ingress", "egress",
};

/* --- Decoding --- */

static const struct field map_fields[] = {
	{ "class", LITEFLOW_HOOK_A_MAP_CLASS, FIELD_STR },
	{ "mark", LITEFLOW_HOOK_A_MAP_MARK, FIELD_U32 },
	{ "priority", LITEFLOW_HOOK_A_MAP_PRIORITY, FIELD_U32 },
	{ "accept", LITEFLOW_HOOK_A_MAP_ACCEPT, FIELD_FLAG },
	{ "label", LITEFLOW_HOOK_A_MAP_LABEL, FIELD_U32 },
	{ "drop", LITEFLOW_HOOK_A_MAP_DROP, FIELD_FLAG },
	{ "log", LITEFLOW_HOOK_A_MAP_LOG, FIELD_FLAG },
	{ "unknown", LITEFLOW_HOOK_A_MAP_UNKNOWN, FIELD_FLAG },
	{ "packets", LITEFLOW_HOOK_A_MAP_PACKETS, FIELD_U64 },
	{ "bytes", LITEFLOW_HOOK_A_MAP_BYTES, FIELD_U64 },
	{ 0 }
};

static const struct field count_fields[] = {
	{ "reason", LITEFLOW_HOOK_A_COUNT_REASON, FIELD_U32 },
	{ "packets", LITEFLOW_HOOK_A_COUNT_PACKETS, FIELD_U64 },
	{ 0 }
};

static const struct field fields[] = {
	{ "name", LITEFLOW_HOOK_A_HOOK_NAME, FIELD_STR },
	{ "family", LITEFLOW_HOOK_A_HOOK_FAMILY, FIELD_NAME, FIELD_NAMES(families) },
	{ "hook", LITEFLOW_HOOK_A_HOOK_POINT, FIELD_NAME, FIELD_NAMES(points) },
	{ "ifindex", LITEFLOW_HOOK_A_HOOK_IFINDEX, FIELD_U32 },
	{ "priority", LITEFLOW_HOOK_A_HOOK_PRIORITY, FIELD_S32 },
	{ "slot", LITEFLOW_HOOK_A_HOOK_SLOT, FIELD_STR },
	{ "request_mark", LITEFLOW_HOOK_A_HOOK_REQUEST_MARK, FIELD_U32 },
	{ "request_mask", LITEFLOW_HOOK_A_HOOK_REQUEST_MASK, FIELD_U32 },
	{ "result_mask", LITEFLOW_HOOK_A_HOOK_RESULT_MASK, FIELD_U32 },
	{ "result_shift", LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT, FIELD_U8 },
	{ "ct", LITEFLOW_HOOK_A_HOOK_CT, FIELD_U8 },
	{ "clear", LITEFLOW_HOOK_A_HOOK_CLEAR, FIELD_U8 },
	{ "map_strict", LITEFLOW_HOOK_A_HOOK_MAP_STRICT, FIELD_FLAG },
	{ "map", LITEFLOW_HOOK_A_HOOK_MAP, FIELD_OBJECTS, FIELD_SUB(map_fields) },
	{ "every", LITEFLOW_HOOK_A_HOOK_EVERY, FIELD_U32 },
	{ "idle_ms", LITEFLOW_HOOK_A_HOOK_IDLE_MS, FIELD_U32 },
	{ "flows", LITEFLOW_HOOK_A_HOOK_FLOWS_NOW, FIELD_U32 },
	{ "flows_max", LITEFLOW_HOOK_A_HOOK_FLOWS, FIELD_U32 },
	{ "marked", LITEFLOW_HOOK_A_HOOK_MARKED, FIELD_U64 },
	{ "prioritized", LITEFLOW_HOOK_A_HOOK_PRIORITIZED, FIELD_U64 },
	{ "accepted", LITEFLOW_HOOK_A_HOOK_ACCEPTED, FIELD_U64 },
	{ "dropped", LITEFLOW_HOOK_A_HOOK_DROPPED, FIELD_U64 },
	{ "packets", LITEFLOW_HOOK_A_HOOK_COUNT, FIELD_OBJECTS, FIELD_SUB(count_fields) },
	{ 0 }
};

/* --- Words --- */

struct hook_args {
	bool have[LITEFLOW_HOOK_A_HOOK_MAX + 1];
	uint8_t family, point, shift, ct, clear;
	int32_t priority;
	uint32_t request_mark, request_mask, result_mask, flows, every, idle_ms;
	const char *slot, *dev;
	char **map;		/* words */
	int n_map;
};

static void put_entry(struct nlmsghdr *nlh, const char *class, const struct hook_action *a)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, LITEFLOW_HOOK_A_HOOK_MAP);

	mnl_attr_put_strz(nlh, LITEFLOW_HOOK_A_MAP_CLASS, class);
	if (a->accept)
		mnl_attr_put(nlh, LITEFLOW_HOOK_A_MAP_ACCEPT, 0, NULL);
	if (a->drop)
		mnl_attr_put(nlh, LITEFLOW_HOOK_A_MAP_DROP, 0, NULL);
	if (a->log)
		mnl_attr_put(nlh, LITEFLOW_HOOK_A_MAP_LOG, 0, NULL);
	if (a->has_label)
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_MAP_LABEL, a->label);
	if (a->has_mark)
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_MAP_MARK, a->mark);
	if (a->has_priority)
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_MAP_PRIORITY, a->priority);
	mnl_attr_nest_end(nlh, nest);
}

/* CLASS:ACTION[,ACTION] */
static int put_action(const struct command *cmd, struct nlmsghdr *nlh, const char *entry)
{
	char text[256], *actions, *word, *save = NULL;
	struct hook_action a = { 0 };

	if (strlen(entry) >= sizeof(text))
		return lfctl_usage(cmd, "'%.32s...' is too long for an entry of a map", entry);
	strcpy(text, entry);
	actions = strchr(text, ':');
	*actions++ = 0;
	if (!args_is_name(text) && strspn(text, "-0123456789") != strlen(text))
		return lfctl_usage(cmd, "'%s' is no name of a class", text);
	if (!*actions)
		return lfctl_usage(cmd, "'%s' has no action: " HOOK_ACTIONS, entry);
	for (word = strtok_r(actions, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (!hook_read_action(word, &a))
			return lfctl_usage(cmd, "'%s' is no action: " HOOK_ACTIONS, word);
	put_entry(nlh, text, &a);
	return 0;
}

static bool read_idle(const char *word, uint32_t *ms)
{
	uint64_t ns;

	if (!strcmp(word, "auto")) {
		*ms = 0;
		return true;
	}
	if (!args_seconds(word, &ns) || ns / 1000000 > UINT32_MAX)
		return false;
	*ms = ns / 1000000;
	return true;
}

/* The attribute for a keyword, and whether its value is valid. */
static int read_value(struct hook_args *a, const char *key, const char *word, bool *good)
{
	uint32_t shift = 0;
	int i;

	*good = true;
	if (!strcmp(key, "family")) {
		i = args_word(word, families, 4);
		*good = i >= 0;
		a->family = i;
		return LITEFLOW_HOOK_A_HOOK_FAMILY;
	} else if (!strcmp(key, "hook")) {
		i = args_word(word, points, 7);
		*good = i >= 0;
		a->point = i;
		return LITEFLOW_HOOK_A_HOOK_POINT;
	} else if (!strcmp(key, "dev")) {
		a->dev = word;
		return LITEFLOW_HOOK_A_HOOK_IFINDEX;
	} else if (!strcmp(key, "priority")) {
		*good = hook_read_priority(word, &a->priority);
		return LITEFLOW_HOOK_A_HOOK_PRIORITY;
	} else if (!strcmp(key, "slot")) {
		*good = args_is_name(word);
		a->slot = word;
		return LITEFLOW_HOOK_A_HOOK_SLOT;
	} else if (!strcmp(key, "request")) {
		*good = hook_read_masked(word, &a->request_mark, &a->request_mask);
		return LITEFLOW_HOOK_A_HOOK_REQUEST_MARK;
	} else if (!strcmp(key, "result")) {
		*good = units_u32(word, UINT32_MAX, &a->result_mask);
		return LITEFLOW_HOOK_A_HOOK_RESULT_MASK;
	} else if (!strcmp(key, "shift")) {
		*good = args_u32(word, 31, &shift);
		a->shift = shift;
		return LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT;
	} else if (!strcmp(key, "flows")) {
		*good = args_u32(word, UINT32_MAX, &a->flows);
		return LITEFLOW_HOOK_A_HOOK_FLOWS;
	} else if (!strcmp(key, "every")) {
		*good = args_u32(word, UINT32_MAX, &a->every);
		return LITEFLOW_HOOK_A_HOOK_EVERY;
	} else if (!strcmp(key, "idle")) {
		*good = read_idle(word, &a->idle_ms);
		return LITEFLOW_HOOK_A_HOOK_IDLE_MS;
	}
	return 0;
}

/* map [strict] CLASS:ACTION... | map none. Returns how many words it took, 0 if it is not a map. */
static int read_map(struct hook_args *a, int argc, char **argv)
{
	bool strict = argc && !strcmp(argv[0], "strict");

	if (strict) {
		a->have[LITEFLOW_HOOK_A_HOOK_MAP_STRICT] = true;
		argc--;
		argv++;
	} else if (argc && !strcmp(argv[0], "none")) {
		a->have[LITEFLOW_HOOK_A_HOOK_MAP_CLEAR] = true;
		return 1;
	}
	a->map = argv;
	for (a->n_map = 0; a->n_map < argc && strchr(argv[a->n_map], ':'); a->n_map++)
		;
	return a->n_map ? strict + a->n_map : 0;
}

/* ct | clear, with an optional on or off. Returns how many words it took, 0 if it is neither. */
static int read_switch(struct hook_args *a, int argc, char **argv)
{
	bool off = argc > 1 && !strcmp(argv[1], "off");
	bool on = argc > 1 && !strcmp(argv[1], "on");

	if (!strcmp(argv[0], "ct")) {
		a->have[LITEFLOW_HOOK_A_HOOK_CT] = true;
		a->ct = !off;
	} else if (!strcmp(argv[0], "clear")) {
		a->have[LITEFLOW_HOOK_A_HOOK_CLEAR] = true;
		a->clear = !off;
	} else {
		return 0;
	}
	return 1 + (on || off);
}

static int parse_args(const struct command *cmd, struct hook_args *a, int argc, char **argv)
{
	int i, n, attr;
	bool good;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "map")) {
			n = read_map(a, argc - i - 1, argv + i + 1);
			if (!n)
				return lfctl_usage(cmd,
						   "map wants [strict] CLASS:ACTION..., or none");
			i += n;
			continue;
		}
		n = read_switch(a, argc - i, argv + i);
		if (n) {
			i += n - 1;
			continue;
		}
		attr = read_value(a, argv[i], i + 1 < argc ? argv[i + 1] : "", &good);
		if (!attr)
			return lfctl_usage(cmd, "what is '%s'?", argv[i]);
		if (i + 1 == argc)
			return lfctl_usage(cmd, "%s wants a value", argv[i]);
		if (!good)
			return lfctl_usage(cmd, "'%s' is no %s", argv[i + 1], argv[i]);
		a->have[attr] = true;
		i++;
	}
	return 0;
}

static int check_name(const struct command *cmd, int argc, char **argv)
{
	if (!argc)
		return lfctl_usage(cmd, "which hook?");
	if (!args_is_name(argv[0]))
		return lfctl_usage(cmd, "'%s' is no name: 1 to 31 of A-Z a-z 0-9 . _ -", argv[0]);
	return 0;
}

/* --- add, change, del --- */

static int use_hooks(struct nl *nl)
{
	return nl_use(nl, LITEFLOW_HOOK_FAMILY_NAME, "nf_liteflow");
}

static void put_numbers(struct nlmsghdr *nlh, const struct hook_args *a)
{
	if (a->have[LITEFLOW_HOOK_A_HOOK_FAMILY])
		mnl_attr_put_u8(nlh, LITEFLOW_HOOK_A_HOOK_FAMILY, a->family);
	if (a->have[LITEFLOW_HOOK_A_HOOK_POINT])
		mnl_attr_put_u8(nlh, LITEFLOW_HOOK_A_HOOK_POINT, a->point);
	if (a->have[LITEFLOW_HOOK_A_HOOK_PRIORITY])
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_HOOK_PRIORITY, a->priority);
	if (a->slot)
		mnl_attr_put_strz(nlh, LITEFLOW_HOOK_A_HOOK_SLOT, a->slot);
	if (a->have[LITEFLOW_HOOK_A_HOOK_REQUEST_MARK]) {
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_HOOK_REQUEST_MARK, a->request_mark);
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_HOOK_REQUEST_MASK, a->request_mask);
	}
	if (a->have[LITEFLOW_HOOK_A_HOOK_RESULT_MASK])
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_HOOK_RESULT_MASK, a->result_mask);
	if (a->have[LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT])
		mnl_attr_put_u8(nlh, LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT, a->shift);
	if (a->have[LITEFLOW_HOOK_A_HOOK_CT])
		mnl_attr_put_u8(nlh, LITEFLOW_HOOK_A_HOOK_CT, a->ct);
	if (a->have[LITEFLOW_HOOK_A_HOOK_CLEAR])
		mnl_attr_put_u8(nlh, LITEFLOW_HOOK_A_HOOK_CLEAR, a->clear);
	if (a->have[LITEFLOW_HOOK_A_HOOK_FLOWS])
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_HOOK_FLOWS, a->flows);
	if (a->have[LITEFLOW_HOOK_A_HOOK_EVERY])
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_HOOK_EVERY, a->every);
	if (a->have[LITEFLOW_HOOK_A_HOOK_IDLE_MS])
		mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_HOOK_IDLE_MS, a->idle_ms);
	if (a->have[LITEFLOW_HOOK_A_HOOK_MAP_CLEAR])
		mnl_attr_put(nlh, LITEFLOW_HOOK_A_HOOK_MAP_CLEAR, 0, NULL);
	if (a->have[LITEFLOW_HOOK_A_HOOK_MAP_STRICT])
		mnl_attr_put(nlh, LITEFLOW_HOOK_A_HOOK_MAP_STRICT, 0, NULL);
}

/* The device is looked up after the namespace has been entered. */
static int put_device(struct nlmsghdr *nlh, const struct hook_args *a)
{
	unsigned int ifindex;

	if (!a->dev)
		return 0;
	ifindex = if_nametoindex(a->dev);
	if (!ifindex)
		return lfctl_fail("device %s: %m", a->dev);
	mnl_attr_put_u32(nlh, LITEFLOW_HOOK_A_HOOK_IFINDEX, ifindex);
	return 0;
}

static int request_and_talk(const struct lfctl *ctl, const struct command *cmd, uint8_t nlcmd,
			    const char *name, const struct hook_args *a)
{
	struct nlmsghdr *nlh;
	struct nl nl;
	int i, status = nl_open(&nl, ctl);

	if (status)
		return status;
	status = use_hooks(&nl);
	if (status) {
		nl_close(&nl);
		return status;
	}
	nlh = nl_request(&nl, nlcmd, 0);
	mnl_attr_put_strz(nlh, LITEFLOW_HOOK_A_HOOK_NAME, name);
	put_numbers(nlh, a);
	status = put_device(nlh, a);
	for (i = 0; !status && i < a->n_map; i++)
		status = put_action(cmd, nlh, a->map[i]);
	if (!status && nl_talk(&nl, nlh))
		status = nl_fail(&nl, "hook %s %s", cmd->name, name);
	nl_close(&nl);
	return status;
}

static int check_map(const struct command *cmd, const struct hook_args *a)
{
	char room[1024] __attribute__((__aligned__(8)));
	int i, status = 0;

	for (i = 0; !status && i < a->n_map; i++)
		status = put_action(cmd, mnl_nlmsg_put_header(room), a->map[i]);
	return status;
}

/* What the kernel would explain less well, or what would not fit a request. */
static int check_args(const struct command *cmd, const struct hook_args *a, bool add)
{
	if (a->n_map > LITEFLOW_HOOK_MAP_MAX)
		return lfctl_usage(cmd, "a map has at most %d entries", LITEFLOW_HOOK_MAP_MAX);
	if (add && (!a->have[LITEFLOW_HOOK_A_HOOK_FAMILY] || !a->have[LITEFLOW_HOOK_A_HOOK_POINT] ||
		    !a->have[LITEFLOW_HOOK_A_HOOK_PRIORITY] || !a->slot))
		return lfctl_usage(cmd, "a hook needs family, hook, priority and slot");
	if (!add && (a->have[LITEFLOW_HOOK_A_HOOK_FAMILY] || a->have[LITEFLOW_HOOK_A_HOOK_POINT] ||
		     a->have[LITEFLOW_HOOK_A_HOOK_PRIORITY] || a->dev ||
		     a->have[LITEFLOW_HOOK_A_HOOK_FLOWS]))
		return lfctl_usage(cmd, "family, hook, dev, priority and flows cannot be changed: "
				   "delete and add anew");
	return check_map(cmd, a);
}

static int add_or_change(const struct lfctl *ctl, const struct command *cmd, bool add, int argc,
			 char **argv)
{
	struct hook_args a;
	int status = check_name(cmd, argc, argv);

	if (!status)
		status = parse_args(cmd, &a, argc - 1, argv + 1);
	if (!status)
		status = check_args(cmd, &a, add);
	if (status)
		return status;
	return request_and_talk(ctl, cmd, add ? LITEFLOW_HOOK_CMD_NEW : LITEFLOW_HOOK_CMD_SET,
				argv[0], &a);
}

static LFCTL_COMMAND(add)
{
	return add_or_change(ctl, cmd, true, argc, argv);
}

static LFCTL_COMMAND(change)
{
	if (argc == 1)
		return lfctl_usage(cmd, "change what?");
	return add_or_change(ctl, cmd, false, argc, argv);
}

static LFCTL_COMMAND(del)
{
	struct hook_args none = { 0 };
	int status = check_name(cmd, argc, argv);

	if (status)
		return status;
	if (argc > 1)
		return lfctl_usage(cmd, "what is '%s'?", argv[1]);
	return request_and_talk(ctl, cmd, LITEFLOW_HOOK_CMD_DEL, argv[0], &none);
}

/* --- list, show --- */

int hook_read(struct nl *nl, const char *name, struct json_object **array)
{
	struct link_names *names;
	struct json_object *o;
	struct nlmsghdr *nlh;
	const char *dev;
	size_t i;
	int status = use_hooks(nl);

	if (status)
		return status;
	nlh = nl_request(nl, LITEFLOW_HOOK_CMD_GET, name ? 0 : NLM_F_DUMP);
	if (name)
		mnl_attr_put_strz(nlh, LITEFLOW_HOOK_A_HOOK_NAME, name);
	if (nl_collect(nl, nlh, fields, array))
		return name ? nl_fail(nl, "hook %s", name) : nl_fail(nl, "hook list");
	names = link_open();
	for (i = 0; i < json_object_array_length(*array); i++) {
		o = json_object_array_get_idx(*array, i);
		attach_name_counters(o);
		dev = names && out_has(o, "ifindex") ? link_device(names, out_u64(o, "ifindex")) :
						       NULL;
		if (dev)
			out_add_str(o, "dev", dev);
	}
	link_close(names);
	return 0;
}

static void cell_request(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, "request_mask"))
		snprintf(text, n, "0x%" PRIx64 "/0x%" PRIx64, out_u64(o, key),
			 out_u64(o, "request_mask"));
	else
		snprintf(text, n, "all");
}

static void cell_result(struct json_object *o, const char *key, char *text, size_t n)
{
	if (!out_u64(o, key)) {
		snprintf(text, n, "none%s", out_u64(o, "ct") ? " ct" : "");
		return;
	}
	snprintf(text, n, "0x%" PRIx64 "<<%" PRIu64 "%s", out_u64(o, key),
		 out_u64(o, "result_shift"), out_u64(o, "ct") ? " ct" : "");
}

static void cell_verdicts(struct json_object *o, const char *key, char *text, size_t n)
{
	struct json_object *packets = json_object_object_get(o, key);

	snprintf(text, n, "%" PRIu64, out_u64(packets, "inferred") + out_u64(packets, "cached"));
}

static const struct out_column columns[] = {
	{ "NAME", "name", NULL, false },
	{ "FAMILY", "family", NULL, false },
	{ "HOOK", "hook", NULL, false },
	{ "DEVICE", "dev", NULL, false },
	{ "PRIORITY", "priority", NULL, true },
	{ "SLOT", "slot", NULL, false },
	{ "REQUEST", "request_mark", cell_request, false },
	{ "RESULT", "result_mask", cell_result, false },
	{ "FLOWS", "flows", NULL, true },
	{ "VERDICTS", "packets", cell_verdicts, true },
	{ "DROPPED", "dropped", NULL, true },
};

static bool is_set(struct json_object *o, const char *key)
{
	return json_object_get_boolean(json_object_object_get(o, key));
}

static void print_action(struct json_object *a)
{
	char text[128];
	size_t n = 0;

	*text = 0;
	if (out_has(a, "mark"))
		n += snprintf(text + n, sizeof(text) - n, ",mark=0x%" PRIx64, out_u64(a, "mark"));
	if (out_has(a, "priority"))
		n += snprintf(text + n, sizeof(text) - n, ",priority=%" PRIx64 ":%" PRIx64,
			      out_u64(a, "priority") >> 16, out_u64(a, "priority") & 0xffff);
	if (out_has(a, "label"))
		n += snprintf(text + n, sizeof(text) - n, ",label=%" PRIu64, out_u64(a, "label"));
	snprintf(text + n, sizeof(text) - n, "%s%s%s", is_set(a, "accept") ? ",accept" : "",
		 is_set(a, "drop") ? ",drop" : "", is_set(a, "log") ? ",log" : "");
	printf(" %s:%s", out_str(a, "class"), text + 1);
}

static void print_counts(struct json_object *a)
{
	printf("%-31s packets %" PRIu64 " bytes %" PRIu64 "%s\n", out_str(a, "class"),
	       out_u64(a, "packets"), out_u64(a, "bytes"),
	       is_set(a, "unknown") ? " (the snapshot has no such class)" : "");
}

/* The command that would recreate it, and its counters. */
static void print_one(struct json_object *o)
{
	size_t i;

	printf("%s family %s hook %s", out_str(o, "name"), out_str(o, "family"),
	       out_str(o, "hook"));
	if (out_has(o, "dev"))
		printf(" dev %s", out_str(o, "dev"));
	printf(" priority %" PRId64 " slot %s", out_s64(o, "priority"), out_str(o, "slot"));
	if (out_u64(o, "request_mask"))
		printf(" request 0x%" PRIx64 "/0x%" PRIx64, out_u64(o, "request_mark"),
		       out_u64(o, "request_mask"));
	if (out_u64(o, "clear"))
		printf(" clear");
	if (out_u64(o, "result_mask"))
		printf(" result 0x%" PRIx64 " shift %" PRIu64, out_u64(o, "result_mask"),
		       out_u64(o, "result_shift"));
	if (out_length(o, "map"))
		printf(" map%s", is_set(o, "map_strict") ? " strict" : "");
	for (i = 0; i < out_length(o, "map"); i++)
		print_action(out_at(o, "map", i));
	if (out_u64(o, "ct"))
		printf(" ct");
	printf(" flows %" PRIu64, out_u64(o, "flows_max"));
	if (out_u64(o, "every"))
		printf(" every %" PRIu64, out_u64(o, "every"));
	if (out_u64(o, "idle_ms"))
		printf(" idle %" PRIu64 ".%03u", out_u64(o, "idle_ms") / 1000,
		       (unsigned int)(out_u64(o, "idle_ms") % 1000));
	printf("\nmarked %" PRIu64 ", priority set %" PRIu64 ", accepted %" PRIu64
	       ", dropped %" PRIu64 ", flows %" PRIu64 "\n",
	       out_u64(o, "marked"), out_u64(o, "prioritized"), out_u64(o, "accepted"),
	       out_u64(o, "dropped"), out_u64(o, "flows"));
	for (i = 0; i < out_length(o, "map"); i++)
		print_counts(out_at(o, "map", i));
	attach_print_counters(o);
}

static const struct listing listing = {
	.read = hook_read,
	LISTING_COLUMNS(columns),
	.none = "no hooks",
	.print = print_one,
};

static LFCTL_COMMAND(list)
{
	if (argc)
		return lfctl_usage(cmd, "list takes no argument '%s'", argv[0]);
	return listing_list(ctl, &listing, NULL);
}

static LFCTL_COMMAND(show)
{
	int status = check_name(cmd, argc, argv);

	if (status)
		return status;
	if (argc > 1)
		return lfctl_usage(cmd, "what is '%s'?", argv[1]);
	return listing_show(ctl, &listing, argv[0]);
}

#define OPTIONS	"[request MARK[/MASK] [clear [on|off]]] [result MASK] [shift N] " \
		"[map [strict] CLASS:ACTION...] [ct [on|off]] [every N] [idle auto|SECONDS]"

const struct command hook_commands[] = {
	{ "list", list, "", "all netfilter hooks of the namespace", NULL },
	{ "add", add,
	  "NAME family ip|ip6|inet|netdev hook prerouting|input|forward|output|postrouting|ingress|egress [dev D]\n"
	  "                       priority N slot S " OPTIONS " [flows N]",
	  "ask a slot about packets there; ACTION is mark=N, priority=MAJOR:MINOR, label=N, several with commas, or accept, or drop; and log",
	  NULL },
	{ "change", change, "NAME [slot S] " OPTIONS,
	  "change what is given, under traffic; map none forgets the map", NULL },
	{ "show", show, "NAME", "one hook with its counters", NULL },
	{ "del", del, "NAME", "unregister a hook", NULL },
	{ 0 }
};
