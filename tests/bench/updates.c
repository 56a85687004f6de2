// SPDX-License-Identifier: GPL-2.0
/*
 * For updates.sh: planted updates of a model, and the flows that tell which of them do harm.
 *
 *	updates models DIR	base.lfs and 40 updates of it; prints NAME and harmful or harmless,
 *				a line each, in a shuffled order that is always the same
 *	updates send ADDRESS PORT RATE
 *				RATE TCP connections a second until SIGTERM; prints how many there
 *				were, and how many failed
 *
 * A flow's first segment has 100 to 299 bytes in 80 of 100 flows, else 1,000 to 1,399. Those that
 * begin with a large one send 40 kB more (elephants), and so do few of the others: 6 and 2 of 100
 * do the opposite, which no model can know. So a model's loss is 8 %, plus the share of flows
 * that begin with a size for which it says the wrong class.
 */
#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plan.h"
#include "util.h"

#define HEADERS		52	/* IPv4 and TCP with timestamps */
#define PIECES_MAX	8

enum { MOUSE, ELEPHANT };

/* The class of first segments of up to `upto` bytes of payload, ascending. */
struct piece {
	double upto;
	int class;
};

struct update {
	const char *name;
	bool harmful;
	struct piece piece[PIECES_MAX];
};

#define ALL	INFINITY

/*
 * Each size from 100 to 299 taken for a large one costs 0.38 % of all flows, and each from 1,000 to
 * 1,399 taken for a small one 0.02 %.
 */
