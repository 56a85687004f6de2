#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that a hook of nf_liteflow.ko must not be deceived by, and ways of packets on which it must neither miss one nor
# count it twice, in a test machine; hook_lib.sh draws the network:
#
#	tests/vm/modules uml && tests/vm/run uml tests/netns/hook_packets.sh [TEST...]
#
# Slot "ear" says "mouse" at the first three packets of a flow and "elephant" from then on.
set -u
cd "$(dirname "$0")/../.." || exit 1
ALL="resets resets_tracked headers fallback vrf tunnel reroute marks errors flowtable manual"
# shellcheck source=tests/netns/hook_lib.sh
. tests/netns/hook_lib.sh

slots() {
	[ -e "$tmp/snap/early.lfs" ] && return
	build/tests/core-snap "$tmp/snap/early.lfs" early class flow.packets 3 mouse elephant
	lfctl snapshot load "$tmp/snap/early.lfs"
	lfctl -n hk-r slot add ear
	lfctl -n hk-r slot set ear early activate
}

born() { lfctl -n hk-r -j attach list | jq '.[0].flows_born'; }

# Two hosts that never answer, of which the other end's stack knows nothing.
A=10.81.1.9 B=10.81.2.9 B6=fd81:2::9
silent_hosts() {
	local n
	ip -n hk-r neigh replace $A lladdr "$(ip netns exec hk-c cat /sys/class/net/c0/address)" dev rc
	for n in $B $B6; do ip -n hk-r neigh replace $n lladdr "$(ip netns exec hk-s cat /sys/class/net/s0/address)" dev rs; done
}
# from_a PORT SEQUENCE FLAGS PAYLOAD, from_b likewise; $heard: up to where A has heard B
heard=0
from_a() { ip netns exec hk-c build/tests/inject tcp $A "$1" $B 80 "$2" $heard "$3" "$4"; }
from_b() { ip netns exec hk-s build/tests/inject tcp $B 80 $A "$1" "$2" 0 "$3" "$4"; }
# data PORT SEQUENCE COUNT: segments of 100 bytes
data() { local i; for ((i = 0; i < $3; i++)); do from_a "$1" $(($2 + i * 100)) PA 100; done; }

# What opens and ends a connection counts where its sequence number is about right, and nowhere else.
resets() {
	slots
	silent_hosts
	works hook add h family ip hook forward priority 0 slot ear every 1 result 0xff map mouse:mark=1 elephant:mark=2
	nft_do <<-END
		table inet t {
			counter mouse {}
			counter elephant {}
			chain act {
				type filter hook forward priority 10
				meta mark and 0xff == 1 counter name mouse
				meta mark and 0xff == 2 counter name elephant
			}
		}
	END
	from_a 4000 1000 S 0
	data 4000 1001 5
	is "a connection is one flow" "$(born)" -eq 1
	from_a 4000 3000000000 S 0
	from_a 4000 70000000 SA 0
	is "a SYN with a wrong number starts nothing" "$(born)" -eq 1
	from_a 4000 3000000000 R 0
	from_a 4000 3000000000 FA 0
	sleep 1.2
	data 4000 1501 1
	is "nor does a RST or a FIN end anything" "$(born)" -eq 1
	is "its class stays" "$(counter mouse) $(counter elephant)" = "3 8"
	from_a 4000 1601 R 0
	data 4000 1601 1
	is "behind a RST with the right number the flow lingers" "$(born)" -eq 1
	from_a 4000 3000000000 S 0
	is "a SYN starts it anew then" "$(born)" -eq 2
	data 4000 3000000001 5
	from_a 4000 3000000501 FA 0
	sleep 1.2
	data 4000 3000000502 1
	is "a FIN with the right number ends it" "$(born)" -eq 3
	# Packets went by unseen, and those that follow agree with one another.
	from_a 4000 100 R 0
	data 4000 50 7
	from_a 4000 750 S 0
	is "seven strays prove nothing" "$(born)" -eq 3
	data 4000 50 8
	from_a 4000 850 R 0
	from_a 4000 1 S 0
	is "eight in a row do" "$(born)" -eq 4
	# The other direction's RST ends both.
	data 4000 2 5
	from_b 4000 5000 A 0
	from_b 4000 900000000 R 0
	from_a 4000 2000000000 S 0
	is "a wrong RST of the other end" "$(born)" -eq 5
	from_b 4000 5000 R 0
	from_a 4000 2000000000 S 0
	is "a right one" "$(born)" -eq 6
	r nft delete table inet t
	works hook del h
}

# Where connection tracking has an entry its word decides.
resets_tracked() {
	slots
	silent_hosts
	works hook add h family ip hook forward priority 0 slot ear every 1 result 0xff ct
	from_a 4100 1000 S 0
	from_b 4100 2000 SA 0
	heard=2001
	data 4100 1001 5
	is "a connection is one flow" "$(born)" -eq 1
	from_a 4100 1501 S 0
	from_a 4100 3000000000 S 0
	data 4100 1501 1
	is "no SYN is a new connection while it is open" "$(born)" -eq 1
	is "  as connection tracking has it" "$(r conntrack -L -p tcp 2>/dev/null | grep -c ESTABLISHED)" -eq 1
	from_a 4100 3000000000 R 0
	from_b 4100 3000000000 R 0
	from_b 4100 3000000000 FA 0
	sleep 1.2
	data 4100 1601 1
	is "what it takes for invalid ends nothing" "$(born)" -eq 1
	is "seven packets and more: an elephant" "$(r conntrack -L -p tcp 2>/dev/null | grep -c mark=2)" -eq 1
	from_b 4100 2001 R 0
	from_a 4100 3000000000 S 0
	from_b 4100 7000 SA 0
	is "behind a RST a SYN is a new connection" "$(born)" -eq 2
	works hook del h
	r conntrack -F 2>/dev/null
	heard=0
}

run_tests "$@"
