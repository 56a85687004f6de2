// SPDX-License-Identifier: GPL-2.0
/* Random contents of requests, each right by itself mostly; and the kinds of requests. */
#include "netlink.h"

#include <stdio.h>

#include <linux/liteflow.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/pkt_sched_liteflow.h>
#include <linux/rtnetlink.h>

static const char *slot_name(void)
{
	static const char *const names[] = { "a",
					     "b",
					     "c",
					     "web",
					     "",
					     "no/good",
					     "0123456789012345678901234567890",
					     "01234567890123456789012345678901",
					     "\xff\xfe",
					     "default" };

	return names[rnd(sizeof(names) / sizeof(names[0]))];
}

uint32_t number(void)
{
	static const uint32_t edges[] = { 0,          1,          2,         3,     255,
					  256,        32767,      32768,     65535, 65536,
					  0x7fffffff, 0x80000000, 0xffffffff };

	return rnd(3) ? edges[rnd(sizeof(edges) / sizeof(edges[0]))] : rnd(0xffffffff);
}

static void put_version(void)
{
	req_u32(&r, LITEFLOW_A_VERSION_PROTOCOL, rnd(3) ? 1 : number());
}

static void put_feature(void)
{
	req_str(&r, LITEFLOW_A_FEATURE_NAME, rnd(2) ? "flow.packets" : slot_name());
}

static void put_piece(void)
{
	uint32_t offset = rnd(3) ? 0 : rnd(2) ? number() : rnd(h.file_len);
	uint32_t len = rnd(3) ? rnd(h.file_len + 1) : rnd(40000);

	if (len > h.file_len)
		len = h.file_len;
	req_u32(&r, LITEFLOW_A_SNAPSHOT_LENGTH, rnd(3) ? h.file_len : number());
	req_u32(&r, LITEFLOW_A_SNAPSHOT_OFFSET, offset);
	req_put(&r, LITEFLOW_A_SNAPSHOT_DATA,
		h.file + ((uint64_t)offset + len <= h.file_len ? offset : 0), len);
	if (rnd(2))
		req_put(&r, LITEFLOW_A_SNAPSHOT_HASH, h.file, rnd(64));
}

static void put_snapshot(void)
{
	/* Never what is loaded, for it is needed later. */
	if (rnd(2))
		req_str(&r, LITEFLOW_A_SNAPSHOT_NAME, slot_name());
	if (rnd(2))
		req_put(&r, LITEFLOW_A_SNAPSHOT_HASH, h.file, rnd(40));
}

/* Of a snapshot that is there, or not. */
static void put_read(void)
{
	const size_t hash = 40;		/* of the file's header */

	if (rnd(2))
		put_snapshot();
	else
		req_put(&r, LITEFLOW_A_SNAPSHOT_HASH, h.file + hash, 4 + rnd(29));
	if (rnd(4))
		req_u32(&r, LITEFLOW_A_SNAPSHOT_OFFSET, rnd(2) ? rnd(h.file_len + 2) : number());
}

/* Limits, mostly within their bounds; sometimes of a generation that may be there. */
static void put_guard(uint16_t type)
{
	static const uint16_t shares[] = { LITEFLOW_A_GUARD_DRIFT, LITEFLOW_A_GUARD_SATURATED,
					   LITEFLOW_A_GUARD_CLASS };
	size_t nest = req_nest(&r, type);
	uint64_t bound = rnd(2) ? number() : (uint64_t)-1;
	unsigned int i;

	if (rnd(2))
		req_u32(&r, LITEFLOW_A_GUARD_WINDOW, rnd(8) ? 100 + rnd(1000) : number());
	if (rnd(2))
		req_u32(&r, LITEFLOW_A_GUARD_LEAST, rnd(8) ? 1 + rnd(3) : number());
	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (rnd(2))
			req_u32(&r, shares[i], rnd(8) ? rnd(1000001) : number());
	if (rnd(2))
		req_u8(&r, LITEFLOW_A_GUARD_TERM, rnd(8) ? rnd(8) : rnd(256));
	if (rnd(2))
		req_put(&r, LITEFLOW_A_GUARD_BOUND, &bound, sizeof(bound));
	if (rnd(2))
		req_u8(&r, LITEFLOW_A_GUARD_TO, rnd(3));
	if (!rnd(3))
		req_u32(&r, LITEFLOW_A_GUARD_GENERATION, rnd(8) ? 1 + rnd(8) : number());
	req_nest_end(&r, nest);
}

