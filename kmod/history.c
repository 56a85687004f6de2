// SPDX-License-Identifier: GPL-2.0
/*
 * Sizes of earlier flows, by key.
 *
 * Programs repeat themselves: the flows of one service are alike in size. So a slot whose model
 * asks for it remembers, for each key, how large the flows with that key were. The slot chooses the
 * key:
 *
 *	port	protocol, port of the server, and whether the flow goes to or comes from it. The
 *		server is the end that did not open the flow, else the one with the lower port
 *	peer	prefix of the destination, /24 or /48
 *	source	prefix of the source
 *	dscp	differentiated services code point of the flow's latest packet
 *
 * Which flows count: those whose beginning and end were seen. A TCP flow that was met in the middle
 * (flow.midstream) or was only SYNs, and one that ended because its entry or its table was wanted,
 * have no size. A closed connection counts LF_FLOW_LINGER_NS after its last packet, others when
 * their silence has lasted (flow.h).
 *
 * Statistics. x is the size, log2(1 + bytes at the IP layer); for the n-th flow of a key, with w =
 * 1/min(n, LF_HISTORY_FLOWS),
 *
 *	deviation += (|x - mean| - deviation) * w
 *	mean      += (x - mean) * w		the first is the mean
 *	share     += ((size >= LF_HISTORY_LARGE) - share) * w
 *
 * in 1/65536, rounded to nearest. Each flow's rounding adds at most half a step, of which 7/8
 * remain after the next one: mean and share stay within 4 steps, 1/64 of a step of their features.
 * x comes from lf_log2_q8(), 5/8 of a step of 1/256 off at most. Rounded to features, the mean is
 * within 1.2 steps of 1/256 of the exact one, the deviation within 2, the share within 0.6.
 *
 * Memory: buckets of LF_HISTORY_WAYS entries, chosen by siphash with a secret of the history, so
 * that nobody can aim at a key. 32 bits of the hash stand for the key; another key of the same
 * bucket is taken for it in one of 5 * 10^8 lookups.
 *
 * Room. It is evict.c's problem: newcomers must not cost the others what they have proven, and one
 * sender must not win by number. A flow is proven with LF_FLOW_PROVEN packets, and a key with a
 * proven flow. A key has credits: it gets one for each proven flow, up to LF_HISTORY_CREDITS, and
 * loses one each time it turns a newcomer away, as in a generalised CLOCK (Smith, "Sequentiality
 * and prefetching in database systems", ACM TODS 3(3), 1978), but for the hand: the oldest is
 * asked. A key that is not there yet takes, in this order:
 *
 *	1. a free entry;
 *	2. among the entries below, the oldest that is not proven;
 *	3. if its flow is proven, the oldest of them, if that has one credit left;
 *	4. none: its flow is forgotten, and in case 3 the oldest has a credit less.
 *
 * The entries: if the newcomer has a prefix (/24, /48; of either end) that half of the bucket's
 * entries have, only these; else, if more than half share another, only these; else all. So flows
 * of fewer than LF_FLOW_PROVEN packets displace nothing but keys of such flows, however many they
 * are; flows from or to one prefix leave half of each bucket to the others; and from many prefixes,
 * a key costs them as many proven flows in its bucket as it has credits, faster than it earns new
 * ones.
 *
 * The same for the numbers: a flow that is not proven does not move the statistics of a proven key,
 * and the first proven one begins them anew. Proven flows move them, whoever sends them: where
 * peers are not trusted, `peer` or `source` belongs in the key, and they can only spoil their own
 * prefix's history.
 *
 * Locks: a bucket's lock, inside that of a flow's bucket, is taken when a flow ends. Readers take
 * none: they copy the entry, and do it again if a writer was at work (seqlock.h).
 */
#include "history.h"

#include <linux/math64.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/siphash.h>
#include <linux/vmalloc.h>
#include "bucket.h"
#include "feature.h"

#define LF_HISTORY_BUCKETS	(LF_HISTORY_KEYS / LF_HISTORY_WAYS)
/* that the running statistics look back on, about */
#define LF_HISTORY_FLOWS	8
#define LF_HISTORY_CREDITS	7
#define LF_HISTORY_HALF		(LF_HISTORY_WAYS / 2)

