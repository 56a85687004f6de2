#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What `lfd --check` says of files: one sentence for each fault, with its line; nothing of good
# ones.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
make -s tools || exit 1
lfd=$PWD/build/bin/lfd
dir=$tmp

# good WHAT, the file on standard input
good() {
	local out
	cat >"$dir/app.conf"
	if out=$("$lfd" --check --conf "$dir/app.conf" 2>&1) && [ -z "$out" ]; then
		ok "$1"
	else
		not_ok "$1: $out"
	fi
}

# bad LINE SENTENCE, the file on standard input; LINE 0: of the whole file
bad() {
	local out want="$dir/app.conf:$1: "
	[ "$1" != 0 ] || want="$dir/app.conf: "
	cat >"$dir/app.conf"
	if out=$("$lfd" --check --conf "$dir/app.conf" 2>&1); then not_ok "taken: $2"; return; fi
	if [[ $(wc -l <<<"$out") = 1 && $out == "$want"*"$2"* ]]; then ok "$2"
	else not_ok "wanted \"$2\" of line $1: $out"; fi
}

rule='[label]
rule = dscp 46 class media'

# A key and a value, in line 4 behind a good beginning.
with() { printf '[learner]\nslot = app\n[%s]\n%s = %s\n%s\n' "$1" "$2" "$3" "$rule"; }
key() { bad 4 "$4" < <(with "$@"); }
key_ok() { good "$2 = $3" < <(with "$@"); }

good "the example" <lfd/example.conf
good "values" <<<$'[learner]\nslot = app\n[label]\nwhat = duration'
good "comments and spaces" \
	<<<$'# a comment\n\n[learner]\n  slot=app\n; another\n[label]
rule = port 53  class  lookup'

bad 0 "slot is missing" <<<"$rule"
bad 0 "classes need rules" <<<$'[learner]\nslot = app'
bad 2 "'a/b' is not a slot name" <<<$'[learner]\nslot = a/b\n'"$rule"
bad 3 "slot is in line 2 already" <<<$'[learner]\nslot = app\nslot = app\n'"$rule"
bad 3 "has no key 'slots'" <<<$'[learner]\nslot = app\nslots = 2\n'"$rule"
bad 4 "[lerner] is not one of" <<<$'[learner]\nslot = app\n[lerner]\nx = 1\n'"$rule"
bad 1 "is before the first section" <<<$'slot = app\n[learner]\nslot = app\n'"$rule"
bad 3 "neither [SECTION] nor KEY = VALUE" <<<$'[learner]\nslot = app\nwhat is this\n'"$rule"
bad 5 "a rule gives a class, but the learner learns bytes" \
	<<<$'[learner]\nslot = app\n[label]\nwhat = bytes\nrule = dscp 46 class media'
bad 4 "color" <<<$'[learner]\nslot = app\n[label]\nrule = color 3 class media'
bad 4 "ends with class" <<<$'[learner]\nslot = app\n[label]\nrule = dscp 46'

key store size 3 "size is a size"
key store size 999999g "size is a size"
key store share 0 "share is a share"
key store share 150% "share is a share"
key store flows 1 "flows is a number"
key model kind tree "kind is one of forest, net, external, policy"
key model activation sigmoid "activation is one of relu, tanh"
key model layers 1,2,3,4,5 "layers are up to 4 widths"
key model layers 0 "layers are up to 4 widths"
key model depth 17 "depth is a number"
key model time 0s "time is a time"
key model time 5parsecs "time is a time"
key model memory 1k "memory is a size"
key model cpus all "cpus is a list"
key model trainer train.py "is an absolute path"
key judge error 0.5 "error is a share"
key deploy harm -1% "harm is a share"
key deploy every forever "every is a time"
key deploy arms "1% 1%" "arms are up to 8 rising shares"
key deploy arms "50% 10%" "arms are up to 8 rising shares"
key deploy arms "1% 100%" "arms are up to 8 rising shares"
key deploy guard_drift 101% "guard_drift is a share"
key deploy guard_saturated much "guard_saturated is a share"
key deploy guard_outcome retrans "guard_outcome is one of bytes, packets,"
key deploy guard_outcome "luck 2" "guard_outcome is one of bytes, packets,"
key deploy guard_outcome "retrans -1" "guard_outcome is one of bytes, packets,"
key deploy guard_outcome "retrans 1 2" "or none, not 'retrans 1 2'"
key deploy guard_outcome "" "guard_outcome is one of bytes, packets,"
key_ok deploy guard_outcome "duration 0.5"
key_ok deploy guard_outcome none
key_ok deploy guard_drift 0
key deploy arms "" "arms are up to 8 rising shares"
key deploy arms "1% 2% 3% 4% 5% 6% 7% 8% 9%" "arms are up to 8 rising shares"
key deploy step 0 "step is a number"
key deploy guard 101% "guard is a share"
key drift detect maybe "detect is yes or no"
key drift window 3 "window is a number"
key_ok store size 16m
key_ok model time 90m
key_ok deploy every 0s
key_ok deploy arms none
key_ok deploy arms "0.5%, 20% 0.9"
key_ok deploy guard 0
key_ok model layers 64
key_ok drift detect no
bad 4 "an external model needs a trainer" \
	<<<$'[learner]\nslot = app\n[model]\nkind = external\n'"$rule"
