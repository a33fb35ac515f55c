# shellcheck shell=bash
# Minimal roots of Debian's suites, kept from one run to the next. The sourcing script has set suite; all mounts are its own
# (it runs in a mount namespace).
#
# For each suite a folder: base/ is a system of apt and nothing else; use/ is what installing quickstart's packages adds to
# it, test/ what the tests' packages add to both (upper folders of overlayfs); each has a .key beside it that tells what it
# was made of. lists/ and archives/ are apt's, shared by all, kernels/ are the packages that vmsilo-image has fetched.
# ccache/ is what was compiled there. Only the newest of each is kept: 3 GB for a suite with all groups.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(dirname "$(dirname "$here")")
kept=${VMSILO_FRESH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vmsilo-tests/fresh}/${suite:?}

fail() {
	echo "fresh/$suite: $*" >&2
	exit 1
}

say() {
	echo "== $((SECONDS / 60)):$(printf %02d $((SECONDS % 60))) $*"
}

# What there must be on the machine that runs this.
able() {
	local program
	if [[ $(id -u) != 0 ]]; then
		echo "not run: fresh/$suite needs root, to make a Debian system and mount it"
		exit 77
	fi
	for program in mmdebstrap unshare pivot_root git /bin/busybox; do
		command -v "$program" >/dev/null || fail "$program is missing; run: imagebuild/install-packages image test"
	done
}

# lock shared|exclusive: so many may use a root, or one renew it.
lock() {
	mkdir -p "$kept"
	exec {lock_fd}>"$kept/lock"
	flock "--$1" -w 900 "$lock_fd" || fail "another run holds $kept"
}

# stack UPPER LAYER...: mounts, at $merged, the layers (the topmost first) with UPPER for what is written; apart from it
# nothing changes. The folder of UPPER must not be on an overlay itself.
stack() {
	local upper=$1 lower
	shift
	lower=$(IFS=: && echo "${*/#/$kept/}")
	merged=$upper.merged
	mkdir -p "$upper" "$upper.work" "$merged"
	mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$upper.work" "$merged" ||
		fail "cannot mount an overlay at $merged"
}

unstack() {
	umount "$merged"
	rm -rf "$merged" "${merged%.merged}.work"
	merged=
}

# inside COMMAND...: in what is mounted at $merged, with apt's folders.
inside() {
	VMSILO_ENTER_BINDS="$kept/lists:/var/lib/apt/lists $kept/archives:/var/cache/apt/archives ${ccache_bind-}" \
		"$here/enter" "$merged" "$@" </dev/null
}
