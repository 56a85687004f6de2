# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The laboratory's router as a bottleneck, the load that saturates it, and its users: for
# gain.sh and tests/adapt/traffic.sh. Sourced after lab.sh and lib.sh; whoever does sets $rate,
# $seconds and $seed, and $column while it measures; $MAP is the qdisc's, $CODEC (g711) that of the
# call.

WARM=4			# seconds of load before people come
SSH=(-F none -i "$LAB/ssh/user" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null)

die() { echo "${0##*/}: $*" >&2; exit 1; }

# The wire carries frames, not what segmentation offload makes of many; and no run learns from the
# one before.
wires() {
	local end
	for end in client:c0 server:s0 router:rc router:rs; do
		lab_ns "${end%:*}" ethtool -K "${end#*:}" tso off gso off gro off \
			tx-udp-segmentation off >/dev/null || die "ethtool"
		lab_ns "${end%:*}" sysctl -qw net.ipv4.tcp_no_metrics_save=1
	done
}

# Nobody marks anything: even what ssh marks by itself is cleared as it leaves the host. But in the
# column cake-marks each host knows its programs: calls are EF and keys CS5 (both "voice" to cake),
# pages AF31 ("video"), the rest CS1 ("bulk").
marks() {		# column
	local ns set='ip dscp set cs0'
	[ "$1" != cake-marks ] || set='ip dscp set cs1
		udp dport { 5004, 5006 } ip dscp set ef
		tcp sport 22 ip dscp set cs5; tcp dport 22 ip dscp set cs5
		tcp sport 80 ip dscp set af31; tcp dport 80 ip dscp set af31'
	for ns in client server; do
		lab_ns $ns nft -f - <<-END || die "nft"
			table ip marks
			delete table ip marks
			table ip marks {
				chain out {
					type filter hook postrouting priority 0
					$set
				}
			}
		END
	done
}

# A discipline below a shaper that lets out one frame at a time, as cake's own does.
below_shaper() {	# device discipline...
	lab_ns router tc qdisc add dev "$1" root handle 1: htb default 1 &&
	lab_ns router tc class add dev "$1" parent 1: classid 1:1 htb rate "$rate" burst 1600 \
	cburst 1600 quantum 1514 &&
	lab_ns router tc qdisc add dev "$1" parent 1:1 handle 2: "${@:2}"
}

discipline() {		# column device
	lab_ns router tc qdisc del dev "$2" root 2>/dev/null
	# shellcheck disable=SC2086
	case $1 in
	cake) lab_ns router tc qdisc add dev "$2" root cake bandwidth "$rate" ;;
	cake-marks) lab_ns router tc qdisc add dev "$2" root cake bandwidth "$rate" diffserv4 ;;
	liteflow) below_shaper "$2" liteflow slot app $MAP ;;
	lf-pages) below_shaper "$2" liteflow slot app $MAP && pages_first "$2" ;;
	oracle) below_shaper "$2" liteflow slot none $MAP default 2 && oracle "$2" ;;
	*) below_shaper "$2" "$1" ;;
	esac || die "cannot make $1"
}

# Liteflow with more of the line for pages, and more patience with the bursts that they come in.
pages_first() {		# device
	lab_ns router tc qdisc change dev "$1" parent 1:1 handle 2: liteflow \
		quantum 6056 12112 1514 &&
	lab_ns router tc qdisc add dev "$1" parent 2:2 fq_codel target 20ms interval 200ms
}

# Liteflow with a model that is never wrong, filters on ports: what is lost beside this column is
# the model's fault.
oracle() {		# device
	local way match
	for way in src dst; do
		for match in "tcp ${way}_port 22 classid 2:1" "udp ${way}_port 5004 classid 2:1" \
			"udp ${way}_port 5006 classid 2:1" "udp ${way}_port 4433 classid 2:2" \
			"tcp ${way}_port 80 classid 2:2"; do
			# shellcheck disable=SC2086
			lab_ns router tc filter add dev "$1" parent 2: protocol ip prio 1 flower \
				ip_proto $match || return
		done
	done
}

