# shellcheck shell=bash
# Whether the packages' root comes out the same when it is made a second time: that takes most of a build, so it is done again only
# when something that decides about it is not what it was at the last success. The sourcing script has set build, work and failed.
again_record=$XDG_CACHE_HOME/again

# again_inputs: the packages with all that they need, what installs them, and what runs that.
again_inputs() {
	local lib
	lib=$(dirname "$(readlink -f "${build:?}/bin/vmsilo-image")")/lib
	sed -n 's/.*"packages": "\([0-9a-f]*\)",/\1/p' "$build/images/debian/current/manifest.json"
	cat "$lib"/{archive,inside,trees}.sh | sha256sum
	dpkg-query -W mmdebstrap apt dpkg tar perl-base
}

# again COMMAND...: a build, to which the kept root of the packages is not there if that is so.
again() {
	again_inputs >"${work:?}/again"
	if cmp -s "$work/again" "$again_record"; then
		"$@"
		return
	fi
	local kept=$XDG_CACHE_HOME/vmsilo part tools
	tools=debian/$(readlink "$kept/debian/tools.now")
	mkdir -p "$work/cache/vmsilo/debian/trees"
	for part in "$kept"/*.deb "$kept"/debian/{lock,packages,archive-*,guest-*} "$kept/$tools" "$kept/$tools.key"; do
		ln -s "$part" "$work/cache/vmsilo/${part#"$kept"/}"
	done
	XDG_CACHE_HOME=$work/cache "$@"
}

again_keep() {
	((${failed:?} > 0)) || cp "$work/again" "$again_record"
}
