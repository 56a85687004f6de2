// SPDX-License-Identifier: GPL-2.0
/*
 * The two ends of tests/bench/fct.
 *
 *	fct-flows recv				take what comes on all ports, and close when the
 *						other end does
 *	fct-flows send SEED LOAD RATE N ADDRESS [S]
 *						N flows, open loop: a new TCP connection each, at
 *						the times of a Poisson process that loads RATE
 *						Mbit/s by LOAD (0.7); a line for each as it ends:
 *						its size, and microseconds from connect() to the
 *						receiver's end
 *
 * With S each flow is of one of FCT_PROGRAMS programs, and goes to that one's network: their number
 * is added to the third part of ADDRESS. The flows of program k have from 2^(k/2) to 2^((k+1)/2)
 * times 1,000 bytes, but for a factor of 2^(S z), z normal; if S is "none", each has flows of all
 * sizes. Sizes and times are the same with any S.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "fct_sizes.h"

#define MSS	1448
#define FRAME	1514
#define FCT_PROGRAMS	30

struct flow {
	int fd;
	long size, left;
	double began;
	bool closed;			/* our half */
};

static int ep;
static char zeros[1 << 18];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void watch(int fd, uint32_t events, void *ptr, int op)
{
	struct epoll_event e = { .events = events, .data.ptr = ptr };

	if (epoll_ctl(ep, op, fd, &e))
		die("epoll_ctl");
}

/* --- the receiver: data.u64 is a socket, and bit 32 is set if it listens --- */

static void listen_at(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct epoll_event e = { .events = EPOLLIN };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (void *)&a, sizeof(a)) || listen(fd, 1024))
		die("listen");
	e.data.u64 = (uint64_t)1 << 32 | fd;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
}

static void take_connection(int listener)
{
	struct epoll_event e = { .events = EPOLLIN };
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), lowat = 65536;

	if (fd < 0)
		return;
	/* Not woken for every packet; the end of the data wakes in any case. */
	setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &lowat, sizeof(lowat));
	e.data.u64 = fd;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
}

static void take_data(int fd)
{
	ssize_t n;

	do
		n = recv(fd, NULL, 1 << 24, MSG_TRUNC);
	while (n > 0);
	if (!n || (errno != EAGAIN && errno != EINTR))
		close(fd);
}

static int receive(void)
{
	struct epoll_event e[64];
	int i, n;

	for (i = 0; i < FCT_SIZES; i++)
		listen_at(FCT_PORT + i);
	puts("ready");
	fflush(stdout);
	while ((n = epoll_wait(ep, e, 64, -1)) >= 0 || errno == EINTR) {
		for (i = 0; i < n; i++) {
			if (e[i].data.u64 >> 32)
				take_connection((int)e[i].data.u64);
			else
				take_data((int)e[i].data.u64);
		}
	}
	die("epoll_wait");
	return 1;
}

/* --- the sender --- */

/* What decides on programs; sizes and times are drawn from drand48(). */
static unsigned short seed_of_programs[3];

static double normal(void)
{
	double u = 1 - erand48(seed_of_programs);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * erand48(seed_of_programs));
}

static int program_of(long size, const char *noise)
{
	double k;

	if (!strcmp(noise, "none"))
		return erand48(seed_of_programs) * FCT_PROGRAMS;
	k = floor(2 * (log2(size / 1000.0) + atof(noise) * normal()));
	return fmin(fmax(k, 0), FCT_PROGRAMS - 1);
}

static struct flow *begin(const char *address, const char *noise)
{
	struct flow *f = calloc(1, sizeof(*f));
	int which = drand48() * FCT_SIZES;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(FCT_PORT + which) };

	if (!f || inet_pton(AF_INET, address, &a.sin_addr) != 1)
		die("a flow");
	f->size = f->left = fct_size(which);
	if (noise)
		a.sin_addr.s_addr += htonl(program_of(f->size, noise) << 8);
	f->began = now();
	f->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (f->fd < 0 || (connect(f->fd, (void *)&a, sizeof(a)) && errno != EINPROGRESS))
		die("connect");
	watch(f->fd, EPOLLOUT, f, EPOLL_CTL_ADD);
	return f;
}

static void feed(struct flow *f)
{
	ssize_t n = 1;

	while (f->left && n > 0) {
		n = send(f->fd, zeros,
			 f->left < (long)sizeof(zeros) ? f->left : (long)sizeof(zeros),
			 MSG_NOSIGNAL);
		if (n > 0)
			f->left -= n;
	}
	if (n < 0 && errno != EAGAIN)
		die("send");
	if (f->left)
		return;
	shutdown(f->fd, SHUT_WR);
	f->closed = true;
	watch(f->fd, EPOLLIN, f, EPOLL_CTL_MOD);
}

/* Has the receiver all, and closed its half? */
static bool ended(struct flow *f)
{
	char c;
	ssize_t n = recv(f->fd, &c, 1, 0);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n)
		die("recv");
	printf("%ld,%.0f\n", f->size, (now() - f->began) * 1e6);
	close(f->fd);
	free(f);
	return true;
}

static void set_timer(int timer, double at)
{
	struct itimerspec t = { .it_value = { .tv_sec = at, .tv_nsec = fmod(at, 1) * 1e9 } };

	if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &t, NULL))
		die("timerfd_settime");
}

static int send_flows(double load, double mbit, int n, const char *address, const char *noise)
{
	double pause = fct_mean() / (load * mbit * 1e6 / 8 * MSS / FRAME), at = now();
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), begun = 0, done = 0, i, k;
	struct epoll_event e[64];
	uint64_t times;

	watch(timer, EPOLLIN, NULL, EPOLL_CTL_ADD);
	set_timer(timer, at += 0.001);
	while (done < n) {
		k = epoll_wait(ep, e, 64, -1);
		for (i = 0; i < k; i++) {
			struct flow *f = e[i].data.ptr;

			if (f && f->closed) {
				done += ended(f);
			} else if (f) {
				feed(f);
			} else if (read(timer, &times, sizeof(times)) > 0 && begun < n) {
				begin(address, noise);
				begun++;
				set_timer(timer, at += -log(1 - drand48()) * pause);
			}
		}
	}
	return 0;
}

static bool is_noise(const char *s)
{
	char *end;

	return !strcmp(s, "none") || (strtod(s, &end) >= 0 && end > s && !*end);
}

int main(int argc, char **argv)
{
	struct rlimit many = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &many);
	ep = epoll_create1(0);
	if (ep < 0)
		die("epoll_create1");
	if (argc == 2 && !strcmp(argv[1], "recv"))
		return receive();
	if (argc < 7 || argc > 8 || strcmp(argv[1], "send") || (argc == 8 && !is_noise(argv[7]))) {
		fprintf(stderr,
			"usage: fct-flows recv | send SEED LOAD MBIT N ADDRESS [S | none]\n");
		return 2;
	}
	srand48(atol(argv[2]));
	seed_of_programs[0] = atol(argv[2]);
	return send_flows(atof(argv[3]), atof(argv[4]), atoi(argv[5]), argv[6], argv[7]);
}
