# shellcheck shell=bash
# The small image: Debian's kernel, and an initramfs of busybox, the agent, and the modules that they need.

is_static_program() {
	# No program interpreter, and some: a dynamic one names its own near the start of the file.
	[[ $(head -c 4 "$1" | od -An -c | tr -d ' ') == '177ELF' ]] &&
		! head -c 4096 "$1" | grep -qaE '/lib(64)?/ld-(linux|musl)'
}

find_agent() {
	local given=$1 candidate
	if [[ -n $given ]]; then
		[[ -f $given ]] || fail "agent '$given' does not exist"
		agent=$(readlink -f "$given")
	else
		for candidate in "$(dirname "$0")" "$here" "$here/../build/bin" "$here/../lib/vmsilo"; do
			if [[ -f $candidate/vmsilo-agent-static ]]; then
				agent=$(readlink -f "$candidate/vmsilo-agent-static")
				break
			fi
		done
		[[ -n ${agent-} ]] || fail "vmsilo-agent-static is not built; run: cmake --preset release && cmake --build build"
	fi
	is_static_program "$agent" || fail "agent '$agent' is not a statically linked program"
}

find_busybox() {
	busybox=${VMSILO_BUSYBOX:-/bin/busybox}
	[[ -x $busybox ]] || fail "$busybox is missing; as root, run: apt-get install busybox-static"
	is_static_program "$busybox" ||
		fail "$busybox is not statically linked; as root, run: apt-get install busybox-static"
}

# What the guest needs to reach the host, on PCI (q35) and without it (microvm), and to give memory back.
readonly wanted_modules='virtio_pci virtio_mmio vmw_vsock_virtio_transport virtio-rng virtio_balloon virtio_net virtio_blk virtiofs'
# And for USB devices that the host lends to it, where the kernel has USB/IP.
readonly usb_modules='vhci-hcd usb-storage sd_mod crc32c_generic ext4 vfat nls_ascii nls_cp437 usbhid hid-generic evdev ftdi_sio cdc-acm snd-usb-audio'

write_etc() {
	mkdir "$work/etc"
	cat >"$work/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
user:x:1000:1000:user:/home/user:/bin/sh
END
	cat >"$work/etc/group" <<'END'
root:x:0:
tty:x:5:
nogroup:x:65534:
user:x:1000:
END
	echo '127.0.0.1 localhost' >"$work/etc/hosts"
	echo /bin/sh >"$work/etc/shells"
	# The hash sign in the prompt is for root; busybox's sh reads this for a login shell.
	cat >"$work/etc/profile" <<'END'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PS1='\u@\h:\w\$ '
END
}

# Parents come before what they hold.
write_list() {
	local path
	cat >"$work/list" <<END
dir bin 0755 0 0
dir dev 0755 0 0
char dev/console 0600 0 0 5 1
char dev/null 0666 0 0 1 3
dir etc 0755 0 0
dir etc/vmsilo 0755 0 0
dir home 0755 0 0
dir home/user 0700 1000 1000
dir lib 0755 0 0
dir lib/modules 0755 0 0
dir mnt 0755 0 0
dir proc 0555 0 0
dir root 0700 0 0
dir run 0755 0 0
dir sbin 0755 0 0
dir sys 0555 0 0
dir tmp 1777 0 0
dir usr 0755 0 0
dir usr/bin 0755 0 0
dir usr/sbin 0755 0 0
dir var 0755 0 0
link var/run /run
link var/tmp /tmp
file sbin/vmsilo-agent 0755 0 0 $agent
link init /sbin/vmsilo-agent
file bin/busybox 0755 0 0 $busybox
file etc/passwd 0644 0 0 $work/etc/passwd
file etc/group 0644 0 0 $work/etc/group
file etc/hosts 0644 0 0 $work/etc/hosts
file etc/shells 0644 0 0 $work/etc/shells
file etc/profile 0644 0 0 $work/etc/profile
file etc/vmsilo/modules 0644 0 0 $work/etc/modules
file etc/vmsilo/modules-netvm 0644 0 0 $work/etc/modules-netvm
END
	"$busybox" --list-full | LC_ALL=C sort | while read -r path; do
		case $path in
		# The agent is init; linuxrc is the name of an init too.
		bin/busybox | sbin/init | linuxrc) ;;
		*) echo "link $path /bin/busybox" ;;
		esac
	done >>"$work/list"
}

