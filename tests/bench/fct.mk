# SPDX-License-Identifier: GPL-2.0
# Programs and models of tests/bench/fct.

$(BUILD)/bench/fct-flows: tests/bench/fct_flows.c tests/bench/fct_sizes.h
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $< -lm

$(BUILD)/bench/fct-model: tests/bench/fct_model.c tests/unit/lq_build.c tests/unit/lq_ref.c \
			  tests/unit/lq_build.h \
			  tests/bench/fct_sizes.h $(BUILD)/lib/liblq.a
	$(begin)
	$(CC) $(LFCTL_CPPFLAGS) $(LFCTL_CFLAGS) -Ikmod/engine -o $@ $(filter %.c %.a,$^) \
		-lcrypto -lm

# Off by a factor of 2^(S z).
$(BUILD)/bench/fct-%.lfs: $(BUILD)/bench/fct-model
	$(begin)
	@$< fct-$* $* $@

fct-programs: $(BUILD)/bench/fct-flows $(patsubst %,$(BUILD)/bench/fct-%.lfs,0 0.25 1 3) \
	$(patsubst %,$(BUILD)/models/flowsize-%.lfs,forest net)
.PHONY: fct-programs
