# SPDX-License-Identifier: GPL-2.0
# Sends spoilt packets; tests/netns/hook_fuzz.sh runs it in a test machine.

TOOLS += $(BUILD)/tests/hook_fuzz

$(BUILD)/tests/hook_fuzz: tests/netns/hook_fuzz.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $<
