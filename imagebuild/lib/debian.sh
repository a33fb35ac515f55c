# shellcheck shell=bash
# A Debian image: what it is made of, whether that has changed, and its parts put together. From image_make() on it runs inside
# (see inside.sh).

# What the kernel loads before the root is there: disks and their file systems (which ask for crc32c by no dependency), shares, the way to the host, memory, networks.
readonly -a debian_modules=(virtio_pci virtio_mmio virtio_blk crc32c_generic erofs overlay ext4 vmw_vsock_virtio_transport virtiofs virtio-rng virtio_balloon virtio_net)

# 8250.nr_uarts=1: looking for serial ports that are not there takes 0.1 s of a boot. What the others do: small.sh.
readonly debian_cmdline='console=ttyS0 quiet panic=-1 cryptomgr.notests initcall_blacklist=jent_mod_init tsc=nowatchdog nowatchdog 8250.nr_uarts=1 systemd.show_status=0'

# recipe_open FILE: read and checked, into $recipe.
recipe_open() {
	[[ -f $1 ]] || fail "there is no recipe $1"
	recipe=$work/recipe
	mkdir "$recipe"
	"$here/recipe-read" "$1" "$recipe" || exit 1
}

# builder_sum FOLDER
builder_sum() {
	(cd "$1" && find "${builder_parts[@]}" -type f ! -name '*.yaml' -print0 |
		LC_ALL=C sort -z | xargs -0 sha256sum && find debian/tree -printf '%y %p %l\n' | LC_ALL=C sort) | sha256sum | cut -d' ' -f1
}

# All that decides about an image, without asking apt: the short way to 'nothing changed'.
quick_inputs() {
	sums_of "$recipe"
	builder_sum "$here"
	sources_sum "$sources"
	lists_sum
	echo "${SOURCE_DATE_EPOCH:-}"
}

# The same for the manifest. Lists change without the packages that are in the image.
inputs_find() {
	local -a wanted
	mapfile -t wanted < <(sed '/^#/d' "$here/debian/base-packages")
	mapfile -t packages < <({ printf '%s\n' "${wanted[@]}" && cat "$recipe/packages" &&
		if [[ -s $recipe/locales ]]; then echo locales; fi; } | LC_ALL=C sort -u)
	mapfile -t tools_wanted < <(tools_packages)
	plan "${packages[@]}" >"$work/plan"
	plan "${tools_wanted[@]}" >"$work/tools.plan"
	kernel_find "$(<"$recipe/kernel")"
	epoch=${SOURCE_DATE_EPOCH:-$(lists_epoch)}
	tree_key=$({ cat "$work/plan" "$recipe/suite" && echo "$epoch ${packages[*]}" && sum_of "$here/lib/trees.sh"; } | sha256sum | cut -d' ' -f1)
	tools_key=$({ cat "$work/tools.plan" "$recipe/suite" && echo "$epoch ${tools_wanted[*]}" && sum_of "$here/lib/trees.sh"; } | sha256sum | cut -d' ' -f1)
	tools=$cache/trees/${tools_key:0:16} guest=$cache/guest-${tools_key:0:16}
	guest_key=$({ sources_sum "$sources" && echo "$tools_key" && sum_of "$here/lib/guest.sh"; } | sha256sum | cut -d' ' -f1)
	inputs=$(
		cat <<-END
			"inputs": {
				"recipe": "$(sums_of "$recipe")",
				"builder": "$(builder_sum "$here")",
				"guest": "$guest_key",
				"packages": "$tree_key",
				"kernel": {"package": "$kernel_package", "version": "$kernel_version", "sha256": "$kernel_sum"},
				"source_date_epoch": $epoch
			}
		END
	)
}

manifest_write() {
	local directory=$1 file separator=''
	printf '{\n"format": 1,\n"name": "debian",\n"suite": "%s",\n%s,\n"outputs": {\n' "$(<"$recipe/suite")" "${inputs:?}"
	for file in cmdline initrd.img packages programs.json root.erofs vmlinuz; do
		printf '%s\t"%s": "%s"' "$separator" "$file" "$(sum_of "$directory/$file")"
		separator=$',\n'
	done
	printf '\n}\n}\n'
}

