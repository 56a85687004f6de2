# SPDX-License-Identifier: GPL-2.0
# The audit of traffic.sh as curves: seconds since the programs came (-v came=), then the share in %
# of unmarked calls, games and backups that ended in those ten seconds and had their own class.

BEGIN { FS = ","; want[1] = 3; want[2] = 0; want[3] = 2 }
$3 == 0 && $2 <= 3 && $1 >= came {
	t = int(($1 - came) / 10)
	n[t, $2] += $5
	if ($4 == want[$2]) right[t, $2] += $5
	if (t > last) last = t
}
END {
	for (t = 0; t <= last; t++) {
		printf "%d", t * 10 + 5
		for (p = 1; p <= 3; p++)
			printf " %s", n[t, p] ? sprintf("%.1f", 100 * right[t, p] / n[t, p]) : "?"
		print ""
	}
}
