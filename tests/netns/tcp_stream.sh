#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What goes to the sample stream of a connection, checked against what tracepoints, ss and the
# program say; in a test machine in virtual time:
#
#	tests/vm/run uml-time tests/netns/tcp_stream.sh [TEST...]
set -u
# shellcheck source=tests/netns/tcp_lib.sh
. "$(dirname "$0")/tcp_lib.sh"

ALL_TESTS="lossless noisy lossy handshake leaves unsampled unload"

# Sends $1 bytes from port $2, writes what the handshake sent again to $tmp/syns, lets ss speak into
# $tmp/ss when all bytes have arrived, and with $3 changes to that congestion control before it
# closes. Prints how long it took from connect to the last acknowledgement, in us.
transfer() {
	python3 - "$tmp/ss" "$tmp/syns" "$@" <<-'PY'
		import fcntl, socket, struct, subprocess, sys, termios, time
		out, syns, size, port = *sys.argv[1:3], *map(int, sys.argv[3:5])
		TOTAL_RETRANS = 100	# in struct tcp_info, linux/tcp.h
		s = socket.socket()
		s.bind(("", port))
		s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"liteflow")
		s.connect(("10.8.2.1", 5203))
		info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TOTAL_RETRANS + 4)
		with open(syns, "w") as f:
		    f.write("%d\n" % struct.unpack_from("I", info, TOTAL_RETRANS))
		start = time.monotonic()
		s.sendall(bytes(size))
		while struct.unpack("i", fcntl.ioctl(s, termios.TIOCOUTQ, bytes(4)))[0]:
		    time.sleep(0.001)
		print(int((time.monotonic() - start) * 1e6))
		with open(out, "w") as f:
		    subprocess.run(["ss", "-tinH", "sport = %d" % port], stdout=f)
		for cc in sys.argv[5:]:
		    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, cc.encode())
		s.close()
	PY
}

# A recorded transfer: files $tmp/rec.csv, ends.csv, i (the intervals that asked the model),
# $tmp/us.
recorded() {
	local pid
	trace_on
	"$top/build/bin/lfctl" record -o "$tmp/rec.csv" --outcomes "$tmp/ends.csv" tcp \
		2>"$tmp/report" &
	pid=$!
	sleep 0.3
	transfer "$@" >"$tmp/us"
	sleep 1.5
	kill -TERM $pid
	wait $pid || not_ok "record: $(cat "$tmp/report")"
	intervals "$2" | grep -v 'action=0 ' >"$tmp/i"
}

# Columns of a CSV file by their names, separated by spaces.
columns() {
	awk -F, -v names="${*:2}" '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(names, want, " "); next }
	{ for (i = 1; i <= n; i++) printf "%s%s", $at[want[i]], i < n ? " " : "\n" }' "$1"
}

# The number behind "$1" or "$1:" in ss's words; 0 if there is none.
of_ss() {
	awk -v w="$1:" '{
			for (i = 1; i <= NF; i++)
				if (index($i, w) == 1)
					n = substr($i, length(w) + 1)
		}
		END { print n + 0 }' "$tmp/ss"
}

# Segments that were sent again, SYNs among them, as ss has them: "retrans:now/total".
total_retrans() { grep -o 'retrans:[0-9]*/[0-9]*' "$tmp/ss" | cut -d/ -f2 | grep . || echo 0; }

# Numbers of the traced intervals in $tmp/i, one line each.
of_trace() { awk -v names="$*" '
	{ n = split(names, want, " "); split("", v)
	  for (i = 1; i <= NF; i++) {
		eq = index($i, "=")
		if (eq)
			v[substr($i, 1, eq - 1)] = substr($i, eq + 1)
	  }
	  for (i = 1; i <= n; i++) printf "%s%s", v[want[i]], i < n ? " " : "\n" }' "$tmp/i"; }

same_files() {
	if cmp -s "$2" "$3"; then
		ok "$1 ($(wc -l <"$2") lines)"
	else
		not_ok "$1: $(diff "$2" "$3" | head -6)"
	fi
}

# Each sample is the interval that the tracepoint saw: the model's input, its action, the reward
# terms, the flow.
samples_are_intervals() {
	is "samples" "$(($(wc -l <"$tmp/rec.csv") - 1))" -gt 20
	columns "$tmp/rec.csv" cc.latency_ratio.9 y.size flow r.cc.latency_ratio.9 \
		r.cc.conn_min_us >"$tmp/a"
	of_trace ratio action flow ratio least_us | awk '{ $2 /= 65536; print }' >"$tmp/b"
	same_files "input, action, flow, delay" "$tmp/a" "$tmp/b"
	columns "$tmp/rec.csv" r.cc.loss_ratio >"$tmp/a"
	of_trace lost delivered | awk '{ print int($1 * 65536 / ($1 + $2)) }' >"$tmp/b"
	same_files "loss" "$tmp/a" "$tmp/b"
	# log2 of bytes/s in 1/256: one step for roundings.
	columns "$tmp/rec.csv" r.cc.delivered_log2 >"$tmp/a"
	of_trace delivered us | awk '{ print 256 * log(1 + $1 * 1448 * 1e6 / $2) / log(2) }' |
		paste -d' ' "$tmp/a" - >"$tmp/b"
	is "throughput: differing" "$(awk '$1 > $2 + 1 || $1 < $2 - 1' "$tmp/b" | wc -l)" -eq 0
	is "kinds and reasons" "$(columns "$tmp/rec.csv" attach reason class | sort -u)" = "3 0 -1"
	is "packets never fall" \
		"$(columns "$tmp/rec.csv" packets |
			awk '$1 < n { bad++ } { n = $1 } END { print bad + 0 }')" \
		-eq 0
}

