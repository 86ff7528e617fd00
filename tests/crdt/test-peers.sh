#!/bin/sh
# test-peers.sh - random histories of real Yjs peers, made now, replayed by the engine; a difference is shrunk
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test-peers.sh PROGRAM NODE_FOLDER TELLER COUNT [SEED]: TELLER is peers.mjs, odd.mjs, nested.mjs, apart.mjs or shapes.mjs; ten
# times COUNT in --long. Skipped (77) where Node or its packages are missing.
set -eu

program=$1
folder=$2
teller=$3
count=$4
[ -z "${WEFT_TEST_LONG:-}" ] || count=$((count * 10))
# The short run is the same each time, so that a change is not blamed for a rare find; --long looks for new ones.
if [ -n "${WEFT_TEST_LONG:-}" ]; then
  seed=${5:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
else
  seed=${5:-100}
fi

command -v node >/dev/null && [ -d "$folder/node_modules/yjs" ] || exit 77

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

# In portions, so that neither side holds much at once.
while [ "$count" -gt 0 ]; do
  portion=$((count < 400 ? count : 400))
  echo "seed $seed: node tests/node/crdt/$teller $seed $portion"
  (cd "$folder" && node crdt/$teller "$seed" "$portion") >"$lines"
  if ! "$program" "$lines" 2>"$lines.err"; then
    cat "$lines.err" >&2
    history=$(sed -n 's/^seed [0-9]*, history \([0-9]*\),.*/\1/p' "$lines.err" | head -n 1)
    rm -f "$lines.err"
    [ -z "$history" ] || (cd "$folder" && node crdt/shrink-peers.mjs "$program" "$seed" "$history" "${TMPDIR:-/tmp}/weft-$seed-$history.peers.jsonl" "$teller") >&2
    exit 1
  fi
  rm -f "$lines.err"
  count=$((count - portion))
  seed=$((seed + 1))
done
