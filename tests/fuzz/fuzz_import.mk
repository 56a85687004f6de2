# SPDX-License-Identifier: GPL-2.0
# libFuzzer targets of the importers: build/fuzz/NAME, and its seeds in build/fuzz/seeds/NAME/.

FUZZ_CC ?= clang
FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
FUZZ_IMPORT := build/fuzz/fuzz_onnx build/fuzz/fuzz_tflite
FUZZ_IMPORT_OBJS := $(patsubst %.c,build/obj/fuzz/%.o,$(notdir $(IMPORT_SRCS))) \
	build/obj/fuzz/util.o

FUZZERS += $(FUZZ_IMPORT)

build/obj/fuzz/%.o: codegen/%.c | build/gen/onnx.pb-c.h
	$(begin)
	$(FUZZ_CC) $(IMPORT_CFLAGS) -O1 -D_GNU_SOURCE $(FUZZ_SAN) -MMD -MP -c $< -o $@
build/obj/fuzz/%.o: build/gen/%.c
	$(begin)
	$(FUZZ_CC) $(IMPORT_CFLAGS) -O1 -D_GNU_SOURCE $(FUZZ_SAN) -MMD -MP -c $< -o $@

$(FUZZ_IMPORT): build/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz_graph.h $(FUZZ_IMPORT_OBJS) \
		build/fuzz/seeds/fuzz_import
	$(begin)
	$(FUZZ_CC) $(IMPORT_CFLAGS) -O1 $(FUZZ_SAN) -fsanitize=fuzzer -o $@ $< $(FUZZ_IMPORT_OBJS) \
		$(IMPORT_LIBS)

build/fuzz/seed_import: tests/fuzz/seed_import.c $(wildcard tests/import/make_*) codegen/util.c \
		build/gen/onnx.pb-c.c
	$(begin)
	$(CC) $(IMPORT_CFLAGS) -Wno-missing-field-initializers -D_GNU_SOURCE -Itests/import -o $@ \
		$(filter %.c,$^) \
		$(filter-out build/obj/codegen/onnx.pb-c.o,$(IMPORT_OBJS)) $(IMPORT_LIBS)
build/fuzz/seed_import: $(IMPORT_OBJS)

# A stamp: the seeds themselves are many.
build/fuzz/seeds/fuzz_import: build/fuzz/seed_import
	$(begin)
	$< $(@D)
	@touch $@

-include $(wildcard build/obj/fuzz/*.d)
