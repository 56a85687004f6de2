# SPDX-License-Identifier: GPL-2.0
#
# From cc.csv (RATE:RTT:QUEUE:LOSS:KIND,column,metric,value) to the tables; with -v chart=1 to the
# points of the chart, one block for each column: utilisation and queueing delay in RTTs at p95, of
# the cells with one flow; with -v cost=1 from cc-cpu.csv (FLOWS:LINE,column,metric,value, several
# times) to the table of costs, in medians; -v unit=... of what.
#
# A figure that is missing, is none or is 0 where that cannot be ends it, with its name; -v of=N: so
# many cells there are.

BEGIN {
	FS = ","
	columns = split("cubic bbr aurora user user-10 user-100 mocc-thr mocc-lat mocc-loss " \
			"upstream none", column, " ")
}

{
	if (!($1 in known)) {
		known[$1] = 1
		cell[++cells] = $1
	}
	measured[$2] = 1
	value[$1, $2, $3] = $4
	sample[$1, $2, $3, ++samples[$1, $2, $3]] = $4
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
function heading(title,	i) {
	printf "\n%-44s", title
	for (i = 1; i <= columns; i++)
		printf "%10s", column[i]
	printf "\n"
}

function table(title, metric, form, minus_rtt,	i, k, f, any) {
	for (k = 1; k <= cells; k++)
		for (i = 1; i <= columns; i++)
			any += (cell[k], column[i], metric) in value
	if (!any)
		return
	heading(title)
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
				sprintf(form, value[cell[k], column[i], metric] - \
					(minus_rtt ? f[2] : 0)) : "-"
		printf "\n"
	}
}

# One line for a cell, the README's tables: of these columns, the cells where the last one was
# measured.
function both(list,	i, k, n, f, col, some) {
	n = split(list, col, " ")
	for (k = 1; k <= cells; k++)
		some += (cell[k], col[n], "goodput") in value
	if (!some)
		return
	printf "\n%-42s", "goodput Mbit/s / p95 of queueing delay ms"
	for (i = 1; i <= n; i++)
		printf "%13s", col[i]
	printf "\n"
	for (k = 1; k <= cells; k++) {
		if (!((cell[k], col[n], "goodput") in value))
			continue
		split(cell[k], f, ":")
		printf "%-42s", name(cell[k])
		for (i = 1; i <= n; i++)
			printf "%13s", pair(cell[k], col[i], f[2])
		printf "\n"
	}
}

function pair(c, col, rtt,	q) {
	if (!((c, col, "goodput") in value))
		return "-"
	q = value[c, col, "rtt_p95"] - rtt
	return sprintf(q < 9.95 ? "%.1f / %.1f" : "%.1f / %.0f", value[c, col, "goodput"], q)
}

# Of a column's cells, how many reach a goal, and which is farthest from it. @measure: what it is
# of, see reach().
function goal(col, title, measure, bound, least,	k, x, n, met, worst, where, list) {
	for (k = 1; k <= cells; k++) {
		x = reach(cell[k], col, measure)
		if (x == "")
			continue
		list[++n] = x
		met += least ? x >= bound : x <= bound
		if (n == 1 || (least ? x < worst : x > worst)) {
			worst = x
			where = cell[k]
		}
	}
	if (n)
		printf "%-53s%6d%6d%9.2f%9.2f  %s\n", title (least ? " >= " : " <= ") bound,
			n, met, middle(list, n), worst, name(where)
}

function better(c) {
	if ((c, "bbr", "goodput") in value &&
	    value[c, "bbr", "goodput"] > value[c, "cubic", "goodput"])
		return value[c, "bbr", "goodput"]
	return value[c, "cubic", "goodput"]
}

# A cell's figure for a goal, nothing where the goal is not for that cell.
function reach(c, col, measure,	f) {
	split(c, f, ":")
	if (!((c, col, "goodput") in value) || !((c, "cubic", "goodput") in value))
		return ""
	if (measure == "best" && f[4] == 0 && f[5] == 1)
		return value[c, col, "goodput"] / better(c)
	if (measure == "moves" && (f[5] == "steps" || f[5] == "cellular"))
		return value[c, col, "goodput"] / better(c)
	if (measure == "noise" && f[5] ~ /-|handover|longer|outages|policed/)
		return value[c, col, "goodput"] / better(c)
	if (measure == "backlog" && f[5] ~ /-|handover|longer/ &&
	    value[c, "cubic", "backlog_p95"] > 0)
		return value[c, col, "backlog_p95"] / value[c, "cubic", "backlog_p95"]
	if (measure == "delay" && f[3] == 4 && f[4] == 0 && f[5] == 1)
		return (value[c, col, "rtt_p95"] - f[2]) / (value[c, "cubic", "rtt_p95"] - f[2])
	if (measure == "loss" && f[4] == 1 && f[5] == 1)
		return value[c, col, "goodput"] / value[c, "cubic", "goodput"]
	if (measure == "jain" && f[5] == 4)
		return value[c, col, "jain"]
	if (measure == "share" && f[5] == "cubic")
		return 2 * value[c, col, "share"]
	if (measure == "user" && value[c, "user", "goodput"] > 0)
		return value[c, col, "goodput"] / value[c, "user", "goodput"]
	return ""
}

