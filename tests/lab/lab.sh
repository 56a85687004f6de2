# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The laboratory: two hosts and a bottleneck in network namespaces, and real programs that talk
# across it. Sourced by the demo, by the capture scripts of models/, and by tests; runs inside a
# test machine, as root.
#
#	 client                     router                      server
#	 c0 10.77.1.2 ---- rc 10.77.1.1   rs 10.77.2.1 ---- s0 10.77.2.2      sshd :22 (scp :2022)
#	    fd77:1::2         fd77:1::1      fd77:2::1         fd77:2::2      nginx :80
#	 netem delay          the bottleneck                                  iperf3 :5201
#	 (half the RTT        is rc's egress                                  dnsmasq :53
#	 is enough)           (download)
#
# Everything it writes lies in $LAB (a tmpfs). Every program that it starts is ended by lab_down, by
# process id.

LAB=${LAB:-/tmp/lab}
LAB_SERVER=10.77.2.2
LAB_PIDS=()

lab_ns() { ip netns exec "lf-$1" "${@:2}"; }

# lab_up DELAY: the topology; DELAY (10ms) is added to what the client sends.
lab_up() {
	local delay=${1:-10ms} ns
	mkdir -p "$LAB"
	for ns in client router server; do
		ip netns add lf-$ns
		lab_ns $ns ip link set lo up
	done
	ip link add c0 netns lf-client type veth peer name rc netns lf-router
	ip link add s0 netns lf-server type veth peer name rs netns lf-router
	lab_address client c0 1 2; lab_address router rc 1 1
	lab_address server s0 2 2; lab_address router rs 2 1
	lab_ns router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	lab_ns client ip route add default via 10.77.1.1
	lab_ns server ip route add default via 10.77.2.1
	lab_ns client ip -6 route add default via fd77:1::1
	lab_ns server ip -6 route add default via fd77:2::1
	lab_ns client tc qdisc add dev c0 root netem delay "$delay" limit 20000
}

lab_address() {		# namespace device subnet host
	lab_ns "$1" ip address add "10.77.$3.$4/24" dev "$2"
	lab_ns "$1" ip address add "fd77:$3::$4/64" dev "$2" nodad
	lab_ns "$1" ip link set "$2" up
}

# lab_spawn NS COMMAND...: in the background, ended by lab_down; output to $LAB/log.
lab_spawn() {
	lab_ns "$@" >>"$LAB/log" 2>&1 </dev/null &
	LAB_PIDS+=($!)
}

lab_down() {
	local pid ns
	for pid in "${LAB_PIDS[@]}"; do kill "$pid" 2>/dev/null; done
	for ns in client router server; do
		for pid in $(ip netns pids lf-$ns 2>/dev/null); do kill "$pid" 2>/dev/null; done
	done
	wait "${LAB_PIDS[@]}" 2>/dev/null
	for ns in client router server; do ip netns del lf-$ns 2>/dev/null; done
	LAB_PIDS=()
	return 0
}

# lab_wait SECONDS COMMAND...: until the command succeeds.
lab_wait() {
	local until=$((SECONDS + $1)); shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.2
	done
}

# --- servers

lab_servers() {
	lab_sshd
	lab_nginx
	lab_dnsmasq
	lab_spawn server iperf3 -s -p 5201
	lab_spawn server iperf3 -s -p 5202
	lab_wait 60 lab_listening 22 80 5201 5202
}

lab_listening() {
	local port
	for port; do lab_ns server ss -Hltn "sport = :$port" | grep -q . || return 1; done
}

lab_sshd() {
	mkdir -p /run/sshd "$LAB/ssh"
	ssh-keygen -q -t ed25519 -N '' -f "$LAB/ssh/host"
	ssh-keygen -q -t ed25519 -N '' -f "$LAB/ssh/user"
	chmod 700 "$LAB/ssh"
	cat >"$LAB/ssh/config" <<-END
		HostKey $LAB/ssh/host
		AuthorizedKeysFile $LAB/ssh/user.pub
		PermitRootLogin prohibit-password
		StrictModes no
		UsePAM no
		PidFile none
		Subsystem sftp internal-sftp
		Port 22
		Port 2022
	END
	lab_spawn server /usr/sbin/sshd -D -e -f "$LAB/ssh/config"
}

lab_nginx() {
	mkdir -p "$LAB/www" "$LAB/nginx"
	local kb
	for kb in 1 2 4 8 16 24 32 48 64 96; do
		head -c $((kb * 1024)) /dev/urandom >"$LAB/www/$kb.bin"
	done
	head -c 30000000 /dev/zero >"$LAB/www/big.bin"
	cat >"$LAB/nginx/nginx.conf" <<-END
		daemon off;
		master_process off;
		user root;
		pid $LAB/nginx/pid;
		error_log $LAB/nginx/error.log;
		events { worker_connections 256; }
		http {
			access_log off;
			client_body_temp_path $LAB/nginx/body;
			proxy_temp_path $LAB/nginx/proxy;
			fastcgi_temp_path $LAB/nginx/fastcgi;
			uwsgi_temp_path $LAB/nginx/uwsgi;
			scgi_temp_path $LAB/nginx/scgi;
			server { listen 80; listen [::]:80; root $LAB/www; }
		}
	END
	lab_spawn server nginx -c "$LAB/nginx/nginx.conf" -p "$LAB/nginx" -e "$LAB/nginx/error.log"
}

lab_dnsmasq() {
	lab_spawn server dnsmasq --no-daemon --no-resolv --no-hosts --conf-file=/dev/null \
		--port=53 --user=root \
		--pid-file= --cache-size=0 --address=/lab.example/10.77.2.2 \
		--address=/lab.example/fd77:2::2 \
		--txt-record=txt.lab.example,"v=spf1 ip4:10.77.2.0/24 include:mail.lab.example -all"
}

