# shellcheck shell=bash
# Where images are: IMAGE_DIR/NAME, with vmlinuz, initrd.img, cmdline and manifest.json in it (small), or in
# IMAGE_DIR/NAME/generations/N, of which the link current names one (Debian). A VM that runs holds a shared lock on the
# manifest.json of its generation; one whose layer is kept has a file with its name in the generation's folder kept, also while it
# is stopped.

name_check() {
	[[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] || fail "'$1' is not a name for an image: letters, digits, '.', '_', '-'"
}

# image_lock: two that change one image take turns. Needs $image.
image_lock() {
	mkdir -p "$(dirname "${image:?}")"
	exec 8>"$image.lock"
	flock 8
}

image_exists() {
	[[ -f $image/manifest.json || -f $image/current/manifest.json ]]
}

is_generations() {
	[[ -L $image/current ]]
}

current_number() {
	basename "$(readlink "$image/current")"
}

# generations: their numbers, the newest last.
generations() {
	find "$image/generations" -mindepth 1 -maxdepth 1 -name '*[0-9]' -printf '%f\n' 2>/dev/null | sort -n
}

generation_next() {
	local last
	last=$(generations | tail -n 1)
	echo $((${last:-0} + 1))
}

# generation_publish N: from N.new; readers of current see the old one or this.
generation_publish() {
	mv -T "$image/generations/$1.new" "$image/generations/$1"
	ln -sfn "generations/$1" "$image/current.new"
	mv -T "$image/current.new" "$image/current"
}

# kept_for N: the VMs whose layers are kept over it.
kept_for() {
	find "$image/generations/$1/kept" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort | xargs
}

# generation_remove N: unless a VM runs on it, or will. Its lock is held until it is gone, by its name, so that no VM takes it meanwhile.
generation_remove() {
	local folder=$image/generations/$1
	(
		exec 7<"$folder/manifest.json"
		flock --exclusive --nonblock 7 && [[ -z $(kept_for "$1") ]] || exit 1
		mv -T "$folder" "$folder.old"
	) || return 1
	rm -rf "$folder.old"
}

# generations_clear: what no VM runs on and is not current, and what was left by a build that did not end. Under the image's lock.
generations_clear() {
	local number
	rm -rf "$image"/generations/*.{new,old} "$image/current.new"
	for number in $(generations); do
		[[ $number == "$(current_number)" ]] || generation_remove "$number" || true
	done
}

# Where nobody changes the image just now, and we may.
generations_clear_idle() {
	is_generations && [[ -w $image.lock ]] || return 0
	(exec 8>"$image.lock" && flock --nonblock 8 && generations_clear) || true
}

# manifest_text FILE KEY: of our own writing, so a line has one pair.
manifest_text() {
	sed -n "s/.*\"$2\": \"\\([^\"]*\\)\".*/\\1/p" "$1" | head -n 1
}

image_kernel() {
	sed -n 's/.*"version": "\([^"]*\)".*/\1/p' "$1/manifest.json" | head -n 1
}

images_list() {
	local image name
	for image in "${image_dir:?}"/*; do
		name=$(basename "$image")
		if is_generations; then
			generations_clear_idle
			echo "$name kernel $(image_kernel "$image/current") generation $(current_number)"
		elif [[ -f $image/manifest.json ]]; then
			echo "$name kernel $(image_kernel "$image")"
		fi
	done
}

in_use() {
	! flock --exclusive --nonblock "$1/manifest.json" true
}

image_show() {
	generations_clear_idle
	echo "name: $name"
	echo "folder: $image"
	if ! is_generations; then
		echo "kernel: $(image_kernel "$image")"
		return
	fi
	cat <<-END
		recipe: $(readlink "$image/recipe")
		suite: $(manifest_text "$image/current/manifest.json" suite)
		kernel: $(image_kernel "$image/current")
		packages: $(wc -l <"$image/current/packages")
		root: $(($(stat -L -c %s "$image/current/root.erofs") >> 20)) MiB
	END
	generations_show
}

# users_of N: the VMs whose monitors hold the manifest of that generation, as far as we may see their descriptors; else nothing.
users_of() {
	local manifest folder target
	manifest=$(readlink -f "$image/generations/$1/manifest.json")
	{ find /proc/[0-9]*/fd -type l -printf '%h %l\n' 2>/dev/null || true; } | while read -r folder target; do
		[[ $target != "$manifest" ]] || monitor_name "${folder%/fd}"
	done | sort -u | xargs
}

# monitor_name /proc/PID: the VM's, which QEMU was started with.
monitor_name() {
	{ tr '\0' '\n' <"$1/cmdline" || true; } 2>/dev/null | sed -n '/^-name$/{n;s/^guest=//;s/,.*//;p}'
}

generations_show() {
	local number line users
	for number in $(generations); do
		line="generation $number: built $(date -r "$image/generations/$number/manifest.json" '+%F %R')"
		[[ $number != "$(current_number)" ]] || line+=", current"
		if in_use "$image/generations/$number"; then
			users=$(users_of "$number")
			line+=", ${users:-a VM} runs on it"
		fi
		[[ -z $(kept_for "$number") ]] || line+=", kept for $(kept_for "$number")"
		echo "$line"
	done
}

image_remove() {
	local number users
	image_lock
	for number in $(generations); do
		if in_use "$image/generations/$number"; then
			users=$(users_of "$number")
			[[ -z $users ]] || fail "$users runs on generation $number of $name; first: vm-stop $users"
			fail "a VM runs on generation $number of $name; stop the VMs whose image it is first: vmsilo list, vm-stop VM"
		fi
		[[ -z $(kept_for "$number") ]] ||
			fail "what was written over generation $number of $name is kept by: $(kept_for "$number"); to give it up: vmsilo root reset VM"
	done
	mv -T "$image" "$image.old"
	rm -rf "$image.old" "$image.lock" "$(quick_file)"
	say "removed $image"
}
