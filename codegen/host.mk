# SPDX-License-Identifier: GPL-2.0
# The kernel's flow code in lfgen: these sources of kmod/, compiled with codegen/host/kernel.h.
HOST_KMOD := packet tunnel feature flow flow_hash flow_stats evict table table_grow history
HOST_KMOD := $(notdir $(basename $(wildcard $(HOST_KMOD:%=kmod/%.c))))

# Kernel headers that they include are empty files here: kernel.h replaces them.
HOST_EMPTY := $(addprefix linux/,atomic.h bitops.h if_vlan.h jump_label.h list.h math.h \
	      math64.h memcontrol.h minmax.h mm.h mutex.h percpu.h prefetch.h random.h rcupdate.h \
	      refcount.h sched.h sched/mm.h seqlock.h siphash.h skbuff.h slab.h spinlock.h \
	      u64_stats_sync.h vmalloc.h workqueue.h) \
	      $(addprefix net/,inet_ecn.h ip.h ipv6.h net_namespace.h sock.h tcp.h)
HOST_EMPTY := $(HOST_EMPTY:%=build/gen/host/%)

HOST_OBJS := $(HOST_KMOD:%=build/obj/host/kmod/%.o) build/obj/host/flows.o build/obj/host/kernel.o
# As the kernel is compiled: its code reads keys of several fields as words.
HOST_CPPFLAGS := -D_GNU_SOURCE -fno-strict-aliasing -Ibuild/gen/host -Iinclude -Iinclude/uapi \
	-Ikmod -Icodegen -include codegen/host/kernel.h
HOST_CFLAGS ?= -O2 -g -Wall -Wextra -Wno-sign-compare -Wno-unused-parameter -std=gnu11

LFGEN_OBJS += $(HOST_OBJS)

$(HOST_EMPTY):
	@mkdir -p $(@D) && touch $@
build/obj/host/kmod/%.o: kmod/%.c codegen/host/kernel.h \
		$(wildcard kmod/*.h include/lq/*.h include/net/*.h) | $(HOST_EMPTY)
	$(begin)
	$(CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) -c -o $@ $<
build/obj/host/%.o: codegen/host/%.c codegen/host/kernel.h codegen/flows.h \
		$(wildcard kmod/*.h include/lq/*.h) | $(HOST_EMPTY)
	$(begin)
	$(CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) -c -o $@ $<
