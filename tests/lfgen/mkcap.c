// SPDX-License-Identifier: GPL-2.0
/*
 * Captures for the tests of classify and rows, always the same:
 *
 *	mkcap FILE.pcap			some 400 packets of 40 flows over Ethernet: TCP and UDP,
 *					IPv4 and IPv6, VLAN tags, tunnels, connections opened
 *					again, sequence numbers gone astray, fragments, options,
 *					resets, gaps of minutes and one of two hours, and frames
 *					that are no IP
 *	mkcap -r FILE.pcap DEVICE SENT	replay: send it from a packet socket, each frame when it is
 *					due, and write down what was sent, with the clock that the
 *					kernel's flows have. Frames that were not captured whole
 *					are left out.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FLOWS	40
#define PACKETS	400

struct conn {
	uint8_t v6, udp, vlan, tunnel;
	uint16_t sport, dport;
	uint32_t seq, host;
	int sent;
};

static uint64_t seed = 4;

static uint32_t random_number(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* Ethernet, with a tag or two. Returns its length. */
static int put_link(uint8_t *p, const struct conn *c)
{
	int n = 12, i;

	memset(p, 2, 12);
	for (i = 0; i < c->vlan; i++, n += 4) {
		put16(p + n, i + 1 < c->vlan ? 0x88a8 : 0x8100);
		put16(p + n + 2, 100 + i);
	}
	put16(p + n, c->v6 ? 0x86dd : 0x0800);
	return n + 2;
}

static int put_ip(uint8_t *p, const struct conn *c, int len)
{
	if (!c->v6) {
		memset(p, 0, 20);
		p[0] = 0x45;
		p[1] = random_number(3) ? 0 : 0xb8;
		put16(p + 2, 20 + len);
		if (!random_number(40))
			/* a fragment, first or not */
			put16(p + 6, random_number(2) ? 0x2000 : 0x0010);
		p[8] = 50 + random_number(14);
		p[9] = c->udp ? 17 : 6;
		put32(p + 12, 0x0a000000 + c->host);
		put32(p + 16, 0x0a010001);
		return 20;
	}
	memset(p, 0, 48);
	p[0] = 0x60;
	put16(p + 4, len);
	p[6] = c->udp ? 17 : 6;
	p[7] = 64;
	p[8] = p[24] = 0xfd;
	put32(p + 20, c->host);
	p[39] = 1;
	if (c->sent % 7 != 3)
		return 40;
	put16(p + 4, len + 8);		/* a destination options header of padding */
	p[40] = p[6];
	p[6] = 60;
	p[42] = 1;
	p[43] = 4;
	return 48;
}

/* Around an IPv4 packet of @len bytes: 4in4. */
static int put_tunnel(uint8_t *p, int len)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	put16(p + 2, 20 + len);
	p[8] = 64;
	p[9] = 4;
	put32(p + 12, 0x0a020001);
	put32(p + 16, 0x0a020002);
	return 20;
}

static int put_tcp(uint8_t *p, struct conn *c, int len)
{
	bool syn = !c->sent || !random_number(30);
	int doff = random_number(4) ? 20 : 32;

	memset(p, 0, doff);
	put16(p, c->sport);
	put16(p + 2, c->dport);
	if (!random_number(25))
		c->seq += 0x10000000;	/* gone astray */
	put32(p + 4, c->seq);
	p[12] = doff / 4 << 4;
	p[13] = syn ? 2 :
		      0x10 | (random_number(3) ? 0 : 8) | (random_number(25) ? 0 : 1) |
				(random_number(40) ? 0 : 4);
	put16(p + 14, 1000 + random_number(60000));
	c->seq += len + syn;
	return doff;
}

static int put_udp(uint8_t *p, const struct conn *c, int len)
{
	put16(p, c->sport);
	put16(p + 2, c->dport);
	put16(p + 4, 8 + len);
	put16(p + 6, 0);
	return 8;
}

