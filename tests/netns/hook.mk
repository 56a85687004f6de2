# SPDX-License-Identifier: GPL-2.0
# Programs that send packets which no socket would send; the scripts here run them in a test
# machine.

TOOLS += $(BUILD)/tests/hook_fuzz $(BUILD)/tests/inject

$(BUILD)/tests/hook_fuzz $(BUILD)/tests/inject: $(BUILD)/tests/%: tests/netns/%.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $<
