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
readonly -a builder_parts=(vmsilo-image newc-write recipe-read packages.txt install-packages lib debian)

# sources_sum FOLDER
sources_sum() {
	(cd "$1" && find "${source_parts[@]}" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -d' ' -f1
}

# snapshot_take: a build takes minutes, and a checkout may change meanwhile (another branch, another edit). From here on $here and
# $sources are copies, of one moment, and what runs inside knows them.
snapshot_take() {
	local tries=20
	until snapshot_try 2>"$work/err"; do
		((--tries > 0)) || fail "the sources in $sources change all the time: $(tail -n 1 "$work/err")"
		sleep 0.5
	done
	here=$work/snapshot/imagebuild self=$work/snapshot/imagebuild/vmsilo-image sources=$work/snapshot
	export self here cache work recipe archive sources name image
}

snapshot_try() {
	local now
	rm -rf "$work/snapshot"
	mkdir -p "$work/snapshot/imagebuild" &&
		(cd "$here" && cp -r --preserve=mode,links,timestamps "${builder_parts[@]}" "$work/snapshot/imagebuild") &&
		(cd "$sources" && cp -r --preserve=mode,links,timestamps "${source_parts[@]}" "$work/snapshot") &&
		now=$(sources_sum "$sources" && builder_sum "$here") &&
		[[ $now == "$(sources_sum "$work/snapshot" && builder_sum "$work/snapshot/imagebuild")" ]]
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

# guest_renew: into $guest/root, what the guest's root gets. Each root with compilers has a build tree of its own. Runs inside.
guest_renew() {
	if [[ $(cat "${guest:?}/key" 2>/dev/null) == "$guest_key" ]]; then return 0; fi
	say "compiling the guest's programs"
	rm -rf "$guest"/{key,root}
	mkdir -p "$guest"/{source,build,root} "$tools/guest"
	sources_copy "$guest/source"
	mountpoint -q "$tools/guest" || mount --bind "$guest" "$tools/guest"
	shown in_root "$tools" cmake -S /guest/source -B /guest/build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DCMAKE_INSTALL_PREFIX=/usr -DVMSILO_TESTS=OFF &&
		shown in_root "$tools" ninja -C /guest/build guest &&
		shown in_root "$tools" env DESTDIR=/guest/root cmake --install /guest/build --component guest --strip ||
		fail "compiling the guest's programs failed"
	echo "$guest_key" >"$guest/key"
}