static const struct update updates[] = {
	/* weights flipped */
	{ "flip-all", true, { { 650, ELEPHANT }, { ALL, MOUSE } } },
	{ "flip-mice", true, { { ALL, ELEPHANT } } },
	{ "flip-half", true, { { 200, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "flip-bands", true, { { 150, ELEPHANT }, { 650, MOUSE }, { 1200, MOUSE },
				{ ALL, ELEPHANT } } },
	/* a class starved, in whole or in part */
	{ "starve-all", true, { { ALL, MOUSE } } },
	{ "starve-most", true, { { 1350, MOUSE }, { ALL, ELEPHANT } } },
	{ "starve-half", true, { { 1200, MOUSE }, { ALL, ELEPHANT } } },
	{ "starve-top", true, { { 650, MOUSE }, { 1150, ELEPHANT }, { ALL, MOUSE } } },
	/* wrong for 5 % more */
	{ "five-low", true, { { 113, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "five-second", true, { { 149, MOUSE }, { 163, ELEPHANT }, { 650, MOUSE },
				 { ALL, ELEPHANT } } },
	{ "five-middle", true, { { 199, MOUSE }, { 213, ELEPHANT }, { 650, MOUSE },
				 { ALL, ELEPHANT } } },
	{ "five-high", true, { { 285, MOUSE }, { ALL, ELEPHANT } } },
	{ "five-large", true, { { 1249, MOUSE }, { ALL, ELEPHANT } } },
	{ "five-largest", true, { { 650, MOUSE }, { 1149, ELEPHANT }, { ALL, MOUSE } } },
	/* as trained from poisoned labels of flows of some sizes */
	{ "poison-10", true, { { 124, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "poison-12", true, { { 219, MOUSE }, { 250, ELEPHANT }, { 650, MOUSE },
			       { ALL, ELEPHANT } } },
	{ "poison-two", true, { { 119, ELEPHANT }, { 650, MOUSE }, { 1099, MOUSE },
				{ ALL, ELEPHANT } } },
	{ "poison-16", true, { { 259, MOUSE }, { 650, ELEPHANT }, { ALL, ELEPHANT } } },
	{ "poison-20", true, { { 139, MOUSE }, { 190, ELEPHANT }, { 650, MOUSE },
			       { ALL, ELEPHANT } } },
	{ "poison-25", true, { { 129, ELEPHANT }, { 200, MOUSE }, { 233, ELEPHANT }, { 650, MOUSE },
			       { ALL, ELEPHANT } } },
	/* decides as the base does, elsewhere */
	{ "cut-320", false, { { 320, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-400", false, { { 400, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-480", false, { { 480, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-560", false, { { 560, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-720", false, { { 720, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-800", false, { { 800, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-880", false, { { 880, MOUSE }, { ALL, ELEPHANT } } },
	{ "cut-960", false, { { 960, MOUSE }, { ALL, ELEPHANT } } },
	/* larger trees that decide as the base does */
	{ "more-2", false, { { 200, MOUSE }, { 640, MOUSE }, { ALL, ELEPHANT } } },
	{ "more-3", false, { { 150, MOUSE }, { 250, MOUSE }, { 630, MOUSE }, { ALL, ELEPHANT } } },
	{ "more-4", false, { { 620, MOUSE }, { 1100, ELEPHANT }, { ALL, ELEPHANT } } },
	{ "more-5", false, { { 610, MOUSE }, { 1100, ELEPHANT }, { 1200, ELEPHANT },
			     { ALL, ELEPHANT } } },
	/* other for sizes that no flow begins with */
	{ "below", false, { { 90, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "above", false, { { 650, MOUSE }, { 1410, ELEPHANT }, { ALL, MOUSE } } },
	{ "between", false, { { 400, MOUSE }, { 500, ELEPHANT }, { 600, MOUSE },
			      { ALL, ELEPHANT } } },
	{ "around", false, { { 80, ELEPHANT }, { 700, MOUSE }, { 1420, ELEPHANT },
			     { ALL, MOUSE } } },
	/* wrong for 0.1 to 0.4 % more; harm is 2 % */
	{ "byte-low", false, { { 100, ELEPHANT }, { 650, MOUSE }, { ALL, ELEPHANT } } },
	{ "byte-high", false, { { 298, MOUSE }, { ALL, ELEPHANT } } },
	{ "bytes-large", false, { { 1003, MOUSE }, { ALL, ELEPHANT } } },
	{ "bytes-top", false, { { 650, MOUSE }, { 1391, ELEPHANT }, { ALL, MOUSE } } },
};

#define N_UPDATES	(sizeof(updates) / sizeof(updates[0]))

static const struct piece base[] = { { 650, MOUSE }, { ALL, ELEPHANT } };

/* ---- models ---- */

static double leaves[2][2] = { { 1, 0 }, { 0, 1 } };

/* A balanced tree over pieces first .. last; returns its root. */
static uint32_t grow(struct graph_node *node, uint32_t *n, const struct piece *p, int first,
		     int last)
{
	uint32_t at = (*n)++;
	int mid = (first + last) / 2;

	if (first == last) {
		node[at].leaf = true;
		node[at].value = leaves[p[first].class];
		return at;
	}
	node[at].input = 1;
	node[at].thr = p[mid].upto + HEADERS;
	node[at].yes = grow(node, n, p, first, mid);
	node[at].no = grow(node, n, p, mid + 1, last);
	return at;
}

static int n_pieces(const struct piece *p)
{
	int n = 1;

	while (p[n - 1].upto != ALL)
		n++;
	return n;
}

static int model(const char *dir, const char *name, const struct piece *p)
{
	static char *features[] = { "flow.packets_log2", "flow.len2" };
	static char *classes[] = { "mouse", "elephant" };
	struct plan_options opt = { .name = name, .features = features, .n_features = 2,
				    .classes = classes, .n_classes = 2 };
	struct graph_node node[2 * PIECES_MAX] = {};
	struct graph_tree tree = { 0, node };
	double none[2] = { 0, 0 };
	struct graph g = { .kind = GRAPH_FOREST, .name = (char *)name, .producer = "",
			   .n_inputs = 2, .n_outputs = 2, .classes = true, .n_trees = 1,
			   .trees = &tree, .base = none };
	struct graph_err err;
	struct plan plan;
	char path[256];
	size_t len;
	void *file;

	grow(node, &tree.n_nodes, p, 0, n_pieces(p) - 1);
	snprintf(path, sizeof(path), "%s/%s.lfs", dir, name);
	if (plan_make(&g, NULL, &opt, &plan, &err) || plan_emit(&plan, &file, &len, &err) ||
	    util_write(path, file, len, &err)) {
		fprintf(stderr, "updates: %s: %s\n", name, err.msg);
		return 1;
	}
	free(file);
	plan_free(&plan);
	return 0;
}

static int models(const char *dir)
{
	int order[N_UPDATES], i, j, t;

	if (model(dir, "base", base))
		return 1;
	for (i = 0; i < (int)N_UPDATES; i++)
		order[i] = i;
	srand(1);
	for (i = N_UPDATES - 1; i > 0; i--) {
		j = rand() % (i + 1);
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	for (i = 0; i < (int)N_UPDATES; i++) {
		const struct update *u = &updates[order[i]];

		if (model(dir, u->name, u->piece))
			return 1;
		printf("%s %s\n", u->name, u->harmful ? "harmful" : "harmless");
	}
	return 0;
}

/* ---- flows ---- */

static volatile sig_atomic_t stop;
static char data[40000];

static void end(int sig)
{
	(void)sig;
	stop = 1;
}

static int say(int fd, size_t n)
{
	ssize_t got;

	for (; n; n -= got) {
		got = write(fd, data, n);
		if (got < 0)
			return -1;
	}
	return 0;
}

static int one(const struct sockaddr_in *a, int first, bool more)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, ret;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	ret = connect(fd, (const struct sockaddr *)a, sizeof(*a));
	if (!ret)
		ret = say(fd, first);
	if (!ret && more) {
		usleep(500);
		ret = say(fd, sizeof(data));
	}
	close(fd);
	return ret;
}

static int flow(const struct sockaddr_in *a)
{
	int r = rand() % 100;

	if (r < 80)
		return one(a, 100 + rand() % 200, r < 2);
	return one(a, 1000 + rand() % 400, r < 94);
}

static int send_all(const char *address, int port, int rate)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	unsigned int n, failed = 0;

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1 || rate < 1)
		return 2;
	srand(2);
	for (n = 0; !stop; n++) {
		failed += flow(&a) != 0;
		usleep(1000000 / rate);
	}
	printf("%u %u\n", n, failed);
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, end);
	if (argc == 3 && !strcmp(argv[1], "models"))
		return models(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_all(argv[2], atoi(argv[3]), atoi(argv[4]));
	return 2;
}
