# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The traffic of the captures, on top of tests/lab/lab.sh: real servers in the server's namespace,
# and for each program a function that runs it once or for a while. A program is known by its
# server's port (train.py has the table), so every program has its own. Sourced by capture, inside a
# test machine.
#
# Needs, besides tests/vm/packages: see the list in make. What REPLY holds is split into words on
# purpose, and mtu is capture's.
# shellcheck disable=SC2206,SC2154

# pick A B C...: one of them, in REPLY. A subshell would have its own RANDOM.
pick() { local n=$((1 + RANDOM % $#)); REPLY=${!n}; }

# between LOW HIGH: a number, in REPLY.
between() { REPLY=$(($1 + RANDOM % ($2 - $1 + 1))); }

# rest LOW HIGH: sleep so many milliseconds.
rest() { between "$1" "$2"; sleep "$((REPLY / 1000)).$(printf %03d $((REPLY % 1000)))"; }

# The server's address, of either version (IPv6 needs an MTU of 1280).
server_address() {
	if [ "$mtu" -ge 1280 ] && [ $((RANDOM % 3)) = 0 ]; then
		REPLY=fd77:2::2
	else
		REPLY=$LAB_SERVER
	fi
}

# client SECONDS COMMAND...: in the client's namespace, ended after SECONDS; nothing of what it says
# is of interest.
client() { lab_ns client timeout -k 2 "$@" >/dev/null 2>>"$LAB/log" </dev/null; }

# --- servers
# --------------------------------------------------------------------------------------------------

zoo_servers() {
	zoo_files
	zoo_nginx
	lab_spawn server rsync --daemon --no-detach --config="$LAB/rsyncd.conf"
	lab_spawn server git daemon --base-path="$LAB/git" --export-all --port=9418 --reuseaddr
	lab_spawn server unbound -d -c "$LAB/unbound.conf"
	lab_spawn server socat TCP6-LISTEN:23,fork,reuseaddr,ipv6only=0 \
		EXEC:"/usr/sbin/telnetd -h -E $LAB/shell"
	lab_spawn server mosquitto -c "$LAB/mosquitto.conf"
	lab_spawn server redis-server --port 6379 --bind 0.0.0.0 :: --protected-mode no --save '' \
		--dir "$LAB"
	lab_spawn server memcached -u root -p 11211 -l 0.0.0.0,::
	lab_spawn server snmpd -f -Le -C -c "$LAB/snmpd.conf" udp:161 udp6:161
	lab_spawn server chronyd -d -x -u root -f "$LAB/chrony.conf"
	lab_spawn server in.tftpd -L -a :69 -R 6900:6999 --secure "$LAB/www"
	lab_spawn server socat -u UDP6-RECV:514,ipv6only=0 OPEN:/dev/null
	lab_spawn server iperf3 -s -p 5210
	lab_spawn server iperf3 -s -p 5211
	lab_spawn server ITGRecv
	lab_spawn server coap-server-notls -d 10
	lab_spawn server gtlsserver -q --htdocs="$LAB/www" '*' 4433 "$LAB/tls/key" "$LAB/tls/crt"
	lab_spawn server gtlsserver -q --htdocs="$LAB/www" '*' 4434 "$LAB/tls/key" "$LAB/tls/crt"
	lab_spawn server sipp -sn uas -nostdin -i $LAB_SERVER -p 5060
	lab_wait 60 lab_listening 23 443 873 1883 5210 6379 8081 9418 11211 || :
}

zoo_files() {
	local n
	mkdir -p "$LAB"/{git,www/apt/small,www/apt/big,tls,tmp}
	for n in 200 400 800 1600 3200 6400 12800; do
		head -c $((n * 1024)) /dev/urandom >"$LAB/www/$n.bin"
	done
	zoo_git "$LAB/git/small" 12 2
	zoo_git "$LAB/git/big" 6 1500
	git --git-dir="$LAB/git/small/.git" update-server-info
	zoo_apt small 400
	zoo_apt big 60000
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab -keyout "$LAB/tls/key" \
		-out "$LAB/tls/crt" 2>>"$LAB/log"
	printf '#!/bin/bash\nexport PS1="$ " TERM=xterm\nexec bash --norc -i\n' >"$LAB/shell"
	chmod 755 "$LAB/shell"
	printf 'uid = 0\ngid = 0\nuse chroot = no\nport = 873\n[www]\npath = %s\nread only = no\n' \
		"$LAB/www" >"$LAB/rsyncd.conf"
	printf 'listener 1883\nallow_anonymous true\n' >"$LAB/mosquitto.conf"
	printf 'rocommunity public\nrocommunity6 public\n' >"$LAB/snmpd.conf"
	printf 'local stratum 8\nallow all\ncmdport 0\npidfile %s/chronyd.pid\n' "$LAB" \
		>"$LAB/chrony.conf"
	zoo_unbound >"$LAB/unbound.conf"
	zoo_questions >"$LAB/questions"
	# writes the registry, which takes a while
		GST_REGISTRY=$LAB/gstreamer gst-inspect-1.0 --exists opusenc
}

zoo_git() {		# DIRECTORY FILES KB
	local i
	git init -q "$1" 2>>"$LAB/log"
	for ((i = 0; i < $2; i++)); do head -c $(($3 * 1024)) /dev/urandom >"$1/file$i"; done
	git -C "$1" add .
	git -C "$1" -c user.name=lab -c user.email=lab@lab.example commit -q -m lab
}

# A flat archive that apt can update from.
zoo_apt() {		# NAME PACKAGES
	local dir=$LAB/www/apt/$1
	awk -v n="$2" 'BEGIN {
		srand(n)
		for (i = 0; i < n; i++) {
			printf "Package: p%d\nVersion: %d.%d\n", i, rand() * 9, rand() * 99
			printf "Architecture: all\nFilename: p%d.deb\n", i
			printf "Size: %d\nDescription: %f\n\n", rand() * 1e6, rand()
		}
	}' >"$dir/Packages"
	printf 'Date: %s\nSHA256:\n %s %s Packages\n' \
		"$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S UTC')" \
		"$(sha256sum "$dir/Packages" | cut -d' ' -f1)" "$(stat -c %s "$dir/Packages")" \
		>"$dir/Release"
}

zoo_unbound() {
	local i
	cat <<-END
		server:
		username: ""
		chroot: ""
		do-daemonize: no
		use-syslog: no
		pidfile: "$LAB/unbound.pid"
		directory: "$LAB"
		interface: 0.0.0.0
		interface: ::0
		port: 5353
		access-control: 0.0.0.0/0 allow
		access-control: ::/0 allow
		local-zone: "lab.example." static
	END
	for ((i = 0; i < 40; i++)); do
		echo "local-data: \"h$i.lab.example. IN A 10.77.2.$i\""
		echo "local-data: \"h$i.lab.example. IN AAAA fd77:2::$i\""
		((i % 4)) || printf "local-data: 'h%d.lab.example. IN TXT \"%s\"'\n" $i \
			"$(printf "%$((i * 6))s" x | tr ' ' k)"
	done
}

# Names as they are asked one after the other, for dnsperf.
zoo_questions() {
	local i types=(A A A AAAA AAAA TXT MX)
	for ((i = 0; i < 400; i++)); do
		echo "h$((RANDOM % 60)).lab.example ${types[RANDOM % 7]}"
	done
}

# Ports that tell programs apart: 8081 wrk and ab, 8082 git, 8083 apt's small index, 8084 large
# files, 8085 apt's large index, 8086 one connection for many small requests, 443 pages over TLS,
# 8443 large files over HTTP/2, 8444 the segments of a film.
zoo_nginx() {
	mkdir -p "$LAB/nginx-zoo"
	cat >"$LAB/nginx-zoo/nginx.conf" <<-END
		daemon off;
		master_process off;
		user root;
		pid $LAB/nginx-zoo/pid;
		error_log $LAB/nginx-zoo/error.log;
		events { worker_connections 512; }
		http {
			access_log off;
			keepalive_requests 100000;
			client_body_temp_path $LAB/nginx-zoo/body;
			proxy_temp_path $LAB/nginx-zoo/proxy;
			fastcgi_temp_path $LAB/nginx-zoo/fastcgi;
			uwsgi_temp_path $LAB/nginx-zoo/uwsgi;
			scgi_temp_path $LAB/nginx-zoo/scgi;
			ssl_certificate $LAB/tls/crt;
			ssl_certificate_key $LAB/tls/key;
			server {
				listen 8081; listen [::]:8081; listen 8083; listen [::]:8083;
				listen 8084; listen [::]:8084;
				listen 8085; listen [::]:8085; listen 8086; listen [::]:8086;
				listen 443 ssl; listen [::]:443 ssl;
				listen 8444 ssl; listen [::]:8444 ssl;
				listen 8443 ssl http2; listen [::]:8443 ssl http2;
				root $LAB/www;
			}
			server { listen 8082; listen [::]:8082; root $LAB/git; }
		}
	END
	lab_spawn server nginx -c "$LAB/nginx-zoo/nginx.conf" -p "$LAB/nginx-zoo" \
		-e "$LAB/nginx-zoo/error.log"
}

# http HOST PORT: a base address in REPLY.
http() { case $1 in *:*) REPLY="http://[$1]:$2" ;; *) REPLY="http://$1:$2" ;; esac }

