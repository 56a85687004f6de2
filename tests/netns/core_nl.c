// SPDX-License-Identifier: GPL-2.0
/*
 * Speaks to the liteflow family without lfctl's manners, for core.sh; and sends what core.sh needs
 * on the wire.
 *
 *	core-nl piece LENGTH OFFSET FILE [LENGTH OFFSET FILE]...
 *				pieces of a snapshot on one socket: the last answer
 *	core-nl many N FILE	begin N uploads at once: how many were taken, and what was said to
 *				the next
 *	core-nl fuzz N SEED	N requests of random attributes: none may do harm
 *	core-nl listen SECONDS	samples and outcomes, a line each, until there was an outcome
 *	core-nl confidence SLOT PERCENT	what the kernel says to such a bound
 *	core-nl history SLOT BITS	what it says to such a key of a history
 *	core-nl dump CMD	how many answers a dump has
 *	core-nl udp SPORT N BYTES ADDRESS DPORT		datagrams of one flow; SPORT 0: any
 *	core-nl flood SECONDS BYTES ADDRESS DPORT	flows of 20 datagrams, one after the other:
 *							how many datagrams
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/liteflow.h>
#include <linux/netlink.h>

#define BUFFER	65536

struct genl {
	struct mnl_socket *sk;
	uint16_t family;
	uint32_t samples;		/* group */
	int err;			/* of the last request */
	char text[256];			/* the kernel's sentence about it */
	unsigned int answers;
};

static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("core-nl: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* --- the family --- */

/*
 * The sentence stands behind what the kernel gives back of the request, all of it or (capped) its
 * header.
 */
static void read_sentence(struct genl *g, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t at = sizeof(*e);
	const struct nlattr *attr;

	g->text[0] = '\0';
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlh->nlmsg_type == NLMSG_DONE)
		at = sizeof(int);
	else if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && e->error)
		at += e->msg.nlmsg_len - sizeof(e->msg);
	mnl_attr_for_each(attr, nlh, at)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(g->text, sizeof(g->text), "%s", mnl_attr_get_str(attr));
}

/* True where it was the last message of an answer. */
static bool read_answer(struct genl *g, const struct nlmsghdr *nlh,
			void (*each)(struct genl *, const struct nlmsghdr *))
{
	if (nlh->nlmsg_type != NLMSG_ERROR && nlh->nlmsg_type != NLMSG_DONE) {
		g->answers++;
		if (each)
			each(g, nlh);
		return false;
	}
	g->err = -*(const int *)mnl_nlmsg_get_payload(nlh);
	read_sentence(g, nlh);
	return true;
}

static void ask(struct genl *g, struct nlmsghdr *nlh,
		void (*each)(struct genl *, const struct nlmsghdr *))
{
	static char in[BUFFER];
	const struct nlmsghdr *m;
	bool done = false;
	int n;

	g->answers = 0;
	if (mnl_socket_sendto(g->sk, nlh, nlh->nlmsg_len) < 0)
		die("send: %s", strerror(errno));
	while (!done) {
		n = mnl_socket_recvfrom(g->sk, in, sizeof(in));
		if (n < 0)
			die("receive: %s", strerror(errno));
		for (m = (void *)in; mnl_nlmsg_ok(m, n) && !done; m = mnl_nlmsg_next(m, &n))
			done = read_answer(g, m, each);
	}
}

static struct nlmsghdr *request(struct genl *g, char *buffer, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = g->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static void read_group(struct genl *g, const struct nlattr *nest)
{
	const struct nlattr *attr;
	const char *name = "";
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(attr);
	}
	if (!strcmp(name, "samples"))
		g->samples = id;
}

static void read_family(struct genl *g, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *group;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			g->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			mnl_attr_for_each_nested(group, attr)
				read_group(g, group);
	}
}

