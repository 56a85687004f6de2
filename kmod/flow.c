// SPDX-License-Identifier: GPL-2.0
/*
 * The flow table.
 *
 * A flow is one direction of one conversation: packets with the same addresses, ports, protocol and
 * VLANs, no two further apart than the flow's idle time. The table answers "which flow does this
 * packet belong to" once per packet, under attack as well.
 *
 * Memory: buckets of 16 entries; table_grow.c says how their number grows. A bucket starts with one
 * cache line that holds all that a lookup or an eviction normally needs: the lock, a tag byte of
 * each entry's hash (0: free), a coarse time of its latest packet, and five sets of entries. A
 * lookup of a known flow touches that line and the flow; a miss touches only that line, except one
 * time in 16, when a tag happens to match. A second line holds prefixes: births write it, and
 * newcomers that would otherwise be rejected read it.
 *
 * Cache lines for a known flow's packet: the bucket's first, and the three or four that hold the
 * first 184 bytes of the entry, up to the end of the verdict: 4 to 5 in all, counted from the
 * layout. Two things were tried and dropped, since neither changed the time per packet by more than
 * 2 % with 100, 10,000 or a million flows (tests/bench/price.sh, User Mode Linux): prefetching all
 * lines of the entry at once, before its key is compared; and entries of four whole lines. With a
 * million flows the cost is two memory accesses, one after the other: the bucket, then the entry.
 *
 * Ends: FIN or RST does not end a flow at once. The last ACKs and retransmissions are still to
 * come, and a half-closed connection sends ACKs for as long as its peer sends data; each would be a
 * new flow with a wrong label. So a closing flow stays as it is, with its verdict, and ends
 * LF_FLOW_LINGER_NS after its latest packet. The SYN of a new connection starts the flow anew at
 * once. How long another flow may be silent depends on its protocol and state, unless the user sets
 * one time for all: an established TCP connection for hours, a flow of LF_FLOW_PROVEN packets for
 * two minutes, others for half a minute (lf_bucket_timed_out()). A table that sees one direction
 * takes a connection for established after LF_FLOW_PROVEN packets that are not all SYNs; one that
 * sees both counts the packets of both. In a full bucket what has been silent for half a minute
 * goes before what is active (evict.c). Idle flows are found by the packets that look them up, or
 * by a worker, which sweeps all buckets once a second (slower for the largest tables), handles at
 * most LF_SWEEP_SLICE of them at a time and sleeps while the table is empty. An offloaded flow is
 * silent, but not idle (lf_flows_hold()).
 *
 * Which SYN, FIN and RST count: a sender that could reset its flow at will would stay below any
 * rule that looks at a flow's age, and anybody who knows its addresses and ports could spoof it. If
 * connection tracking has an entry, the entry decides: a FIN or RST counts if the connection is not
 * open after it, a SYN if it has created a new entry or finds one that has ended. Otherwise they
 * count if their sequence number is within LF_SEQ_NEAR of what the flow sent last: by chance one in
 * 32,768 is. A SYN after a FIN or RST that counted always does. Another SYN of a flow that has sent
 * nothing else is a retransmission and starts nothing. If a flow's numbers have moved on unseen
 * (packets that bypassed us), it resynchronises after LF_SEQ_STRAYS packets in a row that agree
 * with one another.
 *
 * Both directions (lf_flows_pair()): the hash is symmetric then, so both are in one bucket and seen
 * under one lock; each packet is also counted at its counterpart, if there is one. If connection
 * tracking says that the two belong together, the second is born joined to the first: it has an
 * entry for its statistics, but is not a flow of its own. What decides on evictions and ends is
 * then kept equal for both.
 *
 * Locks: a bucket's lock is the only one; no two are held at once, and it is always taken with
 * bottom halves off. Counters and flow ids are per CPU: a CPU gives its n-th birth the id n *
 * (number of CPU ids) + its own number.
 */
#include "bucket.h"

/* Is the packet's flow new, or new again? */
enum birth { LF_KNOWN, LF_NEW, LF_ANEW };

/*
 * In one instruction or with interrupts off: the lock is per bucket, and on PREEMPT_RT two may be
 * held at once on a CPU.
 */
static u64 next_id(struct lf_flows *flows)
{
	return this_cpu_inc_return(*flows->ids) * nr_cpu_ids + smp_processor_id();
}

static bool key_equal(const struct lf_key *a, const struct lf_key *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;

	BUILD_BUG_ON(sizeof(*a) != 6 * sizeof(*x));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]) |
		 (x[5] ^ y[5]));
}

static __always_inline int find_in(const struct lf_bucket *b, u32 set, const struct lf_key *key)
{
	for (; set; set &= set - 1)
		if (key_equal(&b->flow[__ffs(set)].key, key))
			return __ffs(set);
	return -1;
}

/* --- birth --- */

/* What the first packet tells; flow_meet() knows more about a pair of directions. */
static s8 flow_original(const struct lf_flows *flows, const struct lf_pkt *pkt)
{
	if (pkt->joined)
		return !pkt->reply;
	if (lf_pkt_is_syn(pkt))
		return !(pkt->tcp_flags & TCPHDR_ACK);
	return flows->paired && pkt->key.proto != IPPROTO_TCP ? 1 : -1;
}