# The outcome is what ss says at the end, less the retransmissions of the handshake: the congestion
# control starts after it. Lines: bytes, packets, retransmissions.
outcome_is() {
	is "outcomes" "$(($(wc -l <"$tmp/ends.csv") - 1))" -eq 1
	columns "$tmp/ends.csv" bytes packets retrans flow end >"$tmp/a"
	echo "$(of_ss bytes_sent) $(of_ss data_segs_out)" \
		"$(($(total_retrans) - $(cat "$tmp/syns")))" \
		"$(columns "$tmp/rec.csv" flow | tail -1) $1" >"$tmp/b"
	same_files "bytes, packets, retransmissions, flow, end" "$tmp/a" "$tmp/b"
}

swing() {
	columns "$tmp/rec.csv" r.cc.swing_us | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

lossless() {
	path 10 20 100
	ctl slot add tcp sample 1
	policy quick 1 -10
	works activate quick
	recorded 2000000 40101
	samples_are_intervals
	outcome_is 0
	is "bytes, once each" "$(columns "$tmp/ends.csv" bytes)" -eq 2000000
	is "median swing of a quiet path, us" "$(swing)" -eq 0
	is "none lost" "$(columns "$tmp/rec.csv" r.cc.loss_ratio | sort -u)" -eq 0
	is "duration: per cent of the program's" \
		"$(percent "$(columns "$tmp/ends.csv" duration_us)" "$(cat "$tmp/us")")" -ge 98
	is "duration: per cent of the program's" \
		"$(percent "$(columns "$tmp/ends.csv" duration_us)" "$(cat "$tmp/us")")" -le 105
	# The link: 10 Mbit/s carry 1,204 kB/s of TCP, the path has 20 ms.
	is "median throughput, per cent of the link" \
		"$(columns "$tmp/rec.csv" r.cc.delivered_log2 | sort -n | awk '{ v[NR] = $1 }
			END { print int(100 * 2 ^ (v[int((NR + 1) / 2)] / 256) / 1204000) }')" \
		-ge 85
	is "least delay, us" "$(columns "$tmp/rec.csv" r.cc.conn_min_us | sort -n | head -1)" \
		-ge 20000
	is "least delay, us" "$(columns "$tmp/rec.csv" r.cc.conn_min_us | sort -n | tail -1)" \
		-le 25000
}

# Noise is in a term of its own: samples rise and fall by some of the 8 ms between the least and the
# greatest delay of the way back, in order.
noisy() {
	path 50 20 400
	s tc qdisc replace dev s0 root netem delay 24ms 4ms rate 10gbit limit 100000
	# The floor takes turns with the policy: that one alone has samples, and few of them here.
	recorded 240000000 40106
	path 10 20 100
	is "samples" "$(($(wc -l <"$tmp/rec.csv") - 1))" -gt 20
	is "median swing, us" "$(swing)" -ge 1000
	is "median swing, us" "$(swing)" -le 8000
}

lossy() {
	path 10 20 100
	every_nth_lost 61
	recorded 2000000 40102
	samples_are_intervals
	outcome_is 0
	is "retransmitted" "$(columns "$tmp/ends.csv" retrans)" -gt 0
	is "bytes less those sent again" \
		"$(($(columns "$tmp/ends.csv" bytes) - $(of_ss bytes_retrans)))" -eq 2000000
	is "intervals with losses" "$(columns "$tmp/rec.csv" r.cc.loss_ratio | grep -cv '^0$')" \
		-gt 0
	every_nth_lost ""
}

# A SYN that is sent again is none of the connection's retransmissions.
handshake() {
	every_nth_lost 2 "tcp flags & (syn|ack) == syn"
	recorded 2000000 40105
	every_nth_lost ""
	outcome_is 0
	is "SYNs sent again" "$(cat "$tmp/syns")" -eq 1
	is "retransmitted" "$(columns "$tmp/ends.csv" retrans)" -eq 0
}

# A connection that goes on under another congestion control has not ended.
leaves() {
	recorded 2000000 40103 cubic
	outcome_is 3
}

# Outcomes are those of sampled flows.
unsampled() {
	ctl slot set tcp sample 1000000
	recorded 2000000 40104
	is "intervals that asked" "$(wc -l <"$tmp/i")" -gt 20
	is "samples" "$(($(wc -l <"$tmp/rec.csv") - 1))" -eq 0
	is "outcomes" "$(($(wc -l <"$tmp/ends.csv") - 1))" -eq 0
}

# shellcheck disable=SC2048,SC2086
run ${*:-$ALL_TESTS}
