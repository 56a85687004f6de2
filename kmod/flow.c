// SPDX-License-Identifier: GPL-2.0
/*
 * The flow table.
 *
 * A flow is one direction of one conversation: packets of the same addresses, ports, protocol and VLANs, no two further
 * apart than the idle time. The table answers "which flow is this packet of" once per packet, under attack as well.
 *
 * Memory: buckets of 16 entries; table.c says how their number grows. A bucket opens with one cache line that holds all a look-up or
 * an eviction has to know as a rule: the lock, a tag byte of each entry's hash (0: free), a coarse time of its latest
 * packet, and four sets of entries. A look-up of a known flow touches that line and the flow; a miss touches that line
 * alone, but for one time in 16, when a tag happens to agree. A second line has prefixes: births write it, and who would
 * be refused otherwise reads it.
 *
 * Cache lines of a known flow's packet: the bucket's first, and the three or four on which the first 184 bytes of the
 * entry lie, to the end of the verdict: 4 to 5 in all, counted from the layout.
 * Tried, and left out since neither changed a packet's nanoseconds by more than 2 % with 100, 10,000 or a million flows
 * (tests/bench/price.sh, User Mode Linux): asking for all lines of the entry at once, before its key is compared; and
 * entries of four whole lines. What a million flows cost is the way to memory, twice, one after the other: the bucket,
 * then the entry.
 *
 * Room: hashing fills buckets unevenly. With as many flows as there are entries one in 10 finds its bucket full, with
 * 3/4 of that one in 50, with 2/3 one in 110, with 1/2 one in 1250. So a table that has grown as far as it may is best
 * half as large again as the flows expected at once.
 *
 * Which entry a new flow takes, in this order; the oldest of its kind, and of several of one age the next in turn:
 *
 *	1. a free one;
 *	2. an idle one (its flow ends as "idle");
 *	3. one that closes (FIN or RST seen: it only waits for stragglers; its flow ends as "fin");
 *	4. one of a single packet ("evicted", like the next two);
 *	5. one of fewer than LF_FLOW_PROVEN packets;
 *	6. one of fewer than LF_FLOW_LASTING packets that has been silent for LF_FLOW_ACTIVE_NS;
 *	7. one of a prefix (/24, /48; of either end) that has more than LF_PREFIX_WAYS entries of the bucket and is none of
 *	   the newcomer's;
 *	8. if more than LF_LASTING_WAYS entries are lasting, the oldest of these;
 *	9. none: the newcomer has no flow ("table-full").
 *
 * A flow's other direction, where the table sees it, is none of them: an answer does not displace its question.
 *
 * A flood of spoofed one-packet flows therefore displaces itself, in each bucket, and never an established flow that
 * sends. The hash is keyed per table, so nobody can aim at one bucket.
 *
 * What lasts is kept though it be silent: remote shells and name servers pause for longer than a flood takes to pass. A
 * flood of flows of a few packets each wins the other entries only, so that displacing one flow that lasts takes as many
 * packets as that has sent, and a bucket that is full of those. Nobody keeps everybody else out: three quarters of a
 * bucket are for what lasts, and one prefix keeps half of it against others, however busy it is. That counts at the end
 * where the newcomer differs: all flows of a server have one address, and only their other end tells them apart.
 *
 * Ends: FIN or RST does not end a flow at once. The last ACKs and retransmissions are still to come,
 * and a half-closed connection sends ACKs for as long as its peer sends data; each would be a new flow
 * with a wrong label. So a closing flow stays as it is, its verdict included, and ends
 * LF_FLOW_LINGER_NS behind its latest packet. The SYN of a new connection starts the flow anew at once.
 * Idle flows are found by the packets that look them up, and else by a worker, which goes over all
 * buckets once a second (slower for the largest tables), takes at most LF_SWEEP_SLICE of them in one go
 * and sleeps while the table is empty. A flow that was offloaded is silent and not idle
 * (lf_flows_hold()).
 *
 * Which SYN, FIN and RST count: a sender that could reset its flow at will would stay below any rule
 * that looks at a flow's age, and anybody who knows its addresses and ports could send in its name.
 * Where connection tracking has an entry, its word decides: a FIN or RST counts if the connection is
 * not open behind it, a SYN if it has made a new entry or finds one that has ended. Elsewhere they
 * count if their sequence number is within LF_SEQ_NEAR of what the flow sent last: by chance one in
 * 32,768 is. A SYN behind a FIN or RST that counted always does, and so does one more SYN of a flow
 * that sent nothing else: it is a retransmission. A flow whose numbers have moved on unseen (packets
 * that went by) is found again by LF_SEQ_STRAYS packets in a row that agree with one another.
 *
 * Statistics: running mean and deviation with weight 1/8, the first sample being the first mean:
 *
 *	deviation += (|x - mean| - deviation) / 8
 *	mean      += (x - mean) / 8
 *
 * kept in 1/8 of their step, and rounded to nearest. A GSO super-packet counts as the packets that it becomes: all but
 * the first have an inter-arrival time of 0, all but the last the same length. n equal samples have a closed form,
 *
 *	mean_n      = x + (7/8)^n (mean - x)
 *	deviation_n = (7/8)^n deviation + n/8 (7/8)^(n-1) |mean - x|
 *
 * so that a packet costs the same with 1 segment and with 500. Only flow.iat_us is the time since the super-packet
 * before.
 *
 * Both directions (lf_flows_pair()): the hash is symmetric then, so that both lie in one bucket and are seen under one
 * lock; each packet is also counted at its counterpart, if there is one. Where connection tracking says that the two
 * are one, the second is born joined to the first: an entry of its own for its statistics, but no flow of its own. What
 * decides on evictions and ends is then kept alike for both.
 *
 * Locks: a bucket's lock is the only one, no two are held at once, and it is taken with bottom halves off everywhere. Counters
 * are per CPU, flow ids too: a CPU gives its n-th birth the id n * (number of CPU ids) + its own number.
 */
