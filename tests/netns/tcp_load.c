// SPDX-License-Identifier: GPL-2.0
/*
 * Many TCP connections over the loopback device, for tcp_many.sh. A server (a child) counts what
 * comes on each connection and at its end sends the count back, so a loss is seen.
 *
 *	tcp-load churn N AT_ONCE [mptcp] N connections one after the other in AT_ONCE processes:
 *					IPv4 and IPv6, sending from nothing to 100 kB, some reset,
 *					some through other congestion controls and back, some
 *					disconnected and used again
 *	tcp-load hold N SECONDS [PORT]	N at once that all send now and then, for so long or until
 *					SIGTERM
 *	tcp-load failnth		setsockopt(TCP_CONGESTION) with its first allocation
 *					failing, its second, ...
 *
 * Prints what it did; exit status 1 and a line on stderr where anything is wrong.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FD_MAX		65536
#define NTH_MAX		20000
#define BYTES_MAX	100000

static char bytes[BYTES_MAX];
static int port = 5300, protocol;

static void die(const char *what)
{
	fprintf(stderr, "tcp-load: %s: %m\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* --- server --- */

static uint64_t count[FD_MAX];

static void serve_one(int fd)
{
	static char buf[1 << 16];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		count[fd] += n;
	if (n < 0 && errno == EAGAIN)
		return;
	/* The client may have gone. */
	if (!n && send(fd, &count[fd], sizeof(count[fd]), MSG_NOSIGNAL) < 0)
		errno = 0;
	close(fd);
}

static void serve(int listener)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = listener }, got[64];
	int ep = epoll_create1(0), n, k, fd;

	epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		n = epoll_wait(ep, got, 64, -1);
		for (k = 0; k < n; k++) {
			if (got[k].data.fd != listener) {
				serve_one(got[k].data.fd);
				continue;
			}
			fd = accept(listener, NULL, NULL);
			if (fd < 0 || fd >= FD_MAX)
				die("accept");
			count[fd] = 0;
			e.data.fd = fd;
			epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
		}
	}
}

static pid_t server(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM, protocol), one = 1;
	pid_t pid;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 4096))
		die("listen");
	pid = fork();
	if (!pid)
		serve(fd);
	close(fd);
	return pid;
}

/* --- client --- */

static int choose(int fd, const char *cc)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, strlen(cc));
}

static void connect_to(int fd, int v6)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in a4 = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (v6 ? connect(fd, (struct sockaddr *)&a6, sizeof(a6)) :
		 connect(fd, (struct sockaddr *)&a4, sizeof(a4)))
		die("connect");
}

static int client(int v6, const char *cc)
{
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, protocol);

	if (fd < 0 || (cc && choose(fd, cc)))
		die("socket");
	connect_to(fd, v6);
	return fd;
}

static void send_all(int fd, size_t n)
{
	ssize_t sent;

	for (; n; n -= sent) {
		sent = send(fd, bytes, n, MSG_NOSIGNAL);
		if (sent < 0)
			die("send");
	}
}

/* The end: did all of it arrive? */
static void finish(int fd, uint64_t sent)
{
	uint64_t got = 0;

	shutdown(fd, SHUT_WR);
	if (recv(fd, &got, sizeof(got), MSG_WAITALL) != sizeof(got))
		die("recv");
	if (got != sent) {
		errno = 0;
		fprintf(stderr, "tcp-load: %llu bytes sent, %llu arrived\n",
			(unsigned long long)sent, (unsigned long long)got);
		exit(1);
	}
	close(fd);
}

