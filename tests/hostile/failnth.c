// SPDX-License-Identifier: GPL-2.0
/*
 * hostile-failnth DEVICE SNAPSHOT OTHER-SNAPSHOT
 *
 * Each operation again and again: its first allocation fails, its second, ... until it comes to its
 * end without. What fails must have changed nothing, and what nothing was denied must succeed.
 * Whether memory is lost, kmemleak says.
 *
 * /proc/thread-self/fail-nth counts the allocations of this thread alone, also those of the socket
 * calls around the operation. An ack that is lost for lack of memory (ENOBUFS) leaves open whether
 * the operation happened.
 */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/liteflow.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/pkt_sched_liteflow.h>

#define FILE_MAX	(1 << 20)
#define STATE_MAX	(1 << 20)
#define NTH_MAX		3000
#define ROOT_QDISC	0x00010000

struct file {
	unsigned char *b;
	uint32_t len;
};

struct state {
	char b[STATE_MAX];
	size_t len;
};

static struct wire gen, route;
static struct file file[2];
static const char *const model[] = { "appclass-forest", "appclass-net" };
static uint16_t family;
static int ifindex, nth_fd;
static unsigned int passed, failed;
static struct req r;

static void nth_set(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth_fd, text, len, 0) != len) {
		perror("fail-nth");
		exit(1);
	}
}

/* How many allocations are still to come before the one that fails: 0 if it has. */
static unsigned int nth_left(void)
{
	char text[16] = "";

	return pread(nth_fd, text, sizeof(text) - 1, 0) > 0 ? strtoul(text, NULL, 10) : 0;
}

/* --- operations --- */

static int ask(struct wire *w)
{
	return wire_ask(w, &r, NULL, NULL);
}

static void genl(uint8_t cmd, const char *slot)
{
	req_genl(&r, family, cmd, NLM_F_ACK);
	if (slot)
		req_str(&r, LITEFLOW_A_SLOT_NAME, slot);
}

static int slot_cmd(uint8_t cmd, const char *slot)
{
	genl(cmd, slot);
	return ask(&gen);
}

static int upload(const struct file *f)
{
	uint32_t at, n;
	int rc = 0;

	for (at = 0; !rc && at < f->len; at += n) {
		n = f->len - at < 4096 ? f->len - at : 4096;
		genl(LITEFLOW_CMD_SNAPSHOT_LOAD, NULL);
		req_u32(&r, LITEFLOW_A_SNAPSHOT_LENGTH, f->len);
		req_u32(&r, LITEFLOW_A_SNAPSHOT_OFFSET, at);
		req_put(&r, LITEFLOW_A_SNAPSHOT_DATA, f->b + at, n);
		rc = ask(&gen);
	}
	return rc;
}

static int snapshot_load(void)
{
	return upload(&file[0]);
}

static int snapshot_del(void)
{
	genl(LITEFLOW_CMD_SNAPSHOT_DEL, NULL);
	req_str(&r, LITEFLOW_A_SNAPSHOT_NAME, model[0]);
	return ask(&gen);
}

static int install(int which, bool activate)
{
	genl(LITEFLOW_CMD_SLOT_INSTALL, "s");
	req_str(&r, LITEFLOW_A_SLOT_SNAPSHOT, model[which]);
	if (activate)
		req_put(&r, LITEFLOW_A_SLOT_ACTIVATE, NULL, 0);
	return ask(&gen);
}

static int slot_add(void)
{
	genl(LITEFLOW_CMD_SLOT_NEW, "new");
	req_u32(&r, LITEFLOW_A_SLOT_SAMPLE, 1);
	return ask(&gen);
}

static int slot_sample(void)
{
	genl(LITEFLOW_CMD_SLOT_SET, "s");
	req_u32(&r, LITEFLOW_A_SLOT_SAMPLE, 1);
	req_u8(&r, LITEFLOW_A_SLOT_PIN, 1);
	return ask(&gen);
}

static int slot_install(void)
{
	return install(1, false);
}

static int slot_swap(void)
{
	return install(1, true);
}

static int slot_activate(void)
{
	return slot_cmd(LITEFLOW_CMD_SLOT_ACTIVATE, "s");
}

static int slot_rollback(void)
{
	return slot_cmd(LITEFLOW_CMD_SLOT_ROLLBACK, "s");
}

static int slot_del_forced(const char *slot)
{
	genl(LITEFLOW_CMD_SLOT_DEL, slot);
	req_put(&r, LITEFLOW_A_SLOT_FORCE, NULL, 0);
	return ask(&gen);
}

static int slot_del(void)
{
	return slot_del_forced("s");
}

static void map_put(int n, int bands)
{
	size_t nest = req_nest(&r, TCA_LITEFLOW_MAP), entry;
	char name[16];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), i < 4 ? "%d" : "class%d", i);
		entry = req_nest(&r, TCA_LITEFLOW_MAP_ENTRY);
		req_str(&r, TCA_LITEFLOW_MAP_CLASS, name);
		req_u8(&r, TCA_LITEFLOW_MAP_BAND, i % bands);
		req_nest_end(&r, entry);
	}
	req_nest_end(&r, nest);
}

