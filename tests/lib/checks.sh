# shellcheck shell=bash
# For tests that run programs: counts, and says what differed. $work is a folder of the test's own.
failed=0 passed=0
export XDG_STATE_HOME=$work/state # journals

pass() {
	passed=$((passed + 1))
}

fail() {
	failed=$((failed + 1))
	echo "FAILED $1"
	sed 's/^/  stderr: /' "$work/stderr"
}

# check NAME EXPECTED-EXIT EXPECTED-STDOUT COMMAND...
check() {
	local name=$1 code=$2 text=$3 out got
	shift 3
	out=$("$@" 2>"$work/stderr")
	got=$?
	if [[ $got == "$code" && $out == "$text" ]]; then
		pass
	else
		fail "$name: exit $got (expected $code), stdout '${out:0:200}'"
	fi
}

# said NAME TEXT: the last check's stderr has it.
said() {
	if grep -q -- "$2" "$work/stderr"; then pass; else fail "$1: stderr has no '$2'"; fi
}

# state VM: as `vmsilo list` has it.
state() {
	vmsilo list | awk -v vm="$1" '$1 == vm {print $2}'
}

# is_state VM STATE
is_state() {
	[[ $(state "$1") == "$2" ]]
}

# status VM KEY: as `vmsilo status --json` has it.
status() {
	vmsilo status --json "$1" | python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$2"
}

# until_true COMMAND...: waits for it. It comes as fast as the machine lets it; the limit is there for what never comes.
until_true() {
	local end=$((SECONDS + 120))
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# switches PID: how often it gave a processor away, or lost it.
switches() {
	awk '/ctxt_switches/ {sum += $2} END {print sum}' "/proc/$1/status"
}

# is_at_rest PID: it waits, and did nothing for half a second: what came before is over.
is_at_rest() {
	local before
	before=$(switches "$1")
	sleep 0.5
	[[ $(ps -o state= -p "$1") == S && $(switches "$1") == "$before" ]]
}

# The broker whose $XDG_RUNTIME_DIR that is; nothing when there is none.
broker_pid() {
	fuser "$XDG_RUNTIME_DIR/vmsilo/broker.lock" 2>/dev/null | tr -d ' '
}

broker_gone() {
	[[ -z $(broker_pid) ]]
}

# waits_for_broker PID: a client has asked the broker, and has no answer.
waits_for_broker() {
	ss -Hxp 2>/dev/null | grep -q "pid=$1," && vmsilo list >/dev/null
}

# Back when it has gone: it removes its files until then, and the test its folder after that.
broker_finish() {
	local pid
	pid=$(broker_pid)
	[[ -z $pid ]] || kill "$pid"
	until_true broker_gone
}

summary() {
	echo "$passed passed, $failed failed"
	[[ $failed == 0 ]]
}
