# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Rows of tests/netns/qdisc.sh: mode srpt. A datagram of 1,000 bytes has 1,028 at the IP layer, one
# of 20 has 48, and udp() makes a new flow each time, so which packet of a flow is the first beyond
# a threshold is known.
# shellcheck disable=SC2154,SC2034

SRPT_TESTS="srpt_thresholds srpt_defaults srpt_no_flow srpt_overrun srpt_log2 srpt_two_bounds
	srpt_bound_of_lies srpt_no_size srpt_model_comes srpt_guard srpt_order srpt_starve
	srpt_change srpt_words srpt_ratios srpt_first_ratio"

# in_bands WHAT N...: packets that the bands have sent
in_bands() {
	local i=0 n what=$1
	shift
	for n; do
		i=$((i + 1))
		is "$what: band $((i - 1))" "$(cstat pkts $i)" -eq "$n"
	done
}

# ranks PREDICTED OVERRUN DEMOTED PROMOTED
ranks() {
	is "predicted" "$(x .predicted)" -eq "$1"
	is "overrun" "$(x .overrun)" -eq "$2"
	is "demoted" "$(x .demoted)" -eq "$3"
	is "promoted" "$(x .promoted)" -eq "$4"
}

# Without a slot: by bytes sent, up to and including each threshold.
test_srpt_thresholds() {
	root mode srpt thresholds 2000 10000 50000
	udp 100 1000 5001
	in_bands "one flow" 1 8 39 52
	udp 1 1000 5001
	in_bands "another begins anew" 2 8 39 52
	ranks 0 0 3 0
	is "classified by size" "$(cx classified 4)" -eq 52
	is "flows" "$(x .flows_now)" -eq 2
	is "each counted as no_slot" "$(x .verdicts.no_slot)" -eq 101
	check "change" "$TC" qdisc change dev lfq0 root liteflow thresholds 1027
	udp 2 1000 5001
	in_bands "none in the first, and the second takes the rest" 2 10 39 52
	check "fewer bands" "$TC" qdisc change dev lfq0 root liteflow thresholds 2000 10000 50000
	check "fewer bands" "$TC" qdisc change dev lfq0 root liteflow bands 2 default 0
	is "have fewer thresholds" "$(x '.options.thresholds | length')" -eq 1
}

test_srpt_defaults() {
	root mode srpt order bands
	is "bands" "$(x .options.bands)" -eq 8
	udp 100 1000 5001
	in_bands "20 kB, 80 kB, ..." 19 58 23 0 0 0 0 0
	must "$TC" qdisc del dev lfq0 root
	root mode srpt thresholds 1000 1mb
	is "as many as the thresholds ask for" "$(x .options.bands)" -eq 3
	check "change to drr" "$TC" qdisc change dev lfq0 root liteflow mode drr
	is "keeps them" "$(x .options.bands)" -eq 3
}

# What belongs to no flow goes by the map's words, else to the default band.
test_srpt_no_flow() {
	root mode srpt bands 4
	ip neigh del 10.9.0.2 dev lfq0
	check "ARP" pings 1 10.9.0.2
	is "by default" "$(cx defaulted 2)" -eq 1
	check "change" "$TC" qdisc change dev lfq0 root liteflow map not-ip:3 none:0
	ip neigh del 10.9.0.2 dev lfq0
	check "ARP" pings 1 10.9.0.2
	is "by the map" "$(cx classified 4)" -eq 1
	is "flows go by size" "$(cstat pkts 1)" -eq 2
}

# 1,000 bytes or 2,000,000 are predicted. Beyond its prediction a flow ranks by twice the excess,
# and from twice the prediction on by what it has sent.
test_srpt_overrun() {
	with_model bytes || return
	root mode srpt thresholds 2000 10000
	udp 100 20 5001
	in_bands "past its prediction by bytes sent" 41 59 0
	ranks 100 1 1 0
	udp 10 1000 5001
	in_bands "a long one is behind from its first packet on" 41 59 10
	ranks 110 1 1 0
}

