# SPDX-License-Identifier: GPL-2.0
# Unit tests of kmod/history.c, as lfgen compiles it, plain and under ASan and UBSan. Included after
# unit.mk and codegen/host.mk, for their flags.

HISTORY_PARTS := kmod/history kmod/feature kernel

UNIT_TESTS += build/tests/test_history build/tests/asan/test_history

build/obj/host/asan/kmod/%.o: kmod/%.c codegen/host/kernel.h $(wildcard kmod/*.h) | $(HOST_EMPTY)
	$(begin)
	$(CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) $(LQ_SAN) -c -o $@ $<

build/obj/host/asan/%.o: codegen/host/%.c codegen/host/kernel.h | $(HOST_EMPTY)
	$(begin)
	$(CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) $(LQ_SAN) -c -o $@ $<

build/tests/test_history: tests/unit/test_history.c $(HISTORY_PARTS:%=build/obj/host/%.o)
	$(begin)
	$(CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) -o $@ $^ -lcmocka -lm

build/tests/asan/test_history: tests/unit/test_history.c $(HISTORY_PARTS:%=build/obj/host/asan/%.o)
	$(begin)
	$(CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) $(LQ_SAN) -o $@ $^ -lcmocka -lm
