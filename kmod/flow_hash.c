// SPDX-License-Identifier: GPL-2.0
/* The hash of a flow's key. Keyed per table, so nobody can target one bucket. */
#include "bucket.h"

#include <linux/prefetch.h>

/*
 * For IPv4 outside of tunnels four words hold everything but the zone, which no sender chooses: it
 * is mixed into one of them, and flows that differ only in the zone may collide. @turned: swap
 * source and destination.
 */
static __always_inline u32 hash_ipv4(const struct lf_flows *flows, const struct lf_key *key,
				     bool turned)
{
	u32 src = (__force u32)key->src.s6_addr32[3], dst = (__force u32)key->dst.s6_addr32[3];
	u32 sport = (__force u16)key->sport, dport = (__force u16)key->dport;
	u32 rest = ntohs(key->vlan) << 20 | ntohs(key->inner_vlan) << 8 | key->proto;

	return hsiphash_4u32(turned ? dst : src, turned ? src : dst,
			     turned ? dport << 16 | sport : sport << 16 | dport,
			     rest ^ (__force u16)key->zone, &flows->key);
}

static noinline u32 hash_whole(const struct lf_flows *flows, const struct lf_key *key, bool turned)
{
	struct lf_key canon LF_FILLED_IN;

	if (!turned)
		return hsiphash(key, sizeof(*key), &flows->key);
	lf_key_reverse(&canon, key);
	return hsiphash(&canon, sizeof(canon), &flows->key);
}

/* Of two directions with the same hash, is this the one to hash reversed? */
static bool is_turned(const struct lf_key *key)
{
	int i;

	/* by words, as they were just written; the last one differs in most cases */
	for (i = 3; i >= 0; i--)
		if (key->src.s6_addr32[i] != key->dst.s6_addr32[i])
			return (__force u32)key->src.s6_addr32[i] >
			       (__force u32)key->dst.s6_addr32[i];
	return (__force u16)key->sport > (__force u16)key->dport;
}

/*
 * 32 bits: the low eight are the tag, the others choose the bucket (lf_flows_bucket()). hsiphash is
 * made for tables like this one, whose hashes nobody sees, and does half the rounds of siphash.
 */
static __always_inline u32 hash_of(const struct lf_flows *flows, const struct lf_key *key)
{
	bool turned = flows->paired && is_turned(key);

	/*
	 * A sender chooses a tunnel's id: it goes through the keyed hash like all that senders
	 * choose.
	 */
	if (key->version == 4 && likely(!key->tunnel))
		return hash_ipv4(flows, key, turned);
	return hash_whole(flows, key, turned);
}

u32 lf_flow_rehash(const struct lf_flows *flows, const struct lf_key *key)
{
	return hash_of(flows, key);
}

static __always_inline struct lf_spot spot_at(const struct lf_flows *flows, u32 hash)
{
	u64 shape = smp_load_acquire(&flows->shape);	/* pairs with split_next() */
	struct lf_spot spot = {
		.bucket = lf_flows_bucket(flows, hash, shape),
		.hash = hash,
		.buckets = lf_shape_buckets(shape),
	};

	prefetchw(spot.bucket);
	return spot;
}

struct lf_spot lf_flow_spot_at(const struct lf_flows *flows, u32 hash)
{
	return spot_at(flows, hash);
}

struct lf_spot lf_flow_spot(const struct lf_flows *flows, const struct lf_pkt *pkt)
{
	return spot_at(flows, hash_of(flows, &pkt->key));
}