static int put_packet(uint8_t *p, struct conn *c)
{
	int len = random_number(4) ? random_number(1400) : random_number(3) * 60, n, l4;
	uint8_t head[64];

	l4 = c->udp ? put_udp(head, c, len) : put_tcp(head, c, len);
	n = put_link(p, c);
	if (c->tunnel)
		n += put_tunnel(p + n, 20 + l4 + len);
	n += put_ip(p + n, c, l4 + len);
	memcpy(p + n, head, l4);
	memset(p + n + l4, 0, len);
	c->sent++;
	n += l4 + len;
	if (n < 60) {			/* padding that is none of the packet's */
		memset(p + n, 0xff, 60 - n);
		n = 60;
	}
	return n;
}

static struct conn new_conn(int i)
{
	return (struct conn){
		.v6 = i % 3 == 1,
		.udp = i % 4 == 2,
		.tunnel = i % 9 == 5,
		.vlan = i % 5 == 3 ? 1 + i % 2 : 0,
		.sport = 20000 + i,
		.dport = i % 2 ? 443 : 53,
		.seq = random_number(1u << 31),
		.host = 2 + i,
	};
}

/* Longer than a stream may be silent, and longer than a connection may. */
static uint64_t long_gap(int i)
{
	return i == 150 ? 150000000000ull : i == 300 ? 7500000000000ull : 0;
}

static int make(const char *path)
{
	pcap_t *p =
		pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535, PCAP_TSTAMP_PRECISION_NANO);
	pcap_dumper_t *d = pcap_dump_open(p, path);
	struct pcap_pkthdr h = { .ts.tv_sec = 1000 };
	struct conn conn[FLOWS];
	uint8_t frame[2048];
	uint64_t gap;
	int i;

	if (!d) {
		fprintf(stderr, "%s\n", pcap_geterr(p));
		return 1;
	}
	for (i = 0; i < FLOWS; i++)
		conn[i] = new_conn(i);
	for (i = 0; i < PACKETS; i++) {
		/* flows of one packet and of many */
		h.len = h.caplen =
			put_packet(frame, &conn[random_number(1 + random_number(FLOWS))]);
		if (!random_number(50))
			put16(frame + 12, 0x0806);
		pcap_dump((u_char *)d, &h, frame);
		gap = random_number(100) ? random_number(20000000) :
					   25000000000ull * random_number(4);
		gap += h.ts.tv_usec + long_gap(i);
		h.ts.tv_sec += gap / 1000000000;
		h.ts.tv_usec = gap % 1000000000;
	}
	pcap_dump_close(d);
	pcap_close(p);
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int send_frame(int fd, int device, const uint8_t *frame, int len)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = device, .sll_halen = 6 };

	memcpy(to.sll_addr, frame, 6);
	memcpy(&to.sll_protocol, frame + 12, 2);
	return sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) == len ? 0 : -1;
}

static int replay(const char *path, const char *device, const char *sent)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	pcap_t *dead =
		pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535, PCAP_TSTAMP_PRECISION_NANO);
	pcap_dumper_t *d = pcap_dump_open(dead, sent);
	int fd = socket(AF_PACKET, SOCK_RAW, 0), index = if_nametoindex(device);
	uint64_t first = 0, start = now_ns() + 1000000, at;
	struct pcap_pkthdr *h;
	const u_char *frame;

	if (!p || !d || fd < 0 || !index) {
		fprintf(stderr, "mkcap: cannot replay %s on %s\n", path, device);
		return 1;
	}
	while (pcap_next_ex(p, &h, &frame) == 1) {
		at = h->ts.tv_sec * 1000000000ull + h->ts.tv_usec;
		first = first ? first : at;
		if (h->caplen < h->len || h->len < ETH_HLEN)
			continue;
		if (at > first)
			sleep_until(start + at - first);
		at = now_ns();
		if (send_frame(fd, index, frame, h->len)) {
			perror("sendto");
			return 1;
		}
		if (now_ns() != at)
			fprintf(stderr, "mkcap: time went by while a packet was sent\n");
		h->ts.tv_sec = at / 1000000000;
		h->ts.tv_usec = at % 1000000000;
		pcap_dump((u_char *)d, h, frame);
	}
	pcap_dump_close(d);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return make(argv[1]);
	if (argc == 5 && !strcmp(argv[1], "-r"))
		return replay(argv[2], argv[3], argv[4]);
	fprintf(stderr, "usage: mkcap FILE.pcap | mkcap -r FILE.pcap DEVICE SENT.pcap\n");
	return 2;
}
