#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that a hook of nf_liteflow.ko must not be deceived by, and ways of packets on which it
# must neither miss one nor count it twice, in a test machine; hook_lib.sh draws the network:
#
#	tests/vm/modules uml && tests/vm/run uml tests/netns/hook_packets.sh [TEST...]
#
# Slot "ear" says "mouse" at the first three packets of a flow and "elephant" from then on.
#
# One file, though long: the tests share that network and the tools that send.
set -u
ALL="resets resets_tracked headers fallback vrf tunnel inner reroute marks errors flowtable manual"
# shellcheck source=tests/netns/hook_lib.sh
. "$(dirname "$0")/hook_lib.sh"

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
	ip -n hk-r neigh replace $A lladdr "$(ip netns exec hk-c cat /sys/class/net/c0/address)" \
		dev rc
	for n in $B $B6; do
		ip -n hk-r neigh replace $n lladdr \
			"$(ip netns exec hk-s cat /sys/class/net/s0/address)" dev rs
	done
}
# from_a PORT SEQUENCE FLAGS PAYLOAD, from_b likewise; $heard: up to where A has heard B
heard=0
from_a() { ip netns exec hk-c build/tests/inject tcp $A "$1" $B 80 "$2" $heard "$3" "$4"; }
from_b() { ip netns exec hk-s build/tests/inject tcp $B 80 $A "$1" "$2" 0 "$3" "$4"; }
# data PORT SEQUENCE COUNT: segments of 100 bytes
data() { local i; for ((i = 0; i < $3; i++)); do from_a "$1" $(($2 + i * 100)) PA 100; done; }

# What opens and ends a connection counts where its sequence number is about right, and nowhere
# else.
resets() {
	slots
	silent_hosts
	works hook add h family ip hook forward priority 0 slot ear every 1 result 0xff \
		map mouse:mark=1 elephant:mark=2
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
	is "  as connection tracking has it" \
		"$(r conntrack -L -p tcp 2>/dev/null | grep -c ESTABLISHED)" -eq 1
	from_a 4100 3000000000 R 0
	from_b 4100 3000000000 R 0
	from_b 4100 3000000000 FA 0
	sleep 1.2
	data 4100 1601 1
	is "what it takes for invalid ends nothing" "$(born)" -eq 1
	is "seven packets and more: an elephant" \
		"$(r conntrack -L -p tcp 2>/dev/null | grep -c mark=2)" -eq 1
	from_b 4100 2001 R 0
	from_a 4100 3000000000 S 0
	from_b 4100 7000 SA 0
	is "behind a RST a SYN is a new connection" "$(born)" -eq 2
	works hook del h
	r conntrack -F 2>/dev/null
	heard=0
}

total() { stat_of "$1" '[.packets[]] | add'; }

# However many extension headers: what the kernel finds behind them, a hook finds.
headers() {
	local n seen=7
	# nft of Linux 7.2 follows 12 headers, but not 40; a hook still does.
	[[ $(uname -r) != 7.* ]] || seen=5
	silent_hosts
	nft_do <<-END
		table inet t {
			counter seen {}
			chain act {
				type filter hook forward priority -10
				meta l4proto udp udp dport 9999 counter name seen
			}
		}
	END
	works hook add h family ip6 hook forward priority 0 slot app map small:drop large:drop \
		every 1
	for n in 0 1 8 9 12 40 170; do
		works ip netns exec hk-c build/tests/inject udp6 fd81:1::2 $B6 9999 $n
	done
	is "nft sees them" "$(counter seen)" -eq $seen
	is "all are dropped" "$(stat_of h .dropped)" -eq 7
	is "none is cut short" "$(stat_of h .packets.truncated)" -eq 0
	# More than a packet of 1500 bytes holds.
	for n in c:c0 r:rc r:rs s:s0; do ip -n "hk-${n%:*}" link set "${n#*:}" mtu 9000; done
	works ip netns exec hk-c build/tests/inject udp6 fd81:1::2 $B6 9999 300
	is "a chain too long to follow has its reason" "$(stat_of h .packets.unparsed)" -eq 1
	works hook change h map small:drop large:drop unparsed:drop
	works ip netns exec hk-c build/tests/inject udp6 fd81:1::2 $B6 9999 300
	is "and its action" "$(stat_of h .dropped)" -eq 8
	for n in c:c0 r:rc r:rs s:s0; do ip -n "hk-${n%:*}" link set "${n#*:}" mtu 1500; done
	r nft delete table inet t
	works hook del h
}

