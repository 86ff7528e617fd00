#!/usr/bin/env python3
# relay.py - the relay's figures, beside those of @y/websocket-server, in one run
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: relay.py WEFT WEFT-RELAY-LOAD NODE-FOLDER [SCENARIO...]
#
# Document and log are on everywhere: Weft with synchronous=FULL and with --sync normal, the peer with LevelDB. Ratios within a
# run count; single figures are those of the machine and the moment. Each scenario runs against a fresh relay.

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

weft, load, node_folder = sys.argv[1:4]

SCENARIOS = {
    'rooms': '--clients 1000 --rooms 100 --writers 2 --rate 5 --awareness 2',
    'one-room': '--clients 1000 --rooms 1 --writers 5 --rate 2 --awareness 1',
    'board': '--clients 300 --rooms 30 --writers 10 --rate 4 --awareness 20 --seconds 4',
    'connections': '--clients 10000 --rooms 1000 --hold 2',
    'storm': '--clients 5000 --rooms 500 --storm',
    'document': '--document DOCUMENT --joiners 100',
}
SLOW_FOR_PEER = {'document', 'connections'}

MAKE_DOCUMENT = '''
import * as Y from 'yjs'
import fs from 'node:fs'
const doc = new Y.Doc({ gc: false })
doc.clientID = 42
const text = doc.getText('t')
const strokes = doc.getArray('strokes')
let seed = 1
const random = n => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n
for (let round = 0; round < 120; round++) {
  doc.transact(() => {
    for (let i = 0; i < 500; i++) {
      text.insert(random(text.length + 1), ['weft ', 'warp ', 'shuttle ', 'reed '][random(4)])
      const stroke = new Y.Map()
      strokes.push([stroke])
      stroke.set('color', '#' + random(0xffffff).toString(16))
      stroke.set('points', Array.from({ length: 60 }, () => random(4000)))
    }
  })
}
fs.writeFileSync(process.argv[1], Y.encodeStateAsUpdate(doc))
'''


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def start(kind, data, port):
    if kind == 'peer':
        environment = {**os.environ, 'HOST': '127.0.0.1', 'PORT': str(port), 'YPERSISTENCE': os.path.join(data, 'db')}
        command = ['node', os.path.join(node_folder, 'node_modules/@y/websocket-server/src/server.js')]
    else:
        environment = None
        command = [weft, '--relay', '--open', '--data', data, '--listen', f'127.0.0.1:{port}', f'--sync={kind}']
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return process
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f'{command[0]} did not start')


def run(kind, scenario, document):
    data = tempfile.mkdtemp(prefix='weft-bench-')
    port = free_port()
    process = start(kind, data, port)
    try:
        options = SCENARIOS[scenario].replace('DOCUMENT', document).split()
        result = subprocess.run([load, '--port', str(port), '--pid', str(process.pid), '--label', f'{scenario} {kind}',
                                 *options], capture_output=True, text=True, timeout=200)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        return {line['phase']: line for line in lines}
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(data, ignore_errors=True)


def describe(scenario, phases):
    if 'load' in phases:
        line = phases['load']
        return (f"{line['cpu_us_per_delivery']:.2f} µs CPU per delivery, {line['deliveries_per_s']} deliveries/s, "
                f"{line['lost']} lost; updates p50 {line['update_ms']['p50']} p99 {line['update_ms']['p99']} ms, "
                f"awareness p50 {line['awareness_ms']['p50']} p99 {line['awareness_ms']['p99']} ms")
    if 'storm' in phases:
        return f"{phases['storm']['seconds']:.2f} s until {phases['storm']['held']} were back"
    if 'join' in phases:
        line = phases['join']
        return (f"{line['seconds']:.2f} s for {line['held']} joiners of {line['document'] / 1e6:.1f} MB, "
                f"peak {line['peak_kb'] / 1024:.0f} MiB ({line['peak_kb'] * 1024 / line['document']:.1f} times the document)")
    line = phases['connect']
    return f"{line['seconds']:.2f} s for {line['held']}, {line['kb_per_connection']:.2f} kB each idle"


def main():
    wanted = sys.argv[4:] or list(SCENARIOS)
    has_peer = os.path.isdir(os.path.join(node_folder, 'node_modules/@y/websocket-server'))
    document = os.path.join(tempfile.mkdtemp(prefix='weft-bench-'), 'document')
    if 'document' in wanted:
        if has_peer:
            subprocess.run(['node', '--input-type=module', '-e', MAKE_DOCUMENT, document], cwd=node_folder, check=True)
        else:
            wanted.remove('document')
    print(f'load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores', flush=True)
    try:
        for scenario in wanted:
            results = {}
            for kind in ('full', 'normal', *(['peer'] if has_peer else [])):
                try:
                    results[kind] = run(kind, scenario, document)
                    print(f'{scenario:12} {kind:7} {describe(scenario, results[kind])}', flush=True)
                except (subprocess.TimeoutExpired, KeyError) as error:
                    print(f'{scenario:12} {kind:7} not done: {error!r}', flush=True)
            costs = {kind: phases['load']['cpu_us_per_delivery'] for kind, phases in results.items() if 'load' in phases}
            if costs.get('full') and costs.get('peer'):
                print(f"{scenario:12} ratio   1/{costs['peer'] / costs['full']:.1f} (full), "
                      f"1/{costs['peer'] / costs['normal']:.1f} (normal)", flush=True)
    finally:
        shutil.rmtree(os.path.dirname(document), ignore_errors=True)


main()
