# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A chapter of demo.sh: the model in iptables rules of the router, beside the qdisc.

# Packets that the rules of a table whose line has TEXT have counted.
rule_packets() {
	lab_ns router iptables -t "$1" -nvxL FORWARD |
		awk -v text="$2" 'index($0, text) { print ($1 > 0) }'
}

# The attachment that the rules share, by its number.
rules_attachment() { lab_ns router lfctl -j attach list | jq '.[] | select(.kind == "xt") | .id'; }

iptables_rules() {
	local id
	chapter "The same model in iptables rules: marks, and a match on class and confidence"
	modprobe -qa x_tables ip_tables
	run insmod "$LF_MODULES/nf_hook/xt_LITEFLOW.ko"
	XTABLES_LIBDIR=$PWD/build/xtables:$(pkg-config --variable=xtlibdir xtables)
	export XTABLES_LIBDIR
	router iptables -t mangle -A FORWARD -j LITEFLOW --slot app --set-mark --mask 0xff \
		--map interactive:1 request:2 bulk:3
	router iptables -t mangle -A FORWARD -m mark --mark 3/0xff
	router iptables -A FORWARD -m liteflow --slot app --class bulk --confidence-min 60
	router iptables -A FORWARD -m liteflow --slot app ! --class bulk
	program lab_bulk 6 5201
	lab_dns 6
	wait "${programs[@]}" 2>/dev/null
	router iptables -t mangle -nvL FORWARD
	router iptables -nvL FORWARD
	check "bulk packets were marked" "$(rule_packets mangle "mark match 0x3/0xff")" 1
	id=$(rules_attachment)
	router sh -c "iptables-save >$LAB/rules && iptables-restore $LAB/rules &&
		iptables-save | grep -i liteflow"
	router lfctl attach list
	check "rules share one flow table, which outlives the exchange of the rules" \
		"$(rules_attachment)" "$id"
}