# What becomes of packets without a verdict is the map's to say: none of them, or by reason.
fallback() {
	local dropped
	works lfctl -n hk-r slot add nothing
	works hook add h family ip hook forward priority 0 slot nothing map none:drop
	is "none:drop, an empty slot" "$(pings 20 $S4 2 && echo 1 || echo 0)" -eq 0
	works hook change h map none:drop no-snapshot:accept
	works pings 20 $S4 2
	works hook change h map no-snapshot:drop
	is "a reason alone" "$(pings 20 $S4 2 && echo 1 || echo 0)" -eq 0
	works hook change h map busy:drop fragment:drop
	works pings 20 $S4 2
	works hook change h slot nowhere map no-slot:drop
	is "no slot" "$(pings 20 $S4 2 && echo 1 || echo 0)" -eq 0
	works hook change h slot app map none:drop
	works pings 20 $S4 2
	is "a map of reasons alone maps no class" "$(stat_of h .marked)" -eq 0
	works hook change h result 0xff map none:mark=9
	pings 20 $S4 2
	is "  which has its natural mark then" "$(stat_of h .marked)" -eq 4
	works hook change h map fragment:drop
	dropped=$(stat_of h .dropped)
	works pings 3000 $S4 2
	is "fragments go with their first" "$(stat_of h .dropped)" -eq "$dropped"
	nft_do <<-END
		table ip first { chain p { type filter hook prerouting priority -300;
			ip frag-off & 0x3fff == 0x2000 drop; }; }
	END
	is "fragments without it" "$(pings 3000 $S4 2 && echo 1 || echo 0)" -eq 0
	is "  are dropped" $(($(stat_of h .dropped) - dropped)) -eq 4
	r nft delete table ip first
	works hook del h
	# A table of 64 held by more flows that have proven themselves and go on.
	silent_hosts
	works hook add h family ip hook forward priority 0 slot app flows 64 map full:drop
	ip netns exec hk-c bash -c 'for ((port = 5000; port < 5300; port++)); do
			exec 3<>/dev/udp/$0/$port
			for i in 1 2 3 4 5; do printf x >&3; done
		done' $B
	is "full:drop drops what finds no room" "$(stat_of h .dropped)" \
		-eq "$(stat_of h '.packets."table-full"')"
	is "  which has happened" "$(stat_of h .dropped)" -ge 1
	works hook del h
	works lfctl -n hk-r slot del nothing
}

# Once per hook, though a VRF shows its packets to prerouting, output and postrouting twice.
vrf() {
	local point want n
	slots
	ip -n hk-r link add red type vrf table 10
	ip -n hk-r link set red up
	ip -n hk-r link set rc master red
	ip -n hk-r link set rs master red
	addresses hk-r rc 1 1 2>/dev/null; addresses hk-r rs 2 1 2>/dev/null
	until pings 20 $S4 1 && pings 20 $S6 1; do sleep 0.1; done
	for n in c r s; do remember_neighbours hk-$n; done
	for point in prerouting forward postrouting; do
		works hook add h family inet hook $point priority 0 slot ear every 1
		pings 20 $S4; pings 20 $S6
		is "$point: 16 packets" "$(total h)" -eq 16
		works hook del h
	done
	for point in output postrouting; do
		works hook add h family ip hook $point priority 0 slot ear every 1
		r ip vrf exec red ping -q -c 4 -i 0.02 -W 2 $S4 >/dev/null 2>&1 ||
			r ping -I red -q -c 4 -i 0.02 -W 2 $S4 >/dev/null
		is "$point: 4 packets of its own" "$(total h)" -eq 4
		works hook del h
	done
	# Requested at the first pass, at the second, at both.
	for want in rc red '{ rc, rs, red }'; do
		works hook add h family ip hook prerouting priority 0 slot ear every 1 request \
			0x100/0x100
		nft_do <<-END
			table inet t {
				chain s {
					type filter hook prerouting priority -10
					iifname $want icmp type echo-request meta mark set 0x100
				}
			}
		END
		pings 20 $S4
		is "requested at $want: 4 packets" "$(total h)" -eq 4
		r nft delete table inet t
		works hook del h
	done
	ip -n hk-r link del red
	addresses hk-r rc 1 1 2>/dev/null; addresses hk-r rs 2 1 2>/dev/null
	until pings 20 $S4 1 && pings 20 $S6 1; do sleep 0.1; done
	for n in c r s; do remember_neighbours hk-$n; done
}

