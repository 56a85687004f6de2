# SPDX-License-Identifier: GPL-2.0
# build/bin/lfctl. Needs libmnl, libnl-route-3, json-c, inih and ncurses; kmod/engine/host.mk makes
# liblq.a. Included by the top Makefile.
#
# main.c and the commands (cmd/) use the library (lib/), which uses neither; objects of all are in
# one folder.

LFCTL_DIRS := lfctl lfctl/cmd lfctl/lib
LFCTL_SRCS := $(sort $(notdir $(basename $(wildcard $(LFCTL_DIRS:%=%/*.c)))))
LFCTL_HDRS := $(wildcard $(LFCTL_DIRS:%=%/*.h) include/lq/*.h include/uapi/linux/*.h)
LFCTL_LIBS_ASKED := libmnl libnl-route-3.0 json-c inih ncursesw
LFCTL_CFLAGS ?= -O2 -g -Wall -Wextra -Wno-missing-field-initializers -std=gnu11
LFCTL_CPPFLAGS := -iquote . -iquote lfctl/lib -Iinclude -Iinclude/uapi \
	$(shell $(PKG_CONFIG) --cflags $(LFCTL_LIBS_ASKED) 2>/dev/null)
LFCTL_LIBS := $(shell $(PKG_CONFIG) --libs $(LFCTL_LIBS_ASKED) 2>/dev/null) -lcrypto -lm

# The parts of lfd that lfctl learn uses: lfd/lfd.mk makes them.
LFCTL_OF_LFD := build/obj/lfd/ask.o build/obj/lfd/history.o

TOOLS += build/bin/lfctl

build/bin/lfctl: $(LFCTL_SRCS:%=build/obj/lfctl/%.o) $(LFCTL_OF_LFD) build/lib/liblq.a
	$(begin)
	$(CC) $(LFCTL_LDFLAGS) -o $@ $^ $(LFCTL_LIBS)

# All but main.c and say.c, for lfd, which has messages of its own.
build/lib/liblfctl.a: $(patsubst %,build/obj/lfctl/%.o,$(filter-out main say,$(LFCTL_SRCS)))
	$(begin)
	rm -f $@
	$(AR) rcs $@ $^

define LFCTL_RULE
build/obj/lfctl/%.o: $(1)/%.c $$(LFCTL_HDRS) lfctl/lfctl.mk
	$$(begin)
	$$(CC) $$(LFCTL_CPPFLAGS) $$(LFCTL_CFLAGS) -c -o $$@ $$<
endef
$(foreach d,$(LFCTL_DIRS),$(eval $(call LFCTL_RULE,$(d))))
