# SPDX-License-Identifier: GPL-2.0
# New programs, as curves: gnuplot -e "dir='build/adapt/out'" tests/adapt/traffic.gp makes
# traffic.png there, of share.dat and events.dat.

set terminal pngcairo size 1280,520 font "sans,11"
set output dir."/traffic.png"
set title "Programs that the classifier did not know" font ",14"
set xlabel "seconds since they came"
set ylabel "flows nobody marks, in the class they should have"
set format y "%g %%"
set yrange [0:130]
set ytics 0,20,100
set xrange [0:]
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set key bottom right samplen 2
set datafile missing "?"
plot dir."/events.dat" using 1:(100) with impulses dt 2 lc rgb "#999999" notitle, \
	dir."/events.dat" using 1:(102):2 \
		with labels rotate by 45 left font ",8" notitle noenhanced, \
	dir."/share.dat" using 1:2 with lines lw 2 lc rgb "#2a8a4a" title "calls: media", \
	dir."/share.dat" using 1:3 with lines lw 2 lc rgb "#5b8db8" title "games: interactive", \
	dir."/share.dat" using 1:4 with lines lw 2 lc rgb "#b05020" title "backups: bulk"
