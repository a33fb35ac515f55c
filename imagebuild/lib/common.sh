# shellcheck shell=bash
# What all of vmsilo-image uses: its words, folders, sums.

fail() {
	echo "vmsilo-image: $*" >&2
	exit 1
}

say() {
	echo "vmsilo-image: $*"
}

sum_of() {
	sha256sum <"$1" | cut -d' ' -f1
}

# sums_of FOLDER...: one sum over names, modes and contents, wherever the folders are.
sums_of() {
	local folder
	for folder in "$@"; do
		(cd "$folder" && find . ! -type d -printf '%m %p %l\0' | LC_ALL=C sort -z | tr '\0' '\n' &&
			find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum)
	done | sha256sum | cut -d' ' -f1
}

need() {
	command -v "$1" >/dev/null || fail "$1 is missing; as root, run: apt-get install $2"
}

# xdg_folder VALUE FALLBACK: as the XDG specification has it, VALUE unless it is empty or relative, else FALLBACK in
# the user's home, which the passwd entry tells where HOME does not.
xdg_folder() {
	local home=${HOME:-}
	[[ $home == /* ]] || home=$(unset HOME && echo ~)
	if [[ $1 == /* ]]; then echo "$1"; else echo "$home/$2"; fi
}

data_home() {
	echo "$(xdg_folder "${XDG_DATA_HOME:-}" .local/share)/vmsilo/images"
}

cache_home() {
	echo "$(xdg_folder "${XDG_CACHE_HOME:-}" .cache)/vmsilo"
}

epoch_check() {
	[[ ${SOURCE_DATE_EPOCH:-0} =~ ^[0-9]+$ ]] || fail "SOURCE_DATE_EPOCH is not a number: '$SOURCE_DATE_EPOCH'"
}

# Readers see the old image or the new one, whole.
replace() {
	local new=$1 target=$2
	rm -rf "$target.old"
	[[ ! -e $target ]] || mv -T "$target" "$target.old"
	mv -T "$new" "$target"
	rm -rf "$target.old"
}
