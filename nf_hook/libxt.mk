# SPDX-License-Identifier: GPL-2.0
# The iptables plugins, build/xtables/libxt_*.so: usable with
# XTABLES_LIBDIR=build/xtables:$(XTABLES_DIR). One name in two cases, as xtables has it for what is
# both a target and a match. Needs libxtables. Included by the top Makefile.

LIBXT_CFLAGS := -O2 -g -std=gnu11 -Wall -Wextra -Wno-unused-parameter -fPIC -fvisibility=hidden \
	-Iinclude -Iinclude/uapi $(shell $(PKG_CONFIG) --cflags xtables 2>/dev/null)
LIBXT_HDRS := nf_hook/libxt.h lfctl/lib/units.h include/lq/name.h \
	include/uapi/linux/netfilter/xt_LITEFLOW.h

TOOLS += $(BUILD)/xtables/libxt_LITEFLOW.so $(BUILD)/xtables/libxt_liteflow.so

$(BUILD)/xtables/libxt_LITEFLOW.so: nf_hook/libxt_target.c nf_hook/libxt_words.c lfctl/lib/units.c
$(BUILD)/xtables/libxt_liteflow.so: nf_hook/libxt_match.c nf_hook/libxt_words.c lfctl/lib/units.c
$(BUILD)/xtables/libxt_%.so: $(LIBXT_HDRS) nf_hook/libxt.mk
	$(begin)
	$(CC) $(LIBXT_CFLAGS) $(LDFLAGS) -shared -o $@ $(filter %.c,$^) \
		$(shell $(PKG_CONFIG) --libs xtables)
