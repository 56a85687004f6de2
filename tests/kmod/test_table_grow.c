// SPDX-License-Identifier: GPL-2.0
/* Growth and reset, room in a namespace, what a packet costs, and a million flows. */
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include "table_lib.h"
#include "test.h"

#define GROWN 20000

struct watch {
	struct lf_flows *t;
	u64 *ids; /* of flows 0 .. n - 1 */
	u32 n;
	u32 lost;
	u64 now;
};

/* Looks all flows up that there are so far. */
static u32 count_lost(struct watch *w)
{
	u32 n = smp_load_acquire(&w->n), i, lost = 0;
	bool born;

	for (i = 0; i < n; i++) {
		u64 id = table_udp(w->t, i, w->now, &born);

		lost += id != w->ids[i];
		w->ids[i] = id;
		if (i % 1024 == 0)
			cond_resched();
	}
	return lost;
}

static int watch(void *arg)
{
	struct watch *w = arg;

	while (!kthread_should_stop()) {
		w->lost += count_lost(w);
		usleep_range(500, 1000);
	}
	return 0;
}

static void grow_watched(struct watch *w)
{
	struct task_struct *task = kthread_run(watch, w, "lf_watch");
	bool born;
	u32 i;

	if (!CHECK("growth", !IS_ERR(task)))
		return;
	for (i = 0; i < GROWN; i++) {
		if (i % 16 == 0)
			table_pace(w->t, i);
		w->ids[i] = table_udp(w->t, i, w->now, &born);
		smp_store_release(&w->n, i + 1);
	}
	kthread_stop(task);
	w->lost += count_lost(w);
}

/*
 * With bottom halves off only the first segment's flows end; the worker does the rest, and gives
 * the memory back.
 */
static void check_reset(struct lf_flows *t, const struct lf_flows_stats *full)
{
	struct lf_flows_stats st;
	u32 tries, at_once;

	local_bh_disable();
	lf_flows_flush(t);
	at_once = table_ended(LF_FLOW_END_GONE);
	local_bh_enable();
	CHECK("a reset is short", at_once <= 512 || num_online_cpus() > 1);
	for (tries = 0; tries < 500; tries++) {
		lf_flows_stats(t, &st);
		if (!st.now)
			break;
		msleep(10);
	}
	CHECK_EQ("all have ended", table_ended(LF_FLOW_END_GONE), full->now);
	msleep(20);
	lf_flows_stats(t, &st);
	CHECK_EQ("small again", st.room, 512);
	CHECK("small again", st.bytes < full->bytes / 32);
	table_check_books(t);
}

static void test_growth(void)
{
	struct watch w = { .t = table_create(65536),
			   .ids = vcalloc(GROWN, sizeof(u64)),
			   .now = ktime_get_ns() };
	struct lf_flows_stats st;

	if (!CHECK("growth", w.ids) || !w.t)
		return;
	lf_flows_stats(w.t, &st);
	CHECK_EQ("small at first", st.room, 512);
	CHECK_EQ("as configured", st.max, 65536);
	CHECK("small at first", st.bytes < 200000);
	grow_watched(&w);
	lf_flows_stats(w.t, &st);
	CHECK("grown", st.room >= 32768);
	CHECK("born again: no more than were evicted", w.lost <= st.evicted);
	CHECK("hardly any is evicted", st.evicted < GROWN / 100);
	table_check_books(w.t);
	check_reset(w.t, &st);
	w.n = 0;
	table_fill(w.t, 2000, w.now);
	table_destroy(w.t);
	vfree(w.ids);
}

#define BURSTS 200
#define BURST  400 /* flows, of 512 places */

/* Evictions of a new table, to which as many flows come within a tenth of a second. */
static u64 evicted_by_burst(u32 first)
{
	struct lf_flows *t = table_create(65536);
	u64 now = ktime_get_ns();
	struct lf_flows_stats st = {};
	bool born;
	u32 i;

	if (!t)
		return BURST;
	for (i = 0; i < BURST; i++) {
		if (i % 16 == 0)
			usleep_range(2000, 3000);
		table_udp(t, first + i, now, &born);
	}
	lf_flows_stats(t, &st);
	table_destroy(t);
	return st.evicted;
}

/* A bucket that is crowded by chance before the table is loaded must not delay its growth. */
static void test_burst(void)
{
	u64 evicted = 0;
	u32 i;

	for (i = 0; i < BURSTS; i++)
		evicted += evicted_by_burst(i * BURST);
	pr_info("bursts: %llu of %u evicted\n", evicted, BURSTS * BURST);
	CHECK("bursts: hardly any is evicted", evicted < BURSTS * BURST / 1000);
}

