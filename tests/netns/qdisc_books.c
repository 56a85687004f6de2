// SPDX-License-Identifier: GPL-2.0
/*
 * Do the books balance? For every liteflow qdisc of every device: what its classes have sent,
 * dropped and hold, in packets and bytes, is together what the qdisc has. Numbers that move while
 * they are read are read again.
 *
 *	qdisc_books [-p]	-p: backlogs in packets only, where a child does not count its bytes
 *				(multiq)
 *
 * Says what does not balance, and exits with 1 then; 2 if it cannot tell.
 */
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#define QDISCS_MAX	256
#define TRIES		20

enum { BYTES, PACKETS, DROPPED, QLEN, BACKLOG, NUMBERS };

static const char *const names[NUMBERS] = {
	"bytes sent", "packets sent", "dropped", "packets held", "bytes held"
};

struct book {
	int ifindex;
	uint32_t handle;
	uint64_t n[NUMBERS];
};

static struct mnl_socket *nl;
static struct book qdiscs[QDISCS_MAX], classes;
static int n_qdiscs;

static int stats_cb(const struct nlattr *a, void *data)
{
	struct book *b = data;
	struct gnet_stats_basic basic = { 0 };
	struct gnet_stats_queue queue = { 0 };

	switch (mnl_attr_get_type(a)) {
	case TCA_STATS_BASIC:
		memcpy(&basic, mnl_attr_get_payload(a), sizeof(basic) - 4);
		b->n[BYTES] += basic.bytes;
		/* Of more than 32 bits it says so elsewhere. No test sends as many. */
		b->n[PACKETS] += basic.packets;
		break;
	case TCA_STATS_QUEUE:
		memcpy(&queue, mnl_attr_get_payload(a), sizeof(queue));
		b->n[DROPPED] += queue.drops;
		b->n[QLEN] += queue.qlen;
		b->n[BACKLOG] += queue.backlog;
		break;
	}
	return MNL_CB_OK;
}

static int attr_cb(const struct nlattr *a, void *data)
{
	const struct nlattr **tb = data;

	if (mnl_attr_get_type(a) <= TCA_MAX)
		tb[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

static int object_cb(const struct nlmsghdr *n, void *data)
{
	const struct tcmsg *t = mnl_nlmsg_get_payload(n);
	const struct nlattr *tb[TCA_MAX + 1] = { NULL };
	struct book *b = data;

	mnl_attr_parse(n, sizeof(*t), attr_cb, tb);
	if (!tb[TCA_KIND] || strcmp(mnl_attr_get_str(tb[TCA_KIND]), "liteflow") || !tb[TCA_STATS2])
		return MNL_CB_OK;
	if (!b) {
		if (n_qdiscs == QDISCS_MAX)
			return MNL_CB_ERROR;
		b = &qdiscs[n_qdiscs++];
		*b = (struct book) { .ifindex = t->tcm_ifindex, .handle = t->tcm_handle };
	}
	return mnl_attr_parse_nested(tb[TCA_STATS2], stats_cb, b);
}

static bool dump(int type, int ifindex, uint32_t parent, void *data)
{
	static char buf[1 << 16];
	struct nlmsghdr *n = mnl_nlmsg_put_header(buf);
	struct tcmsg *t = mnl_nlmsg_put_extra_header(n, sizeof(*t));
	unsigned int seq = time(NULL);
	int rc = MNL_CB_OK;

	n->nlmsg_type = type;
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	n->nlmsg_seq = seq;
	t->tcm_ifindex = ifindex;
	t->tcm_parent = parent;
	if (mnl_socket_sendto(nl, n, n->nlmsg_len) < 0)
		return false;
	while (rc == MNL_CB_OK) {
		ssize_t len = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		rc = len < 0 ? MNL_CB_ERROR : mnl_cb_run(buf, len, seq, 0, object_cb, data);
	}
	return rc == MNL_CB_STOP;
}

static bool read_qdiscs(void)
{
	n_qdiscs = 0;
	return dump(RTM_GETQDISC, 0, 0, NULL);
}

/* Say what does not balance, if that is what is left to do. */
static bool balances(const struct book *q, bool packets_only, bool say)
{
	char dev[IF_NAMESIZE] = "?";
	bool ok = true;
	int i;

	for (i = 0; i < (packets_only ? BACKLOG : NUMBERS); i++) {
		if (q->n[i] == classes.n[i])
			continue;
		ok = false;
		if (say)
			printf("%s %x: %s: %llu, classes %llu\n",
			       if_indextoname(q->ifindex, dev) ?: dev, q->handle >> 16, names[i],
			       (unsigned long long)q->n[i], (unsigned long long)classes.n[i]);
	}
	return ok;
}

static bool check(bool packets_only, bool say, bool *ok)
{
	int i;

	*ok = true;
	if (!read_qdiscs())
		return false;
	for (i = 0; i < n_qdiscs; i++) {
		memset(&classes, 0, sizeof(classes));
		if (!dump(RTM_GETTCLASS, qdiscs[i].ifindex, qdiscs[i].handle, &classes))
			return false;
		*ok &= balances(&qdiscs[i], packets_only, say);
	}
	return true;
}

int main(int argc, char **argv)
{
	bool packets_only = argc > 1 && !strcmp(argv[1], "-p"), ok = false;
	int i;

	nl = mnl_socket_open(NETLINK_ROUTE);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID)) {
		perror("qdisc_books");
		return 2;
	}
	for (i = 1; i <= TRIES && !ok; i++) {
		if (!check(packets_only, i == TRIES, &ok)) {
			perror("qdisc_books");
			return 2;
		}
		if (!ok)
			usleep(20000);
	}
	return !ok;
}