bad 0 "this machine has none of these" <<<$'[learner]\nslot = app\n[model]\ncpus = 900-901\n'"$rule"
bad 4 "/nowhere" <<<$'[learner]\nslot = app\n[model]\nstart = /nowhere\nkind = net\n'"$rule"
bad 3 "/nowhere" <<<$'[learner]\nslot = app\nsnapshot = /nowhere\n'"$rule"

# A policy has no labels, and takes no key that is about them.
good "a policy" <<<$'[learner]\nslot = tcp\n[model]\nkind = policy'
good "a policy with a net to begin with" \
	<<<$'[learner]\nslot = tcp\n[model]\nkind = policy
generations = 20\nstart = '"$PWD"/models/aurora/model.onnx
policy=$'[learner]\nslot = tcp\n[model]\nkind = policy\n'
bad 6 "rule is not for a policy: it has no labels" <<<"$policy$rule"
bad 6 "what is not for a policy: it has no labels" <<<"$policy"$'[label]\nwhat = bytes'
bad 6 "size is not for a policy: no rows are kept" <<<"$policy"$'[store]\nsize = 2m'
bad 5 "layers is not for a policy: its shape is" <<<"$policy"$'layers = 8'
bad 5 "depth is not for a policy: it is not a forest" <<<"$policy"$'depth = 3'
bad 6 "alpha is not for a policy" <<<"$policy"$'[judge]\nalpha = 1%'
bad 6 "shadow is not for a policy: actions that are not taken" <<<"$policy"$'[deploy]\nshadow = 9'
bad 6 "guard is not for a policy" <<<"$policy"$'[deploy]\nguard = 99%'
bad 6 "guard_drift is not for a policy: no rows are kept" <<<"$policy"$'[deploy]\nguard_drift = 9%'
good "a policy with a bound on an outcome" <<<"$policy"$'[deploy]\nguard_outcome = reward 0.5'
bad 5 "trainer needs kind = external" <<<"$policy"$'trainer = /bin/true'
bad 5 "generations is a number" <<<"$policy"$'generations = 0'
key model generations 9 "generations are of the search for a policy"

# Several faults: all of them.
printf '[learner]\nslot = a b\nx = 1\n[model]\ndepth = 99\n' >"$dir/app.conf"
n=$("$lfd" --check --conf "$dir/app.conf" 2>&1 | wc -l)
is "sentences of three faults" "$n" -eq 3

# A directory: two learners of one slot; names that are none; what does not end in .conf is not
# read.
rm "$dir"/*.conf
for f in a b; do printf '[learner]\nslot = app\n%s\n' "$rule" >"$dir/$f.conf"; done
echo rubbish >"$dir/README"
out=$("$lfd" --check --conf "$dir" 2>&1)
is "two learners" "$out" = "$dir/b.conf: the slot app is that of $dir/a.conf already"
mv "$dir/b.conf" "$dir/b b.conf"
sed -i s/app/other/ "$dir/b b.conf"
out=$("$lfd" --check --conf "$dir" 2>&1)
has "a bad name" "$out" "the name of the file is the name of the learner"
rm "$dir"/*.conf
check "an empty directory" "$lfd" --check --conf "$dir"
out=$("$lfd" --conf "$dir" --state "$dir/s" --run "$dir/r" 2>&1)
is "nothing to do: $out" "$? $(grep -cF "there is no learner in $dir" <<<"$out")" = "1 1"
out=$("$lfd" --chek 2>&1)
is "a wrong option: $out" $? -eq 2

finish
