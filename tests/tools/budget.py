#!/usr/bin/env python3
# budget.py - what hostile updates cost weft-doc in memory and time, as they grow
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# budget.py WEFT_DOC [--long] [--list] [NAME...]: each kind is made small and ten times as large. For N bytes of input
# at most 64 MiB + 200 N are held, and the time grows no faster than N log N, with room for what else the machine does.

import math
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

random.seed(7)

MEMORY_FREE = 64 << 20
MEMORY_EACH = 200
# How much slower than N log N a kind may grow before it counts as worse; what is over within MIN_SECONDS says nothing.
SLACK = 2.5
MIN_SECONDS = 0.25
SECONDS = 60


def uint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return uint(len(data)) + data


def run(client, clock, structs):
    return uint(len(structs)) + uint(client) + uint(clock) + b''.join(structs)


def update(runs, deletes=b'\0'):
    return uint(len(runs)) + b''.join(runs) + deletes


def deleted(ranges):
    """{client: [(clock, length)]} as a delete set"""
    return uint(len(ranges)) + b''.join(
        uint(client) + uint(len(parts)) + b''.join(uint(c) + uint(n) for c, n in parts) for client, parts in ranges.items())


ROOT = b'\x01\x01r'
ANY1 = b'\x01\x7e'  # one null


def root_any(key=None):
    return b'\x28' + ROOT + text(key) + ANY1 if key is not None else b'\x08' + ROOT + ANY1


def origin(kind, client, clock, content):
    return bytes([0x80 | kind]) + uint(client) + uint(clock) + content


def between(kind, client, clock, content):
    """Right behind a unit, and right before the next one: no conflict."""
    return bytes([0xc0 | kind]) + uint(client) + uint(clock) + uint(client) + uint(clock + 1) + content


def right_of(kind, client, clock, content):
    return bytes([0x40 | kind]) + uint(client) + uint(clock) + content


# --- Kinds: each makes about n bytes ---

