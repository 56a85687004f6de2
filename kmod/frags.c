// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments of packets.
 *
 * The first fragment has the ports: it has a flow and a verdict like any other packet, and leaves
 * an entry here that says which flow. Those that follow find it by addresses, identification,
 * protocol (IPv4, RFC 791) and VLANs, get the flow's verdict, and are not counted in the flow. One
 * that comes before its first has no verdict (reason fragment).
 *
 * An entry holds 64 bits of siphash with a secret per attachment in place of the key: two packets
 * have the same by chance once in 2^64, and nobody can look for them. A set has LF_FRAG_WAYS
 * entries; a new one takes the place of the oldest. So a flood of first fragments displaces others
 * of these sooner than in a second, and nothing else: the flows that they make are the flow
 * table's concern, as those of any flood.
 *
 * Each set has a lock, always taken with bottom halves off, and never with another one.
 */
#include "frags.h"

#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "core.h"

#define LF_FRAG_SETS	32
#define LF_FRAG_WAYS	4

struct frag_entry {
	u64 tag;		/* 0: free */
	u64 at_ns;
	struct lf_frag frag;
};

struct frag_set {
	spinlock_t lock;
	struct frag_entry entry[LF_FRAG_WAYS];
};

struct lf_frags {
	siphash_key_t key;
	struct frag_set set[LF_FRAG_SETS];
};

struct lf_frags *lf_frags_create(void)
{
	struct lf_frags *f = kzalloc(sizeof(*f), LF_GFP);
	int i;

	if (!f)
		return NULL;
	get_random_bytes(&f->key, sizeof(f->key));
	for (i = 0; i < LF_FRAG_SETS; i++)
		spin_lock_init(&f->set[i].lock);
	return f;
}

void lf_frags_destroy(struct lf_frags *f)
{
	kfree(f);
}

u64 lf_frags_tag(const struct lf_frags *f, const struct lf_pkt *pkt)
{
	struct {
		struct in6_addr src, dst;
		u32 id;
		__be16 vlan, inner_vlan;
		u64 version;
	} __aligned(8) key = {
		.src = pkt->key.src,
		.dst = pkt->key.dst,
		.id = pkt->frag_id,
		.vlan = pkt->key.vlan,
		.inner_vlan = pkt->key.inner_vlan,
		.version = pkt->key.version | (u64)pkt->key.tunnel << 32,
	};

	BUILD_BUG_ON(sizeof(key) != 48);
	return siphash(&key, sizeof(key), &f->key) ?: 1;
}

static struct frag_set *set_of(struct lf_frags *f, u64 tag)
{
	return &f->set[tag % LF_FRAG_SETS];
}

/* The packet's entry, else the oldest; free ones are the oldest of all. */
static struct frag_entry *place_for(struct frag_set *set, u64 tag)
{
	struct frag_entry *best = &set->entry[0];
	int i;

	for (i = 0; i < LF_FRAG_WAYS; i++) {
		if (set->entry[i].tag == tag)
			return &set->entry[i];
		if (set->entry[i].at_ns < best->at_ns)
			best = &set->entry[i];
	}
	return best;
}

void lf_frags_put(struct lf_frags *f, u64 tag, const struct lf_frag *frag, u64 now_ns)
{
	struct frag_set *set = set_of(f, tag);
	struct frag_entry *e;

	spin_lock(&set->lock);
	e = place_for(set, tag);
	e->tag = tag;
	e->at_ns = now_ns;
	e->frag = *frag;
	spin_unlock(&set->lock);
}

/* A time ahead of ours is another CPU's, and just now. */
static bool is_fresh(const struct frag_entry *e, u64 now_ns)
{
	return now_ns < e->at_ns || now_ns - e->at_ns < LF_FRAG_NS;
}

bool lf_frags_get(struct lf_frags *f, u64 tag, struct lf_frag *frag, u64 now_ns)
{
	struct frag_set *set = set_of(f, tag);
	bool found = false;
	int i;

	spin_lock(&set->lock);
	for (i = 0; i < LF_FRAG_WAYS && !found; i++) {
		found = set->entry[i].tag == tag && is_fresh(&set->entry[i], now_ns);
		if (found)
			*frag = set->entry[i].frag;
	}
	spin_unlock(&set->lock);
	return found;
}
