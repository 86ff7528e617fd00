#!/usr/bin/env python3
# lint.py - what STYLE asks of every file and a program can see
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: lint.py [PROJECT FOLDER]
#
# Each complaint is one line, FILE:LINE: what is wrong. The status is 1 when there is any. Formatting is checked for
# what an editor can spoil (tabs, trailing blanks, length), not token by token: no clang-format configuration writes
# the aligned columns of our prototypes.

import re
import subprocess
import sys
from pathlib import Path

SOURCES = ('.c', '.h', '.blp', '.css', '.py', '.sh', '.js', '.mjs')
NEED_SPDX = SOURCES + ('.build',)
# STYLE wishes for 80 columns and calls 100 the end; what is longer than this is a mistake.
LONGEST = 120
FUNCTION_OF_STRINGS = re.compile(r'(?<![\w.])(_|C_|N_|NC_|ngettext|g_dngettext|g_dpgettext2)\s*\(\s*["“]')
DEFINITION = re.compile(r'^([a-z_]\w* \()((?:[^;{}()"]|\([^()]*\))*)\)\n\{', re.MULTILINE)
PARAMETER = re.compile(r'^\w[\w ]*?(?: +|[ *]+\*)(\w+)(?:\[\w*\])*$')
BLUEPRINT_STRING = re.compile(r'(?<![\w.])C?_\s*\(\s*["\']')


def tracked(top):
    names = subprocess.run(['git', '-C', top, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                           check=True, capture_output=True, text=True).stdout
    return sorted(name for name in names.split('\0') if name and (top / name).is_file())


def check_layout(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        if '\t' in line:
            yield f'{name}:{number}: a tab; indent with spaces'
        if line != line.rstrip():
            yield f'{name}:{number}: blanks at the end of the line'
        if name.endswith('.c') and len(line) > LONGEST and '"' not in line and '://' not in line:
            yield f'{name}:{number}: {len(line)} columns; {LONGEST} is the very end'
    if text and not text.endswith('\n'):
        yield f'{name}: no newline at the end'


def check_parameters(name, text):
    for definition in DEFINITION.finditer(text):
        head, parameters = definition[1], definition[2]
        rows = [row.rstrip(',') for row in parameters.split('\n')]
        rows = [row if i == 0 else row[len(head):] for i, row in enumerate(rows)]
        matches = [PARAMETER.match(row) for row in rows]
        number = text.count('\n', 0, definition.start()) + 1
        if len(rows) == 1 and re.match(r'^[^(]*,[^(]*$', parameters):
            yield f'{name}:{number}: two parameters in a line'
        elif all(matches) and len({match.start(1) for match in matches}) > 1:
            yield f'{name}:{number}: the names of the parameters do not stand in a column'


def check_head(name, text):
    head = text[:800]
    if name.endswith(NEED_SPDX) and 'SPDX-License-Identifier: LGPL-2.1-or-later' not in head:
        yield f'{name}:1: no SPDX-License-Identifier: LGPL-2.1-or-later'
    if name.endswith(('.c', '.h')) and not text.startswith(f'/* {Path(name).name} - '):
        yield f'{name}:1: does not begin with "/* {Path(name).name} - what it is for"'
    if name.endswith('.c'):
        first = re.search(r'^\s*#\s*include\s*(.*)$', text, re.MULTILINE)
        if first and first[1] != '"config.h"':
            yield f'{name}: the first include is not "config.h"'
    if name.startswith('src/') and name.endswith('.h') and '#pragma once' not in text:
        yield f'{name}: no "#pragma once"'


def check_potfiles(top, names):
    listed = [line for line in (top / 'po/POTFILES.in').read_text(encoding='utf-8').splitlines()
              if line and not line.startswith('#')]
    if listed != sorted(listed):
        yield 'po/POTFILES.in: not sorted'
    for name in listed:
        if not (top / name).is_file():
            yield f'po/POTFILES.in: {name} does not exist'
    for name in names:
        if name in listed or not name.startswith('src/'):
            continue
        if name.endswith('.blp'):
            pattern = BLUEPRINT_STRING
        elif name.endswith('.c'):
            pattern = FUNCTION_OF_STRINGS
        else:
            continue
        if pattern.search((top / name).read_text(encoding='utf-8')):
            yield f'po/POTFILES.in: {name} has sentences to translate and is not listed'


def main():
    top = Path(sys.argv[1] if len(sys.argv) > 1 else '.').resolve()
    names = tracked(top)
    complaints = []
    for name in names:
        if not name.startswith(('src/', 'tests/', 'data/', 'po/', 'dev', '.ci/')) and name != 'meson.build':
            continue
        if name.startswith('tests/data/') or not name.endswith(NEED_SPDX):
            continue
        text = (top / name).read_text(encoding='utf-8')
        complaints += check_layout(name, text)
        complaints += check_head(name, text)
        if name.endswith('.c'):
            complaints += check_parameters(name, text)
    complaints += check_potfiles(top, names)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


sys.exit(main())
