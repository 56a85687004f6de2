# SPDX-License-Identifier: GPL-2.0
# The curve of a training: gnuplot -e "model='aurora'" models/training.gp makes
# build/models/aurora-training.png of models/aurora/training.csv. For one that still runs: -e
# "log='PATH.csv'; model='NAME'".

if (!exists("log")) log = "models/".model."/training.csv"
system "mkdir -p build/models"
set terminal pngcairo size 1100,700 font "sans,11"
set output "build/models/".model."-training.png"
set datafile separator ","
set grid lc rgb "#dddddd"
set key bottom right
set multiplot layout 2,1 title "Training of ".model font ",14"
set ylabel "reward"
plot log every ::1 using 1:2 with lines lc rgb "#bbbbbb" \
          title "scenes of the generation, parameters moved", \
     log every ::1 using 1:3 with lines lw 2 lc rgb "#2a8a4a" title "200 scenes held out"
set xlabel "generation"
set ylabel "held out"
set y2label "ms"
set y2tics
set ytics nomirror
plot log every ::1 using 1:4 with lines lw 2 title "goodput", \
     log every ::1 using 1:8 with lines lw 2 title "Jain", \
     log every ::1 using 1:6 axes x1y2 with lines lw 2 title "p95 of queueing delay, ms"
unset multiplot
