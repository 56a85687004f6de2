#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Command lines of lfctl that need no kernel: exit status, and text on stdout or stderr. One row
# each:
#
#	STATUS | ARGUMENTS | TEXT that the output contains
#
# LFCTL=build/tests/lfctl-asan runs the same with sanitizers.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
lfctl=$top/${LFCTL:-build/bin/lfctl}
[ -x "$lfctl" ] || { echo "$lfctl is not built"; exit 1; }

printf 'LQ16SNAP' >"$tmp/magic.lfs"
: >"$tmp/empty.lfs"
{ printf 'LQ16SNAP'; head -c 5000000 /dev/zero; } >"$tmp/large.lfs"
head -c 5000000 /dev/zero >"$tmp/zero.lfs"
printf '\b\bpytorch' >"$tmp/model.onnx"
printf '\0\0\0\0TFL3' >"$tmp/model.TFLITE"
mkdir "$tmp/dir.lfs"
export T=$tmp

row() {
	local want=$1 args=$2 text=$3 out status
	# The arguments are words of ours, with $T in them.
	out=$(cd "$tmp" && eval "\"\$lfctl\" $args" 2>&1 </dev/null)
	status=$?
	if [ $status = "$want" ] && [[ $out == *"$text"* ]]; then
		ok "lfctl $args"
	else
		not_ok "lfctl $args: status $status, wanted $want; wanted text: $text" "$out"
	fi
}

