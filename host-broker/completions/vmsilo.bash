# bash completion for vmsilo and its commands                    -*- shell-script -*-
# What may stand where is known to vmsilo itself.

_vmsilo() {
	local line program=${1##*/} files=false
	local -a words=("${COMP_WORDS[@]:1:COMP_CWORD}")
	COMPREPLY=()
	while IFS= read -r line; do
		line=${line%%$'\t'*}
		if [[ $line == :files ]]; then
			files=true
		elif [[ $line == "${COMP_WORDS[COMP_CWORD]}"* ]]; then
			COMPREPLY+=("$line")
		fi
	done < <(vmsilo --complete "$program" "${words[@]}" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *: ]]; then compopt -o nospace; fi
	if $files; then compopt -o default; fi
}
complete -F _vmsilo vmsilo vm-run vm-copy vm-shell vm-start vm-stop vm-pause vm-restart vmsilo-usb

# The others' options, read off their --help.
_vmsilo_help() {
	local options
	options=$("$1" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)
	mapfile -t COMPREPLY < <(compgen -W "$options $3" -- "${COMP_WORDS[COMP_CWORD]}")
	compopt -o default
}
_vmsilo_image() {
	_vmsilo_help "$1" "$2" 'build list show update shell remove small debian'
}
_vmsilo_daemon() {
	_vmsilo_help "$1" "$2" ''
}
complete -F _vmsilo_image vmsilo-image
complete -F _vmsilo_daemon vmsilo-broker vmsilo-tray vmsilo-windows vmsilo-agent vmsilo-guest-tray
