// SPDX-License-Identifier: GPL-2.0
/*
 * hostile-races SECONDS DEVICE ADDRESS SNAPSHOT
 *
 * A process each that does one thing again and again, all at the same time: slots, swaps of slot a,
 * uploads, qdiscs and filters below class 1:1 of DEVICE, listings, a listener, and packets to
 * ADDRESS. Single requests may be refused, for what they want may be gone; each has to be answered.
 * Prints how often each went through.
 */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/liteflow.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/pkt_sched_liteflow.h>

#define FILE_MAX	(1 << 20)
#define ABOVE		0x00010001	/* where the qdisc is */
#define HANDLE		0x00100000
#define BUSY_MS		20000		/* a busy machine may take its time, but not for ever */

static struct wire gen, route;
static struct req r;
static uint16_t family;
static int ifindex;
static unsigned char *file;
static uint32_t file_len;
static const char *address;

/* Of each worker: how many requests went through, were refused, were not answered. */
struct count {
	unsigned long good, refused, silent;
};

static struct count *counts, *mine;

static int asked(struct wire *w, void *out, size_t *len)
{
	int rc = wire_ask(w, &r, out, len), left;

	for (left = BUSY_MS / WIRE_WAIT_MS; rc == WIRE_SILENT && left; left--)
		rc = wire_wait(w, w->seq, out, len);
	if (rc == WIRE_SILENT)
		mine->silent++;
	else if (rc)
		mine->refused++;
	else
		mine->good++;
	return rc;
}

static int slot_cmd(uint8_t cmd, const char *slot)
{
	req_genl(&r, family, cmd, NLM_F_ACK);
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot);
	return asked(&gen, NULL, NULL);
}

static void slot_new(const char *slot, uint32_t sample)
{
	req_genl(&r, family, LITEFLOW_CMD_SLOT_NEW, NLM_F_ACK);
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot);
	req_u32(&r, LITEFLOW_A_SLOT_SAMPLE, sample);
	asked(&gen, NULL, NULL);
}

static void slot_set(const char *slot)
{
	req_genl(&r, family, LITEFLOW_CMD_SLOT_SET, NLM_F_ACK);
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot);
	req_u32(&r, LITEFLOW_A_SLOT_SAMPLE, rnd(3));
	req_u8(&r, LITEFLOW_A_SLOT_PIN, rnd(2));
	asked(&gen, NULL, NULL);
}

static void slot_del(const char *slot)
{
	req_genl(&r, family, LITEFLOW_CMD_SLOT_DEL, NLM_F_ACK);
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot);
	req_put(&r, LITEFLOW_A_SLOT_FORCE, NULL, 0);
	asked(&gen, NULL, NULL);
}

static void install(const char *slot, const char *snapshot, bool activate)
{
	req_genl(&r, family, LITEFLOW_CMD_SLOT_INSTALL, NLM_F_ACK);
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot);
	req_str(&r, LITEFLOW_A_SLOT_SNAPSHOT, snapshot);
	if (activate)
		req_put(&r, LITEFLOW_A_SLOT_ACTIVATE, NULL, 0);
	asked(&gen, NULL, NULL);
}

static const char *model(void)
{
	static const char *const names[] = { "appclass-forest", "appclass-net", "observer" };

	return names[rnd(3)];
}

static const char *slot_name(void)
{
	static const char *const names[] = { "s0", "s1", "s2", "s3" };

	return names[rnd(4)];
}

/* --- what the workers do --- */

static void slots(void)
{
	const char *slot = slot_name();

	slot_new(slot, rnd(3));
	install(slot, model(), rnd(2));
	slot_set(slot);
	slot_cmd(LITEFLOW_CMD_SLOT_ACTIVATE, slot);
	if (rnd(2))
		slot_del(slot);
}

/* Now and then the slot that packets ask goes and comes back. */
static void swaps(void)
{
	switch (rnd(12)) {
	case 0:
		slot_del("a");
		slot_new("a", 1);
		break;
	case 1:
		slot_set("a");
		break;
	case 2:
	case 3:
		slot_cmd(LITEFLOW_CMD_SLOT_ROLLBACK, "a");
		break;
	case 4:
		slot_cmd(LITEFLOW_CMD_SLOT_ACTIVATE, "a");
		break;
	default:
		install("a", model(), rnd(4));
		break;
	}
}