struct history_entry {
	u64 last_ns;			/* ktime_get_ns() of the latest flow's last packet */
	u32 mean, dev, share;		/* 1/65536 */
	u16 flows;			/* saturates */
	u16 last;			/* 1/256 */
};

/* A cache line to find an entry, and to decide which one goes; then the entries. */
struct history_bucket {
	spinlock_t lock;
	seqcount_spinlock_t seq;
	u32 tag[LF_HISTORY_WAYS];	/* of the key's hash; 0: free */
	u8 net[2][LF_HISTORY_WAYS];	/* prefix of each end of the key's latest flow */
	u8 credit[LF_HISTORY_WAYS];	/* 0: not proven */
	struct history_entry entry[LF_HISTORY_WAYS];
} ____cacheline_aligned;

struct lf_history {
	siphash_key_t secret;
	u32 by;
	struct rcu_head rcu;
	struct history_bucket bucket[LF_HISTORY_BUCKETS];
};

/* What is hashed: parts that the key does not have are 0. */
struct history_key {
	struct in6_addr peer, source;
	__be16 port;
	u8 proto;
	u8 to_server;
	u8 dscp;
	u8 zero[3];
} __aligned(SIPHASH_ALIGNMENT);

DEFINE_STATIC_KEY_FALSE(lf_history_key);

/* --- keys --- */

static void history_prefix(struct in6_addr *net, const struct in6_addr *addr, u8 version)
{
	memset(net, 0, sizeof(*net));
	net->s6_addr32[0] = addr->s6_addr32[0];
	net->s6_addr32[1] = addr->s6_addr32[1] & htonl(0xffff0000);
	if (version != 4)
		return;
	net->s6_addr32[2] = addr->s6_addr32[2];
	net->s6_addr32[3] = addr->s6_addr32[3] & htonl(0xffffff00);
}

/* Does the flow go to the end that serves? */
static bool history_to_server(const struct lf_flow *flow)
{
	if (flow->original >= 0)
		return flow->original;
	return ntohs(flow->key.dport) <= ntohs(flow->key.sport);
}

static void history_port(struct history_key *key, const struct lf_flow *flow)
{
	key->proto = flow->key.proto;
	key->to_server = history_to_server(flow);
	key->port = key->to_server ? flow->key.dport : flow->key.sport;
}

static u64 history_hash(const struct lf_history *h, const struct lf_flow *flow)
{
	struct history_key key = {};

	if (h->by & BIT(LITEFLOW_HISTORY_KEY_PORT))
		history_port(&key, flow);
	if (h->by & BIT(LITEFLOW_HISTORY_KEY_PEER))
		history_prefix(&key.peer, &flow->key.dst, flow->key.version);
	if (h->by & BIT(LITEFLOW_HISTORY_KEY_SOURCE))
		history_prefix(&key.source, &flow->key.src, flow->key.version);
	if (h->by & BIT(LITEFLOW_HISTORY_KEY_DSCP))
		key.dscp = flow->label.dscp;
	return siphash(&key, sizeof(key), &h->secret);
}

static struct history_bucket *history_bucket(struct lf_history *h, u64 hash)
{
	return &h->bucket[hash % LF_HISTORY_BUCKETS];
}

static u32 history_tag(u64 hash)
{
	return hash >> 32 ?: 1;
}

static int history_find(const struct history_bucket *b, u32 tag)
{
	int way;

	for (way = 0; way < LF_HISTORY_WAYS; way++)
		if (b->tag[way] == tag)
			return way;
	return -1;
}

/* --- room --- */

/* A byte for a prefix. Keyed: nobody can find another prefix with the same byte. */
static u8 history_net(const struct lf_history *h, const struct in6_addr *addr, u8 version)
{
	struct in6_addr net __aligned(SIPHASH_ALIGNMENT);

	history_prefix(&net, addr, version);
	return siphash(&net, sizeof(net), &h->secret);
}

/* The entries of a bucket that have the prefix at that end. */
static u32 history_sharing(const struct history_bucket *b, int end, u8 net)
{
	u32 set = 0;
	int way;

	for (way = 0; way < LF_HISTORY_WAYS; way++)
		if (b->net[end][way] == net)
			set |= BIT(way);
	return set;
}

