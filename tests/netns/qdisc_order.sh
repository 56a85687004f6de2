# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Rows of tests/netns/qdisc.sh: mode srpt in order exact. Datagrams behind a dam have their rank
# when it opens, and the peer writes down in which order they come.
# shellcheck disable=SC2154,SC2034

ORDER_TESTS="order_options order_rank order_filter order_stays order_starve order_limit order_change
	order_graft order_many order_tcp order_unsent"

# numbered N PORT: N datagrams of 20 bytes, "PORT NUMBER"
numbered() {
	local i
	exec 9<>"/dev/udp/10.9.0.2/$2" || return 1
	for ((i = 1; i <= $1; i++)); do printf '%-9d %-10d' "$2" "$i" >&9; done
	exec 9>&-
}

# The peer's list of numbered() datagrams as they come, in $tmp/came. Not by peer(): it is killed.
peer_lists() {
	ip netns exec lfq-peer python3 -u -c '
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(0x800))
s.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)
print("ready")
while True:
    words = s.recv(2048)[28:].split()
    if len(words) == 2 and all(w.isdigit() for w in words):
        print(*(int(w) for w in words))
' >"$tmp/came" &
	lister=$!
	until_is 1 grep -c ready "$tmp/came"
}

# open_dam N: until N of them have come
open_dam() {
	must "$TC" qdisc change dev lfq0 root handle 1: tbf rate 100kbit burst 5000 latency 1s
	udp 1 1000 5009
	until_is "$1" sh -c "grep -vc ready '$tmp/came'"
	kill $lister
	wait $lister 2>/dev/null
}

# Numbers of the datagrams of a port in the order in which they came, a space before each.
came() { awk -v p="$1" '$1 == p { printf " %s", $2 }' "$tmp/came"; }

# mode, order, number of bands
shape() { x '"\(.options.mode) \(.options.order) \(.options.bands)"'; }

kinds() { "$TC" qdisc show dev lfq0 | awk -v p="parent $1" 'index($0, p) { print $2 }'; }

test_order_options() {
	local out
	root mode srpt
	is "exact without other words" "$(x .options.order)" = '"exact"'
	is "one band" "$(x .options.bands)" -eq 1
	is "its child" "$(kinds 1:1)" = liteflow_order
	out=$("$TC" qdisc change dev lfq0 root liteflow bands 2 2>&1)
	has "no bands" "$out" "order exact allows one band only"
	out=$("$TC" qdisc change dev lfq0 root liteflow thresholds 1000 2>&1)
	has "no thresholds" "$out" "thresholds need order bands"
	out=$("$TC" qdisc change dev lfq0 root liteflow mode drr order exact 2>&1)
	has "no other mode" "$out" "order exact needs mode srpt"
	out=$("$TC" qdisc change dev lfq0 root liteflow order by-size 2>&1)
	has "no other word" "$out" 'order must be bands or exact, not "by-size"'
	is "nothing changed" "$(shape)" = '"srpt exact 1"'
	check "to drr" "$TC" qdisc change dev lfq0 root liteflow mode drr
	is "default number of bands" "$(shape)" = '"drr null 3"'
	is "and children" "$(kinds 1: | sort | uniq -c | xargs)" = "3 fq_codel"
	check "to srpt" "$TC" qdisc change dev lfq0 root liteflow mode srpt
	is "keeps them" "$(shape)" = '"srpt bands 3"'
	check "to exact" "$TC" qdisc change dev lfq0 root liteflow order exact
	is "one child" "$(kinds 1: | xargs)" = liteflow_order
	check "to bands" "$TC" qdisc change dev lfq0 root liteflow order bands
	is "default number of bands of srpt" "$(x .options.bands)" -eq 8
	must "$TC" qdisc del dev lfq0 root
	root mode srpt thresholds 1000
	is "thresholds mean bands" "$(shape)" = '"srpt bands 2"'
}

# Without a model by bytes sent: what has sent less goes first, each flow in its own order.
test_order_rank() {
	below_dam mode srpt starve 0
	peer_lists
	numbered 30 6001
	numbered 5 6002
	numbered 10 6003
	is "all wait" "$(qstat backlog)" -eq 46
	open_dam 45
	is "the longest comes last" "$(awk '$1 == 6001' "$tmp/came" | wc -l)" -eq 30
	is "order of the flows" "$(awk 'NF == 2 { print $1 }' "$tmp/came" | uniq | xargs)" = \
		"6002 6003 6001"
	is "order in the flow" "$(came 6001)" = "$(printf ' %d' {1..30})"
	is "nothing dropped" "$(qstat dropped)" -eq 0
}

# What a filter sends to the class has one rank, so what came first goes first.
test_order_filter() {
	below_dam mode srpt starve 0
	must "$TC" filter add dev lfq0 parent 10: protocol ip matchall classid 10:1
	peer_lists
	numbered 10 6001
	numbered 5 6002
	open_dam 15
	is "order of the flows" "$(awk 'NF == 2 { print $1 }' "$tmp/came" | uniq | xargs)" = \
		"6001 6002"
	is "filtered" "$(x .filtered)" -ge 15
}