#include "table.h"

#include <linux/prefetch.h>
#include <net/tcp.h>

/* Packets after which a newcomer no longer displaces a flow that sends: a handshake and a request. */
#define LF_FLOW_PROVEN		4
/* Packets after which a flow is kept though it is silent: what a short exchange does not reach. */
#define LF_FLOW_LASTING		16
#define LF_LASTING_WAYS		(LF_WAYS * 3 / 4)
#define LF_PREFIX_WAYS		(LF_WAYS / 2)
/* A flow that has sent within this time is active: longer than any retransmission of a path that works. */
#define LF_FLOW_ACTIVE_NS	(1ULL * NSEC_PER_SEC)

/* The buckets' clock, u16: 67 ms a tick, wraps after 73 minutes. A time "ahead" of another CPU's reads as just now. */
#define LF_TICK_SHIFT		26
#define LF_TICK_AHEAD		0xff00

#define LF_SEQ_NEAR		65536	/* bytes: the largest window of TCP without scaling */
#define LF_SEQ_STRAYS		8	/* packets */

#define LF_SMALL_MAX		127	/* bytes of payload: flow.small */
#define LF_LARGE_MIN		1000	/* bytes of payload: flow.large */

/* Is the packet's flow new, or new again? */
enum birth { LF_KNOWN, LF_NEW, LF_ANEW };

/* ---- counters ---- */

static void count(struct lf_flows *flows, enum lf_count which)
{
	struct lf_counts *c = this_cpu_ptr(flows->counts);

	u64_stats_update_begin(&c->sync);
	u64_stats_inc(&c->n[which]);
	u64_stats_update_end(&c->sync);
}

/*
 * In one instruction or with interrupts off: the lock is a bucket's, and PREEMPT_RT may have two at
 * once on a CPU.
 */
static u64 next_id(struct lf_flows *flows)
{
	return this_cpu_inc_return(flows->counts->id) * nr_cpu_ids + smp_processor_id();
}

/* ---- entries of a bucket, its lock held ---- */

static u16 tick(u64 ns)
{
	return ns >> LF_TICK_SHIFT;
}

/* Ticks since the entry's latest packet. */
static u16 age(const struct lf_bucket *b, int way, u64 now_ns)
{
	u16 ticks = tick(now_ns) - b->seen[way];

	return ticks < LF_TICK_AHEAD ? ticks : 0;
}

