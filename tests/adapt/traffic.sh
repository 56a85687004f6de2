#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: new programs come that the shipped classifier does not know, and lfd.
#
#	tests/vm/run uml-time tests/adapt/traffic.sh RATE SECONDS SEED	with people, see below
#	tests/vm/run uml-time tests/adapt/traffic.sh short		uml/adapt: checks, no people
#	tests/vm/run uml-time tests/adapt/traffic.sh survey		what the classifier says
#
# The laboratory (tests/lab/lab.sh) with a bottleneck of RATE, as in the gain bench; liteflow at
# both ends of the router, one slot, the shipped forest, and lfd in the router:
#
#	client 10.77.1.2, 10.77.1.3 ---- rc [router: slot app, lfd] rs ---- server 10.77.2.2
#
# Beside pages, names, keys and copies, which go on all the time, three programs begin, between the
# server and either address of the client:
#
#	1 calls		G.723.1: 24 bytes every 30 ms		(talk.c)	should be media
#	2 games		clicks, and what is to be seen		(talk.c)	interactive
#	3 backups	small pieces by HTTP, over and over	(curl, nginx)	bulk
#
# The forest takes them for others. 10.77.1.3 is a host whose programs are known: a rule of nft
# marks what it sends and gets by port, and lfd may learn from that mark. 10.77.1.2 runs the same
# programs, and nobody marks them: they are what is measured. For the audit (audit.c) the router
# gives the packets of each program a priority, which no model reads and no rule.
#
# With people, as in the gain bench: in four windows of SECONDS (before the new programs, after they
# have come, while the new snapshot serves a part of the flows, and when it serves all) long
# transfers fill the line, two type, one opens pages, one makes a call: G.711 before, then G.723.1.
#
# To $LF_OUT: gain.csv as the bench's, with the window as column; audit.csv; events, a line for each
# step: seconds since the programs came, and what; totals.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
# shellcheck source=tests/lab/lab.sh
. tests/lab/lab.sh
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
# shellcheck source=tests/bench/gain_lib.sh
. tests/bench/gain_lib.sh
PATH=$PWD/build/bin:$PWD/build/adapt:$PATH
export TC_LIB_DIR=$PWD/build/tc LFD_STATE=/tmp/adapt/state LFD_RUN=/tmp/adapt/run
dir=/tmp/adapt first=$PWD/build/models/appclass-forest.lfs
MAP='idle 2s bands 3 map interactive:0 media:0 lookup:0 request:1 bulk:2'
TRUSTED=10.77.1.3
case $# in
1) scene=$1 rate=100mbit seconds=0 seed=1 ;;
3) scene=full rate=$1 seconds=$2 seed=$3 ;;
*) echo "usage: traffic.sh short|survey|RATE SECONDS SEED" >&2; exit 2 ;;
esac

in_router() { lab_ns router "$@"; }
now() { echo "${EPOCHREALTIME%.*}"; }

configure() {
	local flows=80 shadow=40 step=10 watch=150
	[ "$scene" != short ] || { flows=120 shadow=25 step=5 watch=60; }
	cat >$dir/conf/app.conf <<-END
		[learner]
		slot = app
		snapshot = $first
		[label]
		rule = mark 1 class media
		rule = mark 2 class interactive
		rule = mark 3 class bulk
		[model]
		kind = forest
		[judge]
		flows = $flows
		[deploy]
		shadow = $shadow
		arms = 10% 50%
		step = $step
		watch = $watch
		every = 30s
		backoff = 30s
	END
}

# What the router knows: the programs by port, for the audit, and one host's, for lfd.
rules() {
	in_router nft -f - <<-END || die "nft"
		table ip known {
			chain out {
				type filter hook postrouting priority 0
				meta priority set 0:0
				udp sport { 5010, 5011 } meta priority set 0:1
				udp dport { 5010, 5011 } meta priority set 0:1
				udp sport { 5020, 5021 } meta priority set 0:2
				udp dport { 5020, 5021 } meta priority set 0:2
				tcp sport 8873 meta priority set 0:3
				tcp dport 8873 meta priority set 0:3
				ip saddr != $TRUSTED ip daddr != $TRUSTED return
				meta priority 0:1 meta mark set 1
				meta priority 0:2 meta mark set 2
				meta priority 0:3 meta mark set 3
			}
		}
	END
}

# --- programs that come

# What curl sends is a piece of somebody's disk; nginx takes it, and throws it away.
backup_server() {
	local kb
	for kb in 1 2 3 4 6; do head -c $((kb * 1024)) /dev/urandom >"$LAB/www/piece-$kb"; done
	sed "s#server { .*#server { listen 8873; location / { return 204; } }#; s#nginx/pid#&2#" \
		"$LAB/nginx/nginx.conf" >"$LAB/nginx/backup.conf"
	lab_spawn server nginx -c "$LAB/nginx/backup.conf" -p "$LAB/nginx" -e "$LAB/nginx/error.log"
	lab_wait 20 lab_listening 8873 || die "no server for backups"
}

