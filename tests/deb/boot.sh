#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What tests/deb/boot checks after each boot, in the machine itself; test.step on the kernel's
# command line says which. The machine has eth0, 192.0.2.1/24 by systemd-networkd.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
V=1
conf=/etc/liteflow/liteflow.conf
cc=/proc/sys/net/ipv4/tcp_congestion_control
step=$(sed -n 's/.*test\.step=\([a-z]*\).*/\1/p' /proc/cmdline)

qdisc_at() { tc qdisc show dev "$1" | awk '/ root / { print $2; exit }'; }
shows() { systemctl show -P "$1" "$2"; }	# PROPERTY UNIT
failed_units() {
	systemctl list-units --failed --plain --no-legend | awk '{ print $1 }' | sort | xargs
}
said() { journalctl -b -o cat -u "$1"; }	# UNIT
packets() { tc -s -j qdisc show dev eth0 | jq 'map(select(.root)) | .[0].packets'; }
# Ten packets that nobody answers.
traffic() {
	ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0
	for _ in 1 2 3 4 5 6 7 8 9 10; do echo hello >/dev/udp/192.0.2.9/9; done
}

# All that the file says is there.
served() {
	local before
	is "liteflow.service" "$(shows ActiveState liteflow.service)" = active
	is "eth0" "$(qdisc_at eth0)" = liteflow
	same "all is as it was" "$(lfctl save)" "$(cat /root/want.conf)"
	is "the slot serves" "$(lfctl -j slot show app | jq -r .active.snapshot)" = appclass-forest
	is "congestion control" "$(cat $cc)" = liteflow
	before=$(packets)
	traffic
	is "packets pass" "$(($(packets) - before))" -ge 10
	has "the file, once more" "$(lfctl apply)" "$conf: nothing to change"
}

# Before the network: a packet that is sent has found its qdisc.
early() {
	local ready network
	ready=$(shows ActiveEnterTimestampMonotonic liteflow.service)
	network=$(shows InactiveExitTimestampMonotonic systemd-networkd.service)
	is "it is done before the network starts" "$ready" -le "$network"
	is "network-pre.target waits for it" \
		"$(shows ActiveEnterTimestampMonotonic network-pre.target)" -ge "$ready"
	has "and that comes up" "$(ip -4 -o address show dev eth0)" 192.0.2.1/24
}

step_first() {
	is "without a file nothing is set up" "$(shows ConditionResult liteflow.service)" = no
	is "nor a module loaded" "$(grep -c liteflow /proc/modules)" = 0
	qdisc_at eth0 >/root/qdisc
	works modprobe liteflow
	works lfctl slot add app
	works lfctl slot set app appclass-forest activate
	works tc qdisc replace dev eth0 root handle 5: liteflow slot app \
		map media:0 interactive:0 lookup:0 request:1 other:1 bulk:2
	works lfctl hook add mark family inet hook output priority mangle slot app result 0xff
	works modprobe tcp_liteflow
	echo liteflow >$cc
	lfctl save >$conf
	cp $conf /root/want.conf
	sed -i 's/^fallback = fq_codel$/& limit 1000/' $conf
	is "the file has a fallback" "$(grep -c 'fallback = fq_codel limit 1000' $conf)" = 1
	printf '[qdisc late0]\nslot = app\n' >>$conf
	works lfctl check
	has "what is not there is named" "$(lfctl apply 2>&1)" "device late0 does not exist"
}

step_reboot() {
	served
	early
	has "the journal names what is not there" "$(said liteflow.service)" \
		"device late0 does not exist"
	ip link add late0 type dummy
	until_is liteflow qdisc_at late0
	ip link del late0
	works systemctl reload liteflow.service

	ip netns add lab
	printf '[slot inner]\nsnapshot = appclass-net\n[qdisc lo]\nslot = inner\n' \
		>/etc/liteflow/lab.conf
	works systemctl start liteflow@lab.service
	has "a namespace has its own" "$(lfctl -n lab save)" "snapshot = appclass-net"

	mkdir -p /var/lib/prometheus/node-exporter
	works systemctl enable --now liteflow-metrics.timer
	cp /usr/share/doc/liteflow-lfd/examples/lfd.conf /etc/liteflow/lfd.d/
	works systemctl enable --now lfd.service
	is "no unit has failed" "$(failed_units)" = ""
}

