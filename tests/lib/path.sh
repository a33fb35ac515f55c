# shellcheck shell=bash
# For tests with the real client, broker and agent and without a VM: folders of the test's own, and a broker whose
# monitor "agent" is the agent itself. The sourcing script has set build; call path_begin with the configuration
# on stdin, and path_end at the end.
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data
configuration=$XDG_CONFIG_HOME/vmsilo/vmsilo.yaml
PATH=$work/bin:$PATH
# shellcheck source=tests/lib/checks.sh
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

path_begin() {
	local link
	mkdir -p "$XDG_RUNTIME_DIR" "$(dirname "$configuration")" "$work/bin"
	cat >"$configuration"
	# The client starts the broker that lies beside it.
	cp "${build:?}/bin/vmsilo" "$work/bin/"
	cp "$build/tests/vmsilo-broker-agent" "$work/bin/vmsilo-broker"
	for link in "$build"/bin/vm-*; do ln -s vmsilo "$work/bin/$(basename "$link")"; done
}

path_end() {
	timeout 20 vm-stop --force --all >/dev/null 2>&1
	broker_finish
	rm -rf "$work"
}