/* Two tables of a namespace that has room for one of them. */
static void test_room(void)
{
	struct lf_room *room = lf_room_create(8192);
	struct lf_flows_stats st;
	struct lf_flows *t[2];
	u64 id[2];
	bool born;
	u32 i;

	if (!CHECK("room", room))
		return;
	memset(&table_ends, 0, sizeof(table_ends));
	t[0] = lf_flows_create(8192, IDLE_MS, table_on_end, NULL, room);
	t[1] = lf_flows_create(8192, IDLE_MS, table_on_end, NULL, room);
	if (!CHECK("room", !IS_ERR(t[0]) && !IS_ERR(t[1])))
		return;
	CHECK_EQ("what they hold counts", lf_room_left(room), 8192 - 2 * 512);
	for (i = 0; i < 2; i++)
		id[i] = table_udp(t[i], 0, ktime_get_ns(), &born);
	CHECK("no two of their flows have one id", id[0] != id[1]);
	for (i = 0; i < 8192; i++) {
		table_udp(t[0], i, ktime_get_ns(), &born);
		if (i % 64 == 0)
			msleep(1);
	}
	lf_flows_stats(t[0], &st);
	CHECK_EQ("as far as there is room", st.room, 4096);
	CHECK("and no farther", st.evicted > 0);
	lf_flows_destroy(t[1]);
	lf_flows_destroy(t[0]);
	CHECK_EQ("all is given back", lf_room_left(room), 8192);
	lf_room_put(room);
}

#define ROUNDS 50
#define LOOPS  20000

enum { COST_LOOP, COST_GET, COST_UPDATE };

/* ns of LOOPS packets of `flows` flows: made, looked up, folded in. */
static u64 cost_round(struct lf_flows *t, u32 flows, int what, u32 *at)
{
	u64 now = ktime_get_ns(), start = now;
	struct lf_flow *flow;
	struct lf_pkt pkt;
	u32 i;

	local_bh_disable();
	for (i = 0; i < LOOPS; i++) {
		*at = (*at + 7919) % flows;
		table_packet(&pkt, *at, 53, IPPROTO_UDP, 0);
		barrier_data(&pkt);
		if (what == COST_LOOP)
			continue;
		flow = lf_flow_get(t, &pkt, lf_flow_spot(t, &pkt), now + i * 1000);
		if (flow && what == COST_UPDATE)
			lf_flow_update(flow, &pkt, now + i * 1000);
		if (flow)
			lf_flow_put(t, flow);
	}
	local_bh_enable();
	return ktime_get_ns() - start;
}

/* ns a packet, of the quickest round: the machine is not ours alone. */
static u64 cost(struct lf_flows *t, u32 flows, int what)
{
	u64 best = U64_MAX;
	u32 i, at = 0;

	for (i = 0; i < ROUNDS; i++) {
		best = min(best, cost_round(t, flows, what, &at));
		cond_resched();
	}
	return div_u64(best, LOOPS);
}

static void note_cost(struct lf_flows *t, u32 flows)
{
	u64 loop, get, all;

	table_fill(t, flows, ktime_get_ns());
	cost(t, flows, COST_UPDATE);
	loop = cost(t, flows, COST_LOOP);
	get = cost(t, flows, COST_GET);
	all = cost(t, flows, COST_UPDATE);
	pr_info("lf_kmod_test: note: %u flows: look-up %lld ns, statistics %lld ns\n", flows,
		(s64)(get - loop), (s64)(all - get));
}

static void test_cost(void)
{
	struct lf_flows *t = table_create(65536);

	if (!t)
		return;
	note_cost(t, 16);
	note_cost(t, 1000);
	note_cost(t, 32768);
	table_destroy(t);
}

#define MILLION 1000000
#define ROOMY   1500000 /* entries for them */

/* What a qdisc's reset waits for, with bottom halves off: the rest is the worker's. */
static void note_reset(struct lf_flows *t)
{
	u64 us;

	local_bh_disable();
	us = ktime_get_ns();
	lf_flows_flush(t);
	us = div_u64(ktime_get_ns() - us, NSEC_PER_USEC);
	local_bh_enable();
	pr_info("lf_kmod_test: note: reset of a million flows: %llu us\n", us);
	/* 250 ms where all of them ended then. */
	CHECK("a million flows are forgotten at once", us < 50000);
}

static void test_million(void)
{
	struct lf_flows_stats st;
	struct lf_flows *t;
	struct sysinfo si;
	si_meminfo(&si);
	if ((u64)si.freeram * si.mem_unit < 500ULL << 20) {
		pr_info("lf_kmod_test: note: not enough memory for a million flows\n");
		return;
	}
	t = table_create(ROOMY);
	if (!t)
		return;
	table_fill(t, MILLION, ktime_get_ns());
	lf_flows_stats(t, &st);
	CHECK("a million flows", st.now > MILLION / 100 * 98);
	CHECK_EQ("a million flows", st.born, MILLION);
	pr_info("lf_kmod_test: note: %u of a million flows held, %llu bytes, %llu a flow of %u\n",
		st.now, st.bytes, div_u64(st.bytes, st.max), st.max);
	note_cost(t, MILLION);
	note_reset(t);
	table_destroy(t);
}

void test_table_grow(void)
{
	test_growth();
	test_burst();
	test_room();
	if (!lf_quick) {
		test_cost();
		test_million();
	}
}
