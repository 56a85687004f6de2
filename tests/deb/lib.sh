# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# The Debian packages and a Debian to install them in, for the scripts here, whose options these
# are. To be sourced after tests/lib.sh.
V=1
folder='' keep=''
while getopts d:k opt; do
	case $opt in
	d) folder=$OPTARG ;;
	k) keep=1 ;;
	*) exit 2 ;;
	esac
done

[ -n "$folder" ] || folder=$(mktemp -d /var/tmp/liteflow-deb.XXXXXX)
[ -n "$keep" ] || defer rm -rf --one-file-system "$folder"
mkdir -p "$folder"
trap 'exit 130' INT TERM

# shellcheck source=tests/debian.sh
. tests/debian.sh

inside() { debian_inside env DEBIAN_FRONTEND=noninteractive "$@"; }

# fresh NAME - the Debian in $folder, if it is not there yet.
fresh() {
	[ -x "$folder/usr/bin/apt-get" ] ||
		check "$1" debian_make --variant=minbase --include=ca-certificates
	[ $failed = 0 ] || finish
}

# No service is started.
settle() {
	printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
	chmod 755 "$folder/usr/sbin/policy-rc.d"
	inside apt-get -qq update
}

install() { inside apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@"; }

version=$(sed -n 's/^#define LQ_VERSION.*"\(.*\)"/\1/p' include/lq/version.h)
next=$version.1

# debs VERSION - those that packages() has left, in the chroot's eyes.
debs() {
	local arch
	arch=$(dpkg --print-architecture)
	echo "/debs-$1/liteflow-dkms_$1_all.deb" "/debs-$1/liteflow_$1_$arch.deb" \
		"/debs-$1/liteflow-lfd_$1_$arch.deb" "/debs-$1/liteflow-doc_$1_all.deb"
}

# Not in build/deb: other tests build there, too.
packages() {	# VERSION
	VERSION=$1 tools/deb "$tmp/deb" >/dev/null || return 1
	rm -rf "$folder/debs-$1"
	mkdir "$folder/debs-$1" && cp "$tmp"/deb/*.deb "$folder/debs-$1/"
}
