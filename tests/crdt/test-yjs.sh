#!/bin/sh
# test-yjs.sh - random histories of real Yjs, made now, replayed by the engine
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test-yjs.sh PROGRAM NODE_FOLDER [COUNT [SEED]]: skipped (77) where Node or its packages are missing.
set -eu

program=$1
folder=$2
# The short run is the same each time; --long looks for what is new.
if [ -n "${WEFT_TEST_LONG:-}" ]; then
  count=${3:-2000}
  seed=${4:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
else
  count=${3:-400}
  seed=${4:-100}
fi

command -v node >/dev/null && [ -d "$folder/node_modules/yjs" ] || exit 77

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
echo "seed $seed: node tests/node/crdt/history.mjs $seed $count"
(cd "$folder" && node crdt/history.mjs "$seed" "$count") >"$lines"
"$program" "$lines"
(cd "$folder" && node crdt/history.mjs "$seed" "$((count / 4))" text marks map array nested undo gc) >"$lines"
"$program" "$lines"
# The ways that edits of a single run take, with deleted content kept and not.
(cd "$folder" && node crdt/history.mjs "$seed" "$((count / 4))" typing && node crdt/history.mjs "$seed" "$((count / 4))" typing gc) >"$lines"
"$program" "$lines"