while IFS='|' read -r status args text; do
	case $status in '' | '#'*) continue ;; esac
	args=${args# } args=${args% } text=${text# }
	row "${status// /}" "$args" "$text"
done <<'ROWS'
# help
2 |                                   | usage: lfctl [-j] [-c] [-n NETNS] COMMAND
0 | --help                            | snapshot
0 | -h                                | usage: lfctl
0 | help                              | monitor
0 | -V                                | lfctl 0.
0 | --version                         | lfctl 0.
0 | snapshot --help                   | usage: lfctl snapshot list
0 | snapshot load --help              | usage: lfctl snapshot load FILE...
0 | snapshot list -h                  | usage: lfctl snapshot list
0 | snapshot show -h                  | usage: lfctl snapshot show NAME|HASH
0 | snapshot del -h                   | usage: lfctl snapshot del NAME|HASH...
0 | --help slot                       | usage: lfctl slot list
0 | slot add --help                   | usage: lfctl slot add NAME [pin flow|none] [sample N]
0 | slot set --help                   | usage: lfctl slot set NAME [SNAPSHOT|FILE [activate]]
0 | slot param --help                 | usage: lfctl slot param NAME [PARAMETER VALUE|default]...
0 | slot activate --help              | usage: lfctl slot activate NAME
0 | slot rollback --help              | usage: lfctl slot rollback NAME
0 | slot del --help                   | usage: lfctl slot del NAME [force]
0 | slot show --help                  | usage: lfctl slot show NAME
0 | feature list --help               | usage: lfctl feature list
0 | hook --help                       | usage: lfctl hook list
0 | hook add -h                       | usage: lfctl hook add NAME family
0 | hook change -h                    | map none removes the map
2 | hook add                          | no hook given
2 | hook add 'a b'                    | is not a name: 1 to 31
2 | hook add h                        | a hook needs family, hook, priority and slot
2 | hook add h family arp             | 'arp' is not a value of family
2 | hook add h family ip hook i       | 'i' is not a value of hook
2 | hook add h priority filterx       | 'filterx' is not a value of priority
2 | hook add h priority 99999999999   | is not a value of priority
2 | hook add h priority               | priority needs a value
2 | hook add h slot a/b               | 'a/b' is not a value of slot
2 | hook add h request 0x1/           | '0x1/' is not a value of request
2 | hook add h request 0x100000000    | is not a value of request
2 | hook add h shift 32               | '32' is not a value of shift
2 | hook add h result 08              | a hook needs family, hook, priority and slot
2 | hook add h result 0x              | '0x' is not a value of result
2 | hook add h idle -1                | '-1' is not a value of idle
2 | hook add h frob                   | unknown argument 'frob'
2 | hook add h map                    | map needs [strict] CLASS:ACTION
2 | hook change h                     | change what?
2 | hook change h map a:frob          | 'frob' is not an action
2 | hook change h map a:priority=-1:2 | 'priority=-1:2' is not an action
2 | hook change h map a:priority=+1:2 | 'priority=+1:2' is not an action
2 | hook change h map a:priority=1:100000002 | 'priority=1:100000002' is not an action
2 | hook change h map a:mark=x        | 'mark=x' is not an action
2 | hook change h map a:priority=1:x  | 'priority=1:x' is not an action
2 | hook change h map a:              | 'a:' has no action
2 | hook change h map a/b:drop        | 'a/b' is not a class name
2 | hook change h priority 3          | cannot be changed
2 | hook show                         | no hook given
2 | hook del h again                  | unknown argument 'again'
2 | hook list all                     | list takes no argument 'all'
0 | attach list --help                | usage: lfctl attach list [SLOT]
0 | attach show --help                | usage: lfctl attach show ID
2 | attach show                       | lfctl: give an attachment's ID (lfctl attach list)
2 | attach show web                   | lfctl: give an attachment's ID (lfctl attach list)
2 | attach show 1 2                   | lfctl: give an attachment's ID (lfctl attach list)
0 | stats --help                      | usage: lfctl stats [SLOT] [-i SECONDS [--count N]]
0 | monitor --help                    | usage: lfctl monitor [SLOT]
0 | record --help                     | usage: lfctl record -o FILE.npy|FILE.csv|- [SLOT]
0 | version --help                    | usage: lfctl version
# commands and their short forms
2 | frobnicate                        | no command 'frobnicate'
2 | slto                              | no command 'slto': did you mean 'slot'?
2 | shot list                         | no command 'shot': did you mean 'slot'?
2 | snapshoot                         | no command 'snapshoot': did you mean 'snapshot'?
2 | reocrd                            | no command 'reocrd': did you mean 'record'?
2 | slot activte web                  | no command 'slot activte': did you mean 'slot activate'?
2 | slot histroy                      | no command 'slot histroy': did you mean 'slot history'?
2 | hook hcange                       | no command 'hook hcange': did you mean 'hook change'?
0 | help                              | usage: lfctl [-j] [-c] [-n NETNS] COMMAND
0 | help slot                         | usage: lfctl slot list
0 | help slot add                     | usage: lfctl slot add NAME
2 | help tpo                          | no command 'tpo': did you mean 'top'?
0 | help help                         | usage: lfctl [-j]
# colours
2 | -c=red slot list                  | colours are always, never or auto, not 'red'
2 | --color= slot list                | not ''
0 | --color=never --help              | usage: lfctl
2 | slot history                      | no slot given
2 | slot history a b                  | no slot given
2 | slot rollback a --to              | --to needs 4 or more digits of a hash
2 | slot rollback a --to xyz          | --to needs 4 or more digits
2 | slot rollback a --to 12345 now    | --to needs 4 or more digits
2 | s                                 | 's' could be snapshot, slot, stats
2 | ''                                | no command ''
2 | slot frobnicate                   | no command 'slot frobnicate'
2 | slot a                            | 'a' could be add, activate
2 | slot s x                          | 's' could be set, split, show
2 | sn l                              | 'l' could be list, load
0 | sn lo -h                          | usage: lfctl snapshot load
0 | rec -h                            | usage: lfctl record
# options of all
2 | -n                                | -n needs the name of a network namespace
2 | --netns                           | --netns needs the name
2 | -n ../etc slot list               | '../etc' is not the name of a network namespace
2 | -n '' slot list                   | '' is not the name of a network namespace
2 | --netns= slot list                | '' is not the name of a network namespace
1 | -n lfctl-no-such slot list        | there is no network namespace 'lfctl-no-such' in /run/netns
1 | slot list --netns=lfctl-no-such   | there is no network namespace 'lfctl-no-such'
2 | -x                                | no command '-x'
# why
2 | why                               | give a flow's ID, or its protocol and addresses (lfctl flows)
2 | why slot web                      | give a flow's ID
2 | why pkt.len=3                     | give a flow's ID
2 | why nonsense                      | unknown argument 'nonsense'
2 | why 7 8                           | unknown argument '8'
2 | why tcp udp                       | unknown argument 'udp'
2 | why tcp 10.0.0.1:x                | unknown argument '10.0.0.1:x'
2 | why tcp 10.0.0.1:65536            | unknown argument '10.0.0.1:65536'
2 | why tcp [fd00::1:22               | unknown argument '[fd00::1:22'
2 | why tcp [fd00::1]22               | unknown argument '[fd00::1]22'
2 | why 10.0.0.1 10.0.0.2 10.0.0.3    | unknown argument '10.0.0.3'
2 | why src=host                      | 'src=host' is not an address or port
2 | why sport=70000                   | 'sport=70000' is not an address or port
2 | why attach                        | attach needs a value
2 | why attach 0 flow 1               | '0' is not an attachment ID
2 | why attach 1 flow x               | 'x' is not a flow ID
2 | why 7 --snapshot                  | --snapshot needs a value
2 | why 7 flow.nonsense=1             | there is no feature 'flow.nonsense' (lfctl feature list)
2 | why 7 flow.packets=               | '' is not a value of flow.packets
2 | why 7 flow.packets=nan            | 'nan' is not a value of flow.packets
2 | why 7 flow.packets=1x             | '1x' is not a value of flow.packets

# plot
2 | plot                              | no recording given: the output of lfctl -j top
2 | plot a.jsonl                      | -o needs a file that ends in .svg or .png
2 | plot a.jsonl -o                   | -o needs a file that ends in .svg or .png
2 | plot a.jsonl -o a.pdf             | -o needs a file that ends in .svg or .png
2 | plot a.jsonl b.jsonl -o a.svg     | unknown argument 'b.jsonl'
2 | plot a.jsonl -o a.svg slot        | slot needs a name

# snapshot
2 | snapshot load                     | no file given
1 | snapshot load $T/none.lfs         | none.lfs: No such file or directory
1 | snapshot load none.lfs            | lfctl: none.lfs: No such file or directory
1 | snapshot load $T/dir.lfs          | dir.lfs: Is a directory
1 | snapshot load $T/empty.lfs        | empty.lfs: 
1 | snapshot load $T/magic.lfs        | magic.lfs: 
1 | snapshot load $T/model.onnx       | model.onnx: a model, not a snapshot: `lfgen build` makes a snapshot of it
1 | snapshot load $T/model.TFLITE     | model.TFLITE: a model, not a snapshot: `lfgen build`
1 | snapshot load $T/zero.lfs         | zero.lfs: not a snapshot file (`lfgen build` makes one
1 | snapshot load $T/large.lfs        | large.lfs: a snapshot has at most 4194304 bytes
1 | snapshot load /etc/passwd         | /etc/passwd: not a snapshot file
2 | snapshot list x                   | list takes no argument 'x'
2 | snapshot show                     | show takes one name or hash
2 | snapshot show a b                 | show takes one name or hash
2 | snapshot show a/b                 | 'a/b' is neither a name nor a hash
2 | snapshot show 'ä'                 | is neither a name nor a hash
2 | snapshot save                     | save takes a name or hash, and a file
2 | snapshot save a                   | save takes a name or hash, and a file
2 | snapshot save a/b c.lfs           | 'a/b' is neither a name nor a hash
2 | snapshot s                        | 's' could be show, save
2 | snapshot del                      | no snapshot given
2 | snapshot del good bad/            | 'bad/' is neither a name nor a hash
2 | snapshot del ''                   | '' is neither a name nor a hash
2 | snapshot del 0123456789abcdef0123456789abcdefg | is neither a name nor a hash
# slot
2 | slot add                          | no slot given
2 | slot add 'a b'                    | 'a b' is not a name
2 | slot add a/b                      | 'a/b' is not a name
2 | slot add ''                       | '' is not a name
2 | slot add 0123456789abcdef0123456789abcdef | is not a name
2 | slot param                        | no slot given
2 | slot param web step               | step needs a value
2 | slot param web nosuch 1           | 'nosuch' is not a parameter
2 | slot param web rate_max 10ms      | rate_max is a rate (500mbit; kbit/s without a unit) or default, not '10ms'
2 | slot param web rate_min 50%       | rate_min is a rate
2 | slot param web step 0.00001%      | step is a number, with at most six decimals, or default
2 | slot add web sample 0.5           | sample is a number from 0 to 4294967295, not '0.5'
2 | slot add web sample 4g            | sample is a number from 0 to 4294967295, not '4g'
2 | stats -i 5min                     | -i needs seconds
2 | budget 10mbit                     | it takes the seconds to measure for
2 | hook add h idle 1mbit             | '1mbit' is not a value of idle
2 | hook add h shift 1k               | '1k' is not a value of shift
2 | slot param web step 1e-3          | step is a number, with at most six decimals, or default, not '1e-3'
2 | slot param web step 0.0000001     | not '0.0000001'
2 | slot param web step 2147483648    | not '2147483648'
2 | tcp list x                        | list takes no argument 'x'
2 | attach set                        | use: set tcp slot NAME
2 | attach set qdisc slot web         | use: set tcp slot NAME
2 | attach set tcp slot a/b           | 'a/b' is not a name
2 | slot add web pin                  | pin needs a value
2 | slot add web pin maybe            | pin is flow or none, not 'maybe'
2 | slot add web pin ''               | pin is flow or none, not ''
2 | slot add web sample               | sample needs a value
2 | slot add web sample -1            | sample is a number from 0 to 4294967295, not '-1'
2 | slot add web sample 4294967296    | not '4294967296'
2 | slot add web sample 1x            | not '1x'
2 | slot add web shadow x             | shadow is a number from 0 to 4294967295, or off, not 'x'
2 | slot add web shadow               | shadow needs a value
2 | slot set web flush 9ms            | flush is a time from 10ms to 10s in whole milliseconds, not '9ms'
2 | slot set web flush 10.5ms         | flush is a time from 10ms to 10s in whole milliseconds, not '10.5ms'
2 | slot set web flush 11s            | not '11s'
2 | slot set web confidence 100       | confidence is a percentage from 0 to 99, or off, not '100'
2 | slot set web confidence -1        | not '-1'
2 | slot set web confidence 7000      | not '7000'
2 | slot set web confidence %         | not '%'
2 | slot set web confidence           | confidence needs a value
2 | slot set web buffers 1            | buffers is a number from 2 to 1024, not '1'
2 | slot add web buffers 1025         | not '1025'
2 | slot set web history port,x       | history is one or more of port, peer, source and dscp, with commas, not 'port,x'
2 | slot add web history ,            | not ','
2 | slot set web history              | history needs a value
2 | slot split                        | no slot given
2 | slot split web                    | give arms, or off
2 | slot split web seed 1             | give arms, or off
2 | slot split web active             | active needs a weight
2 | slot split web active -1          | a weight is a number from 0 to 2147483647, not '-1'
2 | slot split web active 2147483648  | not '2147483648'
2 | slot split web nobody 1           | 'nobody' is not an arm: active, standby or a generation's number
2 | slot split web 0 1                | '0' is not an arm
2 | slot split web active 1 seed -1   | seed is a number of 64 bits, not '-1'
2 | slot split web active 1 seed      | seed needs a number
2 | slot split web 1 1 2 1 3 1 4 1 5 1 | a split has at most 4 arms
2 | slot guard                        | no slot given
2 | slot guard web                    | give limits, or off
2 | slot guard web drift              | drift needs a value
2 | slot guard web drift 0            | drift is a share above 0 and at most 100%, not '0'
2 | slot guard web class 101%         | class is a share above 0 and at most 100%, not '101%'
2 | slot guard web saturated x        | saturated is a share above 0 and at most 100%, not 'x'
2 | slot guard web outcome reward     | outcome needs a term and a bound
2 | slot guard web outcome luck 1     | 'luck' is not a term: bytes, packets, duration, retrans, reward
2 | slot guard web outcome reward -1  | the bound of an outcome is a number that is not negative, not '-1'
2 | slot guard web window 1s          | a guard has one limit at least: drift, saturated, class or outcome
2 | slot guard web drift 1% window 99ms | window is a time from 100ms to 60s, not '99ms'
2 | slot guard web drift 1% least 0   | least is a number from 1, not '0'
2 | slot guard web drift 1% to heaven | to is before or none, not 'heaven'
2 | slot guard web luck 1             | unknown argument 'luck'
2 | slot guard web generation 0 off   | generation is a number from 1, not '0'
2 | slot guard web generation 4294967296 off | generation is a number from 1, not '4294967296'
2 | slot guard web generation 2       | a guard has one limit at least
2 | slot guard web generation off     | generation is a number from 1, not 'off'
2 | slot guard web drift 1% off       | off needs a value
2 | slot add web activate             | unknown argument 'activate'
2 | slot add web x                    | unknown argument 'x'
2 | slot set web budget 2              | budget is a time from 1ns to 4s, like 2us, or none, not '2'
2 | slot set web budget 0us            | budget is a time from 1ns to 4s, like 2us, or none, not '0us'
2 | slot set web budget 1e3us          | budget is a time from 1ns to 4s, like 2us, or none, not '1e3us'
2 | slot set web budget 5s             | budget is a time from 1ns to 4s, like 2us, or none, not '5s'
2 | slot add web budget                | budget needs a value
2 | slot set                          | no slot given
2 | slot set web                      | set what?
2 | slot set web activate             | activate needs a snapshot
2 | slot set web a b                  | unknown argument 'b'
2 | slot set web a+b                  | 'a+b' is neither a file nor a name nor a hash
2 | slot set web snapshot             | snapshot needs a value
2 | slot activate                     | no slot given
2 | slot activate web now             | unknown argument 'now'
2 | slot rollback                     | no slot given
2 | slot del                          | no slot given
2 | slot del web please               | unknown argument 'please'
2 | slot show                         | no slot given
2 | slot show a b                     | unknown argument 'b'
2 | slot list x                       | list takes no argument 'x'
# the rest
2 | feature list x                    | list takes no argument 'x'
2 | attach list a/b                   | 'a/b' is not a slot name
2 | attach list a b                   | unknown argument 'b'
2 | stats -i                          | -i needs seconds
2 | stats -i 0                        | -i needs seconds
2 | stats -i -1                       | -i needs seconds
2 | stats -i 1e30                     | -i needs seconds
2 | stats -i nan                      | -i needs seconds
2 | stats --count 3                   | --count needs -i
2 | stats -i 1 --count 0              | --count needs a number from 1
2 | stats a b                         | unknown argument 'b'
2 | stats -x                          | unknown argument '-x'
2 | monitor a b                       | unknown argument 'b'
2 | monitor -x                        | '-x' is not a slot name
2 | record                            | -o FILE is missing
2 | record -o                         | -o needs a value
2 | record -o x.txt                   | x.txt: the name must end in .npy or .csv
2 | record -o x                       | x: the name must end in .npy or .csv
2 | record -o x.npy a b               | unknown argument 'b'
2 | record -o x.npy a/b               | unknown argument 'a/b'
2 | record -o x.npy --count           | --count needs a value
2 | record -o x.npy --count 0         | --count needs a number from 1, not '0'
2 | record -o x.npy --count 1.5       | --count needs a number from 1, not '1.5'
2 | record -o x.npy --seconds 0       | --seconds needs a number above 0, not '0'
2 | record -o x.npy --seconds soon    | --seconds needs a number above 0, not 'soon'
2 | record -o x.npy --outcomes y.npy  | y.npy: the name must end in .csv
2 | record -o x.npy --outcomes -      | -: the name must end in .csv
2 | record -o x.npy -q 3              | unknown argument '-q'
2 | -j record -o -                    | -j and -o - both use standard output
2 | doctor x                          | doctor takes no argument 'x'
0 | doctor -h                         | usage: lfctl doctor
2 | top x                             | unknown argument 'x'
2 | top -i 0                          | -i needs seconds
2 | top --count 0                     | --count needs a number from 1
2 | top --sort                        | --sort needs verdicts, none, bits, dropped, flows or name
2 | top --sort color                  | --sort needs
0 | top -h                            | usage: lfctl top [-i SECONDS] [--count N] [--sort COLUMN]
2 | flows x                           | unknown argument 'x'
2 | flows class                       | class needs a value
2 | flows peer 10.0.0.256             | '10.0.0.256' is not an address
2 | flows peer 10.0.0.0/33            | '10.0.0.0/33' is not an address
2 | flows peer fd00::/129             | is not an address
2 | flows peer 10.0.0.0/              | is not an address
2 | flows attach 0                    | '0' is not an attachment ID
2 | flows attach 1 flow 0             | '0' is not a flow ID
2 | flows flow 3                      | flow needs attach
0 | flows -h                          | usage: lfctl flows [class CLASS] [peer ADDRESS[/BITS]]
2 | metrics x                         | unknown argument 'x'
2 | metrics -o                        | -o needs a file
2 | -j metrics                        | metrics have no JSON
0 | metrics -h                        | usage: lfctl metrics [-o FILE] [--openmetrics]
2 | teardown x                        | unknown argument 'x'
2 | teardown --dry                    | unknown argument '--dry'
2 | -n a teardown all                 | all and -n exclude each other
1 | -n lfctl-no-such teardown         | there is no network namespace 'lfctl-no-such'
0 | teardown -h                       | usage: lfctl teardown [all] [--dry-run]
2 | version x                         | version takes no argument 'x'
ROWS

# A full disk under standard output is an error too.
if [ -w /dev/full ]; then
	row 1 "--help >/dev/full" "standard output"
else
	skip "a full disk: /dev/full is not here"
fi

# Without the module every command says the one sentence; where it is loaded this is not the place
# to look.
if [ ! -d /sys/module/liteflow ] && [ ! -e /lib/modules/"$(uname -r)"/extra/liteflow.ko ]; then
	sentence="lfctl: the liteflow module is not loaded (modprobe liteflow)"
	for args in "snapshot list" "snapshot show a" "snapshot save a b" "snapshot del a" \
		"slot list" "slot add a" "slot set a b" \
		"slot activate a" "slot rollback a" "slot del a" "slot show a" "feature list" \
		"attach list" stats "stats -i 1" \
		metrics top flows "flows peer fd00::/64 class a" "why 7" \
		"why tcp [fd00::1]:22 10.0.0.1 flow.packets=1e3" monitor "record -o x.npy" version \
		"-j version"; do
		row 1 "$args" "$sentence"
	done
	row 0 "-j version 2>/dev/null || :" '"tool": {'
	row 1 doctor "fault    module: "
	row 1 "-c doctor" $'\e[1;31mfault   \e[0m module: '
	row 1 "-c -j doctor" '"check": "module"'
	row 0 "-c doctor --color=never | grep -c '\[1;31m' || :" 0
	row 1 "-j doctor" '"check": "module"'
	# numbers with units, as tc takes them: the words make sense
	for args in "slot param w rate_max 500mbit" \
		"slot param w rate_min 2.5Gbit rate_max 1gibps" "slot param w step 2.5% share 0.1" \
		"slot param w rate_max -5" "slot add w sample 1k" "slot set w sample 1.5K" \
		"stats -i 1500ms" "stats -i 2us --count 1k" \
		"record -o x.npy --seconds 90ms --count 10k" \
		"hook add h family ip hook input priority 0 slot w flows 64k every 2 idle 500ms" \
		"hook add h family ip hook input priority 0 slot w idle auto"; do
		row 1 "$args" "$sentence"
	done
	row 1 "budget 1us" "budget: "
	[ "$(id -u)" != 0 ] || row 0 "-j teardown --dry-run" "["
	check "a record that could not begin leaves no file" test ! -e "$tmp/x.npy"
else
	skip "commands without the module: it is loaded or installed here"
fi

# No help has a line of more than 80 columns.
helps() {
	local p c
	for p in "$lfctl" build/bin/lfgen build/bin/lfd lfqos/lfqos; do
		[ -x "$p" ] || continue
		"$p" --help
		[[ $p == *lfctl || $p == *lfgen ]] || continue
		for c in $("$p" --help | awk '/^  [a-z]/ { print $1 }'); do
			"$p" "$c" --help
		done
	done
}
same "no line of a help is wider than 80 columns" "$(helps | awk 'length > 80')" ""

# The completion knows every command that the tool knows.
comp=lfctl/lfctl.bash-completion
for word in $("$lfctl" --help | awk '/^  [a-z]/ { print $1 }') load show del add set activate \
	rollback; do
	check "$comp knows $word" grep -qw -- "$word" "$comp"
done

# And so does the man page, which must be clean troff.
for word in $("$lfctl" --help | awk '/^  [a-z]/ { print $1 }'); do
	check "lfctl.8 knows $word" grep -q -- "^.*\\b$word\\b" lfctl/lfctl.8
done
if command -v man >/dev/null; then
	warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=100 man --warnings -E UTF-8 -l \
		-Z lfctl/lfctl.8 2>&1 >/dev/null)
	same "lfctl.8 is clean" "$warnings" ""
else
	skip "lfctl.8 is clean: man is not here"
fi

# make install puts modules without debugging information, but for signed ones; uninstall needs no
# build to find them.
built=build/install-test-$$
mkdir -p "$built/kmod" "$built/qdisc"
printf '%s\n' 'const char v[] __attribute__((section(".modinfo"))) = "vermagic=0.0-test SMP";' \
	'int f(int x) { return x + 1; }' |
	gcc -g -c -x c -o "$built/kmod/liteflow.ko" -
{ cat "$built/kmod/liteflow.ko"; printf '~Module signature appended~\n'; } \
	>"$built/qdisc/sch_liteflow.ko"
tools/install install "$tmp/dest" /usr/local "${built#build/}" >"$tmp/installed"
to=$tmp/dest/lib/modules/0.0-test/updates
is "nothing is suggested for what is far from all" "$("$lfctl" frobnicate 2>&1 | grep -c mean)" = 0
is "the module that was built has debugging information" \
	"$(readelf -SW "$built/kmod/liteflow.ko" | grep -c ' \.debug_info')" = 1
is "the one that was installed has none" "$(readelf -SW "$to/liteflow.ko" | grep -c debug)" = 0
is "and is the same otherwise" "$(modinfo -F vermagic "$to/liteflow.ko")" = "0.0-test SMP"
is "a signed one is as it was" \
	"$(cmp "$built/qdisc/sch_liteflow.ko" "$to/sch_liteflow.ko" && echo same)" = same
STRIP='' tools/install install "$tmp/dest" /usr/local "${built#build/}" >/dev/null
is "STRIP= keeps it" "$(cmp "$built/kmod/liteflow.ko" "$to/liteflow.ko" && echo same)" = same
rm -rf "$built"
units=$(grep -h ^ExecStart= "$tmp/dest/usr/local/lib/systemd/system/"*.service)
is "units run the lfctl that was installed" "$(grep -c '=/usr/local/bin/lfctl ' <<<"$units")" = 4

# Completions of other shells ask the one of bash that is installed beside them.
to=$tmp/dest/usr/local
words() { sort -u | tr '\n' ' '; }
tab() { "$to/libexec/liteflow/candidates" "$@" | words; }
is "candidates: a word that begins so" "$(tab lfctl rec)" = "record "
is "candidates: the next word" "$(tab lfctl -j slot ro)" = "rollback "
is "candidates: lfgen's" "$(tab lfgen run --path a)" = "avx2 avx512 "
is "candidates: none" "$(tab lfctl frobnicate "")" = ""
if command -v fish >/dev/null; then
	tab() {
		PATH=$to/bin:$PATH XDG_DATA_DIRS=$to/share XDG_CONFIG_HOME=$tmp \
			fish -c "complete -C '$1'" | words
	}
	is "fish completes lfctl" "$(tab "lfctl -j slot ro")" = "rollback "
	is "fish completes lfgen" "$(tab "lfgen cl")" = "classify "
else
	skip "no fish here"
fi
if command -v zsh >/dev/null; then
	tab() {
		zsh -fc 'fpath=('"$to"'/share/zsh/site-functions $fpath); autoload -Uz _lfctl
			compadd() { print -l -- ${(P)2} }
			words=("$@"); CURRENT=$#; _lfctl' zsh "$@" | words
	}
	is "zsh completes lfctl" "$(tab lfctl -j slot ro)" = "rollback "
	is "zsh completes lfgen" "$(tab /usr/bin/lfgen cl)" = "classify "
else
	skip "no zsh here"
fi
# Where the plugin of tc goes without iproute2: with a gcc that is Debian's, and with another.
place() {
	env PATH="$tmp/gcc:$PATH" bash -c "$(sed -n '/^plugin_dir()/,/^}/p' tools/install |
		sed "s#-e \"\$dir/normal.dist#-e \"$tmp/none\$dir/normal.dist#"); plugin_dir"
}
mkdir "$tmp/gcc" && printf '#!/bin/sh\necho some-arch\n' >"$tmp/gcc/gcc" && chmod +x "$tmp/gcc/gcc"
is "without iproute2 the plugin goes where Debian's tc looks" "$(place)" = /usr/lib/some-arch/tc
printf '#!/bin/sh\nexit 1\n' >"$tmp/gcc/gcc"
is "and elsewhere in lib" "$(place)" = /usr/lib/tc
tools/install uninstall "$tmp/dest" /usr/local >/dev/null
is "uninstall leaves no file" "$(find "$tmp/dest" -type f | wc -l)" = 0

finish
