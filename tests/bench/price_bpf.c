// SPDX-License-Identifier: GPL-2.0
/*
 * The rival: a BPF classifier for prio that does what liteflow does, with the same forest. It keeps
 * the same statistics of a flow in an LRU map, fills the same features and walks the same trees; it
 * returns class + 1 as the band's class. Built twice: as it is, the forest runs on every packet;
 * with CACHED at a flow's first, and its verdict serves the rest.
 *
 * It does less than liteflow where that is easier: IPv4 with UDP and TCP alone, no VLANs, fragments
 * or super-packets, no lock (two CPUs spoil each other's counts), no ends of flows but the map's
 * own, no counters, no samples.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define SEC(name)	__attribute__((section(name), used))
#define inlined		static inline __attribute__((always_inline))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name

/* The table of features alone: the types are above, and there is no libc here. */
#define LQ_TYPES_H
#define strcmp __builtin_strcmp
typedef _Bool bool;
#include <lq/features.h>
#include "price_model.h"

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) =
	(void *)BPF_FUNC_map_update_elem;
static u64 (*bpf_ktime_get_ns)(void) = (void *)BPF_FUNC_ktime_get_ns;

#ifndef FLOWS
#define FLOWS 131072
#endif

struct key {
	u32 src, dst;
	u16 sport, dport;
	u32 proto;
};

struct flow {
	u64 born_ns, last_ns, bytes, payload;
	u32 packets;
	u32 iat_us, iat_min_us, iat_max_us, iat_mean8, iat_dev8, iat_log2_mean8, iat_log2_dev8;
	u32 len_mean8, len_dev8, small, large, empty, psh;
	u16 len_min, len_max, len[8], window0, class;
	u8 tcp_flags, has_verdict;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FLOWS);
	__type(key, struct key);
	__type(value, struct flow);
} flows SEC(".maps");

/* What a packet says. */
struct pkt {
	struct key key;
	u32 len, payload, window;
	u8 flags, tos, ttl;
};

/* Where a flow is born, and where the vector lies: too large for the stack together. */
struct work {
	struct flow fresh;
	s32 x[FOREST_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct work);
} works SEC(".maps");

inlined u16 be16(u16 v)
{
	return __builtin_bswap16(v);
}

/* --- parsing --- */

inlined int parse(struct __sk_buff *skb, struct pkt *p)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (void *)(ip + 1);
	struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || ip->ihl != 5)
		return -1;
	p->len = be16(ip->tot_len);
	p->tos = ip->tos;
	p->ttl = ip->ttl;
	p->key = (struct key){ ip->saddr, ip->daddr, udp->source, udp->dest, ip->protocol };
	p->payload = p->len - sizeof(*ip) - sizeof(*udp);
	if (ip->protocol != 6)
		return 0;
	if ((void *)(tcp + 1) > end)
		return -1;
	p->payload = p->len - sizeof(*ip) - tcp->doff * 4;
	p->window = be16(tcp->window);
	p->flags = ((u8 *)tcp)[13];
	return 0;
}

/* --- numbers, as in kmod/feature.c and kmod/flow_stats.c --- */

const volatile u32 log2_points[33] = {
	0, 2909, 5732, 8473, 11136, 13727, 16248, 18704, 21098, 23433, 25711,
	27936, 30109, 32234, 34312, 36346, 38336, 40286, 42196, 44068, 45904, 47705,
	49472, 51207, 52911, 54584, 56229, 57845, 59434, 60997, 62534, 64047, 65536,
};

/* Global, so that the verifier looks at it once and not at every call. */
__attribute__((noinline)) u32 log2_q8(u64 v)
{
	u32 exp = 63, i, frac, lo, hi;

	if (v == ~0ull)
		return 64 << 8;
	v++;
	if (!(v >> 32)) { exp -= 32; v <<= 32; }
	if (!(v >> 48)) { exp -= 16; v <<= 16; }
	if (!(v >> 56)) { exp -= 8; v <<= 8; }
	if (!(v >> 60)) { exp -= 4; v <<= 4; }
	if (!(v >> 62)) { exp -= 2; v <<= 2; }
	if (!(v >> 63)) { exp -= 1; v <<= 1; }
	i = v >> 58 & 31;
	frac = v >> 42 & 0xffff;
	lo = log2_points[i];
	hi = log2_points[i + 1];
	lo += ((hi - lo) * frac) >> 16;
	return (exp << 8) + ((lo + 128) >> 8);
}

