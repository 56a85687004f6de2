// SPDX-License-Identifier: GPL-2.0
/*
 * The far end of a tun device: makes it, which gives it carrier, and reads every packet.
 *
 *	tun_sink NAME		until it is killed
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	static char packet[65536];
	int fd;

	if (argc != 2 || strlen(argv[1]) >= IFNAMSIZ) {
		fprintf(stderr, "usage: tun_sink NAME\n");
		return 2;
	}
	strcpy(ifr.ifr_name, argv[1]);
	fd = open("/dev/net/tun", O_RDWR);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr)) {
		perror("tun_sink");
		return 1;
	}
	while (read(fd, packet, sizeof(packet)) >= 0)
		;
	return 1;
}
