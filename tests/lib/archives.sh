# shellcheck shell=bash
# Where this host has its Debian from, for tests that make a system of another suite: $suite.

# The host's own sources of Debian, of whatever form, as apt has read them: for each archive its place and the names of this
# host's suite in it, where we write the wanted one. Backports, and what others offer, are left out.
sources() {
	local codename
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	apt-cache policy | awk -v host="$codename" -v suite="${suite:?}" '
		$5 == "Packages" { url = $2; split($3, part, "/"); component = part[length(part)] }
		$1 == "release" && /o=Debian,/ {
			name = $0; sub(/.*n=/, "", name); sub(/,.*/, "", name)
			rest = substr(name, length(host) + 1)
			if (url != "" && component == "main" && index(name, host) == 1 && rest ~ /^(|-updates|-security)$/)
				print "deb " url " " suite rest " main"
			url = ""
		}' | sort -u
}

# How this host reaches them.
apt_options() {
	apt-config dump | grep -E '^Acquire::(https?|ftp|Check|Retries|ForceIPv|Queue)[A-Za-z0-9:-]* ".+";$' || true
	if [[ -e /etc/ssl/certs/ca-certificates.crt ]]; then echo 'Acquire::https::CaInfo "/etc/apt/host-ca.crt";'; fi
}
