#!/bin/sh
# Sets up on a fresh Debian 12 or Ubuntu 24.04, builds callqa and runs all of
# its tests.  BUILD_TYPE and CC choose another build; JOBS how many tests run
# at once (twice as many as there are processors, for most of their time is
# waiting); more arguments go to ctest.
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh

# shellcheck disable=SC2086 # words on purpose
need $build_packages $test_packages
type=${BUILD_TYPE:-Debug}
dir=build/check-${CC:-cc}-$type
cmake -S . -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE="$type" >/dev/null
cmake --build "$dir"
exec ctest --test-dir "$dir" -L 'unit|cli|fault' \
	-j "${JOBS:-$((2 * $(nproc)))}" --output-on-failure --no-tests=error "$@"