# --- the load: long transfers both ways, and short ones that begin all the time

# Who receives asks for 64 KB at a time (rcvlowat) and so does not wake for every packet: the
# machine has enough to do.
bulk_servers() {
	lab_spawn server socat -u -b 131072 OPEN:/dev/zero TCP-LISTEN:5301,fork
	lab_spawn server socat -u -b 131072 TCP-LISTEN:5302,fork,rcvlowat=65536 OPEN:/dev/null
	lab_spawn server socat -U -b 131072 TCP-LISTEN:5303,fork SYSTEM:"head -c 1000000 /dev/zero"
	head -c 1000000 /dev/zero >"$LAB/copy"
	lab_wait 20 lab_listening 5301 5302 5303 || die "the servers did not start"
}

client() { lab_ns client timeout $((until - ${EPOCHREALTIME%.*} + 1)) "$@" 2>>"$LAB/log"; }
fetch() { client socat -u -b 131072 "TCP:$LAB_SERVER:$1,rcvlowat=65536" OPEN:/dev/null; }
send() { client socat -u -b 131072 "OPEN:/dev/zero$1" "TCP:$LAB_SERVER:5302"; }

again() {		# until the time is up, with pauses
	while [ "${EPOCHREALTIME%.*}" -lt "$until" ]; do
		"$@"
		sleep "0.$((RANDOM % 800 + 200))"
	done
}

load() {
	local i
	for i in 1 2 3 4; do fetch 5301 & done
	for i in 1 2; do send '' & done
	again fetch 5303 &
	again send ,readbytes=1000000 &
	again client scp -q -P 2022 "${SSH[@]}" root@$LAB_SERVER:"$LAB/copy" /dev/null &
	again client scp -q -P 2022 "${SSH[@]}" "$LAB/copy" root@$LAB_SERVER:/dev/null &
	wait
}

# --- the people

# A line typed is answered with a screenful.
SHELL_LOOP='stty -icanon; echo ready
	while read -r line; do head -c 1500 /proc/kallsyms; echo ready; done'
keys() {
	lab_ns client build/bench/gain-keys "$seconds" "$1" ssh -q -tt "${SSH[@]}" \
		root@$LAB_SERVER "$SHELL_LOOP" \
		>"$LAB/keys.$1" 2>>"$LAB/log"
}

# A page is 20 objects, 590 KB; in kilobytes:
PAGE=(1 2 4 8 16 24 32 48 64 96 96 64 48 32 24 16 8 4 2 1)

# open_pages FILE COMMAND...: page after page, with pauses; how long each took goes to FILE.
open_pages() {
	local from
	while [ "${EPOCHREALTIME%.*}" -lt "$until" ]; do
		from=${EPOCHREALTIME/./}
		lab_ns client timeout 60 "${@:2}" >/dev/null 2>>"$LAB/log" </dev/null || continue
		echo $((${EPOCHREALTIME/./} - from))
		sleep "0.$((RANDOM % 700 + 300))"
	done >"$1"
}

# Over six connections, as browsers do.
pages() {
	local kb urls=()
	for kb in "${PAGE[@]}"; do urls+=(-o /dev/null "http://$LAB_SERVER/$kb.bin"); done
	open_pages "$LAB/pages" curl -s --parallel --parallel-max 6 "${urls[@]}"
}

# Over QUIC, all objects at once.
quic_pages() {
	local urls=("${PAGE[@]/%/.bin}")
	open_pages "$LAB/quic" gtlsclient -q --exit-on-all-streams-close $LAB_SERVER 4433 \
		"${urls[@]/#/https://lab/}"
}

# call_as CODEC PORT FILE
call_as() {
	build/bench/gain-call "$seconds" "$2" lf-client 10.77.1.2 lf-server $LAB_SERVER "$1" >"$3"
}

call() { call_as "${CODEC:-g711}" 5004 "$LAB/call"; }
web_call() { call_as web 5006 "$LAB/web"; }

