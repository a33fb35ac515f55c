# shellcheck shell=bash
# The guest's programs, compiled where they will run: in a root of the suite with compilers.

# Where the sources are: the checkout that this is part of, or what was installed of it.
sources_find() {
	local candidate
	for candidate in "$here/.." "$here/../../share/vmsilo/source" "$here/../../../share/vmsilo/source"; do
		if [[ -f $candidate/guest-agent/CMakeLists.txt ]]; then
			sources=$(readlink -f "$candidate")
			return
		fi
	done
	fail "the sources of the guest's programs are not there: neither above $here nor in share/vmsilo/source"
}

readonly -a source_parts=(CMakeLists.txt proto guest-agent tray)

sources_sum() {
	(cd "$sources" && find "${source_parts[@]}" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -d' ' -f1
}

# sources_copy FOLDER: a file that is the same stays as it was, so that ninja compiles only what changed, even if FOLDER had the
# sources of another checkout.
sources_copy() {
	local file
	(cd "$sources" && find "${source_parts[@]}" -type f) >"$work/sources"
	while read -r file; do
		cmp -s "$sources/$file" "$1/$file" || install -D -m "$(stat -c %a "$sources/$file")" "$sources/$file" "$1/$file"
	done <"$work/sources"
	(cd "$1" && find . -type f -printf '%P\n' | grep -vxFf "$work/sources" | xargs -r -d '\n' rm --) || true
}

tools_packages() {
	VMSILO_SUITE=$(<"$recipe/suite") "$here/install-packages" --list build tools
}

# guest_renew: into $cache/guest/root, what the guest's root gets. Runs inside.
guest_renew() {
	local key=$guest_key
	if [[ $(cat "$cache/guest/key" 2>/dev/null) == "$key" ]]; then return 0; fi
	say "compiling the guest's programs"
	rm -rf "$cache"/guest/{key,root}
	# Another compiler: nothing of the old one's is left.
	if [[ $(cat "$cache/guest/tools" 2>/dev/null) != "$tools_key" ]]; then rm -rf "$cache/guest"; fi
	mkdir -p "$cache"/guest/{source,build,root} "$cache/tools/guest"
	sources_copy "$cache/guest/source"
	mountpoint -q "$cache/tools/guest" || mount --bind "$cache/guest" "$cache/tools/guest"
	shown in_root "$cache/tools" cmake -S /guest/source -B /guest/build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DCMAKE_INSTALL_PREFIX=/usr -DVMSILO_TESTS=OFF &&
		shown in_root "$cache/tools" ninja -C /guest/build guest &&
		shown in_root "$cache/tools" env DESTDIR=/guest/root cmake --install /guest/build --component guest --strip ||
		fail "compiling the guest's programs failed"
	echo "$tools_key" >"$cache/guest/tools"
	echo "$key" >"$cache/guest/key"
}
