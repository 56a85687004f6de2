#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a QEMU machine with two CPUs: how much more two of them forward than one, with cached
# verdicts of known flows. Hook, slot and flow table are shared (smp.sh has the way of measuring).
#
#	pktgen on CPU n -> netif_receive_skb() on pn -> routing -> forward hook -> dn (dummy)
#
# "no hook" is what stack, emulator and a busy host make of it: nothing of ours can scale better.
# "nft quota" has one counter that all CPUs change, as an example of something shared.
set -u
if [ "$(ip netns identify $$)" != hb ]; then
	ip netns add hb
	exec ip netns exec hb "$0" "$@"
fi
# shellcheck source=tests/bench/smp.sh
. tests/bench/smp.sh
ROUNDS=${LF_ROUNDS:-15} COUNT=${LF_COUNT:-20000} KINDS=("no hook" "cached verdict" "nft quota")
PATH=$PWD/build/bin:$PATH
[ "$(nproc)" -ge 2 ] || die "one CPU"
modprobe -q libcrc32c || true
modprobe -qa pktgen dummy nf_tables nf_conntrack || true
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/nf_hook/nf_liteflow.ko" || exit 1

sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
for n in 0 1; do
	ip link add p$n type dummy
	ip link add d$n type dummy
	ip link set p$n address 02:00:00:00:00:01
	ip link set p$n up
	ip link set d$n up
	ip address add 192.168.1$n.1/24 dev p$n
	ip address add 192.168.2$n.1/24 dev d$n
	ip neigh add 192.168.2$n.2 lladdr 02:00:00:00:00:02 dev d$n
	ip route add 10.$n.0.0/16 via 192.168.2$n.2
	sysctl -qw net.ipv4.conf.p$n.rp_filter=0 net.ipv4.conf.p$n.accept_local=1
done
lfctl snapshot load build/models/appclass-forest.lfs >/dev/null || die "no snapshot: make models"
lfctl slot add forest && lfctl slot set forest appclass-forest activate || die "no slot"

on() {
	case $1 in
	"no hook") ;;
	"nft quota")
		nft -f - <<-'END'
			table ip t {
				chain f {
					type filter hook forward priority 0
					quota over 1000000 mbytes drop
				}
			}
		END
		;;
	"cached verdict") lfctl hook add f family ip hook forward priority 0 slot forest \
		every 1000000 result 0xff ;;
	esac
}

# Both CPUs had their verdicts from the table.
off() {
	[ "$1" != "cached verdict" ] ||
		[ "$(lfctl -j hook show f | jq '.packets.cached // 0')" -ge $((3 * COUNT)) ] ||
		die "$1: the hook says $(lfctl -j hook show f | jq -c .packets)"
	nft flush ruleset
	lfctl hook del f 2>/dev/null
}

device() { echo "p$1"; }
settings() { echo "xmit_mode netif_receive"; }

smp_measure
