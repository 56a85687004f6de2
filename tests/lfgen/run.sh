#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# lfgen from the outside: models in, snapshots, modules and sentences out. Expectations:
#
#	1. a net, a classifier and a forest build; compare keeps them within limits; the same input
#	gives the same bytes 2. run gives the same on every path; inspect --json is JSON; damaged
#	snapshots are refused 3. the C module gives the engine's bits on random rows 4. every
#	mistake on the command line has its sentence and status, and leaves the output as it was 5.
#	Aurora (where the data is): float within 0.2 % of the range, the int8 file equal to its own
#	integers
#
#	7. features, scalers and recordings: columns by name, raw integers, rows that a feature
#	cannot have 8. trees in other clothes, and captures 6. numbers are never silently wrong:
#	wild rows, rows beyond the range, fine units, meaning of outputs
#
# Run it from anywhere after `make`; it needs make and a C compiler. LFGEN names another lfgen than
# build/bin/lfgen.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
make -s build/bin/lfgen build/tests/lfgen/mkmodel build/tests/lfgen/mkcap || exit 1
lfgen=${LFGEN:-$top/build/bin/lfgen}

# runs WHAT COMMAND... - it succeeds within 120 s
runs() { check "$1" timeout 120 "${@:2}"; }

# refuse STATUS SENTENCE COMMAND... - it fails with the status and a sentence that contains this one
refuse() {
	local status=$1 says=$2 rc said
	shift 2
	said=$(timeout 60 "$@" 2>&1)
	rc=$?
	if [ $rc = "$status" ] && [[ $said == *"$says"* ]] &&
		[ "$(grep -vc warning <<<"$said")" = 1 ]; then
		ok "says: $says"
	else
		not_ok "status $rc not $status, or not the sentence: $says" "$said"
	fi
}

# same_file WHAT FILE FILE
same_file() { check "$1" cmp "$2" "$3"; }

build/tests/lfgen/mkmodel "$tmp" || exit 1
cd "$tmp" || exit 1

runs "lfgen has a version" grep -q "^lfgen [0-9]" <("$lfgen" --version)
runs "a net builds" "$lfgen" build net.onnx --calib net.csv --unit bytes -o net.lfs
runs "a net within 0.2 %" "$lfgen" compare net.onnx net.lfs net.csv --max-error 0.2
runs "a common input scale too" "$lfgen" build -q net.onnx --calib net.csv --input-scale common \
	--value -o common.lfs
runs "and is within 0.2 %" "$lfgen" compare net.onnx common.lfs net.csv --max-error 0.2
runs "a classifier builds" "$lfgen" build class.onnx --calib net.csv --classes web,bulk,voice \
	-o class.lfs
runs "99.8 % of its decisions agree" "$lfgen" compare class.onnx class.lfs net.csv \
	--min-agreement 99.8
runs "a forest builds without calibration" "$lfgen" build forest.onnx -o forest.lfs
runs "all its decisions agree" "$lfgen" compare forest.onnx forest.lfs forest.csv \
	--min-agreement 100
runs "a forest with features" "$lfgen" build -q forest.onnx --calib forest.csv -o named.lfs \
	--features pkt.len,flow.packets,flow.len_mean,flow.bytes_log2,pkt.dport,sock.cwnd
runs "decides as well" "$lfgen" compare forest.onnx named.lfs forest.csv --min-agreement 100
runs "again" "$lfgen" build -q net.onnx --calib net.csv --unit bytes -o again.lfs
same_file "the same input gives the same bytes" net.lfs again.lfs
runs "quiet is quiet" sh -c \
	'! "$0" build -q net.onnx --calib net.csv --value -o again.lfs 2>&1 | grep .' "$lfgen"

# A net that branches: all outputs, one of them, and probabilities.
runs "a graph builds" "$lfgen" build graph.onnx --calib net.csv --value -o graph.lfs
runs "a graph within 0.2 %" "$lfgen" compare graph.onnx graph.lfs net.csv --max-error 0.2
runs "its outputs have names" sh \
	-c '"$0" inspect graph.lfs --json | jq -r ".outputs[].name" | tr "\n" " " |
	grep -qx "mu.0 mu.1 mu.2 value "' "$lfgen"
