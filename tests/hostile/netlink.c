// SPDX-License-Identifier: GPL-2.0
/*
 * hostile-netlink SEED N DEVICE SNAPSHOT [user]
 *
 * Spoilt requests to the family liteflow and to the qdisc liteflow on DEVICE: N of every kind,
 * determined by SEED. The kernel has to live, to answer each within a second, and to work as
 * before. With `user` it is the root of a user namespace who asks, who may not touch snapshots.
 *
 * A request counts as answered by its ack, its error or the end of its dump. Where a spoilt header
 * asks for no answer, a good request after it has to be answered.
 *
 * One file, though long: a kind of request is a short function and a row of a table.
 */
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/liteflow.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/pkt_sched_liteflow.h>

#define FILE_MAX	(1 << 20)
#define N_TALKERS	3

struct hostile h;
struct req r;

static void check(bool good, const char *fmt, ...)
{
	va_list args;

	if (good)
		h.passed++;
	else
		h.failed++;
	if (good && !getenv("V"))
		return;
	printf("%s  ", good ? "ok  " : "FAIL");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

static void said(int rc)
{
	if (rc == WIRE_SILENT)
		h.silent++;
	else if (rc)
		h.refused++;
	else
		h.accepted++;
}

/* --- a good request, and that it is answered --- */

static int genl(struct wire *w, uint8_t cmd, const char *name)
{
	req_genl(&r, h.family, cmd, NLM_F_ACK);
	if (name)
		req_str(&r, LITEFLOW_A_SLOT_NAME, name);
	return wire_ask(w, &r, NULL, NULL);
}

static int qdisc_del(struct wire *w)
{
	req_tc(&r, RTM_DELQDISC, NLM_F_ACK, h.ifindex, 0, TC_H_ROOT);
	return wire_ask(w, &r, NULL, NULL);
}

static int qdisc_add(struct wire *w, const char *slot)
{
	size_t nest;

	req_tc(&r, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, h.ifindex, ROOT_QDISC,
	       TC_H_ROOT);
	req_str(&r, TCA_KIND, "liteflow");
	nest = req_nest(&r, TCA_OPTIONS);
	req_str(&r, TCA_LITEFLOW_SLOT, slot);
	req_nest_end(&r, nest);
	return wire_ask(w, &r, NULL, NULL);
}

/* Deletes all slots, by force. */
static int slots_clear(struct wire *w)
{
	static char all[1 << 18];
	const struct nlmsghdr *nlh;
	const struct nlattr *a;
	size_t len = sizeof(all);
	int rc, left;

	req_genl(&r, h.family, LITEFLOW_CMD_SLOT_GET, NLM_F_DUMP);
	rc = wire_ask(w, &r, all, &len);
	left = len;
	for (nlh = (void *)all; !rc && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		req_genl(&r, h.family, LITEFLOW_CMD_SLOT_DEL, NLM_F_ACK);
		mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr))
			if (mnl_attr_get_type(a) == LITEFLOW_A_SLOT_NAME)
				req_put(&r, LITEFLOW_A_SLOT_NAME, mnl_attr_get_payload(a),
					mnl_attr_get_payload_len(a));
		req_put(&r, LITEFLOW_A_SLOT_FORCE, NULL, 0);
		rc = wire_ask(w, &r, NULL, NULL);
	}
	return rc;
}

/* Does all still work? New sockets, for the old ones may be full of answers. */
static void works_still(const char *after)
{
	struct wire g, t;
	int rc[6];

	wire_open(&g, NETLINK_GENERIC, true);
	wire_open(&t, NETLINK_ROUTE, true);
	qdisc_del(&t);
	rc[0] = slots_clear(&g);
	rc[1] = genl(&g, LITEFLOW_CMD_VERSION_GET, NULL);
	rc[2] = genl(&g, LITEFLOW_CMD_SLOT_NEW, "alive");
	rc[3] = qdisc_add(&t, "alive");
	rc[4] = qdisc_del(&t);
	rc[5] = genl(&g, LITEFLOW_CMD_SLOT_DEL, "alive");
	check(!(rc[0] | rc[1] | rc[2] | rc[3] | rc[4] | rc[5]),
	      "after %s: clear %d, version %d, slot %d, qdisc %d, no qdisc %d, no slot %d", after,
	      rc[0], rc[1], rc[2], rc[3], rc[4], rc[5]);
	if (g.slowest_ns > h.slowest_ns)
		h.slowest_ns = g.slowest_ns;
	if (t.slowest_ns > h.slowest_ns)
		h.slowest_ns = t.slowest_ns;
	wire_close(&g);
	wire_close(&t);
}

