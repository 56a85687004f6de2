#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# lfgen rows --history: are hist.* what the earlier flows of a capture were? history.py makes the
# capture, one flow after the other, and works out in real numbers what each one's first row has to
# say; kmod/history.c says how far integers may be from that.
#
# Expectations: so it is for each key, the default key is port,peer, and a key that does not exist
# gets a sentence. tests/netns/history.sh compares the kernel's with its flows.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
make -s build/bin/lfgen || exit 1
lfgen=build/bin/lfgen py=tests/lfgen/history.py
features=hist.flows,hist.size_mean,hist.size_dev,hist.size_last,hist.large_share,hist.since_us
features+=,hist.since_log2

rows() { $lfgen rows "$tmp/made.pcap" --features $features --raw "$@" -o "$tmp/rows.csv"; }

# Are they what the flows say that share these?
told() {		# KEYS
	rows --history "$1" >"$tmp/log" 2>&1 && python3 $py compare "$1" "$tmp/rows.csv"
}

check "a capture is made" python3 $py make "$tmp/made.pcap"
for keys in port,peer port peer source dscp peer,source,dscp; do
	check "$keys: as the flows before were" told $keys
done
told port,peer
cp "$tmp/rows.csv" "$tmp/given.csv"
check "without the option" rows
check "the key is port,peer" cmp "$tmp/given.csv" "$tmp/rows.csv"
told port
check "and makes a difference" sh -c "! cmp -s $tmp/given.csv $tmp/rows.csv"
rm "$tmp/rows.csv"
for keys in colour port,colour '' 'port,'; do
	fails "--history $keys: " rows --history "$keys"
done
check "and no rows" [ ! -e "$tmp/rows.csv" ]
finish
