// SPDX-License-Identifier: GPL-2.0
#include "arm.h"

#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

/* --- which arm --- */

/* What the two directions of a flow share, whatever VLAN or zone an attachment sees. */
struct arm_ends {
	struct in6_addr low, high;
	__be16 low_port, high_port;
	u32 proto;
} __aligned(8);

static bool arm_turned(const struct lf_key *key)
{
	int order = memcmp(&key->src, &key->dst, sizeof(key->src));

	return order > 0 || (!order && ntohs(key->sport) > ntohs(key->dport));
}

u64 lf_arm_hash(u64 seed, const struct lf_key *key)
{
	const siphash_key_t secret = { { seed, ~seed } };
	bool turned = arm_turned(key);
	struct arm_ends ends = {
		.low = turned ? key->dst : key->src,
		.high = turned ? key->src : key->dst,
		.low_port = turned ? key->dport : key->sport,
		.high_port = turned ? key->sport : key->dport,
		.proto = key->proto,
	};

	BUILD_BUG_ON(sizeof(ends) != 40);
	return siphash(&ends, sizeof(ends), &secret);
}

u64 lf_arm_hash_sock(u64 seed, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);
	struct lf_key key = {
		.sport = inet->inet_sport,
		.dport = inet->inet_dport,
		.proto = sk->sk_protocol,
	};

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		key.src = sk->sk_v6_rcv_saddr;
		key.dst = sk->sk_v6_daddr;
		return lf_arm_hash(seed, &key);
	}
#endif
	ipv6_addr_set_v4mapped(inet->inet_rcv_saddr, &key.src);
	ipv6_addr_set_v4mapped(inet->inet_daddr, &key.dst);
	return lf_arm_hash(seed, &key);
}

struct lf_gen *lf_arm_of(const struct lf_arms *arms, u64 hash)
{
	u32 point = reciprocal_scale(hash >> 32, arms->total);
	unsigned int i;

	for (i = 0; i < arms->n - 1; i++)
		if (point < arms->arm[i].upto)
			break;
	return arms->arm[i].gen;
}

/* --- control --- */

struct lf_arms *lf_arms_alloc(void)
{
	return kzalloc(sizeof(struct lf_arms), LF_GFP);
}

void lf_arms_fill(struct lf_arms *arms, const struct lf_slot *slot)
{
	int i;

	lockdep_assert_held(&lf_mutex);
	for (i = 0; i < LF_GENERATIONS; i++) {
		if (!slot->gens[i] || !slot->gens[i]->weight)
			continue;
		arms->total += slot->gens[i]->weight;
		arms->arm[arms->n].upto = arms->total;
		arms->arm[arms->n++].gen = slot->gens[i];
	}
}

void lf_arms_set(struct lf_slot *slot, struct lf_arms *arms)
{
	struct lf_arms *old = lf_dereference(slot->arms);
	int i;

	rcu_assign_pointer(slot->arms, arms);
	if (old)
		kfree_rcu(old, rcu);
	for (i = 0; !arms && i < LF_GENERATIONS; i++)
		if (slot->gens[i])
			WRITE_ONCE(slot->gens[i]->weight, 0);
}

void lf_arm_stop(struct lf_slot *slot, struct lf_gen *gen)
{
	struct lf_gen *active = lf_slot_active(slot);
	struct lf_arms *arms;

	WRITE_ONCE(active->weight, active->weight + gen->weight);
	WRITE_ONCE(gen->weight, 0);
	arms = lf_arms_alloc();
	if (arms)
		lf_arms_fill(arms, slot);
	if (arms && arms->n == 1) {
		kfree(arms);
		arms = NULL;
	}
	lf_arms_set(slot, arms);
}