/*
 * What was built is spoilt as a whole: header, length, single bytes. Returns false if no answer is
 * to be expected.
 */
static bool spoil(size_t fixed)
{
	struct nlmsghdr *nlh = req_hdr(&r);
	bool answer = true;
	unsigned int i;

	switch (rnd(16)) {
	case 0:		/* cut short, and says so */
		r.len = NLMSG_HDRLEN + rnd(r.len - NLMSG_HDRLEN + 1);
		nlh->nlmsg_len = r.len;
		break;
	case 1:		/* cut short, and does not */
		r.len = rnd(r.len) + 1;
		answer = false;
		break;
	case 2:
		nlh->nlmsg_len = number();
		answer = false;
		break;
	case 3:
		nlh->nlmsg_flags ^= 1 << rnd(16);
		answer = false;
		break;
	case 4:
		nlh->nlmsg_flags = rnd(65536);
		answer = false;
		break;
	case 5:
		nlh->nlmsg_flags |= NLM_F_DUMP;
		break;
	case 6:		/* command, version, device, handles */
		for (i = 0; i < 3; i++)
			r.b[NLMSG_HDRLEN + rnd(fixed)] = rnd(256);
		break;
	case 7:
		for (i = 0; r.len > fixed + NLMSG_HDRLEN && i < 4; i++)
			r.b[NLMSG_HDRLEN + fixed + rnd(r.len - fixed - NLMSG_HDRLEN)] = rnd(256);
		break;
	default:
		break;
	}
	return answer;
}

static void barrier_build(bool tc)
{
	if (tc) {
		req_tc(&r, RTM_GETQDISC, NLM_F_ACK, h.ifindex, 0, TC_H_ROOT);
	} else {
		req_genl(&r, h.family, LITEFLOW_CMD_VERSION_GET, NLM_F_ACK);
	}
}

static int one(struct wire *w, const struct kind *k, bool tc)
{
	uint32_t parent = k->parent ?: ROOT_QDISC + rnd(18), handle = rnd(3) ? 0 :
								      rnd(2) ? ROOT_QDISC :
									       rnd(8) << 16;
	uint16_t flags = NLM_F_ACK;
	bool answer;

	if (!rnd(5))
		flags |= rnd(2) ? NLM_F_DUMP : rnd(16) << 8;
	if (tc && (k->type == RTM_NEWQDISC || k->type == RTM_NEWTFILTER))
		flags |= rnd(3) ? NLM_F_CREATE | NLM_F_REPLACE : NLM_F_CREATE;
	if (tc)
		req_tc(&r, k->type, flags, h.ifindex, k->parent == TC_H_ROOT ? ROOT_QDISC : handle,
		       rnd(10) ? parent : number());
	else
		req_genl(&r, h.family, k->type, flags);
	if (k->put == put_filter)
		((struct tcmsg *)(r.b + NLMSG_HDRLEN))->tcm_info =
			rnd(4) << 16 | (rnd(8) ? htons(ETH_P_ALL) : rnd(65536));
	/* Few errors get further than many. */
	r.wild = rnd(3) ? rnd(2) ? 5 + rnd(60) : 1 + rnd(5) : 0;
	k->put();
	r.wild = 0;
	if (r.len > 60000 && tc)
		r.len = 60000;
	req_end(&r)->nlmsg_seq = ++w->seq;
	answer = spoil(tc ? sizeof(struct tcmsg) : sizeof(struct genlmsghdr));
	if (wire_send(w, &r))
		answer = false;
	if (answer)
		return wire_wait(w, w->seq, NULL, NULL);
	barrier_build(tc);
	return wire_ask(w, &r, NULL, NULL) == WIRE_SILENT ? WIRE_SILENT : -ENOMSG;
}

/*
 * A user must not succeed; whether he is told that he may not, or what else is wrong, does not
 * matter.
 */
static bool allowed(const struct kind *k, int rc)
{
	if (!h.user || !k->admin)
		return true;
	if (rc == -EPERM)
		h.forbidden++;
	return rc;
}

