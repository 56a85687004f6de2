// SPDX-License-Identifier: GPL-2.0
/*
 * Real packets, spoilt: hook_fuzz CAPTURE_DEVICE SEND_DEVICE COUNT [SEED]
 *
 * Listens on one device until its standard input ends (what makes the traffic holds the other end),
 * then sends COUNT mutants of what it heard out of the other: bytes changed, cut, made longer,
 * headers with interesting values, every second IPv4 header with a right checksum again, and some
 * with the header of a super-packet (PACKET_VNET_HDR), so that they reach as far into the stack as
 * they can. Prints how many packets of each kind it heard, and how many it sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4	/* headers before 6.2 */
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif

#define SEEDS	2000
#define LEN	1600

static struct seed {
	size_t len;
	uint8_t b[LEN];
} seeds[SEEDS];
static unsigned int n_seeds;
static uint64_t state;

static uint32_t rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 16) % below;
}

static int open_on(const char *dev)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	at.sll_ifindex = if_nametoindex(dev);
	if (fd < 0 || !at.sll_ifindex || bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror(dev);
		exit(1);
	}
	return fd;
}

static void capture(const char *dev)
{
	struct pollfd p[] = { { .fd = open_on(dev), .events = POLLIN },
			      { .fd = STDIN_FILENO, .events = POLLIN } };
	char ignored[64];
	ssize_t len;

	while (n_seeds < SEEDS) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents) {
			len = recv(p[0].fd, seeds[n_seeds].b, LEN, 0);
			if (len >= 34)
				seeds[n_seeds++].len = len;
		} else if (p[1].revents && read(p[1].fd, ignored, sizeof(ignored)) <= 0) {
			break;
		}
	}
	close(p[0].fd);
}

enum kind { OTHER, TCP, UDP, ICMP, SCTP, FRAGMENT, KINDS };

static enum kind kind_of(const uint8_t *b)
{
	static const uint8_t kinds[256] = {
		[IPPROTO_TCP] = TCP,     [IPPROTO_UDP] = UDP,   [IPPROTO_ICMP] = ICMP,
		[IPPROTO_ICMPV6] = ICMP, [IPPROTO_SCTP] = SCTP, [IPPROTO_FRAGMENT] = FRAGMENT,
	};

	switch (b[12] << 8 | b[13]) {
	case ETH_P_IP:
		return (b[20] << 8 | b[21]) & 0x3fff ? FRAGMENT : kinds[b[23]];
	case ETH_P_IPV6:
		return kinds[b[20]];
	}
	return OTHER;
}

static void tell(void)
{
	static const char *const names[] = { "other", "tcp", "udp", "icmp", "sctp", "fragment" };
	unsigned int i, n[KINDS] = { 0 };

	for (i = 0; i < n_seeds; i++)
		n[kind_of(seeds[i].b)]++;
	printf("heard:");
	for (i = 0; i < KINDS; i++)
		printf(" %s %u", names[i], n[i]);
	putchar('\n');
}

static void checksum(uint8_t *ip, size_t len)
{
	size_t i, hdr = (ip[0] & 15) * 4;
	uint32_t sum = 0;

	if (hdr > len)
		return;
	ip[10] = ip[11] = 0;
	for (i = 0; i + 1 < hdr; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	sum = ~sum;
	ip[10] = sum >> 8;
	ip[11] = sum;
}

/* Most where the headers are; values at which lengths and offsets turn over. */
static void spoil(uint8_t *b, size_t len)
{
	static const uint8_t interesting[] = { 0,  1,  4,  5,  6,  15,  16,  17,  20, 40,
					       43, 44, 51, 58, 60, 127, 128, 132, 255 };
	unsigned int n = 1 + rnd(4), at;

	while (n--) {
		at = rnd(rnd(4) ? (len < 80 ? len : 80) : len);
		if (at < 12 && rnd(8))	/* addresses of the link: it should arrive */
			continue;
		b[at] = rnd(2) ? interesting[rnd(sizeof(interesting))] : rnd(256);
	}
}

static size_t mutant(uint8_t *b)
{
	const struct seed *s = &seeds[rnd(n_seeds)];
	size_t len = s->len;

	memcpy(b, s->b, len);
	switch (rnd(8)) {
	case 0:
		break;
	case 1:
		len = 15 + rnd(len - 15);
		break;
	case 2:
		len = 15 + rnd(60);
		len = len < s->len ? len : s->len;
		spoil(b, len);
		break;
	case 3:
		while (len < LEN && rnd(64))
			b[len++] = rnd(256);
		/* fall through */
	default:
		spoil(b, len);
	}
	if (len >= 34 && b[12] == 8 && b[13] == 0 && rnd(4)) {
		if (rnd(2)) {
			b[16] = (len - 14) >> 8;
			b[17] = len - 14;
		}
		checksum(b + 14, len - 14);
	}
	return len;
}

static void pretend(struct virtio_net_hdr *v, size_t len)
{
	static const uint8_t types[] = {
		VIRTIO_NET_HDR_GSO_TCPV4,
		VIRTIO_NET_HDR_GSO_TCPV6,
		VIRTIO_NET_HDR_GSO_UDP,
		VIRTIO_NET_HDR_GSO_UDP_L4,
	};

	memset(v, 0, sizeof(*v));
	if (rnd(4))
		return;
	v->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	v->gso_type = types[rnd(4)] | (rnd(8) ? 0 : VIRTIO_NET_HDR_GSO_ECN);
	v->gso_size = 1 + rnd(rnd(2) ? 100 : 65535);
	v->hdr_len = rnd(len);
	v->csum_start = rnd(4) ? 34 : rnd(len);
	v->csum_offset = rnd(2) ? 16 : 6;
}

int main(int argc, char **argv)
{
	static struct { struct virtio_net_hdr v; uint8_t b[LEN]; } packet;
	unsigned long i, count, sent = 0;
	int fd, one = 1;
	size_t len;

	if (argc < 4)
		return 2;
	count = strtoul(argv[3], NULL, 10);
	state = (argc > 4 ? strtoull(argv[4], NULL, 10) : 1) * 0x9e3779b97f4a7c15 | 1;
	capture(argv[1]);
	if (!n_seeds) {
		fputs("hook_fuzz: no traffic to learn from\n", stderr);
		return 1;
	}
	tell();
	fd = open_on(argv[2]);
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one))) {
		perror("PACKET_VNET_HDR");
		return 1;
	}
	for (i = 0; i < count; i++) {
		len = mutant(packet.b);
		pretend(&packet.v, len);
		sent += send(fd, &packet, sizeof(packet.v) + len, 0) > 0;
	}
	printf("%lu of %lu mutants sent\n", sent, count);
	return sent < count / 2;
}