static void uploads(void)
{
	uint32_t at, n, stop = rnd(4) ? file_len : rnd(file_len);
	int rc = 0;

	for (at = 0; !rc && at < stop; at += n) {
		n = file_len - at < 5000 ? file_len - at : 5000;
		req_genl(&r, family, LITEFLOW_CMD_SNAPSHOT_LOAD, NLM_F_ACK);
		req_u32(&r, LITEFLOW_A_SNAPSHOT_LENGTH, file_len);
		req_u32(&r, LITEFLOW_A_SNAPSHOT_OFFSET, at);
		req_put(&r, LITEFLOW_A_SNAPSHOT_DATA, file + at, n);
		rc = asked(&gen, NULL, NULL);
	}
	req_genl(&r, family, LITEFLOW_CMD_SNAPSHOT_DEL, NLM_F_ACK);
	req_str(&r, LITEFLOW_A_SNAPSHOT_NAME, "observer");
	asked(&gen, NULL, NULL);
}

static void qdisc(uint16_t flags)
{
	uint8_t bands = 1 + rnd(16);
	size_t nest, map, entry;
	unsigned int i;
	char name[16];

	req_tc(&r, RTM_NEWQDISC, NLM_F_ACK | flags, ifindex, HANDLE, ABOVE);
	req_str(&r, TCA_KIND, "liteflow");
	nest = req_nest(&r, TCA_OPTIONS);
	req_str(&r, TCA_LITEFLOW_SLOT, rnd(3) ? "a" : slot_name());
	req_u8(&r, TCA_LITEFLOW_BANDS, bands);
	req_u8(&r, TCA_LITEFLOW_DEFAULT, rnd(bands));
	req_u8(&r, TCA_LITEFLOW_MODE, rnd(2));
	req_u32(&r, TCA_LITEFLOW_LIMIT, 1 + rnd(1000));
	req_u32(&r, TCA_LITEFLOW_IDLE, 100 + rnd(200));
	if (flags & NLM_F_CREATE)
		req_u32(&r, TCA_LITEFLOW_FLOWS, 64);
	map = req_nest(&r, TCA_LITEFLOW_MAP);
	for (i = rnd(5); i; i--) {
		snprintf(name, sizeof(name), "%u", i);
		entry = req_nest(&r, TCA_LITEFLOW_MAP_ENTRY);
		req_str(&r, TCA_LITEFLOW_MAP_CLASS, name);
		req_u8(&r, TCA_LITEFLOW_MAP_BAND, rnd(bands));
		req_nest_end(&r, entry);
	}
	req_nest_end(&r, map);
	req_nest_end(&r, nest);
	asked(&route, NULL, NULL);
}

static void qdiscs(void)
{
	switch (rnd(8)) {
	case 0:
		req_tc(&r, RTM_DELQDISC, NLM_F_ACK, ifindex, HANDLE, ABOVE);
		asked(&route, NULL, NULL);
		/* fallthrough */
	case 1:
		qdisc(NLM_F_CREATE);
		break;
	case 2:
		req_tc(&r, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, ifindex, 0,
		       HANDLE + 1 + rnd(4));
		req_str(&r, TCA_KIND, rnd(2) ? "pfifo" : "fq_codel");
		asked(&route, NULL, NULL);
		break;
	case 3:
		req_tc(&r, RTM_DELQDISC, NLM_F_ACK, ifindex, 0, HANDLE + 1 + rnd(4));
		asked(&route, NULL, NULL);
		break;
	default:
		qdisc(0);
		break;
	}
}

static void filters(void)
{
	uint16_t type = rnd(2) ? RTM_NEWTFILTER : RTM_DELTFILTER;
	size_t nest;

	req_tc(&r, type, NLM_F_ACK | (type == RTM_NEWTFILTER ? NLM_F_CREATE : 0), ifindex, 0,
	       HANDLE);
	((struct tcmsg *)(r.b + NLMSG_HDRLEN))->tcm_info = 1 << 16 | htons(ETH_P_ALL);
	req_str(&r, TCA_KIND, "matchall");
	nest = req_nest(&r, TCA_OPTIONS);
	req_u32(&r, TCA_MATCHALL_CLASSID, HANDLE + 1 + rnd(4));
	req_nest_end(&r, nest);
	asked(&route, NULL, NULL);
	usleep(20000);
}

