# SPDX-License-Identifier: GPL-2.0
# Unit tests of lfd, under ASan and UBSan but for those that load XGBoost and BLAS. After
# lfd/lfd.mk.

ifneq ($(LFD),no)
LFD_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LFD_TESTS := test_store test_join test_label test_seq test_drift test_history test_groups
LFD_TRAIN_TESTS := test_net test_boost test_judge test_external test_train test_paths test_tune

UNIT_TESTS += $(LFD_TESTS:%=build/tests/lfd/%) $(LFD_TRAIN_TESTS:%=build/tests/lfd/%)

build/tests/lfd/test_store: build/obj/lfd/asan/test/test_store.o build/obj/lfd/asan/store.o
build/tests/lfd/test_join: build/obj/lfd/asan/test/test_join.o build/obj/lfd/asan/join.o
build/tests/lfd/test_label: build/obj/lfd/asan/test/test_label.o build/obj/lfd/asan/label.o
build/tests/lfd/test_seq: build/obj/lfd/asan/test/test_seq.o build/obj/lfd/asan/seq.o
build/tests/lfd/test_drift: build/obj/lfd/asan/test/test_drift.o build/obj/lfd/asan/drift.o
build/tests/lfd/test_groups: build/obj/lfd/asan/test/test_groups.o build/obj/lfd/asan/groups.o
build/tests/lfd/test_history: build/obj/lfd/asan/test/test_history.o build/obj/lfd/asan/history.o

$(LFD_TESTS:%=build/tests/lfd/%): build/lib/liblfctl.a build/lib/liblq.a
	$(begin)
	$(CC) $(LFD_SAN) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(LFD_LIBS)

build/tests/lfd/test_paths: build/obj/lfsim/hand.o

$(LFD_TRAIN_TESTS:%=build/tests/lfd/%): build/tests/lfd/%: build/obj/lfd/test/%.o \
		$(patsubst %,build/obj/lfd/%.o,$(filter-out train train_policy,$(LFD_TRAIN_SRCS))) \
		build/lib/liblfsim.a build/lib/liblfgen.a build/lib/liblfctl.a build/lib/liblq.a
	$(begin)
	$(CC) -o $@ $(filter %.o %.a,$^) -lcmocka $(LFD_TRAIN_LIBS)

# The learner; the test stands for the kernel.
UNIT_TESTS += build/tests/lfd/test_learner build/tests/lfd/test_ramp build/tests/lfd/test_policy

build/tests/lfd/test_learner build/tests/lfd/test_ramp: build/tests/lfd/%: \
		build/obj/lfd/test/%.o build/obj/lfd/test/world.o \
		$(patsubst %,build/obj/lfd/%.o,$(filter-out main deploy runner stream control \
		ask,$(LFD_SRCS))) build/lib/liblfgen.a build/lib/liblfctl.a build/lib/liblq.a \
		| build/bin/lfd-train
	$(begin)
	$(CC) -o $@ $^ -lcmocka $(LFD_LIBS)

# The link simulator has its connections.
build/tests/lfd/test_policy: build/obj/lfd/test/test_policy.o build/obj/lfd/test/world.o \
		build/obj/lfd/policy.o build/obj/lfd/scenes.o \
		$(patsubst %,build/obj/lfd/%.o,$(filter-out main deploy runner stream control \
		ask,$(LFD_SRCS))) build/lib/liblfsim.a build/lib/liblfgen.a build/lib/liblfctl.a \
		build/lib/liblq.a | build/bin/lfd-train
	$(begin)
	$(CC) -o $@ $^ -lcmocka $(LFD_LIBS) -lprotobuf-c

build/tests/lfd/test_train: build/bin/lfd-train | $(addprefix build/models/,appclass-forest.lfs \
		appclass-net.lfs aurora.lfs)

LFD_TEST_HDRS := tests/lfd/intervals.h tests/lfd/rows.h tests/lfd/world.h

build/obj/lfd/asan/test/%.o: tests/lfd/%.c $(LFD_HDRS) $(LFD_TEST_HDRS) tests/lfd/lfd_tests.mk
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(LFD_CFLAGS) $(LFD_SAN) -c -o $@ $<

build/obj/lfd/test/%.o: tests/lfd/%.c $(LFD_HDRS) $(LFD_TEST_HDRS) tests/lfd/lfd_tests.mk
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(LFD_CFLAGS) -c -o $@ $<

build/obj/lfd/asan/%.o: lfd/%.c $(LFD_HDRS) lfd/lfd.mk tests/lfd/lfd_tests.mk
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(LFD_CFLAGS) $(LFD_SAN) -c -o $@ $<
endif

# What lfd.sh runs in a test machine.
ifneq ($(LFD),no)
TOOLS += build/tests/lfd/flows build/tests/lfd/models build/tests/lfd/lfd build/tests/lfd/lfd-train

# The same lfd, which exits at a given point; it needs its trainer beside it.
build/tests/lfd/lfd: $(filter-out %/record.o,$(LFD_SRCS:%=build/obj/lfd/%.o)) \
		build/obj/lfd/faults/record.o build/lib/liblfgen.a build/lib/liblfctl.a \
		build/lib/liblq.a
	$(begin)
	$(CC) -o $@ $^ $(LFD_LIBS)

build/tests/lfd/lfd-train: build/bin/lfd-train
	$(begin)
	ln -sf ../../bin/lfd-train $@

build/obj/lfd/faults/record.o: lfd/record.c $(LFD_HDRS) lfd/lfd.mk
	$(begin)
	$(CC) $(LFD_CPPFLAGS) $(LFD_CFLAGS) -DLFD_FAULTS -c -o $@ $<

build/tests/lfd/flows: tests/lfd/flows.c
	$(begin)
	$(CC) $(LFD_CFLAGS) -o $@ $<

build/tests/lfd/models: build/obj/lfd/test/models.o build/obj/lfd/test/forest.o \
		build/lib/liblfgen.a build/lib/liblq.a
	$(begin)
	$(CC) -o $@ $^ -lcrypto -lm
endif