static int qdisc(uint16_t flags, const char *slot, int bands, int n_map, uint32_t limit)
{
	size_t nest;

	req_tc(&r, RTM_NEWQDISC, NLM_F_ACK | flags, ifindex, ROOT_QDISC, TC_H_ROOT);
	req_str(&r, TCA_KIND, "liteflow");
	nest = req_nest(&r, TCA_OPTIONS);
	req_str(&r, TCA_LITEFLOW_SLOT, slot);
	req_u8(&r, TCA_LITEFLOW_BANDS, bands);
	req_u32(&r, TCA_LITEFLOW_LIMIT, limit);
	if (flags & NLM_F_CREATE)
		req_u32(&r, TCA_LITEFLOW_FLOWS, 64);
	map_put(n_map, bands);
	req_nest_end(&r, nest);
	return ask(&route);
}

static int qdisc_add(void)
{
	return qdisc(NLM_F_CREATE, "s", 16, 20, 1000);
}

static int qdisc_change(void)
{
	return qdisc(0, "s", 7, 40, 500);
}

static int qdisc_rebind(void)
{
	return qdisc(0, "t", 2, 5, 1000);
}

static int qdisc_del(void)
{
	req_tc(&r, RTM_DELQDISC, NLM_F_ACK, ifindex, 0, TC_H_ROOT);
	return ask(&route);
}

static int graft(void)
{
	req_tc(&r, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE, ifindex, 0x00200000, ROOT_QDISC + 2);
	req_str(&r, TCA_KIND, "fq_codel");
	return ask(&route);
}

static int ungraft(void)
{
	req_tc(&r, RTM_DELQDISC, NLM_F_ACK, ifindex, 0x00200000, ROOT_QDISC + 2);
	return ask(&route);
}

/* A listener, its requests and what is sent to it. */
static int record(void)
{
	unsigned int group;
	struct wire w;
	int rc = 0;

	w.sk = mnl_socket_open(NETLINK_GENERIC);
	if (!w.sk)
		return -errno;
	if (mnl_socket_bind(w.sk, 0, MNL_SOCKET_AUTOPID))
		rc = -errno;
	for (group = 1; !rc && group < 16; group++)
		if (mnl_socket_setsockopt(w.sk, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) &&
		    errno == ENOMEM)
			rc = -ENOMEM;
	rc = rc ?: slot_cmd(LITEFLOW_CMD_SLOT_NEW, "new");
	mnl_socket_close(w.sk);
	return rc;
}

/* --- what can be seen --- */

static void dump(struct state *s, struct wire *w)
{
	size_t room = STATE_MAX - s->len;

	req_hdr(&r)->nlmsg_flags |= NLM_F_DUMP;
	if (wire_ask(w, &r, s->b + s->len, &room))
		room = 0;
	s->len += room;
}

static void state_read(struct state *s)
{
	static const uint8_t cmds[] = { LITEFLOW_CMD_SLOT_GET, LITEFLOW_CMD_SNAPSHOT_GET,
					LITEFLOW_CMD_ATTACH_GET };
	unsigned int i;

	s->len = 0;
	for (i = 0; i < sizeof(cmds); i++) {
		genl(cmds[i], NULL);
		dump(s, &gen);
	}
	req_tc(&r, RTM_GETQDISC, 0, ifindex, 0, 0);
	dump(s, &route);
	req_tc(&r, RTM_GETTCLASS, 0, ifindex, 0, 0);
	dump(s, &route);
}

static int look(void)
{
	static struct state seen;
	size_t len;
	int rc;

	genl(LITEFLOW_CMD_SLOT_GET, "s");
	rc = ask(&gen);
	genl(LITEFLOW_CMD_SNAPSHOT_GET, NULL);
	req_str(&r, LITEFLOW_A_SNAPSHOT_NAME, model[0]);
	rc = rc ?: ask(&gen);
	genl(LITEFLOW_CMD_VERSION_GET, NULL);
	rc = rc ?: ask(&gen);
	genl(LITEFLOW_CMD_FEATURE_GET, NULL);
	req_hdr(&r)->nlmsg_flags |= NLM_F_DUMP;
	len = STATE_MAX;
	rc = rc ?: wire_ask(&gen, &r, seen.b, &len);
	genl(LITEFLOW_CMD_SLOT_GET, NULL);
	req_hdr(&r)->nlmsg_flags |= NLM_F_DUMP;
	len = STATE_MAX;
	rc = rc ?: wire_ask(&gen, &r, seen.b, &len);
	req_tc(&r, RTM_GETTCLASS, NLM_F_DUMP, ifindex, 0, 0);
	len = STATE_MAX;
	return rc ?: wire_ask(&route, &r, seen.b, &len);
}

/* --- what has to be there first --- */