/* The entries that share a prefix which more than half have, but not the newcomer; 0: none. */
static u32 history_crowd(const struct history_bucket *b, const u8 *net)
{
	u32 set;
	int i;

	/* it is among any half of the entries */
	for (i = 0; i < LF_HISTORY_WAYS; i++) {
		if (b->net[i % 2][i / 2] == net[i % 2])
			continue;
		set = history_sharing(b, i % 2, b->net[i % 2][i / 2]);
		if (hweight32(set) > LF_HISTORY_HALF)
			return set;
	}
	return 0;
}

/* The entries of a full bucket of which a newcomer with these prefixes may take one. */
static u32 history_open(const struct history_bucket *b, const u8 *net)
{
	u32 all = GENMASK(LF_HISTORY_WAYS - 1, 0), set = all, mine;
	int end;

	for (end = 0; end < 2; end++) {
		mine = history_sharing(b, end, net[end]);
		if (hweight32(mine) >= LF_HISTORY_HALF)
			set &= mine;
	}
	return set != all ? set : history_crowd(b, net) ?: all;
}

static int history_oldest(const struct history_bucket *b, u32 set)
{
	int best = -1;

	for (; set; set &= set - 1)
		if (best < 0 || b->entry[__ffs(set)].last_ns < b->entry[best].last_ns)
			best = __ffs(set);
	return best;
}

static u32 history_unproven(const struct history_bucket *b)
{
	u32 set = 0;
	int way;

	for (way = 0; way < LF_HISTORY_WAYS; way++)
		if (!b->credit[way])
			set |= BIT(way);
	return set;
}

/* An entry for a newcomer, or -1. */
static int history_room(struct history_bucket *b, const u8 *net, bool proven)
{
	int way = history_find(b, 0);
	u32 set, open;

	if (way >= 0)
		return way;
	open = history_open(b, net);
	set = open & history_unproven(b);
	if (set)
		return history_oldest(b, set);
	way = proven ? history_oldest(b, open) : -1;
	if (way >= 0 && b->credit[way] > 1) {
		b->credit[way]--;
		return -1;
	}
	return way;
}

/* --- statistics --- */

/* A part of 1/@n of the way from @from to @to, rounded to nearest. */
static u32 history_step(u32 from, u32 to, u32 n)
{
	u32 way = from > to ? from - to : to - from, step = (way + n / 2) / n;

	return from > to ? from - step : from + step;
}

static void history_fold(struct history_entry *e, const struct lf_flow *flow)
{
	u64 bytes = lf_flow_bytes(flow);
	u32 log2 = lf_log2_q8(bytes), x = log2 << 8, n;

	e->flows = min_t(u32, e->flows + 1, U16_MAX);
	n = min_t(u32, e->flows, LF_HISTORY_FLOWS);
	if (n > 1)
		e->dev = history_step(e->dev, e->mean > x ? e->mean - x : x - e->mean, n);
	e->mean = history_step(e->mean, x, n);
	e->share = history_step(e->share, bytes >= LF_HISTORY_LARGE ? 1 << 16 : 0, n);
	e->last = log2;
	e->last_ns = lf_flow_last(flow);
}

/* Finds or makes the key's entry, and adds the flow to it. */
static void history_put(struct history_bucket *b, u32 tag, const u8 *net,
			const struct lf_flow *flow)
{
	bool proven = lf_flow_packets(flow) >= LF_FLOW_PROVEN;
	int way = history_find(b, tag);

	if (way < 0) {
		way = history_room(b, net, proven);
		if (way < 0)
			return;
		memset(&b->entry[way], 0, sizeof(b->entry[way]));
		b->credit[way] = 0;
		b->tag[way] = tag;
	} else if (b->credit[way] && !proven) {
		return;
	} else if (proven && !b->credit[way]) {
		/* what unproven flows left is not what it begins with */
		memset(&b->entry[way], 0, sizeof(b->entry[way]));
	}
	b->net[0][way] = net[0];
	b->net[1][way] = net[1];
	if (proven && b->credit[way] < LF_HISTORY_CREDITS)
		b->credit[way]++;
	history_fold(&b->entry[way], flow);
}