static void open_family(struct genl *g)
{
	char buffer[256];
	struct nlmsghdr *nlh;
	int one = 1;

	memset(g, 0, sizeof(*g));
	g->sk = mnl_socket_open(NETLINK_GENERIC);
	if (!g->sk || mnl_socket_bind(g->sk, 0, MNL_SOCKET_AUTOPID) < 0)
		die("socket: %s", strerror(errno));
	mnl_socket_setsockopt(g->sk, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(g->sk, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(g->sk, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	g->family = GENL_ID_CTRL;
	nlh = request(g, buffer, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, LITEFLOW_FAMILY_NAME);
	ask(g, nlh, read_family);
	if (g->err)
		die("no family: %s", strerror(g->err));
}

/* --- uploads --- */

static void piece(struct genl *g, uint32_t length, uint32_t offset, const char *file, size_t most)
{
	static char buffer[BUFFER], data[BUFFER / 2];
	FILE *f = fopen(file, "rb");
	struct nlmsghdr *nlh;
	size_t n;

	if (!f)
		die("%s: %s", file, strerror(errno));
	n = fread(data, 1, most < sizeof(data) ? most : sizeof(data), f);
	fclose(f);
	nlh = request(g, buffer, LITEFLOW_CMD_SNAPSHOT_LOAD, NLM_F_ACK);
	mnl_attr_put_u32(nlh, LITEFLOW_A_SNAPSHOT_LENGTH, length);
	mnl_attr_put_u32(nlh, LITEFLOW_A_SNAPSHOT_OFFSET, offset);
	mnl_attr_put(nlh, LITEFLOW_A_SNAPSHOT_DATA, n, data);
	ask(g, nlh, NULL);
}

static void pieces(int argc, char **argv)
{
	struct genl g;
	int i;

	open_family(&g);
	for (i = 0; i + 2 < argc; i += 3)
		piece(&g, atoi(argv[i]), atoi(argv[i + 1]), argv[i + 2], SIZE_MAX);
	printf("%s %s\n", g.err ? strerror(g.err) : "ok", g.text);
}

static void many(int n, const char *file)
{
	struct genl *g = calloc(n, sizeof(*g));
	int i, taken = 0;

	for (i = 0; i < n; i++) {
		open_family(&g[i]);
		piece(&g[i], 4096, 0, file, 100);
		taken += !g[i].err;
	}
	printf("%d %s\n", taken, g[n - 1].text);
}

static void slot_set(const char *slot, uint16_t attr, size_t len, const void *value)
{
	char buffer[256];
	struct nlmsghdr *nlh;
	struct genl g;

	open_family(&g);
	nlh = request(&g, buffer, LITEFLOW_CMD_SLOT_SET, NLM_F_ACK);
	mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, slot);
	mnl_attr_put(nlh, attr, len, value);
	ask(&g, nlh, NULL);
	printf("%s %s\n", g.err ? strerror(g.err) : "ok", g.text);
}

static void confidence(const char *slot, uint8_t percent)
{
	slot_set(slot, LITEFLOW_A_SLOT_CONFIDENCE, sizeof(percent), &percent);
}

static void history(const char *slot, uint32_t by)
{
	slot_set(slot, LITEFLOW_A_SLOT_HISTORY, sizeof(by), &by);
}

/* --- random requests --- */

static unsigned int below(unsigned int n)
{
	return random() % n;
}

static size_t random_bytes(char *to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = random();
	return n;
}

static void random_attr(struct nlmsghdr *nlh)
{
	static const struct { const char *data; size_t n;
	} texts[] = {
		{ "", 0 },
		{ "s1", 3 },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 32 },
		{ "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 33 },
		{ "", 1 },
		{ "\xff\xff", 3 },
		{ "step", 5 },
	};
	static const size_t sizes[] = { 0, 1, 2, 4, 4, 4, 8, 32, 33, 600 };
	uint16_t kind = below(LITEFLOW_A_SLOT_MAX + 2) | (below(4) ? 0 : NLA_F_NESTED);
	unsigned int t = below(sizeof(texts) / sizeof(texts[0]));
	struct nlattr *nest = NULL;
	char data[600];

	/* A nest inside another attribute, now and then: parameters come that way. */
	if (!below(4))
		nest = mnl_attr_nest_start(nlh, below(21));
	if (below(2))
		mnl_attr_put(nlh, nest ? below(4) : kind, texts[t].n, texts[t].data);
	else
		mnl_attr_put(nlh, nest ? below(4) : kind, random_bytes(data, sizes[below(10)]),
			     data);
	if (nest)
		mnl_attr_nest_end(nlh, nest);
}

static void fuzz(int n, int seed)
{
	static char buffer[BUFFER];
	struct nlmsghdr *nlh;
	unsigned int k;
	struct genl g;

	srandom(seed);
	open_family(&g);
	for (; n > 0; n--) {
		nlh = request(&g, buffer, 1 + below(LITEFLOW_CMD_MAX + 1),
			      below(3) ? NLM_F_ACK : NLM_F_DUMP);
		for (k = below(20) ? below(6) : 0; k; k--)
			random_attr(nlh);
		if (!below(20)) {
			k = 4 * below(64);
			random_bytes(mnl_nlmsg_get_payload_tail(nlh), k);
			nlh->nlmsg_len += k;
		}
		ask(&g, nlh, NULL);
	}
	puts("ok");
}

/* --- samples --- */

struct sample {
	uint64_t time_ns, flow;
	uint32_t packets;
	uint8_t attach, reason;
	uint16_t class;
	int32_t xy[];
} __attribute__((__packed__));

struct outcome {
	uint64_t time_ns, flow, bytes, packets, duration_us;
	uint32_t retrans;
	uint16_t class;
	uint8_t attach, end;
} __attribute__((__packed__));

static void show_samples(const struct nlattr *attr, uint32_t n_in, uint32_t n_out)
{
	size_t size = sizeof(struct sample) + 4 * (n_in + n_out), at;
	const char *data = mnl_attr_get_payload(attr);
	const struct sample *s;
	uint32_t i;

	for (at = 0; at + size <= mnl_attr_get_payload_len(attr); at += size) {
		s = (const void *)(data + at);
		printf("sample flow %ju packets %u class %u x", (uintmax_t)s->flow, s->packets,
		       s->class);
		for (i = 0; i < n_in + n_out; i++)
			printf("%s %d", i == n_in ? " y" : "", s->xy[i]);
		putchar('\n');
	}
}

static unsigned int show_outcomes(const struct nlattr *attr)
{
	unsigned int i, n = mnl_attr_get_payload_len(attr) / sizeof(struct outcome);
	const struct outcome *o = mnl_attr_get_payload(attr);

	for (i = 0; i < n; i++)
		printf("outcome flow %ju bytes %ju packets %ju retrans %u class %u end %u\n",
		       (uintmax_t)o[i].flow, (uintmax_t)o[i].bytes, (uintmax_t)o[i].packets,
		       o[i].retrans, o[i].class, o[i].end);
	return n;
}

/* Returns the number of outcomes in it. */
static unsigned int show_batch(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[LITEFLOW_A_BATCH_MAX + 1] = { 0 }, *attr;
	unsigned int n = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) <= LITEFLOW_A_BATCH_MAX)
			tb[mnl_attr_get_type(attr)] = attr;
	printf("batch seq %u generation %u lost %ju\n", mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_SEQ]),
	       mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_GENERATION]),
	       (uintmax_t)mnl_attr_get_u64(tb[LITEFLOW_A_BATCH_LOST]));
	if (tb[LITEFLOW_A_BATCH_SAMPLES])
		show_samples(tb[LITEFLOW_A_BATCH_SAMPLES],
			     mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_N_INPUTS]),
			     mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_N_OUTPUTS]));
	if (tb[LITEFLOW_A_BATCH_OUTCOMES])
		n = show_outcomes(tb[LITEFLOW_A_BATCH_OUTCOMES]);
	fflush(stdout);
	return n;
}

