# SPDX-License-Identifier: GPL-2.0
# Programs for tests/hostile, which run in a test machine. Need libmnl.

HOSTILE_CFLAGS := -O2 -g -std=gnu11 -Wall -Wextra -Iinclude/uapi \
	$(shell $(PKG_CONFIG) --cflags libmnl 2>/dev/null)

HOSTILE_PROGRAMS := $(addprefix $(BUILD)/tests/hostile-,netlink failnth races hook xt insmod)

$(BUILD)/tests/hostile-netlink: tests/hostile/netlink_put.c tests/hostile/netlink.h

hostile-programs: tools models $(HOSTILE_PROGRAMS)
.PHONY: hostile-programs

$(BUILD)/tests/hostile-%: tests/hostile/%.c tests/hostile/wire.c tests/hostile/wire.h \
		tests/hostile/hostile.mk $(wildcard include/uapi/linux/*.h)
	$(begin)
	$(CC) $(HOSTILE_CFLAGS) -o $@ $(filter %.c,$^) $(shell $(PKG_CONFIG) --libs libmnl)
