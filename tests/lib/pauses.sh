# shellcheck shell=bash
# For tests of an hour's pause: a broker whose time of day can be shifted, and what a guest does after it. Source it after checks.sh, with
# build and work set.
export VMSILO_TEST_CLOCK=${work:?}/shift
echo 0 >"$VMSILO_TEST_CLOCK"

# broker_shiftable: the programs in $work/bin; the client starts the broker that lies beside it.
broker_shiftable() {
	local link
	mkdir -p "$work/bin"
	cp "${build:?}/bin/vmsilo" "$work/bin/"
	for link in "$build"/bin/vm-*; do ln -s vmsilo "$work/bin/$(basename "$link")"; done
	cat >"$work/bin/vmsilo-broker" <<-SH
		#!/bin/sh
		LD_PRELOAD=$build/tests/libclock-shift.so exec $build/bin/vmsilo-broker "\$@"
	SH
	chmod +x "$work/bin/vmsilo-broker"
	PATH=$work/bin:$PATH
}

# pause_for VM SECONDS: for all that the broker can tell.
pause_for() {
	vm-pause "$1" && echo $(($(<"$VMSILO_TEST_CLOCK") + $2)) >"$VMSILO_TEST_CLOCK.new" && mv "$VMSILO_TEST_CLOCK.new" "$VMSILO_TEST_CLOCK"
}

# off VM: by how many seconds the guest's clock is off; 0 within a second.
off() {
	local before after guest
	before=$(($(date +%s) + $(<"$VMSILO_TEST_CLOCK")))
	guest=$(vm-run -n "$1" date +%s) || return
	after=$(($(date +%s) + $(<"$VMSILO_TEST_CLOCK")))
	((guest >= before - 1 && guest <= after + 1)) && echo 0 || echo $((guest - before))
}

# rates VM SECONDS: how often a second the guest's processor turned to another process, how often it was interrupted, and how many ticks
# it was busy, from now on.
rates() {
	# shellcheck disable=SC2016 # for the shell in the session
	vm-run -n "$1" sh -c 'look() { awk "/^ctxt/ {c = \$2} /^intr/ {i = \$2} /^cpu / {t = \$2 + \$3 + \$4} END {print c, i, t}" /proc/stat; }
		set -- $1 $(look); sleep $1; set -- "$@" $(look)
		echo $((($5 - $2) / $1)) $((($6 - $3) / $1)) $((($7 - $4) / $1))' sh "$2"
}

# no_storm BEFORE AFTER: of two rates, what a sleep of the guest's own would cost.
no_storm() {
	local -a was is
	local i
	read -ra was <<<"$1"
	read -ra is <<<"$2"
	for i in 0 1; do ((is[i] <= 2 * was[i] + 50)) || echo "$1, $2"; done
}
