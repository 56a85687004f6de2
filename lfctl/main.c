// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl: the control tool of LiteFlow. Options, the command table, and the dispatch to functions.
 */
#include "lfctl.h"

#include <lq/version.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "cmd/commands.h"
#include "color.h"
#include "netns.h"
#include "say.h"
#include "suggest.h"

#define COMMANDS_MAX	32	/* per table */

static const struct command commands[] = {
	{ "snapshot", NULL, "", "load, list, show and delete snapshots", snapshot_commands },
	{ "slot", NULL, "", "create slots, put snapshots in them, activate and roll back",
	  slot_commands },
	{ "feature", NULL, "", "list the features that the kernel computes", feature_commands },
	{ "attach", NULL, "", "list attachments: qdiscs, hooks, rules and tcp", attach_commands },
	{ "hook", NULL, "", "netfilter hooks that use a slot", hook_commands },
	{ "tcp", NULL, "", "connections under congestion control liteflow", tcp_commands },
	{ "learn", NULL, "", "what lfd has learnt and decided", learn_commands },
	{ "stats", stats_main, "[SLOT] [-i SECONDS [--count N]]",
	  "counters, or with -i their rates", NULL },
	{ "top", top_main, "[-i SECONDS] [--count N] [--sort COLUMN]",
	  "a live view of all attachments", NULL },
	{ "flows", flows_main,
	  "[class CLASS] [peer ADDRESS[/BITS]] [slot NAME] [attach ID [flow ID]]",
	  "which flow is in which class now", NULL },
	{ "why", why_main,
	  "[FLOW] [PROTOCOL] [ADDRESS[:PORT]]... [attach ID] [slot NAME] [reverse] "
	  "[--snapshot FILE] [FEATURE=VALUE]...",
	  "why a flow is in its class", NULL },
	{ "budget", budget_main, "[SECONDS]", "measure where a packet's time goes", NULL },
	{ "metrics", metrics_main, "[-o FILE] [--openmetrics]", "counters for Prometheus", NULL },
	{ "plot", plot_main, "LOG -o FILE.svg|FILE.png [slot NAME]",
	  "draw classes, delay and drift of a recorded lfctl -j top", NULL },
	{ "monitor", monitor_main, "[SLOT]", "show changes as they happen", NULL },
	{ "record", record_main,
	  "-o FILE.npy|FILE.csv|- [SLOT] [--count N] [--seconds S] [--outcomes FILE.csv]",
	  "write the sample stream to a file", NULL },
	{ "doctor", doctor_main, "", "find faults, and the commands that fix them", NULL },
	{ "save", save_main, "", "print the configuration, as a file for apply", NULL },
	{ "check", check_main, "[FILE]", "check a configuration file", NULL },
	{ "apply", apply_main, "[FILE] [--device DEV] [--dry-run]",
	  "apply a configuration, all or nothing", NULL },
	{ "teardown", teardown_main, "[all] [--dry-run]",
	  "remove LiteFlow's rules, hooks and qdiscs; all: in every namespace", NULL },
	{ "version", version_main, "", "versions of tool, module and protocol", NULL },
	{ 0 }
};

static void no_command(const struct command *group, const char *word, const char *meant)
{
	const char *name = group ? group->name : "", *blank = group ? " " : "";

	if (meant)
		lfctl_usage(group, "no command '%s%s%s': did you mean '%s%s%s'?", name, blank, word,
			    name, blank, meant);
	else
		lfctl_usage(group, "no command '%s%s%s'", name, blank, word);
}

/* The row that `word` names; NULL if none or several, after printing the error. */
static const struct command *find(const struct command *group, const struct command *table,
				  const char *word)
{
	const char *names[COMMANDS_MAX] = { 0 }, *sep = "";
	char several[COMMANDS_MAX * 16] = "";
	size_t at = 0;
	int i, n;

	for (n = 0; table[n].name && n < COMMANDS_MAX; n++)
		names[n] = table[n].name;
	i = args_word(word, names, n);
	if (i >= 0)
		return &table[i];
	for (i = 0; i < n && *word && at < sizeof(several); i++)
		if (!strncmp(names[i], word, strlen(word))) {
			at += snprintf(several + at, sizeof(several) - at, "%s%s", sep, names[i]);
			sep = ", ";
		}
	if (*several)
		lfctl_usage(group, "'%s' could be %s", word, several);
	else
		no_command(group, word, suggest(word, names, n));
	return NULL;
}