# image_make FOLDER PACKAGE...: the files of a generation.
image_make() {
	local directory=$1
	shift
	rm -rf "${work:?}"/{tree,root,kernel} "$directory"
	mkdir -p "$directory"
	say "1/5 a root to compile in"
	# shellcheck disable=SC2086 # words
	tree_use "$tools" "$tools_key" $tools_list
	ln -sfn "trees/$(basename "$tools")" "$cache/tools.now"
	say "2/5 the guest's programs"
	guest_renew
	say "3/5 $# packages and what they need"
	local tree=$cache/trees/${tree_key:0:16}
	tree_use "$tree" "$tree_key" "$@"
	trees_clear
	say "4/5 kernel, files, settings"
	cp -a --reflink=auto "$tree" "$work/root"
	kernel_unpack "$work/kernel"
	root_fill "$work/root"
	initramfs_make "$directory/initrd.img"
	cp "$kernel_image" "$directory/vmlinuz"
	[[ $(<"$recipe/kaslr") == true ]] || kernel_bare "$directory"
	echo "$debian_cmdline" >"$directory/cmdline"
	say "5/5 compressing the root"
	generation_finish "$work/root" "$directory"
}

# kernel_bare FOLDER: its vmlinuz without the program that unpacks it (the kernel's x86/boot.rst), which is half of what a kernel of zstd
# executes before its first process. A monitor starts it by its PVH entry, at the address for which it was linked.
kernel_bare() {
	local setup offset length
	setup=$(number_at 497 1 "$1/vmlinuz")
	read -r offset length < <(number_at 584 4 "$1/vmlinuz" 2)
	offset=$(((setup + 1) * 512 + offset))
	[[ $(number_at "$offset" 4 "$1/vmlinuz") == 4247762216 ]] && grep -qx 'CONFIG_PVH=y' "$work/kernel/boot"/config-* || return 0
	# The last four bytes are the unpacked size.
	dd status=none if="$1/vmlinuz" of="$1/vmlinuz.zst" bs=1M iflag=skip_bytes,count_bytes skip="$offset" count=$((length - 4))
	mkdir -p "$tools/out"
	mount --bind "$1" "$tools/out"
	shown in_root "$tools" zstd -dqf --rm /out/vmlinuz.zst -o /out/vmlinuz.bare || fail "unpacking the kernel failed"
	umount "$tools/out"
	[[ $(stat -c %s "$1/vmlinuz.bare") == "$(number_at $((offset + length - 4)) 4 "$1/vmlinuz")" ]] || fail "unpacking the kernel gave another size"
	mv "$1/vmlinuz.bare" "$1/vmlinuz"
}

# number_at OFFSET BYTES FILE [COUNT]: numbers without sign.
number_at() {
	od -A n -t "u$2" -j "$1" -N $(($2 * ${4-1})) "$3" | xargs
}

# generation_finish ROOT FOLDER: which has all but the root and the manifest.
generation_finish() {
	programs_record "$1" >"$2/programs.json"
	root_pack "$1" "$2/root.erofs"
	manifest_write "$2" >"$2/manifest.json"
	# Who runs a VM of the machine's broker reads them, and is none of us.
	chmod 0755 "$2"
	chmod 0644 "$2"/*
	rm -rf "$work"/{root,kernel}
}

# What programs the image has, for menus of the host.
programs_record() {
	mkdir -p "$tools/image" "$tools/guest"
	mount --bind "$1" "$tools/image"
	mountpoint -q "$tools/guest" || mount --bind "$guest" "$tools/guest"
	in_root "$tools" /guest/build/bin/vmsilo-guest-programs --root /image || fail "recording the image's programs failed"
	umount "$tools/image"
}

# The same bytes for the same tree: order, times and identity are given.
root_pack() {
	local root=$1 output=$2
	mkdir -p "$tools/image" "$tools/out"
	mount --bind "$root" "$tools/image"
	mount --bind "$(dirname "$output")" "$tools/out"
	shown in_root "$tools" mkfs.erofs --quiet -zlz4hc,9 -C65536 -T"$epoch" --mkfs-time -U"$(image_uuid)" "/out/$(basename "$output")" /image ||
		fail "mkfs.erofs failed"
	umount "$tools/image" "$tools/out"
}

image_uuid() {
	sha256sum <<<"$inputs" | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

initramfs_make() {
	local -a modules
	mkdir "$work/etc"
	cat >"$work/list" <<-END
		dir dev 0755 0 0
		char dev/console 0600 0 0 5 1
		char dev/null 0666 0 0 1 3
		dir etc 0755 0 0
		dir etc/vmsilo 0755 0 0
		dir lib 0755 0 0
		dir lib/modules 0755 0 0
		dir proc 0555 0 0
		dir run 0755 0 0
		dir sys 0555 0 0
		file init 0755 0 0 $guest/build/bin/vmsilo-early-init
		file etc/vmsilo/modules 0644 0 0 $work/etc/modules
	END
	mapfile -t modules <"$recipe/modules"
	modules_pack "$work/etc/modules" "${debian_modules[@]}" "${modules[@]}"
	"$here/newc-write" <"$work/list" >"$1"
}
