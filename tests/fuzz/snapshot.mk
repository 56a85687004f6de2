# SPDX-License-Identifier: GPL-2.0
# build/fuzz/fuzz_snapshot and its first corpus, build/fuzz/seeds/fuzz_snapshot.

FUZZERS += build/fuzz/fuzz_snapshot

LQ_FUZZ_PARTS := $(LQ_TEST_PARTS:%=tests/unit/%.c)
LQ_FUZZ_SRCS := $(LQ_FUZZ_PARTS) $(LQ_SRCS:%=kmod/engine/%.c)

build/fuzz/fuzz_snapshot: tests/fuzz/fuzz_snapshot.c tests/unit/lq_try.h $(LQ_FUZZ_SRCS) \
		$(LQ_HDRS) build/fuzz/seeds/fuzz_snapshot
	$(begin)
	clang -g -O1 -std=gnu11 -D_GNU_SOURCE $(LQ_CPPFLAGS) $(LQ_CFLAGS_avx2) \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ tests/fuzz/fuzz_snapshot.c $(LQ_FUZZ_SRCS) -lcrypto

build/fuzz/seeds/fuzz_snapshot: tests/fuzz/fuzz_snapshot.c $(LQ_FUZZ_SRCS) $(LQ_HDRS)
	@mkdir -p $@
	$(CC) -DLQ_SEEDS -std=gnu11 -D_GNU_SOURCE $(LQ_CPPFLAGS) -o build/fuzz/fuzz_snapshot-seeds \
		tests/fuzz/fuzz_snapshot.c $(LQ_FUZZ_PARTS) build/lib/liblq.a -lcrypto
	build/fuzz/fuzz_snapshot-seeds $@
	touch $@

build/fuzz/seeds/fuzz_snapshot: build/lib/liblq.a
