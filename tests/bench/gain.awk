# SPDX-License-Identifier: GPL-2.0
#
# From gain.csv (rate,column,seed,metric,value) to the table, or with -v metric=NAME to the rows of
# a bar chart: a rate and its value for each column. All values are medians of the runs; of the two
# ways of the call the worse counts.
#
# -v names="..." has other columns (tests/adapt).
#
# A figure that is missing, is none or is 0 where that cannot be ends it, with its name: of the
# columns `wanted` (those that are there), in each of `runs` runs, at `of` rates.

BEGIN {
	FS = ","
	# LF_GAIN_MORE
	MORE = " quic_pages quic web_loss_up web_loss_down web_jitter_up web_jitter_down " \
	       "web_delay_p99_up web_delay_p99_down"
	columns = split(names ? names : \
			"pfifo fq_codel cake cake-marks liteflow lf-pages oracle", column, " ")
}

# Of the values "a b c": awk has no arrays of arrays.
function median(list,	v, n, i, j, t) {
	n = split(list, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
			t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
		}
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

{
	if (!($1 in known)) {
		known[$1] = 1
		rate[++rates] = $1
	}
	measured[$2] = 1
	all[$1, $2, $4] = all[$1, $2, $4] " " $5
}

function value(r, c, m,	up, down) {
	if ((r, c, m) in all)
		return median(all[r, c, m])
	up = median(all[r, c, m "_up"])
	down = median(all[r, c, m "_down"])
	return up > down ? up : down
}

function row(r, name, m, form, scale,	i) {
	printf "  %-26s", name
	for (i = 1; i <= columns; i++)
		printf "%12s", (r, column[i], "keys") in all ? \
			sprintf(form, value(r, column[i], m) / scale) : "-"
	printf "\n"
}

function table(	i, k) {
	printf "%-28s", ""
	for (i = 1; i <= columns; i++)
		printf "%12s", column[i]
	printf "\n"
	for (k = 1; k <= rates; k++) {
		printf "%d Mbit/s\n", rate[k]
		row(rate[k], "key to echo, p50", "key_p50", "%.1f ms", 1000)
		row(rate[k], "key to echo, p99", "key_p99", "%.1f ms", 1000)
		row(rate[k], "page of 20 objects", "page", "%.0f ms", 1000)
		row(rate[k], "call: lost", "loss", "%.1f %%", 1)
		row(rate[k], "call: jitter", "jitter", "%.2f ms", 1000)
		row(rate[k], "call: one-way delay, p99", "delay_p99", "%.1f ms", 1000)
		if ((rate[k], column[1], "quic") in all) {
			row(rate[k], "page over QUIC", "quic", "%.0f ms", 1000)
			row(rate[k], "browser call: lost", "web_loss", "%.1f %%", 1)
			row(rate[k], "browser call: jitter", "web_jitter", "%.2f ms", 1000)
			row(rate[k], "browser call: delay, p99", "web_delay_p99", "%.1f ms", 1000)
		}
		row(rate[k], "line carried, down", "mbit_down", "%.1f Mbit", 1)
		row(rate[k], "line carried, up", "mbit_up", "%.1f Mbit", 1)
	}
}

function chart(	i, k) {
	for (k = 1; k <= rates; k++) {
		printf "\"%d Mbit/s\"", rate[k]
		for (i = 1; i <= columns; i++)
			printf " %s", (rate[k], column[i], "keys") in all ? \
				value(rate[k], column[i], metric) / 1000 : "?"
		printf "\n"
	}
}

function missing(what) {
	print "gain: not measured: " what > "/dev/stderr"
	incomplete = 1
}

# Only of lost packets there may be none at all; where a line is idle calls may have no jitter.
function figure(v, m) {
	return v ~ /^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/ &&
		(m ~ /^(web_)?(loss|jitter)/ || v + 0 > 0)
}

function check_metric(r, c, m,	n, k, v, good) {
	n = split(all[r, c, m], v, " ")
	for (k = 1; k <= n; k++)
		good += figure(v[k], m)
	if (good < (runs ? runs : 1) || good < n)
		missing(m " of " c " at " r " Mbit/s")
}

function check(	c, m, n, k, i, j, cs, ms) {
	if (rates < (of ? of : 1))
		missing(rates + 0 " of " (of ? of : 1) " rates have figures")
	n = split("keys key_p50 key_p99 pages page loss_up loss_down jitter_up jitter_down " \
		  "delay_p50_up delay_p50_down delay_p99_up delay_p99_down mbit_up mbit_down" \
		  (more ? MORE : ""), ms, " ")
	if (wanted)
		split(wanted, cs, " ")
	else
		for (c in measured)
			cs[++k] = c
	for (k = 1; k <= rates; k++)
		for (i in cs)
			for (j = 1; j <= n; j++)
				check_metric(rate[k], cs[i], ms[j])
}

# Those that were measured, for the table.
function narrow(	i, n) {
	for (i = 1; i <= columns; i++)
		if (column[i] in measured)
			column[++n] = column[i]
	columns = n
}

# The chart has a place for each column, measured or not.
END {
	check()
	if (incomplete)
		exit 1
	if (metric) {
		chart()
	} else {
		narrow()
		table()
	}
}
