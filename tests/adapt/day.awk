# SPDX-License-Identifier: GPL-2.0
#
# What became of a day (day.sh): its folder's totals, events and audit.csv in this order, with
# -v shifts="SECONDS ..." -v mode=lfd|clock -v dat=FILE -v name=NAME. Prints a line for each figure,
# "name value", and the accuracy of each minute to the file: hour, share of the unmarked flows whose
# last verdict is the class of their program.
#
# Programs are numbered from 1, classes from 0, in the same order. A line of the audit has what
# ended in the ten seconds before; flows end two seconds after their last datagram.
#
# Events are "TIME<tab>WHAT": alarm, training, watching (the new snapshot serves all), and so on. An
# alarm within ten minutes of a shift is that shift's; the first of the day, before a shift, is the
# line's own, as the slot begins with a snapshot that knows other networks. All others are false.
#
# Recovered is a shift when the accuracy of a minute is no more than two points below the level of
# the half hour (a 48th of the day) before the shift or, if that is less, of the last half hour
# before the next.

function fail(what) { print "day: not measured: " what >"/dev/stderr"; failed = 1; exit 1 }
function say(what, value) { print what, value }

# Of the ten-second steps from a to b, both in seconds since the beginning.
function accuracy(a, b,	i, n, k) {
	for (i = int(a / 10); i < int(b / 10); i++) {
		n += flows[i]
		k += right[i]
	}
	return n ? 100 * k / n : -1
}

BEGIN { FS = "[ \t,]"; n_shifts = split(shifts, shift, " ") }
FNR == 1 { file++ }
file == 1 { total[$1] = $2; next }
file == 2 {
	t = $1 - total["began"]
	what[++events] = $2
	at[events] = t
	n_what[$2]++
	next
}
$3 == 0 {
	i = int(($1 - total["began"]) / 10) - 1
	flows[i] += $5
	if ($4 == $2 - 1) right[i] += $5
	if (i > last) last = i
}

# The first event of that kind from t on, before the end; -1: there is none.
function first(kind, t, end,	i) {
	for (i = 1; i <= events; i++)
		if (what[i] == kind && at[i] >= t && at[i] < end) return at[i]
	return -1
}

function recovered(t, end, level,	x) {
	for (x = t; x + 60 <= end; x += 10)
		if (accuracy(x, x + 60) >= level - 2) return x
	return -1
}

function alarms(	i, k, mine, own, false_ones) {
	for (i = 1; i <= events; i++) {
		if (what[i] != "alarm") continue
		mine = 0
		for (k = 1; k <= n_shifts; k++)
			if (at[i] >= shift[k] && at[i] < shift[k] + 600) mine = 1
		if (!mine && !own && (!n_shifts || at[i] < shift[1])) own = mine = 1
		false_ones += !mine
	}
	say("alarms", n_what["alarm"] + 0)
	say("false_alarms", false_ones + 0)
}

function about_shift(k,	t, end, before, after, level, alarm, serves, back) {
	t = shift[k]
	end = k < n_shifts ? shift[k + 1] : last * 10
	before = accuracy(t - level_of, t)
	after = accuracy(end - level_of, end)
	level = before < after ? before : after
	say("before_" k, sprintf("%.1f", before))
	say("first_minute_" k, sprintf("%.1f", accuracy(t + 10, t + 70)))
	say("after_" k, sprintf("%.1f", after))
	back = recovered(t + 10, end, level)
	say("recovered_" k, back < 0 ? -1 : sprintf("%.0f", back - t))
	if (mode != "lfd") return
	alarm = first("alarm", t, end)
	say("alarm_" k, alarm < 0 ? -1 : sprintf("%.0f", alarm - t))
	if (alarm < 0) return
	say("candidate_" k, sprintf("%.0f", first("candidate", alarm, end) - alarm))
	serves = first("watching", alarm, end)
	say("serves_" k, serves < 0 ? -1 : sprintf("%.0f", serves - alarm))
	say("recovered_after_alarm_" k, back < 0 ? -1 : sprintf("%.0f", back - (alarm - t) - t))
}

END {
	if (failed) exit 1
	if (!total["flows"]) fail("flows")
	if (last < 6) fail("the audit")
	level_of = last * 10 / 48
	if (level_of < 60) level_of = 60
	say("flows", total["flows"])
	say("lost", total["sent"] - total["arrived"])
	say("drops", total["drops"])
	say("swaps", total["swaps"] - 1)		# the first snapshot was one
	say("trainings", mode == "lfd" ? n_what["training"] + 0 : total["trainings"])
	say("accuracy", sprintf("%.2f", accuracy(0, last * 10)))
	say("accuracy_but_first_hour", sprintf("%.2f", accuracy(3600, last * 10)))
	if (mode == "lfd") alarms()
	for (k = 1; k <= n_shifts; k++) about_shift(k)
	for (i = 0; i < last; i += 6)
		if (accuracy(i * 10, i * 10 + 60) >= 0)
			printf "%.4f %.2f\n", i / 360, accuracy(i * 10, i * 10 + 60) >dat
}
