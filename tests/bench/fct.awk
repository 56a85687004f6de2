# SPDX-License-Identifier: GPL-2.0
# The table of tests/bench/fct: load,column,seed,bytes,us on standard input.
#
#	awk -F, -v wanted="COLUMN..." -v loads="LOAD..." -v runs=N -f fct.awk
#
# Each figure is the median over the runs; in brackets, the median of its ratios to the first
# column's in the same run, and with more than three runs the least and the greatest.

# The groups of the field (PIAS, pFabric), and those that are long for a link of 100 Mbit/s.
function each_group(bytes, at) {
	delete at
	at["all"]
	if (bytes <= 102400)
		at["short"]
	else if (bytes < 10485760)
		at["middle"]
	else
		at["longest"]
	if (bytes > 1048576)
		at["long"]
}

function add(key, us) {
	n[key]++
	sum[key] += us
	at[key, n[key]] = us
}

function fail(what) {
	printf "fct: not measured: %s\n", what >"/dev/stderr"
	wrong = 1
	exit 1
}

$5 !~ /^[0-9]+(\.[0-9]+)?$/ || $5 + 0 <= 0 || $4 !~ /^[0-9]+$/ {
	fail("a flow of " $2 " at load " $1 ", run " $3)
}

{
	each_group($4, of)
	for (g in of)
		add($1 SUBSEP $2 SUBSEP $3 SUBSEP g, $5)
}

function sort(v, count,    i, j, x) {
	for (i = 2; i <= count; i++) {
		x = v[i]
		for (j = i - 1; j > 0 && v[j] > x; j--)
			v[j + 1] = v[j]
		v[j + 1] = x
	}
}

function median(v, count) {
	sort(v, count)
	return count % 2 ? v[(count + 1) / 2] : (v[count / 2] + v[count / 2 + 1]) / 2
}

function p99(key,    i, v) {
	for (i = 1; i <= n[key]; i++)
		v[i] = at[key, i]
	sort(v, n[key])
	return v[int((n[key] - 1) * 0.99) + 1]
}

# One run's figure, ms.
function figure(load, column, run, row,    key, part) {
	split(row, part, " ")
	key = load SUBSEP column SUBSEP run SUBSEP part[1]
	return (part[2] == "p99" ? p99(key) : sum[key] / n[key]) / 1000
}

function cell(load, column, row,    run, v, ratio, middle) {
	for (run = 1; run <= runs; run++) {
		v[run] = figure(load, column, run, row)
		ratio[run] = v[run] / figure(load, col[1], run, row)
	}
	middle = sprintf("%.2f", median(ratio, runs))		# sorts
	if (runs > 3)
		middle = middle sprintf(", %.2f-%.2f", ratio[1], ratio[runs])
	return sprintf("%.4g (%s)", median(v, runs), middle)
}

# Every run of every column has the flows of the first.
function whole(    l, c, run, g, key, base) {
	for (l = 1; l <= n_loads; l++)
		for (run = 1; run <= runs; run++)
			for (c = 1; c <= columns; c++)
				for (g in groups) {
					key = load[l] SUBSEP col[c] SUBSEP run SUBSEP g
					base = load[l] SUBSEP col[1] SUBSEP run SUBSEP g
					if (!n[key] || n[key] != n[base])
						fail(g " flows of " col[c] " at load " load[l] \
						     ", run " run)
				}
}

END {
	if (wrong)
		exit 1
	columns = split(wanted, col, " ")
	width = runs > 3 ? 26 : 17
	n_loads = split(loads, load, " ")
	groups["short"]; groups["middle"]; groups["long"]; groups["longest"]; groups["all"]
	whole()
	rows = split("short mean,short p99,middle mean,long mean,longest mean,all mean", row, ",")
	text["short mean"] = "up to 100 KB, mean"
	text["short p99"] = "up to 100 KB, p99"
	text["middle mean"] = "100 KB to 10 MB, mean"
	text["long mean"] = "above 1 MB, mean"
	text["longest mean"] = "10 MB and more, mean"
	text["all mean"] = "all, mean"
	printf "%-24s", ""
	for (c = 1; c <= columns; c++)
		printf "%" width "s", col[c]
	for (l = 1; l <= n_loads; l++) {
		printf "\nload %s\n", load[l]
		for (r = 1; r <= rows; r++) {
			printf "  %-22s", text[row[r]]
			for (c = 1; c <= columns; c++)
				printf "%" width "s", cell(load[l], col[c], row[r])
			if (r < rows)
				print ""
		}
	}
	print ""
}
