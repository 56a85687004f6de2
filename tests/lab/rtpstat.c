// SPDX-License-Identifier: GPL-2.0
/*
 * rtpstat PORT CLOCK [SECONDS]
 *
 * Receives one RTP stream (RFC 3550) on UDP PORT, IPv4 or IPv6, and says how it came: one line of
 * JSON when the stream has been silent for two seconds (or SECONDS are over). Exit status 1 if not
 * one packet came.
 *
 * Delay is relative: the time of arrival less the time of sending that the packet claims (its
 * timestamp over CLOCK, in Hz), less the least such difference of the stream: what queues added.
 * Arrival is when the kernel took the packet from the device, so that a busy receiver adds nothing.
 * Jitter is that of RFC 3550, section 6.4.1, at the end, and its greatest value.
 */
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define MAX_PACKETS	1000000
#define SILENCE_MS	2000
#define PATIENCE_MS	20000		/* for the first packet */
#define RTP_HEADER	12

struct stream {
	double clock;			/* Hz */
	double *delay;			/* s, one a packet, relative to any origin */
	double jitter, jitter_max;	/* s */
	uint32_t n, stamp;		/* packets, latest RTP timestamp */
	int64_t stamp64;		/* the same without wrapping, 0 at the first packet */
	uint16_t seq;			/* latest */
	int64_t seq64, seq_max;		/* without wrapping, 0 at the first packet */
	int64_t seq_min;
	uint32_t late;			/* behind one that was sent after it */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), off = 0, on = 1, room = 1 << 20;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return bind(fd, (struct sockaddr *)&any, sizeof(any)) ? -1 : fd;
}

/* The length of one datagram and when it arrived. */
static ssize_t receive(int fd, uint8_t *buf, size_t len, double *at)
{
	char control[256];
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(fd, &msg, 0);
	struct cmsghdr *c;
	struct timespec t;

	*at = now();
	for (c = got < 0 ? NULL : CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof(t));
		*at = t.tv_sec + t.tv_nsec / 1e9;
	}
	return got;
}

static void note_seq(struct stream *s, uint16_t seq)
{
	s->seq64 += (int16_t)(seq - s->seq);
	s->seq = seq;
	if (s->seq64 < s->seq_max)
		s->late++;
	if (s->seq64 > s->seq_max)
		s->seq_max = s->seq64;
	if (s->seq64 < s->seq_min)
		s->seq_min = s->seq64;
}

static void note(struct stream *s, const uint8_t *p, double at)
{
	uint16_t seq = p[2] << 8 | p[3];
	uint32_t stamp = (uint32_t)p[4] << 24 | p[5] << 16 | p[6] << 8 | p[7];

	if (!s->n) {
		s->seq = seq;
		s->stamp = stamp;
	}
	note_seq(s, seq);
	s->stamp64 += (int32_t)(stamp - s->stamp);
	s->stamp = stamp;
	s->delay[s->n] = at - s->stamp64 / s->clock;
	if (s->n)
		s->jitter += (fabs(s->delay[s->n] - s->delay[s->n - 1]) - s->jitter) / 16;
	s->jitter_max = fmax(s->jitter_max, s->jitter);
	s->n++;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(struct stream *s)
{
	int64_t sent = s->seq_max - s->seq_min + 1, lost = sent > s->n ? sent - s->n : 0;
	const double *d = s->delay;

	qsort(s->delay, s->n, sizeof(*s->delay), by_value);
	printf("{\"packets\":%u,\"lost\":%lld,\"loss_percent\":%.3f,\"late\":%u,"
	       "\"jitter_ms\":%.3f,\"jitter_max_ms\":%.3f,"
	       "\"delay_p50_ms\":%.3f,\"delay_p99_ms\":%.3f,\"delay_max_ms\":%.3f}\n",
	       s->n, (long long)lost, 100.0 * lost / sent, s->late, s->jitter * 1e3,
	       s->jitter_max * 1e3, (d[s->n / 2] - d[0]) * 1e3,
	       (d[(uint64_t)s->n * 99 / 100] - d[0]) * 1e3, (d[s->n - 1] - d[0]) * 1e3);
}

int main(int argc, char **argv)
{
	struct stream s = { .clock = argc > 2 ? atof(argv[2]) : 0 };
	double end = now() + (argc > 3 ? atof(argv[3]) : 1e9), at;
	struct pollfd p = { .events = POLLIN };
	uint8_t buf[65536];

	if (argc < 3 || s.clock <= 0) {
		fputs("usage: rtpstat PORT CLOCK [SECONDS]\n", stderr);
		return 2;
	}
	p.fd = listen_on(atoi(argv[1]));
	if (p.fd < 0) {
		fprintf(stderr, "rtpstat: port %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	s.delay = calloc(MAX_PACKETS, sizeof(*s.delay));
	while (s.delay && s.n < MAX_PACKETS && now() < end &&
	       poll(&p, 1, s.n ? SILENCE_MS : PATIENCE_MS) > 0)
		if (receive(p.fd, buf, sizeof(buf), &at) >= RTP_HEADER && buf[0] >> 6 == 2)
			note(&s, buf, at);
	if (!s.n) {
		fputs("rtpstat: no RTP packet came\n", stderr);
		return 1;
	}
	report(&s);
	return 0;
}