inlined u32 eighths(u32 x)
{
	return (x < ~0u >> 3 ? x : ~0u >> 3) << 3;
}

inlined u32 weigh(u32 x, u32 w)
{
	return ((u64)x * w + 0x7fff) >> 16;
}

inlined void fold(u32 *mean, u32 *dev, u32 x)
{
	u32 off = *mean > x ? *mean - x : x - *mean, kept = weigh(off, 57344);

	*dev = weigh(*dev, 57344) + weigh(off, 8192);
	*mean = *mean > x ? x + kept : x - kept;
}

inlined void update(struct flow *f, const struct pkt *p, u64 now)
{
	u32 us = (now - f->last_ns) / 1000, log2, x = eighths(p->len << 4);

	if (!f->packets) {
		f->window0 = p->window;
		f->len_min = p->len;
		f->len_mean8 = x;
	} else {
		log2 = log2_q8(us);
		f->iat_us = us;
		if (us > f->iat_max_us)
			f->iat_max_us = us;
		if (f->packets == 1) {
			f->iat_min_us = us;
			f->iat_mean8 = eighths(us);
			f->iat_log2_mean8 = eighths(log2);
		} else {
			if (us < f->iat_min_us)
				f->iat_min_us = us;
			fold(&f->iat_mean8, &f->iat_dev8, eighths(us));
			fold(&f->iat_log2_mean8, &f->iat_log2_dev8, eighths(log2));
		}
	}
	if (p->len < f->len_min)
		f->len_min = p->len;
	if (p->len > f->len_max)
		f->len_max = p->len;
	fold(&f->len_mean8, &f->len_dev8, x);
	if (f->packets < 8)
		f->len[f->packets & 7] = p->len;
	if (!p->payload)
		f->empty++;
	else if (p->payload <= 127)
		f->small++;
	else if (p->payload >= 1000)
		f->large++;
	f->psh += p->flags >> 3 & 1;
	f->tcp_flags |= p->flags;
	f->packets++;
	f->bytes += p->len;
	f->payload += p->payload;
	f->last_ns = now;
}

/* --- features --- */

inlined u64 duration(const struct flow *f)
{
	return (f->last_ns - f->born_ns) / 1000;
}

inlined s32 sat(u64 v)
{
	return v < 0x7fffffff ? v : 0x7fffffff;
}

inlined s32 whole(u32 v)
{
	return ((u64)v + 4) >> 3;
}

inlined u64 rate(const struct flow *f)
{
	u64 us = duration(f);

	return f->last_ns == f->born_ns ? 0 : f->bytes * 1000000 / (us ? us : 1);
}

inlined s32 share(const struct flow *f, u32 n)
{
	return ((u64)n << 8) / (f->packets ? f->packets : 1);
}

void no_such_feature(void);

