# shellcheck shell=bash
# What the archive has for a recipe, known by an apt of our own: its lists are kept in the cache, and so are the packages that it
# fetched. Of the host's apt it takes only the way to the network.

readonly ask_again=$((12 * 60)) # minutes, after which a build that has to be made asks the archive for news

# archive_open: from here on apt means the recipe's archive. Sets $archive, a folder for each set of addresses.
archive_open() {
	sources_write >"${work:?}/sources.list"
	archive=$cache/archive-$(sum_of "$work/sources.list" | head -c 12)
	mkdir -p "$archive"/{lists/partial,cache,etc/apt.conf.d,etc/preferences.d} "$cache/packages/partial"
	cp "$work/sources.list" "$archive/sources.list"
	# apt reads all lists anew when that file is newer than what it made of them.
	[[ -e $archive/status ]] || : >"$archive/status"
	apt_conf_write >"$archive/apt.conf"
	export APT_CONFIG=$archive/apt.conf
	apt_advice="does the recipe name one that $(<"$recipe/suite") has?"
}

sources_write() {
	local by='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]' mirror suite
	mirror=$(<"${recipe:?}/mirror")
	suite=$(<"$recipe/suite")
	cat <<-END
		deb $by $mirror $suite main
		deb $by $mirror $suite-updates main
		deb $by $(<"$recipe/security_mirror") $suite-security main
	END
}

# How this host reaches archives: proxies, limits.
host_options() {
	env -u APT_CONFIG apt-config dump | grep -E '^Acquire::(https?|ftp|Check|Retries|ForceIPv|Queue)[A-Za-z0-9:-]* ".+";$' || true
}

apt_conf_write() {
	cat <<-END
		Dir::Etc "$archive/etc";
		Dir::Etc::sourcelist "$archive/sources.list";
		Dir::Etc::netrc "/etc/apt/auth.conf";
		Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
		Dir::State "$archive";
		Dir::State::lists "$archive/lists";
		Dir::State::status "$archive/status";
		Dir::Cache "$archive/cache";
		Dir::Cache::archives "$cache/packages";
		APT::Architecture "$(dpkg --print-architecture)";
		APT::Architectures {"$(dpkg --print-architecture)";};
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
	END
	host_options
}

lists_are_there() {
	compgen -G "$archive/lists/*InRelease" >/dev/null
}

lists_update() {
	say "asking $(<"$recipe/mirror") what is new"
	if apt-get -qq update -o APT::Update::Error-Mode=any >"$work/apt.log" 2>&1; then
		touch "$archive/asked"
		rm -rf "$archive/plans"
		return
	fi
	cat "$work/apt.log" >&2
	fail "the archive does not answer; check the network and the recipe's mirror, and try again. What there is of images is unchanged"
}

# A build that has to be made asks for news where the last answer is old; without the network the kept lists do.
lists_renew() {
	[[ -z $(find "$archive/asked" -mmin "-$ask_again" 2>/dev/null) ]] || return 0
	if (lists_update) 2>"$work/err"; then return 0; fi
	say "the archive does not answer; building from the lists of $(date -r "$archive/asked" '+%F %R')"
}

# What changes when the archive does, and is read at once.
lists_sum() {
	(cd "$archive/lists" && cat ./*InRelease) | sha256sum | cut -d' ' -f1
}

# Files that a build makes are of this time: the suite's release, so that it changes only when packages do.
lists_epoch() {
	date -d "$(sed -n 's/^Date: //p;/^Date: /q' "$archive"/lists/*_dists_"$(<"$recipe/suite")"_InRelease)" +%s
}

# plan PACKAGE...: all that would be installed, with its version, a package a line. apt takes seconds to find it, so what it said is
# kept for as long as it would say the same.
plan() {
	local kept
	kept=$archive/plans/$({ lists_sum && apt-get --version && echo "$*"; } | sha256sum | head -c 16)
	[[ -s $kept ]] || {
		mkdir -p "$archive/plans"
		plan_find "$@" >"$work/plan.new"
		mv "$work/plan.new" "$kept"
	}
	cat "$kept"
}

plan_find() {
	local essential
	essential="?narrow(?or(?archive(^stable$),?codename(^$(<"$recipe/suite")$)),?essential)"
	if apt-get install -s "$essential" apt "$@" >"$work/plan.out" 2>"$work/plan.err"; then
		sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1 \2/p' "$work/plan.out" | LC_ALL=C sort
		return
	fi
	grep -E '^(E:|W:)| Depends: | but ' "$work/plan.err" "$work/plan.out" -h | head -n 8 >&2
	fail "the packages of the recipe cannot be installed"
}

# What the archive has no more is not kept either.
packages_clear() {
	apt-get -qq autoclean >/dev/null 2>&1 || true
}

# installed_size PLAN: KiB, of all that PLAN has.
installed_size() {
	cut -d' ' -f1 "$1" | xargs apt-cache show --no-all-versions | awk '$1 == "Installed-Size:" { sum += $2 } END { print sum + 0 }'
}
