# SPDX-License-Identifier: GPL-2.0
# Parts of lfd. Included by the top Makefile after codegen/ and lfctl/.

LFD_HDRS := $(wildcard lfd/*.h lfctl/*.h codegen/*.h include/lq/*.h include/uapi/linux/*.h)
LFD_SYSTEMD := $(shell pkg-config --exists libsystemd 2>/dev/null && echo libsystemd)
LFD_CFLAGS ?= -O2 -g -Wall -Wextra -Wno-missing-field-initializers -std=gnu11
LFD_CPPFLAGS := -D_GNU_SOURCE -I. -Iinclude -Iinclude/uapi $(if $(LFD_SYSTEMD),-DLFD_SYSTEMD) \
	$(shell pkg-config --cflags libmnl json-c inih $(LFD_SYSTEMD) 2>/dev/null)
LFD_LIBS := $(shell pkg-config --libs libmnl libnl-route-3.0 json-c inih $(LFD_SYSTEMD) 2>/dev/null) -lcrypto -lm

build/obj/lfd/%.o: lfd/%.c $(LFD_HDRS) lfd/lfd.mk
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(LFD_CFLAGS) -c -o $@ $<