# --- programs: each runs for about SECONDS and then ends

# A person at a terminal: keys at 60 to 300 ms, now and then a command whose output is a screenful.
lab_ssh() {
	local seconds=$1 opts=(-q -tt -F none -i "$LAB/ssh/user" -o StrictHostKeyChecking=no -o \
		UserKnownHostsFile=/dev/null)
	lab_keys "$seconds" | lab_ns client timeout $((seconds + 15)) ssh "${opts[@]}" \
		root@$LAB_SERVER 'PS1="$ " exec bash --norc -i' >/dev/null 2>>"$LAB/log"
}

lab_keys() {
	local until=$((SECONDS + $1)) \
		words=('ls -l /usr/bin | head -40' 'echo hello world' \
		'uname -a' 'cat /proc/meminfo' 'date' 'pwd' 'ps aux | tail -15')
	local line i
	sleep 1
	while [ $SECONDS -lt $until ]; do
		line=${words[RANDOM % ${#words[@]}]}
		for ((i = 0; i < ${#line}; i++)); do
			printf '%s' "${line:i:1}"
			sleep "0.$(printf %03d $((60 + RANDOM % 240)))"
			[ $SECONDS -lt $until ] || break
		done
		printf '\n'
		sleep "0.$((RANDOM % 900 + 100))"
	done
	printf 'exit\n'
}

# Pages: a handful of objects over one connection, a pause, the next page.
lab_web() {
	local until=$((SECONDS + $1)) sizes=(1 2 4 8 16 24 32 48 64 96) urls i n host=$LAB_SERVER
	while [ $SECONDS -lt $until ]; do
		urls=()
		for ((i = 0, n = 1 + RANDOM % 8; i < n; i++)); do
			urls+=(-o /dev/null "http://$host/${sizes[RANDOM % 10]}.bin")
		done
		lab_ns client timeout 30 curl -s -m 20 "${urls[@]}" 2>>"$LAB/log"
		sleep "0.$((RANDOM % 800 + 100))"
	done
}

# Long transfers, from the server (-R) unless told "up"; TCP port 5201 or 5202.
lab_bulk() {
	local seconds=$1 port=${2:-5201} way=-R
	[ "${3:-}" = up ] && way=
	# shellcheck disable=SC2086
	lab_ns client timeout $((seconds + 15)) iperf3 -c $LAB_SERVER -p "$port" -t "$seconds" \
		$way -i 0 >>"$LAB/iperf3-$port.log" 2>&1
}

lab_dns() {
	local until=$((SECONDS + $1)) types=(A AAAA TXT MX)
	while [ $SECONDS -lt $until ]; do
		lab_ns client timeout 5 dig +tries=1 +time=2 +noall @$LAB_SERVER \
			"h$RANDOM.lab.example" "${types[RANDOM % 4]}" >/dev/null 2>&1
		sleep "0.$((RANDOM % 400 + 100))"
	done
}

# A call or a camera: RTP by GStreamer to PORT, from the server unless told "up", over IPv4 unless
# told 6. Prints the receiver's line of JSON: packets, lost, loss_percent, jitter_ms, delay_p50_ms,
# delay_p99_ms, ... (tests/lab/rtpstat.c).
#	lab_media SECONDS [pcmu|opus|video [PORT [down|up [4|6]]]]
lab_media() {
	local seconds=$1 kind=${2:-pcmu} port=${3:-5004} from=server to=client host=10.77.1.2 \
		clock receiver
	[ "${4:-down}" = down ] || { from=client to=server host=$LAB_SERVER; }
	[ "${5:-4}" = 4 ] || { host=fd77:1::2; [ $to = client ] || host=fd77:2::2; }
	case $kind in pcmu) clock=8000 ;; opus) clock=48000 ;; *) clock=90000 ;; esac
	lab_ns $to build/lab/rtpstat "$port" "$clock" $((seconds + 20)) &
	receiver=$!
	lab_wait 20 lab_receives $to "$port"
	lab_rtp "$kind" "$seconds" "$from" "$host" "$port"
	wait $receiver
}

lab_receives() { lab_ns "$1" ss -Hlun "sport = :$2" | grep -q .; }

# The sender alone: KIND SECONDS NAMESPACE HOST PORT. Audio at 20 ms a packet; video of 25 pictures
# a second at $LAB_VIDEO bit/s.
lab_rtp() {
	local kind=$1 seconds=$2 source
	case $kind in
	pcmu) source="audiotestsrc is-live=true wave=ticks samplesperbuffer=160
		num-buffers=$((seconds * 50)) !
		audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay" ;;
	opus) source="audiotestsrc is-live=true wave=ticks samplesperbuffer=960
		num-buffers=$((seconds * 50)) ! audio/x-raw,rate=48000,channels=1 !
		opusenc bitrate=${LAB_AUDIO:-24000} frame-size=20 ! rtpopuspay" ;;
	video) source="videotestsrc is-live=true pattern=ball num-buffers=$((seconds * 25)) !
		video/x-raw,width=320,height=240,framerate=25/1 !
		vp8enc deadline=1 cpu-used=16 keyframe-max-dist=50
		target-bitrate=${LAB_VIDEO:-800000} ! rtpvp8pay mtu=1200" ;;
	esac
	[ -e "$LAB/gstreamer" ] || cp build/lab/gstreamer "$LAB/gstreamer" 2>/dev/null
	# shellcheck disable=SC2086
	GST_REGISTRY=$LAB/gstreamer lab_ns "$3" timeout $((seconds + 20)) \
		gst-launch-1.0 -q $source ! udpsink host="$4" port="$5" >>"$LAB/log" 2>&1 </dev/null
}
