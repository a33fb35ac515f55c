# shellcheck shell=bash
# Work that needs to be root, and is not: in a user namespace whose root is the user himself, with his subordinate ids for the
# others. As root it is only a mount namespace; the bytes that come out are the same.

# able: what there must be on this machine, said by what one does about it.
able() {
	need mmdebstrap mmdebstrap
	need unshare util-linux
	need apt-get apt
	need perl perl-base
	need modinfo kmod
	need python3 python3
	python3 -c 'import yaml' 2>/dev/null || fail "Python's yaml is missing; as root, run: apt-get install python3-yaml"
	[[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || fail "Debian's keys are missing; as root, run: apt-get install debian-archive-keyring"
	[[ $(id -u) == 0 ]] || able_user
}

able_user() {
	local user
	user=$(id -un)
	need newuidmap uidmap
	if ! grep -qsE "^($user|$(id -u)):" /etc/subuid || ! grep -qsE "^($user|$(id -u)):" /etc/subgid; then
		fail "the user $user has no subordinate ids; as root, run: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $user"
	fi
	unshare --user --map-root-user --map-auto true 2>"${work:?}/err" || {
		cat "$work/err" >&2
		fail "this system lets user $user make no user namespace; as root, look at: sysctl user.max_user_namespaces kernel.unprivileged_userns_clone"
	}
}

# folder_remove FOLDER: of the cache. What is in it may belong to other users of the namespace, so its root removes it.
folder_remove() {
	rm -rf "$1" 2>/dev/null || unshare --user --map-root-user --map-auto rm -rf "$1" || fail "cannot remove $1"
}

# inside FUNCTION ARGUMENT...: runs it there, with all exported variables. What it started ends with it, and with us, however we
# end: its first process dies when the other end of a pipe is closed.
inside() {
	local -a how=(--mount --pid --fork --kill-child)
	[[ $(id -u) == 0 ]] || how+=(--user --map-root-user --map-auto)
	mkfifo "${work:?}/alive"
	local alive child
	exec {alive}<>"$work/alive"
	unshare "${how[@]}" "$self" --inside "$@" <&0 3<"$work/alive" {alive}>&- &
	child=$!
	# shellcheck disable=SC2064 # these numbers
	trap "exec $alive>&-; wait $child; exit 130" INT TERM HUP
	local code=0
	wait "$child" || code=$?
	trap - INT TERM HUP
	exec {alive}>&-
	rm "$work/alive"
	return $code
}

# The other side: called by the command that inside() made.
inside_run() {
	local watcher
	(
		# Ends all of this process id namespace when the builder is gone.
		read -r <&3 || true
		kill -KILL -1
	) &
	watcher=$!
	# It keeps the locks until all is ended. Others do without: dash has no descriptors of two digits, and mmdebstrap opens some.
	exec 3<&- 8>&- 9>&-
	"$@"
	kill "$watcher" 2>/dev/null || true
}

# in_root ROOT COMMAND...: in that root, with its own /proc and the host's /dev.
in_root() {
	local root=$1
	shift
	(
		# The subshell is no mount namespace of its own: who comes next finds them mounted.
		mountpoint -q "$root/proc" || {
			mount -t proc proc "$root/proc"
			mount --rbind /dev "$root/dev"
			mount -t tmpfs tmpfs "$root/tmp"
			mount -t tmpfs tmpfs "$root/run"
		}
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			SOURCE_DATE_EPOCH="${epoch:?}" chroot "$root" "$@" </dev/null
	)
}

# Lazily: what is mounted below /dev is the host's, and in a user namespace goes with it only.
out_of_root() {
	umount --lazy "$1"/{run,tmp,dev,proc}
}
