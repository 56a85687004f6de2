// SPDX-License-Identifier: GPL-2.0
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/genetlink.h>
#include <linux/rtnetlink.h>

static uint64_t rnd_state;

void rnd_seed(uint64_t seed)
{
	rnd_state = seed;
}

/* splitmix64 */
uint32_t rnd(uint32_t below)
{
	uint64_t z = rnd_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z >> 32) % below;
}

void rnd_fill(void *p, size_t len)
{
	unsigned char *b = p;

	while (len--)
		*b++ = rnd(256);
}

static void die(const char *what)
{
	perror(what);
	puts("0 passed, 1 failed");
	exit(1);
}

void wire_open(struct wire *w, int bus, bool strict)
{
	int yes = 1;

	memset(w, 0, sizeof(*w));
	w->sk = mnl_socket_open(bus);
	if (!w->sk || mnl_socket_bind(w->sk, 0, MNL_SOCKET_AUTOPID))
		die("netlink socket");
	if (!strict)
		return;
	mnl_socket_setsockopt(w->sk, NETLINK_EXT_ACK, &yes, sizeof(yes));
	mnl_socket_setsockopt(w->sk, NETLINK_CAP_ACK, &yes, sizeof(yes));
	mnl_socket_setsockopt(w->sk, NETLINK_GET_STRICT_CHK, &yes, sizeof(yes));
}

void wire_close(struct wire *w)
{
	mnl_socket_close(w->sk);
}

/* --- requests --- */

static void header(struct req *r, uint16_t type, uint16_t flags, const void *extra, size_t len)
{
	struct nlmsghdr *nlh = req_hdr(r);

	memset(r->b, 0, 256);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(r->b + NLMSG_HDRLEN, extra, len);
	r->len = NLMSG_HDRLEN + len;
}

void req_genl(struct req *r, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr g = { .cmd = cmd, .version = 1 };

	header(r, family, flags, &g, sizeof(g));
}

void req_tc(struct req *r, uint16_t type, uint16_t flags, int ifindex, uint32_t handle,
	    uint32_t parent)
{
	struct tcmsg t = { .tcm_ifindex = ifindex, .tcm_handle = handle, .tcm_parent = parent };

	header(r, type, flags, &t, sizeof(t));
}

/* `says`: the length in the attribute's header. */
static void put(struct req *r, uint16_t type, const void *data, size_t len, size_t says)
{
	struct nlattr a = { .nla_len = says, .nla_type = type };
	size_t end = NLA_ALIGN(r->len + NLA_HDRLEN + len);

	if (end > WIRE_MAX)
		return;
	memset(r->b + r->len, 0, end - r->len);
	memcpy(r->b + r->len, &a, sizeof(a));
	if (len)
		memcpy(r->b + r->len + NLA_HDRLEN, data, len);
	r->len = end;
}

