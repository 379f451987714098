#!/bin/sh
# Sets up on a fresh Debian 12 or Ubuntu 24.04, builds callqa, and scores the
# sample calls with no key and no server: by the rule book that is built in.
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh

# shellcheck disable=SC2086 # words on purpose
need $build_packages jq
log=$(mktemp)
if ! { cmake -S . -B build/demo -G Ninja -DBUILD_TESTING=OFF &&
	cmake --build build/demo; } >"$log" 2>&1; then
	cat "$log" >&2
	rm -f "$log"
	exit 1
fi
rm -f "$log"
reports=build/demo/reports.ndjson
build/demo/callqa --config none --engine rules --reproducible \
	tests/golden/calls.ndjson >"$reports"
jq -r '[.call_id, (.overall_score // "none" | tostring),
	.evaluation.classification.call_outcome,
	([(.summary.critical_issues | if length > 0 then "broken: " + join(", ") else empty end),
	  (.summary.areas_for_improvement | if length > 0 then "coach: " + join(", ") else empty end),
	  (if .overall_score == null then "not judged: " + (.needs_review[0].message
		| sub("^[^:]*: anything: "; "")) else empty end)] | join("; "))] | @tsv' "$reports" |
	while IFS='	' read -r call score outcome found; do
		printf '%-26s %5s  %-11s %s\n' "$call" "$score" "$outcome" "$found"
	done
cat >&2 <<'END'

A line for each call: its score, how it ended, and what was found.  A rule book
heard the words; a model would hear their meaning.  The whole reports, with the
quotes behind every finding, are in build/demo/reports.ndjson:
  jq . build/demo/reports.ndjson | less
  jq -r '.evaluation.compliance.items[] | [.status, .name, .details] | @tsv' \
    build/demo/reports.ndjson
With a key, `callqa calls.ndjson' asks a model; see README.md.
END
