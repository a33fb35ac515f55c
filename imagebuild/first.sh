# shellcheck shell=bash
# The first configuration, and the first window: what quickstart does once there are images.

# configuration_find: its file, where the broker looks for it: empty and relative values do not count.
configuration_find() {
	local home=${HOME:-} folder=${XDG_CONFIG_HOME:-}
	[[ $home == /* ]] || home=$(unset HOME && echo ~)
	[[ $folder == /* ]] || folder=$home/.config
	echo "$folder/vmsilo/vmsilo.yaml"
}

# debian_vm FILE: the first VM that has the image debian; nothing where there is none.
debian_vm() {
	{ find "$1" "$(dirname "$1")/conf.d" -name '*.yaml' -exec cat {} + 2>/dev/null || true; } | awk '
		$1 == "-" && $2 == "name:" { name = $3 }
		$1 == "image:" && $2 == "debian" && found == "" { found = name }
		END { print found }'
}

# configuration_write FILE DESKTOP EXAMPLES: what is there is not changed. DESKTOP: true, for one with a VM that has Debian; VMs that are
# there already keep their names.
configuration_write() {
	local file=$1 desktop=$2 examples=$3 more
	more=$(dirname "$file")/conf.d/desktop.yaml
	if [[ ! -e $file ]]; then
		mkdir -p "$(dirname "$file")"
		if $desktop; then cp "$examples/example-desktop.yaml" "$file"; else cp "$examples/example.yaml" "$file"; fi
		echo "    written, with the VMs $(sed -n 's/^  - name: //p' "$file" | paste -sd' ')"
	else
		echo "    exists already; not changed"
	fi
	if ! $desktop || [[ -n $(debian_vm "$file") ]]; then return; fi
	echo "    $more"
	if [[ -e $more ]]; then
		echo "    exists already; not changed"
		return
	fi
	mkdir -p "$(dirname "$more")"
	sed 's/^  - name: /&desktop-/' "$examples/example-desktop.yaml" >"$more"
	echo "    written, with the VMs $(sed -n 's/^  - name: //p' "$more" | paste -sd' ')"
}

# first_window BIN VM: a terminal of the VM, until its window is on the desktop.
first_window() {
	local bin=$1 vm=$2 tries
	"$bin/vm-run" -d "$vm" foot
	for ((tries = 0; tries < 120; tries++)); do
		if [[ $("$bin/vmsilo" windows --json "$vm") == *'"title"'* ]]; then
			echo "    its window is on your desktop, in the colour of $vm"
			return
		fi
		sleep 0.5
	done
	echo "    no window of it came; see: $bin/vmsilo logs $vm" >&2
	return 1
}
