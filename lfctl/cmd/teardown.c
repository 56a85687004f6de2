// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl teardown [all] [--dry-run]
 *
 * Removes what uses slots, so that the modules can be unloaded and the plugins deleted: first
 * rules, because iptables-save fails for everybody if a rule's plugin is missing; then hooks, which
 * rules may have fed; then qdiscs, whose bands rules and hooks may have chosen; then the default
 * congestion control for new connections; existing ones keep theirs. Slots and snapshots stay until
 * the module is unloaded.
 *
 * At the end it reads what the kernel still lists, so "nothing is left" is what the kernel reports.
 */
#define _GNU_SOURCE
#include "teardown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "commands.h"
#include "netns.h"
#include "nl.h"
#include "out.h"

#define DEFAULT_QDISC	"/proc/sys/net/core/default_qdisc"
#define OUR_QDISC	"liteflow"
#define PLAIN_QDISC	"fq_codel"
#define DEFAULT_CC	"/proc/sys/net/ipv4/tcp_congestion_control"
#define OUR_CC		"liteflow"
#define CC_USERS	"/sys/module/tcp_liteflow/refcnt"

/*
 * New devices would get the qdisc again. The sysctl is machine-wide, so it is reset only in the
 * namespace that this process started in.
 */
static void default_qdisc(struct teardown *t)
{
	char name[32] = "";
	FILE *f = fopen(DEFAULT_QDISC, "r+");

	if (!f)
		return;
	if (fscanf(f, "%31s", name) == 1 && !strcmp(name, OUR_QDISC)) {
		rewind(f);
		if (!t->dry && (fputs(PLAIN_QDISC "\n", f) < 0 || fflush(f)))
			t->status = lfctl_fail(DEFAULT_QDISC ": %m");
		else
			teardown_say(t, "sysctl net.core.default_qdisc=" OUR_QDISC " (" PLAIN_QDISC
					" now)");
	}
	fclose(f);
}

/* New connections of the namespace; Linux always has reno, nearly always cubic. */
static void default_cc(struct teardown *t)
{
	static const char *const plain[] = { "cubic", "reno" };
	char name[32] = "";
	FILE *f = fopen(DEFAULT_CC, "r+");
	size_t i = 0;

	if (!f)
		return;
	if (fscanf(f, "%31s", name) == 1 && !strcmp(name, OUR_CC)) {
		do {
			rewind(f);
		} while (!t->dry && (fputs(plain[i], f) < 0 || fflush(f)) && ++i < 2);
		if (i == 2)
			t->status = lfctl_fail(DEFAULT_CC ": %m");
		else
			teardown_say(t,
				     "sysctl net.ipv4.tcp_congestion_control=" OUR_CC " (%s now)",
				     plain[i]);
	}
	fclose(f);
}

/* Of the whole machine. They keep it until they end: nothing can change that. */
static void cc_users(const struct teardown *t)
{
	FILE *f = fopen(CC_USERS, "r");
	long n = 0;

	if (f && fscanf(f, "%ld", &n) == 1 && n > 0 && !t->dry)
		fprintf(t->said ? stderr : stdout,
			"congestion control " OUR_CC
			" is still in use by %ld socket%s of this machine: rmmod tcp_liteflow "
			"works once %s closed\n",
			n, n == 1 ? "" : "s", n == 1 ? "it is" : "they are");
	if (f)
		fclose(f);
}

/* What the kernel still lists; nothing without the module. */
static void leftovers(struct teardown *t)
{
	const struct lfctl here = { 0 };	/* the namespace was entered before */
	struct json_object *array;
	char text[128];
	struct nl nl;
	size_t i;

	if (access("/sys/module/liteflow", F_OK))
		return;
	if (nl_open(&nl, &here)) {
		t->status = LFCTL_FAIL;
		return;
	}
	if (!attach_read(&nl, NULL, &array)) {
		for (i = 0; i < json_object_array_length(array); i++) {
			struct json_object *o = json_object_array_get_idx(array, i);

			if (!strcmp(out_str(o, "kind"), "tcp"))
				continue;
			attach_title(o, NULL, text, sizeof(text));
			t->status = lfctl_fail("%s%sstill there: %s", t->where,
					       *t->where ? ": " : "", text);
		}
		json_object_put(array);
	}
	nl_close(&nl);
}

static void here(struct teardown *t)
{
	teardown_rules(t);
	teardown_hooks(t);
	teardown_qdiscs(t);
	default_cc(t);
	if (!t->dry)
		leftovers(t);
}

static bool enter(struct teardown *t, const char *name)
{
	if (!netns_enter(name))
		return true;
	t->status = LFCTL_FAIL;
	return false;
}

/* The namespaces that ip netns knows. */
static void everywhere(struct teardown *t)
{
	DIR *dir = opendir(NETNS_DIR);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (*e->d_name == '.')
			continue;
		t->where = e->d_name;
		if (enter(t, e->d_name))
			here(t);
	}
	if (dir)
		closedir(dir);
}

LFCTL_COMMAND(teardown_main)
{
	struct teardown t = { .ctl = ctl, .where = ctl->netns ? ctl->netns : "" };
	bool all = false;
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--dry-run"))
			t.dry = true;
		else if (!strcmp(argv[i], "all"))
			all = true;
		else
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
	}
	if (all && ctl->netns)
		return lfctl_usage(cmd, "all and -n exclude each other");
	if (geteuid())
		return lfctl_fail("teardown needs root: CAP_NET_ADMIN over each "
				  "network namespace, and what iptables needs");
	if (ctl->netns && !enter(&t, ctl->netns))
		return LFCTL_FAIL;
	t.said = ctl->json ? json_object_new_array() : NULL;
	if (!ctl->netns)
		default_qdisc(&t);
	here(&t);
	if (all)
		everywhere(&t);
	cc_users(&t);
	if (t.said)
		out_json(t.said);
	else if (!t.removed && !t.status)
		puts("nothing to remove");
	return t.status;
}
