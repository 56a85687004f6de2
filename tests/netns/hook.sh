#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nf_liteflow.ko under real traffic and beside real nft rules, in a test machine; hook_lib.sh draws
# the network:
#
#	tests/vm/modules uml && tests/vm/run uml tests/netns/hook.sh [TEST...]
#
# One file, though long: the tests share one network. Odd packets are in hook_packets.sh.
set -u
ALL="autoload every_hook verdicts names labels logs values request netdev device_goes reload"
ALL+=" refused rights flows nat events reasons kinds sctp bridge change orders namespaces unload"
# shellcheck source=tests/netns/hook_lib.sh
. "$(dirname "$0")/hook_lib.sh"

# Echo requests and replies through every hook of every family, with nft counting the marks right
# behind.
every_hook() {
	local family point to4 to6 n
	for point in prerouting input forward output postrouting; do
		case $point in
		input | output) to4=$R4 to6=$R6 n=3 ;;
		forward | postrouting | prerouting) to4=$S4 to6=$S6 n=6 ;;
		esac
		for family in ip ip6 inet; do
			works hook add h family $family hook $point priority -10 slot app every 1 \
				result 0xff
			nft_do <<-END
				table inet t {
					counter small {}
					counter large {}
					chain act {
						type filter hook $point priority 0
						icmp type { echo-request, echo-reply } \
							meta mark 1 counter name small
						icmpv6 type { echo-request, echo-reply } \
							meta mark 1 counter name small
						icmp type { echo-request, echo-reply } \
							meta mark 2 counter name large
						icmpv6 type { echo-request, echo-reply } \
							meta mark 2 counter name large
					}
				}
			END
			case $family in
			ip) pings 20 $to4 3; pings 500 $to4 3 ;;
			ip6) pings 20 $to6 3; pings 500 $to6 3 ;;
			inet) pings 20 $to4 3; pings 500 $to6 3 ;;
			esac
			is "$family $point: small" "$(counter small)" -eq $n
			is "$family $point: large" "$(counter large)" -eq $n
			is "$family $point: marked" "$(stat_of h .marked)" -ge $((2 * n))
			r nft delete table inet t
			works hook del h
		done
	done
}

verdicts() {
	works hook add h family inet hook forward priority 0 slot app map small:drop large:accept
	is "small is dropped" "$(pings 20 $S4 && echo 1 || echo 0)" -eq 0
	is "and counted" "$(stat_of h .dropped)" -eq 4
	works pings 500 $S4
	is "large is accepted" "$(stat_of h .accepted)" -eq 8
	counts() { lfctl -n hk-r -j hook show h | jq -c '[.map[] | [.class, .packets, .bytes]]'; }
	is "packets and bytes of each class" "$(counts)" = '[["small",4,192],["large",8,4224]]'
	works hook change h map small:accept large:drop
	is "  which a change keeps" "$(counts)" = '[["small",4,192],["large",8,4224]]'
	works pings 20 $S6
	is "large is dropped" "$(pings 500 $S6 && echo 1 || echo 0)" -eq 0
	works hook change h map large:mark=0x3,priority=1:2 result 0xf00 shift 8
	nft_do <<-END
		table inet t {
			counter both {}
			counter none {}
			chain act {
				type filter hook forward priority 10
				meta mark and 0xf00 == 0x300 meta priority 1:2 counter name both
				meta mark 0 counter name none
			}
		}
	END
	pings 500 $S4
	pings 20 $S4
	is "mark and priority" "$(counter both)" -eq 8
	is "a class that is not in the map is left alone" "$(counter none)" -eq 8
	is "priority counter" "$(stat_of h .prioritized)" -eq 8
	r nft delete table inet t
	works hook del h
}

