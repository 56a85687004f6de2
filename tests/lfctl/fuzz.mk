# SPDX-License-Identifier: GPL-2.0
# Fuzz target of the batch decoder and the files made from it. After lfctl/lfctl.mk.

FUZZERS += build/fuzz/fuzz_batch

build/fuzz/fuzz_batch: tests/fuzz/fuzz_batch.c lfctl/lib/batch.c lfctl/lib/sink.c \
		$(LFCTL_HDRS) tests/lfctl/fuzz.mk
	$(begin)
	clang -g -O1 -std=gnu11 -Wall -Wextra -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all \
		$(LFCTL_CPPFLAGS) -o $@ $(filter %.c,$^) -lmnl
