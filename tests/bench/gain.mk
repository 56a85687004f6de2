# SPDX-License-Identifier: GPL-2.0
# The two programs of tests/bench/gain: a typist and a telephone.

$(BUILD)/bench/gain-%: tests/bench/gain_%.c tests/lab/netns.h
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $<

gain-programs: $(BUILD)/bench/gain-keys $(BUILD)/bench/gain-call
.PHONY: gain-programs
