# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# nap SECONDS - wait without a process of its own, which takes 10 ms of the processor in User Mode
# Linux and 50 ms in its debug kernel: reads from a pipe that stays empty.
exec {nothing}<> <(:)
nap() { read -rt "$1" -u "$nothing" || :; }
