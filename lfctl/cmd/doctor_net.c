// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl doctor: what is in a file but not in the kernel, and what makes packets bypass qdiscs and
 * hooks. It runs ethtool, tc and nft as a user would; without them it reports nothing.
 */
#include "doctor.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "attach.h"
#include "conf.h"
#include "conf_tc.h"
#include "out.h"
#include "spawn.h"

/* --- liteflow.conf --- */

/* Has somebody installed another qdisc there? */
static bool other_qdisc(struct doctor *d, const char *path, const char *section)
{
	const struct tc_qdisc *q = NULL;
	struct tc_list list = { 0 };
	char dev[64] = "", place[64] = "root";

	if (sscanf(section, "[qdisc %63[^] ] %63[^]]", dev, place) < 1 || tc_read(&list))
		return false;
	q = tc_at(&list, dev, place);
	if (q && strcmp(q->kind, "liteflow")) {
		doctor_fix(d, "lfctl apply %s", path);
		doctor_say(d, DOCTOR_FAULT, "qdisc", "%s has %s at %s, where %s says liteflow", dev,
			   tc_is_default(q) ? "its default qdisc" : q->kind, place, path);
	}
	tc_free(&list);
	return q && strcmp(q->kind, "liteflow");
}

static void differences(struct doctor *d, const char *path, struct json_object *plan)
{
	const char *section, *last = "";
	char list[256] = "";
	size_t i, at = 0;

	for (i = 0; i < out_length(plan, "changes"); i++) {
		section = out_str(out_at(plan, "changes", i), "section");
		if (strcmp(section, last) && !other_qdisc(d, path, section) && at < sizeof(list))
			at += snprintf(list + at, sizeof(list) - at, " %s", section);
		last = section;
	}
	for (i = 0; i < out_length(plan, "absent"); i++)
		doctor_say(d, DOCTOR_WARNING, "conf", "%s names device %s, which does not exist",
			   path, json_object_get_string(out_at(plan, "absent", i)));
	if (!*list)
		return;
	doctor_fix(d, "lfctl apply %s (with --dry-run: what would change)", path);
	doctor_say(d, DOCTOR_WARNING, "conf", "the configuration differs from %s in%s", path, list);
}

void doctor_conf(struct doctor *d)
{
	char path[PATH_MAX], *argv[] = { "/proc/self/exe", "-j", "apply", "--dry-run", path, NULL };
	struct json_object *plan;
	char *out = NULL;

	snprintf(path, sizeof(path), CONF_DIR "/%s.conf",
		 d->ctl->netns ? d->ctl->netns : "liteflow");
	/* Without the module it would be loaded. */
	if (access(path, F_OK) || !d->reading)
		return;
	if (spawn_read_all(argv, &out)) {
		doctor_fix(d, "lfctl check %s", path);
		doctor_say(d, DOCTOR_FAULT, "conf", "%s: %.*s", path,
			   out ? (int)strcspn(out, "\n") : 0, out ? out : "");
	} else {
		plan = json_tokener_parse(out);
		differences(d, path, plan);
		if (!out_length(plan, "changes"))
			doctor_say(d, DOCTOR_OK, "conf", "the configuration matches %s", path);
		json_object_put(plan);
	}
	free(out);
}

/* --- what bypasses us --- */

/* Is there a qdisc, hook or rule? dev NULL: on any device. */
static bool asks(struct doctor *d, const char *kind, const char *dev)
{
	struct json_object *o;
	size_t i;

	for (i = 0; i < out_length(d->reading, "attachments"); i++) {
		o = out_at(d->reading, "attachments", i);
		if (!strcmp(out_str(o, "kind"), kind) && (!dev || !strcmp(out_str(o, "dev"), dev)))
			return true;
	}
	return false;
}

/* "NAME: on" in the output of ethtool -k. */
static bool is_on(const char *features, const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%s: on", name);
	return strstr(features, line);
}

static void in_hardware(struct doctor *d, const char *dev)
{
	char *argv[] = { "tc", "filter", "show", "dev", (char *)dev, "ingress", NULL };
	char *out = NULL;

	if (!spawn_read_all(argv, &out) && out && strstr(out, "\n  in_hw")) {
		doctor_fix(d, "ethtool -K %s hw-tc-offload off", dev);
		doctor_say(d, DOCTOR_WARNING, "offload",
			   "%s has filters in hardware: matching packets bypass hooks and qdiscs",
			   dev);
	}
	free(out);
}

