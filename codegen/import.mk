# SPDX-License-Identifier: GPL-2.0
# The importers of lfgen: ONNX by protobuf-c, TFLite by our own reader.

PROTOC_C ?= protoc-c
PROTOBUF_C_CFLAGS := $(shell $(PKG_CONFIG) --cflags libprotobuf-c 2>/dev/null)
PROTOBUF_C_LIBS := $(or $(shell $(PKG_CONFIG) --libs libprotobuf-c 2>/dev/null),-lprotobuf-c)

IMPORT_CFLAGS := -O2 -g -Wall -Wextra -Iinclude -Icodegen -Ibuild/gen $(PROTOBUF_C_CFLAGS)
IMPORT_SRCS := $(sort $(wildcard codegen/onnx*.c codegen/tflite*.c codegen/graph*.c)) \
	build/gen/onnx.pb-c.c
IMPORT_OBJS := $(IMPORT_SRCS:codegen/%.c=build/obj/codegen/%.o)
IMPORT_OBJS := $(IMPORT_OBJS:build/gen/%.c=build/obj/codegen/%.o)
IMPORT_LIBS := $(PROTOBUF_C_LIBS) -lm

LFGEN_OBJS += $(IMPORT_OBJS)

build/gen/onnx.pb-c.h build/gen/onnx.pb-c.c &: codegen/onnx.proto
	@mkdir -p build/gen
	$(PROTOC_C) --proto_path=codegen --c_out=build/gen onnx.proto

$(filter build/obj/codegen/%,$(IMPORT_OBJS)): | build/gen/onnx.pb-c.h
$(patsubst codegen/%.c,build/obj/codegen/%.o,$(wildcard codegen/onnx*.c codegen/tflite*.c \
		codegen/graph*.c)): build/obj/codegen/%.o: codegen/%.c
	$(begin)
	$(CC) $(IMPORT_CFLAGS) -MMD -MP -c $< -o $@
build/obj/codegen/onnx.pb-c.o: build/gen/onnx.pb-c.c
	$(begin)
	$(CC) $(IMPORT_CFLAGS) -MMD -MP -c $< -o $@

-include $(IMPORT_OBJS:.o=.d)