static u64 since_ns(u64 then_ns, u64 now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

static u64 silence_ns(const struct lf_flow *flow, u64 now_ns)
{
	return since_ns(flow->last_ns, now_ns);
}

/* For too long? The coarse clock says no for most without a look at the flow. */
static bool is_silent(const struct lf_flows *flows, const struct lf_bucket *b, int way, u64 now_ns)
{
	u64 limit = b->closing & BIT(way) ? LF_FLOW_LINGER_NS : READ_ONCE(flows->idle_ns);

	return age(b, way, now_ns) >= limit >> LF_TICK_SHIFT &&
	       since_ns(lf_flow_last(&b->flow[way]), now_ns) >= limit;
}

static bool is_over(const struct lf_flows *flows, const struct lf_bucket *b, int way, u64 now_ns)
{
	if (!is_silent(flows, b, way, now_ns))
		return false;
	return b->closing & BIT(way) || !flows->is_held ||
	       !flows->is_held(flows->priv, lf_flow_head((struct lf_flow *)&b->flow[way]));
}

/* The oldest entry of a set that is not empty; of several of one age the next in turn. */
static int oldest(const struct lf_bucket *b, u32 set, u64 now_ns)
{
	int best = -1, best_age = -1, i;

	for (i = 0; i < LF_WAYS; i++) {
		int way = (b->hand + i) % LF_WAYS;

		if (set & BIT(way) && age(b, way, now_ns) > best_age) {
			best_age = age(b, way, now_ns);
			best = way;
		}
	}
	return best;
}

static bool key_equal(const struct lf_key *a, const struct lf_key *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;

	BUILD_BUG_ON(sizeof(*a) != 6 * sizeof(*x));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]) | (x[5] ^ y[5]));
}

static __always_inline int find_in(const struct lf_bucket *b, u32 set, const struct lf_key *key)
{
	for (; set; set &= set - 1)
		if (key_equal(&b->flow[__ffs(set)].key, key))
			return __ffs(set);
	return -1;
}

/* Both halves, if it is joined. */
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
	count(flows, counter[why]);
	lf_bucket_clear(b, flow->mate);
	lf_bucket_clear(b, way);
}

/* Why a flow ends that has to make room, or whose time is over. */
static enum lf_flow_end reason(const struct lf_bucket *b, int way, enum lf_flow_end why)
{
	return b->closing & BIT(way) ? LF_FLOW_END_FIN : why;
}

/* Ends all flows whose time is over; returns the entries that are free then. */
u32 lf_bucket_age(struct lf_flows *flows, struct lf_bucket *b, u64 now_ns)
{
	int way;

	for (way = 0; way < LF_WAYS; way++)
		if (b->tag[way] && is_over(flows, b, way, now_ns))
			lf_bucket_end(flows, b, way, reason(b, way, LF_FLOW_END_IDLE));
	return lf_bucket_tagged(b, 0);
}

/* A byte for an address's prefix. It is keyed: nobody can find another prefix with the same one. */
static u8 net_of(const struct lf_flows *flows, const struct in6_addr *addr, u8 version)
{
	u64 net;

	if (version == 4)
		net = (__force u32)(addr->s6_addr32[3] & htonl(0xffffff00));
	else
		net = (u64)(__force u32)addr->s6_addr32[0] << 32 | (__force u32)(addr->s6_addr32[1] & htonl(0xffff0000));
	return ((net ^ flows->key.key[0]) * (flows->key.key[1] | 1)) >> 56;
}

struct nets {
	u8 src, dst;
};

static struct nets nets_of(const struct lf_flows *flows, const struct lf_key *key)
{
	return (struct nets) {
		.src = net_of(flows, &key->src, key->version),
		.dst = net_of(flows, &key->dst, key->version),
	};
}

/* Entries of a prefix that has more than its share and is not the newcomer's; 0 if there is none. */
static u32 crowd(const struct lf_bucket *b, struct nets newcomer)
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

/* Of a full bucket of proven flows, an entry to give up, or -1. */
static int proven_victim(const struct lf_bucket *b, u32 all, struct nets newcomer, u64 now_ns)
{
	u32 set = all & ~b->lasting;
	int way;

	if (set) {
		way = oldest(b, set, now_ns);
		if (age(b, way, now_ns) > LF_FLOW_ACTIVE_NS >> LF_TICK_SHIFT)
			return way;
	}
	set = all & crowd(b, newcomer);
	if (!set && hweight32(b->lasting) > LF_LASTING_WAYS)
		set = all & b->lasting;
	return set ? oldest(b, set, now_ns) : -1;
}

/* The entry least worth keeping of a full bucket, or -1. @spare: those that must not go. */
static int victim(const struct lf_bucket *b, u32 spare, struct nets newcomer, u64 now_ns)
{
	u32 all = GENMASK(LF_WAYS - 1, 0) & ~spare, unproven = all & ~b->proven;

	if (b->closing & all)
		return oldest(b, b->closing & all, now_ns);
	if (b->single & all)
		return oldest(b, b->single & all, now_ns);
	if (unproven)
		return oldest(b, unproven, now_ns);
	return proven_victim(b, all, newcomer, now_ns);
}

