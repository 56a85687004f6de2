// SPDX-License-Identifier: GPL-2.0
/*
 * TCP flows of two kinds, for lfd.sh:
 *
 *	flows serve PORT		takes connections, reads all they have
 *	flows send ADDRESS PORT RATE	RATE connections a second until SIGTERM: four of five say
 * 200 bytes and end ("mice"), one says 1,400 bytes, then 40 kB more ("elephants"). Prints how many
 * there were, and how many failed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
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

static int one(const struct sockaddr_in *a, int large)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), no_delay = 1, ret;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
	ret = connect(fd, (const struct sockaddr *)a, sizeof(*a));
	if (!ret)
		ret = say(fd, data, large ? 1400 : 200);
	if (!ret && large) {
		usleep(1000);
		ret = say(fd, data, 40000);
	}
	close(fd);
	return ret;
}

static int send_all(const char *address, int port, int rate)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	unsigned int n = 0, failed = 0;

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
		return 2;
	for (; !stop; n++) {
		failed += one(&a, n % 5 == 3) != 0;
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
		return send_all(argv[2], atoi(argv[3]), atoi(argv[4]));
	return 2;
}
