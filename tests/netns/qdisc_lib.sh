# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What the rows of tests/netns/qdisc.sh are made of: checks, the qdisc's counters, queues, traffic,
# the two namespaces. Sourced by it; $TC, $lfctl, $tmp and the counters of results are set there.
#
# Rows in other files use what is here, and set $dev and $q.
# shellcheck disable=SC2154,SC2034

peer() {
	ip netns exec lfq-peer "$@"
}

# From here on what a command says is only worth showing if it fails.
must() {
	local out
	out=$("$@" 2>&1) || {
		not_ok "$*: $out"
		return 1
	}
}

# These parse what tc says without awk: a process takes 10 ms of the processor in User Mode Linux.

# stat_of FIELD KIND ID: bytes|pkts|dropped|overlimits|backlog of the qdisc or class with that
# number, in tc's listing on stdin. An ID may be a pattern: then the sum.
stat_of() {
	local word on='' got=() all=0
	while read -ra word; do
		case ${word[0]-} in
		"$2")
			all=$((all + ${got[0]-0})) got=() on=
			# shellcheck disable=SC2053
			[[ ${word[2]} != $3 ]] || on=1
			continue
			;;
		Sent)
			case $1 in
			bytes) got=("${word[1]}") ;;
			pkts) got=("${word[3]}") ;;
			dropped) got=("${word[6]}") ;;
			overlimits) got=("${word[8]}") ;;
			*) continue ;;
			esac
			;;
		backlog)
			[ "$1" = backlog ] || continue
			got=("${word[2]}")
			;;
		*) continue ;;
		esac
		[ -n "$on" ] || got=()
		got=("${got[@]%[!0-9]}")
	done
	echo $((all + ${got[0]-0}))
}

# qstat FIELD [HANDLE]
qstat() {
	local listing
	listing=$("$TC" -s qdisc show dev "$dev")
	stat_of "$1" qdisc "${2:-$q}" <<<"$listing"
}

# cstat FIELD MINOR
cstat() {
	local listing
	listing=$("$TC" -s class show dev "$dev")
	stat_of "$1" class "$q$2" <<<"$listing"
}

# cstats KEY MINOR...: of several classes at one moment, for packets go on meanwhile
cstats() {
	local listing c sep=''
	listing=$("$TC" -s class show dev "$dev")
	for c in "${@:2}"; do
		printf %s "$sep"
		sep=' '
		printf %s "$(stat_of "$1" class "$q$c" <<<"$listing")"
	done
	echo
}

