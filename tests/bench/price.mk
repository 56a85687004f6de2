# SPDX-License-Identifier: GPL-2.0
# The BPF rival of tests/bench/price.sh: the forest of a snapshot as C, compiled to BPF.

PRICE_BPF := $(BUILD)/bench/price-bpf.o $(BUILD)/bench/price-bpf-cached.o
PRICE_CLANG := clang -target bpf -mcpu=v3 -O2 -g -Wall -Wno-unused-function -Iinclude \
	-Itests/bench -I$(BUILD)/bench -I/usr/include/$(shell $(CC) -print-multiarch)

$(BUILD)/bench/price-gen: tests/bench/price_gen.c build/lib/liblq.a $(wildcard include/lq/*.h)
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -Iinclude -o $@ $< build/lib/liblq.a -lcrypto

$(BUILD)/bench/price_model.h: $(BUILD)/bench/price-gen $(MODELS_DIR)/appclass-forest.lfs
	$^ >$@.tmp
	mv $@.tmp $@

$(BUILD)/bench/price-bpf-cached.o: PRICE_DEFINES := -DCACHED
$(PRICE_BPF): tests/bench/price_bpf.c tests/bench/price_forest.h $(BUILD)/bench/price_model.h
	$(PRICE_CLANG) $(PRICE_DEFINES) -c -o $@ $<

bench-programs: $(PRICE_BPF)
