#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# What the qdisc does with a packet for each verdict of a classifier (acts_cls.c): once it is given
# up, and only then.
#
#	tests/netns/build-acts uml && tests/vm/run uml tests/netns/acts.sh
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
export TC_LIB_DIR=$PWD/build/tc
params=/sys/module/acts_cls/parameters
stat_of() { tc -j -s "$1" show dev d0 | jq -c "$2"; }
# send: five packets into d0, each its own
send() { for _ in 1 2 3 4 5; do echo x >/dev/udp/10.99.0.2/9; done 2>/dev/null; }
# freed WANTED: a device may keep a packet for a moment
freed() {
	local n
	for ((n = 0; n < 20; n++)); do [ "$(cat $params/freed)" = "$1" ] && break; sleep 0.1; done
	cat $params/freed
}

modprobe -qa dummy sch_fq_codel
load kmod/liteflow.ko qdisc/sch_liteflow.ko && insmod "build/$LF_KERNEL-acts/acts_cls.ko" || exit 1
ip link add d0 type dummy
ip addr add 10.99.0.1/24 dev d0
sysctl -qw net.ipv6.conf.d0.disable_ipv6=1
ip link set d0 up

# name | value | sent by the device, dropped by the qdisc | freed
while IFS='|' read -r name value sent dropped freed; do
	tc qdisc add dev d0 root handle 1: liteflow
	tc filter add dev d0 parent 1: protocol ip prio 1 lfact || {
		is "$name: a filter" no = yes
		break
	}
	echo "$value" >$params/verdict
	before=$(cat /sys/class/net/d0/statistics/tx_packets)
	send
	is "$name: given up" "$(freed "$freed of 5")" = "$freed of 5"
	is "$name: sent" $(($(cat /sys/class/net/d0/statistics/tx_packets) - before)) = "$sent"
	is "$name: dropped" "$(stat_of qdisc '.[0].drops')" = "$dropped"
	is "$name: dropped, of all classes" \
		"$(tc -s class show dev d0 | sed -n 's/.*(dropped \([0-9]*\),.*/\1/p' |
			awk '{ n += $1 } END { print n + 0 }')" = "$dropped"
	is "$name: nothing is left" \
		"$(stat_of qdisc '.[0] | [.qlen, .backlog]' | tr -d '[]' | tr , ' ')" = "0 0"
	echo 1 >$params/freed
	tc qdisc del dev d0 root
done <<'END'
unspec|-1|5|0|5
ok|0|5|0|5
reclassify|1|0|5|5
shot|2|0|5|5
pipe|3|5|0|5
stolen|4|0|0|5
queued|5|0|0|5
repeat|6|5|0|5
redirect|7|0|5|5
trap|8|0|0|5
consumed|9|0|0|0
END
ip link del d0
rmmod acts_cls sch_liteflow liteflow
is "modules left" "$(grep -c 'acts_cls\|liteflow' /proc/modules)" = 0
finish
