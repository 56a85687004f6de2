// SPDX-License-Identifier: GPL-2.0
/*
 * Which flows of a bucket end, to make room or because they have timed out.
 *
 * Room: hashing fills buckets unevenly. With as many flows as entries, one new flow in 10 finds its
 * bucket full; at 3/4 of that, one in 50; at 2/3, one in 110; at 1/2, one in 1250. So the final
 * size of a table should be half as large again as the number of flows expected at once.
 *
 * Which entry a new flow takes, in this order; the oldest of its kind, and by turns among those of
 * the same age:
 *
 *	1. a free one;
 *	2. an idle one (its flow ends as "idle");
 *	3. a closing one (FIN or RST seen: it only waits for stragglers; its flow ends as "fin");
 *	4. if more than LF_DORMANT_WAYS are dormant, the oldest of these ("evicted", as in 5
 *	   to 10);
 *	5. one of a single packet;
 *	6. one of fewer than LF_FLOW_PROVEN packets;
 *	7. one of fewer than LF_FLOW_LASTING packets that has been silent for LF_FLOW_ACTIVE_NS;
 *	8. a dormant one;
 *	9. one with a prefix (/24, /48; of either end) that the newcomer does not have, and that
 *	   more than LF_PREFIX_WAYS entries of the bucket share;
 *	10. if more than LF_LASTING_WAYS entries are lasting, the oldest of these;
 *	11. none: the newcomer has no flow ("table-full").
 *
 * A flow's other direction, if the table sees it, is exempt: a reply does not displace its request.
 *
 * So in each bucket a flood of spoofed one-packet flows displaces itself, and never an established
 * flow that sends. The hash is keyed per table, so nobody can target one bucket.
 *
 * Dormant is what has been silent for longer than a new flow may, but not yet for its own time: an
 * established TCP connection may pause for hours. Such flows keep half of a bucket against cheap
 * newcomers, and none of it against flows that send.
 *
 * A lasting flow is kept even while silent: remote shells and name servers pause for longer than a
 * flood takes to pass. A flood of flows with a few packets each wins only the other entries, so
 * displacing one lasting flow takes as many packets as that has sent, and a bucket full of such
 * flows. Nobody can keep everybody else out: three quarters of a bucket are for lasting flows, and
 * one prefix keeps half of it against others, however busy it is. What counts is the end where the
 * newcomer differs: all flows of a server share one address, and only their other end tells them
 * apart.
 */
#include "bucket.h"

#define LF_LASTING_WAYS		(LF_WAYS * 3 / 4)
#define LF_DORMANT_WAYS		(LF_WAYS / 2)
#define LF_PREFIX_WAYS		(LF_WAYS / 2)
/*
 * A flow that has sent within this time is active: longer than any retransmission on a working
 * path.
 */
#define LF_FLOW_ACTIVE_NS	(1ULL * NSEC_PER_SEC)

/* The oldest entry of a set that is not empty; among those of the same age, by turns. */
static int evict_oldest(const struct lf_bucket *b, u32 set, u64 now_ns)
{
	int best = -1, best_age = -1, i;

	for (i = 0; i < LF_WAYS; i++) {
		int way = (b->hand + i) % LF_WAYS;

		if (set & BIT(way) && lf_bucket_silence(b, way, now_ns) > best_age) {
			best_age = lf_bucket_silence(b, way, now_ns);
			best = way;
		}
	}
	return best;
}

/* Ends both halves, if joined. */
void lf_bucket_end(struct lf_flows *flows, struct lf_bucket *b, int way, enum lf_flow_end why)
{
	static const u8 counter[] = {
		[LF_FLOW_END_FIN] = LF_ENDED,
		[LF_FLOW_END_IDLE] = LF_AGED,
		[LF_FLOW_END_EVICTED] = LF_EVICTED,
		[LF_FLOW_END_GONE] = LF_ENDED,
	};
	struct lf_flow *flow = &b->flow[way];

	lockdep_assert_held(&b->lock);
	if (flows->end)
		flows->end(flows->priv, lf_flow_head(flow), why);
	lf_flows_count(flows, counter[why]);
	lf_bucket_clear(b, flow->mate);
	lf_bucket_clear(b, way);
}

/* --- time --- */

static u64 bucket_limit(const struct lf_flows *flows, const struct lf_bucket *b, int way)
{
	enum lf_age age = LF_AGE_NEW;

	if (b->closing & BIT(way))
		return LF_FLOW_LINGER_NS;
	if (b->established & BIT(way))
		age = LF_AGE_TCP;
	else if (b->proven & BIT(way))
		age = LF_AGE_STREAM;
	return READ_ONCE(flows->idle_ns[age]);
}

/* Do its packets bypass us? */
static bool bucket_is_held(const struct lf_flows *flows, const struct lf_bucket *b, int way)
{
	return flows->is_held &&
	       flows->is_held(flows->priv, lf_flow_head((struct lf_flow *)&b->flow[way]));
}

bool lf_bucket_timed_out(const struct lf_flows *flows, const struct lf_bucket *b, int way,
			 u64 now_ns)
{
	u64 limit = bucket_limit(flows, b, way);

	if (lf_bucket_silence(b, way, now_ns) < limit >> LF_TICK_SHIFT ||
	    lf_since_ns(lf_flow_last(&b->flow[way]), now_ns) < limit)
		return false;
	return b->closing & BIT(way) || !bucket_is_held(flows, b, way);
}

