#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Are the models of flow sizes that we ship what models/flowsize/README.md says? The snapshots, as
# the kernel would run them, over the committed rows of programs that training never saw.
#
# Expectations: two outputs in log2 bytes, close to the float model's; no lower bound above its
# upper one; as many sizes below each as the README's last table says, to within two percentage
# points, since where a size is known exactly, it and both bounds differ by less than rounding; and
# the forest stays within its budget of comparisons.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
make -s models || exit 1
lfgen=build/bin/lfgen here=models/flowsize
V=1

# The README's share of the committed rows, for model $1, in percent: below 0.2 and below 0.9.
said() {
	awk -F'|' -v model=" $1 " '$2 == " committed rows " && $4 == model {
		printf "%.1f %.1f\n", 100 * $5, 100 * $6 }' $here/README.md
}

# Of rows "LOW,HIGH,SIZE": shares of sizes below each bound, and rows with the bounds out of order.
seen() {
	awk -F, '{ low += $3 < $1; high += $3 < $2; odd += $1 > $2 }
		END { printf "%.2f %.2f %d\n", 100 * low / NR, 100 * high / NR, odd }' "$1"
}

near() { awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(d < 2 && d > -2) }'; }

awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{ print $at["log2_bytes"] }' $here/held-out.csv >"$tmp/truth"
check "there are rows" [ "$(wc -l <"$tmp/truth")" -ge 1000 ]
for model in forest net; do
	lfs=build/models/flowsize-$model.lfs
	is "$model: outputs and their unit" "$($lfgen inspect $lfs --json |
		jq -r '[.outputs[].unit] | join(", ")')" = "log2 bytes, log2 bytes"
	check "$model: none off by more than 0.5 % of the range" $lfgen compare \
		$here/$model.onnx $lfs $here/held-out.csv --max-error 0.5
	check "$model: runs" sh -c "$lfgen run $lfs $here/held-out.csv >$tmp/$model"
	is "$model: a pair for each row" "$(wc -l <"$tmp/$model")" -eq "$(wc -l <"$tmp/truth")"
	paste -d, "$tmp/$model" "$tmp/truth" >"$tmp/rows"
	read -r low high odd <<<"$(seen "$tmp/rows")"
	read -r says_low says_high <<<"$(said $model)"
	is "$model: lower bounds above the upper one" "$odd" -eq 0
	check "$model: $low % of sizes below 0.2, the README says $says_low %" near "$low" \
		"${says_low:-0}"
	check "$model: $high % of sizes below 0.9, the README says $says_high %" near "$high" \
		"${says_high:-0}"
done
check "the forest is within its budget of 128 comparisons" \
	[ "$($lfgen inspect build/models/flowsize-forest.lfs --json | jq .comparisons)" -le 128 ]
finish
