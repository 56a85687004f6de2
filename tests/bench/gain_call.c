// SPDX-License-Identifier: GPL-2.0
/*
 * A telephone call between two network namespaces, and how it sounds:
 *
 *	build/bench/gain-call SECONDS PORT NAMESPACE-A ADDRESS-A NAMESPACE-B ADDRESS-B
 *	[g711|g723|web]
 *
 * Both ends send RTP (RFC 3550), as G.711 does: 160 bytes every 20 ms; or G.723.1: 24 every 30 ms;
 * or as a browser does: Opus of 30 to 120 bytes every 20 ms, and on the same ports a picture every
 * 40 ms, of one to five packets, a large one every two seconds (500 kbit/s in all), and every 2.5 s
 * a STUN request (RFC 8489), which keeps the path; then the sound is measured.
 *
 * Both are in this program, which has a socket in either namespace, so it knows what was sent and
 * all times are of one clock. Prints for each way, A to B first, "packets lost jitter delay-p50
 * delay-p99", times in microseconds: the mean over all packets of RFC 3550's interarrival jitter,
 * and percentiles of the one-way delay. What is not there 2 s after the last packet was sent is
 * lost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../lab/netns.h"

#define HEADER		12
#define PICTURE		97		/* payload type */
#define PICTURE_MOST	1150		/* bytes */
#define PICTURE_EVERY	2		/* frames */
#define LARGE_EVERY	100
#define STUN_EVERY	125
#define PATIENCE_US	2000000

struct rtp {
	uint8_t version, type;
	uint16_t seq;
	uint32_t timestamp, ssrc;
	uint8_t payload[PICTURE_MOST];
};

static const struct codec {
	const char *name;
	uint8_t type;			/* RFC 3551 */
	int us, bytes, more;		/* a frame; up to so many bytes more */
	uint32_t samples;
	bool pictures;
} codecs[] = {
	{ "g711", 0, 20000, 160, 0, 160, false },
	{ "g723", 4, 30000, 24, 0, 240, false },
	{ "web", 96, 20000, 30, 90, 960, true },
};

static const struct codec *codec = codecs;

struct end {
	int fd;
	int64_t *sent;			/* of what this end sends: when */
	int64_t *delay;			/* of what arrives at this end, in order of arrival */
	uint32_t arrived;
	int64_t transit;		/* of the last one that arrived */
	double jitter, jitter_sum;
};

static void die(const char *what)
{
	fprintf(stderr, "gain-call: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(const char *ns)
{
	int fd = netns_enter(ns);

	if (fd < 0)
		die(ns);
	close(fd);
}

static struct sockaddr_in address(const char *s, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, s, &a.sin_addr) != 1) {
		fprintf(stderr, "gain-call: %s is not an IPv4 address\n", s);
		exit(2);
	}
	return a;
}

static void open_end(struct end *e, const char *ns, const char *here, const char *there, int port,
		     uint32_t frames)
{
	struct sockaddr_in local = address(here, port), peer = address(there, port);

	enter(ns);
	e->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (e->fd < 0 || bind(e->fd, (struct sockaddr *)&local, sizeof(local)) ||
	    connect(e->fd, (struct sockaddr *)&peer, sizeof(peer)))
		die(here);
	e->sent = calloc(frames, sizeof(*e->sent));
	e->delay = calloc(frames, sizeof(*e->delay));
	if (!e->sent || !e->delay)
		die("memory");
}

/* What the own queue refuses is lost. */
static void say(struct end *e, const void *p, size_t n)
{
	if (send(e->fd, p, n, MSG_DONTWAIT) < 0 && errno != ENOBUFS && errno != EAGAIN &&
	    errno != ECONNREFUSED)
		die("send");
}

static void say_rtp(struct end *e, uint8_t type, uint32_t n, size_t bytes)
{
	struct rtp p = {
		.version = 2 << 6,
		.type = type,
		.seq = htons((uint16_t)n),
		.timestamp = htonl(n * codec->samples),
		.ssrc = htonl((uint32_t)e->fd),
	};

	say(e, &p, HEADER + bytes);
}

