#!/bin/sh
# run-vala.sh - compiles docs/examples/write.vala with the Vala API of this build, and runs it
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run-vala.sh RELAY ROOM TEXT; the environment has WEFT_SOURCE, WEFT_BUILD (both of src/facade) and WEFT_EXAMPLES.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
valac -q --vapidir "$WEFT_BUILD" --pkg weft-1 --pkg gio-2.0 -X -w -X -I"$WEFT_SOURCE" -X -I"$WEFT_SOURCE/.." \
  -X -L"$WEFT_BUILD" -X -lweft -d "$folder" -o write "$WEFT_EXAMPLES/write.vala"
"$folder/write" "$@"
