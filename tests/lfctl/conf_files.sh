#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# liteflow.conf without a kernel: bad files get one sentence with the line, and the units are good.
#
# LFCTL=build/tests/lfctl-asan runs the same with sanitizers.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
lfctl=$top/${LFCTL:-build/bin/lfctl}
cd "$tmp" || exit 1

# bad SENTENCE <<file - printf's escapes work in the file
bad() {
	local want=$1 out status
	# shellcheck disable=SC2059
	printf "$(cat; echo .)" | head -c -1 >f.conf
	out=$("$lfctl" check f.conf 2>&1); status=$?
	is "$want: status" $status = 1
	is "$want" "${out:0:${#want}}" = "$want"
	is "$want: one line" "$(wc -l <<<"$out")" = 1
}

hook='[hook h]\nfamily = inet\nhook = forward\npriority = 0\nslot = s\n'
long=$(printf 'x%.0s' {1..300})
names=$(for i in {1..65}; do printf 'c%d:0 ' "$i"; ((i % 10)) || printf '\\n\\t'; done)

while IFS='|' read -r file want; do
	case $file in '' | '#'*) continue ;; esac
	file=${file% } want=${want# }
	bad "lfctl: f.conf:$want" <<<"${file//@LONG@/$long}"
done <<ROWS
pin = flow | 1: 'pin' is before the first section
\n\n[slot a]\npin = flaw | 4: pin is flow or none, not 'flaw'
[slot a]\npin | 2: neither [SECTION] nor KEY = VALUE
[slot a\npin = flow | 1: neither [SECTION] nor KEY = VALUE
[slot] | 1: [slot] is not [slot NAME], [tcp], [hook NAME]
[] | 1: [] is not [slot NAME]
[slot a b] | 1: [slot a b] is not [slot NAME]
[slot a/b] | 1: [slot a/b] is not [slot NAME]
[slot aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa] | 1: [slot aaaa
[slot a]\n[slot b]\n[slot a] | 3: [slot a] is in line 1 already
[slot a]\nsample = 1\nsample = 2 | 3: sample is in line 2 already
[tcp x] | 1: [tcp x] is not [slot NAME]
[qdisc] | 1: [qdisc] is not [slot NAME]
[qdisc ../x] | 1: [qdisc ../x] is not [slot NAME]
[qdisc eth0 1:1] | 1: [qdisc eth0 1:1] is not [slot NAME]
[qdisc eth0 parent 0:1] | 1: [qdisc eth0 parent 0:1] is not [slot NAME]
[qdisc eth0 parent 1:10000] | 1: [qdisc eth0 parent 1:10000] is not [slot NAME]
[qdisc eth0 parent 1:1 x] | 1: [qdisc eth0 parent 1:1 x] is not [slot NAME]
[qdisc eth0]\n[qdisc eth0 ] | 2: [qdisc eth0 ] is in line 1 already
[slot a]\nsnapshot = | 2: snapshot is a name or a path without blanks, not ''
[slot a]\nsnapshot = a b | 2: snapshot is a name or a path without blanks, not 'a b'
[slot a]\nsnapshot = nosuch | 2: there is no snapshot nosuch in /etc/liteflow or share/liteflow
[slot a]\nhash = abc | 2: hash is 64 hex digits, not 'abc'
[slot a]\nsample = -1 | 2: sample is a number from 0 to 4294967295, not '-1'
[slot a]\nsample = 4294967296 | 2: sample is a number
[slot a]\nbudget = 5 | 2: budget is a time from 1ns to 4s
[slot a]\nbudget = 0us | 2: budget is a time
[slot a]\nshadow = 1x | 2: shadow is a number from 1 to 4294967295, or off, not '1x'
[slot a]\nconfidence = 100 | 2: confidence is a percentage from 0 to 99, or off, not '100'
[slot a]\nflush = 5ms | 2: flush is a time from 10ms to 10s in whole milliseconds, not '5ms'
[slot a]\nguard = drift | 2: guard is limits as of lfctl slot guard, or off, not 'drift'
[slot a]\nguard = window 1s | 2: guard is limits
[slot a]\nguard = drift 1% luck 1 | 2: guard is limits
[slot a]\nguard = outcome luck 1 | 2: guard is limits
[slot a]\nguard = generation 2 drift 1% | 2: guard is limits
[slot a]\nparam.nosuch = 5 | 2: 'param.nosuch' is not a key of [slot ...]
[slot a]\nparam. = 5 | 2: 'param.' is not a key of [slot ...]
[slot a]\nparam.step = quick | 2: param.step is a number with at most six decimals, or a rate, not 'quick'
[slot a]\nparam.step = 5mbit | 2: param.step is a number
[slot a]\n@LONG@ = 5 | 2: a line has at most 198 characters
[slot a]\n; @LONG@ | 2: a line has at most 198 characters
[slot a]\nPin = flow | 2: 'Pin' is not a key of [slot ...]
[hook h] | 1: [hook h] needs family
${hook}map = bulk | 6: map is [strict] CLASS:ACTION[,ACTION] ... or none, not 'bulk'
${hook}map = bulk: | 6: map is
${hook}map = bulk:fly | 6: map is
${hook}map = bulk:mark=x | 6: map is
${hook}map = bulk:drop\n\tmap2:drop,fly | 6: map is
${hook}dev = eth0 | 1: dev goes with family netdev, which needs it
[hook h]\nfamily = netdev\nhook = ingress\npriority = 0\nslot = s | 1: dev goes with family netdev
[hook h]\nfamily = eth | 2: family is ip, ip6, inet or netdev, not 'eth'
${hook}request = 5/ | 6: request is MARK or MARK/MASK
${hook}shift = 32 | 6: shift is a number from 0 to 31
${hook}idle = 0.0001ms | 6: idle is auto or a time in whole milliseconds
[qdisc e]\nbands = 17 | 2: bands is a number from 1 to 16
[qdisc e]\nmap = $names | 2: map is [strict] CLASS:BAND ... or none
[qdisc e]\nmap = bulk:16 | 2: map is [strict] CLASS:BAND
[qdisc e]\nmap = strict | 2: map is [strict] CLASS:BAND
[qdisc e]\nmode = wrr | 2: mode is drr, strict or srpt
[qdisc e]\nthresholds = 0 | 2: thresholds is at most 15 numbers of bytes, ascending, or auto
[qdisc e]\nevery = 2\nphases = 1,2 | 3: every and phases are mutually exclusive
[qdisc e]\nphases = 0,2 | 2: phases is packet numbers with commas between
[qdisc e]\nhandle = 1:2 | 2: handle is a handle, like 1:
[qdisc e]\nlimit = 0 | 2: limit is a number of packets
[qdisc e]\nfallback = fq_codel; reboot | 2: fallback is a qdisc with its options
[qdisc e]\nfallback = -batch /etc/passwd | 2: fallback is a qdisc
[qdisc e]\nfallback = \$(reboot) | 2: fallback is a qdisc
[qdisc e]\nfallback = liteflow | 2: fallback is a qdisc with its options
[qdisc e]\nquantum = 0 | 2: quantum is at most 16 numbers of bytes
[tcp]\nslot = a/b | 2: slot is a name
[tcp]\ncongestion_control = ../../x | 2: congestion_control is the name
ROWS

printf '[slot a]\npin = flow\0\n' >f.conf
is "a NUL" "$("$lfctl" check f.conf 2>&1)" = "lfctl: f.conf:2: this is not text: it contains a NUL"
is "a folder" "$("$lfctl" check "$tmp" 2>&1)" = "lfctl: $tmp: Is a directory"
is "no file" "$("$lfctl" check nosuch.conf 2>&1)" = "lfctl: nosuch.conf: No such file or directory"
: >f.conf
is "an empty file is good" "$("$lfctl" check f.conf 2>&1) $?" = " 0"
is "the example is good" "$("$lfctl" check "$top/lfctl/liteflow.conf" 2>&1) $?" = " 0"
sed 's/^#\([^ ].*\)/\1/; s/= appclass-forest/= .\/none.lfs/' "$top/lfctl/liteflow.conf" >f.conf
is "and when it is used, too" \
	"$("$lfctl" check f.conf 2>&1 | head -1)" = "lfctl: ./none.lfs: No such file or directory"
printf '\xef\xbb\xbf[slot a]\r\npin = none\r\n' >f.conf
is "a file of an editor of Windows is good" "$("$lfctl" check f.conf 2>&1) $?" = " 0"

# Files of chance: a sentence or nothing, never a signal.
RANDOM=7
for i in {1..40}; do
	{ printf '[slot a]\npin = flow\n[qdisc e]\nmap = a:0\n\tb:1\n'; } >f.conf
	for _ in 1 2 3; do
		# shellcheck disable=SC2059
		printf "\\x$(printf %x $((RANDOM % 256)))" |
			dd of=f.conf bs=1 seek=$((RANDOM % 45)) conv=notrunc status=none
	done
	"$lfctl" check f.conf >/dev/null 2>&1
	case $? in
	0 | 1) ok "file of chance $i" ;;
	*) not_ok "file of chance $i" "$(od -c f.conf)" ;;
	esac
done

# --- units

if command -v systemd-analyze >/dev/null; then
	mkdir units
	for f in "$top"/lfctl/systemd/*.service "$top"/lfctl/systemd/*.timer; do
		sed "s#@BINDIR@#$top/build/bin#" "$f" >"units/${f##*/}"
	done
	cp "units/liteflow@.service" "units/liteflow@lan.service"
	cp "units/liteflow-device@.service" "units/liteflow-device@eth0.service"
	for u in liteflow.service liteflow@lan.service liteflow-device@eth0.service \
		liteflow-metrics.service liteflow-metrics.timer; do
		is "systemd-analyze verify $u" \
			"$(systemd-analyze verify --man=no "./units/$u" 2>&1 | grep -i liteflow)" \
			= ""
	done
else
	skip "systemd-analyze is not here"
fi

finish
