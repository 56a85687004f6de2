# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The servers of the programs (programs.sh, which sources this file).
# shellcheck disable=SC2206,SC2154

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
