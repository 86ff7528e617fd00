#!/usr/bin/env python3
# export-map.py - a linker's version script with the functions that headers declare
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: export-map.py OUTPUT HEADER...

import re
import sys
from pathlib import Path

names = set()
for header in sys.argv[2:]:
    text = re.sub(r'/\*.*?\*/', '', Path(header).read_text(encoding='utf-8'), flags=re.S)
    text = re.sub(r'^\s*#.*$', '', text, flags=re.M)
    # What is static inline is no function of the library's.
    text = re.sub(r'^static inline.*?^}', '', text, flags=re.M | re.S)
    names.update(re.findall(r'\b(weft_\w+)\s*\((?!\*)', text))
    # G_DECLARE_..._TYPE (WeftGText, weft_g_text, ...) declares weft_g_text_get_type ().
    names.update(name + '_get_type' for name in re.findall(r'G_DECLARE_\w+_TYPE \(\w+, (\w+),', text))

lines = ''.join(f'    {name};\n' for name in sorted(names))
Path(sys.argv[1]).write_text(f'WEFT_0 {{\n  global:\n{lines}  local:\n    *;\n}};\n', encoding='utf-8')
