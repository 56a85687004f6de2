# SPDX-License-Identifier: GPL-2.0
# Programs of the laboratory that Debian does not have.

TOOLS += $(BUILD)/lab/rtpstat

$(BUILD)/lab/rtpstat: tests/lab/rtpstat.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $< -lm
