# SPDX-License-Identifier: GPL-2.0
# The engine as a host library: build/lib/liblq.a. Programs that link it add -lcrypto. Included by
# the top Makefile.

LQ_SRCS := validate validate_net validate_table validate_forest validate_refuse pack pack_net \
	   pack_forest buffers cost net forest avx2 avx512 run selftest env_host
LQ_HDRS := $(wildcard include/lq/*.h kmod/engine/*.h)
LQ_CFLAGS ?= -O2 -g -Wall -Wextra -std=gnu11
# As the kernel is compiled.
LQ_CPPFLAGS := -fno-strict-aliasing -Iinclude -Ikmod/engine

build/lib/liblq.a: $(LQ_SRCS:%=build/obj/lq/%.o)
	$(begin)
	rm -f $@
	$(AR) rcs $@ $^

build/obj/lq/%.o: kmod/engine/%.c $(LQ_HDRS) kmod/engine/host.mk
	$(begin)
	$(CC) $(LQ_CPPFLAGS) $(LQ_CFLAGS) $(LQ_CFLAGS_$*) -c -o $@ $<

# SIMD only in these objects: everything else must run on any CPU of the architecture.
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine)),)
LQ_CFLAGS_avx2 := -mavx2
LQ_CFLAGS_avx512 := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni
endif
