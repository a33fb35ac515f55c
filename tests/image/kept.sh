# shellcheck shell=bash
# For tests that build Debian images: the cache is kept from one run to the next, and packages come from where this host has its own.
XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
# One test calls another.
XDG_CACHE_HOME=${XDG_CACHE_HOME%/vmsilo-tests}/vmsilo-tests
export XDG_CACHE_HOME

# mirror PART: the address from which the host has its suite (""), or that suite's security updates ("-security").
mirror() {
	local codename
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	apt-cache policy | awk -v wanted="$codename$1" '
		$5 == "Packages" { url = $2 }
		$1 == "release" && /o=Debian,/ && index($0 ",", "n=" wanted ",") && /c=main/ && url != "" { print url; exit }'
}

# recipe_with_mirror RECIPE: it, with the host's addresses, if the host has any.
recipe_with_mirror() {
	local address
	cat "$1"
	address=$(mirror '') && [[ -z $address ]] || echo "mirror: $address"
	address=$(mirror -security) && [[ -z $address ]] || echo "security_mirror: $address"
}
