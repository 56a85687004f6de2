# SPDX-License-Identifier: GPL-2.0
# What tests/bench/cc measured: gnuplot -e "dir='build/bench/out'" tests/bench/cc.gp makes cc.png
# there.

# Before there are ranges: it counts what lies in them.
stats dir."/cc.dat" using 1 nooutput
set terminal pngcairo size 1100,700 font "sans,11"
set output dir."/cc.png"
set title "One flow, each point a path: used more to the right, queued less downwards" font ",14"
set xlabel "goodput, per cent of the line"
set ylabel "queueing delay, 95th percentile, in round trips of the empty path"
set logscale y
set yrange [0.01:10]
set xrange [0:100]
set grid lc rgb "#dddddd"
set key outside right top
plot for [i = 0:STATS_blocks - 1] dir."/cc.dat" index i \
	using 1:(column(2) > 0.01 ? column(2) : 0.01) \
	with points pt 7 + i % 6 ps 1.4 title columnheader(1) noenhanced
