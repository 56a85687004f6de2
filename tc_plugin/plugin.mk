# SPDX-License-Identifier: GPL-2.0
# tc's plugin: build/tc/q_liteflow.so. Included by the top Makefile, which may set what is set here.
#
#   make tc-plugin                   build/tc, usable with TC_LIB_DIR=build/tc
#   make tc-plugin-install           to $(DESTDIR)$(TC_PLUGIN_DIR) and $(DESTDIR)$(MANDIR)/man8
#   make tc-plugin-uninstall

BUILD		?= build
PREFIX		?= /usr
MANDIR		?= $(PREFIX)/share/man
INSTALL		?= install
TC_CFLAGS	?= -O2 -g

# Where this tc looks for plugins: the directory that holds netem's tables.
TC_PLUGIN_DIRS	:= /usr/lib/$(shell $(CC) -print-multiarch 2>/dev/null)/tc /usr/lib64/tc /usr/lib/tc
TC_PLUGIN_DIR	?= $(firstword $(patsubst %/normal.dist,%,$(wildcard \
	$(addsuffix /normal.dist,$(TC_PLUGIN_DIRS)))) /usr/lib/tc)

tc-plugin: $(BUILD)/tc/q_liteflow.so

# TC_LIB_DIR stands for all that tc looks for, netem's tables included.
TC_SOURCES := $(addprefix tc_plugin/,q_liteflow.c words.c show.c xstats.c) lfctl/lib/units.c

$(BUILD)/tc/q_liteflow.so: $(TC_SOURCES) lfctl/lib/units.h tc_plugin/plugin.h tc_plugin/tc_abi.h \
			   include/uapi/linux/pkt_sched_liteflow.h include/uapi/linux/liteflow.h \
			   include/lq/name.h
	$(begin)
	$(CC) $(TC_CFLAGS) -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wno-address -fPIC \
		-shared -fvisibility=hidden \
		-Iinclude -Iinclude/uapi $(CPPFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)
	@for f in $(TC_PLUGIN_DIR)/*.dist; do \
		if [ -e "$$f" ]; then ln -sf "$$f" $(@D)/; fi; \
	done

# Requests that tc would not send, for tests/netns/qdisc.sh.
TOOLS += $(BUILD)/tests/qdisc_nl

$(BUILD)/tests/qdisc_nl: tests/netns/qdisc_nl.c include/uapi/linux/pkt_sched_liteflow.h
	$(begin)
	$(CC) $(TC_CFLAGS) -std=gnu11 -Wall -Wextra -Iinclude/uapi $(CPPFLAGS) $(LDFLAGS) -o $@ $< \
		-lmnl

tc-plugin-install: tc-plugin
	$(INSTALL) -D -m 644 $(BUILD)/tc/q_liteflow.so $(DESTDIR)$(TC_PLUGIN_DIR)/q_liteflow.so
	$(INSTALL) -D -m 644 tc_plugin/tc-liteflow.8 $(DESTDIR)$(MANDIR)/man8/tc-liteflow.8

tc-plugin-uninstall:
	rm -f $(DESTDIR)$(TC_PLUGIN_DIR)/q_liteflow.so $(DESTDIR)$(MANDIR)/man8/tc-liteflow.8

.PHONY: tc-plugin tc-plugin-install tc-plugin-uninstall