/* @id is a constant wherever this is called, so nothing of the switch is left. */
inlined s32 feature(int id, const struct pkt *p, const struct flow *f)
{
	switch (id) {
	case LQ_F_PKT_LEN: return p->len;
	case LQ_F_PKT_PAYLOAD: return p->payload;
	case LQ_F_PKT_SEGS: return 1;
	case LQ_F_PKT_IP_VERSION: return 4;
	case LQ_F_PKT_PROTO: return p->key.proto;
	case LQ_F_PKT_DSCP: return p->tos >> 2;
	case LQ_F_PKT_ECN: return p->tos & 3;
	case LQ_F_PKT_TTL: return p->ttl;
	case LQ_F_PKT_TCP_FLAGS: return p->flags;
	case LQ_F_PKT_TCP_WINDOW: return p->window;
	case LQ_F_FLOW_PACKETS: return sat(f->packets);
	case LQ_F_FLOW_PACKETS_LOG2: return log2_q8(f->packets);
	case LQ_F_FLOW_BYTES: return sat(f->bytes);
	case LQ_F_FLOW_BYTES_LOG2: return log2_q8(f->bytes);
	case LQ_F_FLOW_PAYLOAD_LOG2: return log2_q8(f->payload);
	case LQ_F_FLOW_DURATION_US: return sat(duration(f));
	case LQ_F_FLOW_DURATION_LOG2: return log2_q8(duration(f));
	case LQ_F_FLOW_RATE_LOG2: return log2_q8(rate(f));
	case LQ_F_FLOW_IAT_US: return sat(f->iat_us);
	case LQ_F_FLOW_IAT_LOG2: return log2_q8(f->iat_us);
	case LQ_F_FLOW_IAT_MIN_US: return sat(f->iat_min_us);
	case LQ_F_FLOW_IAT_MAX_US: return sat(f->iat_max_us);
	case LQ_F_FLOW_IAT_MEAN_US: return whole(f->iat_mean8);
	case LQ_F_FLOW_IAT_DEV_US: return whole(f->iat_dev8);
	case LQ_F_FLOW_IAT_MEAN_LOG2: return whole(f->iat_log2_mean8);
	case LQ_F_FLOW_IAT_DEV_LOG2: return whole(f->iat_log2_dev8);
	case LQ_F_FLOW_LEN_MIN: return f->len_min;
	case LQ_F_FLOW_LEN_MAX: return f->len_max;
	case LQ_F_FLOW_LEN_MEAN: return whole(f->len_mean8);
	case LQ_F_FLOW_LEN_DEV: return whole(f->len_dev8);
	case LQ_F_FLOW_SMALL: return sat(f->small);
	case LQ_F_FLOW_LARGE: return sat(f->large);
	case LQ_F_FLOW_EMPTY: return sat(f->empty);
	case LQ_F_FLOW_PSH: return sat(f->psh);
	case LQ_F_FLOW_TCP_FLAGS: return f->tcp_flags;
	case LQ_F_FLOW_TCP_WINDOW0: return f->window0;
	case LQ_F_FLOW_LEN0 ... LQ_F_FLOW_LEN7: return f->len[id - LQ_F_FLOW_LEN0];
	case LQ_F_FLOW_SMALL_SHARE: return share(f, f->small);
	case LQ_F_FLOW_LARGE_SHARE: return share(f, f->large);
	case LQ_F_FLOW_EMPTY_SHARE: return share(f, f->empty);
	case LQ_F_FLOW_PSH_SHARE: return share(f, f->psh);
	case LQ_F_FLOW_ORIGINAL: return -1;
	/* A qdisc does not see the other direction, nor does pktgen have a socket. */
	case LQ_F_FLOW_REV_PACKETS ... LQ_F_FLOW_REV_BYTES_LOG2:
	case LQ_F_SOCK_LOCAL ... LQ_F_SOCK_PACING_LOG2: return 0;
	}
	no_such_feature();
	return 0;
}

inlined u32 classify(struct work *w, const struct pkt *p, const struct flow *f)
{
	s32 y[FOREST_OUTPUTS] = { 0 };
	u32 t, o, best = 0;
	s32 most;

#define FILL(i, id) w->x[i] = feature(id, p, f);
	FOREST_FEATURES(FILL)
#pragma nounroll
	for (t = 0; t < FOREST_TREES; t++) {	/* unrolled, it would not fit the stack */
		const struct forest_node *nodes = (const struct forest_node *)forest_nodes;
		u32 at = forest_leaf_of(nodes, t, w->x);
		const struct forest_leaf *leaf = (const struct forest_leaf *)&forest_leaves[at];

#pragma unroll
		for (o = 0; o < FOREST_OUTPUTS; o++)
			y[o] += leaf->y[o];
	}
#pragma unroll
	for (most = y[0], o = 1; o < FOREST_OUTPUTS; o++) {
		if (y[o] > most) {
			most = y[o];
			best = o;
		}
	}
	return best;
}

SEC("classifier") int price(struct __sk_buff *skb)
{
	struct pkt p = { 0 };
	struct work *w;
	struct flow *f;
	u32 zero = 0;
	u64 now;

	if (parse(skb, &p))
		return 0;
	w = bpf_map_lookup_elem(&works, &zero);
	if (!w)
		return 0;
	now = bpf_ktime_get_ns();
	f = bpf_map_lookup_elem(&flows, &p.key);
	if (!f) {
		w->fresh = (struct flow){ .born_ns = now, .last_ns = now };
		bpf_map_update_elem(&flows, &p.key, &w->fresh, BPF_ANY);
		f = bpf_map_lookup_elem(&flows, &p.key);
		if (!f)
			return 0;
	}
	update(f, &p, now);
#ifdef CACHED
	if (f->has_verdict)
		return f->class + 1;
#endif
	f->class = classify(w, &p, f);
	f->has_verdict = 1;
	return f->class + 1;
}

char _license[] SEC("license") = "GPL";
