# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A chapter of demo.sh: the pages of a dozen people beside a backup, through one port. Without a
# model: mode srpt serves the flow that has sent least.

# A person: three pages of eight objects, 300 KB in all; prints the milliseconds of each.
person() {
	local page from urls=() kb
	for kb in 96 64 48 32 24 16 8 4; do
		urls+=(-o /dev/null "http://$LAB_SERVER/$kb.bin")
	done
	for page in 1 2 3; do
		sleep "$((RANDOM % 3)).$((RANDOM % 10))"
		from=${EPOCHREALTIME/./}
		lab_ns client timeout 60 curl -s "${urls[@]}" 2>>"$LAB/log" || return
		echo $(((${EPOCHREALTIME/./} - from) / 1000))
	done
}

# The mean of the pages, ms, while six streams fill the link; leaves the backup's rate in
# $LAB/backup.json.
pages_beside_backup() {
	local i
	lab_ns client iperf3 -J -R -P 6 -c $LAB_SERVER -p 5201 -t 16 >"$LAB/backup.json" &
	local backup=$! people=()
	sleep 2
	for ((i = 0; i < 12; i++)); do
		person >"$LAB/pages.$i" &
		people+=($!)
	done
	wait "${people[@]}"
	wait $backup
	cat "$LAB"/pages.* | awk '{ s += $1 } END { if (NR == 36) printf "%.0f\n", s / NR }'
}

srpt_chapter() {
	chapter "A backup of six streams, and the pages of a dozen people, through one port:" \
		"without a model"
	router tc qdisc replace dev rc root handle 1: tbf rate "$RATE" burst 10000 limit 1000000
	local q mean=()
	for q in fq_codel "liteflow mode srpt"; do
		# shellcheck disable=SC2086 # words
		router tc qdisc add dev rc parent 1: handle 2: $q
		mean+=("$(pages_beside_backup)")
		printf '%-20s page, mean: %s ms; backup: %s Mbit/s\n' "$q" "${mean[-1]:-?}" \
			"$(jq '.end.sum_received.bits_per_second / 1e6 | round' "$LAB/backup.json")"
		[ "$q" = fq_codel ] || router tc -s qdisc show dev rc
		router tc qdisc del dev rc parent 1: handle 2:
	done
	check "pages are faster than with fq_codel" \
		"$((${mean[1]:-0} > 0 && ${mean[1]:-0} < ${mean[0]:-0}))" 1
	router tc qdisc del dev rc root
}
