# SPDX-License-Identifier: GPL-2.0
# Programs of tests/adapt, which shows how lfd adapts.

ifneq ($(LFD),no)
ADAPT := $(BUILD)/adapt/talk $(BUILD)/adapt/day $(BUILD)/adapt/audit
ADAPT_CFLAGS := -O2 -g -Wall -Wextra -std=gnu11

$(BUILD)/adapt/talk $(BUILD)/adapt/day: $(BUILD)/adapt/%: tests/adapt/%.c tests/lab/netns.h
	$(begin)
	$(CC) $(ADAPT_CFLAGS) -o $@ $< -lm

$(BUILD)/adapt/audit: tests/adapt/audit.c $(LFD_HDRS) \
		      $(addprefix build/obj/lfd/,stream.o deploy.o log.o) \
		      build/lib/liblfctl.a build/lib/liblq.a
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(ADAPT_CFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(LFD_LIBS)

adapt-programs: $(ADAPT) $(BUILD)/bench/gain-keys $(BUILD)/bench/gain-call
.PHONY: adapt-programs
endif
