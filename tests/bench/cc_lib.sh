# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The path and the columns of the benches of congestion control, cc.sh and cc_cpu.sh, which run
# inside a test machine.
#
#	sender 10.79.1.2 ---- router ---- receiver 10.79.2.2
#	                      rate, queue, loss    netem delay (all of the RTT)
#
# A column is cubic, bbr, reno, or a policy in congestion control liteflow: aurora, mocc-thr,
# mocc-lat, mocc-loss, upstream (LiteFlow's published Aurora weights, where ../shared has them), or
# none: liteflow without a snapshot.
#
# Or user, user-10, user-100: aurora once more, but a process decides (tests/bench/cc_user). It is
# asked over netlink at the end of every interval; or where 10 ms, or 100 ms, have passed since the
# connection asked last. All else is the same source: intervals, start-up, guard rails, the map from
# action to rate. The step of an interval is made when its answer comes; without a question the rate
# stays as it is.
#
# Sourced with $tmp, a folder.
: "${tmp:?}"
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh

lfctl=$PWD/build/bin/lfctl
decider=''

die() { echo "cc: $*" >&2; exit 1; }
ns() { ip netns exec "cc-$1" "${@:2}"; }

topology() {
	local n
	for n in sender router receiver; do
		ip netns add cc-$n && ns $n ip link set lo up || die "namespaces"
		# No run learns from the one before; windows must not be what limits.
		ns $n sysctl -qw net.ipv4.tcp_no_metrics_save=1 \
			net.ipv4.tcp_rmem="4096 131072 67108864" \
			net.ipv4.tcp_wmem="4096 65536 67108864"
	done
	ip link add s0 netns cc-sender type veth peer name r1 netns cc-router
	ip link add d0 netns cc-receiver type veth peer name r2 netns cc-router
	ns sender ip address add 10.79.1.2/24 dev s0
	ns receiver ip address add 10.79.2.2/24 dev d0
	ns router ip address add 10.79.1.1/24 dev r1
	ns router ip address add 10.79.2.1/24 dev r2
	for n in sender:s0 receiver:d0 router:r1 router:r2; do
		ns "${n%:*}" ip link set "${n#*:}" up
		# The wire carries frames, not what segmentation offload makes of many.
		ns "${n%:*}" ethtool -K "${n#*:}" tso off gso off gro off >/dev/null ||
			die "ethtool"
	done
	ns router sysctl -qw net.ipv4.ip_forward=1
	ns sender ip route add default via 10.79.1.1
	ns receiver ip route add default via 10.79.2.1
}

# Packets of 1,514 bytes that a BDP times $3 holds.
queue_packets() {	# Mbit/s ms BDPs
	awk -v r="$1" -v t="$2" -v q="$3" \
		'BEGIN { n = int(r * 1e6 / 8 * t / 1e3 * q / 1514); print n < 4 ? 4 : n }'
}

line() {		# verb Mbit/s ms BDPs loss
	ns router tc qdisc "$1" dev r2 root netem rate "${2}mbit" limit \
		"$(queue_packets "$2" "$3" "$4")" loss "$5%" || die "netem"
}

# What waits goes out at the new rate when that changes, as netem would not have it.
radio() {		# verb kbit/s, bytes of queue
	ns router tc qdisc "$1" dev r2 root tbf rate "${2}kbit" burst 1600 limit "$3" || die "tbf"
}

path() {		# Mbit/s ms BDPs loss
	ns router tc qdisc del dev r2 root 2>/dev/null
	ns receiver tc qdisc del dev d0 root 2>/dev/null
	line add "$@"
	ns receiver tc qdisc add dev d0 root netem delay "${2}ms" limit 1000000 || die "netem"
}

# --- columns

policy() {		# column: the slot's snapshot and parameters
	local file weights='' slot=tcp
	case $1 in
	none) "$lfctl" -n cc-sender slot del $slot force 2>/dev/null; return 0 ;;
	mocc-*) file=build/models/mocc.lfs ;;
	upstream) file=build/models/aurora-1.lfs ;;
	*) file=build/models/$1.lfs ;;
	esac
	case $1 in
	mocc-thr) weights='w_thr 0.8 w_lat 0.1 w_loss 0.1' ;;
	mocc-lat) weights='w_thr 0.1 w_lat 0.8 w_loss 0.1' ;;
	mocc-loss) weights='w_thr 0.1 w_lat 0.1 w_loss 0.8' ;;
	upstream) weights='share 0' ;;
	*) weights='share default' ;;
	esac
	[ -e "$file" ] || return 1
	"$lfctl" -n cc-sender slot del $slot force 2>/dev/null
	"$lfctl" -n cc-sender slot add $slot pin none || die "slot"
	# shellcheck disable=SC2086
	"$lfctl" -n cc-sender slot param $slot $weights || die "parameters"
	"$lfctl" -n cc-sender slot set $slot "$file" activate || die "snapshot"
}

# The process of a column user*, and what the kernel has counted when it goes.
decide() {		# period, us
	local n=50
	[ -e build/models/aurora.lfs ] || return 1
	rm -f "$tmp/decide"
	build/bench/cc-decide build/models/aurora.lfs "$1" >"$tmp/decide" &
	decider=$!
	until grep -q ready "$tmp/decide"; do
		n=$((n - 1))
		[ $n -gt 0 ] || die "nobody decides"
		sleep 0.1
	done
}

decide_no_more() {
	[ -n "$decider" ] || return 0
	kill "$decider"
	wait "$decider" 2>/dev/null
	decider=''
	dmesg | grep 'lf_user: asked' | tail -1 | sed 's/.*lf_user: //'
}

select_column() {	# column
	local cc=$1
	case $1 in
	cubic | bbr | reno) ;;
	user) cc=lf_user; decide 0 || return 1 ;;
	user-*) cc=lf_user; decide $((${1#user-} * 1000)) || return 1 ;;
	*) cc=liteflow; policy "$1" || return 1 ;;
	esac
	ns sender sysctl -qw net.ipv4.tcp_congestion_control=$cc
}

# --- flows

server() { ns receiver iperf3 -s -1 -p "$1" >/dev/null 2>&1 & servers+=($!); }
client() { ns sender iperf3 -c 10.79.2.2 -p "$1" -i 0.1 -J "${@:2}"; }

listening() { ns receiver ss -Hltn "sport = :$1" | grep -q .; }

ready() {		# ports
	local p n
	for p; do
		n=50
		until listening "$p"; do
			n=$((n - 1))
			[ $n -gt 0 ] || die "no server at $p"
			sleep 0.1
		done
	done
}

# --- modules

modules() {
	# Nothing to load where all is built in.
	modprobe -qa libcrc32c veth sch_netem sch_tbf tcp_bbr
	insmod "$LF_MODULES/kmod/liteflow.ko" || die "liteflow.ko"
	insmod "$LF_MODULES/tcp_cc/tcp_liteflow.ko" || die "tcp_liteflow.ko"
	insmod "$LF_MODULES-cc-user/tcp_lf_user.ko" ||
		die "tcp_lf_user.ko: tests/bench/cc_user/build builds it"
}