# A misspelt class maps nothing: a warning says so, at once and in later listings.
names() {
	local out id
	out=$(hook add h family inet hook forward priority 0 slot app map small:drop lagre:mark=2 \
		result 0xff 2>&1)
	is "a misspelt class" $? -eq 0
	is "  has a warning" "$out" \
		= "lfctl: Warning: the map names class lagre, which snapshot split100 does not have"
	is "  is shown" "$(lfctl -n hk-r -j hook show h | jq -c '[.map[] | .unknown]')" \
		= "[false,true]"
	is "  in words" "$(hook show h | grep -c '^lagre .*(the snapshot has no such class)$')" \
		-eq 1
	pings 20 $S4 1
	id=$(lfctl -n hk-r -j attach list | jq '.[0].id')
	is "attach show" "$(lfctl -n hk-r attach show "$id" | grep ^maps | paste -sd,)" \
		= "maps small drop packets 1 bytes 48,maps lagre mark=0x2 packets 0 bytes 0 (the \
snapshot has no such class)"
	is "not at every change" "$(hook change h every 2 2>&1 | wc -c)" -eq 0
	fails "the map names class lagre, which snapshot split100 does not have" hook change h \
		map strict lagre:drop
	is "nothing has changed" "$(stat_of h '.map | length')" -eq 2
	works hook change h map strict small:drop none:accept 1:accept
	is "strict is shown" \
		"$(hook show h | grep -c ' map strict small:drop none:accept 1:accept ')" -eq 1
	lfctl -n hk-r slot add val
	lfctl -n hk-r slot set val bytes activate
	fails "the map names class small, but snapshot bytes predicts a value: use numbers \
as bounds" hook change h slot val
	fails "map needs [strict] CLASS:ACTION..., or none" hook change h map strict
	works hook del h
	fails "the map names class lagre" hook add h family inet hook forward priority 0 slot app \
		map strict lagre:drop
	is "no hook" "$(lfctl -n hk-r -j hook list | jq length)" -eq 0
	works hook add h family inet hook forward priority 0 slot later map strict lagre:drop
	works hook del h
	lfctl -n hk-r slot del val
}

# Of the labels that the map names a connection has the one of its latest class, beside others'
# labels.
labels() {
	works hook add h family inet hook forward priority 0 slot app every 1 map small:label=3 \
		large:label=100,mark=1 result 0xff
	fails "'label=128' is not an action" hook change h map small:label=128
	nft_do <<-END
		table inet t {
			counter small {}
			counter large {}
			counter both {}
			chain others {
				type filter hook forward priority -10
				udp dport 9 ct label set 7
			}
			chain act {
				type filter hook forward priority 10
				udp dport 9 ct label 3 ct label 7 counter name small
				udp dport 9 ct label 100 ct label 7 counter name large
				udp dport 9 ct label 3 ct label 100 counter name both
			}
		}
	END
	# Nobody listens there: a sender that learns of it sends again.
	# shellcheck disable=SC2016
	ip netns exec hk-c bash -c 'exec 9>/dev/udp/$0/9
		for n in 1 500 1; do
			printf %${n}s x >&9 || printf %${n}s x >&9
		done' $S4 2>/dev/null
	is "small" "$(counter small)" -eq 2
	is "large" "$(counter large)" -eq 1
	is "never both" "$(counter both)" -eq 0
	is "and the mark" "$(stat_of h .marked)" -ge 1
	r nft delete table inet t
	fails "runs before connection tracking" hook add e family inet hook prerouting priority \
		raw slot app map small:label=3
	works hook del h
}