# cryptomgr.notests: the kernel's self-tests of its ciphers take 0.25 s of a boot under software emulation.
# initcall_blacklist=jent_mod_init: a seventh of the instructions of Linux 6.12 up to its first process tests jitterentropy_rng, of which
# /dev/random has nothing: it seeds the generators that only the kernel's own ciphers use, and which have /dev/random's beside it.
# tsc=nowatchdog, nowatchdog: the kernel woke two and a half times a second to compare its clock with another, as slow a one as an emulated
# guest has, and to see whether it hangs, which a guest that was paused seems to have done.
# panic=-1 with the monitor's -no-reboot: a guest that panics is gone at once, and its last words are on the console.
write_cmdline() {
	echo 'console=ttyS0 quiet panic=-1 cryptomgr.notests initcall_blacklist=jent_mod_init tsc=nowatchdog nowatchdog' >"$1"
}

# Both what went in and what came out: the image is up to date when this text, made anew, is the file's.
write_manifest() {
	local directory=$1 file separator=''
	cat <<END
{
	"format": 1,
	"name": "small",
	"inputs": {
		"agent": "$(sum_of "$agent")",
		"busybox": "$(sum_of "$busybox")",
		"builder": "$(cat "$here"/lib/{common,kernel,small}.sh "$here/newc-write" | sha256sum | cut -d' ' -f1)",
		"modules": "${extra_modules[*]}",
		"kernel": {"package": "$kernel_package", "version": "$kernel_version", "sha256": "$kernel_sum"},
		"source_date_epoch": ${SOURCE_DATE_EPOCH:-0}
	},
	"outputs": {
END
	for file in cmdline initrd.img vmlinuz; do
		printf '%s\t\t"%s": "%s"' "$separator" "$file" "$(sum_of "$directory/$file")"
		separator=$',\n'
	done
	printf '\n\t}\n}\n'
}

is_up_to_date() {
	local directory=$1 file
	for file in cmdline initrd.img vmlinuz manifest.json; do
		[[ -f $directory/$file ]] || return 1
	done
	[[ $(write_manifest "$directory") == "$(cat "$directory/manifest.json")" ]]
}

assemble() {
	local directory=$1
	local -a modules
	kernel_fetch
	kernel_unpack "$work/kernel"
	mkdir "$directory"
	cp "$kernel_image" "$directory/vmlinuz"
	write_etc
	write_list
	read -ra modules <<<"$wanted_modules $(has_module vhci-hcd && echo "$usb_modules") ${extra_modules[*]}"
	modules_pack "$work/etc/modules" "${modules[@]}"
	read -ra modules <<<"$netvm_modules"
	modules_pack "$work/etc/modules-netvm" "${modules[@]}"
	# Not compressed: unpacking costs an emulated guest as much as reading the three megabytes.
	"$here/newc-write" <"$work/list" >"$directory/initrd.img"
	write_cmdline "$directory/cmdline"
	write_manifest "$directory" >"$directory/manifest.json"
	# Who runs a VM of the machine's broker reads them, and is none of us.
	chmod 0755 "$directory"
	chmod 0644 "$directory"/*
}

build_small() {
	local apt_advice="as root, run: apt-get update"
	local output='' given_agent='' given_kernel='' force=false
	local -a extra_modules=()
	while [[ $# -gt 0 ]]; do
		case $1 in
		--output | --agent | --kernel-package | --module)
			[[ $# -gt 1 ]] || fail "$1 needs a value"
			case $1 in
			--output) output=$2 ;;
			--agent) given_agent=$2 ;;
			--kernel-package) given_kernel=$2 ;;
			--module) extra_modules+=("$2") ;;
			esac
			shift
			;;
		--force) force=true ;;
		*) fail "unknown option '$1'; see: vmsilo-image --help" ;;
		esac
		shift
	done
	epoch_check
	need dpkg-deb dpkg
	need apt-cache apt
	need modinfo kmod
	need perl perl-base
	find_agent "$given_agent"
	find_busybox
	kernel_find "${given_kernel:-${VMSILO_KERNEL_PACKAGE:-linux-image-cloud-$(dpkg --print-architecture)}}"
	output=${output:-$(data_home)/small}
	[[ ! -e $output || -d $output ]] || fail "'$output' is not a folder"
	mkdir -p "$(dirname "$output")"
	# Two builders of one image take turns; the second then finds it up to date.
	exec 9>"$output.lock"
	flock 9
	if ! $force && is_up_to_date "$output"; then
		say "$output is up to date"
		return
	fi
	work=$(mktemp -d)
	staging=$output.new
	trap 'rm -rf "$work" "$staging"' EXIT
	rm -rf "$staging"
	# It may be linked anew meanwhile.
	cp "$agent" "$work/agent"
	agent=$work/agent
	assemble "$staging"
	replace "$staging" "$output"
	say "built $output ($(du -sh --apparent-size "$output" | cut -f1))"
}