static void reset(int fd)
{
	struct linger l = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

/* Through other congestion controls and back while data is under way. */
static void change(int fd)
{
	static const char *const other[] = { "reno", "liteflow", "cubic", "liteflow" };
	size_t k;

	for (k = 0; k < 4; k++) {
		send_all(fd, 5000);
		if (choose(fd, other[k]))
			die(other[k]);
	}
}

static void disconnect(int fd)
{
	struct sockaddr a = { .sa_family = AF_UNSPEC };

	if (connect(fd, &a, sizeof(a)))
		die("disconnect");
}

static void churn_one(int k)
{
	int v6 = k & 1, fd = client(v6, "liteflow");
	size_t n = k % 10 == 0 ? 0 : random() % (k % 7 ? 5000 : BYTES_MAX);

	send_all(fd, n);
	switch (k % 16) {
	case 3:
		reset(fd);
		return;
	case 6:
		change(fd);
		n += 20000;
		break;
	case 9:
		disconnect(fd);
		connect_to(fd, v6);
		n = 100;
		send_all(fd, n);
		break;
	case 12:
		choose(fd, "cubic");
		break;
	}
	finish(fd, n);
}

static int wait_all(int n)
{
	int status, bad = 0;

	while (n--)
		if (wait(&status) > 0 && status)
			bad = 1;
	return bad;
}

static int churn(int n, int at_once)
{
	double from = now();
	int p, k, bad;

	for (p = 0; p < at_once; p++) {
		if (fork())
			continue;
		srandom(p);
		for (k = p; k < n; k += at_once)
			churn_one(k);
		exit(0);
	}
	bad = wait_all(at_once);
	printf("%d connections in %.1f s\n", n, now() - from);
	return bad;
}

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static int hold(int n, double seconds)
{
	uint64_t *sent = calloc(n, sizeof(*sent)), total = 0;
	int *fd = calloc(n, sizeof(*fd)), k;
	double until;
	ssize_t s;

	signal(SIGTERM, stop);
	for (k = 0; k < n; k++)
		fd[k] = client(k & 1, "liteflow");
	for (until = now() + seconds; now() < until && !stopped; usleep(1000)) {
		for (k = 0; k < n; k++) {
			s = send(fd[k], bytes, 1 + random() % 8000, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (s < 0 && errno != EAGAIN)
				die("a connection broke");
			sent[k] += s > 0 ? s : 0;
		}
	}
	for (k = 0; k < n; k++) {
		finish(fd[k], sent[k]);
		total += sent[k];
	}
	printf("%d connections, %llu bytes\n", n, (unsigned long long)total);
	return 0;
}

/* --- failing allocations --- */

static int nth_fd;

static void fail_at(int n)
{
	char text[16];

	if (pwrite(nth_fd, text, sprintf(text, "%d", n), 0) < 0)
		die("fail-nth");
}

/* How many allocations there were left until the one that is to fail; 0: it has failed. */
static int left(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		die("fail-nth");
	fail_at(0);
	return atoi(text);
}

/* A connection that changes to liteflow goes on, memory or not. */
static int fail_choose(void)
{
	int n, fd, hit = 1;

	for (n = 1; hit && n < NTH_MAX; n++) {
		fd = client(n & 1, "cubic");
		send_all(fd, 10000);
		fail_at(n);
		if (choose(fd, "liteflow") && errno != ENOMEM && errno != ENOENT)
			die("TCP_CONGESTION");
		hit = !left();
		send_all(fd, 50000);
		finish(fd, 60000);
	}
	return n - 1;
}

static int failnth(void)
{
	int chosen;

	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (nth_fd < 0)
		die("fail-nth");
	chosen = fail_choose();
	printf("%d allocations of setsockopt()\n", chosen - 1);
	return chosen < 2;
}

int main(int argc, char **argv)
{
	struct rlimit files = { FD_MAX, FD_MAX };
	pid_t pid;
	int rc = 2;

	if (argc < 2)
		return 2;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc > 4 && !strcmp(argv[1], "hold"))
		port = atoi(argv[4]);
	if (argc > 4 && !strcmp(argv[4], "mptcp"))
		protocol = 262;	/* IPPROTO_MPTCP */
	pid = server();
	if (!strcmp(argv[1], "churn") && argc >= 4)
		rc = churn(atoi(argv[2]), atoi(argv[3]));
	else if (!strcmp(argv[1], "hold") && argc >= 4)
		rc = hold(atoi(argv[2]), atof(argv[3]));
	else if (!strcmp(argv[1], "failnth"))
		rc = failnth();
	kill(pid, SIGKILL);
	return rc;
}