# As LOG writes it, before it what the model said; 10 lines in a second, and all are counted.
logs() {
	sysctl -qw net.netfilter.nf_log_all_netns=1
	dmesg -C
	works hook add h family inet hook forward priority 0 slot app map small:log large:drop
	pings 20 $S4 1
	pings 20 $S6 1
	log='liteflow h: class small score -*[0-9]* flow [0-9]* IN=rc OUT=rs '
	is "IPv4" "$(dmesg | grep -c "$log.*SRC=10.81.1.2 DST=$S4")" -eq 1
	is "IPv6" "$(dmesg | grep -c 'liteflow h: class small .*IN=rc OUT=rs .* DST=fd81:0002:')" \
		-eq 1
	is "no class without the word" "$(pings 500 $S4 1; dmesg | grep -c 'class large')" -eq 0
	sleep 1.1
	dmesg -C
	ip netns exec hk-c ping -q -c 100 -f -s 20 $S4 >/dev/null
	is "a flood is cut" "$(dmesg | grep -c 'liteflow h: class small')" -le 40
	is "  and said" "$(dmesg | grep -c 'liteflow h: class small')" -ge 10
	is "  and counted" "$(stat_of h .map[0].packets)" -eq 204
	is "shown" "$(hook show h | grep -c ' map small:accept,log large:drop ')" -eq 1
	works hook change h map small:drop,log
	pings 20 $S6 1
	is "a drop" "$(stat_of h .dropped)" -eq 2
	works hook del h
	sysctl -qw net.netfilter.nf_log_all_netns=0
}

values() {
	works lfctl -n hk-r slot add val
	works lfctl -n hk-r slot set val bytes activate
	works hook add h family ip hook forward priority 0 slot val result 0xff map 5000:mark=7 \
		9000000:drop every 1
	works pings 20 $S4 2
	is "marked by its bound" "$(stat_of h .marked)" -eq 4
	is "dropped by its bound" "$(pings 1000 $S4 2 && echo 1 || echo 0)" -eq 0
	works hook del h
	works lfctl -n hk-r slot del val
}

request() {
	works hook add h family inet hook forward priority 0 slot app request \
		0x80000000/0x80000000 result 0xff
	pings 20 $S4
	is "without the request bit the hook sees nothing" "$(stat_of h '[.packets[]] | add')" -eq 0
	nft_do <<-END
		table inet t {
			counter small {}
			chain select {
				type filter hook forward priority -10
				ip daddr $S4 meta mark set meta mark or 0x80000000
			}
			chain act {
				type filter hook forward priority 10
				meta mark 0x80000001 counter name small
			}
		}
	END
	pings 20 $S4
	is "with it, one verdict each" "$(stat_of h .marked)" -eq 4
	is "the request bit stays" "$(counter small)" -eq 4
	r nft delete table inet t
	works hook del h
}

netdev() {
	local point
	for point in ingress egress; do
		works hook add h family netdev hook $point dev rc priority 0 slot app map small:drop
		is "$point: small is dropped" "$(pings 20 $S4 2 && echo 1 || echo 0)" -eq 0
		is "  and counted" "$(stat_of h .dropped)" -eq 2
		works pings 500 $S6
		works hook del h
	done
}

device_goes() {
	ip -n hk-r link add d0 type dummy
	works hook add gone family netdev hook ingress dev d0 priority 0 slot app
	works hook add moved family netdev hook egress dev rs priority 0 slot app
	is "the attachment names its device" "$(lfctl -n hk-r attach list | grep -cw d0)" -eq 1
	ip -n hk-r link del d0
	is "its hook goes with the device" "$(hook list | grep -cw gone)" -eq 0
	is "the other stays" "$(hook list | grep -cw moved)" -eq 1
	works hook del moved
}

# The example of the README: what nft saves, it loads again, and the marks still arrive.
reload() {
	works hook add app family inet hook forward priority -5 slot app request \
		0x80000000/0x80000000 result 0xff map small:mark=1 large:mark=2 ct
	nft_do <<-END
		table inet t {
			counter small {}
			counter large {}
			counter again {}
			chain select {
				type filter hook forward priority -10
				meta l4proto icmp meta mark set meta mark or 0x80000000
			}
			chain act { type filter hook forward priority 0
				meta mark and 0xff == 1 counter name small
				ct mark and 0xff == 1 counter name again
				meta mark and 0xff == 2 counter name large drop
			}
		}
	END
	r nft list ruleset >"$tmp/rules"
	r nft flush ruleset
	works r nft -f "$tmp/rules"
	is "what is listed after the reload differs in lines" \
		"$(r nft list ruleset | diff - "$tmp/rules" | wc -l)" -eq 0
	works pings 20 $S4
	is "an nft rule drops a class" "$(pings 500 $S4 && echo 1 || echo 0)" -eq 0
	is "small" "$(counter small)" -eq 8
	is "large" "$(counter large)" -eq 4
	is "the connection's mark" "$(counter again)" -eq 8
	r nft -f "$tmp/rules"
	# Kernels with NETFILTER_NETLINK_HOOK.
	if r nft list hooks 2>/dev/null | grep -q hook; then
		is "nft list hooks" \
			"$(r nft list hooks | grep -c 'liteflow_hook \[nf_liteflow\]')" -ge 1
	fi
	r nft flush ruleset
	works hook del app
}