/* A free entry, made so if need be; -1 if there is none. */
static int make_room(struct lf_flows *flows, struct lf_bucket *b, u32 spare, const struct lf_key *key, u64 now_ns)
{
	u32 set = lf_bucket_tagged(b, 0);
	int way;

	if (!set)
		set = lf_bucket_age(flows, b, now_ns);
	if (set)
		return __ffs(set);
	way = victim(b, spare, nets_of(flows, key), now_ns);
	if (way < 0)
		return -1;
	b->hand = (way + 1) % LF_WAYS;
	lf_bucket_end(flows, b, way, reason(b, way, LF_FLOW_END_EVICTED));
	return way;
}

/* ---- birth ---- */

static bool is_syn(const struct lf_pkt *pkt)
{
	return pkt->tcp_flags & TCPHDR_SYN;
}

static bool is_near(u32 expected, u32 seq)
{
	return seq - expected + LF_SEQ_NEAR <= 2 * LF_SEQ_NEAR;
}

/* Is this packet's FIN or RST its flow's? Before the packet is folded in. */
static bool closes(const struct lf_flow *flow, const struct lf_pkt *pkt)
{
	return pkt->fin && (pkt->joined || !flow->packets || is_near(flow->seq, pkt->seq));
}

/* What the first packet tells; a pair of directions knows more (meet()). */
static s8 original(const struct lf_flows *flows, const struct lf_pkt *pkt)
{
	if (pkt->joined)
		return !pkt->reply;
	if (is_syn(pkt))
		return !(pkt->tcp_flags & TCPHDR_ACK);
	return flows->paired && pkt->key.proto != IPPROTO_TCP ? 1 : -1;
}

static void bear(struct lf_flows *flows, struct lf_bucket *b, int way, u8 tag, const struct lf_pkt *pkt, u64 now_ns)
{
	struct nets nets = nets_of(flows, &pkt->key);
	struct lf_flow *flow = &b->flow[way];

	memset(flow, 0, sizeof(*flow));
	flow->key = pkt->key;
	flow->id = next_id(flows);
	flow->born_ns = now_ns;
	flow->last_ns = now_ns;
	flow->way = way;
	flow->mate = way;
	flow->head = way;
	flow->opening = is_syn(pkt);
	flow->original = original(flows, pkt);
	b->tag[way] = tag;
	b->seen[way] = tick(now_ns);
	b->net[0][way] = nets.src;
	b->net[1][way] = nets.dst;
	lf_flows_wake(flows, b);
}

/* ---- both directions ---- */

static u32 add_sat(u32 a, u32 b)
{
	return min_t(u64, (u64)a + b, U32_MAX);
}

static void reverse(struct lf_key *key, const struct lf_key *of)
{
	*key = *of;
	key->src = of->dst;
	key->dst = of->src;
	key->sport = of->dport;
	key->dport = of->sport;
}

/* The newcomer is the second half of the flow that its counterpart began. */
static void join(struct lf_flow *flow, struct lf_flow *first)
{
	flow->mate = first->way;
	flow->head = first->way;
	flow->id = first->id;
	first->mate = flow->way;
}

/* The way of the packet's counterpart in a set, or -1. */
static noinline int find_reverse(const struct lf_bucket *b, u32 set, const struct lf_pkt *pkt)
{
	struct lf_key key;

	reverse(&key, &pkt->key);
	return find_in(b, set, &key);
}

/* Does a packet that opens a connection find a counterpart of the connection before? */
static bool is_earlier(const struct lf_bucket *b, int way, const struct lf_flow *flow,
		       const struct lf_pkt *pkt, enum birth birth)
{
	const struct lf_flow *other = &b->flow[way];

	if (flow->original != 1 || !is_syn(pkt) || other->opening)
		return false;
	return birth == LF_ANEW || b->closing & BIT(way) ||
	       (pkt->joined && !pkt->answered && other->answered);
}

/*
 * Counts the packet at its counterpart. @same: the entries with the flow's tag. A new flow takes over
 * the counterpart's counts, unless it opens a connection and the counterpart is of an earlier one:
 * that ends. An RST ends both directions.
 */
static void meet(struct lf_flows *flows, struct lf_bucket *b, u32 same, struct lf_flow *flow, const struct lf_pkt *pkt,
		 enum birth birth)
{
	u32 others = same & ~BIT(flow->way);
	int way = lf_flow_joined(flow) ? flow->mate : others ? find_reverse(b, others, pkt) : -1;
	struct lf_flow *other;

