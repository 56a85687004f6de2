# SPDX-License-Identifier: GPL-2.0
# lfgen and its library (all but main.c, for lfd). import.mk adds the importers' objects to
# LFGEN_OBJS; the top Makefile includes both, in either order: LFGEN_OBJS is expanded when the rules
# run (.SECONDEXPANSION).

LFGEN_SRCS := build cap calib calib_range calib_score calib_usual check check_advice classify cmd \
	      compare emit features flow_rows forest front front_check golden inspect labels lfs \
	      module module_c place plan quant_error quant_exact quant_fix quant_input quant_lanes \
	      quant_net quant_row quant_step quant_table quant_unit quantise report rows \
	      rows_pick run util walk
LFGEN_OWN_OBJS := $(LFGEN_SRCS:%=build/obj/lfgen/%.o)
LFGEN_CFLAGS ?= -O2 -g -Wall -Wextra -std=gnu11
# Contraction to fused multiply-add would make the bytes of a snapshot depend on the compiler.
LFGEN_CPPFLAGS := -D_GNU_SOURCE -Iinclude -Iinclude/uapi -Icodegen -ffp-contract=off
LFGEN_LIBS := -lprotobuf-c -ljson-c -lpcap -lcrypto -lm

build/bin/lfgen: build/obj/lfgen/main.o build/lib/liblfgen.a build/lib/liblq.a
	$(begin)
	$(CC) $(LFGEN_CFLAGS) $(LDFLAGS) -o $@ $^ $(LFGEN_LIBS)

build/lib/liblfgen.a: $(LFGEN_OWN_OBJS) $$(LFGEN_OBJS)
	$(begin)
	rm -f $@
	$(AR) rcs $@ $^

$(LFGEN_OWN_OBJS) build/obj/lfgen/main.o: build/obj/lfgen/%.o: codegen/%.c \
		$(wildcard codegen/*.h include/lq/*.h include/uapi/linux/*.h) codegen/lfgen.mk
	$(begin)
	$(CC) $(LFGEN_CPPFLAGS) $(LFGEN_CFLAGS) -c -o $@ $<