test_srpt_log2() {
	with_model log2 || return
	root mode srpt thresholds 700 2000
	udp 60 20 5001
	# 2^10.5 is 1,536 here: more than 700 remain up to packet 17; past it, twice the excess is
	# 700 at packet 39, 2,000 at packet 52
	in_bands "by remaining bytes, then by twice the excess" 22 30 8
	ranks 60 1 2 1
}

# 1,000 to 5,000 bytes are predicted.
test_srpt_two_bounds() {
	with_model bounds || return
	root mode srpt thresholds 2000 10000
	udp 120 20 5001
	# in the first while sent <= 2000, again while 5000 - sent <= 2000, and while twice the
	# excess is
	in_bands "between the bounds" 99 21 0
	ranks 120 1 1 1
	udp 10 1000 5001
	in_bands "certainly long" 99 21 10
}

# A flow of 2,200,000 bytes taken for one of 2,000,000: how much of the first bands it gets.
test_srpt_bound_of_lies() {
	with_model bytes || return
	root mode srpt thresholds 20000 100000
	udp 2140 1000 5001
	# and the packet that crosses the end
	is "of the first band" "$(cstat bytes 1)" -le $((31028 + 30 * 14))
	is "of the first two" $(($(cstat bytes 1) + $(cstat bytes 2))) -le $((151028 + 146 * 14))
	is "it did get some" "$(cstat pkts 1)" -eq 29
	ranks 2140 1 2 2
}