static void put_spoilt(struct req *r, uint16_t type, const void *data, size_t len)
{
	static unsigned char junk[65536];
	size_t n;

	n = rnd(10) ? rnd(2000) : rnd(65532);
	rnd_fill(junk, 64);
	switch (rnd(9)) {
	case 0:
		put(r, rnd(48) | rnd(4) << 14, data, len, NLA_HDRLEN + len);
		break;
	case 1:
		len = rnd(len + 1);
		put(r, type, data, len, NLA_HDRLEN + len);
		break;
	case 2:
		put(r, type, data, len, rnd(3) ? rnd(64) : rnd(65536));
		break;
	case 3:
		put(r, type, junk, n, NLA_HDRLEN + n);
		break;
	case 4:
		for (n = rnd(rnd(8) ? 6 : 6000); n; n--)
			put(r, type, data, len, NLA_HDRLEN + len);
		break;
	case 5:
		for (n = 0; n < 64; n += 8) {
			struct nlattr a = { .nla_len = rnd(16),
					    .nla_type = rnd(20) | rnd(4) << 14 };

			memcpy(junk + n, &a, sizeof(a));
		}
		n = rnd(65);
		put(r, type | NLA_F_NESTED, junk, n, NLA_HDRLEN + n);
		break;
	case 6:
		put(r, type ^ (rnd(2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER), data, len,
		    NLA_HDRLEN + len);
		break;
	case 7:
		put(r, type, junk, len > 64 ? 64 : len, NLA_HDRLEN + (len > 64 ? 64 : len));
		break;
	default:
		break;
	}
}

void req_put(struct req *r, uint16_t type, const void *data, size_t len)
{
	if (r->wild && !rnd(r->wild))
		put_spoilt(r, type, data, len);
	else
		put(r, type, data, len, NLA_HDRLEN + len);
}

void req_str(struct req *r, uint16_t type, const char *s)
{
	/* Spoilt a little more often: without its NUL. */
	req_put(r, type, s, strlen(s) + !(r->wild && !rnd(2 * r->wild)));
}

void req_u8(struct req *r, uint16_t type, uint8_t v)
{
	req_put(r, type, &v, sizeof(v));
}

void req_u32(struct req *r, uint16_t type, uint32_t v)
{
	req_put(r, type, &v, sizeof(v));
}

size_t req_nest(struct req *r, uint16_t type)
{
	size_t at = r->len;

	put(r, type | NLA_F_NESTED, NULL, 0, NLA_HDRLEN);
	return at;
}

void req_nest_end(struct req *r, size_t nest)
{
	struct nlattr *a = (struct nlattr *)(r->b + nest);

	a->nla_len = r->len - nest;
	if (r->wild && !rnd(4 * r->wild))
		a->nla_len = rnd(65536);
	if (r->wild && !rnd(4 * r->wild))
		a->nla_type &= ~NLA_F_NESTED;
}

struct nlmsghdr *req_end(struct req *r)
{
	req_hdr(r)->nlmsg_len = r->len;
	return req_hdr(r);
}

/* --- talk --- */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

int wire_send(struct wire *w, struct req *r)
{
	uint64_t start = now_ns(), took;
	int rc;

	rc = mnl_socket_sendto(w->sk, r->b, r->len) < 0 ? -errno : 0;
	took = now_ns() - start;
	if (took > w->slowest_ns)
		w->slowest_ns = took;
	return rc;
}

/* One message: is it the end? Then *rc is set. */
static bool ends(const struct nlmsghdr *nlh, uint32_t seq, int *rc)
{
	if (nlh->nlmsg_seq != seq)
		return false;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		*rc = ((const struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
		return true;
	}
	if (nlh->nlmsg_type == NLMSG_DONE) {
		*rc = mnl_nlmsg_get_payload_len(nlh) >= sizeof(int) ?
			      *(int *)mnl_nlmsg_get_payload(nlh) : 0;
		return true;
	}
	return false;
}

/* After ENOBUFS nothing more comes until all is read that is there. */
static int drain(struct wire *w, int err)
{
	static char in[256 * 1024];

	while (err == ENOBUFS && recv(mnl_socket_get_fd(w->sk), in, sizeof(in), MSG_DONTWAIT) >= 0)
		;
	return -err;
}

int wire_wait(struct wire *w, uint32_t seq, void *out, size_t *len)
{
	static char in[256 * 1024];
	struct pollfd p = { .fd = mnl_socket_get_fd(w->sk), .events = POLLIN };
	size_t room = len ? *len : 0;
	const struct nlmsghdr *nlh;
	int n, rc;

	if (len)
		*len = 0;
	for (;;) {
		if (poll(&p, 1, WIRE_WAIT_MS) <= 0)
			return WIRE_SILENT;
		n = mnl_socket_recvfrom(w->sk, in, sizeof(in));
		if (n < 0)
			return drain(w, errno);
		for (nlh = (void *)in; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
			if (ends(nlh, seq, &rc))
				return rc;
			if (nlh->nlmsg_seq != seq || !out || *len + nlh->nlmsg_len > room)
				continue;
			memcpy((char *)out + *len, nlh, nlh->nlmsg_len);
			((struct nlmsghdr *)((char *)out + *len))->nlmsg_seq = 0;
			((struct nlmsghdr *)((char *)out + *len))->nlmsg_pid = 0;
			*len += NLMSG_ALIGN(nlh->nlmsg_len);
		}
	}
}

int wire_ask(struct wire *w, struct req *r, void *out, size_t *len)
{
	int rc;

	req_end(r)->nlmsg_seq = ++w->seq;
	rc = wire_send(w, r);
	return rc ?: wire_wait(w, w->seq, out, len);
}

uint16_t wire_family(struct wire *w, const char *name)
{
	static char answer[16384];
	size_t len = sizeof(answer);
	const struct nlattr *a;
	static struct req r;

	req_genl(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	req_str(&r, CTRL_ATTR_FAMILY_NAME, name);
	if (wire_ask(w, &r, answer, &len) || !len)
		return 0;
	mnl_attr_for_each(a, (struct nlmsghdr *)answer, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
			return mnl_attr_get_u16(a);
	return 0;
}
