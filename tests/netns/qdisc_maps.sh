# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Rows of tests/netns/qdisc.sh: maps. The largest there may be, and names that no model has.
# shellcheck disable=SC2154,SC2034

MAPS_TESTS="largest_map unknown_class strict_map"

# largest_map: all options at their longest
largest() {
	local i m="" qs="" ph=1 th=""
	for i in $(seq 64); do
		m="$m $(printf 'class-with-31-characters-%06d:%d' "$i" $((i % 16)))"
	done
	for i in $(seq 16); do qs="$qs $((1000 + i))"; done
	for i in $(seq 2 16); do ph="$ph,$i" th="$th $i"; done
	echo "slot slot-with-as-many-characters-30 bands 16 map$m quantum$qs phases $ph" \
		"thresholds$th"
}

# As large as a configuration can be, with a warning on top: there is an event, an answer, and a
# line of tc's.
test_largest_map() {
	local job out n=0 last='^qdisc liteflow 1:.*class-with-31-characters-000064:0'
	with_model split100 || return
	root
	must "$lfctl" slot add slot-with-as-many-characters-30
	must "$lfctl" slot set slot-with-as-many-characters-30 split100 activate
	"$TC" monitor >"$tmp/monitor" 2>&1 &
	job=$!
	while ! grep -q '^qdisc liteflow 1:' "$tmp/monitor" && [ $((n += 1)) -lt 100 ]; do
		must "$TC" qdisc change dev lfq0 root liteflow limit $((100 + n))
		sleep 0.1
	done
	# shellcheck disable=SC2046
	check "change" "$TC" qdisc change dev lfq0 root liteflow $(largest)
	must "$TC" qdisc change dev lfq0 root liteflow limit 77
	out=$(build/tests/qdisc_nl lfq0 get)
	is "an answer: $out" $? -eq 0
	n=0
	while [ "$(grep -c "$last" "$tmp/monitor")" -lt 2 ] && [ $((n += 1)) -lt 100 ]; do
		sleep 0.1
	done
	kill $job
	wait $job 2>/dev/null
	is "events" "$(grep -c "$last" "$tmp/monitor")" -ge 2
	is "classes that tc shows" "$(x '.options.map | length')" -eq 64
	check "change accepts what show prints" sh \
		-c "'$TC' qdisc change \$('$TC' qdisc show dev lfq0 root |
		sed -n 's/^qdisc \(liteflow\) 1: \(root\) refcnt [0-9]*/dev lfq0 \2 \1/p')"
	must "$lfctl" slot del slot-with-as-many-characters-30 force
}

# A misspelt class maps nothing: a warning says so, at once and in later listings.
test_unknown_class() {
	local out
	with_model split100 || return
	root map small:0 large:2
	is "all names known" "$(x '.maps.unknown | length')" -eq 0
	out=$("$TC" qdisc change dev lfq0 root liteflow map strict none:1 2>&1)
	is "nothing but words: $out" "$?${#out}" -eq 00
	out=$("$TC" qdisc change dev lfq0 root liteflow map small:0 lagre:2 2>&1)
	is "accepted" $? -eq 0
	is "with a warning" "$out" \
		= "Warning: the map names class lagre, which snapshot split100 does not have."
	is "tc -s says which" "$("$TC" -s qdisc show dev lfq0 root | sed -n 's/^  maps//p')" \
		= " known small unknown lagre"
	is "JSON too" "$(x '.maps.unknown[0]')" = '"lagre"'
	out=$("$TC" qdisc change dev lfq0 root liteflow limit 99 2>&1)
	is "not at every change" ${#out} -eq 0
	out=$("$TC" qdisc replace dev lfq0 root handle 2: liteflow map 0:1 7:2 2>&1)
	is "an index beyond the last, of a new one" "$out" \
		= "Warning: the map names class 7, which snapshot split100 does not have."
	must "$TC" qdisc del dev lfq0 root
	root slot nowhere map lagre:2
	out=$("$TC" qdisc change dev lfq0 root liteflow slot default 2>&1)
	is "when the slot is chosen" "$out" \
		= "Warning: the map names class lagre, which snapshot split100 does not have."
	must "$lfctl" slot set default "$tmp/bytes.lfs" activate
	out=$("$TC" qdisc change dev lfq0 root liteflow map 1000:0 small:1 2>&1)
	is "a name for a value" "$out" \
		= "Warning: the map names class small, but snapshot bytes predicts a value: use \
numbers as bounds."
}

test_strict_map() {
	local out
	with_model split100 || return
	root map strict small:0 large:2
	out=$("$TC" qdisc change dev lfq0 root liteflow map strict small:1 lagre:2 2>&1)
	is "refused" $? -eq 2
	is "with a sentence" "${out%%$'\n'*}" \
		= "Error: the map names class lagre, which snapshot split100 does not have."
	is "nothing changed" "$(x '.options.map[1].class')" = '"large"'
	is "it is shown" "$(x .options.map_strict)" = true
	check "without strict" "$TC" qdisc change dev lfq0 root liteflow map small:1 lagre:2
	is "it is shown" "$(x .options.map_strict)" = false
	must "$TC" qdisc del dev lfq0 root
	out=$("$TC" qdisc add dev lfq0 root handle 1: liteflow map strict lagre:2 2>&1)
	is "a new one" $? -eq 2
	is "is not there" "$("$TC" qdisc show dev lfq0 | grep -c liteflow)" -eq 0
	check "where the slot has no snapshot yet" "$TC" qdisc add dev lfq0 root handle 1: \
		liteflow slot later map strict lagre:2
}