# cx KEY MINOR: "classified", "defaulted", "shed", ...
cx() {
	local listing word on='' i
	listing=$("$TC" -s class show dev "$dev")
	while read -ra word; do
		if [ "${word[0]-}" = class ]; then
			on=
			[ "${word[2]}" != "$q$2" ] || on=1
		fi
		[ -n "$on" ] || continue
		for ((i = 0; i < ${#word[@]} - 1; i++)); do
			[ "${word[i]}" = "$1" ] || continue
			[[ ${word[i + 1]} =~ ^[0-9]* ]]
			echo "${BASH_REMATCH[0]:-0}"
			return
		done
	done <<<"$listing"
}

# x JQ-PATH: of the qdisc's statistics
x() {
	"$TC" -s -j qdisc show dev "$dev" | jq --arg h "$q" "[.[] | select(.handle == \$h)][0] | $1"
}

verdicts() { x '[.verdicts[]] | add'; }

sum_classes() {
	cstat "$1" '*'
}

# books WHAT: of every liteflow qdisc there is, the classes' numbers are together the qdisc's
books() {
	local out
	# shellcheck disable=SC2086
	if out=$("$top/build/tests/qdisc_books" ${books_opts-} 2>&1); then
		ok "$1: books balance"
	else
		not_ok "$1: books: $out"
	fi
}

# pings N [ARG...]: N echo requests; the replies are the peer's business
pings() {
	ping -n -q -i 0.01 -W 1 -c "$@" >/dev/null 2>&1
}

root() {
	dev=lfq0 q=1:
	must "$TC" qdisc add dev lfq0 root handle 1: liteflow "$@"
}

# below_tbf RATE [OPTION...]: a real queue
below_tbf() {
	local rate=$1
	shift
	dev=lfq0 q=10:
	must "$TC" qdisc add dev lfq0 root handle 1: tbf rate "$rate" burst 5000 latency 1s
	must "$TC" qdisc add dev lfq0 parent 1:1 handle 10: liteflow "$@"
}

# change OPTION...: of the qdisc below the tbf
change() { "$TC" qdisc change dev lfq0 parent 1:1 handle 10: liteflow "$@"; }

# all_out N: so many have come out, and none was lost on the way
all_out() {
	is "all came out" "$(qstat pkts 1:)" -eq "$1"
	is "nothing dropped" "$(qstat dropped)" -eq 0
	is "queue is empty" "$(qstat backlog)" -eq 0
}

# A queue that does not move: 1 byte/s, and the burst is used up. tbf has peeked at one packet, of
# the default band: that has come out, but counts for the qdisc and for the class until it goes.
below_dam() {
	below_tbf 8bit "$@"
	udp 5 1000 5009
}

# stuffed N [OPTION...]: with N packets of 1,000 bytes in the default band
stuffed() {
	local n=$1
	shift
	below_dam "$@"
	udp "$n" 1000 5001
}

# udp N SIZE PORT: N datagrams at once, to an address that the peer drops without a word. A
# socket with more than 80 in the queue waits until there is room.
udp() {
	local i data
	printf -v data "%$2s" ''
	data=${data// /x}
	exec 9<>"/dev/udp/10.9.0.3/$3" || return 1
	for ((i = 0; i < $1; i++)); do
		printf %s "$data" >&9
	done
	exec 9>&-
}

server() {
	peer iperf3 -s -1 -p "$1" >"$tmp/server.$1" 2>&1 &
	for _ in {1..100}; do
		[ -z "$(ss -N lfq-peer -Hltn "sport = :$1")" ] || return
		sleep 0.05
	done
}

# ping_beside_bulk: the mean round trip of twenty pings beside a TCP transfer, ms, in $rtt
ping_beside_bulk() {
	local bulk
	server 5201
	iperf3 -c 10.9.0.2 -p 5201 -t 4 >/dev/null 2>&1 &
	bulk=$!
	sleep 1
	rtt=$(ping -n -q -i 0.1 -c 20 10.9.0.2 | sed -n 's|^rtt [^=]*= [^/]*/\([0-9]*\).*|\1|p')
	wait $bulk
}

# blast SECONDS RATE PORT...: UDP streams at once, each at that rate
blast() {
	local t=$1 rate=$2 p jobs=()
	shift 2
	for p; do server "$p"; done
	for p; do
		iperf3 -u -c 10.9.0.2 -p "$p" -t "$t" -b "$rate" -l 1200 -J >"$tmp/client.$p" 2>&1 &
		jobs+=($!)
	done
	wait "${jobs[@]}"
}

# Ports 5001 and 5003 to bands 0 and 2, whichever protocol.
by_port() {
	local p
	for p in 1 3; do
		must "$TC" filter add dev lfq0 parent "$q" protocol ip u32 match ip dport 500$p \
			0xffff classid "$q$p"
	done
}

# No packets but those of the tests: no IPv6 unless a test needs it, neighbours known.
setup() {
	local here=02:00:00:0a:09:01 there=02:00:00:0a:09:02 d
	ip netns add lfq-peer
	ip -force -batch - <<-END
		link add lfq0 address $here numtxqueues 2 type veth peer name lfq1 address $there \
			numrxqueues 2 netns lfq-peer
		link add link lfq0 name lfq0.7 type vlan id 7
	END
	ip -n lfq-peer link add link lfq1 name lfq1.7 type vlan id 7
	for d in lfq0 lfq0.7; do
		echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6
	done
	peer sysctl -qw net/ipv6/conf/lfq1/disable_ipv6=1 net/ipv6/conf/lfq1.7/disable_ipv6=1 \
		net.ipv4.ip_forward=0
	ip -force -batch - <<-END
		link set lfq0 up
		link set lfq0.7 up
		addr add 10.9.0.1/24 dev lfq0
		addr add 10.9.7.1/24 dev lfq0.7
		neigh add 10.9.0.2 lladdr $there dev lfq0
		neigh add 10.9.0.3 lladdr $there dev lfq0
		neigh add 10.9.7.2 lladdr $there dev lfq0.7
	END
	ip -n lfq-peer -force -batch - <<-END
		link set lfq1 up
		link set lfq1.7 up
		link set lo up
		addr add 10.9.0.2/24 dev lfq1
		addr add 10.9.7.2/24 dev lfq1.7
		neigh add 10.9.0.1 lladdr $here dev lfq1
		neigh add 10.9.7.1 lladdr $here dev lfq1.7
	END
}

# Addresses; and what the interfaces say on that occasion has been said.
with_ipv6() {
	local mac
	sysctl -qw net/ipv6/conf/lfq0/disable_ipv6=0 net/ipv6/conf/lfq0/router_solicitations=0
	peer sysctl -qw net/ipv6/conf/lfq1/disable_ipv6=0 net/ipv6/conf/lfq1/router_solicitations=0
	ip addr add fd09::1/64 dev lfq0 nodad
	peer ip addr add fd09::2/64 dev lfq1 nodad
	mac=$(peer cat /sys/class/net/lfq1/address)
	ip neigh add fd09::2 lladdr "$mac" dev lfq0
	mac=$(cat /sys/class/net/lfq0/address)
	peer ip neigh add fd09::1 lladdr "$mac" dev lfq1
	sleep 3
}

clean() {
	"$TC" qdisc del dev lfq0 root
	"$TC" qdisc del dev lfq0 clsact
	[ -x "$lfctl" ] && "$lfctl" slot del default force
	ip link del lfq0
	ip netns del lfq-peer
	# What ran in the namespace ends with it, but not at once.
	wait
} >/dev/null 2>&1
