// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl hook add | change | del | list | show: the netlink family "liteflow-hook" of nf_liteflow.ko
 */
#include "hook.h"

#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include <linux/liteflow_hook.h>

#include <lq/name.h>

#include "args.h"
#include "commands.h"
#include "hook_words.h"
#include "link.h"
#include "listing.h"
#include "nl.h"
#include "units.h"

/* --- words --- */

struct hook_args {
	bool have[LITEFLOW_HOOK_A_HOOK_MAX + 1];
	uint8_t family, point, shift, ct, clear, inner;
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
	if (!lq_name_ok(text) && strspn(text, "-0123456789") != strlen(text))
		return lfctl_usage(cmd, "'%s' is not a class name", text);
	if (!*actions)
		return lfctl_usage(cmd, "'%s' has no action: " HOOK_ACTIONS, entry);
	for (word = strtok_r(actions, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (!hook_read_action(word, &a))
			return lfctl_usage(cmd, "'%s' is not an action: " HOOK_ACTIONS, word);
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
		i = args_word(word, hook_families, HOOK_FAMILIES);
		*good = i >= 0;
		a->family = i;
		return LITEFLOW_HOOK_A_HOOK_FAMILY;
	} else if (!strcmp(key, "hook")) {
		i = args_word(word, hook_points, HOOK_POINTS);
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
		*good = lq_name_ok(word);
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

/*
 * ct | clear | inner, perhaps on or off. Returns how many words it took, 0 if it is none of them.
 */
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
	} else if (!strcmp(argv[0], "inner")) {
		a->have[LITEFLOW_HOOK_A_HOOK_INNER] = true;
		a->inner = !off;
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
						   "map needs [strict] CLASS:ACTION..., or none");
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
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		if (i + 1 == argc)
			return lfctl_usage(cmd, "%s needs a value", argv[i]);
		if (!good)
			return lfctl_usage(cmd, "'%s' is not a value of %s", argv[i + 1], argv[i]);
		a->have[attr] = true;
		i++;
	}
	return 0;
}

static int check_name(const struct command *cmd, int argc, char **argv)
{
	if (!argc)
		return lfctl_usage(cmd, "no hook given");
	if (!lq_name_ok(argv[0]))
		return lfctl_usage(cmd, "'%s' is not a name: " LQ_NAME_RULE,
				   argv[0]);
	return 0;
}

/* --- add, change, del --- */

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
	if (a->have[LITEFLOW_HOOK_A_HOOK_INNER])
		mnl_attr_put_u8(nlh, LITEFLOW_HOOK_A_HOOK_INNER, a->inner);
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
	status = hook_use(&nl);
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
				   "delete it and add it again");
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
		return lfctl_usage(cmd, "unknown argument '%s'", argv[1]);
	return request_and_talk(ctl, cmd, LITEFLOW_HOOK_CMD_DEL, argv[0], &none);
}

/* --- list, show --- */

static LFCTL_COMMAND(list)
{
	if (argc)
		return lfctl_usage(cmd, "list takes no argument '%s'", argv[0]);
	return listing_list(ctl, &hook_listing, NULL);
}

static LFCTL_COMMAND(show)
{
	int status = check_name(cmd, argc, argv);

	if (status)
		return status;
	if (argc > 1)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[1]);
	return listing_show(ctl, &hook_listing, argv[0]);
}

#define OPTIONS	"[request MARK[/MASK] [clear [on|off]]] [result MASK] [shift N] " \
		"[map [strict] CLASS:ACTION...] [ct [on|off]] [inner [on|off]] " \
		"[every N] [idle auto|SECONDS]"

const struct command hook_commands[] = {
	{ "list", list, "", "all netfilter hooks of the namespace", NULL },
	{ "add", add,
	  "NAME family ip|ip6|inet|netdev hook "
	  "prerouting|input|forward|output|postrouting|ingress|egress [dev D] "
	  "priority N slot S " OPTIONS " [flows N]",
	  "use a slot for packets there; ACTION is mark=N, priority=MAJOR:MINOR, label=N, "
	  "several with commas, or accept, or drop; and log",
	  NULL },
	{ "change", change, "NAME [slot S] " OPTIONS,
	  "change these options under traffic; map none removes the map", NULL },
	{ "show", show, "NAME", "one hook with its counters", NULL },
	{ "del", del, "NAME", "unregister a hook", NULL },
	{ 0 }
};
