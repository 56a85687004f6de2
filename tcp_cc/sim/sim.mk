# SPDX-License-Identifier: GPL-2.0
# The link simulator, the trainer of policies and what goes with it: make sim. `make tools`
# leaves it out.

SIM_PARTS := link path flow scene score net hand
RATE_PARTS := rate rate_parts start drain growth queue ceiling compete
SIM_SHARED := noise interval floor $(RATE_PARTS) cubic
# Without contraction, and lane by lane (net.c), vectors of any length give the same bits.
SIM_CFLAGS ?= -O3 -march=native -g -Wall -Wextra -std=gnu11
SIM_CPPFLAGS := -D_GNU_SOURCE -Iinclude -Icodegen -Itests/import -Ibuild/gen -ffp-contract=off
SIM_OBJS := $(SIM_PARTS:%=build/obj/sim/%.o) $(SIM_SHARED:%=build/obj/sim/%.o)

sim: build/sim/train build/sim/eval build/sim/noisy build/sim/export
.PHONY: sim

build/obj/sim/%.o: tcp_cc/sim/%.c $(wildcard tcp_cc/sim/*.h tcp_cc/*.h)
	$(begin)
	$(CC) $(SIM_CPPFLAGS) $(SIM_CFLAGS) -c -o $@ $<

build/obj/sim/%.o: tcp_cc/%.c $(wildcard tcp_cc/*.h)
	$(begin)
	$(CC) $(SIM_CPPFLAGS) $(SIM_CFLAGS) -c -o $@ $<

build/sim/train: $(addprefix build/obj/sim/,train.o search.o imitate.o) $(SIM_OBJS)
	$(begin)
	$(CC) $(SIM_CFLAGS) -o $@ $^ -lm -lpthread

build/sim/eval build/sim/noisy: build/sim/%: build/obj/sim/%.o build/obj/sim/column.o \
		build/obj/sim/snapshot.o $(SIM_OBJS) build/lib/liblfgen.a build/lib/liblq.a
	$(begin)
	$(CC) $(SIM_CFLAGS) -o $@ $^ $(LFGEN_LIBS)

# The maker of ONNX files is that of the importer's tests.
build/sim/export: tcp_cc/sim/export.c build/obj/sim/calib.o tests/import/make_onnx.c \
		tests/import/make_graph.c tests/import/make_trees.c $(SIM_OBJS) \
		build/lib/liblfgen.a build/lib/liblq.a
	$(begin)
	$(CC) $(SIM_CPPFLAGS) $(SIM_CFLAGS) -o $@ $^ $(LFGEN_LIBS)