refused() {
	local all="priority 0 slot app"
	fails "ingress and egress belong to family netdev" hook add h family ip hook ingress $all
	fails "family netdev needs a device" hook add h family netdev hook ingress $all
	fails "take none" hook add h family ip hook input dev rc $all
	fails "No such device" hook add h family netdev hook ingress dev nothing $all
	fails "bits outside its mask" hook add h family ip hook input $all request 0x3/0x1
	fails "leaves no bit" hook add h family ip hook input $all result 0xf shift 8
	fails "does not fit" hook add h family ip hook input $all result 0xf map small:mark=16
	fails "marks need result MASK" hook add h family ip hook input $all map small:mark=1
	fails "leaves no bit" hook add h family ip hook input $all shift 8
	fails "clear needs request" hook add h family ip hook input $all clear
	fails "in the map twice" hook add h family ip hook input $all map small:drop small:accept
	fails "in the map twice" hook add h family ip hook input $all map full:drop \
		table-full:accept
	fails "overwrites a priority set here" hook add h family ip hook prerouting $all \
		map small:priority=1:1
	fails "overwrites a priority set here" hook add h family inet hook input $all \
		map small:drop none:priority=1:1
	fails "or accepts, or drops" hook add h family ip hook input $all map small:drop,mark=1
	fails "a flow table holds 64 to" hook add h family ip hook input $all flows 3
	fails "runs before connection tracking" hook add h family netdev hook ingress dev rc $all \
		ct
	fails "runs before connection tracking" hook add h family inet hook prerouting priority \
		-200 slot app ct
	fails "runs before connection tracking" hook add h family ip hook output priority raw \
		slot app ct
	fails "no hook of this name" hook del h
	works hook add h family ip hook input $all
	fails "a hook of this name already exists" hook add h family ip hook output $all
	fails "marks need result MASK" hook change h map small:mark=1
	fails "does not fit" hook change h result 0xff map small:mark=0x1ff
	fails "overwrites a priority set here" hook change h map small:priority=1:1
	fails "cannot be changed" hook change h priority 1
	works hook add early family ip hook prerouting priority raw slot app
	fails "runs before connection tracking" hook change early ct
	is "what was refused is not there" "$(stat_of early .ct)" -eq 0
	works hook del early
	is "what was refused changed nothing" "$(stat_of h '.map | length')" -eq 0
	works hook del h
	[ ! -e build/models/aurora-1.lfs ] || {
		lfctl snapshot load build/models/aurora-1.lfs
		lfctl -n hk-r slot add cc; lfctl -n hk-r slot set cc aurora-1 activate
		fails "hook" hook add h family ip hook input priority 0 slot cc
		lfctl -n hk-r slot del cc; lfctl snapshot del aurora-1
	}
}

rights() {
	fails "permitted: this needs CAP_NET_ADMIN over the network namespace" \
		setpriv --reuid 65534 --regid 65534 --clear-groups build/bin/lfctl hook add h \
		family ip hook input priority 0 slot app
	fails "permitted: this needs CAP_NET_ADMIN over the network namespace" \
		setpriv --reuid 65534 --regid 65534 --clear-groups build/bin/lfctl hook list
	works setpriv --reuid 65534 --regid 65534 --clear-groups unshare -rn build/bin/lfctl hook \
		add h family ip hook input priority 0 slot app
	fails "at most 524288 flows in total" unshare -rn build/bin/lfctl hook add h family ip \
		hook input priority 0 slot app flows 524289
	fails "at most 64 hooks" unshare -rn sh \
		-c 'for i in $(seq 70); do
			build/bin/lfctl hook add h$i family ip hook input priority 0 slot a \
				flows 64 || exit 1
		done'
}

