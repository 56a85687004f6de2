# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A chapter of demo.sh: the model in iptables rules of the router, beside the qdisc.

iptables_rules() {
	chapter "The same model in iptables rules of the router: mark what is forwarded, drop one class"
	run insmod "$LF_MODULES/nf_hook/xt_LITEFLOW.ko"
	export XTABLES_LIBDIR=$PWD/build/xtables:/usr/lib/x86_64-linux-gnu/xtables
	router iptables -t mangle -A FORWARD -j LITEFLOW --slot app --set-mark --mask 0xff \
		--map interactive:1 lookup:2 request:3 bulk:4
	router iptables -t mangle -A FORWARD -m mark --mark 2/0xff
	router iptables -t mangle -A FORWARD -m mark --mark 4/0xff
	router iptables -A FORWARD -o rc -m liteflow --slot app --class lookup -j DROP
	program lab_bulk 8 5201
	lab_dns 8
	wait "${programs[@]}" 2>/dev/null
	router iptables -t mangle -nvL FORWARD
	router iptables -nvL FORWARD
	router lfctl attach list
	check "classes that were marked" "$(lab_ns router iptables -t mangle -nvxL FORWARD | awk '/mark match/ && $1 > 0' | wc -l)" 2
	check "answers to lookups were dropped" "$(lab_ns router iptables -nvxL FORWARD | awk '/liteflow/ { print ($1 > 0) }')" 1
	check "rules share one flow table" "$(lab_ns router lfctl -j attach list | jq '[.[] | select(.kind == "xt")] | length')" 1
}
