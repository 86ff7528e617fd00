#!/usr/bin/env bash
# run-benchmarks.sh - runs the benchmarks of a build folder, one line of result each
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: run-benchmarks.sh BUILD [NAME...]

set -euo pipefail

build=$1
shift

# A notebook of a million pages is measured without a window, and in one; so are large pages.
names=()
for name; do
  names+=("$name")
  [ "$name" != notebook ] || names+=(notebook-window notebook-large)
done

if ! meson introspect "$build" --benchmarks | grep -q '"name"'; then
  echo "There are no benchmarks yet." >&2
  exit 0
fi
exec meson test -C "$build" --benchmark --no-rebuild --verbose "${names[@]}"