# A flow whose rank falls as it sends stays in order; with bands it overtakes itself.
test_order_stays() {
	local order
	with_model log2 || return
	for order in exact bands; do
		below_dam mode srpt order $order starve 0
		[ $order = exact ] ||
			must change thresholds 700 2000
		peer_lists
		numbered 30 6001
		open_dam 30
		if [ $order = exact ]; then
			is "exact: in order" "$(came 6001)" = "$(printf ' %d' {1..30})"
		else
			is "bands: not in order" "$(came 6001)" != "$(printf ' %d' {1..30})"
		fi
		must "$TC" qdisc del dev lfq0 root
	done
}

test_order_starve() {
	below_dam mode srpt starve 250ms
	udp 80 1000 5003
	udp 60 1000 5001
	flows_out 20
	is "turns for the starving" "$(x .starved)" -ge 4
	is "not all are" "$(x .starved)" -le 10
	is "  the band's" "$(cx starved 1)" -ge 4
}

# Beyond the limit the flow with the highest rank pays.
test_order_limit() {
	below_dam mode srpt limit 20
	udp 60 1000 5003
	is "packets in the queue" "$(qstat backlog)" -eq 21
	is "the rest is dropped" "$(qstat dropped)" -eq 40
	peer_lists
	numbered 5 6002
	is "still as many" "$(qstat backlog)" -eq 21
	is "five more are dropped" "$(qstat dropped)" -eq 45
	is "the child's too" "$(qstat dropped 0:)" -eq 45
	is "the class's too" "$(cstat dropped 1)" -eq 45
	is "tbf agrees" "$(qstat backlog 1:)" -eq 21
	open_dam 5
	is "not of the new flow" "$(came 6002)" = " 1 2 3 4 5"
}

# From order to order under traffic: nothing is lost.
test_order_change() {
	local n=0 streamer streamed
	with_model bytes || return
	below_tbf 1gbit mode srpt
	stream_begin
	while stream_lasts $n; do
		must change order bands
		must change mode strict
		must change mode srpt order exact
		must change starve 1ms noecn
		must change mode drr bands 16
		must change mode srpt order exact
		n=$((n + 1))
	done
	stream_end
	all_out $streamed
}

# Packets move to a grafted child, and back; a grafted child stays when the order changes.
test_order_graft() {
	below_dam mode srpt
	udp 40 1000 5001
	check "graft" "$TC" qdisc add dev lfq0 parent 10:1 handle 20: pfifo limit 100
	is "all in the new child" "$(qstat backlog 20:)" -ge 40
	check "change order" change order bands
	is "it stays" "$(kinds 10:1)" = pfifo
	check "and back" change order exact
	is "it stays" "$(kinds 10:1)" = pfifo
	check "remove it" "$TC" qdisc del dev lfq0 parent 10:1 handle 20:
	is "the order's child again" "$(kinds 10:1)" = liteflow_order
	is "with all packets" "$(qstat backlog)" -eq 41
	is "tbf agrees" "$(qstat backlog 1:)" -eq 41
	is "nothing dropped" "$(qstat dropped)" -eq 0
}

# More flows than places in a set of queues.
test_order_many() {
	local port
	below_dam mode srpt
	for ((port = 7000; port < 7400; port++)); do
		exec 9<>"/dev/udp/10.9.0.3/$port"
		printf 1 >&9
		printf 2 >&9
		exec 9>&-
	done
	is "all wait" "$(qstat backlog)" -eq 801
	must "$TC" qdisc change dev lfq0 root handle 1: tbf rate 100mbit burst 5000 latency 1s
	udp 1 1000 5009
	until_is 0 sh -c "'$TC' -s qdisc show dev lfq0 | awk '/^qdisc liteflow 10:/ { on = 1 }
		on && /backlog/ { print \$3 + 0; exit }'"
	is "all came out" "$(qstat pkts)" -ge 801
	is "nothing dropped" "$(qstat dropped)" -eq 0
}

# CoDel keeps a lone TCP flow's queue short, by drops or marks, and a ping is not behind it.
test_order_tcp() {
	local rtt ecn
	for ecn in 0 1; do
		below_tbf 20mbit mode srpt
		sysctl -qw net.ipv4.tcp_ecn=$ecn
		peer sysctl -qw net.ipv4.tcp_ecn=$ecn
		ping_beside_bulk
		is "ping beside a bulk transfer, ms" "$rtt" -lt 50
		[ $ecn = 1 ] || is "drops" "$(qstat dropped)" -gt 0
		[ $ecn = 0 ] || is "marks instead of drops" "$(qstat dropped)" -eq 0
		is "classes and qdisc agree" "$(sum_classes bytes)" -eq "$(qstat bytes)"
		books "tcp_ecn $ecn"
		must "$TC" qdisc del dev lfq0 root
	done
	sysctl -qw net.ipv4.tcp_ecn=2
	peer sysctl -qw net.ipv4.tcp_ecn=2
}

# A socket that holds megabytes does not go before a connection that has sent less than that.
test_order_unsent() {
	local server acked
	below_tbf 10mbit mode srpt starve 0
	ip netns exec lfq-peer python3 "$top/tests/netns/unsent.py" serve >"$tmp/served" &
	server=$!
	until_is 1 grep -c ready "$tmp/served"
	acked=$(python3 "$top/tests/netns/unsent.py" ask 10.9.0.2)
	kill $server
	wait $server 2>/dev/null
	is "bytes that went before five answers" "${acked:-none}" -lt 400000
}