static void many(const struct kind *k, bool tc)
{
	unsigned int i, silent = 0, trespass = 0, ok = 0;
	struct wire w[2];
	int rc;

	wire_open(&w[0], tc ? NETLINK_ROUTE : NETLINK_GENERIC, true);
	wire_open(&w[1], tc ? NETLINK_ROUTE : NETLINK_GENERIC, false);
	for (i = 0; i < h.n; i++) {
		rc = one(&w[i & 1], k, tc);
		said(rc);
		silent += rc == WIRE_SILENT;
		ok += !rc;
		trespass += !allowed(k, rc) && !(req_hdr(&r)->nlmsg_flags & NLM_F_DUMP) &&
			    r.b[NLMSG_HDRLEN] == k->type;
	}
	check(!silent && !trespass, "%u of %s: %u accepted, %u not answered, %u not allowed", h.n,
	      k->name, ok, silent, trespass);
	for (i = 0; i < 2; i++) {
		if (w[i].slowest_ns > h.slowest_ns)
			h.slowest_ns = w[i].slowest_ns;
		wire_close(&w[i]);
	}
}

/* --- uploads --- */

static int piece(struct wire *w, uint32_t length, uint32_t offset, const void *data, size_t len)
{
	req_genl(&r, h.family, LITEFLOW_CMD_SNAPSHOT_LOAD, NLM_F_ACK);
	req_u32(&r, LITEFLOW_A_SNAPSHOT_LENGTH, length);
	req_u32(&r, LITEFLOW_A_SNAPSHOT_OFFSET, offset);
	req_put(&r, LITEFLOW_A_SNAPSHOT_DATA, data, len);
	return wire_ask(w, &r, NULL, NULL);
}

static int upload(struct wire *w, const unsigned char *file, uint32_t len, uint32_t step)
{
	uint32_t at, n;
	int rc = 0;

	for (at = 0; !rc && at < len; at += n) {
		n = len - at < step ? len - at : step;
		rc = piece(w, len, at, file + at, n);
	}
	return rc;
}

static int snapshot_del(struct wire *w, const char *name)
{
	req_genl(&r, h.family, LITEFLOW_CMD_SNAPSHOT_DEL, NLM_F_ACK);
	req_str(&r, LITEFLOW_A_SNAPSHOT_NAME, name);
	return wire_ask(w, &r, NULL, NULL);
}

static void is(const char *what, int wanted, int got)
{
	check(wanted == got, "%s: wanted %d (%s), got %d", what, wanted, strerror(-wanted), got);
}

static void uploads_refused(void)
{
	static unsigned char much[LITEFLOW_CHUNK_MAX + 1];
	const uint32_t step = LITEFLOW_CHUNK_MAX / 2;
	uint32_t len = h.file_len, at;
	struct wire w;

	wire_open(&w, NETLINK_GENERIC, true);
	is("a later piece first", -ENOENT, piece(&w, len, 100, h.file + 100, 100));
	is("a first piece", 0, piece(&w, len, 0, h.file, 1000));
	is("a gap", -EINVAL, piece(&w, len, 1001, h.file + 1001, 100));
	is("which ends the upload", -ENOENT, piece(&w, len, 1000, h.file + 1000, 100));
	piece(&w, len, 0, h.file, 1000);
	is("pieces that overlap", -EINVAL, piece(&w, len, 999, h.file + 999, 100));
	piece(&w, len, 0, h.file, 1000);
	is("another length", -EINVAL, piece(&w, len + 8, 1000, h.file + 1000, 100));
	for (at = 0; len - at > step; at += step)
		piece(&w, len, at, h.file + at, step);
	is("beyond the end", -EMSGSIZE, piece(&w, len, at, h.file, len - at + 1));
	piece(&w, len, 0, h.file, 1000);
	is("nothing", -EMSGSIZE, piece(&w, len, 1000, h.file, 0));
	is("too much at once", -EMSGSIZE, piece(&w, 1 << 20, 0, much, sizeof(much)));
	is("too long", -E2BIG, piece(&w, 0xffffffff, 0, h.file, 100));
	is("offset and length wrap round", -ENOENT, piece(&w, len, 0xffffffff, h.file, 100));
	wire_close(&w);
}

