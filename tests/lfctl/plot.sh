#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# lfctl plot on recordings made by hand: what it draws, and what it says to files that are none.
# see.sh has a recording of the real thing. LFCTL=build/tests/lfctl-asan runs it with sanitizers.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
lfctl=$top/${LFCTL:-build/bin/lfctl}
cd "$tmp" || exit 1
plot() { "$lfctl" plot "$@" 2>&1; }

# reading SECONDS DRIFT: a line of lfctl -j top
reading() {
	jq -cn --argjson t "$1" --argjson drift "$2" '{ time: ($t * 1e9 | floor),
		slots: [{ name: "web", drift: $drift }, { name: "idle" }],
		attachments: [{ id: 1, name: "qdisc eth0 1:", slot: "web",
			bands: [{ band: 0, delay_ns: 1500000 }, { band: 1, delay_ns: 0 }],
			inferences: [{ class: "bulk", inferences: 3 },
				{ class: "media", inferences: 4 }] },
			{ id: 2, name: "hook out", slot: "web", bands: [],
			inferences: [{ class: "bulk", inferences: 3 }] }] }'
}
for i in 1 2 3; do reading "1700000${i}00" "0.$i"; done >day.jsonl

# --- what is no recording

fails "nowhere.jsonl: No such file or directory" plot nowhere.jsonl -o a.svg
fails "day.dir" plot "$(mkdir day.dir; echo day.dir)" -o a.svg
: >empty.jsonl
fails "empty.jsonl: no readings in it (lfctl -j top makes them)" plot empty.jsonl -o a.svg
for garbage in 'nonsense' '{}' '[]' '7' '{"time":1,"slots":[],"attachments":{}}' \
	'{"time":1,"slots":[7],"attachments":[]}' '{"time":"x","slots":[],"attachments":[]}' \
	'{"time":1,"slots":[],"attachments":[{}]}' \
	'{"time":1,"slots":[],"attachments":[{"bands":[1],"inferences":[]}]}' \
	"$(head -c 300 day.jsonl)"; do
	{ cat day.jsonl; echo "$garbage"; cat day.jsonl; } >garbled.jsonl
	fails "garbled.jsonl, line 4: no reading of lfctl -j top" plot garbled.jsonl -o a.svg
done
head -c 4096 /dev/urandom | tr -d '\n' >random; echo >>random
fails "random, line 1: no reading of lfctl -j top" plot random -o a.svg
printf 'a\0b\n' >zero
fails "zero, line 1: no reading of lfctl -j top" plot zero -o a.svg
echo '{"time":1,"slots":[],"attachments":[]}' >nothing.jsonl
fails "nothing.jsonl: no classes, delays or drift in it" plot nothing.jsonl -o a.svg
fails "day.jsonl: no data of slot other in it" plot day.jsonl -o a.svg slot other
jq -c '.attachments[0].bands = [range(300) | { band: ., delay_ns: 1 }]' day.jsonl >many.jsonl
fails "many.jsonl: more than 256 curves: choose one slot" plot many.jsonl -o a.svg
mkdir none
PATH=$tmp/none fails "plot: gnuplot is not installed (apt-get install gnuplot-nox)" \
	plot day.jsonl -o a.svg
check "none of them left a picture" test ! -e a.svg

# --- pictures

if ! command -v gnuplot >/dev/null; then
	skip "no gnuplot: pictures"
	finish
fi
has "a picture" "$(plot day.jsonl -o day.svg)" "day.svg: 4 curves from 3 readings, 2023-11-"
for text in "web: bulk" "web: media" "qdisc eth0 1: band 0" "delay by band" "inferences by class" \
	"outside its calibrated range"; do
	check "it has $text" grep -qF -- "$text" day.svg
done
check "a band without a delay has no curve" sh -c '! grep -q "band 1" day.svg'
has "from standard input" "$("$lfctl" plot - -o in.svg <day.jsonl)" "4 curves"
is "JSON" "$("$lfctl" -j plot day.jsonl -o day.svg slot web |
	jq -c '[.file, .curves, .readings]')" = '["day.svg",4,3]'
works plot day.jsonl -o day.PNG
is "a PNG" "$(head -c 4 day.PNG | tail -c 3)" = PNG
{ cat day.jsonl; head -c 300 day.jsonl; } >cut.jsonl
has "an incomplete last line is left out" \
	"$(plot cut.jsonl -o a.svg)" "Warning: cut.jsonl, line 4 is incomplete"
has "the others are drawn" "$(plot cut.jsonl -o a.svg)" "4 curves from 3 readings"
# What a recording calls a class does nothing in gnuplot.
jq -c --arg evil "x' \`touch hit\`; system \"touch hit\" #" \
	'.attachments[0].inferences[0].class = $evil' day.jsonl >evil.jsonl
works plot evil.jsonl -o evil.svg
check "titles are titles" test ! -e hit
fails "none/there/a.svg: No such file" plot day.jsonl -o none/there/a.svg
# The script that gnuplot gets: a slot's classes come once, however many ask it.
printf '#!/bin/sh\ncat >%s/script\n' "$tmp" >none/gnuplot; chmod +x none/gnuplot
PATH=$tmp/none:$PATH works "$lfctl" plot day.jsonl -o script.svg
is "points of the curves" "$(grep -cE '^1700000[123]00.000 ' script)" -eq $((3 * 4))
printf '#!/bin/sh\necho bad luck >&2\nexit 1\n' >none/gnuplot; chmod +x none/gnuplot
cp day.svg old.svg
PATH=$tmp/none:$PATH fails "plot: gnuplot: bad luck" plot day.jsonl -o day.svg
check "a failure leaves the old picture" cmp day.svg old.svg
is "and no other file" "$(find . -name '.day*' | wc -l)" -eq 0
finish
