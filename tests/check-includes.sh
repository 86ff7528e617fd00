#!/usr/bin/env bash
# check-includes.sh - fails where a folder includes another that it must not know
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: check-includes.sh [SOURCE FOLDER]
#
# app -> model -> sync, notebook, store -> crdt; relay -> sync, notebook, store, crdt; sync -> store; notebook and tools
# know only crdt, facade (libweft) crdt and sync. Inside app, the folders notes, board and share do not know each other. Only main.c knows app and relay.

set -euo pipefail

src=${1:-$(dirname "${BASH_SOURCE[0]}")/..}/src
status=0

# allowed FOLDER: the folders whose headers it may include, besides its own.
allowed ()
{
  case $1 in
    crdt) ;;
    store | notebook | tools) echo crdt ;;
    sync) echo crdt store ;;
    facade) echo crdt sync ;;
    model) echo crdt store notebook sync ;;
    relay) echo crdt store notebook sync ;;
    app | app/*) echo crdt store notebook sync model app ;;
    .) echo crdt store notebook sync model relay app ;;
    *) echo "check-includes.sh: $1 is not in the list of folders" >&2; return 1 ;;
  esac
}

while IFS=: read -r file line included; do
  name=${file#"$src"/}
  folder=${name%%/*}
  [ "$folder" != "$name" ] || folder=.
  target=${included%%/*}
  case $name in
    app/notes/* | app/board/* | app/share/*)
      own=${name#app/}
      case $included in
        app/notes/* | app/board/* | app/share/*)
          other=${included#app/}
          if [ "${own%%/*}" != "${other%%/*}" ]; then
            echo "$name:$line: ${own%%/*} includes $included; they meet only through model and app"
            status=1
          fi ;;
      esac ;;
  esac
  [ "$target" != "$folder" ] || continue
  permitted=$(allowed "$folder")
  case " ${permitted//$'\n'/ } " in
    *" $target "*)
      if [ "$folder" = . ] && [ "$name" != main.c ]; then
        echo "$name:$line: only main.c includes from other folders ($included)"
        status=1
      fi ;;
    *) echo "$name:$line: $folder must not include $included"; status=1 ;;
  esac
done < <(grep -rnoE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"(crdt|store|notebook|sync|relay|model|tools|facade|app)/[^"]+"' "$src" |
           sed -E 's/[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]+)"/\1/')

exit $status