	if (way < 0)
		return;
	other = &b->flow[way];
	if (birth && is_earlier(b, way, flow, pkt, birth)) {
		lf_bucket_end(flows, b, way, LF_FLOW_END_FIN);
		return;
	}
	if (birth) {
		flow->rev_packets = other->packets;
		flow->rev_bytes = other->bytes;
		if (other->original >= 0)
			flow->original = !other->original;
		if (pkt->joined && !lf_flow_joined(other))
			join(flow, other);
	}
	other->rev_packets = add_sat(other->rev_packets, pkt->segs);
	other->rev_bytes += pkt->bytes;
	if (!birth && pkt->tcp_flags & TCPHDR_RST && closes(flow, pkt)) {
		other->closing = 1;
		b->closing |= BIT(way);
	}
}

/* ---- look-up ---- */

/*
 * Of IPv4 four words say it all but for the zone, which no sender chooses: it is mixed into one of them, and flows that
 * differ in it alone may collide. @turned: source and destination change places.
 */
static __always_inline u32 hash_ipv4(const struct lf_flows *flows, const struct lf_key *key,
				     bool turned)
{
	u32 src = (__force u32)key->src.s6_addr32[3], dst = (__force u32)key->dst.s6_addr32[3];
	u32 sport = (__force u16)key->sport, dport = (__force u16)key->dport;
	u32 rest = ntohs(key->vlan) << 20 | ntohs(key->inner_vlan) << 8 | key->proto;

	return hsiphash_4u32(turned ? dst : src, turned ? src : dst, turned ? dport << 16 | sport : sport << 16 | dport,
			     rest ^ (__force u16)key->zone, &flows->key);
}

static noinline u32 hash_ipv6(const struct lf_flows *flows, const struct lf_key *key, bool turned)
{
	struct lf_key canon LF_FILLED_IN;

	if (!turned)
		return hsiphash(key, sizeof(*key), &flows->key);
	reverse(&canon, key);
	return hsiphash(&canon, sizeof(canon), &flows->key);
}

/* Of two directions, whose hash is the same, is this the one that is hashed the other way round? */
static bool is_turned(const struct lf_key *key)
{
	int i;

	for (i = 3; i >= 0; i--)	/* by words, as they have just been written; the last one differs in most cases */
		if (key->src.s6_addr32[i] != key->dst.s6_addr32[i])
			return (__force u32)key->src.s6_addr32[i] > (__force u32)key->dst.s6_addr32[i];
	return (__force u16)key->sport > (__force u16)key->dport;
}

/*
 * 32 bits: the low eight are the tag, the others choose the bucket (lf_flows_bucket()). hsiphash is made for tables like
 * this one, whose hashes are seen by nobody, and does half the rounds of siphash.
 */
static __always_inline u32 hash_of(const struct lf_flows *flows, const struct lf_key *key)
{
	bool turned = flows->paired && is_turned(key);

	return key->version == 4 ? hash_ipv4(flows, key, turned) : hash_ipv6(flows, key, turned);
}

u32 lf_flow_rehash(const struct lf_flows *flows, const struct lf_key *key)
{
	return hash_of(flows, key);
}

struct lf_spot lf_flow_spot(const struct lf_flows *flows, const struct lf_pkt *pkt)
{
	u32 hash = hash_of(flows, &pkt->key);
	u64 shape = smp_load_acquire(&flows->shape);	/* pairs with split_next() */
	struct lf_spot spot = {
		.bucket = lf_flows_bucket(flows, hash, shape),
		.hash = hash,
		.buckets = lf_shape_buckets(shape),
	};

	prefetchw(spot.bucket);
	return spot;
}

/*
 * Until one has a bucket's lock half of its flows may move to a new bucket: then the table's shape
 * is another.
 */
static __always_inline struct lf_bucket *lock_bucket(const struct lf_flows *flows,
						     struct lf_spot spot)
{
	struct lf_bucket *b = spot.bucket, *now;
	u64 shape;

	for (;; b = now) {
		spin_lock(&b->lock);
		__release(&b->lock);	/* it goes out with the flow; sparse cannot follow */
		shape = smp_load_acquire(&flows->shape);	/* pairs with split_next() */
		if (likely(lf_shape_buckets(shape) == spot.buckets))
			return b;
		now = lf_flows_bucket(flows, spot.hash, shape);
		if (now == b)
			return b;
		__acquire(&b->lock);
		spin_unlock(&b->lock);
	}
}

/* 0 is that of a free entry. */
static u8 tag_of(struct lf_spot spot)
{
	return (u8)spot.hash ?: 1;
}

