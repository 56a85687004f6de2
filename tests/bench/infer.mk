# SPDX-License-Identifier: GPL-2.0
# build/bench/infer: the engine against compiled code, scalar code built with the flags of Debian's
# kernel 6.1.

BENCHES += build/bench/infer

LQ_KFLAGS := -mgeneral-regs-only -mtune=generic -fno-strict-aliasing -fno-strict-overflow \
	-fconserve-stack -ftrivial-auto-var-init=zero -fno-jump-tables -mindirect-branch=thunk \
	-mindirect-branch-register -fstack-protector-strong -fno-delete-null-pointer-checks \
	-fno-asynchronous-unwind-tables -fcf-protection=none
LQ_BENCH_OBJS := $(patsubst %,build/obj/lq/bench/%.o, \
	$(filter-out avx2 avx512 env_host,$(LQ_SRCS)) loops rivals)

build/obj/lq/bench/%.o: kmod/engine/%.c $(LQ_HDRS)
	$(begin)
	$(CC) $(LQ_CPPFLAGS) -O2 -g -Wall -Wextra -std=gnu11 $(LQ_KFLAGS) -c -o $@ $<

# The packer once more, without the heap form.
build/obj/lq/bench/loops.o: kmod/engine/pack_forest.c $(LQ_HDRS)
	$(begin)
	$(CC) $(LQ_CPPFLAGS) -O2 -std=gnu11 $(LQ_KFLAGS) -DLQ_HEAP_DEPTH=0 \
		-Dlq_pack_forest=lq_pack_loops -c -o $@ $<

build/bench/infer-gen: tests/bench/infer_gen.c tests/bench/infer_models.c tests/unit/lq_build.c \
		tests/unit/lq_ref.c build/lib/liblq.a
	$(begin)
	$(CC) $(LQ_CPPFLAGS) -D_GNU_SOURCE -O1 -Wall -Wextra -o $@ $^ -lcrypto -lm

build/obj/lq/bench/rivals.c: build/bench/infer-gen
	$(begin)
	build/bench/infer-gen > $@

build/obj/lq/bench/rivals.o: build/obj/lq/bench/rivals.c tests/bench/rival.h
	$(CC) $(LQ_CPPFLAGS) -Itests/bench -O2 -std=gnu11 $(LQ_KFLAGS) -c -o $@ $<

build/bench/infer: tests/bench/infer.c tests/bench/infer_models.c tests/unit/lq_build.c \
		tests/unit/lq_ref.c tests/bench/infer_models.h $(LQ_BENCH_OBJS) \
		build/obj/lq/avx2.o build/obj/lq/avx512.o build/obj/lq/env_host.o
	$(begin)
	$(CC) $(LQ_CPPFLAGS) -D_GNU_SOURCE -O2 -g -Wall -Wextra -std=gnu11 -o $@ \
		$(filter %.c %.o,$^) -lcrypto -lm
