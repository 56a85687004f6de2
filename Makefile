# SPDX-License-Identifier: GPL-2.0
# The targets for users; the makefile of each folder has its rules.
#
#	make [V=1]		programs, tc plugin, and modules for the running kernel (or
#				KERNEL=6.1|6.12|7.2|uml|uml-debug)
#	make LFD=no		the same without the daemon that learns, which needs XGBoost and
#				OpenBLAS
#	make CROSS_COMPILE=aarch64-linux-gnu- ARCH=arm64 [KDIR=DIR]
#				for another machine; modules for the kernel headers in DIR
#	make demo		the main job in a test machine (MACHINE=qemu-6.1, or uml)
#	make demo-adapt		lfd adapts to traffic that changes: tables and charts, half an hour
#	make test		all tests (TEST=name for one; tests/run -l lists them)
#	make test-long		those that take longer, on the stock kernels
#	make bench		the figures of the README
#	make bench-cc		congestion control against cubic, bbr and a process that decides:
#				under an hour
#	make install		programs, plugin, snapshots, man pages, completions, units, and the
#				modules of KERNEL if they were built
#	make deb		Debian packages, in build/deb/
#	make rpm		RPM packages, in build/rpm/

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SECONDEXPANSION:

PREFIX	?= /usr/local
MACHINE	?= qemu-6.1
KERNEL	?=
BUILD	:= build

# The compiler and pkg-config of the target machine; the plain pkg-config if its environment says
# where that machine's libraries are.
ifneq ($(CROSS_COMPILE),)
CC	:= $(CROSS_COMPILE)gcc
AR	:= $(CROSS_COMPILE)ar
STRIP	:= $(CROSS_COMPILE)strip
PKG_CONFIG ?= $(if $(PKG_CONFIG_LIBDIR),,$(CROSS_COMPILE))pkg-config
endif
PKG_CONFIG ?= pkg-config
STRIP	?= strip
KDIR	?= $(if $(CROSS_COMPILE),,/lib/modules/$(shell uname -r)/build)

CFLAGS	?= -O2 -g
UNIT_TESTS :=
FUZZERS :=
TOOLS :=

# A rule prints its target (nothing with -s), with V=1 its commands.
ifeq ($(V),)
.SILENT:
endif
begin = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),,@echo "  $(@:$(BUILD)/%=%)";) \
	mkdir -p $(@D)

# Two makes must never write the same file: one at a time builds in a build directory, under the
# lock $(BUILD)/.lock. The goals up to the next line of dashes run things, for minutes or hours, and
# do not hold it; what they need is built by a make of its own, so that it finds the packages that
# were installed in between.
ifndef LF_LOCKED

# Missing packages are named together, before the parts are read: their pkg-config would report
# one at a time.
ifneq ($(filter-out clean packages deb rpm demo demo-adapt test test-run test-long bench bench-cc \
	uninstall,$(or $(MAKECMDGOALS),all)),)
NEEDS := $(shell LFD=$(LFD) PKG_CONFIG="$(PKG_CONFIG)" CROSS_COMPILE=$(CROSS_COMPILE) \
	tools/needs $(BUILD)/.needs$(LFD)$(CROSS_COMPILE) build $(if $(wildcard $(KDIR)),modules))
ifneq ($(NEEDS),)
$(error $(NEEDS))
endif
endif

.PHONY: all modules packages deb rpm demo demo-adapt test test-run test-long bench bench-cc
.PHONY: check fuzz-smoke uninstall clean
all: tools modules

packages:
	tests/vm/packages

demo: packages
	+$(MAKE) --no-print-directory tools
	tests/demo/run $(MACHINE)

demo-adapt: packages
	+$(MAKE) --no-print-directory tools
	tests/adapt/run $(SCENE)

test: packages
	tests/run $(TEST)
test-run:
	tests/run $(TEST)

test-long: packages
	LONG=1 tests/run $(or $(TEST),long)

bench: packages
	+$(MAKE) --no-print-directory tools
	tests/bench/run $(BENCH)

bench-cc: packages
	+$(MAKE) --no-print-directory tools
	tests/bench/run cc

check:
	tests/run check

