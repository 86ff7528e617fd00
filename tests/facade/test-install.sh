#!/bin/sh
# test-install.sh - what `meson install` brings of libweft is all that a program needs
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test-install.sh BUILD EXAMPLES COMPILER...: installs into a folder of its own, then builds and runs what is in docs/examples
# with pkg-config alone; every header can be included first, from C and C++. 77: skipped.
set -eu

build=$1
examples=$2
shift 2
command -v meson >/dev/null && command -v pkg-config >/dev/null || exit 77

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
DESTDIR=$folder/root meson install -C "$build" --no-rebuild --quiet --tags devel,runtime,typelib >/dev/null

# As if it had been installed there.
pc=$(find "$folder/root" -name weft-1.pc)
prefix=$folder/root$(sed -n 's/^prefix=//p' "$pc")
sed -i "s|^prefix=.*|prefix=$prefix|" "$pc"
PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
cflags=$(pkg-config --cflags weft-1)
libs=$(pkg-config --libs weft-1)
LD_LIBRARY_PATH=$(pkg-config --variable=libdir weft-1)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

# shellcheck disable=SC2086 # these are lists of words
for example in engine write; do
  "$@" -Wall -Wextra -Werror -o "$folder/$example" "$examples/$example.c" $cflags $libs
done
[ "$("$folder/engine")" = 'Hello, world' ]
echo "the examples are built with pkg-config alone"

include=$(pkg-config --variable=includedir weft-1)/weft-1
n=0
for header in $(cd "$include" && find . -name '*.h' | sort); do
  printf '#include <%s>\n' "${header#./}" >"$folder/header.c"
  # shellcheck disable=SC2086
  "$@" -std=gnu11 -Wall -Wextra -Werror -fsyntax-only $cflags "$folder/header.c"
  printf '#include <%s>\n' "${header#./}" >>"$folder/all.cc"
  n=$((n + 1))
done
[ "$n" -ge 20 ]
if command -v c++ >/dev/null; then
  # shellcheck disable=SC2086
  c++ -Wall -Wextra -Werror -fsyntax-only $cflags "$folder/all.cc"
fi
echo "$n headers can be included alone"

typelibs=$(pkg-config --variable=typelibdir weft-1)
if [ -f "$typelibs/Weft-1.typelib" ] && /usr/bin/python3 -c 'import gi' 2>/dev/null; then
  GI_TYPELIB_PATH=$typelibs /usr/bin/python3 - <<'PYTHON'
import gi
gi.require_version('Weft', '1')
from gi.repository import Weft
document = Weft.Document()
document.get_text('quill').append('Hello')
again = Weft.Document()
again.apply_update(document.encode_update(None))
assert again.get_text('quill').get_length() == 5
PYTHON
  echo "Python finds the typelib"
fi
if [ -f "$prefix/share/vala/vapi/weft-1.vapi" ] && command -v valac >/dev/null; then
  valac -q --vapidir "$prefix/share/vala/vapi" --pkg weft-1 --pkg gio-2.0 -C -d "$folder" "$examples/write.vala"
  echo "Vala finds the vapi"
fi
