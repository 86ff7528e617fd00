#!/bin/sh
# test-users.sh - who did what, as weft_users_lookup_... () and as yjs' PermanentUserData say
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test-users.sh PROGRAM NODE_FOLDER [SEED]: skipped (77) where Node or its packages are missing.
set -eu

program=$1
folder=$2
seed=${3:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}

command -v node >/dev/null && [ -d "$folder/node_modules/yjs" ] || exit 77

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
echo "seed $seed"
"$program" --authors "$seed" >"$lines"
(cd "$folder" && node crdt/users.mjs "$lines")