static void uploads_taken(void)
{
	struct wire w[4];
	unsigned int i;
	uint32_t at, n;
	int rc = 0;

	for (i = 0; i < 4; i++)
		wire_open(&w[i], NETLINK_GENERIC, true);
	for (at = 0; at < h.file_len; at += n) {
		n = h.file_len - at < 777 ? h.file_len - at : 777;
		for (i = 0; i < 4; i++)
			rc = rc ?: piece(&w[i], h.file_len, at, h.file + at, n);
	}
	is("four sockets at once", 0, rc);
	for (i = 0; i < 4; i++)
		wire_close(&w[i]);
	for (i = 0, rc = 0; i < 100; i++) {
		wire_open(&w[0], NETLINK_GENERIC, true);
		rc = rc ?: piece(&w[0], h.file_len, 0, h.file, 100);
		wire_close(&w[0]);
	}
	is("a hundred, one after the other, abandoned", 0, rc);
}

static void uploads_corrupt(void)
{
	unsigned char *copy = malloc(h.file_len);
	unsigned int i, k, taken = 0, silent = 0;
	uint32_t len;
	struct wire w;
	int rc;

	wire_open(&w, NETLINK_GENERIC, true);
	for (i = 0; i < h.n; i++) {
		memcpy(copy, h.file, h.file_len);
		for (k = 1 + rnd(4); k; k--)
			copy[rnd(3) ? rnd(h.file_len) : rnd(256)] ^= 1 + rnd(255);
		len = rnd(4) ? h.file_len : 1 + rnd(h.file_len);
		rc = upload(&w, copy, len, 1 + rnd(LITEFLOW_CHUNK_MAX));
		said(rc);
		/* Two flips may undo each other. */
		taken += !rc && (len != h.file_len || memcmp(copy, h.file, len));
		silent += rc == WIRE_SILENT;
	}
	check(!taken && !silent, "%u corrupt files: %u taken, %u not answered", h.n, taken, silent);
	wire_close(&w);
	free(copy);
}

