# SPDX-License-Identifier: GPL-2.0
# build/bin/lfd, the daemon, and build/bin/lfd-train, which it starts for each training. Needs
# libmnl, json-c, inih; the trainer XGBoost and OpenBLAS; libsystemd if it is there. Included by the
# top Makefile after codegen/ and lfctl/.

LFD_SHARED := answer held incumbent label log seq settings settings_value store
LFD_SRCS := advance ask collect control deploy drift history join learner learner_status limits \
	main paths phase ramp record reward runner stream training trial $(LFD_SHARED)
LFD_TRAIN_SRCS := adam boost contest dataset external freeze groups judge net paths policy reward \
	scenes train train_policy train_result tune $(LFD_SHARED)
LFD_HDRS := $(wildcard lfd/*.h lfctl/*/*.h codegen/*.h include/lq/*.h include/uapi/linux/*.h \
	tcp_cc/*.h tcp_cc/sim/*.h)

# The link simulator for policies (tcp_cc/sim): as in sim.mk, but for any processor.
LFSIM_OBJS := $(addprefix build/obj/lfsim/,$(addsuffix .o,calib flow imitate link measured net \
	path scene score search snapshot ceiling compete cubic drain floor growth interval noise \
	queue rate rate_parts start))
LFD_SYSTEMD := $(shell $(PKG_CONFIG) --exists libsystemd 2>/dev/null && echo libsystemd)
LFD_CFLAGS ?= -O2 -g -Wall -Wextra -Wno-missing-field-initializers -std=gnu11
LFD_CPPFLAGS := -D_GNU_SOURCE -I. -iquote lfctl/lib -Iinclude -Iinclude/uapi \
	$(if $(LFD_SYSTEMD),-DLFD_SYSTEMD) \
	$(shell $(PKG_CONFIG) --cflags libmnl json-c inih xgboost openblas $(LFD_SYSTEMD) \
	2>/dev/null)
LFD_LIBS := $(shell $(PKG_CONFIG) --libs libmnl libnl-route-3.0 json-c inih $(LFD_SYSTEMD) \
	2>/dev/null) -lcrypto -lm
LFD_TRAIN_LIBS := $(shell $(PKG_CONFIG) --libs json-c inih xgboost openblas $(LFD_SYSTEMD) \
	2>/dev/null) -lprotobuf-c -lcrypto -lm

ifeq ($(LFD),no)
LFD_TOOLS :=
else
LFD_TOOLS := build/bin/lfd build/bin/lfd-train
endif
TOOLS += $(LFD_TOOLS)

build/bin/lfd: $(LFD_SRCS:%=build/obj/lfd/%.o) build/lib/liblfgen.a build/lib/liblfctl.a \
		build/lib/liblq.a
	$(begin)
	$(CC) $(LDFLAGS) -o $@ $^ $(LFD_LIBS)

build/lib/liblfsim.a: $(LFSIM_OBJS)
	$(begin)
	$(AR) rcs $@ $^

build/obj/lfsim/%.o: tcp_cc/sim/%.c $(LFD_HDRS) lfd/lfd.mk
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(LFD_CFLAGS) -O3 -ffp-contract=off -c -o $@ $<

build/obj/lfsim/%.o: tcp_cc/%.c $(LFD_HDRS) lfd/lfd.mk
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(LFD_CFLAGS) -O3 -ffp-contract=off -c -o $@ $<

build/bin/lfd-train: $(LFD_TRAIN_SRCS:%=build/obj/lfd/%.o) build/lib/liblfsim.a \
		build/lib/liblfgen.a build/lib/liblfctl.a build/lib/liblq.a
	$(begin)
	$(CC) $(LDFLAGS) -o $@ $^ $(LFD_TRAIN_LIBS)

build/obj/lfd/%.o: lfd/%.c $(LFD_HDRS) lfd/lfd.mk
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(LFD_CFLAGS) -c -o $@ $<