# An entry of connection tracking is one flow; without tracking each direction is one.
flows() {
	works hook add h family inet hook forward priority 0 slot app
	pings 20 $S4
	is "two flows without tracking" "$(stat_of h .flows)" -eq 2
	works hook del h
	nft_do <<-END
		table inet t {
			chain f { type filter hook forward priority -10; ct state new counter; }
		}
	END
	works hook add h family inet hook forward priority 0 slot app
	pings 20 $S4; pings 20 $S6
	is "two entries of conntrack, two flows" "$(stat_of h .flows)" -eq 2
	is "one inference each at packets 1, 2, 4, 8" "$(stat_of h .packets.inferred)" -eq 8
	r nft flush ruleset
	works hook del h
	# Whoever writes the connection's mark has it tracked.
	r conntrack -F >/dev/null 2>&1
	works hook add h family inet hook forward priority 0 slot app result 0xff ct
	pings 20 $S4
	is "ct has connections tracked" "$(stat_of h .flows)" -eq 1
	works hook change h ct off
	is "one connection was" "$(r conntrack -L -p icmp 2>/dev/null | grep -c 'mark=1 ')" -eq 1
	r conntrack -F >/dev/null 2>&1
	pings 20 $S4
	is "ct off ends it" "$(r conntrack -L -p icmp 2>/dev/null | wc -l)" -eq 0
	works hook change h ct
	pings 20 $S6
	is "ct begins again" "$(r conntrack -L -p icmpv6 -f ipv6 2>/dev/null | grep -c 'mark=1 ')" \
		-eq 1
	works hook del h
}

# A change of a connection's mark is sent to listeners.
events() {
	works hook add h family inet hook forward priority 0 slot app every 1 result 0xff ct
	ip netns exec hk-r conntrack -E -p icmp >"$tmp/events" 2>"$tmp/err" &
	sleep 1
	pings 20 $S4 2 -e 77
	pings 500 $S4 2 -e 77
	for _ in $(seq 50); do grep -q 'UPDATE.*mark=2' "$tmp/events" && break; sleep 0.1; done
	kill $!; wait $!
	is "the new connection has its mark" "$(grep -c 'NEW.*mark=1' "$tmp/events")" -eq 1
	is "the change is told once" "$(grep -c 'UPDATE.*mark=2' "$tmp/events")" -eq 1
	works hook del h
}

# The kernel's own tracepoint has the reason of each drop; the listing of attachments counts them.
# At a device neighbour discovery is dropped too.
reasons() {
	local place dropped
	mkdir -p "$tmp/tracing"
	works mount -t tracefs none "$tmp/tracing"
	for place in "ip hook forward" "netdev hook ingress dev rc" "netdev hook egress dev rs"; do
		works hook add h family $place priority 0 slot app map small:drop
		echo >"$tmp/tracing/trace"
		echo 1 >"$tmp/tracing/events/skb/kfree_skb/enable"
		pings 20 $S4 3
		echo 0 >"$tmp/tracing/events/skb/kfree_skb/enable"
		dropped=$(lfctl -n hk-r -j attach list |
			jq '.[] | select(.label == "h") | .dropped')
		is "$place: dropped" "$dropped" -ge 3
		is "  with the kernel's reason" \
			"$(grep -c 'reason: NETFILTER_DROP' "$tmp/tracing/trace")" -ge 3
		works hook del h
	done
	umount "$tmp/tracing"
}

