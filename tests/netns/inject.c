// SPDX-License-Identifier: GPL-2.0
/*
 * Single packets that no socket would send, with right checksums:
 *
 *	inject tcp SOURCE PORT DESTINATION PORT SEQUENCE ACKNOWLEDGED FLAGS PAYLOAD
 *	inject udp6 SOURCE DESTINATION PORT HEADERS		behind so many destination options
 *								headers
 *
 * FLAGS are letters of FSRPA. The payload is so many zero bytes.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PAYLOAD_MAX	1400
#define OPTIONS_LEN	8	/* of a destination options header that has padding alone */

static uint32_t sum(const void *data, size_t len, uint32_t to)
{
	const uint8_t *b = data;
	size_t i;

	for (i = 0; i < len; i++)
		to += i & 1 ? b[i] : (uint32_t)b[i] << 8;
	return to;
}

static uint16_t folded(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons(~s & 0xffff);
}

static int send_raw(int family, const void *packet, size_t len, const void *to, socklen_t to_len)
{
	int fd = socket(family, SOCK_RAW, IPPROTO_RAW);

	if (fd >= 0 && sendto(fd, packet, len, 0, to, to_len) == (ssize_t)len)
		return 0;
	perror("inject");
	return 1;
}

static uint8_t flags_of(const char *letters)
{
	static const char all[] = "FSRPA";
	uint8_t flags = 0;

	for (; *letters; letters++) {
		const char *at = strchr(all, *letters);

		if (at)
			flags |= 1 << (at - all);
	}
	return flags;
}

static int tcp(char **arg)
{
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
		uint8_t payload[PAYLOAD_MAX];
	} __attribute__((packed)) p = { 0 };
	size_t payload = strtoul(arg[7], NULL, 0), len = sizeof(p.tcp) + payload;
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (payload > PAYLOAD_MAX || inet_pton(AF_INET, arg[0], &p.ip.saddr) != 1 ||
	    inet_pton(AF_INET, arg[2], &p.ip.daddr) != 1)
		return 2;
	p.ip.version = 4;
	p.ip.ihl = sizeof(p.ip) / 4;
	p.ip.tot_len = htons(sizeof(p.ip) + len);
	p.ip.ttl = 64;
	p.ip.protocol = IPPROTO_TCP;
	p.tcp.source = htons(strtoul(arg[1], NULL, 0));
	p.tcp.dest = htons(strtoul(arg[3], NULL, 0));
	p.tcp.seq = htonl(strtoul(arg[4], NULL, 0));
	p.tcp.ack_seq = htonl(strtoul(arg[5], NULL, 0));
	p.tcp.doff = sizeof(p.tcp) / 4;
	((uint8_t *)&p.tcp)[13] = flags_of(arg[6]);
	p.tcp.window = htons(1024);
	p.tcp.check = folded(sum(&p.tcp, len, sum(&p.ip.saddr, 8, IPPROTO_TCP + len)));
	to.sin_addr.s_addr = p.ip.daddr;
	return send_raw(AF_INET, &p, sizeof(p.ip) + len, &to, sizeof(to));
}

static int udp6(char **arg)
{
	static const char text[] = "hello";
	unsigned int n = strtoul(arg[3], NULL, 0), i;
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	size_t len = sizeof(struct udphdr) + sizeof(text);
	size_t all = sizeof(struct ip6_hdr) + n * OPTIONS_LEN + len;
	uint8_t *packet = calloc(1, all), *at = packet + sizeof(struct ip6_hdr);
	struct ip6_hdr *ip = (struct ip6_hdr *)packet;
	struct udphdr *udp;

	if (!packet || inet_pton(AF_INET6, arg[0], &ip->ip6_src) != 1 ||
	    inet_pton(AF_INET6, arg[1], &ip->ip6_dst) != 1)
		return 2;
	ip->ip6_flow = htonl(6u << 28);
	ip->ip6_plen = htons(all - sizeof(*ip));
	ip->ip6_nxt = n ? IPPROTO_DSTOPTS : IPPROTO_UDP;
	ip->ip6_hlim = 64;
	for (i = 0; i < n; i++, at += OPTIONS_LEN) {
		at[0] = i + 1 < n ? IPPROTO_DSTOPTS : IPPROTO_UDP;
		at[2] = IP6OPT_PADN;
		at[3] = OPTIONS_LEN - 4;
	}
	udp = (struct udphdr *)at;
	udp->source = htons(4444);
	udp->dest = htons(strtoul(arg[2], NULL, 0));
	udp->len = htons(len);
	memcpy(udp + 1, text, sizeof(text));
	udp->check = folded(sum(udp, len, sum(&ip->ip6_src, 32, IPPROTO_UDP + len)));
	to.sin6_addr = ip->ip6_dst;
	return send_raw(AF_INET6, packet, all, &to, sizeof(to));
}

int main(int argc, char **argv)
{
	if (argc == 10 && !strcmp(argv[1], "tcp"))
		return tcp(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "udp6"))
		return udp6(argv + 2);
	fputs("usage: inject tcp SOURCE PORT DESTINATION PORT SEQUENCE ACKNOWLEDGED FLAGS PAYLOAD\n"
	      "       inject udp6 SOURCE DESTINATION PORT HEADERS\n", stderr);
	return 2;
}