static void listen_for(double seconds)
{
	static char in[BUFFER];
	double end = now() + seconds;
	unsigned int outcomes = 0;
	struct pollfd p;
	struct genl g;
	int group;

	open_family(&g);
	group = g.samples;
	if (mnl_socket_setsockopt(g.sk, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		die("group samples: %s", strerror(errno));
	puts("listening");
	fflush(stdout);
	p = (struct pollfd){ .fd = mnl_socket_get_fd(g.sk), .events = POLLIN };
	while (!outcomes && now() < end)
		if (poll(&p, 1, 100) > 0 && mnl_socket_recvfrom(g.sk, in, sizeof(in)) > 0)
			outcomes = show_batch((const void *)in);
}

/* --- datagrams --- */

static int udp_socket(int sport)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(sport) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (void *)&from, sizeof(from)) < 0)
		die("port %d: %s", sport, strerror(errno));
	return fd;
}

static void send_n(int fd, int n, size_t bytes, const char *address, int dport)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(dport) };
	static char data[65536];

	if (bytes > sizeof(data) || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die("%zu bytes to %s?", bytes, address);
	for (; n > 0; n--)
		if (sendto(fd, data, bytes, 0, (void *)&to, sizeof(to)) < 0)
			die("send: %s", strerror(errno));
}

static void flood(double seconds, size_t bytes, const char *address, int dport)
{
	double end = now() + seconds;
	int fd, n;

	for (n = 0; now() < end; n += 20) {
		fd = udp_socket(0);
		send_n(fd, 20, bytes, address, dport);
		close(fd);
	}
	printf("%d\n", n);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char buffer[256];
	struct genl g;

	if (!strcmp(what, "piece") && argc > 4) {
		pieces(argc - 2, argv + 2);
	} else if (!strcmp(what, "many") && argc == 4) {
		many(atoi(argv[2]), argv[3]);
	} else if (!strcmp(what, "fuzz") && argc == 4) {
		fuzz(atoi(argv[2]), atoi(argv[3]));
	} else if (!strcmp(what, "listen") && argc == 3) {
		listen_for(atof(argv[2]));
	} else if (!strcmp(what, "confidence") && argc == 4) {
		confidence(argv[2], atoi(argv[3]));
	} else if (!strcmp(what, "history") && argc == 4) {
		history(argv[2], atoi(argv[3]));
	} else if (!strcmp(what, "dump") && argc == 3) {
		open_family(&g);
		ask(&g, request(&g, buffer, atoi(argv[2]), NLM_F_DUMP), NULL);
		printf("%u\n", g.answers);
	} else if (!strcmp(what, "udp") && argc == 7) {
		send_n(udp_socket(atoi(argv[2])), atoi(argv[3]), atoi(argv[4]), argv[5],
		       atoi(argv[6]));
	} else if (!strcmp(what, "flood") && argc == 6) {
		flood(atof(argv[2]), atoi(argv[3]), argv[4], atoi(argv[5]));
	} else {
		die("%s: what is that? See the head of tests/netns/core_nl.c", what);
	}
	return 0;
}
