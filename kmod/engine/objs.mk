# SPDX-License-Identifier: GPL-2.0
# The engine's objects, relative to the module's directory, for its Kbuild:
# include $(src)/engine/objs.mk

lq-engine-objs := engine/validate.o engine/validate_net.o engine/validate_table.o \
		  engine/validate_forest.o engine/validate_refuse.o engine/pack.o \
		  engine/pack_net.o engine/pack_forest.o engine/buffers.o engine/cost.o \
		  engine/net.o engine/forest.o engine/avx2.o engine/avx512.o engine/run.o \
		  engine/selftest.o engine/env_kernel.o

# The only objects that use vector registers; their callers hold kernel_fpu_begin(). UML has no such
# section and no -mno-avx.
ifneq ($(CONFIG_X86_64),)
CFLAGS_engine/avx2.o += -mavx2
CFLAGS_engine/avx512.o += -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni
CFLAGS_REMOVE_engine/avx2.o += -mno-avx -mgeneral-regs-only
CFLAGS_REMOVE_engine/avx512.o += -mno-avx -mgeneral-regs-only
endif
