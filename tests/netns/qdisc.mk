# SPDX-License-Identifier: GPL-2.0
# What tests/netns/qdisc.sh runs in its test machine: do the classes' numbers add up; packets to be
# segmented; the other end of a tun.

TOOLS += $(BUILD)/tests/qdisc_books $(BUILD)/tests/udp_gso $(BUILD)/tests/tun_sink

$(BUILD)/tests/qdisc_books: tests/netns/qdisc_books.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $< -lmnl

$(BUILD)/tests/udp_gso: tests/netns/udp_gso.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $<

$(BUILD)/tests/tun_sink: tests/netns/tun_sink.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $<