static void listings(void)
{
	static const uint8_t cmds[] = { LITEFLOW_CMD_SLOT_GET, LITEFLOW_CMD_SNAPSHOT_GET,
					LITEFLOW_CMD_ATTACH_GET };
	static const uint16_t types[] = { RTM_GETQDISC, RTM_GETTCLASS };

	req_genl(&r, family, cmds[rnd(3)], NLM_F_DUMP);
	asked(&gen, NULL, NULL);
	slot_cmd(LITEFLOW_CMD_SLOT_GET, rnd(2) ? "a" : slot_name());
	req_tc(&r, types[rnd(2)], NLM_F_DUMP, ifindex, 0, 0);
	asked(&route, NULL, NULL);
}

/* Joins all groups, reads what comes for a while, and is gone. */
static void listens(void)
{
	static char in[256 * 1024];
	unsigned int group, n = rnd(50);
	struct timeval soon = { .tv_usec = 20000 };
	struct wire w;

	wire_open(&w, NETLINK_GENERIC, false);
	for (group = 1; group < 32; group++)
		mnl_socket_setsockopt(w.sk, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	setsockopt(mnl_socket_get_fd(w.sk), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	while (n--) {
		if (mnl_socket_recvfrom(w.sk, in, sizeof(in)) > 0)
			mine->good++;
		else
			mine->refused++;
	}
	wire_close(&w);
}

/* Short flows and longer ones. */
static void packets(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(1 + rnd(60000)) };
	int s = socket(AF_INET, SOCK_DGRAM, 0), n = 1 + rnd(100);
	char text[1400] = "";

	inet_pton(AF_INET, address, &to.sin_addr);
	while (n--) {
		if (sendto(s, text, rnd(sizeof(text)), MSG_DONTWAIT, (void *)&to, sizeof(to)) < 0)
			mine->refused++;
		else
			mine->good++;
	}
	close(s);
}

static const struct {
	const char *name;
	void (*work)(void);
} workers[] = {
	{ "slots", slots },     { "swaps", swaps },     { "uploads", uploads },
	{ "qdiscs", qdiscs },   { "filters", filters }, { "listings", listings },
	{ "listens", listens }, { "packets", packets }, { "more packets", packets },
};

#define N_WORKERS	(sizeof(workers) / sizeof(workers[0]))

static void worker(unsigned int n, time_t end)
{
	rnd_seed(n);
	mine = &counts[n];
	wire_open(&gen, NETLINK_GENERIC, true);
	wire_open(&route, NETLINK_ROUTE, true);
	while (time(NULL) < end)
		workers[n].work();
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned int i, passed = 0, failed = 0;
	time_t end;
	FILE *in;

	if (argc < 5) {
		fprintf(stderr, "usage: hostile-races SECONDS DEVICE ADDRESS SNAPSHOT\n");
		return 2;
	}
	end = time(NULL) + atoi(argv[1]);
	ifindex = if_nametoindex(argv[2]);
	address = argv[3];
	in = fopen(argv[4], "rb");
	file = malloc(FILE_MAX);
	counts = mmap(NULL, sizeof(*counts) * N_WORKERS, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!in || !file || counts == MAP_FAILED) {
		perror(argv[4]);
		return 1;
	}
	file_len = fread(file, 1, FILE_MAX, in);
	wire_open(&gen, NETLINK_GENERIC, true);
	family = wire_family(&gen, "liteflow");
	for (i = 0; i < N_WORKERS; i++)
		if (!fork())
			worker(i, end);
	while (wait(NULL) > 0)
		;
	for (i = 0; i < N_WORKERS; i++) {
		printf("%s: %lu went through, %lu did not, %lu were not answered\n",
		       workers[i].name, counts[i].good, counts[i].refused, counts[i].silent);
		if (counts[i].good && !counts[i].silent)
			passed++;
		else
			failed++;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