/* Ends all timed-out flows; returns the entries that are free then. */
u32 lf_bucket_age(struct lf_flows *flows, struct lf_bucket *b, u64 now_ns)
{
	int way;

	for (way = 0; way < LF_WAYS; way++)
		if (b->tag[way] && lf_bucket_is_over(flows, b, way, now_ns))
			lf_bucket_end(flows, b, way, lf_bucket_why(b, way, LF_FLOW_END_IDLE));
	return lf_bucket_tagged(b, 0);
}

/* A byte for an address's prefix. Keyed: nobody can find another prefix with the same byte. */
static u8 net_of(const struct lf_flows *flows, const struct in6_addr *addr, u8 version)
{
	u64 net;

	if (version == 4)
		net = (__force u32)(addr->s6_addr32[3] & htonl(0xffffff00));
	else
		net = (u64)(__force u32)addr->s6_addr32[0] << 32 |
		      (__force u32)(addr->s6_addr32[1] & htonl(0xffff0000));
	return ((net ^ flows->key.key[0]) * (flows->key.key[1] | 1)) >> 56;
}

struct lf_nets lf_bucket_nets(const struct lf_flows *flows, const struct lf_key *key)
{
	return (struct lf_nets) {
		.src = net_of(flows, &key->src, key->version),
		.dst = net_of(flows, &key->dst, key->version),
	};
}

/*
 * Entries of a prefix that has more than its share and is not the newcomer's; 0 if there is none.
 */
static u32 evict_crowd(const struct lf_bucket *b, struct lf_nets newcomer)
{
	int i;

	for (i = 0; i < 2 * LF_WAYS; i++) {
		u8 net = b->net[i / LF_WAYS][i % LF_WAYS];
		u32 set;

		if (net == newcomer.src || net == newcomer.dst)
			continue;
		set = lf_bytes_equal(b->net[0], net) | lf_bytes_equal(b->net[1], net);
		if (hweight32(set) > LF_PREFIX_WAYS)
			return set;
	}
	return 0;
}

/* --- room --- */

/* Entries, of a set, that have been silent for longer than a new flow may. Only these two can. */
static u32 evict_dormant_set(const struct lf_flows *flows, const struct lf_bucket *b, u32 set,
			     u64 now_ns)
{
	u64 limit = READ_ONCE(flows->idle_ns[LF_AGE_NEW]) >> LF_TICK_SHIFT;
	u32 dormant = 0;

	for (set &= b->proven | b->established; set; set &= set - 1)
		if (lf_bucket_silence(b, __ffs(set), now_ns) > limit)
			dormant |= BIT(__ffs(set));
	return dormant;
}

/* The oldest of them, or -1: one whose packets bypass us counts as heard just now. */
static int evict_dormant(const struct lf_flows *flows, struct lf_bucket *b, u32 dormant, u64 now_ns)
{
	int way = evict_oldest(b, dormant, now_ns);

	if (!bucket_is_held(flows, b, way))
		return way;
	b->seen[way] = lf_tick(now_ns);
	return -1;
}

/* In a full bucket of proven flows that send, an entry to give up, or -1. */
static int evict_active(const struct lf_bucket *b, u32 all, struct lf_nets newcomer, u64 now_ns)
{
	u32 set = all & evict_crowd(b, newcomer);

	if (!set && hweight32(b->lasting) > LF_LASTING_WAYS)
		set = all & b->lasting;
	return set ? evict_oldest(b, set, now_ns) : -1;
}

/* In a full bucket of proven flows, an entry to give up, or -1. */
static int evict_proven(const struct lf_flows *flows, struct lf_bucket *b, u32 all, u32 dormant,
			struct lf_nets newcomer, u64 now_ns)
{
	u32 set = all & ~b->lasting;
	int way;

	if (set) {
		way = evict_oldest(b, set, now_ns);
		if (lf_bucket_silence(b, way, now_ns) > LF_FLOW_ACTIVE_NS >> LF_TICK_SHIFT)
			return way;
	}
	way = dormant ? evict_dormant(flows, b, dormant, now_ns) : -1;
	return way >= 0 ? way : evict_active(b, all, newcomer, now_ns);
}

/* The entry of a full bucket least worth keeping, or -1. @spare: entries not to be evicted. */
static int evict_victim(const struct lf_flows *flows, struct lf_bucket *b, u32 spare,
			struct lf_nets newcomer, u64 now_ns)
{
	u32 all = GENMASK(LF_WAYS - 1, 0) & ~spare, unproven = all & ~b->proven, dormant;
	int way;

	if (b->closing & all)
		return evict_oldest(b, b->closing & all, now_ns);
	dormant = evict_dormant_set(flows, b, all, now_ns);
	if (hweight32(dormant) > LF_DORMANT_WAYS) {
		way = evict_dormant(flows, b, dormant, now_ns);
		if (way >= 0)
			return way;
	}
	if (b->single & all)
		return evict_oldest(b, b->single & all, now_ns);
	if (unproven)
		return evict_oldest(b, unproven, now_ns);
	return evict_proven(flows, b, all, dormant, newcomer, now_ns);
}

int lf_bucket_room(struct lf_flows *flows, struct lf_bucket *b, u32 spare, const struct lf_key *key,
		   u64 now_ns)
{
	u32 set = lf_bucket_tagged(b, 0);
	int way;

	if (!set)
		set = lf_bucket_age(flows, b, now_ns);
	if (set)
		return __ffs(set);
	way = evict_victim(flows, b, spare, lf_bucket_nets(flows, key), now_ns);
	if (way < 0)
		return -1;
	b->hand = (way + 1) % LF_WAYS;
	lf_bucket_end(flows, b, way, lf_bucket_why(b, way, LF_FLOW_END_EVICTED));
	return way;
}