# --- interactive
# --------------------------------------------------------------------------------------------------

# No ps: in virtual time it cannot tell when the machine was started. No top, which looks at /proc
# while processes end: see README.md about machines that hang.

# What a person types: a speed of their own, bursts and pauses, commands with small, large and
# refreshing output.
keys() {		# SECONDS
	local until=$((SECONDS + $1)) line i low high
	local lines=('ls -l /usr/bin | head -40' 'echo hello world' 'uname -a' 'cat /proc/meminfo' \
		'date' 'pwd' 'ls' 'cd /tmp'
		'ls -l /etc | tail -15' 'grep -r main /etc/hosts' \
			'slabtop -o | head -30' 'cat /etc/passwd' \
			'for i in 1 2 3 4; do date; sleep 1; done')
	pick 40 60 90 150; low=$REPLY
	pick 120 250 400; high=$((low + REPLY))
	sleep 1
	while [ $SECONDS -lt $until ]; do
		pick "${lines[@]}"; line=$REPLY
		for ((i = 0; i < ${#line}; i++)); do
			printf '%s' "${line:i:1}"
			rest $low $high
			[ $SECONDS -lt $until ] || break
		done
		printf '\r'
		rest 100 2000
	done
	printf '\003\rexit\r'
	sleep 1
}

on_terminal() {
	timeout -k 2 "$1" script -qec "stty rows 40 cols 120; $2" /dev/null >/dev/null 2>>"$LAB/log"
}

zoo_ssh() {
	between 5 25; local seconds=$REPLY
	server_address
	keys "$seconds" | lab_ns client timeout -k 2 $((seconds + 15)) ssh -q -tt -F none \
		-i "$LAB/ssh/user" -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null "root@$REPLY" \
		'PS1="$ " exec bash --norc -i' >/dev/null 2>>"$LAB/log"
}

# A full-screen program that refreshes itself, keys now and then.
zoo_screen() {
	between 6 20; local seconds=$REPLY
	server_address; local host=$REPLY
	pick 1 1 2 3
	(sleep "$seconds"; printf q; sleep 1) |
		lab_ns client timeout -k 2 $((seconds + 15)) ssh -q -tt -F none -i "$LAB/ssh/user" \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "root@$host" \
		"TERM=xterm slabtop -d $REPLY" >/dev/null 2>>"$LAB/log"
}

zoo_telnet() {
	between 5 25; local seconds=$REPLY
	server_address
	keys "$seconds" | lab_ns client bash -c "$(declare -f on_terminal); LAB=$LAB
		on_terminal $((seconds + 10)) 'TERM=xterm telnet $REPLY'"
}

zoo_mosh() {
	between 8 25; local seconds=$REPLY port key
	server_address; local host=$REPLY
	read -r _ _ port key < <(LC_ALL=C.UTF-8 lab_ns server timeout 10 mosh-server new -i \
		"$host" -p 60001:60040 -- "$LAB/shell" 2>/dev/null | grep -a 'MOSH CONNECT')
	key=${key%$'\r'}
	[ -n "$key" ] || { sleep 5; return; }
	keys "$seconds" | LC_ALL=C.UTF-8 TERM=xterm MOSH_KEY=$key lab_ns client bash -c \
		"$(declare -f on_terminal); LAB=$LAB
		on_terminal $((seconds + 5)) 'mosh-client $host $port'"
}

# --- request
# --------------------------------------------------------------------------------------------------

pages() {		# BASE OPTION...: one to twelve small objects over one connection
	local base=$1 urls=() i n; shift
	between 1 12; n=$REPLY
	for ((i = 0; i < n; i++)); do
		pick 1 2 4 8 16 24 32 48 64 96
		urls+=(-o /dev/null "$base/$REPLY.bin")
	done
	client 40 curl -s -m 30 "$@" "${urls[@]}"
}

zoo_curl() { server_address; http "$REPLY" 80; pages "$REPLY"; rest 100 900; }
zoo_tls() { server_address; http "$REPLY" 443; pages "${REPLY/http:/https:}" -k; rest 100 900; }

# Think time between the requests of one connection.
zoo_browse() {
	server_address
	http "$REPLY" 8086
	local base=$REPLY
	pick 20 60 120
	pages "$base" --rate "$REPLY/m"
	rest 100 900
}

# Pages over QUIC, which needs datagrams of 1,200 bytes.
quic() {		# PORT SIZE...
	local port=$1 host urls=() size; shift
	[ "$mtu" -ge 1280 ] || { sleep 5; return; }
	server_address; host=$REPLY
	for size; do urls+=("https://lab/$size.bin"); done
	client 60 gtlsclient -q --exit-on-all-streams-close "$host" "$port" "${urls[@]}"
}

zoo_quic() {
	local sizes=() i n
	between 1 10; n=$REPLY
	for ((i = 0; i < n; i++)); do pick 1 2 4 8 16 24 32 48; sizes+=("$REPLY"); done
	quic 4433 "${sizes[@]}"
	rest 100 2000
}

zoo_wrk() {
	server_address; http "$REPLY" 8081; local base=$REPLY
	pick 1 2 4 8 16; local size=$REPLY
	pick 1 2 3; local threads=$REPLY
	between 1 3
	client 20 wrk -t 1 -c "$threads" -d "$REPLY" "$base/$size.bin"
	rest 1000 6000
}

zoo_ab() {
	server_address; http "$REPLY" 8081; local base=$REPLY
	pick 1 4 16 32; local size=$REPLY
	between 2 20; local n=$REPLY
	pick -k -q
	client 20 ab -q "$REPLY" -n "$n" -c 1 "$base/$size.bin"
	rest 500 3000
}

zoo_git_small() {
	server_address; http "$REPLY" 8082
	client 30 git clone -q "$REPLY/small/.git" "$LAB/tmp/git.$RANDOM$RANDOM"
	rest 1000 4000
}

apt_update() {		# URL
	local dir=$LAB/tmp/apt.$RANDOM$RANDOM
	mkdir -p "$dir"/{lists/partial,cache/archives/partial,state}
	echo "deb [trusted=yes] $1 ./" >"$dir/sources.list"
	client 90 apt-get -q update -o Dir::State="$dir/state" -o Dir::State::Lists="$dir/lists" \
		-o Dir::Cache="$dir/cache" \
		-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o APT::Sandbox::User=root \
		-o Acquire::Languages=none -o Acquire::http::Proxy=false
	rm -rf "$dir"
}

zoo_apt_small() {
	server_address
	http "$REPLY" 8083
	apt_update "$REPLY/apt/small"
	rest 1000 5000
}

# --- bulk
# --------------------------------------------------------------------------------------------------

zoo_iperf() {		# PORT
	local args=(-p "$1" -i 0)
	server_address; args+=(-c "$REPLY")
	between 2 10; args+=(-t "$REPLY")
	pick -R -R ''; args+=($REPLY)
	pick '' '' '-P 2' '-l 4K'; args+=($REPLY)
	client 30 iperf3 "${args[@]}"
	rest 500 4000
}

zoo_scp() {
	local opts=(-q -P 2022 -F none -i "$LAB/ssh/user" -o StrictHostKeyChecking=no -o \
		UserKnownHostsFile=/dev/null) host
	server_address; host=$REPLY; case $host in *:*) host="[$host]" ;; esac
	pick 800 1600 3200 6400
	if [ $((RANDOM % 2)) = 0 ]; then
		client 60 scp "${opts[@]}" "root@$host:$LAB/www/$REPLY.bin" "$LAB/tmp/scp.down"
	else
		client 60 scp "${opts[@]}" "$LAB/www/$REPLY.bin" "root@$host:$LAB/tmp/scp.up"
	fi
	rest 1000 5000
}

zoo_rsync() {
	local host dir=$LAB/tmp/rsync.$RANDOM
	server_address; host=$REPLY; case $host in *:*) host="[$host]" ;; esac
	pick 800 1600 3200 6400
	if [ $((RANDOM % 3)) != 0 ]; then
		client 60 rsync -a "rsync://$host/www/$REPLY.bin" "$dir/"
	else
		client 60 rsync -a "$LAB/www/$REPLY.bin" "rsync://$host/www/up/"
	fi
	rm -rf "$dir"
	rest 1000 5000
}

zoo_download() {
	server_address; http "$REPLY" 8084; local base=$REPLY
	pick 800 1600 3200 6400; local size=$REPLY
	pick '' '' '--limit-rate 300k'
	# shellcheck disable=SC2086
	client 60 curl -s $REPLY -o /dev/null "$base/$size.bin"
	rest 500 4000
}

zoo_quic_big() { pick 800 1600 3200 6400 12800; quic 4434 "$REPLY"; rest 1000 5000; }

zoo_h2() {
	server_address; http "$REPLY" 8443; local base=${REPLY/http:/https:}
	pick 1600 3200 6400 12800
	client 60 curl -sk --http2 -o /dev/null "$base/$REPLY.bin"
	rest 1000 5000
}

# A film: a segment every few seconds over one connection.
zoo_film() {
	server_address; http "$REPLY" 8444; local base=${REPLY/http:/https:} urls=() i n
	pick 400 800 1600; local size=$REPLY
	between 3 8; n=$REPLY
	for ((i = 0; i < n; i++)); do urls+=(-o /dev/null "$base/$size.bin"); done
	pick 15 20 30
	client 60 curl -sk --rate "$REPLY/m" "${urls[@]}"
	rest 1000 5000
}

zoo_git_big() {
	local dir=$LAB/tmp/git.$RANDOM$RANDOM
	client 60 git clone -q "git://$LAB_SERVER/big/.git" "$dir"
	rm -rf "$dir"
	rest 2000 8000
}

zoo_apt_big() { server_address; http "$REPLY" 8085; apt_update "$REPLY/apt/big"; rest 2000 8000; }

# --- media
# --------------------------------------------------------------------------------------------------

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
# --------------------------------------------------------------------------------------------------

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
# --------------------------------------------------------------------------------------------------

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
