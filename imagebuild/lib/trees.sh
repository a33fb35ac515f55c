# shellcheck shell=bash
# Roots of the suite's packages, kept in the cache: for images, without anything of ours, and to compile in. Each has its name from
# its key, that is from its packages, so that images of the same packages share one. All of this runs inside (see inside.sh).

readonly trees_kept=4 # the last used; each has some hundred megabytes

# tree_use FOLDER KEY PACKAGE...: makes it if it is not there.
tree_use() {
	tree_renew "$@"
	touch "$1.key"
}

# tree_renew FOLDER KEY PACKAGE...: unless FOLDER is of KEY already. FOLDER.key has it.
tree_renew() {
	local folder=$1 key=$2
	shift 2
	if [[ -d $folder && $(cat "$folder.key" 2>/dev/null) == "$key" ]]; then return 0; fi
	rm -rf "$folder.key" "$folder"
	mkdir -p "$(dirname "$folder")"
	tree_make "$work/tree" "$@"
	mv "$work/tree" "$folder"
	echo "$key" >"$folder.key"
}

# trees_clear: all but those that were used last, and the build trees of those that go.
trees_clear() {
	local key
	while read -r key; do
		rm -rf "$key" "${key%.key}" "$cache/guest-$(basename "${key%.key}")"
	done < <(find "$cache/trees" -maxdepth 1 -name '*.key' -printf '%T@ %p\n' | sort -rn | tail -n "+$((trees_kept + 1))" | cut -d' ' -f2-)
}

# The lists and packages that the cache has are mounted where mmdebstrap's apt looks, and gone before it clears them away.
tree_make() {
	local folder=$1 option
	local -a options=(--mode=root --variant=apt --format=directory --skip=update,download/empty,essential/unlink)
	shift
	for option in doc man info lintian; do options+=("--dpkgopt=path-exclude=/usr/share/$option/*"); done
	options+=('--dpkgopt=path-include=/usr/share/doc/*/copyright' --dpkgopt=force-unsafe-io
		'--aptopt=APT::Install-Recommends "false"' '--aptopt=APT::Sandbox::User "root"')
	while read -r option; do options+=("--aptopt=$option"); done < <(host_options)
	# shellcheck disable=SC2016 # in the hook's shell
	options+=(--setup-hook='mkdir -p "$1/var/cache/apt/archives" && mount --bind "$archive/lists" "$1/var/lib/apt/lists" &&
			mount --bind "$cache/packages" "$1/var/cache/apt/archives"'
		--customize-hook='umount "$1/var/lib/apt/lists" "$1/var/cache/apt/archives"')
	touch -d '-2 seconds' "$work/tree.begin"
	shown env -u APT_CONFIG SOURCE_DATE_EPOCH="$epoch" mmdebstrap "${options[@]}" \
		--include="$(IFS=, && echo "$*")" "$(<"$recipe/suite")" "$folder" "$archive/sources.list" </dev/null ||
		fail "installing the packages failed"
	times_even "$folder" "$work/tree.begin"
}

# times_even ROOT BEGIN: files of packages keep their times, by which caches know them; what was made since the file BEGIN gets
# the epoch's.
times_even() {
	find "$1" -newer "$2" -print0 | xargs -0r touch --no-dereference -d "@$epoch"
}

# shown COMMAND...: on a terminal the last line of what it says, with the minutes that it takes, in one line that goes with it. What it
# said at its end stays if it fails.
shown() {
	local code=0
	if [[ -t 2 ]]; then
		"$@" 2>&1 | tee "$work/log" | last_line >&2 || code=$?
	else
		"$@" >"$work/log" 2>&1 || code=$?
	fi
	if ((code != 0)); then tail -n 20 "$work/log" >&2; fi
	return "$code"
}

last_line() {
	local begin=$SECONDS code line text columns seconds
	columns=$(stty size <&2 2>/dev/null | cut -d' ' -f2)
	((columns >= 20)) || columns=80
	while :; do
		code=0
		IFS= read -r -t 1 line || code=$?
		if ((code == 0)); then text=${line//[^[:print:]]/}; elif ((code <= 128)); then break; fi
		seconds=$((SECONDS - begin))
		printf '\r\033[K    %d:%02d %.*s' $((seconds / 60)) $((seconds % 60)) $((columns - 12)) "${text-}"
	done
	printf '\r\033[K'
}

# room_check FOLDER KIB
room_check() {
	local free
	free=$(df --output=avail "$1" | tail -n 1)
	((free > $2)) || fail "$1 has $((free >> 10)) MiB free, and this needs $(($2 >> 10)); make room, or set XDG_CACHE_HOME to another disk"
}
