#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What shows how LiteFlow does, against the real modules, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/lfctl/see.sh
#
#	namespace lf-a                                               namespace lf-b
#	a0 10.78.0.1, qdisc liteflow slot web, hook out of slot web ---- b0 10.78.0.2
#
# see.prom and see.openmetrics are left in $LF_OUT for metrics.sh, which wants more than a test machine has.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/lfctl/lib.sh
. tests/lfctl/lib.sh
: "${LF_MODULES:?run me through tests/vm/run}"
lfctl=$top/${LF_LFCTL:-build/bin/lfctl}
export TC_LIB_DIR=$top/build/tc

inside() { ip netns exec lf-a "$@"; }
send() { inside ping -q -i 0.01 -c "$1" -s "$2" 10.78.0.2 >/dev/null; }	# pkt.len is 28 more

build/tests/mksnap "$tmp" || exit 1
cd "$tmp" || exit 1

load kmod/liteflow.ko qdisc/sch_liteflow.ko nf_hook/nf_liteflow.ko || { not_ok "the modules load"; finish; }
ip netns add lf-a && ip netns add lf-b
for ns in lf-a lf-b; do ip netns exec $ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1; done
ip link add a0 netns lf-a type veth peer name b0 netns lf-b
ip -n lf-a addr add 10.78.0.1/24 dev a0; ip -n lf-b addr add 10.78.0.2/24 dev b0
ip -n lf-a link set a0 up; ip -n lf-b link set b0 up

# --- metrics

"$lfctl" metrics -o empty.prom
check "metrics: nothing is set up, and the module is there" has_line empty.prom "liteflow_up 1"
check "metrics: no samples of slots" sh -c "! grep -q ^liteflow_slot empty.prom"
expect 0 "" -n lf-a slot add web sample 1
expect 0 "" -n lf-a slot set web split100.lfs activate
check "qdisc" inside tc qdisc add dev a0 root handle 1: liteflow slot web every 1 map small:0 large:2
expect 0 "" -n lf-a hook add out family ip hook output priority 0 slot web every 1 result 0xff map small:mark=1 large:mark=2
send 5 10; send 7 500
"$lfctl" -n lf-a metrics -o "$LF_OUT/see.prom"
"$lfctl" -n lf-a metrics --openmetrics >"$LF_OUT/see.openmetrics"
value() { awk -v s="$1 " 'index($0, s) == 1 { print $NF }' "$LF_OUT/see.prom"; }
at_least() { [ "$(value "$1")" -ge "$2" ] || { grep "${1%%\{*}" "$LF_OUT/see.prom"; return 1; }; }
ns='netns="lf-a"'
check "metrics: inferences" at_least "liteflow_slot_inferences_total{$ns,slot=\"web\"}" 24
check "metrics: classes" at_least "liteflow_slot_class_inferences_total{$ns,slot=\"web\",class=\"large\"}" 14
check "metrics: reasons" at_least \
	"liteflow_attachment_packets_total{$ns,kind=\"qdisc\",device=\"a0\",label=\"1:\",slot=\"web\",reason=\"inferred\"}" 12
check "metrics: bands" at_least "liteflow_band_packets_total{$ns,kind=\"qdisc\",device=\"a0\",label=\"1:\",slot=\"web\",band=\"2\"}" 7
check "metrics: bytes of bands" at_least "liteflow_band_bytes_total{$ns,kind=\"qdisc\",device=\"a0\",label=\"1:\",slot=\"web\",band=\"2\"}" 3500
check "metrics: bytes of classes of a hook" at_least \
	"liteflow_attachment_class_bytes_total{$ns,kind=\"hook\",device=\"\",label=\"out\",slot=\"web\",class=\"large\",action=\"mark=0x2\"}" 3500
check "metrics: which snapshot" test "$(value "liteflow_slot_snapshot_info{$ns,slot=\"web\",role=\"active\",snapshot=\"split100\",hash=\"$(hash_of split100)\"}")" = 1
setpriv --reuid 65534 --regid 65534 --clear-groups "$lfctl" metrics >said 2>err
check "metrics take rights" has_line err "this takes CAP_NET_ADMIN over the network namespace"

# --- the end

ip netns del lf-a; ip netns del lf-b
finish