runs "one output of it" "$lfgen" build -q graph.onnx --calib net.csv --output value -o value.lfs
runs "within 0.2 %" "$lfgen" compare graph.onnx value.lfs net.csv --output value --max-error 0.2
runs "which is one" sh -c '[ "$("$0" inspect value.lfs --json | jq ".outputs | length")" = 1 ]' \
	"$lfgen"
refuse 1 "it has no output 'walue'; its first is 'mu'" "$lfgen" build graph.onnx --calib net.csv \
	--output walue -o keep.lfs
runs "--output is the file where there is no -o" "$lfgen" build -q net.onnx --calib net.csv \
	--unit bytes --output long.lfs
same_file "as ever" net.lfs long.lfs
runs "probabilities" "$lfgen" build class.onnx --calib net.csv --classes web,bulk,voice \
	--probabilities -o soft.lfs
runs "within 0.2 %" "$lfgen" compare class.onnx soft.lfs net.csv --probabilities --max-error 0.2 \
	--min-agreement 99.8
refuse 1 "a forest has no Softmax that can be computed" \
	"$lfgen" build forest.onnx --calib forest.csv --probabilities -o keep.lfs
runs "check accepts a graph" "$lfgen" check graph.onnx

# Trees in other clothes: the snapshot takes the branches that the model takes.
runs "an isolation forest builds" "$lfgen" build isolation.onnx --calib trees.csv -o isolation.lfs
runs "all its decisions agree" "$lfgen" compare isolation.onnx isolation.lfs trees.csv \
	--min-agreement 100
runs "and not all the same" sh \
	-c '"$0" run isolation.lfs trees.csv --class | sort | uniq -c | awk "\$1 < 500 { bad = 1 }
	END { exit bad || NR != 2 }"' "$lfgen"
runs "its classes are its labels" sh \
	-c '"$0" inspect isolation.lfs --json | jq -r ".outputs[].name" | tr "\n" " " |
	grep -qx -- "-1 1 "' "$lfgen"
refuse 1 "output 'scores': nothing that computes may follow TreeEnsembleRegressor but sums and \
factors, and Pow does" \
	"$lfgen" build isolation.onnx --calib trees.csv --output scores -o keep.lfs
runs "trees as matrices build" "$lfgen" build matrices.onnx --calib trees.csv -o matrices.lfs
runs "and are exact" "$lfgen" compare matrices.onnx matrices.lfs trees.csv --max-error 0.0001
runs "check takes them" "$lfgen" check isolation.onnx

# Recurrent layers, written out: rows held out are those that no range was taken from.
head -1000 steps.csv >steps1.csv
tail -500 steps.csv >steps2.csv
for m in gru gru0 lstm; do
	runs "$m builds" "$lfgen" build $m.onnx --calib steps1.csv --value -o $m.lfs
	runs "$m within 0.2 %" "$lfgen" compare $m.onnx $m.lfs steps2.csv --max-error 0.2
done

# Captures: classify and rows (tests/lfgen/classify.sh compares them with the kernel).
"$top/build/tests/lfgen/mkcap" made.pcap
features=$(cat watch.txt)
runs "a model of all features of packets and flows" "$lfgen" build -q watch.onnx \
	--features "$features" -o watch.lfs
runs "classify takes a capture" "$lfgen" classify made.pcap watch.lfs
runs "its flows, packets and reasons" sh \
	-c '"$0" classify made.pcap watch.lfs --json | jq -e "(.flows | length) == 120 and
	.packets == 400 and .without_flow == {\"not IP\": 9, \"fragments\": 2} and
	([.flows[].packets] | add) == 389"' "$lfgen"
runs "more of them if connections have no longer time" sh -c '"$0" classify made.pcap watch.lfs \
	--idle 60 --json | jq -e "(.flows | length) == 129"' "$lfgen"
gaps=$(printf ',flow.iat%s' 0 1 2 3 4 5 6 7)
runs "rows of gaps" "$lfgen" rows made.pcap --raw --phases 1,2,3,4,5,6,7,8 \
	--features "flow.iat_us$gaps" -o gaps.csv
runs "the gaps of a flow's packets, to 12 bits" awk -F, '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{ n = $at["packets"]; flow = $at["flow"]; us[flow, n - 1] = $at["flow.iat_us"]
	  for (k = 0; k < 8; k++) {
		got = $at["flow.iat" k]; wanted = k < n ? us[flow, k] + 0 : 0
		bad += got > wanted || wanted - got > wanted / 2048
		late += got > 4096
	  } }
	END { exit !(NR > 100 && late > 20 && !bad) }' gaps.csv
