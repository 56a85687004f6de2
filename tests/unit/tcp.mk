# SPDX-License-Identifier: GPL-2.0
# Unit tests of what module and simulator share (tcp_cc), plain and under ASan and UBSan. Included
# after unit.mk, for its flags.

TCP_TESTS := test_cubic test_noise test_interval test_floor test_rate test_start test_compete
TCP_PARTS_test_cubic := cubic
TCP_PARTS_test_noise := noise interval
TCP_PARTS_test_interval := noise interval
TCP_PARTS_test_floor := noise interval floor
TCP_PARTS_test_rate := noise interval floor $(RATE_PARTS)
TCP_PARTS_test_start := $(TCP_PARTS_test_rate)
TCP_PARTS_test_compete := $(TCP_PARTS_test_rate)
TCP_TEST_CFLAGS = -O2 -g -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -std=gnu11 \
	-D_GNU_SOURCE -Iinclude

UNIT_TESTS += $(TCP_TESTS:%=build/tests/%) $(TCP_TESTS:%=build/tests/asan/%)

build/obj/tcp/%.o: tcp_cc/%.c $(wildcard tcp_cc/*.h) include/lq/types.h
	$(begin)
	$(CC) $(TCP_TEST_CFLAGS) -c -o $@ $<

build/obj/tcp/asan/%.o: tcp_cc/%.c $(wildcard tcp_cc/*.h) include/lq/types.h
	$(begin)
	$(CC) $(TCP_TEST_CFLAGS) $(LQ_SAN) -c -o $@ $<

$(TCP_TESTS:%=build/tests/%) $(TCP_TESTS:%=build/tests/asan/%): tests/unit/rate_fixture.h

$(TCP_TESTS:%=build/tests/%): build/tests/%: tests/unit/%.c \
		$$(addprefix build/obj/tcp/,$$(addsuffix .o,$$(TCP_PARTS_$$*)))
	$(begin)
	$(CC) $(TCP_TEST_CFLAGS) -o $@ $(filter-out %.h,$^) -lcmocka -lm

$(TCP_TESTS:%=build/tests/asan/%): build/tests/asan/%: tests/unit/%.c \
		$$(addprefix build/obj/tcp/asan/,$$(addsuffix .o,$$(TCP_PARTS_$$*)))
	$(begin)
	$(CC) $(TCP_TEST_CFLAGS) $(LQ_SAN) -o $@ $(filter-out %.h,$^) -lcmocka -lm
