# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Programs of the classes media, lookup and other (programs.sh, which sources this file).
# shellcheck disable=SC2206,SC2154

# --- media

# Calls and cameras of many makes. Who sends is the server for ports below 5050, the client above.
zoo_rtp() {		# PORT
	local from=server host=10.77.1.2 port=$1 chain ms rate
	[ "$port" -lt 5050 ] || { from=client; host=$LAB_SERVER; }
	if [ "$mtu" -ge 1280 ] && [ $((RANDOM % 3)) = 0 ]; then
		host=${host/10.77.1.2/fd77:1::2}
		host=${host/$LAB_SERVER/fd77:2::2}
	fi
	between 4 14; local seconds=$REPLY
	pick 10 20 20 20 30 40; ms=$REPLY
	case $((RANDOM % 8)) in
	0 | 1) chain="audiotestsrc is-live=true samplesperbuffer=$((ms * 8)) !
			audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay" ;;
	2) chain="audiotestsrc is-live=true samplesperbuffer=$((ms * 16)) !
			audio/x-raw,rate=16000,channels=1 ! audioconvert ! rtpL16pay" ;;
	3 | 4) pick 8000 16000 24000 48000 96000; rate=$REPLY
		pick sine ticks pink-noise
		chain="audiotestsrc wave=$REPLY is-live=true samplesperbuffer=960 !
			audio/x-raw,rate=48000,channels=1 !
			opusenc bitrate=$rate frame-size=20 bitrate-type=$((RANDOM % 2)) !
			rtpopuspay" ;;
	5 | 6) pick 200000 500000 1000000 1800000; rate=$REPLY
		pick 10 15 25 30; local fps=$REPLY
		pick ball snow smpte
		chain="videotestsrc pattern=$REPLY is-live=true !
			video/x-raw,width=320,height=240,framerate=$fps/1 !
			vp8enc deadline=1 cpu-used=16 keyframe-max-dist=60 target-bitrate=$rate !
			rtpvp8pay mtu=$((mtu < 1200 ? mtu - 48 : 1200))" ;;
	7) pick 10 15 25
		chain="videotestsrc pattern=ball is-live=true !
			video/x-raw,width=160,height=120,framerate=$REPLY/1 ! jpegenc quality=60 !
			rtpjpegpay mtu=$((mtu < 1400 ? mtu - 48 : 1400))" ;;
	esac
	# shellcheck disable=SC2086
	GST_REGISTRY=$LAB/gstreamer GST_REGISTRY_UPDATE=no lab_ns $from timeout -k 2 "$seconds" \
		gst-launch-1.0 -q $chain ! udpsink host=$host port="$port" \
		>>"$LAB/log" 2>&1 </dev/null
	rest 300 2000
}

# D-ITG's sender, which waits in a loop for its time to come. In virtual time nobody preempts for
# being woken (capture) but what is idle, so it is.
itg() {			# SECONDS ARGUMENT...
	local idle=()
	[ "$LF_MACHINE" != uml-time ] || idle=(chrt -i 0)
	client "$1" "${idle[@]}" ITGSend -a $LAB_SERVER "${@:2}"
}

# A call by D-ITG's model of one. Held out whole: the classifier must know a call when it hears one.
zoo_voip() {
	pick G.711.1 G.711.2 G.729.2 G.729.3 G.723.1; local codec=$REPLY
	between 5 12
	itg $((REPLY + 6)) -rp $((8800 + RANDOM % 50)) -t $((REPLY * 1000)) VoIP -x "$codec" -h RTP
	rest 500 2000
}

# --- lookup

zoo_dig() {		# PORT
	local args=(+tries=1 +time=2 -p "$1")
	server_address; args+=("@$REPLY")
	[ $((RANDOM % 4)) != 0 ] || args+=(+tcp)
	pick '' '' +dnssec +noedns +nocookie; args+=($REPLY)
	pick "h$((RANDOM % 40))" "h$((RANDOM % 40))" "$RANDOM" \
		"a.rather.long.name.of.some.kind.$RANDOM$RANDOM"
	args+=("$REPLY.lab.example")
	pick A A AAAA TXT MX; args+=("$REPLY")
	client 5 dig "${args[@]}"
	rest 50 500
}

# One resolver that asks another: many questions from one port.
zoo_resolver() {		# PORT
	server_address; local host=$REPLY
	between 3 12; local seconds=$REPLY
	pick 1 2 5 15 40
	client $((seconds + 5)) dnsperf -s "$host" -p "$1" -d "$LAB/questions" -c 1 -T 1 \
		-l "$seconds" -Q "$REPLY"
	rest 500 3000
}

# --- other

zoo_ping() {
	local args=()
	server_address; args+=("$REPLY")
	pick 1 0.2 0.5 0.05 0.01; args+=(-i "$REPLY")
	between 8 1400; args+=(-s "$REPLY")
	between 2 12
	client "$REPLY" ping -q "${args[@]}"
	rest 300 1500
}

zoo_flood() {
	server_address; local host=$REPLY
	between 8 1400
	client 2 ping -q -f -s "$REPLY" "$host"
	rest 3000 9000
}

zoo_ntp() {
	client 15 chronyd -Q -t 10 "server $LAB_SERVER iburst maxsamples $((1 + RANDOM % 4))"
	rest 200 1500
}