# backups ADDRESS SECONDS PAUSE - of pieces that the server does not have; one connection each
backups() {
	local until=$(($(now) + $2)) kb
	while [ "$(now)" -lt $until ]; do
		kb=$((RANDOM % 5))
		kb=$((kb < 4 ? kb + 1 : 6))
		curl -s --interface "$1" --rate $((RANDOM % 10 + 8))/s -T "$LAB/www/piece-$kb" \
			"http://$LAB_SERVER:8873/[1-$((RANDOM % 30 + 30))]" 2>>"$LAB/log" &
		nap "$3"
	done
	wait
}

# programs ADDRESS CALL-PORT GAME-PORT - until $PROGRAMS_END; in the client
programs() {
	local s=$((PROGRAMS_END - $(now)))
	talk call "$CALLS" $s $((seed + $2)) lf-client "$1" lf-server $LAB_SERVER "$2" \
		>>$dir/talks &
	talk game "$GAMES" $s $((seed + $3)) lf-client "$1" lf-server $LAB_SERVER "$3" \
		>>$dir/talks &
	backups "$1" $s "$PAUSE" &
	wait
}

# Traffic that never changes: lfd must not forget it. In the client.
office() {
	local s=$((PROGRAMS_END - $(now))) \
		pages="http://$LAB_SERVER/{1,2,4,8,16,24,32,48,64,96}.bin"
	curl -s --rate 50/m -H 'Connection: close' -o /dev/null "$pages?[1-2000]" 2>>"$LAB/log" &
	curl -s --rate 40/m -o /dev/null "$pages?[1-2000]" 2>>"$LAB/log" &
	build/bench/gain-keys $s $seed ssh -q -tt "${SSH[@]}" root@$LAB_SERVER "$SHELL_LOOP" \
		>/dev/null 2>>"$LAB/log" &
	while [ "$(now)" -lt "$PROGRAMS_END" ]; do
		dig +tries=1 +time=2 +noall @$LAB_SERVER "h$RANDOM.lab.example" >/dev/null 2>&1
		nap 0.8
		socat -u -b 131072 TCP:$LAB_SERVER:5303,rcvlowat=65536 OPEN:/dev/null
		nap 0.8
		socat -u -b 131072 OPEN:/dev/zero,readbytes=1000000 TCP:$LAB_SERVER:5302
		nap 0.8
	done
}

# in_client FUNCTION ARGUMENT... - in the background, in one shell of the client's
in_client() {
	declare -f now nap programs office backups >$dir/functions
	declare -p LAB LAB_SERVER dir seed PROGRAMS_END CALLS GAMES PAUSE SSH SHELL_LOOP \
		>>$dir/functions
	ip netns exec lf-client bash -c ". $dir/functions; RANDOM=$seed; $*" 2>>"$LAB/log" &
	jobs+=($!)
}

# --- lfd

history() { in_router lfctl -j learn history | jq -r "$1"; }

# decided WORD SECONDS - the history has it within that time; read as the file, and what is new in
# it goes to $LF_OUT/log as it comes
decided() {
	local until=$(($(now) + $2)) all seen=''
	while [ "$(now)" -lt $until ]; do
		all=$(<"$LFD_STATE/app/history")
		[ "$all" = "$seen" ] || echo "$(now) ${all#"$seen"}" >>"$LF_OUT/log"
		seen=$all
		[[ $all != *"\"what\":\"$1\""* ]] || return 0
		nap 2
	done
	return 1
}

# The steps, in seconds since the programs came; the alarm's time is in the training.
events() {
	history '.[] | if .what == "training" then [.since, "alarm"] else empty end,
		[.time, .what + (if .share then " " + (.share | tostring) else "" end)] | @tsv' |
		awk -F'\t' -v t="${came:-0}" \
		'!seen[$0]++ { printf "%.1f\t%s\n", $1 / 1e9 - t, $2 }' | sort -n -s
}

window() {		# NAME
	column=$1
	feel
	figures
	echo "$1 from $((until - seconds)) to $until" >>"$LF_OUT/windows"
}

# share MARKED PROGRAM CLASS FROM TO - of the flows that ended in that time, those with that verdict
share() {
	awk -F, -v m="$1" -v p="$2" -v c="$3" -v from="$4" -v to="$5" '
		$3 == m && $2 == p && $1 > from && $1 <= to { n += $5; if ($4 == c) k += $5 }
		END { print n ? int(100 * k / n + 0.5) : -1 }' "$LF_OUT/audit.csv"
}