printf '53,lookup\ntcp/443,web\n' >ports.csv
runs "a table of labels and classes" sh \
	-c '"$0" classify made.pcap watch.lfs --labels ports.csv --map web=young --json | jq -e "
	([.confusion[].flows] | add) == 120 and
	all(.flows[]; .label == \"lookup\" or .label == \"young\")"' "$lfgen"
runs "for people, too" sh \
	-c '"$0" classify made.pcap watch.lfs --labels ports.csv --map web=young |
	grep -q "of 120 labelled flows"' "$lfgen"
# The same flows three ways: a table of our own, nDPI's, Zeek's.
"$lfgen" classify made.pcap watch.lfs --json | jq -r '.flows[].flow' | sort -u >flows.txt
awk '{ sub(/^tcp /, "6 "); sub(/^udp /, "17 ") } 1' flows.txt |
	sed -E 's/[][]//g; s/:([0-9]+) > /,\1,/; s/:([0-9]+)$/,\1/; s/ /,/' >five
(echo proto,src,sport,dst,dport,label; awk -F, -v OFS=, '{ print $0, NR % 2 ? "a" : "b" }' five) \
	>own.csv
(printf '#%s' 'flow_id|protocol|first_seen|last_seen|duration|src_ip|src_port|dst_ip|dst_port'
	echo '|ndpi_proto_num|ndpi_proto'
	awk -F, '{ print NR "|" $1 "|0|0|0|" $2 "|" $3 "|" $4 "|" $5 "|7|" (NR % 2 ? "a" : "b") }' \
		five) >ndpi.csv
(printf '#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\t'
	printf 'service\n#types\ttime\n'
	awk -F, -v OFS='\t' '{ print "1.5", "C" NR, $4, $5, $2, $3, $1 == 6 ? "tcp" : "udp",
		NR % 2 ? "a" : "b" }' five) >conn.log
for l in own.csv ndpi.csv conn.log; do
	"$lfgen" rows made.pcap --features "$features" --labels $l --classes a,b -o $l.rows.csv \
		2>$l.says
	"$lfgen" rows made.pcap --features "$features" --labels $l --classes a,b -o rows.npy \
		--label-output labels.npy 2>>$l.says
	runs "labels of $l are numbers" sh \
		-c '[ "$(tail -c +129 labels.npy | od -An -td8 -v -w8 |
		awk "{ print \$1 ? \"b\" : \"a\" }" |
		sort | uniq -c)" = "$(sed 1d $0.rows.csv | sed "s/.*,//" | sort | uniq -c)" ] &&
		grep -q "classes: 0 a, 1 b" $0.says' $l
	same_file "labels of $l give the same rows" own.csv.rows.csv $l.rows.csv
done
runs "rows are calibration rows" "$lfgen" build -q watch.onnx --calib rows.npy \
	--features "$features" -o again.lfs
runs "and rows to run" sh \
	-c '[ "$("$0" run watch.lfs rows.npy --class | wc -l)" = \
		"$(($(wc -l <own.csv.rows.csv) - 1))" ]' "$lfgen"
refuse 1 "ports.csv: unknown file format" "$lfgen" classify ports.csv watch.lfs
refuse 1 "'cc.loss_ratio' is not a feature of a packet or its flow" "$lfgen" rows made.pcap \
	--features cc.loss_ratio -o keep.csv
refuse 1 "'sock.cwnd' is a feature of the sender's socket" "$lfgen" rows made.pcap \
	--features pkt.len,sock.cwnd -o keep.csv
printf 'src,label\nx1,a\n' >bad.csv
refuse 1 "bad.csv: line 2: 'x1' is no address" "$lfgen" classify made.pcap watch.lfs \
	--labels bad.csv
refuse 2 "--features says what the columns are" "$lfgen" rows made.pcap -o keep.csv
refuse 2 "-o names the rows, which end in .npy or .csv" "$lfgen" rows made.pcap --features all \
	-o keep.txt
refuse 2 "--classes needs --labels" "$lfgen" rows made.pcap --features all -o keep.csv --classes a
refuse 2 "--phases 4,2: whole numbers in ascending order" "$lfgen" classify made.pcap watch.lfs \
	--phases 4,2

