# SPDX-License-Identifier: GPL-2.0
# Unit tests of lfctl, under ASan and UBSan; lfctl itself so built, for the table of command lines.
# After lfctl/lfctl.mk.

LFCTL_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LFCTL_TESTS := test_lfctl_batch test_lfctl_delays test_lfctl_sink test_lfctl_units test_lfctl_why

UNIT_TESTS += $(LFCTL_TESTS:%=build/tests/%)

build/tests/test_lfctl_batch: build/obj/lfctl/asan/test/test_batch.o build/obj/lfctl/asan/batch.o
build/tests/test_lfctl_delays: build/obj/lfctl/asan/test/test_delays.o build/obj/lfctl/asan/delays.o
build/tests/test_lfctl_sink: build/obj/lfctl/asan/test/test_sink.o build/obj/lfctl/asan/sink.o
build/tests/test_lfctl_units: build/obj/lfctl/asan/test/test_units.o build/obj/lfctl/asan/units.o \
		build/obj/lfctl/asan/args.o
build/tests/test_lfctl_why: build/obj/lfctl/asan/test/test_why.o \
		$(patsubst %,build/obj/lfctl/asan/%.o,\
		color file out why_change why_forest why_model why_net) \
		$(LQ_TEST_PARTS:%=build/obj/lq/asan/test/%.o) $(LQ_SRCS:%=build/obj/lq/asan/%.o)

$(LFCTL_TESTS:%=build/tests/%):
	$(begin)
	$(CC) $(LFCTL_SAN) -o $@ $^ -lmnl -ljson-c -lcrypto -lm -lcmocka

build/obj/lfctl/asan/test/%.o: tests/lfctl/%.c tests/lfctl/messages.h $(LFCTL_HDRS) \
		tests/lfctl/lfctl_tests.mk
	$(begin)
	$(CC) $(LFCTL_CPPFLAGS) $(LFCTL_CFLAGS) $(LFCTL_SAN) -c -o $@ $<

define LFCTL_ASAN_RULE
build/obj/lfctl/asan/%.o: $(1)/%.c $$(LFCTL_HDRS) lfctl/lfctl.mk tests/lfctl/lfctl_tests.mk
	$$(begin)
	$$(CC) $$(LFCTL_CPPFLAGS) $$(LFCTL_CFLAGS) $$(LFCTL_SAN) -c -o $$@ $$<
endef
$(foreach d,$(LFCTL_DIRS),$(eval $(call LFCTL_ASAN_RULE,$(d))))

build/tests/lfctl-asan: $(LFCTL_SRCS:%=build/obj/lfctl/asan/%.o) $(LFCTL_OF_LFD) build/lib/liblq.a
	$(begin)
	$(CC) $(LFCTL_SAN) -o $@ $^ $(LFCTL_LIBS)

# Snapshots for lfctl.sh, which runs in a test machine. After tests/unit/unit.mk, whose builder of
# files it uses.
TOOLS += build/tests/mksnap

build/tests/mksnap: tests/lfctl/mksnap.c tests/unit/lq_build.c tests/unit/lq_ref.c \
		tests/unit/lq_build.h build/lib/liblq.a
	$(begin)
	$(CC) $(LFCTL_CPPFLAGS) $(LFCTL_CFLAGS) -Ikmod/engine -o $@ $(filter %.c %.a,$^) -lcrypto

# lfctl of another protocol: its refusal of this module.
TOOLS += build/tests/lfctl-next

LFCTL_NEXT := version version_check

build/obj/lfctl/version-next.o: lfctl/cmd/version.c
build/obj/lfctl/version_check-next.o: lfctl/lib/version_check.c
$(LFCTL_NEXT:%=build/obj/lfctl/%-next.o): $(LFCTL_HDRS)
	$(begin)
	$(CC) $(LFCTL_CPPFLAGS) $(LFCTL_CFLAGS) -DPROTOCOL=99 -c -o $@ $(filter %.c,$^)

build/tests/lfctl-next: $(patsubst %,build/obj/lfctl/%.o,$(filter-out $(LFCTL_NEXT),$(LFCTL_SRCS)) \
		$(LFCTL_NEXT:%=%-next)) $(LFCTL_OF_LFD) build/lib/liblq.a
	$(begin)
	$(CC) -o $@ $^ $(LFCTL_LIBS)

# The text of metrics from a reading as JSON, for metrics.sh.
TOOLS += build/tests/metrics_text

build/tests/metrics_text: build/obj/lfctl/asan/test/metrics_text.o \
		$(patsubst %,build/obj/lfctl/asan/%.o,color metrics_write openmetrics out)
	$(begin)
	$(CC) $(LFCTL_SAN) -o $@ $^ $(LFCTL_LIBS)