def many_clients(n):
    return update([run(i + 1, 0, [b'\0\x01']) for i in range(min(n // 7, 250000))])


def many_clients_items(n):
    return update([run(i + 1, 0, [root_any('k%d' % i)]) for i in range(min(n // 17, 250000))])


def clients_upwards(n):
    """Each waits for the next lower one, so that they come from the lowest to the highest."""
    count = min(n // 14, 250000)
    return update([run(i + 1, 0, [origin(8, i, 0, ANY1) if i else root_any()]) for i in reversed(range(count))][0:count])


def clients_downwards(n):
    count = min(n // 14, 250000)
    return update([run(i + 1, 0, [origin(8, i + 2, 0, ANY1) if i < count - 1 else root_any()]) for i in range(count)])


def clients_strided(n):
    """Ids that are the same in their low 32 bits."""
    return update([run((i + 1) << 32 | 5, 0, [b'\0\x01']) for i in range(min(n // 12, 200000))])


def cycle(n):
    """Everybody waits for the next one, for ever."""
    count = min(n // 12, 250000)
    return update([run(i + 1, 0, [origin(8, (i + 1) % count + 1, 0, ANY1)]) for i in range(count)])


def gaps(n):
    return update([run(i + 1, 9, [root_any()]) for i in range(min(n // 12, 250000))])


def gc_skip(n):
    return update([run(1, 0, [b'\0\x01', b'\x0a\x01'] * (n // 4))])


def gc_deleted(n):
    return update([run(1, 0, [b'\0\x01', b'\x01' + ROOT + b'\x01'] * (n // 7))])


def skips(n):
    return update([run(1, 0, [b'\x0a\x01'] * (n // 2))])


def tiny_items(n):
    return update([run(1, 0, [root_any()] + [origin(1, 1, i, b'\x01') for i in range(n // 7)])])


def alternating(n):
    """Short items of two kinds, which never join."""
    return update([run(1, 0, [root_any()] + [origin(8 if i & 1 else 3, 1, i, ANY1 if i & 1 else b'\0') for i in range(n // 8)])])


def splits(n, wide=False, order='random', later=False):
    half = n // 2
    string = ('\u5b57' * (half // 3)) if wide else 'a' * half
    length = len(string)
    count = min(n // 24, length - 2)
    at = list(range(1, count + 1))
    if order == 'down':
        at = [length - 2 - i for i in range(count)]
    elif order == 'random':
        at = random.sample(range(length - 1), count)
    elif order == 'spread':
        at = [(i * (length // 16) + length - 1 - i // 16) % (length - 1) for i in range(count)]
    first = run(1, 0, [b'\x04' + ROOT + text(string)])
    cuts = run(2, 0, [between(8, 1, a, ANY1) for a in at])
    return [update([first]), update([cuts])] if later else update([cuts, first])


def splits_wide_later(n):
    return splits(n, True, 'down', True)


def splits_pairs(n):
    """Each pair of a text cut in two, from its start and from its end."""
    count = n // 20
    first = run(1, 0, [b'\x04' + ROOT + text('\U0001d11e' * count)])
    at = [2 * i if i % 2 else 2 * (count - 1 - i // 2) for i in range(count // 2)]
    return update([run(2, 0, [between(8, 1, a, ANY1) for a in sorted(at)]), first])


def splits_pairs_later(n):
    count = n // 20
    return [update([run(1, 0, [b'\x04' + ROOT + text('\U0001d11e' * count)])]),
            update([run(2, 0, [between(8, 1, 2 * i, ANY1) for i in range(count)])])]


def splits_wide(n):
    return splits(n, True)


def splits_wide_down(n):
    return splits(n, True, 'down')


def splits_wide_spread(n):
    return splits(n, True, 'spread')


def splits_any_down(n):
    """One run of values, cut from its end."""
    length = n // 4
    first = run(1, 0, [b'\x08' + ROOT + uint(length) + b'\x7e' * length])
    return update([run(2, 0, [between(8, 1, length - 2 - i, ANY1) for i in range(min(n // 12, length - 2))]), first])


def splits_any_spread(n):
    length = n // 4
    first = run(1, 0, [b'\x08' + ROOT + uint(length) + b'\x7e' * length])
    at = [(i * (length // 16) + length - 1 - i // 16) % (length - 1) for i in range(min(n // 12, length - 2))]
    return update([run(2, 0, [between(8, 1, a, ANY1) for a in at]), first])


def deletes(n):
    count = n // 4
    return update([run(1, 0, [b'\x04' + ROOT + text('a' * (count * 2))])], deleted({1: [(i * 2, 1) for i in range(count // 2)]}))


def deletes_wide(n):
    count = n // 9
    return update([run(1, 0, [b'\x04' + ROOT + text('\u5b57' * (count * 2))])], deleted({1: [(i * 2, 1) for i in reversed(range(count))]}))


def deletes_pending(n):
    return update([], deleted({1: [(i * 2, 1) for i in range(n // 4)]}))


def deletes_clients(n):
    return update([], deleted({i + 1: [(0, 1)] for i in range(n // 6)}))


def deletes_backwards(n):
    return update([], deleted({1: [(i * 2, 1) for i in reversed(range(n // 4))]}))


def deletes_of_values(n):
    count = n // 6
    return update([run(1, 0, [b'\x08' + ROOT + uint(count * 2) + b'\x7e' * (count * 2)])], deleted({1: [(i * 2, 1) for i in range(count)]}))


def gc_runs(n):
    return update([run(1, 0, [b'\0' + uint(100000)] * (n // 5))])


def keys(n):
    return update([run(1, 0, [root_any('k%d' % i) for i in range(n // 12)])])


def one_key(n):
    """The same key again and again, each over the last."""
    return update([run(1, 0, [root_any('k')] + [origin(8, 1, i, ANY1) for i in range(n // 7)])])


def keys_djb2(n):
    """Formats whose names and values have one djb2 hash: "bb" and "cA" in any order."""
    count = min(n // 40, 1 << 16)
    bits = max(1, (count - 1).bit_length())
    structs = []
    for i in range(count):
        name = ''.join('bb' if i >> b & 1 else 'cA' for b in range(bits))
        structs.append((b'\x06' + ROOT if not i else origin(6, 1, i - 1, b'')) + text(name) + text('1'))
    return update([run(1, 0, structs)])


def formats(n):
    return update([run(1, 0, [(b'\x06' + ROOT if not i else origin(6, 1, i - 1, b'')) + text('k') + text('%d' % i) for i in range(n // 14)])])


def marks(n):
    """Every letter with another value of one mark."""
    structs = [b'\x04' + ROOT + text('a')]
    for i in range(n // 24):
        structs.append(origin(6, 1, 2 * i, text('k') + text('%d' % i)))
        structs.append(origin(4, 1, 2 * i + 1, text('b')))
    return update([run(1, 0, structs)])


def roots(n):
    return update([run(1, 0, [b'\x08\x01' + text('r%d' % i) + ANY1 for i in range(n // 14)])])


def parent_of(kind, client, clock, key, content):
    return bytes([kind | (0x20 if key is not None else 0)]) + b'\0' + uint(client) + uint(clock) + (text(key) if key is not None else b'') + content


def deep(n, kind=1, key='k'):
    structs = [(bytes([7 | (0x20 if key is not None else 0)]) + ROOT + (text(key) if key is not None else b'') if not i
                else parent_of(7, 1, i - 1, key, b'')) + bytes([kind]) + (text('p') if kind == 3 else b'') for i in range(n // 10)]
    return update([run(1, 0, structs)])


def deep_array(n):
    return deep(n, 0, None)


def deep_text(n):
    return deep(n, 2, None)


def deep_xml(n):
    return deep(n, 3, None)


def deep_deleted(n):
    whole = deep(n)
    return whole[:-1] + deleted({1: [(0, 1)]})


def deep_deleted_inside_out(n):
    whole = deep(n)
    return whole[:-1] + deleted({1: [(i, 1) for i in reversed(range(n // 10))]})


def wide(n):
    return update([run(1, 0, [b'\x08' + ROOT + uint(n - 40) + b'\x7e' * (n - 40)])])


def many_types(n):
    return update([run(1, 0, [b'\x07' + ROOT + b'\x01'] * (n // 6))])


def types_with_child(n):
    structs = []
    for i in range(n // 14):
        structs.append(b'\x27' + ROOT + text('k%d' % (i % 50)) + b'\0' if i == 0 else parent_of(7, 1, 0, None, b'\0'))
        structs.append(parent_of(8, 1, 2 * i, None, ANY1))
    return update([run(1, 0, structs)])


def long_value(n):
    return update([run(1, 0, [b'\x08' + ROOT + b'\x01' + b'\x75' + uint(n - 40) + b'\x7e' * (n - 40)])])


def value_keys(n):
    count = n // 10
    body = b''.join(text('k%d' % i) + b'\x7e' for i in range(count))
    return update([run(1, 0, [b'\x08' + ROOT + b'\x01\x76' + uint(count) + body])])


def value_same_key(n):
    count = n // 3
    return update([run(1, 0, [b'\x08' + ROOT + b'\x01\x76' + uint(count) + b'\x01k\x7e' * count])])


def json_keys(n):
    body = '{' + ','.join('"k%d":1' % i for i in range(n // 11)) + '}'
    return update([run(1, 0, [b'\x05' + ROOT + text(body)])])


def json_same_key(n):
    body = '{' + ','.join(['"k":1'] * (n // 6)) + '}'
    return update([run(1, 0, [b'\x05' + ROOT + text(body)])])


def json_array(n):
    return update([run(1, 0, [b'\x05' + ROOT + text('[' + ','.join('1' * (n // 2)) + ']')])])


def json_many(n):
    return update([run(1, 0, [b'\x02' + ROOT + uint(n // 3) + b'\x02[]' * (n // 3)])])


def subdocuments(n):
    return update([run(1, 0, [b'\x09' + ROOT + text('g') + b'\x76\0'] * (n // 8))])


def twice(n):
    """The same structs from two clients' runs: overlaps."""
    return update([run(1, 0, [root_any()] * (n // 12)), run(2, 0, [origin(8, 1, 0, ANY1)] * min(n // 12, 2000))])


def same_place(n):
    """A true conflict: the promise is 2 s for 3,000 of them."""
    count = min(max(n // 12, 10), 3000)
    return update([run(i + 1, 0, [root_any()]) for i in range(count)])


def right_origins(n):
    """Each before the last one, by right origins alone."""
    return update([run(1, 0, [root_any()] + [right_of(8, 1, i, ANY1) for i in range(n // 8)])])


# --- The second format ---

def v2(keys=b'', clients=b'', lefts=b'', rights=b'', infos=b'', strings=b'', parents=b'', types=b'', lengths=b'', rest=b''):
    return b'\0' + b''.join(text(c) for c in (keys, clients, lefts, rights, infos, strings, parents, types, lengths)) + rest


def v2_bomb(n, info=0, **columns):
    count = 1 << 31
    return v2(clients=b'\x01', infos=bytes([info]), lengths=b'\x01', rest=b'\x01' + uint(count) + b'\0' + b'\0' * (n - 40), **columns)


def v2_gc(n):
    return v2_bomb(n)


def v2_types(n):
    return v2_bomb(n, 7, parents=b'\x01', types=b'\x01', strings=b'\x01r' + b'\x01', )


def v2_lengths(n):
    return v2_bomb(n, 1, parents=b'\x01', strings=b'\x01r\x01')


KINDS = [many_clients, many_clients_items, clients_upwards, clients_downwards, clients_strided, cycle, gaps,
         gc_skip, gc_deleted, skips, tiny_items, alternating, splits, splits_wide, splits_wide_down, splits_wide_spread, splits_wide_later, splits_pairs, splits_pairs_later,
         splits_any_down, splits_any_spread, deletes, deletes_wide, deletes_pending, deletes_clients, deletes_backwards,
         deletes_of_values, gc_runs, keys, one_key, keys_djb2, formats, marks, roots, deep, deep_array, deep_text,
         deep_xml, deep_deleted, deep_deleted_inside_out, wide, many_types, types_with_child, long_value, value_keys, value_same_key,
         json_keys, json_same_key, json_array, json_many, subdocuments, twice, same_place, right_origins, v2_gc, v2_types, v2_lengths]


def write(kind, size, folder):
    """Writes the updates in a process of its own: what this one holds would count for weft-doc after a fork."""
    child = os.fork()
    if child == 0:
        made = kind(size)
        for i, data in enumerate(made if isinstance(made, list) else [made]):
            with open(os.path.join(folder, 'update%d' % i), 'wb') as file:
                file.write(data)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit('budget.py: %s could not be made' % kind.__name__)
    paths = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    return paths, sum(os.path.getsize(path) for path in paths)


def measure(tool, command, paths, second):
    start = time.monotonic()
    child = subprocess.Popen([tool, *command, *(['--v2'] if second and command[0] != 'convert' else []), *paths],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)))
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    return child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, said.decode(errors='replace').strip(), time.monotonic() - start


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith('--')]
    long = '--long' in sys.argv or 'WEFT_TEST_LONG' in os.environ
    verbose = '--verbose' in sys.argv
    tool, names = arguments[0], arguments[1:]
    sizes = [20_000, 200_000] + ([3_000_000, 10_000_000] if long else [])
    kinds = [k for k in KINDS if not names or k.__name__ in names]
    failed = 0

    print('TAP version 13' if not verbose else '')
    print('1..%d' % len(kinds))
    for number, kind in enumerate(kinds, 1):
        second = kind.__name__.startswith('v2_')
        commands = [['json', '--root', 'r=text', '--root', 'x=xml'], ['merge'], ['convert', '--to', 'v1' if second else 'v2']]
        if kind.__name__ == 'deep_xml':
            commands.append(['json', '--root', 'r=xml'])
        wrong, worst, before = [], (0, 0, 0), {}
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                paths, n = write(kind, size, folder)
                for command in commands:
                    if command[0] == 'convert' and len(paths) > 1:
                        continue
                    status, seconds, memory, said, wall = measure(tool, command, paths, second)
                    label = '%s %s at %d bytes' % (kind.__name__, ' '.join(command), n)
                    if verbose:
                        print('# %-64s %3d  %7.3f s %7.1f MB %s' % (label, status, seconds, memory / 1e6, said[-60:]))
                    if status not in (0, 65):
                        wrong.append('%s: status %d %s' % (label, status, said))
                    if memory > MEMORY_FREE + MEMORY_EACH * n:
                        wrong.append('%s: %.1f MB' % (label, memory / 1e6))
                    old = before.get(command[0])
                    if old is not None and seconds > MIN_SECONDS and n > old[0] * 2:
                        allowed = old[1] * (n * math.log(n)) / (old[0] * math.log(old[0]))
                        if seconds > max(allowed, MIN_SECONDS) * SLACK:
                            wrong.append('%s: %.2f s after %.2f s for %d bytes' % (label, seconds, old[1], old[0]))
                    # Short times hold the start of the program and chance.
                    before[command[0]] = (n, max(seconds, 0.01))
                    worst = max(worst, (seconds, memory, n))
        failed += bool(wrong)
        print('%s %d - %s (%.2f s, %.0f MB for %d bytes)' % ('not ok' if wrong else 'ok', number, kind.__name__, worst[0], worst[1] / 1e6, worst[2]))
        for line in wrong:
            print('# ' + line)
        sys.stdout.flush()
    sys.exit(1 if failed else 0)


main()
