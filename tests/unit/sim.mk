# SPDX-License-Identifier: GPL-2.0
# Unit test of the link simulator, under ASan and UBSan.

UNIT_TESTS += build/tests/test_sim

build/tests/test_sim: tests/unit/test_sim.c $(addprefix tcp_cc/sim/,link.c path.c flow.c scene.c \
		score.c net.c hand.c search.c imitate.c) $(SIM_SHARED:%=tcp_cc/%.c) \
		$(wildcard tcp_cc/*.h tcp_cc/sim/*.h)
	$(begin)
	$(CC) -O2 -g -Wall -Wextra -std=gnu11 -D_GNU_SOURCE -Iinclude -ffp-contract=off $(LQ_SAN) \
		-o $@ $(filter %.c,$^) -lcmocka -lm -lpthread
