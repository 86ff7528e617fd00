#!/bin/sh
# check-exports.sh - libweft exports functions of its own, only those that headers declare, and all of them
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# check-exports.sh LIBRARY MAP
set -eu

exported=$(nm -D --defined-only "$1" | awk '$2 == "T" { sub("@.*", "", $3); print $3 }' | sort -u)
declared=$(sed -n 's/^    \(weft_[a-z0-9_]*\);$/\1/p' "$2" | sort -u)
[ -n "$declared" ] || { echo "the map is empty"; exit 1; }
if [ "$exported" != "$declared" ]; then
  echo "what is exported (<) is not what the headers declare (>):"
  printf '%s\n' "$exported" >"${TMPDIR:-/tmp}/exported.$$"
  printf '%s\n' "$declared" | diff "${TMPDIR:-/tmp}/exported.$$" - || true
  rm -f "${TMPDIR:-/tmp}/exported.$$"
  exit 1
fi
