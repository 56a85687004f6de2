# SPDX-License-Identifier: GPL-2.0
# For people. What is behind each target lives in the folder it names.
#
#	make [V=1]		programs, tc plugin, and modules for the running kernel (or KERNEL=6.1|6.12|7.2|uml|uml-debug)
#	make demo		the main job in a test machine (MACHINE=qemu-6.1, or uml)
#	make test		all tests (TEST=name for one; tests/run -l lists them)
#	make test-long		those that take longer, on the stock kernels
#	make bench		the figures of the README
#	make bench-cc		congestion control against cubic, bbr and a process that decides: under an hour
#	make install		programs, plugin, man pages, completions, and modules of KERNEL if they were built

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SECONDEXPANSION:

PREFIX	?= /usr/local
MACHINE	?= qemu-6.1
BUILD	:= build

CFLAGS	?= -O2 -g
UNIT_TESTS :=
FUZZERS :=
TOOLS :=

# A rule says what it makes (nothing with -s), and with V=1 how.
ifeq ($(V),)
.SILENT:
endif
begin = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),,@echo "  $(@:$(BUILD)/%=%)";) mkdir -p $(@D)

.PHONY: all tools modules packages demo demo-run test test-run test-long bench bench-run bench-cc check fuzz-smoke install uninstall clean
all: tools modules

# Each part brings its own rules and adds to TOOLS, UNIT_TESTS and FUZZERS.
include $(wildcard models/models.mk kmod/engine/host.mk codegen/import.mk codegen/lfgen.mk lfctl/lfctl.mk tc_plugin/plugin.mk nf_hook/libxt.mk)
include $(wildcard tcp_cc/sim/sim.mk tests/unit/*.mk tests/import/*.mk tests/lfgen/*.mk tests/lfctl/*.mk tests/fuzz/*.mk tests/bench/*.mk \
	tests/hostile/*.mk tests/netns/*.mk tests/lab/*.mk)

TOOLS += $(BUILD)/bin/lfgen $(BUILD)/bin/lfctl $(BUILD)/tc/q_liteflow.so

tools: $(TOOLS)
unit-tests: $(UNIT_TESTS)
print-unit-tests:
	@echo $(UNIT_TESTS)
.PHONY: unit-tests print-unit-tests

# Modules: for a test kernel in build/KERNEL/, for the running one in place of build/host/.
KERNEL ?=
modules:
ifeq ($(KERNEL),)
	@if [ -d /lib/modules/$$(uname -r)/build ]; then tests/vm/modules host; \
	else echo "No headers of the running kernel $$(uname -r): install linux-headers, or say KERNEL=6.1 (6.12, 7.2, uml)."; fi
else
	tests/vm/modules $(KERNEL) $(if $(V),V=$(V))
endif

packages:
	tests/vm/packages

# These install what they need first, and only then read the parts' rules again, which ask pkg-config.
demo: packages
	+$(MAKE) --no-print-directory demo-run
demo-run: tools
	tests/demo/run $(MACHINE)

test: packages
	+$(MAKE) --no-print-directory test-run
test-run:
	tests/run $(TEST)

test-long: packages
	+LONG=1 $(MAKE) --no-print-directory test-run TEST=long

bench: packages
	+$(MAKE) --no-print-directory bench-run
bench-run: tools
	tests/bench/run $(BENCH)

bench-cc: packages
	+$(MAKE) --no-print-directory bench-run BENCH=cc

check:
	tests/run check

SECONDS_EACH ?= 20
fuzz-smoke: $(FUZZERS)
	tests/fuzz/smoke $(SECONDS_EACH) $(FUZZERS)

install: tools
	tools/install install "$(DESTDIR)" "$(PREFIX)" "$(KERNEL)"
uninstall:
	tools/install uninstall "$(DESTDIR)" "$(PREFIX)" "$(KERNEL)"

clean:
	rm -rf $(BUILD)
