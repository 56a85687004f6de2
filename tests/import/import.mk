# SPDX-License-Identifier: GPL-2.0
# Tests of the importers, under ASan and UBSan.

IMPORT_TESTS := $(patsubst tests/import/%.c,%,$(wildcard tests/import/test_*.c))
IMPORT_TEST_PARTS := $(patsubst tests/import/%.c,%,$(wildcard tests/import/make_*.c))
IMPORT_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
IMPORT_TEST_CFLAGS := $(IMPORT_CFLAGS) -O1 -std=gnu11 -D_GNU_SOURCE -Itests/import \
	-Wno-missing-field-initializers $(IMPORT_SAN)
IMPORT_TEST_OBJS := $(patsubst %.c,build/obj/import/%.o,$(notdir $(IMPORT_SRCS))) \
		    build/obj/import/util.o $(IMPORT_TEST_PARTS:%=build/obj/import/%.o)

UNIT_TESTS += $(IMPORT_TESTS:%=build/tests/import/%)

build/obj/import/%.o: codegen/%.c | build/gen/onnx.pb-c.h
	$(begin)
	$(CC) $(IMPORT_TEST_CFLAGS) -MMD -MP -c $< -o $@
build/obj/import/%.o: build/gen/%.c
	$(begin)
	$(CC) $(IMPORT_TEST_CFLAGS) -MMD -MP -c $< -o $@
build/obj/import/%.o: tests/import/%.c | build/gen/onnx.pb-c.h
	$(begin)
	$(CC) $(IMPORT_TEST_CFLAGS) -MMD -MP -c $< -o $@

$(IMPORT_TESTS:%=build/tests/import/%): build/tests/import/%: build/obj/import/%.o \
		$(IMPORT_TEST_OBJS)
	$(begin)
	$(CC) $(IMPORT_SAN) -o $@ $^ -lcmocka $(IMPORT_LIBS)

-include $(wildcard build/obj/import/*.d)