metrics() { grep -c '^liteflow_.*slot="app"' /var/lib/prometheus/node-exporter/liteflow.prom; }

step_killed() {
	local before
	served
	early
	is "lfd" "$(shows ActiveState lfd.service)" = active
	rm -f /var/lib/prometheus/node-exporter/liteflow.prom
	sleep 20
	is "metrics are written" "$(metrics)" -gt 5

	before=$(packets)
	works dpkg -i /debs-*.1/liteflow_*.deb /debs-*.1/liteflow-lfd_*.deb
	is "upgraded" "$(dpkg-query -W -f '${Version}' liteflow-lfd | grep -c '\.1$')" = 1
	served
	is "it is the same qdisc" "$(packets)" -ge $((before + 10))
	is "lfd runs" "$(shows ActiveState lfd.service)" = active
	is "the new one" "$(readlink "/proc/$(shows MainPID lfd.service)/exe")" = /usr/bin/lfd
	is "no unit has failed" "$(failed_units)" = ""
	cp $conf /root/good.conf
	sed -i 's/^slot = app/slto = app/' $conf
}

step_wrong() {
	is "liteflow.service" "$(shows ActiveState liteflow.service)" = failed
	has "the journal says where" "$(said liteflow.service)" "$conf:"
	has "and what" "$(said liteflow.service)" slto
	is "nothing is half done" "$(lfctl -j slot list 2>/dev/null | jq .[])" = ""
	is "eth0 has the system's qdisc" "$(qdisc_at eth0)" = "$(cat /root/qdisc)"
	has "the network is up" "$(ip -4 -o address show dev eth0)" 192.0.2.1/24
	cp /root/good.conf $conf
	works systemctl restart liteflow.service
	served
	until_is active shows ActiveState lfd.service
	mkdir /root/modules
	mv /lib/modules/*/updates/dkms/* /root/modules/
	depmod
}

step_without() {
	is "liteflow.service" "$(shows ActiveState liteflow.service)" = failed
	is "with the status of that" "$(shows ExecMainStatus liteflow.service)" = 3
	has "the journal says why" "$(said liteflow.service)" \
		"the module liteflow cannot be loaded into this kernel"
	has "eth0 has what the file says" "$(tc qdisc show dev eth0)" "fq_codel 8"
	has "with its options" "$(tc qdisc show dev eth0)" "limit 1000p"
	has "the network is up" "$(ip -4 -o address show dev eth0)" 192.0.2.1/24
	mv /root/modules/* /lib/modules/*/updates/dkms/
	depmod
	works systemctl restart liteflow.service
	served
	works dpkg -r liteflow-lfd liteflow liteflow-dkms
	is "eth0" "$(qdisc_at eth0)" = "$(cat /root/qdisc)"
	is "congestion control" "$(cat $cc)" = cubic
	is "no unit is left" "$(systemctl list-units --plain --no-legend --state=active \
		'liteflow*.*' 'lfd.*' | xargs)" = ""
	is "no program" "$(command -v lfctl)" = ""
	is "no module for the next boot" "$(find /lib/modules -iname '*liteflow*')" = ""
	works test -s $conf
}

# The test itself is started with the last units.
state=$(systemctl is-system-running --wait)
case $step in
first | reboot | killed)
	is "the system" "$state" = running
	is "no unit has failed" "$(failed_units)" = ""
	;;
*)
	is "the system" "$state" = degraded
	has "the failed unit" "$(failed_units)" liteflow.service
	;;
esac
"step_$step"
at_end
echo "$passed passed, $failed failed, $skipped skipped"
sync
case $step in
reboot) echo "kill me" ;;
without) exec systemctl poweroff 2>/dev/null ;;
*) exec systemctl reboot 2>/dev/null ;;
esac
