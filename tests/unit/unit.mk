# SPDX-License-Identifier: GPL-2.0
# Unit tests of the engine, plain and under ASan and UBSan. Included by the top Makefile after
# kmod/engine/host.mk.

LQ_TESTS := test_lq_paths test_lq_numbers test_lq_validate test_lq_limits test_lq_mutants
LQ_TEST_PARTS := lq_build lq_build_graph lq_random lq_ref
LQ_TEST_HDRS := $(addprefix tests/unit/,lq_build.h lq_rng.h lq_try.h)
LQ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LQ_TEST_CFLAGS := -O2 -g -Wall -Wextra -std=gnu11 -D_GNU_SOURCE $(LQ_CPPFLAGS)

UNIT_TESTS += $(LQ_TESTS:%=build/tests/%) $(LQ_TESTS:%=build/tests/asan/%)

build/obj/lq/test/%.o: tests/unit/%.c $(LQ_TEST_HDRS) $(LQ_HDRS)
	$(begin)
	$(CC) $(LQ_TEST_CFLAGS) -c -o $@ $<

build/obj/lq/asan/test/%.o: tests/unit/%.c $(LQ_TEST_HDRS) $(LQ_HDRS)
	$(begin)
	$(CC) $(LQ_TEST_CFLAGS) $(LQ_SAN) -c -o $@ $<

build/obj/lq/asan/%.o: kmod/engine/%.c $(LQ_HDRS) kmod/engine/host.mk
	$(begin)
	$(CC) $(LQ_CPPFLAGS) $(LQ_CFLAGS) $(LQ_CFLAGS_$*) $(LQ_SAN) -c -o $@ $<

$(LQ_TESTS:%=build/tests/%): build/tests/%: build/obj/lq/test/%.o \
		$(LQ_TEST_PARTS:%=build/obj/lq/test/%.o) build/lib/liblq.a
	$(begin)
	$(CC) -o $@ $^ -lcmocka -lcrypto

$(LQ_TESTS:%=build/tests/asan/%): build/tests/asan/%: build/obj/lq/asan/test/%.o \
		$(LQ_TEST_PARTS:%=build/obj/lq/asan/test/%.o) $(LQ_SRCS:%=build/obj/lq/asan/%.o)
	$(begin)
	$(CC) $(LQ_SAN) -o $@ $^ -lcmocka -lcrypto
