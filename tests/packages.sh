# shellcheck shell=sh disable=SC2034 # what is set here is used there
# Sourced by demo.sh and check.sh: installs what is missing, by apt.
# need PACKAGE...: does nothing if all are there.

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

need() {
	missing=
	for package in "$@"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	echo "installing:$missing" >&2
	# The list of packages may be older than the packages are.
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
	# shellcheck disable=SC2086 # words on purpose
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends $missing >&2
}

# What building takes, and what running the tests takes beside it.
build_packages="gcc libc6-dev cmake ninja-build pkg-config libcurl4-openssl-dev
libjansson-dev libyaml-dev libssl-dev libsqlite3-dev ca-certificates"
test_packages="libcmocka-dev python3 python3-jsonschema python3-yaml jq openssl
mandoc man-db pmccabe clang-format strace procps nginx-light nghttp2-server
iproute2 python3-jinja2 python3-prometheus-client systemd libxml2-utils
python3-junitparser"
