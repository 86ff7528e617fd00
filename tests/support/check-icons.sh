#!/usr/bin/env bash
# check-icons.sh - the list of symbolic icons is that of their folder, and GTK can recolour each
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: check-icons.sh ICONS-FOLDER

set -euo pipefail

icons=$1
status=0

diff "$icons/symbolic.list" <(cd "$icons/symbolic" && printf '%s\n' *.svg | LC_ALL=C sort) || status=1

# GTK gives its colour to filled paths; a stroke or another shape would stay black on a dark window.
if grep -nE 'stroke|<(rect|circle|ellipse|line|polygon|polyline|g|style)\b|class=' "$icons"/symbolic/*.svg; then
  echo 'a symbolic icon is made of filled paths only'
  status=1
fi
exit $status
