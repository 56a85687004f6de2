# SPDX-License-Identifier: GPL-2.0
# What scripts here run in their test machines: snapshots of single decisions, odd netlink requests,
# many connections.

TOOLS += $(BUILD)/tests/core-snap $(BUILD)/tests/core-nl $(BUILD)/tests/tcp-load \
	$(BUILD)/tests/rt-send

$(BUILD)/tests/tcp-load: tests/netns/tcp_load.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $<

$(BUILD)/tests/rt-send: tests/netns/rt_send.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -D_GNU_SOURCE -o $@ $<

$(BUILD)/tests/core-snap: tests/netns/core_snap.c tests/unit/lq_build.c tests/unit/lq_ref.c \
		tests/unit/lq_build.h build/lib/liblq.a
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -D_GNU_SOURCE $(LQ_CPPFLAGS) -o $@ \
		$(filter %.c %.a,$^) -lcrypto

$(BUILD)/tests/core-nl: tests/netns/core_nl.c include/uapi/linux/liteflow.h
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -Iinclude/uapi -o $@ $< -lmnl
