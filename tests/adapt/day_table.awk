# SPDX-License-Identifier: GPL-2.0
# The figures of a day (day.awk) as a table: a column for each of build/adapt/out/day-MODE/figures.

FNR == 1 {
	mode[++modes] = FILENAME
	sub(/\/figures$/, "", mode[modes])
	sub(/.*day-/, "", mode[modes])
}
{ value[mode[modes], $1] = $2 }

function row(text, name, unit,	m, any) {
	for (m = 1; m <= modes; m++) any += (mode[m], name) in value
	if (!any) return
	printf "%-54s", text
	for (m = 1; m <= modes; m++)
		printf "%12s", !((mode[m], name) in value) ? "-" : \
			value[mode[m], name] == -1 ? "never" : \
			value[mode[m], name] unit
	print ""
}

END {
	printf "%-54s", ""
	for (m = 1; m <= modes; m++) printf "%12s", mode[m]
	print ""
	row("flows", "flows", "")
	row("trainings", "trainings", "")
	row("swaps of the snapshot", "swaps", "")
	row("datagrams lost", "lost", "")
	row("verdicts that were right", "accuracy", " %")
	row("the same without the first hour", "accuracy_but_first_hour", " %")
	row("alarms", "alarms", "")
	row("  of them false", "false_alarms", "")
	for (k = 1; k <= 3; k++) {
		row("change " k ": right in the half hour before", "before_" k, " %")
		row("  in its first minute", "first_minute_" k, " %")
		row("  in the last half hour after it", "after_" k, " %")
		row("  from the change to the alarm", "alarm_" k, " s")
		row("  from the alarm to a new snapshot", "candidate_" k, " s")
		row("  from the alarm to full weight", "serves_" k, " s")
		row("  from the alarm until the verdicts are as before",
		    "recovered_after_alarm_" k, " s")
		row("  from the change until then", "recovered_" k, " s")
	}
}
