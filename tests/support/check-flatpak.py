#!/usr/bin/env python3
# check-flatpak.py - what can be known about the Flatpak manifest without building it
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: check-flatpak.py MANIFEST APPLICATION-ID

import re
import sys

try:
    import yaml
except ImportError:
    print('python3-yaml is not installed')
    sys.exit(77)

REQUIRED = ('id', 'runtime', 'runtime-version', 'sdk', 'command', 'finish-args', 'modules')
SYSTEMS = ('meson', 'cmake-ninja', 'cmake', 'autotools', 'simple')
PERMISSIONS = re.compile(r'--(share=(ipc|network)|socket=(wayland|fallback-x11)|device=dri)$')


def complaints(manifest, application_id):
    for key in REQUIRED:
        if key not in manifest:
            yield f'{key} is missing'
    if manifest['id'] != application_id:
        yield f"id is {manifest['id']}, the application is {application_id}"
    if not isinstance(manifest['runtime-version'], str) or int(manifest['runtime-version']) < 50:
        yield 'runtime-version must be a string and 50 or newer'
    for argument in manifest['finish-args']:
        if not PERMISSIONS.match(argument):
            yield f'{argument} asks for more than Weft needs'
    for module in manifest['modules']:
        name = module['name']
        if module.get('buildsystem') not in SYSTEMS:
            yield f"{name}: unknown build system {module.get('buildsystem')}"
        for source in module['sources']:
            if source['type'] == 'archive':
                if not source['url'].startswith('https://'):
                    yield f"{name}: {source['url']} is not https"
                if not re.fullmatch('[0-9a-f]{64}', source.get('sha256', '')):
                    yield f'{name}: no sha256 of its archive'
            elif source['type'] == 'git' and 'commit' not in source:
                yield f'{name}: git source without a commit'
    if manifest['modules'][-1]['name'] != manifest['command']:
        yield 'the last module is not the application'


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        found = list(complaints(yaml.safe_load(file), sys.argv[2]))
    for complaint in found:
        print(complaint)
    return 1 if found else 0


sys.exit(main())