static void flow_bear(struct lf_flows *flows, struct lf_bucket *b, int way, u8 tag,
		      const struct lf_pkt *pkt, u64 now_ns)
{
	struct lf_nets nets = lf_bucket_nets(flows, &pkt->key);
	struct lf_flow *flow = &b->flow[way];

	memset(flow, 0, sizeof(*flow));
	flow->key = pkt->key;
	flow->id = next_id(flows);
	flow->born_ns = now_ns;
	flow->last_ns = now_ns;
	flow->way = way;
	flow->mate = way;
	flow->head = way;
	flow->opening = lf_pkt_is_syn(pkt);
	flow->midstream = pkt->key.proto == IPPROTO_TCP && !lf_pkt_is_syn(pkt);
	flow->original = flow_original(flows, pkt);
	flow->translated = pkt->sport != pkt->key.sport || pkt->dport != pkt->key.dport;
	b->tag[way] = tag;
	b->seen[way] = lf_tick(now_ns);
	b->net[0][way] = nets.src;
	b->net[1][way] = nets.dst;
	lf_flows_wake(flows, b);
}

/* --- both directions --- */

/* Makes the newcomer the second half of the flow that its counterpart began. */
static void flow_join(struct lf_flow *flow, struct lf_flow *first)
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

	lf_key_reverse(&key, &pkt->key);
	return find_in(b, set, &key);
}

/* Does a packet that opens a connection find a counterpart from an earlier connection? */
static bool is_earlier(const struct lf_bucket *b, int way, const struct lf_flow *flow,
		       const struct lf_pkt *pkt, enum birth birth)
{
	const struct lf_flow *other = &b->flow[way];

	if (flow->original != 1 || !lf_pkt_is_syn(pkt) || other->opening)
		return false;
	return birth == LF_ANEW || b->closing & BIT(way) ||
	       (pkt->joined && !pkt->answered && other->answered);
}

/*
 * Counts the packet at its counterpart. @same: the entries with the flow's tag. A new flow takes
 * over the counterpart's counts, unless it opens a connection and the counterpart belongs to an
 * earlier one, which then ends. An RST closes both directions.
 */
static void flow_meet(struct lf_flows *flows, struct lf_bucket *b, u32 same, struct lf_flow *flow,
		      const struct lf_pkt *pkt, enum birth birth)
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
			flow_join(flow, other);
	}
	other->rev_packets = lf_add_sat(other->rev_packets, pkt->segs);
	other->rev_bytes += pkt->bytes;
	if (!birth && pkt->tcp_flags & TCPHDR_RST && lf_flow_closes(flow, pkt)) {
		other->closing = 1;
		b->closing |= BIT(way);
	}
}

/* --- lookup --- */

/*
 * Until the bucket's lock is held, half of its flows may move to a new bucket; the table's shape
 * has changed then.
 */
static __always_inline struct lf_bucket *lock_bucket(const struct lf_flows *flows,
						     struct lf_spot spot)
{
	struct lf_bucket *b = spot.bucket, *now;
	u64 shape;

	for (;; b = now) {
		spin_lock(&b->lock);
		__release(&b->lock);	/* returned locked with the flow; sparse cannot follow */
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

/* Tag 0 marks a free entry. */
static u8 tag_of(struct lf_spot spot)
{
	return (u8)spot.hash ?: 1;
}

/* Is this the SYN of a new connection? */
static bool reopens(const struct lf_bucket *b, int way, const struct lf_pkt *pkt)
{
	const struct lf_flow *flow = &b->flow[way];

	if (!lf_pkt_is_syn(pkt) || flow->opening)
		return false;
	if (pkt->joined && pkt->answered)
		return pkt->over && b->closing & BIT(way);
	if (pkt->joined && flow->answered)
		return true;
	return b->closing & BIT(way) || lf_seq_is_near(flow->seq, pkt->seq);
}

/* Does this packet start a known flow anew, and how does the old one end? */
static bool is_anew(const struct lf_flows *flows, const struct lf_bucket *b, int way,
		    const struct lf_pkt *pkt, u64 now_ns, enum lf_flow_end *why)
{
	*why = LF_FLOW_END_FIN;
	if (reopens(b, way, pkt))
		return true;
	*why = lf_bucket_why(b, way, LF_FLOW_END_IDLE);
	return lf_bucket_is_over(flows, b, way, now_ns);
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
		way = lf_bucket_room(flows, b, first < 0 ? 0 : BIT(first), &pkt->key, now_ns);
		birth = LF_NEW;
	}
	if (way < 0) {
		__acquire(&b->lock);
		spin_unlock(&b->lock);
		return NULL;
	}
	if (birth) {
		flow_bear(flows, b, way, tag, pkt, now_ns);
		same = lf_bucket_tagged(b, tag);
	}
	if (flows->paired)
		flow_meet(flows, b, same, &b->flow[way], pkt, birth);
	if (birth && lf_flow_is_new(&b->flow[way]))
		lf_flows_count(flows, LF_BORN);
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

/* Is it a TCP connection, as far as its packets tell, and not only SYNs? */
static bool is_established(const struct lf_flow *flow)
{
	return flow->key.proto == IPPROTO_TCP && !flow->opening &&
	       lf_add_sat(flow->packets, flow->rev_packets) >= LF_FLOW_PROVEN;
}

/* After a packet of @flow (itself or its other half), updates what decides on its end. */
static __always_inline void rate_entry(struct lf_bucket *b, int way, const struct lf_flow *flow)
{
	bool closing = flow->closing | lf_flow_mate(flow)->closing;
	u32 packets;

	b->seen[way] = lf_tick(flow->last_ns);
	/* lasting for a while already, and never closing, since that cannot be undone */
	if (likely(b->lasting & BIT(way) && !closing))
		return;
	packets = lf_flow_packets(flow);
	put_in_set(&b->closing, way, closing);
	put_in_set(&b->single, way, packets <= 1);
	put_in_set(&b->proven, way, packets >= LF_FLOW_PROVEN);
	put_in_set(&b->lasting, way, packets >= LF_FLOW_LASTING);
	put_in_set(&b->established, way, is_established(flow));
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
