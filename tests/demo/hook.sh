# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A chapter of the demo, sourced by demo.sh: the router's nft rules act on what the model says about
# forwarded traffic.

# Packets of one of nft's counters.
nft_packets() {
	lab_ns router nft -j list counter inet apps "$1" |
		jq '.nftables[] | .counter? // empty | .packets'
}
some() { [ "${1:-0}" -gt 0 ] && echo some || echo none; }

hook_rules() {
	cat <<-'END'
		table inet apps {
			counter interactive {}
			counter request {}
			counter bulk {}
			counter lookup {}
			chain select {
				type filter hook forward priority -10
				meta l4proto { tcp, udp } meta mark set meta mark or 0x80000000
			}
			chain act {
				type filter hook forward priority 0
				meta mark and 0xff == 1 counter name interactive
				meta mark and 0xff == 2 counter name request
				meta mark and 0xff == 3 counter name bulk
				meta mark and 0xff == 4 counter name lookup drop
			}
		}
	END
}

hook_chapter() {
	chapter "The same model inside an nft ruleset: a rule drops lookups, HTB shapes bulk to" \
		"4 Mbit/s by priority"
	modprobe -qa nf_tables nft_ct sch_htb
	run insmod "$LF_MODULES/nf_hook/nf_liteflow.ko"
	router lfctl slot set app appclass-forest activate
	router lfctl hook add router family inet hook forward priority -5 slot app request \
		0x80000000/0x80000000 result 0xff \
		map interactive:mark=1,priority=1:1 request:mark=2,priority=1:2 \
		bulk:mark=3,priority=1:3 lookup:mark=4
	hook_rules >"$LAB/apps.nft"
	run cat "$LAB/apps.nft"
	router nft -f "$LAB/apps.nft"
	lab_ns router tc qdisc del dev rc root 2>/dev/null
	router tc qdisc add dev rc root handle 1: htb default 2
	router tc class add dev rc parent 1: classid 1:1 htb rate 20mbit
	router tc class add dev rc parent 1: classid 1:2 htb rate 20mbit
	router tc class add dev rc parent 1: classid 1:3 htb rate 4mbit
	programs=()
	# An emulated machine takes its time to greet by ssh.
	program lab_ssh 25
	program lab_ssh 25
	program lab_bulk 15
	program lab_web 15
	program lab_dns 15
	wait "${programs[@]}"
	router nft list counters table inet apps
	router lfctl hook show router
	router tc -s class show dev rc
	local class
	for class in interactive request bulk lookup; do
		check "packets of class $class that nft counted" "$(some "$(nft_packets $class)")" \
			some
	done
	check "bytes of bulk through HTB's class 1:3" \
		"$(some "$(lab_ns router tc -s class show dev rc | awk '
			/^class/ { on = $3 == "1:3" }
			on && $1 == "Sent" { print $2 }')")" some
	router sh -c "nft list ruleset >$LAB/saved && nft flush ruleset && nft -f $LAB/saved &&
		nft list ruleset | diff - $LAB/saved | wc -l"
	router lfctl hook del router
	router nft flush ruleset
	router tc qdisc del dev rc root
	lab_ns router tc qdisc add dev rc root handle 2: liteflow slot app
	for ((i = 0; i < 50; i++)); do rmmod nf_liteflow 2>/dev/null && break; sleep 0.2; done
}
