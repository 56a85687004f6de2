// SPDX-License-Identifier: GPL-2.0
/* What an attachment knows of first fragments: identity, time, and a flood. */
#include <linux/err.h>
#include "frags.h"
#include "test.h"

#define MS	1000000ULL
#define SEC	1000000000ULL

static struct lf_pkt packet(u8 version, u32 host, u32 id)
{
	struct lf_pkt pkt = { .key.version = version, .fragment = 1, .frag_id = id };

	pkt.key.src.s6_addr32[3] = htonl(host);
	pkt.key.dst.s6_addr32[3] = htonl(1);
	return pkt;
}

static void put(struct lf_frags *f, const struct lf_pkt *pkt, u64 flow, u64 now)
{
	struct lf_frag frag = { .flow = flow, .hash = flow * 3, .way = flow % 16 };

	local_bh_disable();
	lf_frags_put(f, lf_frags_tag(f, pkt), &frag, now);
	local_bh_enable();
}

/* The flow, 0 for none. */
static u64 get(struct lf_frags *f, const struct lf_pkt *pkt, u64 now)
{
	struct lf_frag frag;
	bool found;

	local_bh_disable();
	found = lf_frags_get(f, lf_frags_tag(f, pkt), &frag, now);
	local_bh_enable();
	if (found)
		CHECK("all of it", frag.hash == (u32)frag.flow * 3 && frag.way == frag.flow % 16);
	return found ? frag.flow : 0;
}

/* Each part of what fragments of a packet have in common makes another packet. */
static void test_frag_keys(struct lf_frags *f, u64 now)
{
	struct lf_pkt pkt[7];
	int i;

	for (i = 0; i < 7; i++)
		pkt[i] = packet(4, 1, 1);
	pkt[1].key.src.s6_addr[15]++;
	pkt[2].key.dst.s6_addr[0]++;
	pkt[3].frag_id++;
	pkt[4].key.version = 6;
	pkt[5].key.vlan = htons(5);
	pkt[6].key.inner_vlan = htons(5);
	for (i = 0; i < 7; i++)
		CHECK_EQ("unknown", get(f, &pkt[i], now), 0);
	for (i = 0; i < 7; i++)
		put(f, &pkt[i], 100 + i, now);
	for (i = 0; i < 7; i++)
		CHECK_EQ("known", get(f, &pkt[i], now), 100 + i);
	pkt[0].key.sport = htons(9);		/* only the first fragment has ports */
	pkt[0].key.proto = 17;
	CHECK_EQ("without ports", get(f, &pkt[0], now), 100);
	put(f, &pkt[0], 200, now);
	CHECK_EQ("the id again", get(f, &pkt[0], now), 200);
}

static void test_frag_time(struct lf_frags *f, u64 now)
{
	struct lf_pkt pkt = packet(6, 2, 2);

	put(f, &pkt, 7, now);
	CHECK_EQ("soon", get(f, &pkt, now + 900 * MS), 7);
	CHECK_EQ("another CPU's time", get(f, &pkt, now - MS), 7);
	CHECK_EQ("late", get(f, &pkt, now + SEC), 0);
	put(f, &pkt, 8, now + 2 * SEC);
	CHECK_EQ("again", get(f, &pkt, now + 2 * SEC), 8);
}

/* Fragments come one behind the other: those of a hundred packets at once are known in a flood. */
static void test_frag_flood(struct lf_frags *f, u64 now)
{
	struct lf_pkt pkt;
	u32 i, lost = 0;

	for (i = 0; i < 100000; i++) {
		pkt = packet(4, i, i);
		put(f, &pkt, 1000 + i, now + i);
		lost += get(f, &pkt, now + i) != 1000 + i;
	}
	CHECK_EQ("the latest is known", lost, 0);
	for (i = lost = 0; i < 100000 - 512; i++) {
		pkt = packet(4, i, i);
		lost += !get(f, &pkt, now + i);
	}
	CHECK("older ones are forgotten", lost > 99000);
}

void test_frags(void)
{
	struct lf_frags *f = lf_frags_create();

	if (!CHECK("memory", f))
		return;
	test_frag_keys(f, 10 * SEC);
	test_frag_time(f, 20 * SEC);
	test_frag_flood(f, 30 * SEC);
	lf_frags_destroy(f);
}
