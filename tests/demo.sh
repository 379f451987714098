#!/bin/sh
# Sets up on a fresh Debian 12 or Ubuntu 24.04, builds callqa, and scores the
# sample calls with no key and no server: the model's answers come from a
# recording whose answers were written by hand.
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh

# shellcheck disable=SC2086 # words on purpose
need $build_packages
log=$(mktemp)
if ! { cmake -S . -B build/demo -G Ninja -DBUILD_TESTING=OFF &&
	cmake --build build/demo; } >"$log" 2>&1; then
	cat "$log" >&2
	rm -f "$log"
	exit 1
fi
rm -f "$log"
build/demo/callqa --config none --reproducible \
	--replay tests/golden/recording.ndjson tests/golden/calls.ndjson
cat >&2 <<'END'

Each line above is the report of one call.  To read one, or only the scores:
  sh tests/demo.sh | head -n 1 | jq .
  sh tests/demo.sh | jq -c '[.call_id, .overall_score, .summary]'
END