/* What a browser sends besides the sound. */
static void show(struct end *e, uint32_t n)
{
	uint8_t stun[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, (uint8_t)n };
	uint32_t packets = n % LARGE_EVERY ? 1 + (uint32_t)random() % 2 : 5, i;

	if (n % STUN_EVERY == 0)
		say(e, stun, sizeof(stun));
	for (i = 0; n % PICTURE_EVERY == 0 && i < packets; i++)
		say_rtp(e, PICTURE, n,
			i + 1 < packets ? PICTURE_MOST : 200 + (size_t)random() % 900);
}

static void talk(struct end *e, uint32_t n)
{
	e->sent[n] = netns_now_us();
	say_rtp(e, codec->type, n, codec->bytes + (codec->more ? random() % codec->more : 0));
	if (codec->pictures)
		show(e, n);
}

/* All that is there for @e from @from, of which @frames were sent at most. */
static void listen_to(struct end *e, const struct end *from, uint32_t frames)
{
	struct rtp p;
	ssize_t len;

	while ((len = recv(e->fd, &p, sizeof(p), MSG_DONTWAIT)) > 0) {
		int64_t transit, d;
		uint32_t n = ntohl(p.timestamp) / codec->samples;

		if (len < HEADER || p.version != 2 << 6 || p.type != codec->type || n >= frames ||
		    e->arrived == frames)
			continue;
		transit = netns_now_us() - from->sent[n];
		d = e->arrived ? transit - e->transit : 0;
		e->jitter += ((double)llabs(d) - e->jitter) / 16;
		e->jitter_sum += e->jitter;
		e->transit = transit;
		e->delay[e->arrived++] = transit;
	}
}

static void listen_until(struct end *a, struct end *b, uint32_t frames, int64_t until)
{
	struct pollfd p[2] = { { .fd = a->fd, .events = POLLIN },
			       { .fd = b->fd, .events = POLLIN } };
	int64_t left;

	while ((left = until - netns_now_us()) > 0) {
		struct timespec t = { .tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000 };

		if (ppoll(p, 2, &t, NULL) <= 0)
			return;
		listen_to(a, b, frames);
		listen_to(b, a, frames);
	}
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(struct end *e, uint32_t frames)
{
	uint32_t n = e->arrived;

	qsort(e->delay, n, sizeof(*e->delay), ascending);
	printf("%u %u %.0f %lld %lld\n", frames, frames - n, n ? e->jitter_sum / n : 0,
	       n ? (long long)e->delay[n / 2] : 0,
	       n ? (long long)e->delay[(n - 1) * 99ULL / 100] : 0);
}

/* By its name; NULL for the first. Ends the program if there is none. */
static const struct codec *codec_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (!name || !strcmp(name, codecs[i].name))
			return &codecs[i];
	fprintf(stderr, "gain-call: there is no codec %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct end a = {}, b = {};
	uint32_t frames, n;
	int64_t start;
	int port;

	if (argc != 7 && argc != 8) {
		fprintf(stderr, "usage: gain-call SECONDS PORT NAMESPACE-A ADDRESS-A NAMESPACE-B "
				"ADDRESS-B [g711|g723|web]\n");
		return 2;
	}
	codec = codec_of(argv[7]);
	frames = (uint32_t)(atoi(argv[1]) * 1000000LL / codec->us);
	port = atoi(argv[2]);
	open_end(&a, argv[3], argv[4], argv[6], port, frames);
	open_end(&b, argv[5], argv[6], argv[4], port, frames);
	start = netns_now_us();
	for (n = 0; n < frames; n++) {
		talk(&a, n);
		talk(&b, n);
		listen_until(&a, &b, frames, start + (n + 1LL) * codec->us);
	}
	listen_until(&a, &b, frames, netns_now_us() + PATIENCE_US);
	report(&b, frames);
	report(&a, frames);
	return 0;
}
