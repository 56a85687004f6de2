#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The feature extractor and the flow table in a test machine: real objects, packets made by hand, a
# flood.
#
#   tests/kmod/build uml && tests/vm/run uml tests/kmod/run.sh
#
# The last line is `N passed, N failed`.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
module=$here/../../build/${LF_KERNEL:?run me through tests/vm/run}-kmod-test/lf_kmod_test.ko

# What an emulated machine measures means nothing, and it would take minutes.
quick=0
case $LF_KERNEL in
[0-9]* | *debug) quick=1 ;;
esac

status=0
insmod "$module" quick=$quick || status=1
dmesg | sed -n 's/.*lf_kmod_test: //p'
if [ "$status" = 0 ]; then
	rmmod lf_kmod_test || status=1
fi
dmesg | grep -q 'lf_kmod_test: [0-9]* passed, 0 failed' || status=1
exit "$status"
