# SPDX-License-Identifier: GPL-2.0
# Programs of tests/netns/qdisc.sh: they add up the classes' counters, send packets that need
# segmentation, and read a tun device.

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
