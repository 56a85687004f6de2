// SPDX-License-Identifier: GPL-2.0
/*
 * A day of an office, as datagrams that a router sees leave:
 *
 *	build/adapt/day SECONDS RATE SEED SHIFT...
 *
 * SECONDS are the day, from midnight to midnight. Between eight and six RATE flows begin a second;
 * at night a twentieth of that. By day people type, open pages and talk; at night machines copy and
 * sensors report. Each flow has an address of its own in 10.64.0.0/10. Nobody answers.
 *
 *	program		class		as
 *	1 keys		interactive	mosh: a small datagram for a key, 8 to 12 of them
 *	2 page		request		QUIC: large first, then questions between acknowledgements
 *	3 copy		bulk		QUIC: full datagrams, a few milliseconds apart
 *	4 call		media		G.711 over RTP: 172 bytes every 20 ms
 *	5 name		lookup		a question to a name server, or two
 *	6 sensor	other		some bytes, now and then
 *
 * Packets carry the program as priority, for the audit. Every other flow carries it as mark, too,
 * as if from a host whose programs are known: what lfd may learn from.
 *
 * SHIFT is a second from which on the traffic is another for good; there are three:
 *
 *	first	the telephones change to G.723.1: 36 bytes every 30 ms
 *	second	the line goes through a tunnel: datagrams are 60 bytes longer, and padded to 16;
 *		what exceeds 1,280 bytes is two
 *	third	copies are made all day, a quarter of all flows, by a program that asks what the
 *		server has, in small datagrams, and sends pieces of 300 to 700 bytes every 20 to 30
 *		ms
 *
 * Datagrams that are due within two milliseconds leave together. Prints how many flows and
 * datagrams there were.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <netinet/in.h>

#define PROGRAMS	6
#define FLOWS		4096		/* at a time */
#define TOGETHER_US	2000
#define AT_ONCE		64		/* datagrams of one system call */
#define MTU		1280		/* of the tunnel */

enum program { KEYS, PAGE, COPY, CALL, NAME, SENSOR };

struct flow {
	int64_t next;			/* us since the beginning */
	enum program program;
	bool marked;
	uint32_t address;
	int sent, left;			/* datagrams */
};

static struct flow flows[FLOWS];	/* a heap by `next` */
static int n_flows;
static int64_t shift[3] = { INT64_MAX, INT64_MAX, INT64_MAX };
static uint64_t state, begun, datagrams;
static double rate, day_us;

/* --- chance --- */

static double draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) / (double)(1ull << 53);
}

static int between(int least, int most)
{
	return least + (int)(draw() * (most - least + 1));
}

static int about(double mean)
{
	return 1 + (int)(-log(1 - draw()) * mean);
}

/* --- programs --- */

static int length_of(enum program p)
{
	switch (p) {
	case KEYS:
		return between(8, 12);
	case PAGE:
		return between(5, 12);
	case COPY:
		return between(8, 20);
	case CALL:
		return between(8, 20);
	case NAME:
		return between(1, 2);
	default:
		return between(3, 6);
	}
}

static int copy_size(const struct flow *f, int64_t now)
{
	if (now < shift[2])
		return f->sent == 1 ? between(60, 100) : 1350;
	return f->sent % 4 ? between(300, 700) : between(70, 120);
}

static int size_of(const struct flow *f, int64_t now)
{
	switch (f->program) {
	case KEYS:
		return between(60, 100);
	case PAGE:
		return !f->sent ? 1200 : f->sent % 5 == 1 ? between(100, 600) : between(33, 45);
	case COPY:
		return copy_size(f, now);
	case CALL:
		return now < shift[0] ? 172 : 36;
	case NAME:
		return between(30, 70);
	default:
		return between(60, 300);
	}
}

static int gap_of(const struct flow *f, int64_t now)
{
	switch (f->program) {
	case KEYS:
		return between(60000, 300000);
	case PAGE:
		return f->sent % 5 == 1 ? between(20000, 80000) : between(500, 15000);
	case COPY:
		return now < shift[2] ? between(500, 4000) : between(20000, 30000);
	case CALL:
		return (now < shift[0] ? 20000 : 30000) + between(-300, 300);
	case NAME:
		return between(5000, 30000);
	default:
		return about(400000);
	}
}

/* 1 while people work, 0 at night; half an hour or so from one to the other. */
static double work_at(int64_t now)
{
	double hour = 24.0 * now / day_us;

	return 1 / (1 + exp(8 * (8 - hour))) - 1 / (1 + exp(8 * (18 - hour)));
}

/* What begins next: shares by night and by day. */
static enum program pick(int64_t now)
{
	static const double shares[2][PROGRAMS] = {
		{ .05, .15, .35, .02, .15, .28 },
		{ .18, .38, .08, .12, .18, .06 },
	};
	double work = work_at(now), v = draw();
	int p;

	if (now >= shift[2] && draw() < 0.25)
		return COPY;
	for (p = 0; p < PROGRAMS - 1; p++) {
		v -= (1 - work) * shares[0][p] + work * shares[1][p];
		if (v < 0)
			break;
	}
	return p;
}

/* --- sending --- */