/* Were its beginning and its end seen? */
static bool history_counts(const struct lf_flow *flow, enum lf_flow_end why)
{
	return (why == LF_FLOW_END_FIN || why == LF_FLOW_END_IDLE) && !flow->opening &&
	       !flow->midstream;
}

void lf_history_add(struct lf_history *h, const struct lf_flow *flow, enum lf_flow_end why)
{
	struct history_bucket *b;
	u64 hash;
	u8 net[2];

	if (!history_counts(flow, why))
		return;
	hash = history_hash(h, flow);
	net[0] = history_net(h, &flow->key.src, flow->key.version);
	net[1] = history_net(h, &flow->key.dst, flow->key.version);
	b = history_bucket(h, hash);
	spin_lock(&b->lock);
	write_seqcount_begin(&b->seq);
	history_put(b, history_tag(hash), net, flow);
	write_seqcount_end(&b->seq);
	spin_unlock(&b->lock);
}

/* A copy of the key's entry; zeros if there is none. */
static void history_read(struct history_bucket *b, u32 tag, struct history_entry *e)
{
	unsigned int seq;
	int way;

	do {
		seq = read_seqcount_begin(&b->seq);
		way = history_find(b, tag);
		if (way >= 0)
			*e = b->entry[way];
		else
			memset(e, 0, sizeof(*e));
	} while (read_seqcount_retry(&b->seq, seq));
}

/* --- features --- */

/* To steps of 1/256. */
static s32 history_whole(u32 v)
{
	return (v + 128) >> 8;
}

static s32 history_feature(u8 id, const struct history_entry *e, u64 now_ns)
{
	u64 since = e->flows ? div_u64(lf_since_ns(e->last_ns, now_ns), NSEC_PER_USEC) : 0;

	switch (id) {
	case LQ_F_HIST_FLOWS:
		return e->flows;
	case LQ_F_HIST_SIZE_MEAN:
		return history_whole(e->mean);
	case LQ_F_HIST_SIZE_DEV:
		return history_whole(e->dev);
	case LQ_F_HIST_SIZE_LAST:
		return e->last;
	case LQ_F_HIST_LARGE_SHARE:
		return history_whole(e->share);
	case LQ_F_HIST_SINCE_US:
		return min_t(u64, since, S32_MAX);
	case LQ_F_HIST_SINCE_LOG2:
		return lf_log2_q8(since);
	}
	return 0;
}

void lf_history_fill(struct lf_history *h, s32 *x, const u8 *ids, u32 n, const struct lf_flow *flow,
		     u64 now_ns)
{
	u64 hash = history_hash(h, flow);
	struct history_entry e;
	u32 i;

	history_read(history_bucket(h, hash), history_tag(hash), &e);
	for (i = 0; i < n; i++)
		if (lq_feature_is_history(ids[i]))
			x[i] = history_feature(ids[i], &e, now_ns);
}

/* --- life --- */

struct lf_history *lf_history_create(u32 by)
{
	/* not kvzalloc(), which would try twice the size, contiguous, first */
	struct lf_history *h = __vmalloc(sizeof(*h), GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	int i;

	BUILD_BUG_ON(LF_HISTORY_BUCKETS & (LF_HISTORY_BUCKETS - 1));
	if (!h)
		return NULL;
	h->by = by;
	get_random_bytes(&h->secret, sizeof(h->secret));
	for (i = 0; i < LF_HISTORY_BUCKETS; i++) {
		spin_lock_init(&h->bucket[i].lock);
		seqcount_spinlock_init(&h->bucket[i].seq, &h->bucket[i].lock);
	}
	return h;
}

void lf_history_free(struct lf_history *h)
{
	vfree(h);
}

void lf_history_free_later(struct lf_history *h)
{
	kvfree_rcu(h, rcu);
}

u32 lf_history_by(const struct lf_history *h)
{
	return h->by;
}

bool lf_history_labelled(const struct lf_history *h)
{
	return h->by & BIT(LITEFLOW_HISTORY_KEY_DSCP);
}
