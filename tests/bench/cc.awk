# SPDX-License-Identifier: GPL-2.0
#
# From cc.csv (RATE:RTT:QUEUE:LOSS:KIND,column,metric,value) to the tables; with -v chart=1 to the points of the chart,
# one block for each column: utilisation and queueing delay in RTTs at p95, of the cells with one flow.

BEGIN {
	FS = ","
	columns = split("cubic bbr aurora mocc-thr mocc-lat mocc-loss upstream none", column, " ")
}

{
	if (!($1 in known)) {
		known[$1] = 1
		cell[++cells] = $1
	}
	measured[$2] = 1
	value[$1, $2, $3] = $4
}

function narrow(	i, n) {
	for (i = 1; i <= columns; i++)
		if (column[i] in measured)
			column[++n] = column[i]
	columns = n
}

function name(c,	f) {
	split(c, f, ":")
	return sprintf("%4d Mbit/s %3d ms %3s BDP %3s %%", f[1], f[2], f[3], f[4]) \
		(f[5] ~ /^[0-9]+$/ ? sprintf(" %d flow%s", f[5], f[5] == 1 ? "" : "s") : " " f[5])
}

# What a cell is asked for: all that were measured somewhere.
function table(title, metric, form, minus_rtt,	i, k, f, any) {
	for (k = 1; k <= cells; k++)
		for (i = 1; i <= columns; i++)
			any += (cell[k], column[i], metric) in value
	if (!any)
		return
	printf "\n%-44s", title
	for (i = 1; i <= columns; i++)
		printf "%10s", column[i]
	printf "\n"
	for (k = 1; k <= cells; k++) {
		split(cell[k], f, ":")
		any = 0
		for (i = 1; i <= columns; i++)
			any += (cell[k], column[i], metric) in value
		if (!any || (metric == "jain" && f[5] !~ /^([2-9]|[1-9][0-9])$/))
			continue
		printf "  %-42s", name(cell[k])
		for (i = 1; i <= columns; i++)
			printf "%10s", (cell[k], column[i], metric) in value ? \
				sprintf(form, value[cell[k], column[i], metric] - (minus_rtt ? f[2] : 0)) : "-"
		printf "\n"
	}
}

function points(	i, k, f) {
	for (i = 1; i <= columns; i++) {
		printf "\"%s\"\n", column[i]
		for (k = 1; k <= cells; k++) {
			split(cell[k], f, ":")
			if (f[5] == 1 && (cell[k], column[i], "goodput") in value)
				print value[cell[k], column[i], "goodput"] / f[1] * 100, (value[cell[k], column[i], "rtt_p95"] - f[2]) / f[2]
		}
		printf "\n\n"
	}
}

END {
	narrow()
	if (chart) {
		points()
		exit
	}
	table("goodput, Mbit/s", "goodput", "%.1f", 0)
	table("queueing delay, mean, ms", "rtt_mean", "%.1f", 1)
	table("queueing delay, 95th percentile, ms", "rtt_p95", "%.1f", 1)
	table("packets sent again", "retrans", "%d", 0)
	table("Jain's index", "jain", "%.2f", 0)
	table("share beside another", "share", "%.2f", 0)
	table("joiner at 80 % of its half after, s (-1: never)", "join_s", "%.1f", 0)
}
