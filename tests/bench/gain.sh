#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: a saturated link as its users see it, under one queueing discipline
# after the other.
#
#	tests/bench/gain.sh RATE SECONDS SEED COLUMN...
#
# The laboratory's router is a bottleneck of RATE (10mbit) both ways, with COLUMN (pfifo, fq_codel,
# cake, cake-marks, liteflow, lf-pages, oracle) at either side. Beside long and short transfers two
# people type at an ssh, one opens web pages, one makes a telephone call. A line for each figure
# goes to $LF_OUT/gain.csv: rate,column,seed,metric,value; times in us.
#
# Made for uml-time: what is measured is queueing, so processors may be infinitely fast.
# $LF_GAIN_MAP, $LF_GAIN_MODEL: another map, another snapshot of appclass; $LF_GAIN_V: tc's
# statistics, too. $LF_GAIN_MORE: two people more, one who opens pages over QUIC, one in a call by
# browser (ngtcp2-client, ngtcp2-server).
set -u
# shellcheck source=tests/lab/lab.sh
. tests/lab/lab.sh
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
# shellcheck source=tests/bench/gain_lib.sh
. tests/bench/gain_lib.sh
export TC_LIB_DIR=$PWD/build/tc
[ $# -ge 4 ] || { echo "usage: gain.sh RATE SECONDS SEED COLUMN..." >&2; exit 2; }
rate=$1 seconds=$2 seed=$3
shift 3

MAP=${LF_GAIN_MAP:-bands 3 map interactive:0 media:0 lookup:0 request:1 bulk:2}
MODEL=appclass-${LF_GAIN_MODEL:-forest}

trap lab_down EXIT
RANDOM=$seed
bottleneck
for command in "snapshot load build/models/$MODEL.lfs" "slot add app" \
	"slot set app $MODEL activate"; do
	# shellcheck disable=SC2086
	lab_ns router build/bin/lfctl $command >>"$LAB/log" || die "lfctl $command"
done
for column; do measure "$column"; done
