# shellcheck shell=bash
# Debian's kernels: found by what apt knows, fetched, kept in the cache, and unpacked, never installed; and their modules.

# kernel_find META: the meta package names the real one; both come from what apt knows already, so nothing is fetched to
# find out. Sets kernel_package, kernel_version, kernel_sum.
kernel_find() {
	local meta=$1 kernel_record
	kernel_package=$(apt-cache depends "$meta" 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ && !found++ { print $2 }') || true
	[[ -n $kernel_package ]] || fail "apt does not know the package $meta; ${apt_advice:?}"
	kernel_record=$(apt-cache show --no-all-versions "$kernel_package" 2>/dev/null) ||
		fail "apt does not know the package $kernel_package; $apt_advice"
	kernel_version=$(awk '$1 == "Version:" { print $2; exit }' <<<"$kernel_record")
	kernel_sum=$(awk '$1 == "SHA256:" { print $2; exit }' <<<"$kernel_record")
	[[ -n $kernel_version && -n $kernel_sum ]] || fail "apt's record of $kernel_package has no version or no SHA256"
}

# kernel_fetch: sets kernel_deb. Needs $work.
kernel_fetch() {
	local cache file
	local -a options=(-q)
	cache=$(cache_home)
	kernel_deb=$cache/${kernel_package}_${kernel_version//:/%3a}.deb
	if [[ -f $kernel_deb && $(sum_of "$kernel_deb") == "$kernel_sum" ]]; then
		return
	fi
	say "fetching $kernel_package $kernel_version"
	mkdir -p "${work:?}/download"
	# As root apt would fetch as a user who cannot write here, and warns of it.
	[[ $(id -u) != 0 ]] || options+=(-o APT::Sandbox::User=root)
	(cd "$work/download" && apt-get "${options[@]}" download "$kernel_package=$kernel_version") >"$work/apt.log" 2>&1 || {
		cat "$work/apt.log" >&2
		fail "fetching $kernel_package $kernel_version failed; check the network; if it is there: ${apt_advice:?}"
	}
	file=$(echo "$work"/download/*.deb)
	[[ $(sum_of "$file") == "$kernel_sum" ]] || fail "$kernel_package: the fetched file's SHA256 differs from apt's record; $apt_advice"
	mkdir -p "$cache"
	cp "$file" "$kernel_deb.$$"
	mv "$kernel_deb.$$" "$kernel_deb"
}

# kernel_unpack FOLDER: sets modules_dir and kernel_image.
kernel_unpack() {
	dpkg-deb -x "${kernel_deb:?}" "$1"
	modules_dir=$(echo "$1"/lib/modules/*)
	[[ -d $modules_dir ]] || modules_dir=$(echo "$1"/usr/lib/modules/*)
	kernel_image=$(echo "$1"/boot/vmlinuz-*)
}

has_module() {
	[[ -n $(find "${modules_dir:?}" -name "${1//[-_]/[-_]}.ko*" -print -quit) ]]
}

# Of the rules by which the agent of a netvm forwards: in the image, and loaded when it is one.
readonly netvm_modules='nf_tables nft_ct nft_chain_nat nft_nat nft_masq'

# modules_in_order NAME...: their files, each after those that it depends on, once.
modules_in_order() {
	local -A seen=()
	local module
	add_module() {
		local name=$1 file depends dependency
		[[ -z ${seen[$name]-} ]] || return 0
		seen[$name]=1
		# A name's - and _ are the same to the kernel, not to the file system.
		file=$(find "${modules_dir:?}" -name "${name//[-_]/[-_]}.ko*" -print -quit)
		if [[ -z $file ]]; then
			grep -qE "/${name//[-_]/[-_]}\.ko$" "$modules_dir/modules.builtin" ||
				fail "$kernel_package has no module $name"
			return 0
		fi
		depends=$(modinfo -F depends "$file")
		for dependency in ${depends//,/ }; do
			add_module "$dependency"
		done
		echo "$file"
	}
	for module in "$@"; do
		add_module "$module"
	done
}

plain_module() {
	case $1 in
	*.ko) cat "$1" ;;
	*.ko.xz)
		need xz xz-utils
		xz -dc "$1"
		;;
	*.ko.zst)
		need zstd zstd
		zstd -dcq "$1"
		;;
	*) fail "module $1: unknown compression" ;;
	esac
}

# module_unsign FILE: nothing in a guest asks for signatures, since the host gives it the modules together with the kernel; but the kernel
# checks one that is there, which in Debian 13 (P-384) takes more of an emulated guest's start than its modules' work.
module_unsign() {
	local length magic='~Module signature appended~'
	[[ $(tail -c 28 "$1" | tr -d '\0') == "$magic" ]] || return 0
	# Its length, before the magic, has its highest byte first (the kernel's linux/module_signature.h).
	length=$(tail -c 32 "$1" | head -c 4 | od -A n -t x1 | tr -d ' ')
	truncate -s "-$((28 + 12 + 16#$length))" "$1"
}

# modules_pack LIST NAME...: them, uncompressed, into $work/modules; their lines for newc-write into $work/list; and their names in
# the order of loading into LIST, but for those that an earlier call packed.
modules_pack() {
	local list=$1 file name
	shift
	mkdir -p "${work:?}/modules"
	modules_in_order "$@" >"$work/modules.files"
	while read -r file; do
		name=$(basename "$file")
		name=${name%%.ko*}.ko
		[[ ! -e $work/modules/$name ]] || continue
		plain_module "$file" >"$work/modules/$name"
		module_unsign "$work/modules/$name"
		echo "file /lib/modules/$name 0644 0 0 $work/modules/$name" >>"$work/list"
		echo "/lib/modules/$name"
	done <"$work/modules.files" >"$list"
}