static void put_slot(void)
{
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot_name());
	if (rnd(2))
		req_u8(&r, LITEFLOW_A_SLOT_PIN, rnd(3));
	if (rnd(2))
		req_u32(&r, LITEFLOW_A_SLOT_SAMPLE, number());
	if (!rnd(3))
		put_guard(LITEFLOW_A_SLOT_GUARD);
}

static void put_split(void)
{
	unsigned int n = rnd(20) ? rnd(4) : rnd(100);
	size_t nest;

	req_str(&r, LITEFLOW_A_SLOT_NAME, slot_name());
	while (n--) {
		nest = req_nest(&r, LITEFLOW_A_SLOT_ARM);
		req_u8(&r, LITEFLOW_A_ARM_WHICH, rnd(8) ? rnd(3) : rnd(256));
		req_u32(&r, LITEFLOW_A_ARM_WEIGHT, rnd(8) ? rnd(100) : number());
		if (rnd(2))
			req_u32(&r, LITEFLOW_A_ARM_GENERATION, rnd(8) ? 1 + rnd(8) : number());
		if (rnd(2))
			put_guard(LITEFLOW_A_ARM_GUARD);
		req_nest_end(&r, nest);
	}
}

static void put_del(void)
{
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot_name());
	if (rnd(2))
		req_put(&r, LITEFLOW_A_SLOT_FORCE, NULL, 0);
}

static void put_name(void)
{
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot_name());
}

static void put_install(void)
{
	req_str(&r, LITEFLOW_A_SLOT_NAME, slot_name());
	if (rnd(4))
		req_str(&r, LITEFLOW_A_SLOT_SNAPSHOT, rnd(4) ? "appclass-forest" : slot_name());
	else
		req_put(&r, LITEFLOW_A_SLOT_HASH, h.file, rnd(40));
	if (rnd(2))
		req_put(&r, LITEFLOW_A_SLOT_ACTIVATE, NULL, 0);
}

static void put_attach(void)
{
	req_u32(&r, LITEFLOW_A_ATTACH_ID, rnd(2) ? rnd(64) : number());
}

static void put_flow(void)
{
	uint64_t id = rnd(2) ? rnd(1000) : number();

	req_u32(&r, LITEFLOW_A_FLOW_ATTACH, rnd(2) ? rnd(64) : number());
	if (rnd(8))
		req_put(&r, LITEFLOW_A_FLOW_ID, &id, sizeof(id));
}

static void put_map(void)
{
	size_t nest = req_nest(&r, TCA_LITEFLOW_MAP), entry;
	unsigned int n = rnd(20) ? rnd(5) : rnd(1000);
	char name[32];

	while (n--) {
		entry = req_nest(&r, TCA_LITEFLOW_MAP_ENTRY);
		snprintf(name, sizeof(name), rnd(2) ? "%u" : "class%u",
			 rnd(2) ? rnd(1000) : number());
		req_str(&r, TCA_LITEFLOW_MAP_CLASS, rnd(12) ? name : slot_name());
		req_u8(&r, TCA_LITEFLOW_MAP_BAND, rnd(12) ? rnd(3) : rnd(256));
		req_nest_end(&r, entry);
	}
	req_nest_end(&r, nest);
}

static void put_list(uint16_t type, uint16_t item)
{
	size_t nest = req_nest(&r, type);
	unsigned int n = rnd(20) ? rnd(5) : rnd(3000);
	uint32_t v = 0;

	while (n--)
		req_u32(&r, item, rnd(20) ? v += 1 + rnd(1000) : number());
	req_nest_end(&r, nest);
}

static void put_options(void)
{
	static const uint16_t u32s[] = { TCA_LITEFLOW_PROTOCOL, TCA_LITEFLOW_LIMIT,
					 TCA_LITEFLOW_EVERY, TCA_LITEFLOW_STARVE,
					 TCA_LITEFLOW_IDLE };
	static const uint16_t u8s[] = { TCA_LITEFLOW_MODE, TCA_LITEFLOW_DEFAULT, TCA_LITEFLOW_ECN,
					TCA_LITEFLOW_INNER, TCA_LITEFLOW_SPLIT_GSO,
					TCA_LITEFLOW_ORDER };
	unsigned int i;

	if (rnd(2))
		req_str(&r, TCA_LITEFLOW_SLOT, slot_name());
	if (rnd(2))
		req_u8(&r, TCA_LITEFLOW_BANDS, rnd(8) ? 3 + rnd(14) : rnd(256));
	for (i = 0; i < sizeof(u32s) / sizeof(u32s[0]); i++)
		if (!rnd(6))
			req_u32(&r, u32s[i], i && rnd(4) ? 100 + rnd(1000) : number());
	for (i = 0; i < sizeof(u8s) / sizeof(u8s[0]); i++)
		if (!rnd(6))
			req_u8(&r, u8s[i], rnd(8) ? rnd(2) : rnd(256));
	if (!rnd(8))
		req_u32(&r, TCA_LITEFLOW_FLOWS, rnd(4) ? 64 + rnd(4096) : number() % 100000);
	if (!rnd(3))
		put_map();
	if (!rnd(4))
		put_list(TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM);
	if (!rnd(5))
		put_list(TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE);
}