nat() {
	nft_do <<-END
		table ip n {
			chain p { type nat hook postrouting priority 100; oifname rs masquerade; }
		}
	END
	works hook add h family ip hook postrouting priority 300 slot app
	works hook add p family ip hook prerouting priority 300 slot app
	pings 20 $S4
	is "one flow through masquerading" "$(stat_of h .flows)" -eq 1
	is "  at the other side too" "$(stat_of p .flows)" -eq 1
	is "  with all its packets" "$(stat_of h '.packets | .inferred + .cached')" -eq 8
	r nft flush ruleset
	works hook del h
	works hook del p
}

# Packets that are of no flow are counted by reason and passed on; GSO and SCTP are as good as
# others.
kinds() {
	works hook add h family netdev hook ingress dev rc priority 0 slot app
	ip -n hk-c neigh del $R4 dev c0
	pings 3000 $S4 2
	remember_neighbours hk-c
	is "later fragments have their first one's verdict" "$(stat_of h .packets.cached)" -eq 4
	is "all of them" "$(stat_of h .packets.fragment)" -eq 0
	is "ARP is not IP" "$(stat_of h '.packets."not-ip"')" -ge 1
	works hook del h
	works hook add h family inet hook forward priority 0 slot app every 1
	serve
	works ip netns exec hk-c iperf3 -c $S6 -n 5M
	wait $server
	is "packets of TCP with GRO and GSO" "$(stat_of h .packets.inferred)" -ge 50
	works hook del h
}

# SCTP: its super-packets are lists of packets that differ in size.
sctp() {
	local to
	modprobe -q sctp
	nft_do <<-END
		table inet t {
			counter small {}
			counter large {}
			chain select {
				type filter hook forward priority -10
				meta l4proto sctp meta mark set 0x100
			}
			chain act {
				type filter hook forward priority 10
				meta mark and 0xff == 1 counter name small
				meta mark and 0xff == 2 counter name large
			}
		}
	END
	for to in $S4 $S6; do
		works hook add h family inet hook forward priority 0 slot app request 0x100/0x100 \
			result 0xff every 1
		serve
		works ip netns exec hk-c iperf3 -c $to --sctp -n 1M
		wait $server
		is "$to: one association, two directions" "$(stat_of h .flows)" -eq 2
		is "all have a verdict" "$(stat_of h .packets.inferred)" \
			-eq "$(stat_of h '[.packets[]] | add')"
		works hook del h
	done
	is "acknowledgements are small" "$(counter small)" -ge 20
	is "data are large" "$(counter large)" -ge 20
	works hook add h family inet hook forward priority 0 slot app request 0x100/0x100 result \
		0xff ct
	serve
	works ip netns exec hk-c iperf3 -c $S4 --sctp -n 200K
	wait $server
	is "one flow where it is tracked" "$(stat_of h .flows)" -eq 1
	r nft delete table inet t
	works hook del h
}

# Two ports of a bridge: with br_netfilter bridged packets go through the hooks of IP, tags of VLANs
# and all.
bridge() {
	local ns to
	FROM=hk-x
	modprobe -q br_netfilter
	ip -n hk-r link add br0 type bridge
	ip -n hk-r link set br0 up
	for ns in x y; do
		ip netns add hk-$ns
		ip link add ${ns}0 netns hk-$ns type veth peer name ${ns}b netns hk-r
		ip -n hk-r link set ${ns}b master br0 up
	done
	addresses hk-x x0 8 1; addresses hk-y y0 8 2
	for ns in x y; do ip -n hk-$ns link add ${ns}0.5 link ${ns}0 type vlan id 5; done
	addresses hk-x x0.5 9 1; addresses hk-y y0.5 9 2
	r sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0
	works hook add h family ip hook forward priority 0 slot app every 1 result 0xff
	pings 20 10.81.8.2 3
	is "without bridge-nf-call-iptables nothing is seen" "$(stat_of h '[.packets[]] | add')" \
		-eq 0
	r sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1 \
		net.bridge.bridge-nf-filter-vlan-tagged=1
	for to in 10.81.8.2 10.81.9.2; do
		works hook change h map small:accept large:mark=2
		is "large ones go through to $to" "$(pings 500 $to 3 && echo 1)" -eq 1
		works hook change h map small:drop large:mark=2
		is "small ones are dropped" "$(pings 20 $to 2 && echo 1 || echo 0)" -eq 0
	done
	is "marked" "$(stat_of h .marked)" -eq 12
	is "dropped" "$(stat_of h .dropped)" -eq 4
	works hook del h
	# Neighbour discovery is small too.
	works hook add h family ip6 hook forward priority 0 slot app map large:drop
	works pings 20 fd81:8::2 2
	is "IPv6 is dropped" "$(pings 500 fd81:8::2 2 && echo 1 || echo 0)" -eq 0
	works pings 20 fd81:9::2 2
	works hook del h
	works hook add h family ip hook forward priority 0 slot app result 0xff ct
	works pings 20 10.81.8.2 4
	is "a connection over the bridge is one flow" "$(stat_of h .flows)" -eq 1
	is "  and has a mark" "$(r conntrack -L -p icmp 2>/dev/null | grep -c 'mark=1 ')" -ge 1
	works hook del h
	ip -n hk-r link del br0
	ip netns del hk-x; ip netns del hk-y
	FROM=hk-c
}

