# shellcheck shell=bash
# What a Debian image's root has beside its packages. Runs inside (see inside.sh).

root_fill() {
	local root=$1 begin=$work/begin
	touch -d '-2 seconds' "$begin"
	rm -f "$root"/etc/{hostname,resolv.conf} "$root"/etc/{apt/apt.conf.d,dpkg/dpkg.cfg.d}/99mmdebstrap
	# mmdebstrap leaves a list of its own, beside which apt warns of each line that it has read twice.
	rm -f "$root"/etc/apt/sources.list.d/0000sources.list
	cp "$archive/sources.list" "$root/etc/apt/sources.list"
	# Without modes: a checkout has those of its user's umask.
	cp -rT --preserve=links "$here/debian/tree" "$root"
	cp -rT --preserve=mode,links "$guest/root" "$root"
	display_choose "$root"
	cp -rT --preserve=mode,links,timestamps "$(dirname "$modules_dir")" "$root/usr/lib/modules"
	in_root "$root" depmod "$(basename "$modules_dir")"
	# shellcheck disable=SC2086 # words
	modules_add "$root" modules-netvm ${netvm_modules:?}
	# shellcheck disable=SC2086 # words
	modules_add "$root" modules-init $init_modules
	static_nodes_list "$root" >"$root/usr/lib/tmpfiles.d/vmsilo-static-nodes.conf"
	units_mask "$root"
	locales_make "$root"
	files_add "$root"
	commands_run "$root"
	packages_list "$root" >"$directory/packages"
	traces_remove "$root"
	times_set "$root" "$begin"
}

# An image shows windows if it has what that takes: the agent goes by the program.
display_choose() {
	compgen -G "$1/usr/lib/*/libwlroots-0.18.so*" >/dev/null || rm -f "$1/usr/bin/vmsilo-guest-windows"
}

# What systemd loads at its start if it is not there, and would look for by libkmod, unpack and have checked: a third of a second of an
# emulated guest's boot.
readonly init_modules='autofs4 ip_tables nfnetlink qemu_fw_cfg'

# modules_add ROOT LIST NAME...: uncompressed, with a list for the agent, which else would wait for as many processes that look for them.
# What this kernel does not have is left out.
modules_add() {
	local root=$1 list=$2 file name
	local -a wanted=()
	shift 2
	for name in "$@"; do
		if has_module "$name"; then wanted+=("$name"); fi
	done
	mkdir -p "$root/usr/lib/vmsilo/modules" "$root/etc/vmsilo"
	modules_in_order "${wanted[@]}" >"$work/modules.files"
	while read -r file; do
		name=$(basename "$file")
		name=/usr/lib/vmsilo/modules/${name%%.ko*}.ko
		plain_module "$file" >"$root$name"
		module_unsign "$root$name"
		echo "$name"
	done <"$work/modules.files" >"$root/etc/vmsilo/$list"
}

# static_nodes_list ROOT: devices whose modules are loaded when they are opened, as kmod static-nodes finds them at each boot.
static_nodes_list() {
	awk '!/^#/ {
		if (match($2, ".*/")) print "d /dev/" substr($2, 1, RLENGTH - 1) " 0755 - - -"
		print substr($3, 1, 1) "! /dev/" $2 " 0600 - - - " substr($3, 2)
	}' "$1"/usr/lib/modules/*/modules.devname
}

units_mask() {
	local unit
	while read -r unit; do
		ln -sf /dev/null "$1/etc/systemd/system/$unit"
	done < <(sed '/^#/d; /^$/d' "$here/debian/masked-units")
}

locales_make() {
	[[ -s $recipe/locales ]] || return 0
	sed 's/$/ UTF-8/' "$recipe/locales" >"$1/etc/locale.gen"
	shown in_root "$1" locale-gen || fail "making the recipe's locales failed"
}

# In the root, so that a link in it leads nowhere else.
files_add() {
	local number mode path
	while read -r number mode path; do
		in_root "$1" mkdir -p "$(dirname "$path")"
		cp "$recipe/files/$number" "$1/tmp/file"
		in_root "$1" install -m "$mode" /tmp/file "$path"
	done <"$recipe/files.list"
}

# The network is the host's, and so is the way to names, for as long as a command runs.
commands_run() {
	local script
	for script in "$recipe"/run/*; do
		[[ -e $script ]] || return 0
		cp -L /etc/resolv.conf "$1/etc/resolv.conf" 2>/dev/null || true
		cp "$script" "$1/tmp/run"
		shown in_root "$1" sh -e /tmp/run || fail "a command of the recipe failed: $(head -n 1 "$script")"
		rm -f "$1/etc/resolv.conf"
	done
}

packages_list() {
	# shellcheck disable=SC2016 # dpkg's
	in_root "$1" dpkg-query -W -f '${Package} ${Version}\n'
	echo "$kernel_package $kernel_version"
}

# What differs from one build to the next, or is of no use in a guest.
traces_remove() {
	local root=$1
	out_of_root "$root"
	find "$root"/{dev,proc,run,sys,tmp,boot,var/tmp} -mindepth 1 -delete
	find "$root/var/log" -type f -delete
	rm -rf "$root"/var/cache/{apt,debconf,man}/* "$root"/var/lib/apt/lists/* "$root"/var/lib/dpkg/*-old "$root"/etc/*- \
		"$root"/var/cache/ldconfig/aux-cache "$root"/var/lib/systemd/random-seed
	find "$root/root" -mindepth 1 ! -name '.bashrc' ! -name '.profile' -delete
	: >"$root/etc/machine-id"
}

# Caches of fonts hold times of folders, so they are made once these are right.
times_set() {
	local root=$1 begin=$2
	times_even "$root" "$begin"
	[[ -x $root/usr/bin/fc-cache ]] || return 0
	in_root "$root" fc-cache --force --system-only
	out_of_root "$root"
	times_even "$root" "$begin"
}