SECONDS_EACH ?= 20
fuzz-smoke: fuzzers
	tests/fuzz/smoke $(SECONDS_EACH) $$($(MAKE) -s print-fuzzers)

# Modules: for a test kernel in build/KERNEL/, for the running one or the headers in KDIR in
# build/host/.
ifneq ($(filter-out file,$(origin KDIR)),)
NO_HEADERS := $(KDIR) has no kernel headers.
else ifneq ($(CROSS_COMPILE),)
NO_HEADERS := No modules: say KDIR=DIR, the headers of their kernel, or KERNEL=6.1-arm64 \
	(6.12-arm64, 7.2-arm64).
else
NO_HEADERS := No headers of the running kernel $$(uname -r): install linux-headers, or say \
	KERNEL=6.1 (6.12, 7.2, uml).
endif
modules:
ifeq ($(KERNEL),)
	@if [ -e "$(KDIR)/Makefile" ]; then \
		KDIR="$(KDIR)" ARCH=$(ARCH) CROSS_COMPILE=$(CROSS_COMPILE) tests/vm/modules host; \
	else echo "$(NO_HEADERS)"; $(if $(filter file,$(origin KDIR)),true,exit 1); fi
else
	tests/vm/modules $(KERNEL) $(if $(V),V=$(V))
endif

deb:
	tools/deb

rpm:
	tools/rpm

uninstall:
	tools/install uninstall "$(DESTDIR)" "$(PREFIX)" "$(KERNEL)"

clean:
	rm -rf $(BUILD)

# All other goals are built: $(1) names them.
locked = +@mkdir -p $(BUILD); exec {lock}>$(BUILD)/.lock; \
	flock -n $$lock || { echo "waiting for another make in $(CURDIR)" >&2; flock $$lock; }; \
	$(MAKE) --no-print-directory LF_LOCKED=1 $(1) {lock}>&-

.PHONY: tools fuzzers
tools fuzzers:
	$(call locked,$@)
%:: FORCE
	$(call locked,$@)
FORCE:
.PHONY: FORCE
Makefile: ;

# --- with the lock held
else

# Objects of two machines do not mix.
BUILT_FOR := $(file <$(BUILD)/.built-for)
ifneq ($(wildcard $(BUILD)/obj),)
ifneq ($(BUILT_FOR),$(CROSS_COMPILE))
$(error $(BUILD)/ was built with CROSS_COMPILE=$(BUILT_FOR), not $(CROSS_COMPILE): make clean \
	first, or use another checkout)
endif
endif
ifneq ($(CROSS_COMPILE),)
$(shell mkdir -p $(BUILD) && echo $(CROSS_COMPILE) >$(BUILD)/.built-for)
endif

# Each part has its own rules and adds to TOOLS, UNIT_TESTS and FUZZERS.
include $(wildcard models/models.mk kmod/engine/host.mk codegen/import.mk codegen/host.mk \
	codegen/lfgen.mk lfctl/lfctl.mk lfd/lfd.mk tc_plugin/plugin.mk nf_hook/libxt.mk)
include $(wildcard tcp_cc/sim/sim.mk tests/unit/*.mk tests/import/*.mk tests/lfgen/*.mk \
	tests/lfctl/*.mk tests/lfd/*.mk tests/fuzz/*.mk tests/bench/*.mk tests/hostile/*.mk \
	tests/netns/*.mk tests/lab/*.mk tests/adapt/*.mk)

TOOLS += $(BUILD)/bin/lfgen $(BUILD)/bin/lfctl $(BUILD)/tc/q_liteflow.so

.PHONY: tools fuzzers unit-tests print-unit-tests print-fuzzers install
tools: $(TOOLS)
fuzzers: $(FUZZERS)
unit-tests: $(UNIT_TESTS)
print-unit-tests:
	@echo $(UNIT_TESTS)
print-fuzzers:
	@echo $(FUZZERS)

install: tools models
	CC="$(CC)" PKG_CONFIG="$(PKG_CONFIG)" STRIP="$(STRIP)" tools/install install "$(DESTDIR)" \
		"$(PREFIX)" "$(KERNEL)"

endif
