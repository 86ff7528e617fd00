#!/usr/bin/env python3
# check-translations.py - every sentence is translated, and says what the original says to the program
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: check-translations.py [PROJECT FOLDER]
#
# Collects the sentences of the files in po/POTFILES.in as they are now, and holds each language of po/LINGUAS against
# them: nothing untranslated, nothing fuzzy, the same placeholders, mnemonics and keys. "meson compile weft-update-po"
# brings new sentences into the files.

import gettext
import re
import subprocess
import sys
import tempfile
from pathlib import Path

XGETTEXT = ['xgettext', '--from-code=UTF-8', '--add-comments', '--add-location=file', '--keyword=_', '--keyword=N_', '--keyword=C_:1c,2',
            '--keyword=NC_:1c,2', '--keyword=g_dngettext:2,3', '--keyword=ngettext:1,2']
PLACEHOLDER = re.compile(r'%(?:(\d+)\$)?[-+ #0]*\d*(?:\.\d+)?(?:l|ll|z|h)?([diouxXeEfgGcsp])')
MNEMONIC = re.compile(r'_(\w)')
KEYS = re.compile(r'\((?:(?:Ctrl|Shift|Alt)\+)*(?:[A-Z0-9+−]|Del)\)')
# What programs read as it stands: templates of strftime (), and words that a search looks for.
NOT_PRINTF = ('%H:%M', '%x, %H:%M')


def run(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def collect(top, folder):
    names = [line for line in (top / 'po/POTFILES.in').read_text(encoding='utf-8').splitlines()
             if line and not line.startswith('#')]
    status, said = run(*XGETTEXT, '--directory', top, '--output', folder / 'weft.pot', *names)
    if status != 0:
        raise SystemExit(said)
    return folder / 'weft.pot'


def placeholders(text):
    found = []
    for position, match in enumerate(PLACEHOLDER.finditer(text.replace('%%', '')), 1):
        found.append((int(match[1] or position), match[2]))
    return sorted(set(found))


def check_sentence(original, translation):
    """Yields what is wrong with one translation."""
    if original not in NOT_PRINTF and placeholders(original) != placeholders(translation):
        yield 'the placeholders differ'
    if MNEMONIC.search(original) and not re.search(r'\(_[A-Z]\)', translation):
        yield 'the mnemonic is missing'
    if KEYS.findall(original) != KEYS.findall(translation):
        yield 'the keys in brackets differ'
    if original.count('\n') != translation.count('\n'):
        yield 'the number of lines differs'
    if original.endswith('…') and not re.search(r'…$', translation):
        yield 'the ellipsis is missing'


def check_language(top, folder, pot, language):
    po = folder / f'{language}.po'
    mo = folder / f'{language}.mo'
    status, said = run('msgmerge', '--quiet', '--no-fuzzy-matching', '--output-file', po, top / f'po/{language}.po', pot)
    if status == 0:
        status, said = run('msgfmt', '--check', '--output-file', mo, po)
    if status != 0:
        yield said.strip()
        return

    for kind in ('--untranslated', '--only-fuzzy'):
        _, said = run('msgattrib', '--no-obsolete', '--no-wrap', kind, po)
        for line in re.findall(r'^msgid (".+")$', said, re.MULTILINE):
            if line != '""':
                yield f'{"not translated" if kind == "--untranslated" else "fuzzy"}: {line}'

    with open(mo, 'rb') as file:
        catalog = gettext.GNUTranslations(file)._catalog
    for key, translation in catalog.items():
        original = key[0] if isinstance(key, tuple) else key
        original = original.split('\x04')[-1]
        for complaint in check_sentence(original, translation) if original else ():
            yield f'{complaint}: "{original}" is "{translation}"'


def main():
    top = Path(sys.argv[1] if len(sys.argv) > 1 else '.').resolve()
    languages = [line for line in (top / 'po/LINGUAS').read_text(encoding='utf-8').split('\n')
                 if line and not line.startswith('#')]
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        pot = collect(top, Path(folder))
        for language in languages:
            complaints += [f'po/{language}.po: {complaint}'
                           for complaint in check_language(top, Path(folder), pot, language)]
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