/* Is this the SYN of a new connection? */
static bool reopens(const struct lf_bucket *b, int way, const struct lf_pkt *pkt)
{
	const struct lf_flow *flow = &b->flow[way];

	if (!is_syn(pkt) || flow->opening)
		return false;
	if (pkt->joined && pkt->answered)
		return pkt->over && b->closing & BIT(way);
	if (pkt->joined && flow->answered)
		return true;
	return b->closing & BIT(way) || is_near(flow->seq, pkt->seq);
}

/* Does this packet start a known flow anew, and what becomes of the old one? */
static bool is_anew(const struct lf_flows *flows, const struct lf_bucket *b, int way, const struct lf_pkt *pkt,
		    u64 now_ns, enum lf_flow_end *why)
{
	*why = LF_FLOW_END_FIN;
	if (reopens(b, way, pkt))
		return true;
	*why = reason(b, way, LF_FLOW_END_IDLE);
	return is_over(flows, b, way, now_ns);
}

struct lf_flow *lf_flow_get(struct lf_flows *flows, const struct lf_pkt *pkt, struct lf_spot spot,
			    u64 now_ns)
{
	enum birth birth = LF_KNOWN;
	u8 tag = tag_of(spot);
	enum lf_flow_end why;
	int way, first = -1;
	struct lf_bucket *b;
	u32 same;

	b = lock_bucket(flows, spot);
	same = lf_bucket_tagged(b, tag);
	way = find_in(b, same, &pkt->key);
	if (way >= 0 && is_anew(flows, b, way, pkt, now_ns, &why)) {
		lf_bucket_end(flows, b, way, why);
		birth = LF_ANEW;
	} else if (way < 0) {
		if (flows->paired && same)
			first = find_reverse(b, same, pkt);
		way = make_room(flows, b, first < 0 ? 0 : BIT(first), &pkt->key, now_ns);
		birth = LF_NEW;
	}
	if (way < 0) {
		__acquire(&b->lock);
		spin_unlock(&b->lock);
		return NULL;
	}
	if (birth) {
		bear(flows, b, way, tag, pkt, now_ns);
		same = lf_bucket_tagged(b, tag);
	}
	if (flows->paired)
		meet(flows, b, same, &b->flow[way], pkt, birth);
	if (birth && lf_flow_is_new(&b->flow[way]))
		count(flows, LF_BORN);
	return &b->flow[way];
}

struct lf_flow *lf_flow_find(struct lf_flows *flows, const struct lf_pkt *pkt, struct lf_spot spot)
{
	struct lf_bucket *b = lock_bucket(flows, spot);
	u32 same = lf_bucket_tagged(b, tag_of(spot));
	int way;

	way = find_in(b, same, &pkt->key);
	if (way < 0)
		way = find_reverse(b, same, pkt);
	if (way >= 0)
		return &b->flow[way];
	__acquire(&b->lock);
	spin_unlock(&b->lock);
	return NULL;
}

static void put_in_set(u16 *set, int way, bool in)
{
	*set = in ? *set | BIT(way) : *set & ~BIT(way);
}

/* What decides whether the entry stays, after a packet of @flow: itself, or the other half. */
static __always_inline void rate_entry(struct lf_bucket *b, int way, const struct lf_flow *flow)
{
	bool closing = flow->closing | lf_flow_mate(flow)->closing;
	u32 packets;

	b->seen[way] = tick(flow->last_ns);
	if (likely(b->lasting & BIT(way) && !closing))	/* and has been for a while: what closes, closes for good */
		return;
	packets = lf_flow_packets(flow);
	put_in_set(&b->closing, way, closing);
	put_in_set(&b->single, way, packets <= 1);
	put_in_set(&b->proven, way, packets >= LF_FLOW_PROVEN);
	put_in_set(&b->lasting, way, packets >= LF_FLOW_LASTING);
}

void lf_flow_put(struct lf_flows *flows, struct lf_flow *flow)
{
	int way = flow->way;
	struct lf_bucket *b = container_of(flow - way, struct lf_bucket, flow[0]);

	lockdep_assert_held(&b->lock);
	rate_entry(b, way, flow);
	if (lf_flow_joined(flow))
		rate_entry(b, flow->mate, flow);
	__acquire(&b->lock);
	spin_unlock(&b->lock);
}

struct lf_flow *lf_flow_relock(struct lf_flows *flows, struct lf_spot spot, int way, u64 id)
{
	struct lf_bucket *b = lock_bucket(flows, spot);

