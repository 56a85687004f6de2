# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Rows of tests/netns/qdisc.sh: what the classes count, and who pays for the limit. Every row's
# books are looked at at its end; these are the ones where that is not all, or where much happens in
# between.
# shellcheck disable=SC2154,SC2034

COUNTS_TESTS="shed_is_dropped counts_stay child_changes filter_drop_counts holder_pays_itself
	holder_and_longest"

# What the limit takes out again has been dropped, not sent.
test_shed_is_dropped() {
	below_dam limit 20
	by_port
	must "$TC" qdisc add dev lfq0 parent 10:3 pfifo limit 1000
	udp 60 1000 5003
	udp 5 1000 5001
	is "shed" "$(cx shed 3)" -eq 45
	is "sent by the class" "$(cstat pkts 3)" -eq 0
	is "dropped by the class" "$(cstat dropped 3)" -eq 45
	is "dropped by the qdisc" "$(qstat dropped)" -eq 45
	books "while it waits"
}

# Another child, fewer bands: what has been counted stays counted.
test_counts_stay() {
	root bands 4 default 3
	pings 20 10.9.0.2
	is "sent" "$(cstat pkts 4)" -ge 20
	must "$TC" qdisc replace dev lfq0 parent 1:4 handle 20: pfifo
	is "with another child" "$(cstat pkts 4)" -ge 20
	books "another child"
	must "$TC" qdisc change dev lfq0 root handle 1: liteflow bands 2 default 0
	is "where the packets go that went to the band that is gone" "$(cstat pkts 1)" -ge 20
	books "fewer bands"
	must "$TC" qdisc change dev lfq0 root handle 1: liteflow bands 4 default 3
	is "a band that comes begins with nothing" "$(cstat pkts 4)" -eq 0
	pings 10 10.9.0.2
	books "more bands"
}

# A child that drops because it was told to, while nothing goes on: that is its band's.
test_child_changes() {
	below_dam limit 1000
	by_port
	must "$TC" qdisc add dev lfq0 parent 10:1 handle 21: fq_codel
	must "$TC" qdisc add dev lfq0 parent 10:3 handle 23: fq_codel
	udp 40 1000 5003
	udp 40 1000 5001
	must "$TC" qdisc change dev lfq0 parent 10:3 handle 23: fq_codel limit 10
	is "dropped by that class" "$(cstat dropped 3)" -eq 30
	is "dropped by the other" "$(cstat dropped 1)" -eq 0
	is "dropped by the qdisc" "$(qstat dropped)" -eq 30
	books "after the change"
	must "$TC" qdisc del dev lfq0 parent 10:3
	# codel may drop one of those that move, for they have waited long.
	is "dropped, with another child" "$(cstat dropped 3)" -ge 30
}

test_filter_drop_counts() {
	root
	must "$TC" filter add dev lfq0 parent 1: protocol ip matchall action drop
	pings 5 10.9.0.2
	is "dropped by the default class" "$(cstat dropped 2)" -eq 5
}

# A band whose child holds all its packets back is full, and gives none up: that costs it its own
# newcomers, and no other band anything.
test_holder_pays_itself() {
	below_dam limit 20
	by_port
	must "$TC" qdisc add dev lfq0 parent 10:1 handle 20: netem delay 60s limit 1000
	udp 60 1000 5001
	is "held back" "$(cstat backlog 1)" -le 21
	is "its own were refused" "$(cstat dropped 1)" -ge 39
	udp 20 1000 5003
	is "another band takes its packets" "$(cstat backlog 3)" -eq 20
	is "and has lost none" "$(cstat dropped 3)" -eq 0
	udp 40 1000 5003
	is "beyond the limit it pays itself" "$(cstat backlog 3)" -eq 20
	is "and only it" "$(cstat dropped 2)" -eq 0
}

# Others beside it keep the limit among themselves: the longest of them pays.
test_holder_and_longest() {
	below_dam limit 20
	by_port
	must "$TC" qdisc add dev lfq0 parent 10:1 handle 20: netem delay 60s limit 1000
	must "$TC" qdisc add dev lfq0 parent 10:3 pfifo limit 1000
	udp 30 1000 5001
	udp 40 1000 5003
	udp 5 1000 5002
	is "the newcomers' band" "$(cstat dropped 2)" -eq 0
	is "the longest of the others" "$(cstat backlog 3)" -ge 14
	is "shed" "$(cx shed 3)" -ge 25
}