enum { NOTHING, SNAPSHOTS, SLOTS, QDISC };

static int prepare(int what)
{
	int rc;

	qdisc_del();
	slot_del_forced("s");
	slot_del_forced("t");
	slot_del_forced("new");
	if (what == NOTHING) {
		rc = snapshot_del();
		return rc == -ENOENT ? 0 : rc;
	}
	rc = upload(&file[0]) ?: upload(&file[1]);
	if (rc || what == SNAPSHOTS)
		return rc;
	rc = slot_cmd(LITEFLOW_CMD_SLOT_NEW, "s");
	rc = rc ?: slot_cmd(LITEFLOW_CMD_SLOT_NEW, "t");
	rc = rc ?: install(0, true);
	rc = rc ?: install(1, true);
	rc = rc ?: install(0, false);
	if (rc || what == SLOTS)
		return rc;
	return qdisc(NLM_F_CREATE, "s", 3, 3, 1000);
}

static int prepare_grafted(int what)
{
	return prepare(what) ?: graft();
}

struct op {
	const char *name;
	int (*run)(void);
	int (*prepare)(int what);
	int what;
};

static const struct op ops[] = {
	{ "snapshot load", snapshot_load, prepare, NOTHING },
	{ "snapshot del", snapshot_del, prepare, SNAPSHOTS },
	{ "slot add, sampled", slot_add, prepare, SNAPSHOTS },
	{ "slot set sample", slot_sample, prepare, QDISC },
	{ "install", slot_install, prepare, QDISC },
	{ "install and activate", slot_swap, prepare, QDISC },
	{ "activate", slot_activate, prepare, QDISC },
	{ "roll back", slot_rollback, prepare, QDISC },
	{ "slot del force", slot_del, prepare, QDISC },
	{ "record", record, prepare, QDISC },
	{ "listings", look, prepare, QDISC },
	{ "tc qdisc add", qdisc_add, prepare, SLOTS },
	{ "tc qdisc change", qdisc_change, prepare, QDISC },
	{ "tc qdisc change to another slot", qdisc_rebind, prepare, QDISC },
	{ "tc qdisc del", qdisc_del, prepare, QDISC },
	{ "a qdisc for a class", graft, prepare, QDISC },
	{ "and its end", ungraft, prepare_grafted, QDISC },
};

static void sweep(const struct op *op)
{
	unsigned int nth, errors = 0, open = 0, changed = 0, left = 0;
	static struct state before, after;
	int rc = 0, first = 0;

	for (nth = 1; !left && nth < NTH_MAX; nth++) {
		rc = op->prepare(op->what);
		if (rc)
			break;
		state_read(&before);
		nth_set(nth);
		rc = op->run();
		left = nth_left();
		nth_set(0);
		if (left)
			break;
		errors += rc != 0;
		open += rc == -ENOBUFS;
		if (!rc || rc == -ENOBUFS)
			continue;
		state_read(&after);
		if (before.len == after.len && !memcmp(before.b, after.b, before.len))
			continue;
		changed++;
		first = first ?: (int)nth;
	}
	if (left && !rc && !changed)
		passed++;
	else
		failed++;
	printf("%s  %s: %u allocations denied, one at a time: %u errors, of %u not known; ",
	       left && !rc && !changed ? "ok  " : "FAIL", op->name, nth - 1, errors, open);
	if (changed)
		printf("%u errors changed something (the first: allocation %d)\n", changed, first);
	else
		printf("%s %d\n", left ? "none denied:" : "stopped by", rc);
	/* Sockets that a lost answer has left with something to say. */
	wire_close(&gen);
	wire_close(&route);
	wire_open(&gen, NETLINK_GENERIC, true);
	wire_open(&route, NETLINK_ROUTE, true);
}

static void file_read(struct file *f, const char *path)
{
	FILE *in = fopen(path, "rb");

	f->b = malloc(FILE_MAX);
	if (!in || !f->b) {
		perror(path);
		exit(1);
	}
	f->len = fread(f->b, 1, FILE_MAX, in);
	fclose(in);
}

/* A listener, so that every event is sent. */
static void listen_in(struct wire *w)
{
	unsigned int group;

	wire_open(w, NETLINK_GENERIC, false);
	for (group = 1; group < 32; group++)
		mnl_socket_setsockopt(w->sk, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

int main(int argc, char **argv)
{
	struct wire listener;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (argc < 4 || nth_fd < 0) {
		fprintf(stderr, "usage: hostile-failnth DEVICE SNAPSHOT OTHER-SNAPSHOT\n");
		return 2;
	}
	ifindex = if_nametoindex(argv[1]);
	file_read(&file[0], argv[2]);
	file_read(&file[1], argv[3]);
	wire_open(&gen, NETLINK_GENERIC, true);
	wire_open(&route, NETLINK_ROUTE, true);
	listen_in(&listener);
	family = wire_family(&gen, "liteflow");
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		sweep(&ops[i]);
	prepare(NOTHING);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
