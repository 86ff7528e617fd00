#!/bin/sh
# test-yjs.sh - random documents of real Yjs, made now, through weft-doc
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test-yjs.sh PROGRAM NODE_FOLDER [COUNT [SEED]]: skipped (77) where Node or its packages are missing.
set -eu

program=$1
folder=$2
# The short run is the same each time; --long looks for what is new.
if [ -n "${WEFT_TEST_LONG:-}" ]; then
  count=${3:-600}
  seed=${4:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
else
  count=${3:-60}
  seed=${4:-100}
fi

command -v node >/dev/null && [ -d "$folder/node_modules/yjs" ] || exit 77

echo "seed $seed: node tests/node/crdt/weft-doc.mjs $program $seed $count"
cd "$folder"
node crdt/weft-doc.mjs "$program" "$seed" "$count"
echo "seed $seed: node tests/node/crdt/raw.mjs $program $seed $count"
node crdt/raw.mjs "$program" "$seed" "$count"
echo "seed $seed: node tests/node/crdt/changed.mjs $program $seed $count"
node crdt/changed.mjs "$program" "$seed" "$count"
# Yjs 14 asks for a newer Node than some systems have.
if node --input-type=module --eval 'await import ("@y/y")' 2>/dev/null; then
  echo "seed $seed: node tests/node/crdt/v14.mjs $program $seed $((count / 2))"
  node crdt/v14.mjs "$program" "$seed" $((count / 2))
else
  echo "Yjs 14 does not run here: what it writes is not compared"
fi
[ -z "${WEFT_TEST_LONG:-}" ] || exec node crdt/crowd.mjs "$program" "$seed" 20
