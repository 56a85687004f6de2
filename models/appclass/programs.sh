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

# shellcheck source=models/appclass/servers.sh
. models/appclass/servers.sh
# shellcheck source=models/appclass/programs_other.sh
. models/appclass/programs_other.sh

# --- interactive

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