# Datagrams at a steady or an absurd rate, either way.
zoo_udp() {		# PORT
	local args=(-u -p "$1" -i 0)
	server_address; args+=(-c "$REPLY")
	pick 50k 200k 1m 4m 12m 30m; args+=(-b "$REPLY")
	pick 64 120 300 500 1000 1200 1400; args+=(-l "$((REPLY < mtu - 48 ? REPLY : mtu - 48))")
	pick -R ''; args+=($REPLY)
	between 2 6; args+=(-t "$REPLY")
	client 20 iperf3 "${args[@]}"
	rest 1000 4000
}

# Sensors that publish, and somebody who listens.
zoo_mqtt() {
	between 8 25; local seconds=$REPLY host listener until=$((SECONDS + REPLY))
	server_address; host=$REPLY
	client "$seconds" mosquitto_sub -h "$host" -t 'lab/#' -q $((RANDOM % 3)) &
	listener=$!
	while [ $SECONDS -lt $until ]; do
		printf 'temperature %d.%d humidity %d\n' $((RANDOM % 40)) $((RANDOM % 10)) \
			$((RANDOM % 100))
		rest 100 3000
	done | lab_ns client timeout -k 2 "$seconds" mosquitto_pub -h "$host" -t lab/sensor \
		-q $((RANDOM % 3)) -l >>"$LAB/log" 2>&1
	wait $listener
	rest 300 1500
}

zoo_redis() {
	server_address; local host=$REPLY
	pick 1 8 32; local pipeline=$REPLY
	pick 3 64 1000; local size=$REPLY
	pick get set lpush lrange_100
	client 3 redis-benchmark -q -h "$host" -c 1 -n 400 -P "$pipeline" -d "$size" -t "$REPLY"
	rest 1000 5000
}

zoo_snmp() {
	pick 'snmpwalk -v2c -c public' 'snmpbulkwalk -v2c -c public' 'snmpget -v2c -c public'
	# shellcheck disable=SC2086
	client 8 $REPLY -r 1 $LAB_SERVER 1.3.6.1.2.1.1
	# shellcheck disable=SC2086
	client 4 snmpwalk -v2c -c public -r 1 $LAB_SERVER 1.3.6.1.2.1.2
	rest 500 3000
}

# Lock step over UDP as SNMP's, in programs that training may see: CoAP in blocks, either way, and
# SIP's signalling.
zoo_coap() {
	local uri=coap://$LAB_SERVER/example_data
	between 1 24; head -c $((REPLY * 256)) /dev/urandom >"$LAB/tmp/coap"
	pick 16 32 64 64 128 256 512
	client 12 coap-client-notls -m put -b "$REPLY" -f "$LAB/tmp/coap" "$uri"
	pick 16 32 64 64 128 256 512
	client 12 coap-client-notls -m get -b "$REPLY" -o "$LAB/tmp/coap.down" "$uri"
	rest 500 3000
}

zoo_sip() {
	between 1 20; local calls=$REPLY
	pick 0 0 100 1000
	client 15 sipp $LAB_SERVER:5060 -i 10.77.1.2 -p $((5100 + RANDOM % 900)) -sn uac -nostdin \
		-m "$calls" -l 1 -r 50 -d "$REPLY"
	rest 500 3000
}

zoo_memcached() {
	server_address
	client 8 memcslap --servers="$REPLY:11211" --concurrency=1 \
		--execute-number=$((50 + RANDOM % 400)) --test=set
	client 8 memccp --servers="$LAB_SERVER:11211" "$LAB/www/16.bin"
	rest 1000 4000
}

zoo_tftp() {
	pick 8 32 96 200
	client 20 tftp -m binary -R 41000:41999 $LAB_SERVER -c get "$REPLY.bin" "$LAB/tmp/tftp"
	rest 500 3000
}

zoo_syslog() {
	local i n
	between 3 40; n=$REPLY
	server_address; local host=$REPLY
	[[ $host != *:* ]] || host="[$host]"
	for ((i = 0; i < n; i++)); do
		printf '<13>Jan  1 00:00:00 lab app[%d]: %s\n' $RANDOM \
			"$(head -c $((20 + RANDOM % 500)) /dev/zero | tr '\0' m)"
		rest 1 300
	done | lab_ns client timeout -k 2 20 socat -u \
		- "UDP:$host:514,sourceport=$((30000 + RANDOM % 9000))" \
		>>"$LAB/log" 2>&1
	rest 200 2000
}

# Datagrams at random, by D-ITG: sizes and gaps of many distributions, so that "other" is not just
# the few above.
zoo_random() {
	local args=()
	pick 2 5 10 20 50 100 200; local rate=$REPLY
	pick "-E $rate" "-U $((rate / 2 + 1)) $((rate * 2))" "-O $rate" "-C $rate"; args+=($REPLY)
	pick "-e 120" "-e 500" "-u 20 200" "-u 40 1300" "-u 500 1300" "-o 300" \
		"-c $((RANDOM % 1300 + 20))"
	args+=($REPLY)
	between 3 10
	itg $((REPLY + 6)) -rp $((8700 + RANDOM % 50)) -t $((REPLY * 1000)) "${args[@]}"
	rest 100 1000
}

# Games, by D-ITG's models of their traffic.
zoo_game() {
	pick Quake3 CSa CSi; local game=$REPLY
	between 5 12
	itg $((REPLY + 6)) -rp $((8900 + RANDOM % 50)) -t $((REPLY * 1000)) "$game"
	rest 500 3000
}