/* Several processes load and delete at the same time. */
static void uploads_at_once(void)
{
	int status, bad = 0, rc, i;
	unsigned int k;
	struct wire w;

	for (i = 0; i < N_TALKERS; i++) {
		if (fork())
			continue;
		wire_open(&w, NETLINK_GENERIC, true);
		for (k = 0; k < h.n / 4; k++) {
			rc = upload(&w, h.file, h.file_len, 4096);
			if (!rc)
				rc = snapshot_del(&w, "appclass-forest");
			if (rc && rc != -ENOENT)
				_exit(1);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	is("processes that load and delete the same: unexpected ends", 0, bad);
}

static void uploads(void)
{
	struct wire w;
	int rc;

	wire_open(&w, NETLINK_GENERIC, true);
	rc = upload(&w, h.file, h.file_len, 4096);
	is("a good upload", h.user ? -EPERM : 0, rc);
	is("deleting it", h.user ? -EPERM : 0, snapshot_del(&w, "appclass-forest"));
	if (!h.user) {
		uploads_refused();
		uploads_taken();
		uploads_corrupt();
		is("deleting it again", 0, snapshot_del(&w, "appclass-forest"));
		uploads_at_once();
		is("loading it again", 0, upload(&w, h.file, h.file_len, 4096));
	}
	wire_close(&w);
	works_still("uploads");
}

/* --- dumps --- */

static void slots_fill(struct wire *w)
{
	char name[8];
	int i;

	slots_clear(w);
	for (i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		genl(w, LITEFLOW_CMD_SLOT_NEW, name);
	}
}

static void dump_begin(struct wire *w, uint8_t cmd)
{
	req_genl(&r, h.family, cmd, NLM_F_DUMP);
	req_end(&r)->nlmsg_seq = ++w->seq;
	wire_send(w, &r);
}

static void dumps(void)
{
	uint8_t cmds[] = { LITEFLOW_CMD_SLOT_GET, LITEFLOW_CMD_FEATURE_GET,
			   LITEFLOW_CMD_SNAPSHOT_GET, LITEFLOW_CMD_ATTACH_GET };
	struct wire w, d;
	char little[512];
	int rc, i, small = 1;
	char name[8];

	wire_open(&w, NETLINK_GENERIC, true);
	slots_fill(&w);

	/* Slots go while they are listed, the one where the listing stands among them. */
	wire_open(&d, NETLINK_GENERIC, true);
	dump_begin(&d, LITEFLOW_CMD_SLOT_GET);
	mnl_socket_recvfrom(d.sk, little, sizeof(little));
	for (i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		genl(&w, LITEFLOW_CMD_SLOT_DEL, name);
	}
	is("a dump whose slots go", 0, wire_wait(&d, d.seq, NULL, NULL));
	wire_close(&d);

	slots_fill(&w);
	for (i = 0; i < 50; i++) {
		wire_open(&d, NETLINK_GENERIC, rnd(2));
		dump_begin(&d, cmds[rnd(4)]);
		if (rnd(2))
			mnl_socket_recvfrom(d.sk, little, sizeof(little));
		wire_close(&d);
	}
	is("dumps that nobody reads to the end", 0, genl(&w, LITEFLOW_CMD_VERSION_GET, NULL));

	wire_open(&d, NETLINK_GENERIC, true);
	dump_begin(&d, LITEFLOW_CMD_SLOT_GET);
	dump_begin(&d, LITEFLOW_CMD_SLOT_GET);
	rc = wire_wait(&d, d.seq, NULL, NULL);
	check(rc == -EBUSY || !rc, "a dump into a dump: %d", rc);
	wire_close(&d);

	wire_open(&d, NETLINK_GENERIC, true);
	setsockopt(mnl_socket_get_fd(d.sk), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (i = 0; i < 20; i++) {
		dump_begin(&d, cmds[i % 4]);
		rc = wire_wait(&d, d.seq, NULL, NULL);
	}
	check(rc != WIRE_SILENT, "dumps into the smallest of buffers: %d", rc);
	wire_close(&d);
	wire_close(&w);
	works_still("dumps");
}

/* Several processes at once, each with requests of all kinds. */
static void at_once(void)
{
	unsigned int k, silent;
	struct wire g, t;
	int i, status, bad = 0;

	for (i = 0; i < N_TALKERS; i++) {
		if (fork())
			continue;
		rnd_seed(rnd(1 << 30) + 1000 * i);
		wire_open(&g, NETLINK_GENERIC, true);
		wire_open(&t, NETLINK_ROUTE, true);
		for (k = 0, silent = 0; k < 2 * h.n; k++)
			silent += (rnd(3) ? one(&g, &genl_kinds[rnd(N_GENL_KINDS)], false) :
					    one(&t, &tc_kinds[rnd(N_TC_KINDS)], true)) ==
				  WIRE_SILENT;
		_exit(silent != 0);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	check(!bad, "%d processes with %u requests of all kinds: %d were not answered", N_TALKERS,
	      2 * h.n, bad);
	works_still("requests of all kinds at once");
}

static void tc_requests(void)
{
	struct wire t, g;
	unsigned int i;

	for (i = 0; i < N_TC_KINDS; i++) {
		wire_open(&t, NETLINK_ROUTE, true);
		wire_open(&g, NETLINK_GENERIC, true);
		genl(&g, LITEFLOW_CMD_SLOT_NEW, "a");
		qdisc_add(&t, "a");
		wire_close(&t);
		wire_close(&g);
		many(&tc_kinds[i], true);
		works_still(tc_kinds[i].name);
	}
}

static unsigned char *file_read(const char *path, uint32_t *len)
{
	unsigned char *b = malloc(FILE_MAX);
	FILE *f = fopen(path, "rb");

	if (!f || !b) {
		perror(path);
		exit(1);
	}
	*len = fread(b, 1, FILE_MAX, f);
	fclose(f);
	return b;
}

int main(int argc, char **argv)
{
	struct wire w;
	unsigned int i;

	if (argc < 5) {
		fprintf(stderr, "usage: hostile-netlink SEED N DEVICE SNAPSHOT [user]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	rnd_seed(strtoull(argv[1], NULL, 0));
	h.n = strtoul(argv[2], NULL, 0);
	h.ifindex = if_nametoindex(argv[3]);
	h.file = file_read(argv[4], &h.file_len);
	h.user = argc > 5;
	wire_open(&w, NETLINK_GENERIC, true);
	h.family = wire_family(&w, "liteflow");
	check(h.family && h.ifindex, "the family is %u, the device %d", h.family, h.ifindex);
	if (!h.failed) {
		uploads();
		for (i = 0; i < N_GENL_KINDS; i++)
			many(&genl_kinds[i], false);
		works_still("requests of the family");
		dumps();
		tc_requests();
		at_once();
	}
	wire_close(&w);
	printf("seed %s%s: %u requests accepted, %u refused (%u times \"not permitted\"), %u "
	       "silent; the slowest %.0f ms\n",
	       argv[1], h.user ? ", as user" : "", h.accepted, h.refused, h.forbidden, h.silent,
	       h.slowest_ns / 1e6);
	printf("%u passed, %u failed\n", h.passed, h.failed);
	return h.failed != 0;
}
