// SPDX-License-Identifier: GPL-2.0
/*
 * TCP flows of two kinds, for lfd.sh and the bench of updates:
 *
 *	flows serve PORT		takes connections, reads all they have
 *	flows send ADDRESS PORT RATE [unsure]
 *					RATE connections a second until SIGTERM: four of five say
 * 200 bytes and end ("mice"), one says 1,400 bytes, then 40 kB more ("elephants"). With "unsure"
 * mice say 100 to 299 bytes first and elephants 1,000 to 1,399, and of 100 flows 2 begin as a mouse
 * and are an elephant, and 6 the other way round. Prints how many there were, and how many failed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static char data[41400];

static void end(int sig)
{
	(void)sig;
	stop = 1;
}

static int serve(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, c;
	char buf[65536];

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 512)) {
		perror("flows");
		return 1;
	}
	while (!stop) {
		c = accept(fd, NULL, NULL);
		if (c < 0)
			continue;
		while (read(c, buf, sizeof(buf)) > 0)
			;
		close(c);
	}
	return 0;
}

static int say(int fd, const char *p, size_t n)
{
	ssize_t got;

	for (; n; p += got, n -= got) {
		got = write(fd, p, n);
		if (got < 0)
			return -1;
	}
	return 0;
}

static int one(const struct sockaddr_in *a, int first, bool large)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), no_delay = 1, ret;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
	ret = connect(fd, (const struct sockaddr *)a, sizeof(*a));
	if (!ret)
		ret = say(fd, data, first);
	if (!ret && large) {
		usleep(1000);
		ret = say(fd, data, 40000);
	}
	close(fd);
	return ret;
}

static int unsure(const struct sockaddr_in *a)
{
	int r = rand() % 100;

	if (r < 80)
		return one(a, 100 + rand() % 200, r < 2);
	return one(a, 1000 + rand() % 400, r < 94);
}

static int sure(const struct sockaddr_in *a, unsigned int n)
{
	bool large = n % 5 == 3;

	return one(a, large ? 1400 : 200, large);
}

static int send_all(const char *address, int port, int rate, bool is_unsure)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	unsigned int n = 0, failed = 0;

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
		return 2;
	for (; !stop; n++) {
		failed += (is_unsure ? unsure(&a) : sure(&a, n)) != 0;
		usleep(1000000 / rate);
	}
	printf("%u %u\n", n, failed);
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, end);
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(atoi(argv[2]));
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_all(argv[2], atoi(argv[3]), atoi(argv[4]), false);
	if (argc == 6 && !strcmp(argv[1], "send") && !strcmp(argv[5], "unsure"))
		return send_all(argv[2], atoi(argv[3]), atoi(argv[4]), true);
	return 2;
}