# Models that predict no size: a sentence, and flows rank by what they have sent.
test_srpt_no_size() {
	local model out
	for model in split100 rate three; do
		with_model $model || return
		dev=lfq0 q=1:
		out=$("$TC" qdisc add dev lfq0 root handle 1: liteflow mode srpt \
			thresholds 2000 10000 50000 2>&1)
		is "$model: accepted" $? -eq 0
		has "$model: with a sentence" "$out" \
			"Warning: snapshot $model predicts no size in bytes or log2 bytes"
		udp 100 1000 5001
		in_bands "$model" 1 8 39 52
		ranks 0 0 3 0
		out=$("$TC" qdisc change dev lfq0 root liteflow limit 99 2>&1)
		is "$model: not at every change" ${#out} -eq 0
		must "$TC" qdisc del dev lfq0 root
		must "$lfctl" slot del default force
	done
}

# A model that comes finds the bytes counted, and when it goes they go on.
test_srpt_model_comes() {
	local data n
	root mode srpt thresholds 2000 10000
	data=$(head -c 20 /dev/zero | tr '\0' x)
	exec 8<>/dev/udp/10.9.0.3/5001
	for ((n = 0; n < 50; n++)); do printf %s "$data" >&8; done
	in_bands "none" 41 9 0
	with_model bytes || return
	for ((n = 0; n < 10; n++)); do printf %s "$data" >&8; done
	in_bands "its prediction is exceeded already" 41 19 0
	is "predicted" "$(x .predicted)" -eq 10
	must "$lfctl" slot del default force
	for ((n = 0; n < 10; n++)); do printf %s "$data" >&8; done
	in_bands "none again" 41 29 0
	exec 8>&-
	is "one flow" "$(x .flows_born)" -eq 1
}

# A guard that has taken the model away leaves ranks by bytes sent.
test_srpt_guard() {
	with_model split100 || return
	root every 1 mode srpt thresholds 2000 10000
	must "$lfctl" slot guard default class 60% window 100ms least 50 to none
	udp 60 20 5002
	until_is null sh -c "'$lfctl' -j slot show default | jq .active"
	udp 100 1000 5001
	in_bands "by bytes sent" 42 27 91
	is "each counted as guard" "$(x .verdicts.guard)" -eq 100
}

# What is beyond the threshold waits until all else has left.
test_srpt_order() {
	local p
	below_dam mode srpt bands 2 thresholds 60000 starve 0
	for p in 1 2; do must "$TC" qdisc add dev lfq0 parent 10:$p pfifo limit 1000; done
	udp 80 1000 5001
	is "one flow waits in both bands" "$(cstat backlog 2)" -eq $((80 - 58))
	for p in 5002 5003 5004; do udp 20 1000 $p; done
	is "others do not" "$(cstat backlog 2)" -eq $((80 - 58))
	flows_out 20
	is "first band has more packets" "$(cstat backlog 1)" -gt 0
	is "last band" "$(cstat pkts 2)" -eq 0
	is "no turns for the starving" "$(x .starved)" -eq 0
}

test_srpt_starve() {
	two_full_bands 80 mode srpt bands 3 starve 250ms
	flows_out 20
	is "first band has more packets" "$(cstat backlog 1)" -gt 0
	is "last band" "$(cstat pkts 3)" -ge 4
	is "last band" "$(cstat pkts 3)" -lt "$(cstat pkts 1)"
	is "turns for the starving" "$(x .starved)" -ge 4
	is "  the last band's" "$(cx starved 3)" -ge 4
	is "  and not the first one's" "$(cx starved 1)" -eq 0
}

# ratios N...: flows that have ended at 1/256, 1/128, ..., 256 of the predicted size
ratios() { until_is "$*" sh -c "'$TC' -s -j qdisc show dev lfq0 |
	jq -r '.[] | select(.handle == \"1:\") | .size_ratios | join(\" \")'"; }

# 1,000 to 5,000 bytes are predicted; flows of 480, 2,880, 10,080, 40,320 end. What is forgotten
# before its end does not count, nor does a flow without a prediction.
test_srpt_ratios() {
	root mode srpt idle 300ms
	udp 2 472 5001
	until_is 0 x .flows_now
	with_model bounds || return
	udp 10 20 5001
	udp 60 20 5001
	udp 210 20 5001
	udp 840 20 5001
	ratios 0 0 0 0 0 0 0 1 1 1 0 1 0 0 0 0 0
	has "as text" "$("$TC" -s qdisc show dev lfq0)" "size_ratios 1/2:1 1:1 2:1 8:1"
	udp 3 20 5001
	udp 40 20 5001
	ratios 0 0 0 0 0 1 0 1 2 1 0 1 0 0 0 0 0
	must "$TC" qdisc change dev lfq0 root liteflow idle 60s
	udp 3 20 5001
	must ip link set lfq0 down
	is "they are gone" "$(x .flows_now)" -eq 0
	must ip link set lfq0 up
	is "and not counted" "$(x '.size_ratios | add')" -eq 6
}

# The prediction for the first packet, a small one, is 1,000, for the rest 2,000,000.
test_srpt_first_ratio() {
	local data
	with_model bytes || return
	root mode srpt idle 300ms every 1
	data=$(head -c 1000 /dev/zero | tr '\0' x)
	exec 8<>/dev/udp/10.9.0.3/5001
	printf %.20s "$data" >&8
	for _ in 1 2 3; do printf %s "$data" >&8; done
	exec 8>&-
	is "packets with a prediction" "$(x .predicted)" -eq 4
	ratios 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0
}

# From mode to mode under traffic, with a model that comes and goes.
test_srpt_change() {
	local n=0 streamer streamed
	with_model bytes || return
	below_tbf 1gbit
	stream_begin
	while stream_lasts $n; do
		must change mode srpt bands 8 thresholds 500 1000 2000
		must "$lfctl" slot del default force
		must change mode drr
		must change mode srpt bands 2 default 0
		must "$lfctl" slot add default
		must change mode strict bands 5
		must change mode srpt thresholds auto
		must "$lfctl" slot set default bytes activate
		n=$((n + 1))
	done
	stream_end
	all_out $streamed
}

# What tc prints it takes again.
test_srpt_words() {
	local before
	root mode srpt bands 5 thresholds 10k 1m 1g
	is "as JSON" "$(x '.options.thresholds | join(" ")')" = '"10240 1048576 1073741824"'
	before=$("$TC" qdisc show dev lfq0 root)
	check "given back" sh -c \
		"'$TC' qdisc change \$('$TC' qdisc show dev lfq0 root |
			sed -n 's/^qdisc \(liteflow\) 1: \(root\) refcnt [0-9]*/dev lfq0 \2 \1/p')"
	is "nothing changed" "$("$TC" qdisc show dev lfq0 root)" = "$before"
	check "thresholds auto" "$TC" qdisc change dev lfq0 root liteflow thresholds auto
	is "none are shown" "$(x .options.thresholds)" = null
}
