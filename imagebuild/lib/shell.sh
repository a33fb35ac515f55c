# shellcheck shell=bash
# vmsilo-image shell: root's shell in a copy of an image's root, to try what another package does; kept as a new generation if the
# user says so. The shell is in a user namespace, not in a VM: what it runs comes from Debian, or the user brought it; and a VM would leave
# a file system that its guest has written, and the host reads none of these.

shell_debian() {
	options_read shell "$@"
	image_named shell
	is_generations || fail "$name is a small image, and has no packages"
	[[ $(readlink "$image/recipe") ]] || fail "the recipe of $name is gone"
	recipe_file=$(readlink "$image/recipe")
	build_prepare
	snapshot_take
	[[ -d $cache/tools.now ]] || fail "the cache has been removed; first run: vmsilo-image update $name"
	tools=$(readlink -f "$cache/tools.now")
	guest=$cache/guest-$(basename "$tools")
	epoch=$(sed -n 's/.*"source_date_epoch": \([0-9]*\).*/\1/p' "$image/current/manifest.json")
	local number
	number=$(generation_next)
	read -r kernel_package kernel_version < <(grep '^linux-image-' "$image/current/packages")
	inputs=$(sed -n '/"inputs"/,/^}/p' "$image/current/manifest.json" | sed '/"changed"/d; s/"inputs": {/&\n"changed": "by hand",/; $s/,$//')
	export tools guest epoch inputs kernel_package kernel_version keep
	room_check "$cache" $((3 * $(stat -L -c %s "$image/current/root.erofs") / 1024 * 2))
	inside shell_inside "$image/generations/$number.new" || fail "nothing was changed in $image"
	[[ -d $image/generations/$number.new ]] || return 0
	generation_publish "$number"
	generations_clear
	say "kept as generation $number of $name"
}

shell_inside() {
	local directory=$1 root=$work/root answer=''
	mkdir "$root"
	root_unpack "$root"
	touch -d '-2 seconds' "$work/begin"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
	# Services are not started by what is installed.
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	say "root of $name, as a copy; leave with: exit"
	shell_run "$root" || say "the shell ended with exit code $?"
	rm -f "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf"
	if [[ $keep == ask ]]; then
		read -rp "vmsilo-image: keep this as a new generation of $name? [y/N] " answer || true
		[[ $answer != [yY]* ]] || keep=yes
	fi
	if [[ $keep != yes ]]; then
		say "thrown away"
		return
	fi
	mkdir "$directory"
	packages_list "$root" >"$directory/packages"
	traces_remove "$root"
	times_set "$root" "$work/begin"
	cp "$image"/current/{vmlinuz,initrd.img,cmdline} "$directory"
	say "compressing the root"
	generation_finish "$root" "$directory"
}

root_unpack() {
	mkdir -p "$tools/image" "$tools/out"
	mount --bind "$(readlink -f "$image/current")" "$tools/image"
	mount --bind "$1" "$tools/out"
	shown in_root "$tools" fsck.erofs -d0 --extract=/out --overwrite --preserve --xattrs /image/root.erofs || fail "the image's root cannot be unpacked"
	umount "$tools/image" "$tools/out"
}

# With a terminal of its own, so that the shell has job control; or with what stands on stdin.
shell_run() {
	local shell="env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=${TERM:-dumb} LC_ALL=C.UTF-8 chroot '$1' bash -l"
	in_root "$1" true
	if [[ -t 0 && -t 1 ]]; then
		script --quiet --return --command "$shell" /dev/null
	else
		eval "$shell"
	fi
}
