# SPDX-License-Identifier: GPL-2.0
# What tests/bench/gain measured, as bars: gnuplot -e "dir='build/bench/out'" tests/bench/gain.gp
# makes gain.png there.

set terminal pngcairo size 1280,900 font "sans,11"
set output dir."/gain.png"
set style data histogram
set style histogram clustered gap 1.5
set style fill solid 0.9 noborder
set logscale y
set format y "%g ms"
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set key top right horizontal samplen 1
set datafile missing "?"

columns = "pfifo fq_codel cake cake-marks liteflow lf-pages"
colours = "#999999 #5b8db8 #e0a030 #b05020 #2a8a4a #7cc08a"
panels = "key_p99 page jitter delay_p99"
titles = "'key to echo, 99th percentile' 'web page of 20 objects' 'call: jitter' ".\
	"'call: one-way delay, 99th percentile'"

set multiplot layout 2,2 \
	title "A link that others saturate, as users see it (lower is better; logarithmic)" \
	font ",14"
do for [p = 1:words(panels)] {
	set title word(titles, p)
	plot for [c = 1:words(columns)] dir."/gain-".word(panels, p).".dat" using c + 1:xtic(1) \
		lc rgb word(colours, c) title word(columns, c) noenhanced
}
unset multiplot
