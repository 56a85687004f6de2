// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams in one send each, which stay one packet down to the device's queue if it can segment
 * them.
 *
 *	udp_gso ADDRESS PORT:SIZE...	one after the other at once: SIZE bytes in datagrams of 1000
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define SEGMENT		1000

static bool send_one(int s, struct sockaddr_in *to, const char *what)
{
	static char data[64000];
	unsigned int port, size;

	if (sscanf(what, "%u:%u", &port, &size) != 2 || size > sizeof(data))
		return false;
	to->sin_port = htons(port);
	return sendto(s, data, size, 0, (void *)to, sizeof(*to)) == (ssize_t)size;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int segment = SEGMENT, room = 1 << 24, s, i;

	if (argc < 3 || !inet_aton(argv[1], &to.sin_addr)) {
		fprintf(stderr, "usage: udp_gso ADDRESS PORT:SIZE...\n");
		return 2;
	}
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0 || setsockopt(s, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)) ||
	    setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room))) {
		perror("udp_gso");
		return 1;
	}
	for (i = 2; i < argc; i++) {
		if (!send_one(s, &to, argv[i])) {
			perror(argv[i]);
			return 1;
		}
	}
	return 0;
}