# The outer packet of a tunnel inherits the mark: with clear the request does not go on.
tunnel() {
	local n
	for n in r:1:2 s:2:1; do
		IFS=: read -r ns here there <<<"$n"
		ip -n hk-$ns link add t0 type ipip local 10.81.2.$here remote 10.81.2.$there
		ip -n hk-$ns address add 10.81.40.$here/30 dev t0
		ip -n hk-$ns link set t0 up
	done
	ip -n hk-s route replace 10.81.1.0/24 dev t0
	nft_do <<-END
		table inet t {
			counter asked {}
			chain s {
				type filter hook forward priority 0
				ip daddr 10.81.40.2 meta mark set 0x80000000
			}
			chain a {
				type filter hook postrouting priority 10
				oif rs meta mark and 0x80000000 != 0 counter name asked
			}
		}
	END
	works hook add h family ip hook postrouting priority 0 slot app request \
		0x80000000/0x80000000 result 0xff every 1
	works pings 20 10.81.40.2
	is "without clear the outer packet asks too" "$(total h) $(counter asked)" = "8 4"
	works hook del h
	works hook add h family ip hook postrouting priority 0 slot app request \
		0x80000000/0x80000000 clear result 0xff every 1
	works pings 20 10.81.40.2
	is "with clear each packet asks once" "$(total h) $(counter asked)" = "4 4"
	is "and has its mark" "$(stat_of h .marked)" -eq 4
	works hook change h clear off
	is "off" "$(stat_of h .clear)" -eq 0
	works hook del h
	r nft delete table inet t
	ip -n hk-s route replace 10.81.1.0/24 via 10.81.2.1 2>/dev/null
	for n in r s; do ip -n hk-$n link del t0; done
	ip -n hk-s route replace default via 10.81.2.1
}

# A tunnel between the hosts that passes by: 88 bytes are "small", with another header "large".
inner() {
	local n protos='[.[].proto] | unique'
	for n in c:1:2 s:2:1; do
		IFS=: read -r ns here there <<<"$n"
		ip -n hk-$ns link add t0 type ipip local 10.81.$here.2 remote 10.81.$there.2
		ip -n hk-$ns address add 10.81.50.$here/24 dev t0
		ip -n hk-$ns link set t0 up
	done
	works hook add h family ip hook forward priority 0 slot app result 0xff map small:mark=1 \
		every 1
	works pings 60 10.81.50.2
	is "the tunnel is the flow" "$(lfctl -n hk-r -j flows | jq -c "$protos")" = "[4]"
	is "its packets are large" "$(stat_of h .marked)" -eq 0
	works hook change h inner
	works pings 60 10.81.50.2
	is "those in it are small" "$(stat_of h .marked)" -eq 8
	is "they have flows of their own" "$(lfctl -n hk-r -j flows | jq -c "$protos")" = "[1,4]"
	is "which are in a tunnel" "$(lfctl -n hk-r -j flows |
		jq '[.[] | select(.tunnel) | .proto] | unique == [1]')" = true
	has "and the list says so" "$(hook show h)" " inner "
	works hook change h inner off
	works pings 60 10.81.50.2
	is "off" "$(stat_of h .marked)" -eq 8
	works hook del h
	for n in c s; do ip -n hk-$n link del t0; done
}

# A mark that is set at output chooses the route, as in a chain of nft's type "route".
reroute() {
	local to dev=rc family
	ip -n hk-r route add 10.99.0.0/16 via 10.81.1.2
	ip -n hk-r route add 10.99.0.0/16 via 10.81.2.2 table 100
	ip -n hk-r -6 route add fd99::/16 via fd81:1::2
	ip -n hk-r -6 route add fd99::/16 via fd81:2::2 table 100
	for family in -4 -6; do ip -n hk-r $family rule add fwmark 1/0xff lookup 100; done
	nft_do <<-END
		table netdev t {
			chain rc {
				type filter hook egress device rc priority 0
				ip daddr 10.99.0.0/16 counter
				ip6 daddr fd99::/16 counter
			}
			chain rs {
				type filter hook egress device rs priority 0
				ip daddr 10.99.0.0/16 counter
				ip6 daddr fd99::/16 counter
			}
		}
	END
	# out DEVICE FAMILY
	out() {
		r nft -j list chain netdev t "$1" |
			jq "[.nftables[] | .rule? // empty | .expr[] | .counter? // empty |
				.packets][$2]"
	}
	FROM=hk-r
	pings 20 10.99.1.1 2 -W 1; pings 20 fd99::1 2 -W 1
	is "without a mark" "$(out rc 0) $(out rs 0) $(out rc 1) $(out rs 1)" = "2 0 2 0"
	works hook add h family inet hook output priority -150 slot app result 0xff map small:mark=1
	pings 20 10.99.1.1 4 -W 1; pings 20 fd99::1 4 -W 1
	is "with one" "$(out rc 0) $(out rs 0) $(out rc 1) $(out rs 1)" = "2 4 2 4"
	works hook del h
	FROM=hk-c
	r nft delete table netdev t
	for family in -4 -6; do
		ip -n hk-r $family rule del fwmark 1/0xff lookup 100
		ip -n hk-r $family route flush table 100
	done
	ip -n hk-r route del 10.99.0.0/16; ip -n hk-r -6 route del fd99::/16
}