static const char *qdisc_kind(void)
{
	static const char *const kinds[] = { "liteflow", "liteflow", "liteflow", "liteflow",
					     "liteflow", "pfifo",    "fq_codel", "prio",
					     "nothing",  "" };

	return kinds[rnd(sizeof(kinds) / sizeof(kinds[0]))];
}

static void put_qdisc(void)
{
	size_t nest;

	req_str(&r, TCA_KIND, qdisc_kind());
	if (!rnd(5))
		return;
	nest = req_nest(&r, TCA_OPTIONS);
	put_options();
	req_nest_end(&r, nest);
}

void put_filter(void)
{
	size_t nest;

	req_str(&r, TCA_KIND, rnd(4) ? "matchall" : rnd(2) ? "u32" : "basic");
	nest = req_nest(&r, TCA_OPTIONS);
	req_u32(&r, TCA_MATCHALL_CLASSID, rnd(2) ? ROOT_QDISC + rnd(20) : number());
	req_nest_end(&r, nest);
}

const struct kind genl_kinds[N_GENL_KINDS] = {
	{ "version-get", LITEFLOW_CMD_VERSION_GET, put_version, 0, false },
	{ "feature-get", LITEFLOW_CMD_FEATURE_GET, put_feature, 0, false },
	{ "snapshot-load", LITEFLOW_CMD_SNAPSHOT_LOAD, put_piece, 0, true },
	{ "snapshot-get", LITEFLOW_CMD_SNAPSHOT_GET, put_snapshot, 0, false },
	{ "snapshot-del", LITEFLOW_CMD_SNAPSHOT_DEL, put_snapshot, 0, true },
	{ "slot-new", LITEFLOW_CMD_SLOT_NEW, put_slot, 0, false },
	{ "slot-set", LITEFLOW_CMD_SLOT_SET, put_slot, 0, false },
	{ "slot-get", LITEFLOW_CMD_SLOT_GET, put_name, 0, false },
	{ "slot-install", LITEFLOW_CMD_SLOT_INSTALL, put_install, 0, false },
	{ "slot-activate", LITEFLOW_CMD_SLOT_ACTIVATE, put_name, 0, false },
	{ "slot-rollback", LITEFLOW_CMD_SLOT_ROLLBACK, put_name, 0, false },
	{ "slot-split", LITEFLOW_CMD_SLOT_SPLIT, put_split, 0, false },
	{ "attach-get", LITEFLOW_CMD_ATTACH_GET, put_attach, 0, false },
	{ "slot-del", LITEFLOW_CMD_SLOT_DEL, put_del, 0, false },
	{ "snapshot-read", LITEFLOW_CMD_SNAPSHOT_READ, put_read, 0, false },
	{ "flow-get", LITEFLOW_CMD_FLOW_GET, put_flow, 0, false },
	{ "no command", 77, put_slot, 0, false },
	{ "a notification", LITEFLOW_CMD_EVENT_NTF, put_slot, 0, false },
};

const struct kind tc_kinds[N_TC_KINDS] = {
	{ "new qdisc", RTM_NEWQDISC, put_qdisc, TC_H_ROOT, false },
	{ "qdisc of a class", RTM_NEWQDISC, put_qdisc, 0, false },
	{ "get qdisc", RTM_GETQDISC, put_qdisc, TC_H_ROOT, false },
	{ "new class", RTM_NEWTCLASS, put_qdisc, ROOT_QDISC, false },
	{ "get class", RTM_GETTCLASS, put_qdisc, ROOT_QDISC, false },
	{ "delete class", RTM_DELTCLASS, put_qdisc, ROOT_QDISC, false },
	{ "new filter", RTM_NEWTFILTER, put_filter, ROOT_QDISC, false },
	{ "get filter", RTM_GETTFILTER, put_filter, ROOT_QDISC, false },
	{ "delete filter", RTM_DELTFILTER, put_filter, ROOT_QDISC, false },
	{ "delete qdisc", RTM_DELQDISC, put_qdisc, 0, false },
};
