// SPDX-License-Identifier: GPL-2.0
/*
 * Conversations that begin all the time, between two network namespaces:
 *
 *	build/adapt/talk KIND RATE SECONDS SEED NAMESPACE-A ADDRESS-A NAMESPACE-B ADDRESS-B PORT
 *
 * RATE of them begin a second, at random (a Poisson process), from a port of A's own each to PORT
 * at B; B answers from there. Each lasts 3 to 6 s. Both ends are in this program, and neither reads
 * what arrives. KIND is
 *
 *	call	G.723.1 over RTP (RFC 3550, 3551): a frame of 24 bytes every 30 ms, either way
 *	game	of strategy: A says in 12 to 40 bytes what its player does, every 30 to 210 ms; B
 *		says in 120 to 1,100 bytes what is to be seen, every 36 to 96 ms
 *
 * Debian has no program that speaks G.723.1, and no game that plays by itself, so they are made
 * here. Prints how many conversations there were.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../lab/netns.h"

#define TALKS		1024	/* at a time */
#define LEAST_US	3000000
#define MOST_US		6000000

struct way {
	int least, most;	/* bytes of a datagram */
	int gap_us, off_us;	/* between two, and how much each may be off */
};

struct kind {
	const char *name;
	struct way way[2];	/* from A, from B */
};

static const struct kind kinds[] = {
	{ "call", { { 36, 36, 30000, 300 }, { 36, 36, 30000, 300 } } },
	{ "game", { { 12, 40, 120000, 90000 }, { 120, 1100, 66000, 30000 } } },
};

struct talk {
	int fd;			/* A's socket; 0: none */
	struct sockaddr_in a;	/* as B sees it */
	int64_t end, next[2];
};

static struct talk talks[TALKS];
static const struct kind *kind;
static struct sockaddr_in here, there;
static int b_fd, a_ns;
static unsigned int begun;

static void die(const char *what)
{
	fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double draw(void)
{
	return (random() + 0.5) / (RAND_MAX + 1.0);
}

static int between(int least, int most)
{
	return least + (int)(draw() * (most - least + 1));
}

/* --- sockets --- */

static int enter(const char *ns)
{
	int fd = netns_enter(ns);

	if (fd < 0)
		die(ns);
	return fd;
}

static struct sockaddr_in address(const char *s, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, s, &a.sin_addr) != 1) {
		fprintf(stderr, "talk: %s is not an IPv4 address\n", s);
		exit(2);
	}
	return a;
}

static int bound(const struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)a, sizeof(*a)))
		die("a socket");
	return fd;
}

/* What the own queue refuses is lost; so is what nobody reads. */
static void say(int fd, const struct sockaddr_in *to, const struct way *w)
{
	static uint8_t data[1500] = { 2 << 6 };

	sendto(fd, data, between(w->least, w->most), 0, (const struct sockaddr *)to, sizeof(*to));
}

/* --- conversations --- */

static void begin(int64_t now)
{
	socklen_t len = sizeof(here);
	struct talk *t;

	for (t = talks; t < talks + TALKS && t->fd; t++)
		;
	if (t == talks + TALKS)
		return;
	if (setns(a_ns, CLONE_NEWNET))
		die("the namespace");
	t->fd = bound(&here);
	if (getsockname(t->fd, (struct sockaddr *)&t->a, &len))
		die("a socket");
	t->end = now + between(LEAST_US, MOST_US);
	t->next[0] = now;
	t->next[1] = now + between(5000, 30000);
	begun++;
}

static int64_t go_on(struct talk *t, int64_t now)
{
	const struct way *w;
	int i;

	for (i = 0; i < 2; i++) {
		w = &kind->way[i];
		if (t->next[i] > now)
			continue;
		say(i ? b_fd : t->fd, i ? &t->a : &there, w);
		t->next[i] += w->gap_us + between(-w->off_us, w->off_us);
	}
	if (now >= t->end) {
		close(t->fd);
		t->fd = 0;
		return INT64_MAX;
	}
	return t->next[0] < t->next[1] ? t->next[0] : t->next[1];
}

static void sleep_until(int64_t us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static void run(double rate, int64_t until)
{
	int64_t now = netns_now_us(), begin_at = now, wake, next;
	struct talk *t;

	for (; now < until; now = netns_now_us()) {
		for (; begin_at <= now; begin_at += (int64_t)(-log(draw()) / rate * 1e6) + 1)
			begin(now);
		wake = begin_at < until ? begin_at : until;
		for (t = talks; t < talks + TALKS; t++) {
			next = t->fd ? go_on(t, now) : INT64_MAX;
			wake = next < wake ? next : wake;
		}
		sleep_until(wake);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { TALKS + 64, TALKS + 64 };
	size_t k;

	for (k = 0; argc == 10 && k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (!strcmp(argv[1], kinds[k].name))
			kind = &kinds[k];
	if (!kind || atof(argv[2]) <= 0) {
		fprintf(stderr, "usage: talk call|game RATE SECONDS SEED NAMESPACE-A ADDRESS-A "
				"NAMESPACE-B ADDRESS-B PORT\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	srandom((unsigned int)atoi(argv[4]));
	here = address(argv[6], "0");
	there = address(argv[8], argv[9]);
	enter(argv[7]);
	b_fd = bound(&there);
	a_ns = enter(argv[5]);
	run(atof(argv[2]), netns_now_us() + (int64_t)(atof(argv[3]) * 1e6));
	printf("%u\n", begun);
	return 0;
}