static int run(const struct lfctl *ctl, int argc, char **argv)
{
	const struct command *cmd = NULL, *group;
	struct lfctl help = *ctl;

	/* help COMMAND... is COMMAND... --help */
	if (argc > 1 && !strcmp(argv[0], "help")) {
		help.help = true;
		return run(&help, argc - 1, argv + 1);
	}
	if (!argc || !strcmp(argv[0], "help")) {
		say_all(argc || ctl->help ? stdout : stderr);
		return argc || ctl->help ? 0 : LFCTL_USAGE;
	}
	cmd = find(NULL, commands, argv[0]);
	if (!cmd)
		return LFCTL_USAGE;
	argc--;
	argv++;
	if (cmd->sub && (argc || !ctl->help)) {
		group = cmd;
		cmd = argc ? find(group, group->sub, argv[0]) : group->sub;
		if (!cmd)
			return LFCTL_USAGE;
		argv += argc > 0;
		argc -= argc > 0;
	}
	if (ctl->help) {
		say_usage(stdout, cmd);
		return 0;
	}
	return cmd->fn(ctl, cmd, argc, argv);
}

/* -c and --color are `always`, as in ip(8). */
static bool is_color(const char *arg, const char **when)
{
	static const char *const names[] = { "-c", "--color", "--colour" };
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if (strncmp(arg, names[i], n) || (arg[n] && arg[n] != '='))
			continue;
		*when = arg[n] ? arg + n + 1 : "always";
		return true;
	}
	return false;
}

/*
 * Removes the options that all commands share, anywhere before "--", from argv. Returns the number
 * of words left, or -1 after printing the error.
 */
static int options(struct lfctl *ctl, bool *version, int argc, char **argv)
{
	const char *when;
	int i, n = 0;

	for (i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "-j") || !strcmp(argv[i], "--json")) {
			ctl->json = true;
		} else if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help")) {
			ctl->help = true;
		} else if (!strcmp(argv[i], "-V") || !strcmp(argv[i], "--version")) {
			*version = true;
		} else if (is_color(argv[i], &when)) {
			if (!color_set(when)) {
				lfctl_usage(NULL, "colours are always, never or auto, not '%s'",
					    when);
				return -1;
			}
		} else if (!strncmp(argv[i], "--netns=", 8)) {
			ctl->netns = argv[i] + 8;
		} else if (!strcmp(argv[i], "-n") || !strcmp(argv[i], "--netns")) {
			if (i + 1 == argc) {
				lfctl_usage(NULL, "%s needs the name of a network namespace",
					    argv[i]);
				return -1;
			}
			ctl->netns = argv[++i];
		} else {
			argv[n++] = argv[i];
		}
	}
	for (i++; i < argc; i++)
		argv[n++] = argv[i];
	return n;
}

int main(int argc, char **argv)
{
	struct lfctl ctl = { .run = run };
	bool version = false;
	int status;

	say_commands(commands);
	color_set("auto");
	argc = options(&ctl, &version, argc - 1, argv + 1);
	if (argc < 0)
		return LFCTL_USAGE;
	if (version) {
		puts("lfctl " LQ_VERSION);
		return 0;
	}
	if (ctl.netns && !netns_name_ok(ctl.netns))
		return lfctl_usage(NULL, "'%s' is not the name of a network namespace", ctl.netns);
	status = run(&ctl, argc, argv + 1);
	if (fflush(stdout) || ferror(stdout)) {
		lfctl_fail("standard output: %m");
		status = status ? status : LFCTL_FAIL;
	}
	return status;
}
