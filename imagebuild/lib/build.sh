# shellcheck shell=bash
# vmsilo-image build debian, and update.

# cache_open: one build at a time uses it. Sets $cache, $work.
cache_open() {
	cache=$(cache_home)/debian
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock --nonblock 9 || {
		say "another build is under way; waiting for its end"
		flock 9
	}
	work=$cache/work
	folder_remove "$work"
	mkdir "$work"
}

# options_read COMMAND WORD...: sets image_dir, name, and what COMMAND knows.
options_read() {
	local command=$1
	shift
	image_dir=$(data_home) name='' recipe_file='' force=false if_needed=false keep=ask
	while [[ $# -gt 0 ]]; do
		case $command:$1 in
		*:--image-dir | build:--name)
			[[ $# -gt 1 ]] || fail "$1 needs a value"
			if [[ $1 == --name ]]; then name=$2; else image_dir=$2; fi
			shift
			;;
		build:--force | update:--force) force=true ;;
		update:--if-needed) if_needed=true ;;
		shell:--keep) keep=yes ;;
		shell:--discard) keep=no ;;
		*:-*) fail "unknown option '$1'; see: vmsilo-image --help" ;;
		build:*)
			[[ -z $recipe_file ]] || fail "one recipe makes one image, and '$1' is a second one"
			recipe_file=$1
			;;
		*)
			[[ -z $name && $command != list ]] || fail "what is '$1'? See: vmsilo-image --help"
			name=$1
			;;
		esac
		shift
	done
	image_dir=$(readlink -m "$image_dir")
}

# image_named COMMAND: one that is there.
image_named() {
	[[ -n $name ]] || fail "$1 needs the name of an image; vmsilo-image list has them"
	name_check "$name"
	image=$image_dir/$name
	image_exists || fail "there is no image $name in $image_dir; vmsilo-image list has those that are"
}

build_debian() {
	options_read build "$@"
	name=${name:-debian}
	name_check "$name"
	image=$image_dir/$name
	[[ ! -e $image/manifest.json ]] || fail "$image is an image of another kind; choose another --name, or: vmsilo-image remove $name"
	recipe_file=$(readlink -f "${recipe_file:-$here/debian/desktop.yaml}")
	image_build false
}

# The recipe is read again, from where it was.
update_debian() {
	options_read update "$@"
	image_named update
	is_generations || fail "$name is a small image; build it again: vmsilo-image build small"
	recipe_file=$(readlink "$image/recipe")
	[[ -f $recipe_file ]] || fail "the recipe of $name, $recipe_file, is gone; build from another: vmsilo-image build debian --name $name RECIPE"
	image_build true
}

# build_prepare: locks, and what all of it needs.
build_prepare() {
	epoch_check
	need flock util-linux
	cache_open
	trap 'folder_remove "$work"' EXIT
	able
	sources_find
	recipe_open "$recipe_file"
	image_lock
	archive_open
}

# What was changed by hand is in no recipe.
hand_check() {
	$force || ! grep -qs '"changed": "by hand"' "$image/current/manifest.json" ||
		fail "generation $(current_number) of $name was changed by hand, in vmsilo-image shell; with --force it is built from the recipe again, without these changes"
}

# image_build ASK: ASK is true where the archive is to be asked for news first.
image_build() {
	build_prepare
	hand_check
	lists_are_there || lists_update
	if $1; then lists_update; fi
	if ! $force && is_quickly_unchanged; then
		say "$image is up to date"
		return
	fi
	$1 || lists_renew
	snapshot_take
	inputs_find
	if ! $force && is_unchanged; then
		quick_keep
		say "$image is up to date"
		return
	fi
	if $if_needed && ! packages_are_newer; then
		say "$image has the archive's newest packages"
		return
	fi
	generation_build
	quick_keep
	say "built $image, generation $(current_number) ($(du -shL --apparent-size "$image/current" | cut -f1))"
}

# Whether the archive has another version of anything that the image has. Says of what.
packages_are_newer() {
	local newer
	newer=$(join <(sort "$image/current/packages") <(sort "$work/plan") | awk '$2 != $3 { print $1 }')
	grep -qxF "$kernel_package $kernel_version" "$image/current/packages" || newer+=" $kernel_package"
	[[ $newer ]] || return 1
	say "newer: ${newer//$'\n'/ }"
}

generation_build() {
	local number
	number=$(generation_next)
	mkdir -p "$image/generations"
	export kernel_package kernel_version kernel_sum kernel_deb tree_key tools tools_key guest guest_key inputs epoch tools_list="${tools_wanted[*]}"
	kernel_fetch
	# The tree, a copy of it, the compressed root.
	room_check "$cache" $((3 * $(installed_size "$work/plan")))
	inside image_make "$image/generations/$number.new" "${packages[@]}" || {
		rm -rf "$image/generations/$number.new"
		fail "nothing was changed in $image"
	}
	ln -sfn "$recipe_file" "$image/recipe"
	generation_publish "$number"
	generations_clear
	packages_clear
}

quick_file() {
	echo "$(cache_home)/debian/seen-$(sha256sum <<<"$image" | head -c 12)"
}

# What the outputs look like: a change of one is seen without reading it.
outputs_look() {
	stat -L -c '%n %s %Y %i' "$image"/current/{vmlinuz,initrd.img,cmdline,root.erofs,packages,programs.json,manifest.json}
}

quick_keep() {
	{ quick_inputs && outputs_look; } >"$(quick_file)"
}

is_quickly_unchanged() {
	[[ -f $(quick_file) && -e $image/current/root.erofs ]] || return 1
	[[ $({ quick_inputs && outputs_look; } 2>/dev/null) == "$(cat "$(quick_file)")" ]]
}

is_unchanged() {
	local file
	for file in vmlinuz initrd.img cmdline root.erofs packages programs.json manifest.json; do
		[[ -f $image/current/$file ]] || return 1
	done
	[[ $(manifest_write "$image/current") == "$(cat "$image/current/manifest.json")" ]]
}
