# SPDX-License-Identifier: GPL-2.0
# A day of tests/adapt/run as a curve: gnuplot -e "dir='build/adapt/out'; shifts='6 12 18'"
# tests/adapt/day.gp makes day.png there, of day-lfd.dat, swaps.dat and, if there is one,
# day-clock.dat.

set terminal pngcairo size 1280,520 font "sans,11"
set output dir."/day.png"
set title "A day of traffic that changes three times" font ",14"
set xlabel "hour"
set ylabel "verdicts that are right (flows nobody marks)"
set format y "%g %%"
set yrange [:100]
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set key bottom left samplen 2
set datafile missing "?"
do for [i = 1:words(shifts)] {
	set arrow from first word(shifts, i) + 0, graph 0 \
		to first word(shifts, i) + 0, graph 1 nohead \
		dt 2 lc rgb "#b05020"
}
clock = system("test -s ".dir."/day-clock.dat && echo 1") eq "1"
if (clock) {
	plot dir."/day-clock.dat" with lines lc rgb "#999999" title "trained every ten minutes", \
		dir."/day-lfd.dat" with lines lw 2 lc rgb "#2a8a4a" title "lfd", \
		dir."/swaps.dat" using 1:(100) with impulses lc rgb "#5b8db8" title "lfd swaps", \
		NaN with lines dt 2 lc rgb "#b05020" title "the traffic changes"
} else {
	plot dir."/day-lfd.dat" with lines lw 2 lc rgb "#2a8a4a" title "lfd", \
		dir."/swaps.dat" using 1:(100) with impulses lc rgb "#5b8db8" title "lfd swaps", \
		NaN with lines dt 2 lc rgb "#b05020" title "the traffic changes"
}