	if (likely(b->flow[way].id == id))
		return &b->flow[way];
	__acquire(&b->lock);
	spin_unlock(&b->lock);
	return NULL;
}

void lf_flow_unlock(struct lf_flow *flow)
{
	struct lf_bucket *b = container_of(flow - flow->way, struct lf_bucket, flow[0]);

	lockdep_assert_held(&b->lock);
	__acquire(&b->lock);
	spin_unlock(&b->lock);
}

/* ---- statistics ---- */

/* Samples that one packet can bring; behind them a mean of before has lost all but 1/8000 of its weight. */
#define LF_FOLD_MAX	64

#define LF_KEEP_ONE	57344
#define LF_MOVE_ONE	8192

/* (7/8)^n and n/8 * (7/8)^(n-1), in 1/65536. */
static const u16 keep_mean[LF_FOLD_MAX + 1] = {
	[1] = LF_KEEP_ONE, 50176, 43904, 38416, 33614, 29412, 25736, 22519, 19704, 17241, 15086, 13200, 11550, 10106, 8843,
	7738, 6770, 5924, 5184, 4536, 3969, 3473, 3039, 2659, 2326, 2036, 1781, 1558, 1364, 1193, 1044, 914, 799, 699,
	612, 536, 469, 410, 359, 314, 275, 240, 210, 184, 161, 141, 123, 108, 94, 83, 72, 63, 55, 48, 42, 37, 32, 28,
	25, 22, 19, 17, 15, 13,
};

static const u16 move_dev[LF_FOLD_MAX + 1] = {
	[1] = LF_MOVE_ONE, 14336, 18816, 21952, 24010, 25210, 25736, 25736, 25334, 24630, 23706, 22629, 21450, 20213, 18949,
	17686, 16442, 15233, 14070, 12959, 11906, 10914, 9984, 9116, 8309, 7561, 6870, 6234, 5650, 5114, 4624, 4176,
	3768, 3397, 3060, 2754, 2477, 2226, 1999, 1794, 1609, 1442, 1292, 1157, 1035, 926, 828, 740, 661, 590, 526,
	470, 419, 373, 333, 296, 264, 235, 209, 186, 166, 147, 131, 116,
};

/* x * w / 65536, rounded to nearest and halves down: so a mean comes to within 3/8 of a step of constant samples. */
static u32 weigh(u32 x, u32 w)
{
	return ((u64)x * w + 0x7fff) >> 16;
}

/* The running mean and deviation after samples of @x, all three in 1/8 steps; @keep, @move: the weights for so many. */
static inline void fold_weighed(u32 *mean, u32 *dev, u32 x, u32 keep, u32 move)
{
	u32 off = *mean > x ? *mean - x : x - *mean;
	u32 kept = weigh(off, keep);

	*dev = weigh(*dev, keep) + weigh(off, move);
	*mean = *mean > x ? x + kept : x - kept;
}

/* After one sample, which is the rule: the weights are constants. */
static inline void fold_one(u32 *mean, u32 *dev, u32 x)
{
	fold_weighed(mean, dev, x, LF_KEEP_ONE, LF_MOVE_ONE);
}

/* After @n of them. */
static void fold(u32 *mean, u32 *dev, u32 x, u32 n)
{
	if (!n)
		return;
	n = min_t(u32, n, LF_FOLD_MAX);
	fold_weighed(mean, dev, x, keep_mean[n], move_dev[n]);
}

/* A sample in 1/8 steps, saturated. */
static u32 eighths(u32 x)
{
	return min_t(u32, x, U32_MAX >> 3) << 3;
}

/* Where the first packet is a super-packet, its segments give the first samples, which are 0 like the initial mean. */
static void update_iat(struct lf_flow *flow, u32 segs, u64 now_ns)
{
	u32 us, log2;

	if (!flow->packets)
		return;
	us = min_t(u64, div_u64(silence_ns(flow, now_ns), NSEC_PER_USEC), U32_MAX);
	log2 = lf_log2_q8(us);
	flow->iat_us = us;
	flow->iat_max_us = max(flow->iat_max_us, us);
	if (flow->packets == 1) {
		flow->iat_min_us = us;
		flow->iat_mean8 = eighths(us);
		flow->iat_log2_mean8 = log2 << 3;
	} else {
		flow->iat_min_us = min(flow->iat_min_us, us);
		fold_one(&flow->iat_mean8, &flow->iat_dev8, eighths(us));
		fold_one(&flow->iat_log2_mean8, &flow->iat_log2_dev8, log2 << 3);
	}
	if (likely(segs == 1))
		return;
	flow->iat_min_us = 0;
	fold(&flow->iat_mean8, &flow->iat_dev8, 0, segs - 1);
	fold(&flow->iat_log2_mean8, &flow->iat_log2_dev8, 0, segs - 1);
}

