// SPDX-License-Identifier: GPL-2.0
/*
 * Invalid requests of the family liteflow-hook: hostile-hook SEED N DEVICE
 *
 * N requests of every kind, most of them nearly right: attributes missing, twice, of wrong length
 * or type, values out of range, nests within nests. All must be answered; then every hook is
 * deleted, and a good one can be made.
 */
#include <linux/genetlink.h>
#include <linux/liteflow_hook.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define A(name) LITEFLOW_HOOK_A_HOOK_##name

static struct req r;
static uint16_t family;
static uint32_t device;
static unsigned int accepted, refused, silent, passed, failed;

static void check(bool good, const char *what)
{
	if (good)
		passed++;
	else
		failed++;
	if (!good)
		printf("FAIL  %s\n", what);
}

static void name(uint16_t type)
{
	static const char *const names[] = {
		"a", "b", "c", "app", "", "x y", "0123456789012345678901234567890", "small"
	};

	req_str(&r, type, names[rnd(8)]);
}

static void number(uint16_t type, uint32_t usual)
{
	static const uint32_t odd[] = { 0,   1,   31,    32,         63,         64,
					255, 256, 65536, 0x7fffffff, 0x80000000, 0xffffffff };

	req_u32(&r, type, rnd(4) ? usual : odd[rnd(12)]);
}

static void map(void)
{
	size_t nest = req_nest(&r, A(MAP));

	if (rnd(16))
		name(LITEFLOW_HOOK_A_MAP_CLASS);
	if (rnd(2))
		number(LITEFLOW_HOOK_A_MAP_MARK, rnd(256));
	if (rnd(2))
		number(LITEFLOW_HOOK_A_MAP_PRIORITY, 0x10002);
	if (!rnd(4))
		req_put(&r, LITEFLOW_HOOK_A_MAP_ACCEPT, NULL, 0);
	if (!rnd(4))
		req_put(&r, LITEFLOW_HOOK_A_MAP_DROP, NULL, 0);
	req_nest_end(&r, nest);
}

static void options(void)
{
	unsigned int n;

	if (rnd(2))
		name(A(SLOT));
	else
		req_str(&r, A(SLOT), "app");
	if (rnd(2))
		number(A(REQUEST_MARK), 1);
	if (rnd(2))
		number(A(REQUEST_MASK), 0xffffffff);
	if (rnd(2))
		number(A(RESULT_MASK), 0xff00);
	if (rnd(2))
		req_u8(&r, A(RESULT_SHIFT), rnd(34));
	if (rnd(2))
		req_u8(&r, A(CT), rnd(3));
	if (rnd(2))
		number(A(EVERY), 3);
	if (rnd(2))
		number(A(IDLE_MS), 1000);
	for (n = rnd(4) ? rnd(4) : rnd(70); n; n--)
		map();
}

static void place(void)
{
	uint8_t point = rnd(8);

	req_u8(&r, A(POINT), point);
	req_u8(&r, A(FAMILY), rnd(4) ? (point > 4 ? 3 : rnd(3)) : rnd(5));
	if (point > 4 ? rnd(8) : !rnd(8))
		number(A(IFINDEX), device);
	number(A(PRIORITY), rnd(400) - 200);
	number(A(FLOWS), 64);
}

static void random_request(struct wire *w)
{
	uint8_t cmd = rnd(16) ? 1 + rnd(4) : rnd(256);
	int rc;

	req_genl(&r, family, cmd,
		 NLM_F_ACK | (cmd == LITEFLOW_HOOK_CMD_GET && rnd(2) ? NLM_F_DUMP : 0));
	r.wild = rnd(3) ? 0 : 6;
	if (rnd(16))
		name(A(NAME));
	if (cmd == LITEFLOW_HOOK_CMD_NEW || !rnd(32))
		place();
	if (cmd == LITEFLOW_HOOK_CMD_NEW || cmd == LITEFLOW_HOOK_CMD_SET)
		options();
	if (!rnd(16))
		number(rnd(40), 0);
	rc = wire_ask(w, &r, NULL, NULL);
	if (rc == WIRE_SILENT)
		silent++;
	else if (rc)
		refused++;
	else
		accepted++;
}

static int good(struct wire *w, uint8_t cmd)
{
	req_genl(&r, family, cmd, NLM_F_ACK);
	r.wild = 0;
	req_str(&r, A(NAME), "good");
	if (cmd == LITEFLOW_HOOK_CMD_NEW) {
		req_u8(&r, A(FAMILY), LITEFLOW_HOOK_FAMILY_INET);
		req_u8(&r, A(POINT), LITEFLOW_HOOK_POINT_OUTPUT);
		req_u32(&r, A(PRIORITY), 0);
		req_str(&r, A(SLOT), "app");
	}
	return wire_ask(w, &r, NULL, NULL);
}

static void clear(struct wire *w)
{
	static const char *const names[] = {
		"a", "b", "c", "app", "0123456789012345678901234567890", "small"
	};
	unsigned int i;

	for (i = 0; i < 6; i++) {
		req_genl(&r, family, LITEFLOW_HOOK_CMD_DEL, NLM_F_ACK);
		r.wild = 0;
		req_str(&r, A(NAME), names[i]);
		wire_ask(w, &r, NULL, NULL);
	}
}

int main(int argc, char **argv)
{
	unsigned long n;
	struct wire w;

	if (argc < 4)
		return 2;
	rnd_seed(strtoull(argv[1], NULL, 0));
	device = if_nametoindex(argv[3]);
	wire_open(&w, NETLINK_GENERIC, true);
	family = wire_family(&w, LITEFLOW_HOOK_FAMILY_NAME);
	check(family && device, "family and device");
	for (n = strtoul(argv[2], NULL, 0); family && n; n--)
		random_request(&w);
	clear(&w);
	wire_close(&w);
	wire_open(&w, NETLINK_GENERIC, true);
	check(accepted > 0, "some requests were right");
	check(refused > 0, "some requests were wrong");
	check(!good(&w, LITEFLOW_HOOK_CMD_NEW), "a good hook is made");
	check(!good(&w, LITEFLOW_HOOK_CMD_GET), "and shown");
	check(!good(&w, LITEFLOW_HOOK_CMD_SET), "and changed");
	check(!good(&w, LITEFLOW_HOOK_CMD_DEL), "and deleted");
	wire_close(&w);
	printf("seed %s: %u requests accepted, %u refused, %u silent\n", argv[1], accepted, refused,
	       silent);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
