#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Are the classifiers that we ship as good as models/appclass/README.md says? The snapshots, as the
# kernel would run them, over the committed rows of runs that training never saw; shares right
# against the README's last table.
#
# Expectations: both snapshots decide as the README says, to within one percentage point; unknown
# programs go to "other" as often as it says; and the forest stays within its budget of comparisons.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
make -s models || exit 1
lfgen=build/bin/lfgen here=models/appclass
dir=$tmp
V=1

# The README's share in percent: of the rows called $1, column $2.
said() {
	awk -F'|' -v what=" $1 " -v col="$2" \
		'/^### The committed rows/ { on = 1 } on && $2 == what { print $(col) + 0 }' \
		$here/README.md
}

# Of $1 (known, late, unknown), the share in percent that the classes in $2 have right.
seen() {
	paste -d, "$dir/truth" "$2" | awk -F, -v which="$1" -v unseen="$unseen" '
	BEGIN { n = split(unseen, u, " "); for (i = 1; i <= n; i++) strange[u[i]] = 1 }
	{ known = !($3 in strange) }
	which == "known" && !known { next }
	which == "late" && (!known || $1 < 2.1) { next }
	which == "unknown" && (known || $2 != "other") { next }
	{ rows++; right += $2 == $4 }
	END { printf "%.2f", rows ? 100 * right / rows : -1 }'
}

near() { awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(d < 1 && d > -1) }'; }

# flow.packets_log2, class, program of each row; the rest are features.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{ print $at["flow.packets_log2"] "," $at["class"] "," $at["program"] }' \
	$here/held-out.csv >"$dir/truth"
awk -F, -v OFS=, '{ NF -= 2; print }' $here/held-out.csv >"$dir/rows.csv"
unseen=$(sed -n 's/^UNSEEN = {\(.*\)}$/\1/p' $here/rows.py | tr -d '",')
check "there are rows" [ "$(wc -l <"$dir/truth")" -gt 1000 ]
check "there are unknown programs: $unseen" [ -n "$unseen" ]

col=4
for model in forest net; do
	check "$model runs" sh -c "$lfgen run build/models/appclass-$model.lfs $dir/rows.csv \
		--class >$dir/$model"
	for which in known "known, from packet 4" unknown; do
		short=${which/known, from packet 4/late}
		is=$(seen "$short" "$dir/$model") says=$(said "$which" $col)
		check "$model, $which: $is % right, the README says $says %" near "$is" "${says:-0}"
	done
	col=$((col + 1))
done
# The README's table of protocols is that of the file.
sed -n '/^<!-- protocols: /,/^<!-- end of protocols/p' $here/README.md | grep '^|' >"$dir/protocols"
check "the README has the table of protocols" \
	sh -c "/usr/bin/python3 $here/ndpi.py | diff - $dir/protocols"
# Which captures may be trained on, and what a size makes of a protocol, does not change unseen.
check "the halves of the captures and the classes are as they were" /usr/bin/python3 - <<END
import sys
sys.path.insert(0, "$here")
import ndpi
table = ndpi.kinds()
assert [ndpi.odd(n) for n in ("zoom.pcap", "rdp.pcap", "ssh.pcap", "vnc.pcap")] == [0, 1, 1, 0]
for protocol, over, size, packets, want in (
        ("SSH", "TCP", 5000, 50, "interactive"),
        ("TLS.AnyDesk", "TCP", 9000000, 5000, "interactive"),
        ("TLS.Zoom", "TCP", 20000, 20, "request"), ("TLS", "TCP", 2000000, 900, "bulk"),
        ("QUIC.YouTube", "UDP", 400000, 400, None), ("Zoom", "UDP", 900000, 900, "media"),
        ("STUN.Zoom", "UDP", 300, 3, None), ("DNS.Apple", "UDP", 300, 4, "lookup"),
        ("Mining", "TCP", 9000, 90, "other"), ("WireGuard", "UDP", 900000, 900, "other")):
    assert ndpi.class_of(ndpi.kind_of(table, protocol, over), size, packets) == want, protocol
assert ndpi.spellings("2600:1901::7a0b::") == ["2600:1901:0:7a0b::"]
END
# 128 comparisons, as lfgen reckons them, are about 170 ns.
check "the forest is within its budget of 128 comparisons" \
	[ "$($lfgen inspect build/models/appclass-forest.lfs --json | jq .comparisons)" -le 128 ]
finish