# Without `result` a mark is not the hook's business.
marks() {
	nft_do <<-END
		table inet t {
			counter kept {}
			counter changed {}
			chain a {
				type route hook output priority -300
				meta l4proto icmp meta mark set 0xca6c
			}
			chain b {
				type filter hook output priority 10
				meta l4proto icmp meta mark 0xca6c counter name kept
				meta l4proto icmp meta mark != 0xca6c counter name changed
			}
		}
	END
	works hook add h family inet hook output priority -150 slot app
	FROM=hk-r
	pings 20 $S4
	is "a foreign mark" "$(counter kept) $(counter changed)" = "4 0"
	works hook change h result 0x10000 shift 16
	pings 20 $S4
	is "bits that are given" "$(counter kept) $(counter changed)" = "4 4"
	FROM=hk-c
	r nft delete table inet t
	works hook del h
}

# The flows between client and server, either way: protocol and destination of each.
between() {
	lfctl -n hk-r -j flows |
		jq -r 'map(select([.src, .dst] | all(test("^(10.81|fd81:).*2$")))) | sort_by(.dst) |
			map("\(.proto) \(.dst)") | join(", ")'
}

# An ICMP error belongs to the flow that it is about, and is none of its packets.
errors() {
	local to
	slots
	works hook add h family inet hook forward priority 0 slot ear every 1 result 0xff \
		map mouse:mark=1 elephant:mark=2 ct
	nft_do <<-END
		table inet t {
			counter mouse {}
			counter elephant {}
			counter errors {}
			chain act {
				type filter hook forward priority 10
				meta l4proto udp meta mark and 0xff == 1 counter name mouse
				meta l4proto udp meta mark and 0xff == 2 counter name elephant
				meta mark and 0xff > 0 icmp type destination-unreachable \
					counter name errors
				meta mark and 0xff > 0 icmpv6 type destination-unreachable \
					counter name errors
			}
		}
	END
	ip netns exec hk-s sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
	for to in $S4 $S6; do
		ip netns exec hk-c bash -c \
			'exec 3<>/dev/udp/$0/9
			for i in 1 2 3 4 5; do printf x >&3; sleep 0.05; done; true' $to 2>/dev/null
		sleep 0.2
	done
	is "a flow to each address, and none of errors" "$(between)" = "17 $S4, 17 $S6"
	is "errors about them, with their marks" "$(counter errors)" -ge 2
	is "that count in neither" "$(counter mouse)" -le 6
	r nft delete table inet t
	works hook del h
	r conntrack -F 2>/dev/null
}

# A flow that a flow table takes over is not idle, and an ingress hook before the flow table sees
# all of it.
flowtable() {
	local server client
	slots
	modprobe -qa nf_flow_table nf_flow_table_inet nft_flow_offload
	works hook add h family inet hook forward priority 0 slot ear idle 0.3 ct
	works hook add i family netdev hook ingress dev rc priority -10 slot ear
	nft_do <<-END
		table inet t {
			flowtable f { hook ingress priority 0; devices = { rc, rs }; }
			chain fo {
				type filter hook forward priority 10
				meta l4proto udp flow add @f
			}
		}
	END
	ip netns exec hk-s socat UDP4-LISTEN:7,fork PIPE &
	server=$!
	sleep 0.5
	ip netns exec hk-c bash -c \
		'exec 3<>/dev/udp/$0/7; for i in {1..60}; do printf x >&3; sleep 0.05; done' $S4 &
	client=$!
	sleep 2
	is "the flow is still there" "$(stat_of h .flows)" -eq 1
	wait $client
	is "forward has seen few of its packets" "$(total h)" -lt 30
	is "ingress has seen all" "$(total i)" -ge 60
	kill $server
	wait $server 2>/dev/null
	r nft delete table inet t
	works hook del h
	works hook del i
	r conntrack -F 2>/dev/null
}

# The commands of docs/netfilter.md, as they stand but for the devices' names.
manual() {
	# block N: of the manual's
	block() {
		awk -v n="$1" '/^```/ { k++; next } k == 2 * n - 1' docs/netfilter.md |
			sed 's/eth0/rc/; s/eth1/rs/'
	}
	works r bash -ec "$(block 1)"
	works pings 20 $S4
	is "what is not requested is not looked at" "$(total app)" -eq 0
	ip netns exec hk-c bash -c 'exec 3<>/dev/udp/$0/9; printf x >&3' $S4
	is "what is, is" "$(total app)" -eq 1
	works hook del app
	works r bash -ec "$(block 4)"
	works pings 20 $S4
	is "ingress of both devices" "$(total in0) $(total in1)" = "4 4"
	works hook del in0
	works hook del in1
	r nft flush ruleset
}

run_tests "$@"