static void offloads(struct doctor *d, const char *dev)
{
	char *argv[] = { "ethtool", "-k", (char *)dev, NULL }, *out = NULL;

	if (!spawn_read_all(argv, &out) && out) {
		if (is_on(out, "large-receive-offload")) {
			doctor_fix(d, "ethtool -K %s lro off", dev);
			doctor_say(d, DOCTOR_WARNING, "offload", "%s merges packets in hardware "
				   "(LRO): models see other lengths and gaps",
				   dev);
		}
		if (is_on(out, "hw-tc-offload"))
			in_hardware(d, dev);
	}
	free(out);
}

static void flowtables(struct doctor *d)
{
	char *argv[] = { "nft", "list", "flowtables", NULL }, *out = NULL;

	if (spawn_read_all(argv, &out) || !out || !strstr(out, "flowtable ")) {
		free(out);
		return;
	}
	if (strstr(out, "flags offload")) {
		doctor_fix(d, "nft list flowtables (and recreate it without flags offload)");
		doctor_say(d, DOCTOR_WARNING, "flowtable", "connections in a hardware flow "
			   "table bypass hooks, rules and qdiscs");
	} else if (asks(d, "hook", "") || asks(d, "xt", NULL)) {
		doctor_fix(d, "lfctl hook add NAME family netdev hook ingress dev DEV priority "
			    "-10 slot SLOT");
		doctor_say(d, DOCTOR_WARNING, "flowtable", "connections in a flow table bypass "
			   "hooks and rules after a few packets");
	}
	free(out);
}

static void vrf(struct doctor *d, const char *dev)
{
	if (!asks(d, "qdisc", dev))
		return;
	doctor_fix(d,
		    "tc qdisc del dev %s root && tc qdisc add dev MEMBER root liteflow slot SLOT",
		    dev);
	doctor_say(d, DOCTOR_WARNING, "vrf",
		   "the qdisc of VRF %s sees what this machine sends into it, not what it forwards",
		   dev);
}

/* Without br_netfilter bridged packets pass only hooks of the bridge family. */
static void bridge(struct doctor *d, const char *dev)
{
	char word[8];

	if (*doctor_sysctl_word("net/bridge/bridge-nf-call-iptables", word, sizeof(word)) == '1' ||
	    !(asks(d, "hook", "") || asks(d, "xt", NULL)))
		return;
	doctor_fix(d, "modprobe br_netfilter && sysctl -w net.bridge.bridge-nf-call-iptables=1");
	doctor_say(d, DOCTOR_WARNING, "bridge",
		   "packets that %s forwards bypass hooks and rules", dev);
}

static void one_link(struct nl_object *object, void *data)
{
	struct rtnl_link *link = (struct rtnl_link *)object;
	const char *name = rtnl_link_get_name(link), *type = rtnl_link_get_type(link);
	struct doctor *d = data;

	if (name && type && !strcmp(type, "vrf"))
		vrf(d, name);
	if (name && type && !strcmp(type, "bridge"))
		bridge(d, name);
	if (name && (asks(d, "qdisc", name) || asks(d, "hook", name) || asks(d, "xt", NULL)))
		offloads(d, name);
}

void doctor_net(struct doctor *d)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct nl_cache *links;

	if (sk && !nl_connect(sk, NETLINK_ROUTE) &&
	    !rtnl_link_alloc_cache(sk, AF_UNSPEC, &links)) {
		nl_cache_foreach(links, one_link, d);
		nl_cache_free(links);
	}
	nl_socket_free(sk);
	flowtables(d);
}

/* --- sysctl --- */

const char *doctor_sysctl_word(const char *name, char *word, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	f = fopen(path, "r");
	*word = 0;
	if (f && fgets(word, n, f))
		word[strcspn(word, " \n")] = 0;
	if (f)
		fclose(f);
	return word;
}

static bool logs(struct json_object *attachment)
{
	const char *word;
	size_t i;

	for (i = 0; i < out_length(attachment, "map"); i++) {
		word = strstr(out_str(out_at(attachment, "map", i), "does"), "log");
		if (word && (!word[3] || word[3] == ' ' || word[3] == ','))
			return true;
	}
	return false;
}

/* The kernel log and the switch belong to the initial namespace. */
void doctor_log(struct doctor *d)
{
	char title[160];
	size_t i;

	for (i = 0; i < out_length(d->reading, "attachments") && !d->log_all; i++) {
		if (!logs(out_at(d->reading, "attachments", i)))
			continue;
		attach_title(out_at(d->reading, "attachments", i), NULL, title, sizeof(title));
		doctor_fix(d, "sysctl -w net.netfilter.nf_log_all_netns=1");
		doctor_say(d, DOCTOR_WARNING, "sysctl", "%s cannot log in a network namespace: "
			   "net.netfilter.nf_log_all_netns is 0",
			   title);
	}
}