quic_server() {
	command -v gtlsserver gtlsclient >/dev/null ||
		die "LF_GAIN_MORE needs ngtcp2-client and ngtcp2-server"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab -keyout "$LAB/quic.key" \
		-out "$LAB/quic.crt" 2>>"$LAB/log" || die "no certificate"
	lab_spawn server gtlsserver -q --htdocs="$LAB/www" '*' 4433 "$LAB/quic.key" "$LAB/quic.crt"
}

# --- figures

figure() {		# metric value [least]
	measured "$1 of $column at $rate" "$2" ${3:+"$3"} || exit 1
	echo "${rate%mbit},$column,$seed,$1,$2" >>"$LF_OUT/gain.csv"
}

percentile() {		# percent file...
	sort -n "${@:2}" | awk -v p="$1" \
		'{ v[NR] = $1 } END { if (NR) print v[int((NR - 1) * p / 100 + 0.5) + 1] }'
}

# call_figures FILE [PREFIX]
call_figures() {
	local way sent lost jitter p50 p99
	for way in up down; do
		read -r sent lost jitter p50 p99 || die "not measured: the call of $column at $rate"
		figure "${2:-}loss_$way" "$(awk -v n="$sent" -v l="$lost" \
			'BEGIN { if (n > 0) print 100 * l / n }')" 0
		figure "${2:-}jitter_$way" "$jitter" 0
		figure "${2:-}delay_p50_$way" "$p50"
		figure "${2:-}delay_p99_$way" "$p99"
	done <"$1"
}

figures() {
	figure keys "$(cat "$LAB"/keys.* | wc -l)"
	figure key_p50 "$(percentile 50 "$LAB"/keys.*)"
	figure key_p99 "$(percentile 99 "$LAB"/keys.*)"
	figure pages "$(wc -l <"$LAB/pages")"
	figure page "$(percentile 50 "$LAB/pages")"
	call_figures "$LAB/call"
	if [ -n "${LF_GAIN_MORE:-}" ]; then
		figure quic_pages "$(wc -l <"$LAB/quic")"
		figure quic "$(percentile 50 "$LAB/quic")"
		call_figures "$LAB/web" web_
	fi
	figure mbit_down "$(mbit "$carried_down")"
	figure mbit_up "$(mbit "$carried_up")"
}

mbit() { awk -v b="$1" -v s="$seconds" 'BEGIN { print b * 8 / s / 1000000 }'; }
received() { lab_ns "$1" cat "/sys/class/net/$2/statistics/rx_bytes"; }

# The load for $WARM + $seconds, and people in the latter.
feel() {
	local people=() loader
	rm -f "$LAB"/keys.* "$LAB/pages" "$LAB/call" "$LAB/quic" "$LAB/web"
	until=$((${EPOCHREALTIME%.*} + seconds + WARM))
	load & loader=$!
	sleep $WARM
	carried_down=$(received client c0) carried_up=$(received server s0)
	keys $((seed * 10 + 1)) & people+=($!)
	keys $((seed * 10 + 2)) & people+=($!)
	pages & people+=($!)
	call & people+=($!)
	if [ -n "${LF_GAIN_MORE:-}" ]; then
		quic_pages & people+=($!)
		web_call & people+=($!)
	fi
	sleep "$seconds"
	carried_down=$(($(received client c0) - carried_down)) \
		carried_up=$(($(received server s0) - carried_up))
	wait "${people[@]}" $loader
}

measure() {		# column
	marks "$1"
	discipline "$1" rc
	discipline "$1" rs
	feel
	[ -z "${LF_GAIN_V:-}" ] || lab_ns router tc -s class show dev rc
	figures
}

# --- all of it

bottleneck() {
	modprobe -q libcrc32c || true
	insmod "$LF_MODULES/kmod/liteflow.ko" || die "no module"
	insmod "$LF_MODULES/qdisc/sch_liteflow.ko" || die "no module"
	lab_up 10ms
	lab_ns server tc qdisc add dev s0 root netem delay 10ms limit 20000
	wires
	lab_servers || die "the servers did not start"
	bulk_servers
	[ -z "${LF_GAIN_MORE:-}" ] || quic_server
}