# After every change small packets are still dropped: not one may pass.
change() {
	local i
	works hook add h family ip hook forward priority 0 slot app result 0xff map small:drop
	ip netns exec hk-c ping -q -f -c 4000 -s 20 -W 1 $S4 >"$tmp/flood" 2>&1 &
	for i in $(seq 20); do
		hook change h map large:accept small:drop || break
		hook change h map small:drop large:mark=1 || break
	done
	is "forty changes" "$i" -eq 20
	kill -INT $! 2>/dev/null; wait $!
	is "packets that slipped through" \
		"$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$tmp/flood")" -eq 0
	is "packets dropped" "$(stat_of h .dropped)" -ge 20
	works hook del h
}

# Hooks, slots and snapshots go in every order.
orders() {
	local order what
	for order in "hook slot snap" "slot hook snap" "hook snap slot" "slot snap hook" \
		"snap hook slot" "snap slot hook"; do
		lfctl snapshot load "$tmp/snap/split800.lfs"
		lfctl -n hk-r slot add o; lfctl -n hk-r slot set o split800 activate
		hook add o family inet hook forward priority 1 slot o
		pings 20 $S4 2
		for what in $order; do
			case $what in
			hook) works hook del o ;;
			slot) works lfctl -n hk-r slot del o force ;;
			snap) lfctl snapshot del split800 >/dev/null 2>&1 ;;
			esac
			works pings 500 $S4 2
		done
		lfctl snapshot del split800 >/dev/null 2>&1
	done
	is "nothing is left" "$(hook list | wc -l)" -eq 0
}

# Namespaces come and go while they send.
namespaces() {
	local i
	for i in $(seq "${NAMESPACES:-10}"); do
		ip netns add hk-t
		ip -n hk-t link set lo up
		lfctl -n hk-t slot add app; lfctl -n hk-t slot set app split100 activate
		lfctl -n hk-t hook add a family inet hook output priority 0 slot app flows 1024 &&
			lfctl -n hk-t hook add b family inet hook input priority 0 slot app \
			flows 1024 ct &&
			lfctl -n hk-t hook add c family netdev hook ingress dev lo priority 0 \
			slot app flows 1024 || break
		ip netns exec hk-t timeout 1 ping -q -f 127.0.0.1 >/dev/null 2>&1 &
		sleep 0.1
		ip netns del hk-t
		wait
	done
	is "namespaces" "$i" -eq "${NAMESPACES:-10}"
}

unload() {
	works hook add h family inet hook forward priority 0 slot app
	fails "in use" rmmod nf_liteflow
	works hook del h
	lfctl -n hk-r slot del app
	for i in $(seq 50); do rmmod nf_liteflow 2>/dev/null && break; sleep 0.2; done
	for i in $(seq 50); do rmmod liteflow 2>/dev/null && break; sleep 0.2; done
	is "modules left" "$(grep -c liteflow /proc/modules)" -eq 0
}

run_tests "$@"
