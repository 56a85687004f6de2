#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# lfd as its user runs it, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml-time tests/lfd/lfd.sh
#
# In virtual time, so that a busy host makes it longer and nothing else.
#
#	here: eth0 10.9.0.1, qdisc liteflow, slot app ---- namespace peer: 10.9.0.2
#
# The snapshot that the slot begins with calls every flow a mouse. lfd learns from outcomes which
# are elephants, and swaps the snapshot under live traffic, by shadow, arms of 1% and 20%, and
# activation. A bad one that is offered is rejected; one that is forced on it is taken back at 1% of
# new flows, by the kernel while lfd is dead (in the ramp, and after activation), and by lfd after
# activation. The limits that the administrator has set stay as they are.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
PATH=$PWD/build/bin:$PWD/build/tests/lfd:$PATH
export TC_LIB_DIR=$PWD/build/tc LFD_STATE=/tmp/lfd/state LFD_RUN=/tmp/lfd/run

naps=$tmp
# shellcheck source=tests/lfd/lib.sh
. tests/lfd/lib.sh

# decisions WORD - how many the history has; read as the file, which is its own copy on disk
decisions() {
	local all=
	[ ! -e "$LFD_STATE/app/history" ] || all=$(<"$LFD_STATE/app/history")
	all=${all//"\"what\":\"$1\""/$'\x01'}
	all=${all//[^$'\x01']/}
	n=${#all}
}

# decided WORD N SECONDS - the history has N such decisions, within that time
decided() {
	local until=$((SECONDS + $3)) n=0
	while :; do
		decisions "$1"
		[ "$n" -lt "$2" ] || { ok "$1, $2 times"; return 0; }
		[ $SECONDS -lt $until ] || break
		nap 0.5
	done
	not_ok "$1, $2 times, not within $3 s"
	lfctl learn history 2>&1
	lfctl -j learn status 2>&1
	ls -la "$LFD_STATE"/*
	tail -5 /tmp/lfd/log
	return 1
}

# shown FILTER - of the slot
shown() { lfctl -j slot show app | jq -rc "$1"; }
hash_of() { shown .active.hash; }
verdicts() {
	lfctl -j slot show app | jq --arg c "$1" '.active.classes[] | select(.name == $c) | .count'
}

# start [DECISION] - with one, it dies when that is on the disk
start() {
	LFD_DIE_AT=${1:-} "$PWD/build/tests/lfd/lfd" --conf /tmp/lfd/conf --state "$LFD_STATE" \
		--run "$LFD_RUN" >>/tmp/lfd/log 2>&1 &
	lfd=$!
}

load kmod/liteflow.ko qdisc/sch_liteflow.ko || exit 1
mkdir -p /tmp/lfd/conf
models /tmp/lfd || exit 1
cat >/tmp/lfd/conf/app.conf <<'END'
[learner]
slot = app
snapshot = /tmp/lfd/first.lfs
[label]
rule = bytes 10k- class elephant
rule = bytes -10k class mouse
[model]
kind = forest
depth = 3
rounds = 12
[judge]
flows = 150
[deploy]
shadow = 40
watch = 60
arms = 1% 20%
step = 3
every = 0s
backoff = 60s
END
lfd --check --conf /tmp/lfd/conf
is "the configuration is good" $? -eq 0
out=$(lfd --check --conf /tmp/nowhere 2>&1)
is "a directory that is not there" $? -eq 1
has "is named" "$out" "/tmp/nowhere"

# Before the slot: lfd waits for it.
start
sleep 1.5
is "lfd waits for the slot" "$(lfctl -j learn status | jq -r '.[0].phase')" = wait
has "and says so" "$(lfctl learn status)" "no such slot"
out=$(lfd --conf /tmp/lfd/conf --state /tmp/lfd/other --run "$LFD_RUN" 2>&1)
is "a second lfd refuses" $? -eq 1
has "in one sentence" "$out" "another lfd already holds the slot app"

meet_peer
lfctl slot add app sample 1 && lfctl slot set app /tmp/lfd/first.lfs activate
tc qdisc replace dev eth0 root liteflow slot app map mouse:0 elephant:1
first=$(hash_of)
decided adopted 1 60
ip netns exec peer "$PWD/build/tests/lfd/flows" serve 5001 &
server=$!
ping -i 0.1 10.9.0.2 >/tmp/lfd/ping &
ping=$!
flows send 10.9.0.2 5001 40 >/tmp/lfd/flows &
client=$!

# Learning, from nothing to a snapshot that is kept; lfd dies at each step on the way, and the
# datapath never notices.
kill $lfd
wait $lfd
split() {
	shown '[.standby.weight, .standby.born, (.standby.guard // .active.guard).drift, .shadow]'
}
for step in training candidate ramping1 ramping2 activating watching kept; do
	start $step
	times=${step//[!0-9]/}
	decided "${step%[0-9]}" "${times:-1}" 60 || { kill -9 $lfd; break; }
	wait $lfd 2>/dev/null
	is "it died at $step" $? -eq 137
	case $step in
	ramping1)
		is "the shadow runs, and the kernel has not been asked for an arm" \
			"$(split)" = '[null,null,null,1]'
		;;
	ramping2)
		is "the arm serves 1% without lfd" "$(shown .standby.weight)" -eq 10000
		is "that is hardly anybody" "$(shown .standby.born)" -lt 20
		is "under limits of its own: not of one class, as the active one has but one" \
			"$(shown '[.guard, .active.guard, .standby.guard.class,
				.standby.guard.drift >= 250000]')" = '[null,null,0,true]'
		;;
	activating) is "the arm serves 20%" "$(shown .standby.weight)" -eq 200000 ;;
	watching)
		is "it serves alone, under its limits" \
			"$(shown '[.active.guard.drift >= 250000, .active.weight]')" = '[true,null]'
		;;
	esac
done
start
sleep 1.5
is "nothing of the ramp is left" "$(split)" = '[null,null,null,0]'
is "then it collects" "$(lfctl -j learn status | jq -r '.[0].phase')" = collect
learnt=$(hash_of)
is "another snapshot serves" "$learnt" != "$first"
is "the old one called nothing an elephant, the new one does" "$(verdicts elephant)" -gt 20
is "and mice are mice" "$(verdicts mouse)" -gt "$(verdicts elephant)"
id=$(lfctl -j learn history | jq '[.[] | select(.what == "candidate")][0].id')
out=$(lfctl learn explain app "$id")
has "a decision has its numbers" "$out" "loss_before"
has "and its interval" "$out" "difference_hi"
id=$(lfctl -j learn history | jq '[.[] | select(.what == "ramping")][1].id')
out=$(lfctl learn explain app "$id")
for key in share arm_flows arm_loss_hi shadow_agreed limit_drift; do
	has "and the ramp: $key" "$out" "$key"
done

# A bad one, offered: judged, and not taken. A torn file, a text: neither.
lfctl learn offer /tmp/lfd/bad.lfs
is "an offer is taken" $? -eq 0
decided rejected 1 60
has "it is not better" "$(lfctl learn history | tail -1)" "not shown to be better"
is "and does not serve" "$(hash_of)" = "$learnt"
head -c 500 /tmp/lfd/bad.lfs >/tmp/lfd/torn.lfs
lfctl learn offer app /tmp/lfd/torn.lfs
decided rejected 2 60
is "a torn file does not serve" "$(hash_of)" = "$learnt"

# The same, by force: it goes into the ramp, also where lfd dies before that, and is taken back.
again() { kill $lfd; wait $lfd; start "$@"; }
bad_born() { shown '[.standby, .old[]] | map(select(.snapshot == "bad") | .born) | add'; }
again candidate
sleep 1.5
lfctl learn offer app /tmp/lfd/bad.lfs force
decided candidate 2 60
wait $lfd 2>/dev/null
is "it died at the forced candidate" $? -eq 137
is "which did not serve" "$(hash_of)" = "$learnt"
start rolling-back
decided ramping 3 60
decided rolling-back 1 60
wait $lfd 2>/dev/null
is "it died before the kernel was asked" "$(shown .standby.weight)" -eq 10000
has "for it is worse" "$(lfctl learn history | tail -1)" "worse than the active snapshot"
start
decided rolled-back 1 60
is "the next one ends the split" "$(shown .standby.weight)" = null
is "it was never active" "$(shown .swaps)" -eq 2
is "and served nearly nobody" "$(bad_born)" -lt 10

# lfd is dead when it harms: the kernel knows what the candidate may do. What the administrator has
# set holds besides, and nobody changes it.
works lfctl slot guard app class 99.9% outcome bytes 1 window 60s least 1000000
admin=$(shown .guard)
sed -i 's/^arms = .*/arms = 50%/; s/^step = .*/step = 100000/' /tmp/lfd/conf/app.conf
again
sleep 1.5
lfctl learn offer app /tmp/lfd/bad.lfs force
decided ramping 4 60
has "the status has the step" "$(lfctl learn status)" "ramp 50%"
kill -9 $lfd
wait $lfd 2>/dev/null
until=$((SECONDS + 60))
while [ "$(shown .standby.stopped)" != true ] && [ $SECONDS -lt $until ]; do nap 2; done
is "the kernel has stopped it" \
	"$(shown '[.standby.stopped, .trip.limit, .trip.own, .standby.weight, .standby.guard]')" \
	= '[true,"class",true,null,null]'
is "the one before serves" "$(hash_of)" = "$learnt"
is "no limit is left but the administrator's" "$(shown '[.active.guard, .guard]')" \
	= "[null,$admin]"
start
decided rolled-back 2 60
has "lfd learns of it" "$(lfctl learn history | tail -1)" "the guard has stopped it: class"
has "and had said what it may do" "$(lfctl learn history | grep ' ramping ' | tail -1)" \
	"the kernel stops it above drift"

# Without arms it is activated. lfd is dead at once: it is stopped there, too.
sed -i 's/^arms = .*/arms = none/' /tmp/lfd/conf/app.conf
again watching
sleep 1.5
lfctl learn offer app /tmp/lfd/bad.lfs force
decided watching 2 60
wait $lfd 2>/dev/null
is "it died when that served" $? -eq 137
until=$((SECONDS + 60))
while [ "$(hash_of)" != "$learnt" ] && [ $SECONDS -lt $until ]; do nap 1; done
is "the kernel has gone back, by a limit of the candidate's own" \
	"$(shown '[.trip.limit, .trip.own, .active.stopped]')" = '["class",true,false]'
is "the one before serves" "$(hash_of)" = "$learnt"
start
decided rolled-back 3 60
has "lfd learns of it" "$(lfctl learn history | tail -1)" "the guard has stopped it: class"
is "the administrator's limits are as they were" "$(shown '[.active.guard, .guard]')" \
	= "[null,$admin]"
works lfctl slot guard app off

# Without limits lfd takes it back from there.
echo 'guard = 0' >>/tmp/lfd/conf/app.conf
again
sleep 1.5
lfctl learn offer app /tmp/lfd/bad.lfs force
decided watching 3 60
decided rolled-back 4 60
has "for it is worse" "$(lfctl learn history | tail -1)" "worse than the previous snapshot"
is "the one before serves again" "$(hash_of)" = "$learnt"
is "and waits before the next try" "$(lfctl -j learn status | jq '.[0].wait > 30e9')" = true

# lfd is killed: the datapath goes on. The next one knows what was.
kill -9 $lfd
wait $lfd 2>/dev/null
n=$(verdicts mouse)
sleep 0.5
is "without lfd verdicts go on" "$(verdicts mouse)" -gt "$n"
is "the history can be read" \
	"$(lfctl -j learn history | jq 'length > 8 and ([.[].id] | . == sort)')" = true
out=$(lfctl learn pause 2>&1)
has "without lfd nothing can be asked" "$out" "lfd does not answer"
start
sleep 2
is "it goes on where it was" "$(lfctl -j learn status | jq -r '.[0].phase')" = collect
is "with its rows" "$(lfctl -j learn status | jq '.[0].labelled_rows > 100')" = true
is "and its wait" "$(lfctl -j learn status | jq '.[0].wait > 20e9')" = true
is "nothing was decided by that" "$(lfctl learn history | tail -1 | awk '{ print $4 }')" \
	= rolled-back
lfctl learn pause
is "paused" "$(lfctl -j learn status | jq '.[0].paused')" = true
lfctl learn resume app
out=$(lfctl learn resume app 2>&1)
has "twice is said" "$out" "it is not paused"

kill $client; wait $client
kill -INT $ping; wait $ping
read -r n lost </tmp/lfd/flows
is "flows" "$n" -gt 500
is "none failed" "$lost" -eq 0
is "no echo was lost: $(grep received /tmp/lfd/ping)" "$(echoes_lost /tmp/lfd/ping)" = 0
is "the qdisc dropped nothing" "$(tc -s -j qdisc show dev eth0 | jq '.[0].drops')" -eq 0
is "swaps: there, the bad one, back, again" "$(shown .swaps)" -eq 6

# The module goes and comes: the slot begins with the first snapshot, and has the learnt one again.
kill $server
tc qdisc del dev eth0 root
lfctl slot del app
sleep 1.5
lfctl slot add app sample 1 && lfctl slot set app /tmp/lfd/first.lfs activate
decided restored 1 60
is "the learnt one serves" "$(hash_of)" = "$learnt"

kill $lfd
wait $lfd
is "lfd ends at SIGTERM" $? -eq 0
is "its socket is gone" "$(ls /tmp/lfd/run/*.sock 2>/dev/null)" = ""
lfctl slot del app force
ip link del eth0
sleep 0.5
rmmod sch_liteflow && rmmod liteflow
is "the modules unload" $? -eq 0
finish