for m in net class forest graph soft isolation gru lstm; do
	rows=net.csv
	[ $m = forest ] && rows=forest.csv
	[ $m = isolation ] && rows=trees.csv
	[[ $m =~ gru|lstm ]] && rows=steps.csv
	"$lfgen" run $m.lfs $rows --path plain >plain.out
	runs "$m: one line a row" test "$(wc -l <plain.out)" = "$(wc -l <$rows)"
	for path in swar avx2 avx512; do
		if "$lfgen" run $m.lfs $rows --path $path >$path.out 2>log; then
			same_file "$m: plain and $path are the same" plain.out $path.out
		else
			skip "$m: $(cat log)"
		fi
	done
	"$lfgen" inspect $m.lfs --json >$m.json
	runs "$m: inspect says its hash" grep -q '"hash":"[0-9a-f]\{64\}"' $m.json
	runs "$m: text too" sh -c '"$0" inspect $1.lfs | grep -q "^hash  *[0-9a-f]\{64\}$"' \
		"$lfgen" $m
	runs "$m: a module" "$lfgen" module $m.lfs -o mod_$m
	runs "$m: the same for another name and folder" sh -c 'cp $1.lfs other.lfs &&
		"$0" module other.lfs -o mod_other/ && diff -r mod_$1 mod_other &&
		rm -r mod_other' \
		"$lfgen" $m
	runs "$m: which compiles and gives the engine's bits" sh -c 'set -e
		${CC:-cc} -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -I"$1/include" -I"$1/codegen" \
			-I"$1/tests/lfgen" -DMODULE=$(basename mod_$2/*.c .c) -o check_$2 \
			"$1/tests/lfgen/check_module.c" "$1/tests/lfgen/net.c" \
			mod_$2/*.c "$1/build/lib/liblfgen.a" "$1/build/lib/liblq.a" -lcrypto -lm
		./check_$2' sh "$top" $m
	if grep -qE '\b(float|double)\b' mod_$m/*.c; then
		not_ok "$m: no float in the module"
	else
		ok "$m: no float in the module"
	fi
done
runs "names of classes" sh -c '! "$0" run class.lfs net.csv --class | grep -vxE "web|bulk|voice"' \
	"$lfgen"
printf '65536,0,0,0,0,0\n' >raw.csv
printf '1,0,0,0,0,0\n' >cooked.csv
"$lfgen" run forest.lfs raw.csv --raw-features >raw.out
"$lfgen" run forest.lfs cooked.csv >cooked.out
same_file "raw features" raw.out cooked.out
for h in build check inspect run compare module classify rows; do
	runs "help of $h" sh -c '"$0" $1 --help | grep -q example' "$lfgen" $h
done

# One value of a million in rows that set ranges (700) or are held out (705) costs nothing, and is
# named.
for row in 700 705; do
	awk -F, -v OFS=, -v row=$row 'NR == row { $3 = 1e6 } 1' net.csv >wild.csv
	runs "a wild value in row $row is named" sh \
		-c '"$0" build class.onnx --calib wild.csv -o wild.lfs 2>&1 |
		grep -F "row $1, column 3 (x2): 1e+06 is far from the others"' "$lfgen" $row
	runs "and costs no decision" "$lfgen" compare class.onnx wild.lfs net.csv \
		--min-agreement 99.8
	"$lfgen" build -q class.onnx --calib wild.csv --calibration minmax -o wild.lfs \
		--accept-error 100
	runs "minmax takes it as it is" sh \
		-c '! "$0" compare class.onnx wild.lfs net.csv --min-agreement 90' "$lfgen"
	runs "percentile does not" sh -c 'set -e
		"$0" build class.onnx --calib wild.csv --calibration percentile 99.9 -o wild.lfs
		"$0" compare class.onnx wild.lfs net.csv --min-agreement 99.8' "$lfgen"
done
runs "the error is of rows held out" sh \
	-c '"$0" build class.onnx --calib net.csv -o wild.lfs | grep "over 300 rows held out"' \
	"$lfgen"

# Rows a third of the width beyond the calibrated range, on both sides; then far beyond.
awk -F, -v OFS=, '{ for (i = 1; i <= NF; i++) $i *= 1.6 } 1' net.csv >beyond.csv
awk -F, -v OFS=, '{ for (i = 1; i <= NF; i++) $i *= 8 } 1' net.csv >far.csv
runs "a net of values" "$lfgen" build net.onnx --calib net.csv --unit bytes -o room.lfs
runs "has room beyond its rows" "$lfgen" compare net.onnx room.lfs beyond.csv --max-error 0.2
runs "compare says how many rows it clipped" sh \
	-c '"$0" compare net.onnx room.lfs far.csv | grep "^clipped  *1[0-9]* of 1500 rows"' \
	"$lfgen"
runs "in JSON too" sh \
	-c '[ "$("$0" compare net.onnx room.lfs far.csv --json | jq .clipped)" -gt 1000 ]' "$lfgen"
runs "no row, no word" sh -c '! "$0" compare net.onnx room.lfs net.csv | grep clipped' "$lfgen"

# Features in seconds, 0 .. 1e-4: finer than 2^-16.
runs "inputs in seconds" "$lfgen" build seconds.onnx --calib seconds.csv --unit x -o seconds.lfs
runs "within 0.2 %" "$lfgen" compare seconds.onnx seconds.lfs seconds.csv --max-error 0.2
runs "a split at 1e-5" "$lfgen" build split.onnx --calib split.csv -o split.lfs
runs "is exact in all rows" "$lfgen" compare split.onnx split.lfs split.csv --max-error 0
runs "without rows" "$lfgen" build split.onnx -o split.lfs
runs "nearly as well" sh -c \
	'"$0" compare split.onnx split.lfs split.csv | grep ", [0-9.e-]* mean (0.0[0-9]* %)"' \
	"$lfgen"

refuse 1 'nothing says whether they are scores of classes: give --classes NAME,NAME,... or '\
'--value' \
	"$lfgen" build net.onnx --calib net.csv -o keep.lfs
runs "scores, if so said" "$lfgen" build -q net.onnx --calib net.csv --classes a,b,c -o said.lfs
runs "or values" "$lfgen" build -q net.onnx --calib net.csv --value -o said.lfs
refuse 2 '--classes and --value contradict each other' "$lfgen" build net.onnx --value \
	--classes a,b,c -o keep.lfs
refuse 2 '--calibration is best, minmax or percentile P, not "mean"' "$lfgen" build net.onnx \
	--calibration mean -o keep.lfs
refuse 2 '--calibration percentile 30 is not a number of 50 .. 100' "$lfgen" build net.onnx \
	--calibration percentile 30 -o keep.lfs

# The rows of forest.csv as values of features and as lfctl records them: raw, with columns behind,
# in another order.
feats=pkt.len,flow.packets,flow.len_mean,flow.bytes_log2,pkt.dport,sock.cwnd
(echo $feats; cat forest.csv) >feats.csv
outputs=y.web,y.bulk,y.voice,class,generation,attach,reason,packets,flow,time_ns
(echo flow.len_mean,flow.packets,pkt.len,flow.bytes_log2,pkt.dport,sock.cwnd,$outputs
	awk -F, -v OFS=, '{ print 16 * $3, $2, $1, 256 * $4, $5, $6, 1, 2, 3, 0, 1, 1, 0, 7, 8,
		NR }' forest.csv) >rec.csv
(echo label,$feats; sed 's/^/web,/' forest.csv) >labels.csv
"$lfgen" run named.lfs forest.csv >value.out 2>/dev/null
for f in feats rec labels; do
	runs "run takes $f.csv by its header" sh -c '"$0" run named.lfs $1.csv >$1.out' "$lfgen" $f
	same_file "and gives the same" value.out $f.out
done
runs "compare takes a recording" "$lfgen" compare forest.onnx named.lfs rec.csv --min-agreement 100
runs "build too" "$lfgen" build -q forest.onnx --calib rec.csv --features $feats -o rec.lfs
same_file "with the same bytes" named.lfs rec.lfs
awk -F, -v OFS=, '{ t = $1; $1 = $3; $3 = t } 1' rec.csv >order.csv
runs "the features are those of the recording, in its order" "$lfgen" build -q forest.onnx \
	--calib order.csv -o rec.lfs
same_file "with the same bytes" named.lfs rec.lfs
runs "--raw-features says so where no header does" sh -c 'set -e
	awk -F, -v OFS=, "{ print \$1, \$2, 16 * \$3, 256 * \$4, \$5, \$6 }" forest.csv >raw.csv
	"$0" build -q forest.onnx --calib raw.csv --raw-features --features $1 -o raw.lfs
	cmp raw.lfs named.lfs' "$lfgen" $feats
runs "raw features that nobody calls so are suspected" sh \
	-c '"$0" run named.lfs raw.csv 2>&1 >/dev/null |
	grep "column 3 (flow.len_mean) has whole numbers only"' "$lfgen"
refuse 1 'rec.csv, a recording, has no column "pkt.ttl", which is input 0 of the model' "$lfgen" \
	build forest.onnx \
	--calib rec.csv --features \
	pkt.ttl,flow.packets,flow.len_mean,flow.bytes_log2,pkt.dport,sock.cwnd -o raw.lfs

# The net reads features of its eight columns behind a scaler that is not in its file.
eight=pkt.len,flow.packets,flow.bytes,pkt.dport,flow.duration_us,flow.len_min,flow.len_max
eight+=,pkt.tcp_window
mean=700,50,300000,30000,500000,60,900,20000 dev=400,30,90000,15000,200000,20,300,9000
printf '%s\n%s\n' $mean $dev >scaler.csv
awk -F, -v OFS=, -v m=$mean -v d=$dev 'BEGIN { split(m, M, ","); split(d, D, ",") }
	{
		for (i = 1; i <= 8; i++) {
			v = int(M[i] + D[i] * $i * .8 + .5)
			$i = v < 0 ? 0 : v > 65535 && (i == 4 || i == 8) ? 65535 : v
		}
	}
	1' net.csv >unscaled.csv
awk -F, -v OFS=, -v m=$mean -v d=$dev 'BEGIN { split(m, M, ","); split(d, D, ",") }
	{ for (i = 1; i <= 8; i++) $i = ($i - M[i]) / D[i] } 1' unscaled.csv >scaled.csv
spec=$(awk -v f=$eight -v m=$mean -v d=$dev \
	'BEGIN { n = split(f, F, ","); split(m, M, ","); split(d, D, ",")
	for (i = 1; i <= n; i++)
		printf "%s*%.17g%+.17g%s", F[i], 1 / D[i], -M[i] / D[i], i < n ? "," : "" }')
"$lfgen" build -q class.onnx --calib scaled.csv -o plain.lfs
"$lfgen" run plain.lfs scaled.csv --class >plain.out
# agree FILE - in at least 998 of 1,000 decisions of the net without a scaler
agree() {
	"$lfgen" run "$1" unscaled.csv --class | paste -d, - plain.out |
		awk -F, '$1 == $2 { n++ } END { print n "/" NR; exit n < .998 * NR }'
}
runs "--standardise" "$lfgen" build class.onnx --calib unscaled.csv --features $eight \
	--standardise scaler.csv -o std.lfs
export lfgen; export -f agree
runs "decides as the scaled net" bash -c 'agree std.lfs'
runs "and compares" "$lfgen" compare class.onnx std.lfs unscaled.csv --standardise scaler.csv \
	--min-agreement 99.8
runs "FEATURE*SCALE+OFFSET" "$lfgen" build class.onnx --calib unscaled.csv --features "$spec" \
	-o spec.lfs
runs "decides as the scaled net" bash -c 'agree spec.lfs'
runs "and compares" "$lfgen" compare class.onnx spec.lfs unscaled.csv --features "$spec" \
	--min-agreement 99.8
runs "rows that are scaled already are recognised" sh \
	-c '"$0" build class.onnx --calib scaled.csv --features "$1" \
	-o scaled.lfs 2>&1 | grep "warning: scaled.csv is taken as scaled already"' "$lfgen" "$spec"
runs "with the same result" bash -c 'agree scaled.lfs'
refuse 1 'scaled.csv: row 1, column 1: pkt.len cannot be ' "$lfgen" build class.onnx \
	--calib scaled.csv --features $eight -o raw.lfs
refuse 1 'forest.csv: row 1, column 6: pkt.fragment cannot be' "$lfgen" build forest.onnx \
	--calib forest.csv \
	--features pkt.len,flow.packets,flow.len_mean,flow.bytes_log2,pkt.dport,pkt.fragment \
	-o raw.lfs
refuse 1 'scaler.csv has 8 columns, the model has 6 inputs' "$lfgen" build forest.onnx \
	--standardise scaler.csv -o raw.lfs
refuse 1 'net.csv has 1500 rows, not two: means and deviations' "$lfgen" build class.onnx \
	--standardise net.csv -o raw.lfs

# A column that never changes is named; rows in another unit than the model's are not built upon.
awk -F, -v OFS=, '{ $2 = 5 } 1' net.csv >constant.csv
runs "a constant column is named" sh -c '"$0" build class.onnx --calib constant.csv -o c.lfs 2>&1 |
	grep "column 2 (x1) is 5 in all rows"' "$lfgen"
(cat net.csv; awk -F, -v OFS=, 'NR < 400 { for (i = 1; i <= NF; i++) $i *= 1e5 } 1' net.csv) \
	>units.csv
refuse 1 'more than --accept-error 0.001: are the rows' "$lfgen" build net.onnx --calib units.csv \
	--value --accept-error 0.001 -o raw.lfs

# check needs no rows, and names what is not supported.
for m in net class forest split; do
	runs "check accepts $m" "$lfgen" check $m.onnx
done
runs "and says what build will ask for" sh \
	-c '"$0" check net.onnx | grep -q "build needs --classes NAME,... or --value" &&
	"$0" check net.onnx | grep "build needs --calib"' "$lfgen"
runs "it is a line a node, and JSON" sh \
	-c '[ "$("$0" check class.onnx --json |
	jq "[.lines[] | select(.what | startswith(\"node\"))] | length")" = 6 ]' "$lfgen"
runs "what is not supported has advice" sh \
	-c '"$0" check conv.onnx |
	grep "^node 1  *ConvTranspose  *not supported  *use dense layers" &&
	! "$0" check conv.onnx >/dev/null' "$lfgen"
runs "other nodes are looked at, too" sh \
	-c '"$0" check conv.onnx | grep "^node 3  *RNN  *not supported  *no state is kept"' "$lfgen"
refuse 1 'net.lfs: this is a snapshot, not a model' "$lfgen" check net.lfs
long=a-folder-with-a-name-that-is-longer-than-sixty-four-characters-all-in-all
refuse 1 "$tmp/$long/conv.onnx: node 'b' (ConvTranspose)" \
	sh -c 'mkdir -p "$1" && cp conv.onnx "$1" && "$0" build "$1/conv.onnx" -o c.lfs' "$lfgen" \
	"$tmp/a-folder-with-a-name-that-is-longer-than-sixty-four-characters-all-in-all"

echo keep >keep.lfs
cut -d, -f1-7 net.csv >narrow.csv
(cat net.csv; echo 1,2,x,4,5,6,7,8) >wrong.csv
printf 'pkt.len,flow.packets\n' >head.csv
head -c 2000 net.lfs >short.lfs
(head -c 1999 net.lfs; printf '\377'; tail -c +2001 net.lfs) >damaged.lfs
refuse 2 'usage: lfgen COMMAND' sh -c '"$0" 2>&1 | head -1; exit 2' "$lfgen"
refuse 2 'unknown command "bild"' "$lfgen" bild
refuse 2 'build needs one model file' "$lfgen" build -o keep.lfs
refuse 2 'build needs -o FILE' "$lfgen" build net.onnx
refuse 2 'unknown option --calibrate' "$lfgen" build net.onnx --calibrate x -o keep.lfs
refuse 2 '--calib needs an argument' "$lfgen" build net.onnx -o keep.lfs --calib
refuse 2 '--margin 0.5 is not a number of 1 .. 100' "$lfgen" build net.onnx --margin 0.5 -o keep.lfs
refuse 2 '--golden 15 is not a number of 16 .. 256' "$lfgen" build net.onnx --golden 15 -o keep.lfs
refuse 2 '--input-scale is per-feature or common, not "x"' "$lfgen" build net.onnx --input-scale x \
	-o keep.lfs
refuse 1 'the model has real weights: give --calib' "$lfgen" build net.onnx -o keep.lfs
refuse 1 'nowhere.onnx: No such file or directory' "$lfgen" build nowhere.onnx -o keep.lfs
refuse 1 'the calibration rows have 7 columns, the model has 8 inputs' "$lfgen" build net.onnx \
	--calib narrow.csv -o keep.lfs
refuse 1 'wrong.csv:1501: field 3 "x" is not a number' "$lfgen" build net.onnx --calib wrong.csv \
	-o keep.lfs
refuse 1 'did you mean "flow.bytes"?' "$lfgen" build forest.onnx -o keep.lfs \
	--features flow.byts,flow.packets,pkt.len,pkt.dport,pkt.ttl,pkt.ecn
refuse 1 '2 features are given, the model has 6 inputs' "$lfgen" build forest.onnx \
	--features pkt.len,pkt.ttl -o keep.lfs
refuse 1 '2 classes are given, the model has 3 outputs' "$lfgen" build forest.onnx --classes a,b \
	-o keep.lfs
refuse 1 'class "a b" is not' "$lfgen" build forest.onnx --classes 'a b,c,d' -o keep.lfs
refuse 1 'name "a/b" is not' "$lfgen" build forest.onnx --name a/b -o keep.lfs
refuse 1 'is longer than 15 characters' "$lfgen" build net.onnx --calib net.csv \
	--unit 0123456789abcdef -o keep.lfs
refuse 1 'this is a snapshot, not a model' "$lfgen" build net.lfs -o keep.lfs
refuse 1 'no-dir/out.lfs: No such file or directory' "$lfgen" build -q forest.onnx -o no-dir/out.lfs
runs "the output file is as it was" test "$(cat keep.lfs)" = keep
runs "nothing is left behind" sh -c '! ls keep.lfs.* 2>/dev/null | grep .'
refuse 2 'inspect needs one snapshot' "$lfgen" inspect
refuse 1 'net.onnx: not a snapshot file' "$lfgen" inspect net.onnx
refuse 1 'short.lfs: header says' "$lfgen" inspect short.lfs
refuse 1 'damaged.lfs: checksum does not match' "$lfgen" run damaged.lfs net.csv
refuse 2 'run needs a snapshot and rows' "$lfgen" run net.lfs
refuse 2 '--path is plain, swar, avx2 or avx512, not "mmx"' "$lfgen" run net.lfs net.csv --path mmx
refuse 1 'narrow.csv has 7 columns, the snapshot has 8 inputs' "$lfgen" run net.lfs narrow.csv
refuse 1 'is a model of values, not of classes' "$lfgen" run net.lfs net.csv --class
refuse 1 'is not a feature, which is an integer of 32 bits' "$lfgen" run net.lfs net.csv \
	--raw-features
refuse 2 'compare needs a model, a snapshot and rows' "$lfgen" compare net.onnx net.lfs
refuse 1 'the model has 8 inputs and 3 outputs, the snapshot 6 and 3' "$lfgen" compare net.onnx \
	forest.lfs net.csv
refuse 1 'of its range, more than 1e-06 %' sh \
	-c '"$0" compare net.onnx net.lfs net.csv --max-error 1e-6 2>&1 >/dev/null' "$lfgen"
refuse 2 'module needs -o DIR' "$lfgen" module net.lfs
refuse 1 'Not a directory' "$lfgen" module net.lfs -o keep.lfs

aurora=${LITEFLOW_SHARED:-$top/../shared}/data/aurora
if [ -r "$aurora/aurora_float.onnx" ]; then
	runs "Aurora builds" "$lfgen" build -q "$aurora/aurora_float.onnx" \
		--calib "$aurora/representative_dataset.npy" -o aurora.lfs
	"$lfgen" run aurora.lfs "$aurora/representative_dataset.npy" >aurora.out
	grep -v '^#' "$aurora/aurora_float_out.csv" | paste -d, - aurora.out | awk -F, '
		{
			e = $1 - $2
			if (e < 0) e = -e
			if (e > m) m = e
			if (NR == 1 || $1 < lo) lo = $1
			if (NR == 1 || $1 > hi) hi = $1
		}
		END {
			printf "largest error %g, %.4f %% of the range, %d rows\n", m,
				100 * m / (hi - lo), NR
			exit !(NR == 60 && m <= 0.002 * (hi - lo))
		}' >log
	if [ $? = 0 ]; then ok "Aurora: $(cat log)"; else not_ok "Aurora" "$(cat log)"; fi
	runs "Aurora int8 builds without calibration" "$lfgen" build \
		-q "$aurora/aurora_int_quan_model.tflite" -o int8.lfs
	runs "and equals its own integers on all rows" "$lfgen" compare \
		"$aurora/aurora_int_quan_model.tflite" int8.lfs \
		"$aurora/representative_dataset.npy" --max-error 0
else
	skip "Aurora: no data in $aurora"
fi

finish