/* @n packets, one at least, of @len bytes at the IP layer and @payload behind the transport header. */
static __always_inline void update_len(struct lf_flow *flow, u16 len, u16 payload, u32 n)
{
	u32 x = (u32)len << 7, i;

	if (!flow->packets) {
		flow->len_min = len;
		flow->len_mean8 = x;
	}
	flow->len_min = min(flow->len_min, len);
	flow->len_max = max(flow->len_max, len);
	if (n == 1)
		fold_one(&flow->len_mean8, &flow->len_dev8, x);
	else
		fold(&flow->len_mean8, &flow->len_dev8, x, n);
	for (i = flow->packets; i < LF_FLOW_LENS && i - flow->packets < n; i++)
		flow->len[i] = len;

	if (!payload)
		flow->empty = add_sat(flow->empty, n);
	else if (payload <= LF_SMALL_MAX)
		flow->small = add_sat(flow->small, n);
	else if (payload >= LF_LARGE_MIN)
		flow->large = add_sat(flow->large, n);
	flow->packets = add_sat(flow->packets, n);
}

/* What is left of @whole for the last segment, behind @before ones of @part. */
static u16 last_part(u32 whole, u16 part, u32 before)
{
	u64 taken = (u64)part * before;

	return whole > taken ? min_t(u64, whole - taken, U16_MAX) : 0;
}

/* A super-packet: @before segments alike, and the last one. */
static noinline void update_segs(struct lf_flow *flow, const struct lf_pkt *pkt, u32 before)
{
	update_len(flow, pkt->seg_len, pkt->seg_payload, before);
	update_len(flow, last_part(pkt->bytes, pkt->seg_len, before), last_part(pkt->payload, pkt->seg_payload, before), 1);
}

/* A packet that the flow's number does not expect. What opens and ends connections proves nothing. */
static noinline void update_strays(struct lf_flow *flow, const struct lf_pkt *pkt, u32 end)
{
	if (pkt->tcp_flags & (TCPHDR_SYN | TCPHDR_FIN | TCPHDR_RST))
		return;
	if (flow->strays && is_near(flow->stray_seq, pkt->seq))
		flow->strays++;
	else
		flow->strays = 1;
	flow->stray_seq = end;
	if (flow->strays < LF_SEQ_STRAYS)
		return;
	flow->seq = end;
	flow->strays = 0;
}

static void update_seq(struct lf_flow *flow, const struct lf_pkt *pkt)
{
	u32 end = pkt->seq + pkt->payload + is_syn(pkt) + !!(pkt->tcp_flags & TCPHDR_FIN);

	if (!flow->packets || (flow->opening && is_syn(pkt))) {
		flow->seq = end;
	} else if (likely(is_near(flow->seq, pkt->seq))) {
		flow->seq = (s32)(end - flow->seq) > 0 ? end : flow->seq;
		flow->strays = 0;
	} else {
		update_strays(flow, pkt, end);
	}
}

static void update_tcp(struct lf_flow *flow, const struct lf_pkt *pkt)
{
	if (!flow->packets)
		flow->window0 = pkt->window;
	flow->closing |= closes(flow, pkt);
	update_seq(flow, pkt);
	flow->tcp_flags |= pkt->tcp_flags;
	flow->opening &= is_syn(pkt);
	if (pkt->tcp_flags & TCPHDR_PSH)	/* the last segment of a super-packet carries it */
		flow->psh = add_sat(flow->psh, 1);
}

void lf_flow_update(struct lf_flow *flow, const struct lf_pkt *pkt, u64 now_ns)
{
	u32 segs = max_t(u32, pkt->segs, 1);

	flow->answered |= pkt->answered;
	if (pkt->tcp_flags || flow->key.proto == IPPROTO_TCP)
		update_tcp(flow, pkt);
	update_iat(flow, segs, now_ns);
	if (unlikely(segs > 1))
		update_segs(flow, pkt, segs - 1);
	else
		update_len(flow, min_t(u32, pkt->bytes, U16_MAX), min_t(u32, pkt->payload, U16_MAX), 1);
	flow->bytes += pkt->bytes;
	flow->payload += pkt->payload;
	flow->last_ns = max(flow->last_ns, now_ns);
}
