# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A chapter of demo.sh: congestion control by a policy, beside the kernel's cubic, where one packet
# of a hundred gets lost.

# An upload under the congestion control given; leaves $LAB/up.json.
upload() {		# seconds congestion-control
	lab_ns client iperf3 -J -c $LAB_SERVER -p 5201 -t "$1" -C "$2" >"$LAB/up.json"
	jq -r --arg cc "$2" '.error // (
		"\($cc): \(.end.sum_received.bits_per_second / 1e5 | round / 10) Mbit/s, " +
		"mean RTT \(.end.streams[0].sender.mean_rtt / 1000 | round) ms")' "$LAB/up.json"
}

# States and snapshots of the connections that carry data now, each once.
states() {
	lab_ns client lfctl -j tcp list |
		jq -r '.[] | select(.rate > 0) | "\(.state) \(.snapshot)"' | sort -u
}

tcp_chapter() {
	chapter "Congestion control by a policy: an upload over 20 Mbit/s, 40 ms, 1 % of loss"
	router tc qdisc add dev rs root netem rate 20mbit delay 30ms loss 1% limit 300
	run insmod "$LF_MODULES/tcp_cc/tcp_liteflow.ko"
	client lfctl slot add tcp
	client lfctl slot set tcp build/models/aurora.lfs activate
	client sysctl -w net.ipv4.tcp_congestion_control=liteflow
	upload 8 cubic
	upload 8 liteflow &
	sleep 5
	client lfctl tcp list
	states >"$LAB/states"
	client ss -tin dst $LAB_SERVER
	wait $!
	check "the model was asked" \
		"$(lab_ns client lfctl -j attach list |
			jq '.[] | select(.kind == "tcp") | .packets.inferred > 0')" true
	check "a connection listed with its snapshot" \
		"$(awk '$2 == "aurora"' "$LAB/states" | wc -l)" 1
	router tc qdisc del dev rs root
}
