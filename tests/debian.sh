# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A fresh Debian 12 in $folder, for tests/cold and tests/deb/run: made by debootstrap from the
# mirrors that this machine's apt has, and entered by chroot. With suite=sid, a sid. Needs root.
: "${folder:?}" "${suite:=bookworm}"

# debian_mirror - the address of the archive.
debian_mirror() {
	debian_bookworm | sed -n 's/ bookworm$//p' | head -1
}

# debian_sources - "URL SUITE" of each.
debian_sources() {
	case $suite in
	bookworm) debian_bookworm ;;
	*) echo "$(debian_mirror) $suite" ;;
	esac
}

debian_bookworm() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' \
		'Component: main' |
		grep -E ' bookworm(-updates|-security)?$' | sort -u
}

# debian_make DEBOOTSTRAP_OPTION... - fails with a sentence.
debian_make() {
	local mirror
	command -v debootstrap >/dev/null ||
		apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends \
			debootstrap >/dev/null ||
		{ echo "debootstrap is needed" >&2; return 1; }
	mirror=$(debian_mirror)
	[ -n "$mirror" ] || {
		echo "cannot tell the Debian mirror from the machine's apt configuration" >&2
		return 1
	}
	debootstrap "$@" "$suite" "$folder" "$mirror" >"$folder.log" 2>&1 ||
		{ tail -5 "$folder.log" >&2; echo "debootstrap failed" >&2; return 1; }
	rm -f "$folder.log"
	debian_sources | sed 's/^\([^ ]*\) \(.*\)$/deb \1 \2 main/' >"$folder/etc/apt/sources.list"
	apt-config dump | grep -E '^Acquire::.*Proxy' >"$folder/etc/apt/apt.conf.d/50proxy"
	printf 'Acquire::Check-Valid-Until "false";\n' >"$folder/etc/apt/apt.conf.d/51dates"
	cp /etc/resolv.conf /etc/hosts "$folder/etc/"
}

# debian_inside COMMAND... - runs it there as root, alone in its own processes and mounts, with this
# machine's network.
debian_inside() {
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LANG=C.UTF-8 TERM=dumb \
		unshare --mount --pid --fork --kill-child bash -c '
		for d in dev dev/pts sys; do mount --bind "/$d" "$0/$d"; done
		mount -t proc none "$0/proc"
		mount -t tmpfs -o mode=1777,size=50% none "$0/dev/shm"
		exec chroot "$0" "$@"' "$folder" "$@" </dev/null
}
