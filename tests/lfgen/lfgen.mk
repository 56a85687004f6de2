# SPDX-License-Identifier: GPL-2.0
# Unit tests of lfgen's own parts, under ASan and UBSan with the engine as it ships, and the maker
# of models for run.sh.

LFGEN_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LFGEN_TEST_CFLAGS := -O1 -g -Wall -Wextra -std=gnu11 $(LFGEN_CPPFLAGS) -Itests/lfgen \
	-Itests/import -Ibuild/gen $(LFGEN_SAN)
LFGEN_TEST_SRCS := $(addprefix codegen/,calib.c calib_range.c calib_score.c calib_usual.c place.c \
		   emit.c features.c forest.c front.c front_check.c golden.c graph.c graph_act.c \
		   graph_scale.c lfs.c plan.c quant_error.c quant_exact.c quant_fix.c \
		   quant_input.c quant_lanes.c quant_net.c quant_row.c quant_step.c quant_table.c \
		   quant_unit.c quantise.c rows.c rows_pick.c util.c)

UNIT_TESTS += $(addprefix build/tests/lfgen/test_,act graph calib front quant rows)

build/tests/lfgen/test_%: tests/lfgen/test_%.c tests/lfgen/net.c tests/lfgen/net.h \
		tests/lfgen/trial.c tests/lfgen/trial.h $(LFGEN_TEST_SRCS) $(wildcard codegen/*.h) \
		build/lib/liblq.a
	$(begin)
	$(CC) $(LFGEN_TEST_CFLAGS) -o $@ $(filter %.c %.a,$^) -lcmocka -lcrypto -lm

build/tests/lfgen/mkcap: tests/lfgen/mkcap.c
	$(begin)
	$(CC) -O1 -g -Wall -Wextra -Wno-missing-field-initializers -std=gnu11 -D_GNU_SOURCE -o $@ \
		$< -lpcap

build/tests/lfgen/mkmodel: tests/lfgen/mkmodel.c tests/lfgen/net.c tests/import/make_onnx.c \
		tests/import/make_graph.c tests/import/make_trees.c build/lib/liblfgen.a \
		build/lib/liblq.a
	$(begin)
	$(CC) $(LFGEN_CFLAGS) $(LFGEN_CPPFLAGS) -Itests/lfgen -Itests/import -Ibuild/gen -o $@ $^ \
		$(LFGEN_LIBS)
