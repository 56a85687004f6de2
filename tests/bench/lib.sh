# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What all benches share: a measurement that is missing, or makes no sense, is an error that names
# it. A figure that nobody measured must never reach a table. Sourced.

# measured WHAT VALUE [LEAST]: VALUE must be a number above 0, or of LEAST and more.
measured() {
	awk -v v="$2" -v least="${3-}" 'BEGIN {
		exit !(v ~ /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/ &&
		       (least == "" ? v + 0 > 0 : v + 0 >= least + 0))
	}' && return
	echo "${0##*/}: not measured: $1${2:+ (it says \"$2\")}" >&2
	return 1
}

# A part that has to be built is made, or the bench ends with what make says.
built() {
	local log
	log=$(make -s "$@" 2>&1) || {
		printf '%s: cannot build %s:\n%s\n' "${0##*/}" "$*" "$(tail -20 <<<"$log")" >&2
		exit 1
	}
}

# build/bench/out/NAME.png of NAME's figures. gnuplot warns of columns that it does not use.
chart() {
	local out=build/bench/out
	if gnuplot -e "dir='$out'" "tests/bench/$1.gp" 2>"$out/gnuplot.log"; then
		echo "the chart: $out/$1.png"
	else
		cat "$out/gnuplot.log" >&2
		echo "${0##*/}: no chart" >&2
		return 1
	fi
}

# The modules of these kernels; with "cc" in front those of tests/bench/cc_user too.
modules_built() {
	local k log=build/bench/out/modules.log cc=
	[ "$1" != cc ] || { cc=1; shift; }
	mkdir -p build/bench/out
	for k; do
		{ tests/vm/modules "$k" && { [ -z "$cc" ] ||
			tests/bench/cc_user/build "$k"; }; } >"$log" 2>&1 ||
			{ echo "${0##*/}: cannot build the modules for $k:" >&2; tail -20 "$log" \
			>&2; exit 1; }
	done
}
