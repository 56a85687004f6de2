# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# What the scripts share that run lfd in a test machine: a neighbour, and naps. $naps is a directory
# of the script's own.

# A nap without a process of its own: those are what takes long here.
mkfifo "$naps/nap" && exec 9<>"$naps/nap"
nap() { read -rt "$1" -u 9; }

# eth0 10.9.0.1 ---- namespace peer: 10.9.0.2
meet_peer() {
	ip netns add peer
	ip link add eth0 type veth peer name peer netns peer
	ip address add 10.9.0.1/24 dev eth0
	ip -n peer address add 10.9.0.2/24 dev peer
	ip link set eth0 up
	ip -n peer link set peer up
}

# echoes_lost FILE - of ping's output: those that are missing before the last that came. One may be
# on its way when ping is ended.
echoes_lost() {
	awk -F'[= ]' '/icmp_seq=/ {
			for (i = 1; i < NF; i++)
				if ($i == "icmp_seq")
					last = $(i + 1)
			n++
		}
		END { print n ? last - n : "all" }' "$1"
}
