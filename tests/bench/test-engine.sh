#!/bin/sh
# test-engine.sh - the benchmark's two programs do the same: sizes and contents of some small cases are equal
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test-engine.sh WEFT_BENCH NODE_FOLDER: skipped (77) where Node or its packages are missing.
set -eu

command -v node >/dev/null && [ -d "$2/node_modules/yjs" ] || exit 77

traces=$(mktemp -d)
trap 'rm -rf "$traces"' EXIT
unset WEFT_BENCH_INPUTS
node "$2/bench/engine.mjs" "$1" "$traces" --quick B1.1 B1.10 B2.4 B3.2
