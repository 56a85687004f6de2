# SPDX-License-Identifier: GPL-2.0
# Programs and snapshots of the benches; tests/bench/run prints the figures.

BENCH_SWAPS := $(shell seq -w 1 100 | sed 's#.*#$(BUILD)/bench/swap/net-&.lfs#')

$(BUILD)/bench/swap-bench: tests/bench/swap.c lfctl/lib/nl.h $(BUILD)/lib/liblfctl.a \
			   $(BUILD)/lib/liblq.a
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 $(LFCTL_CPPFLAGS) -Iinclude -Iinclude/uapi -o $@ \
		$(filter %.c %.a,$^) $(LFCTL_LIBS)

# A hundred snapshots of about 6 KB that differ in their content: the same net, quantised with other
# margins.
$(BENCH_SWAPS): $(BUILD)/bench/swap/net-%.lfs: models/appclass/net.onnx $(BUILD)/bin/lfgen
	$(begin)
	@$(BUILD)/bin/lfgen build -q $< --calib models/appclass/calib.csv \
		--features $(MODELS_FEATURES) \
		--margin $$(awk 'BEGIN { print 1.2 + $* / 200 }') --classes $(MODELS_CLASSES) \
		--golden 20 -o $@

# The process that decides for tests/bench/cc_user.
$(BUILD)/bench/cc-decide: tests/bench/cc_user/decide.c tests/bench/cc_user/lf_user.h \
		$(BUILD)/lib/liblfgen.a $(BUILD)/lib/liblq.a
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 $(LFGEN_CPPFLAGS) $(LFCTL_CPPFLAGS) -o $@ \
		$(filter %.c %.a,$^) $(LFGEN_LIBS) -lmnl

$(BUILD)/bench/updates: tests/bench/updates.c tests/lfd/forest.c tests/lfd/forest.h \
			$(BUILD)/lib/liblfgen.a $(BUILD)/lib/liblq.a
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -I. $(LFGEN_CPPFLAGS) -o $@ $(filter %.c %.a,$^) \
		$(LFGEN_LIBS)

$(BUILD)/bench/samples: tests/bench/samples.c tests/lfctl/messages.h $(BUILD)/lib/liblfctl.a \
			$(BUILD)/lib/liblq.a
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -I. $(LFCTL_CPPFLAGS) -o $@ $(filter %.c %.a,$^) \
		$(LFCTL_LIBS)

$(BUILD)/bench/rtnl: tests/bench/rtnl.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $<

# All that is compiled; make test builds it too, so that it stays current.
bench-build: $(patsubst %,$(BUILD)/bench/%,infer rtnl samples swap-bench updates cc-decide \
		fct-flows fct-model)
bench-programs: bench-build $(BENCH_SWAPS)
.PHONY: bench-build bench-programs