# Those of the project, for its own policy.
function goals() {
	printf "\n%-53s%6s%6s%9s%9s\n", "aurora: what was to be reached", "cells", "met",
		"median", "worst"
	goal("aurora", "one flow, no loss: goodput, times the better's", "best", 0.95, 1)
	goal("aurora", "steps, cellular: goodput, times the better's", "moves", 0.95, 1)
	goal("aurora", "noise, other RTTs: goodput, times the better's", "noise", 0.95, 1)
	goal("aurora", "the same: backlog at p95, times cubic's", "backlog", 0.5, 0)
	goal("aurora", "4 BDP, no loss: queueing delay, times cubic's", "delay", 0.5, 0)
	goal("aurora", "1 % loss: goodput, times cubic's", "loss", 5, 1)
	goal("aurora", "four flows: Jain's index", "jain", 0.9, 1)
	goal("aurora", "beside cubic: times the fair share", "share", 0.5, 1)
	goal("aurora", "beside cubic: times the fair share", "share", 2, 0)
	goal("aurora", "goodput, times that of user", "user", 1, 1)
}

# Of a few: by insertion.
function middle(v, n,	i, k, x) {
	for (i = 2; i <= n; i++) {
		x = v[i]
		for (k = i; k > 1 && v[k - 1] + 0 > x + 0; k--)
			v[k] = v[k - 1]
		v[k] = x
	}
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function median(c, col, metric,	n, i, v) {
	n = samples[c, col, metric]
	for (i = 1; i <= n; i++)
		v[i] = sample[c, col, metric, i]
	return middle(v, n)
}

function costs(title, metric, form,	i, k, f) {
	heading(title)
	for (k = 1; k <= cells; k++) {
		split(cell[k], f, ":")
		printf "  %-42s", f[1] (f[1] == 1 ? " flow" : " flows") ", line of " f[2] " Mbit/s"
		for (i = 1; i <= columns; i++)
			printf "%10s", (cell[k], column[i], metric) in samples ? \
				sprintf(form, median(cell[k], column[i], metric)) : "-"
		printf "\n"
	}
}

# Above 1: the process gets less.
function ratios(	k, i, a) {
	printf "\n%-44s", "goodput of aurora over that of"
	for (i = 1; i <= columns; i++)
		printf "%10s", column[i]
	printf "\n"
	for (k = 1; k <= cells; k++) {
		if (!((cell[k], "aurora", "goodput") in value) ||
		    value[cell[k], "aurora", "goodput"] == 0)
			continue
		a = value[cell[k], "aurora", "goodput"]
		printf "  %-42s", name(cell[k])
		for (i = 1; i <= columns; i++)
			printf "%10s", (value[cell[k], column[i], "goodput"] > 0 ? \
				sprintf("%.2f", a / value[cell[k], column[i], "goodput"]) : "-")
		printf "\n"
	}
}

function missing(what) {
	print "cc: not measured: " what > "/dev/stderr"
	incomplete = 1
}

function is_figure(v, metric) {
	if (v !~ /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/)
		return 0
	# Nothing sent again, no share, never fair: these may be.
	return v + 0 > 0 ||
		metric ~ /^(retrans|share|join_s|fair_s|backlog_p95|questions|answer_us)$/
}

# What every cell has of every column that has anything of it.
function check(	i, j, k, n, ms, m, any, f) {
	n = split(cost ? "goodput cpu" : "goodput rtt_mean rtt_p95 retrans jain", ms, " ")
	if (cells < (of ? of : 1))
		missing(cells + 0 " of " (of ? of : 1) " cells have figures")
	for (m in value) {
		split(m, f, SUBSEP)
		if (!is_figure(value[m], f[3]))
			missing(f[3] " of " f[2] " in " f[1] " (it says \"" value[m] "\")")
	}
	for (k = 1; k <= cells; k++)
		for (i = 1; i <= columns; i++) {
			any = 0
			for (j = 1; j <= n; j++)
				any += (cell[k], column[i], ms[j]) in value
			for (j = 1; any && j <= n; j++)
				if (!((cell[k], column[i], ms[j]) in value))
					missing(ms[j] " of " column[i] " in " cell[k])
		}
}

function points(	i, k, f) {
	for (i = 1; i <= columns; i++) {
		printf "%s\"%s\"\n", (i > 1 ? "\n\n" : ""), column[i]
		for (k = 1; k <= cells; k++) {
			split(cell[k], f, ":")
			if (f[5] == 1 && (cell[k], column[i], "goodput") in value)
				print value[cell[k], column[i], "goodput"] / f[1] * 100,
					(value[cell[k], column[i], "rtt_p95"] - f[2]) / f[2]
		}
	}
}

END {
	narrow()
	check()
	if (incomplete)
		exit 1
	if (chart) {
		points()
		exit
	}
	if (cost) {
		costs("goodput, Mbit/s", "goodput", "%.0f")
		costs((unit ? unit : "processor, ms") " for a Gbit", "cpu", "%.0f")
		costs("questions per second", "questions", "%.0f")
		costs("time to the answer, us", "answer_us", "%.0f")
		exit
	}
	both("cubic bbr aurora mocc-thr mocc-lat upstream")
	both("cubic bbr aurora user user-10 user-100")
	goals()
	table("goodput, Mbit/s", "goodput", "%.1f", 0)
	ratios()
	table("queueing delay, mean, ms", "rtt_mean", "%.1f", 1)
	table("queueing delay, 95th percentile, ms", "rtt_p95", "%.1f", 1)
	table("backlog at the bottleneck, 95th percentile, ms", "backlog_p95", "%.1f", 0)
	table("packets sent again", "retrans", "%d", 0)
	table("Jain's index", "jain", "%.2f", 0)
	table("share beside another", "share", "%.2f", 0)
	table("joiner at 80 % of its half after, s (-1: never)", "join_s", "%.1f", 0)
	table("Jain's index 0.9 after the last start, s (-1: never)", "fair_s", "%.1f", 0)
}
