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

# bytes|pkts|dropped|overlimits|backlog of the qdisc with that handle, or of a class
stat_of() {
	awk -v field="$1" '
		/^ Sent/ {
			v["bytes"] = $2; v["pkts"] = $4
			v["dropped"] = $7 + 0; v["overlimits"] = $9 + 0
		}
		/^ backlog/ { v["backlog"] = $3 + 0 }
		END { print v[field] + 0 }'
}

# qstat FIELD [HANDLE]
qstat() {
	"$TC" -s qdisc show dev "$dev" | awk -v h="${2:-$q}" '/^qdisc/ { on = $3 == h } on' |
		stat_of "$1"
}

# cstat FIELD MINOR
cstat() {
	"$TC" -s class show dev "$dev" | awk -v c="$q$2" '/^class/ { on = $3 == c } on' |
		stat_of "$1"
}

# cstats KEY MINOR...: of several classes at one moment, for packets go on meanwhile
cstats() {
	local listing c
	listing=$("$TC" -s class show dev "$dev")
	for c in "${@:2}"; do
		awk -v c="$q$c" '/^class/ { on = $3 == c } on' <<<"$listing" | stat_of "$1"
	done | paste -sd' '
}

# cx KEY MINOR: "classified", "defaulted", "shed", ...
cx() {
	"$TC" -s class show dev "$dev" | awk -v c="$q$2" -v k="$1" '
		/^class/ { on = $3 == c }
		on { for (i = 1; i < NF; i++) if ($i == k) { print $(i + 1) + 0; exit } }'
}

# x JQ-PATH: of the qdisc's statistics
x() {
	"$TC" -s -j qdisc show dev "$dev" | jq --arg h "$q" "[.[] | select(.handle == \$h)][0] | $1"
}

verdicts() { x '[.verdicts[]] | add'; }

sum_classes() {
	local s=0 i
	for i in $(seq "$(x .options.bands)"); do
		s=$((s + $(cstat "$1" "$i")))
	done
	echo $s
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
	data=$(head -c "$2" /dev/zero | tr '\0' x)
	exec 9<>"/dev/udp/10.9.0.3/$3" || return 1
	for ((i = 0; i < $1; i++)); do
		printf %s "$data" >&9
	done
	exec 9>&-
}

server() {
	peer iperf3 -s -1 -p "$1" >"$tmp/server.$1" 2>&1 &
	for _ in $(seq 100); do
		peer ss -Hltn "sport = :$1" | grep -q . && return
		sleep 0.05
	done
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
	local mac here there
	ip netns add lfq-peer
	ip link add lfq0 numtxqueues 2 type veth peer name lfq1 numrxqueues 2 netns lfq-peer
	ip link add link lfq0 name lfq0.7 type vlan id 7
	peer ip link add link lfq1 name lfq1.7 type vlan id 7
	for here in lfq0 lfq0.7; do
		sysctl -qw "net/ipv6/conf/$here/disable_ipv6=1"
		ip link set "$here" up
	done
	for there in lfq1 lfq1.7; do
		peer sysctl -qw "net/ipv6/conf/$there/disable_ipv6=1"
		peer ip link set "$there" up
	done
	peer ip link set lo up
	ip addr add 10.9.0.1/24 dev lfq0
	ip addr add 10.9.7.1/24 dev lfq0.7
	peer ip addr add 10.9.0.2/24 dev lfq1
	peer ip addr add 10.9.7.2/24 dev lfq1.7
	mac=$(peer cat /sys/class/net/lfq1/address)
	ip neigh add 10.9.0.2 lladdr "$mac" dev lfq0
	ip neigh add 10.9.0.3 lladdr "$mac" dev lfq0
	ip neigh add 10.9.7.2 lladdr "$mac" dev lfq0.7
	mac=$(cat /sys/class/net/lfq0/address)
	peer ip neigh add 10.9.0.1 lladdr "$mac" dev lfq1
	peer ip neigh add 10.9.7.1 lladdr "$mac" dev lfq1.7
	peer sysctl -qw net.ipv4.ip_forward=0
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