verdicts() {		# FROM TO - a table
	awk -F, -v from="$1" -v to="$2" 'BEGIN {
			split("calls games backups", name, " ")
			split("interactive request bulk media lookup other", class, " ")
		}
		$1 > from && $1 <= to { n[$2, $3] += $5; k[$2, $3, $4] += $5 }
		END {
			for (p = 1; p <= 3; p++) for (m = 0; m < 2; m++) {
				printf "%-8s %-8s %5d flows:", name[p], \
					m ? "marked" : "unmarked", n[p, m]
				for (c = -1; c < 6; c++) if (k[p, m, c])
					printf " %s %d %%", c < 0 ? "none" : class[c + 1],
						100 * k[p, m, c] / n[p, m] + 0.5
				print ""
			}
		}' "$LF_OUT/audit.csv"
}

# --- scenes

set_up() {
	mkdir -p $dir/conf
	naps=$dir
	# shellcheck source=tests/lfd/lib.sh
	. tests/lfd/lib.sh
	RANDOM=$seed
	: "${LF_OUT:=$dir}"
	bottleneck
	lab_ns client ip address add $TRUSTED/24 dev c0
	backup_server
	in_router lfctl slot add app sample 1 || die "slot"
	in_router lfctl slot set app "$first" activate || die "slot"
	rules
	marks liteflow
	discipline liteflow rc
	discipline liteflow rs
	configure
	ip netns exec lf-router lfd --conf $dir/conf --state $LFD_STATE --run $LFD_RUN >$dir/log \
		2>&1 &
	lfd=$!
	ip netns exec lf-router audit app 2 >"$LF_OUT/audit.csv" 2>$dir/lost &
	audit=$!
}

drops() { in_router tc -s -j qdisc show dev "$1" | jq '.[] | select(.kind == "liteflow").drops'; }
active() { in_router lfctl -j slot show app | jq -r .active.hash; }

end() {
	kill $audit; wait $audit
	is "the audit has lost nothing$(<$dir/lost)" $? -eq 0
	history . >"$LF_OUT/history.json"
	events >"$LF_OUT/events"
	in_router lfctl -j learn status >"$LF_OUT/status.json"
	in_router lfctl -j slot show app >"$LF_OUT/slot.json"
	mkdir -p "$LF_OUT/state" && cp -r $LFD_STATE/app/. $dir/conf/app.conf "$LF_OUT/state"
	kill $lfd; wait $lfd
}

# The new programs, at both addresses.
come() {
	came=$(now)
	echo "$came" >"$LF_OUT/came"
	in_client programs 10.77.1.2 5010 5020
	in_client programs $TRUSTED 5011 5021
}

scene_survey() {
	PROGRAMS_END=$(($(now) + 30))
	in_client office
	in_client programs 10.77.1.2 5010 5020
	nap 36
	verdicts 0 9999999999
}

# What happens in both forms: $1 is run at each of four times.
scene() {
	PROGRAMS_END=$(($(now) + 6000))
	ip netns exec lf-router ping -i 0.1 $LAB_SERVER >$dir/ping & ping=$!
	in_client office
	$1 before
	come
	$1 shifted
	decided ramping 900 || die "no candidate came so far: $(history '.[-1]')"
	until_unmarked=$(now)
	$1 during
	decided kept 1800 || die "no snapshot was kept: $(history '.[-1]')"
	kept=$(now)
	$1 after
	nap 30
	kill -INT $ping; wait $ping
}

# In the short form there are no people: it waits where there is something to see.
nobody() {
	case $1 in
	before) nap 10 ;;
	shifted) nap 20 ;;
	after) nap 60 ;;
	esac
}

# The unmarked flows got their class, by a snapshot that lfd has made; nobody lost anything by that.
checks() {
	local p class least most
	is "another snapshot serves" "$(active)" != "$was"
	is "it is lfd's" "$(history '[.[] | select(.what == "kept")] | last | .new')" = "$(active)"
	while read -r p class name; do
		most=$(share 0 "$p" "$class" "$came" "$((until_unmarked - 3))")
		least=$(share 0 "$p" "$class" $((kept + 12)) 9999999999)
		is "unmarked $name before, in %" "$most" -ge 0
		is "unmarked $name before, in %" "$most" -lt 50
		is "unmarked $name after, in %" "$least" -ge 80
	done <<-END
		1 3 calls
		2 0 games
		3 2 backups
	END
	is "no echo was lost: $(grep received $dir/ping)" "$(echoes_lost $dir/ping)" = 0
}

defer lab_down
jobs=()
set_up
was=$(active)
CALLS=1 GAMES=0.7 PAUSE=1.5
if [ "$scene" = survey ]; then
	scene_survey
elif [ "$scene" = short ]; then
	scene nobody
else
	scene window
fi
for job in "${jobs[@]}"; do kill "$job" 2>/dev/null; done
drops=$(($(drops rc) + $(drops rs)))
end
[ "$scene" != survey ] || exit 0
cat "$LF_OUT/events"
echo "before lfd's snapshot:"
verdicts "$came" $((until_unmarked - 3))
echo "after it was kept:"
verdicts $((kept + 12)) 9999999999
[ "$scene" = full ] || is "the qdiscs dropped nothing" "$drops" -eq 0
checks
finish