struct line {
	int fd;
	unsigned int n;
	struct mmsghdr msg[AT_ONCE];
	struct iovec iov[AT_ONCE];
	struct sockaddr_in to[AT_ONCE];
};

static struct line lines[PROGRAMS][2];

static void option(int fd, int name, int value)
{
	if (setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value))) {
		perror("day: setsockopt");
		exit(1);
	}
}

static void open_line(struct line *l, int program, bool marked)
{
	static char data[2048];
	int i;

	l->fd = socket(AF_INET, SOCK_DGRAM, 0);
	option(l->fd, SO_SNDBUF, 8 << 20);
	option(l->fd, SO_PRIORITY, program + 1);
	option(l->fd, SO_MARK, marked ? program + 1 : 0);
	for (i = 0; i < AT_ONCE; i++) {
		l->iov[i].iov_base = data;
		l->to[i] = (struct sockaddr_in){ AF_INET, htons(4433), { 0 }, { 0 } };
		l->msg[i].msg_hdr = (struct msghdr){ .msg_name = &l->to[i], .msg_iov = &l->iov[i],
			.msg_namelen = sizeof(l->to[i]), .msg_iovlen = 1 };
	}
}

static void flush(struct line *l)
{
	unsigned int at = 0;
	int n;

	for (; at < l->n; at += n) {
		n = sendmmsg(l->fd, l->msg + at, l->n - at, 0);
		if (n < 0) {
			perror("day: sendmmsg");
			exit(1);
		}
	}
	datagrams += l->n;
	l->n = 0;
}

static void flush_all(void)
{
	int p, m;

	for (p = 0; p < PROGRAMS; p++)
		for (m = 0; m < 2; m++)
			flush(&lines[p][m]);
}

static void put(const struct flow *f, int size)
{
	struct line *l = &lines[f->program][f->marked];

	if (l->n == AT_ONCE)
		flush(l);
	l->to[l->n].sin_addr.s_addr = htonl(f->address);
	l->iov[l->n++].iov_len = size;
}

static void send_one(const struct flow *f, int64_t now)
{
	int size = size_of(f, now);

	if (now >= shift[1]) {
		size = (size + 60 + 15) / 16 * 16;
		if (size > MTU) {
			put(f, MTU / 2);
			size -= MTU / 2;
		}
	}
	put(f, size);
}

/* --- flows --- */

static void swap(int a, int b)
{
	struct flow f = flows[a];

	flows[a] = flows[b];
	flows[b] = f;
}

static void sink(int i)
{
	int c;

	while ((c = 2 * i + 1) < n_flows) {
		if (c + 1 < n_flows && flows[c + 1].next < flows[c].next)
			c++;
		if (flows[i].next <= flows[c].next)
			return;
		swap(i, c);
		i = c;
	}
}

static void begin(int64_t now)
{
	struct flow *f = &flows[n_flows];
	int i;

	if (n_flows == FLOWS)
		return;
	f->program = pick(now);
	f->marked = draw() < 0.5;
	f->address = 0x0a400000 | (uint32_t)(draw() * (1 << 22));
	f->sent = 0;
	f->left = length_of(f->program);
	f->next = now;
	for (i = n_flows++; i && flows[i].next < flows[(i - 1) / 2].next; i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
	begun++;
}

static void go_on(int64_t now)
{
	struct flow *f = &flows[0];

	send_one(f, now);
	f->next += gap_of(f, now);
	f->sent++;
	if (!--f->left)
		*f = flows[--n_flows];
	sink(0);
}

static void sleep_until(int64_t us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static int64_t gap_to_next(int64_t now)
{
	return about(1e6 / (rate * (0.05 + 0.95 * work_at(now))));
}

static void run(int64_t until)
{
	struct timespec t;
	int64_t start, now, begin_at = 0, wake;

	clock_gettime(CLOCK_MONOTONIC, &t);
	start = t.tv_sec * 1000000LL + t.tv_nsec / 1000;
	for (now = 0; now < until; now = wake) {
		for (; begin_at < now + TOGETHER_US; begin_at += gap_to_next(now))
			begin(now);
		while (n_flows && flows[0].next < now + TOGETHER_US)
			go_on(now);
		flush_all();
		wake = n_flows && flows[0].next < begin_at ? flows[0].next : begin_at;
		sleep_until(start + wake);
	}
}

int main(int argc, char **argv)
{
	int i, m;

	if (argc < 4 || argc > 7 || atof(argv[1]) <= 0 || atof(argv[2]) <= 0) {
		fprintf(stderr, "usage: day SECONDS RATE SEED [SHIFT...]\n");
		return 2;
	}
	day_us = atof(argv[1]) * 1e6;
	rate = atof(argv[2]);
	state = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15ull + 1;
	for (i = 4; i < argc; i++)
		shift[i - 4] = (int64_t)(atof(argv[i]) * 1e6);
	for (i = 0; i < PROGRAMS; i++)
		for (m = 0; m < 2; m++)
			open_line(&lines[i][m], i, m);
	run((int64_t)day_us);
	printf("%llu %llu\n", (unsigned long long)begun, (unsigned long long)datagrams);
	return 0;
}
