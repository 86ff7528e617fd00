#!/usr/bin/env python3
# walk.py - a random walk through the relay's HTTP: requests that are none, bodies that are nothing like what is meant
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: walk.py WEFT [SEED]. With WEFT_TEST_LONG it goes on for minutes, each time elsewhere. Whatever comes, the relay answers
# once or not at all, never with an error of its own, and is there afterwards with as many descriptors as before.

import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time

from relaylib import PATIENCE, Relay

weft = os.path.abspath(sys.argv[1])
long = bool(os.environ.get('WEFT_TEST_LONG'))
seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**9) if long else 1
walk = random.Random(seed)
RAW, BODIES = (20000, 20000) if long else (400, 600)

HANDSHAKE = (b'GET /room HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
             b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n')
REQUESTS = [
    b'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    b'GET /health HTTP/1.0\r\n\r\n',
    b'GET /health\r\n\r\n',
    b'GET http://localhost/health HTTP/1.1\r\nHost: other\r\n\r\n',
    b'GET //localhost/../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n',
    b'GET /%2e%2e/%00/%ff%fe?token=%00&x[]=&&=;% HTTP/1.1\r\nHost: localhost\r\n\r\n',
    b'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
    b'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n',
    b'HEAD / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n',
    b'GET /health HTTP/1.1\r\nHost: localhost\r\nHost: other\r\nX-A: b\r\n folded\r\n\tmore\r\n: none\r\n\r\n',
    b'POST /api/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}',
    b'POST /api/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n{}',
    b'POST /api/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551616\r\n\r\n{}',
    b'POST /api/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    b'POST /api/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n'
    b'0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    b'POST /api/sync HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nTrailer: x\r\n\r\n',
    b'POST /api/sync HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n',
    b'POST /api/sync HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    b'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n',
    HANDSHAKE + b'\r\n',
    HANDSHAKE + b'Sec-WebSocket-Protocol: weft.v1, bearer.x\r\nOrigin: http://localhost\r\n\r\n\x82\x80\0\0\0\0',
    HANDSHAKE + b'Content-Length: 10\r\n\r\n0123456789',
]
PIECES = [b'\r\n', b'\r\n\r\n', b'\n', b'\r', b'\0', b' ', b'\t', b':', b'%', b'%00', b'%2f', b'/../', b'?', b'#', b'\xff', b'\xc0\x80',
          b'A' * 20000, b'Host: x\r\n', b'Connection: Upgrade\r\n', b'Transfer-Encoding: chunked\r\n', b'Content-Length: 5\r\n',
          b'Authorization: Bearer ', b'Range: bytes=-1\r\n', b'Expect: 100-continue\r\n', b'HTTP/9.9', b'0\r\n\r\n']


def mutate(request):
    """The request, with up to four things wrong with it."""
    out = bytearray(request)
    for _ in range(walk.randrange(5)):
        at, end = sorted(walk.randrange(len(out) + 1) for _ in range(2))
        what = walk.randrange(5)
        if what == 0 and out:
            out[walk.randrange(len(out))] = walk.randrange(256)
        elif what == 1:
            out[at:at] = walk.choice(PIECES)
        elif what == 2:
            del out[at:min(end, at + 20)]
        elif what == 3:
            out[at:at] = out[at:min(end, at + 60)]
        else:
            other = walk.choice(REQUESTS)
            out[at:] = other[walk.randrange(len(other)):]
    return bytes(out)


def ask_raw(port, request):
    """Everything that is answered until the other side has nothing more to say."""
    answer = b''
    with socket.create_connection(('127.0.0.1', port), PATIENCE) as peer:
        peer.settimeout(PATIENCE)
        try:
            cut = walk.randrange(len(request) + 1) if walk.randrange(3) == 0 else len(request)
            peer.sendall(request[:cut])
            if cut < len(request):
                peer.sendall(request[cut:])
            peer.shutdown(socket.SHUT_WR)
            while part := peer.recv(65536):
                answer += part
        except OSError:
            pass
    return answer


def walk_raw(relay):
    counts = {}
    for i in range(RAW):
        request = mutate(walk.choice(REQUESTS))
        answer = ask_raw(relay.port, request)
        statuses = [int(code) for code in re.findall(rb'^HTTP/1\.[01] (\d{3})', answer, re.M)]
        final = [code for code in statuses if code != 100]
        assert not answer or statuses, f'request {i}: {request!r} is answered {answer[:200]!r}'
        assert len(final) <= 1, f'request {i}: {request!r} is answered {len(final)} times'
        assert not final or final[0] < 500 or final[0] in (501, 503, 505), f'request {i}: {request!r} is answered {answer[:300]!r}'
        status = final[0] if final else 0
        counts[status] = counts.get(status, 0) + 1
    for status in (0, 101, 200, 400, 404, 426):
        assert counts.get(status), f'no answer was {status}: {counts}'


# --- bodies ---

NUMBERS = [0, -1, 1, 0.5, 1e300, -1e300, 2**31, 2**53, 2**63, 2**64, 10**400]
TEXTS = ['', ' ', 'x', '\0', '\ud800', '\u202e', '👩‍👩‍👧', 'x' * 300, "'; DROP TABLE users; --", '../..', '%00', 'owner', 'editor', 'viewer', 'admin',
         'member', 'note:a/b', 'AAA=', 'null', '\r\nX: y']
FIELDS = ['name', 'role', 'device', 'since', 'updates', 'token', 'refresh_token', 'user_id', 'user', 'email', 'type', 'changes', 'key', 'value',
          'timestamp', 'board_id', 'expires_in', 'workspace_id', 'thumbnail_url', 'page', 'permission', 'id', 'deleted']


def make_value(depth=0):
    kind = walk.randrange(9 if depth < 4 else 6)
    if kind < 2:
        return walk.choice(TEXTS)
    if kind < 4:
        return walk.choice(NUMBERS)
    if kind < 6:
        return walk.choice([None, True, False])
    if kind == 6:
        return [make_value(depth + 1) for _ in range(walk.randrange(4))]
    return {walk.choice(FIELDS): make_value(depth + 1) for _ in range(walk.randrange(5))}


def make_body():
    kind = walk.randrange(12)
    if kind == 0:
        return walk.choice([b'', b'{', b'[]', b'null', b'"x"', b'\xff', b'{"a":1,"a":2}', b'{}{}', b'[' * 30000, b'{"a":' * 5000])
    body = {walk.choice(FIELDS): make_value(1) for _ in range(walk.randrange(6))}
    text = json.dumps(body, ensure_ascii=walk.random() < 0.7).encode('utf-8', 'surrogatepass')
    if kind == 1:
        at = walk.randrange(len(text) + 1)
        text = text[:at] + bytes([walk.randrange(256)]) + text[at:]
    return text


def walk_bodies(relay, routes, token, ids):
    counts = {}
    for i in range(BODIES):
        method, pattern = walk.choice(routes)
        path = re.sub(r'[:*]\w+', lambda _: walk.choice(ids), pattern)
        if walk.randrange(4) == 0:
            path += '?' + walk.choice(FIELDS) + '=' + walk.choice(['', '1', '-1', '%00', '%ff', 'x' * 100, '9' * 30])
        body = make_body()
        head = f'{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n'
        if walk.randrange(8) > 0:
            head += f'Authorization: Bearer {token}\r\n'
        answer = ask_raw(relay.port, head.encode() + b'\r\n' + body)
        status = int(answer[9:12]) if answer.startswith(b'HTTP/1.1 ') else 0
        assert status and (status < 500 or status == 503), f'{i}: {method} {path} {body[:300]!r} is answered {answer[:600]!r}'
        if status >= 400 and b'application/problem+json' in answer:
            problem = json.loads(answer.split(b'\r\n\r\n', 1)[1])
            assert problem['status'] == status and problem['detail'], f'{i}: {method} {path}: {problem}'
        counts[status] = counts.get(status, 0) + 1
    for status in (200, 400, 401, 404):
        assert counts.get(status), f'no answer was {status}: {counts}'


def call(relay, method, path, body=None, token=None):
    text = json.dumps(body).encode() if body is not None else b''
    head = f'{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text)}\r\n'
    if token:
        head += f'Authorization: Bearer {token}\r\n'
    with socket.create_connection(('127.0.0.1', relay.port), PATIENCE) as peer:
        peer.sendall(head.encode() + b'\r\n' + text)
        answer = b''
        while part := peer.recv(65536):
            answer += part
    return json.loads(answer.split(b'\r\n\r\n', 1)[1] or b'null')


def count_descriptors(relay):
    return len(os.listdir(f'/proc/{relay.process.pid}/fd'))


def main():
    print(f'# seed {seed}', flush=True)
    relay = Relay(weft, None, '--auth-burst=1000000', '--sync=normal', '--request-time=2', '--close-time=1', open_mode=False)
    out = ''
    while 'invite=' not in out:
        out += relay.process.stdout.readline()
    notebook, invite = re.search(r'notebook=(\w+)', out).group(1), re.search(r'invite=([\w-]+)', out).group(1)
    ada = call(relay, 'POST', f'/api/invites/{invite}/accept', {'name': 'Ada', 'device': 'test'})
    board = call(relay, 'POST', f'/api/workspaces/{notebook}/boards', {'name': 'Plan'}, ada['access_token'])['id']
    data = relay.data + '-routes'
    text = subprocess.run([weft, '--relay', '--data', data, '--routes'], capture_output=True, text=True, check=True).stdout
    shutil.rmtree(data, ignore_errors=True)
    # Whoever ends their own session would be a stranger from then on.
    routes = [line.split()[:2] for line in text.splitlines()
              if line.split()[0] in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE') and 'logout' not in line]
    ids = [notebook, notebook, board, board, ada['user']['id'], 'x', '%00', '%2e%2e', notebook + '%2F' + board, 'a' * 300]
    before = count_descriptors(relay)
    failed = False

    print('1..2', flush=True)
    try:
        for number, (name, step) in enumerate([('requests', lambda: walk_raw(relay)),
                                               ('bodies', lambda: walk_bodies(relay, routes, ada['access_token'], ids))], 1):
            try:
                step()
                assert relay.process.poll() is None, f'the relay ended with {relay.process.poll()}'
                assert relay.get('/health')[0] == 200, 'it is not well'
                until = time.monotonic() + PATIENCE
                while count_descriptors(relay) > before and time.monotonic() < until:
                    time.sleep(0.1)
                assert count_descriptors(relay) <= before, f'{count_descriptors(relay)} descriptors, {before} before'
                words = ('CRITICAL', 'assertion', 'Sanitizer', 'runtime error')
                trouble = [line for line in relay.read_log().splitlines() if any(word in line for word in words)]
                assert not trouble, trouble[0][:500]
                print(f'ok {number} {name}', flush=True)
            except AssertionError as error:
                failed = True
                print(f'not ok {number} {name}\n# {error}', flush=True)
                print(re.sub('^', '# ', relay.read_log()[-3000:], flags=re.M), flush=True)
        if relay.process.poll() is None:
            relay.terminate()
    finally:
        Relay.end_all()
        shutil.rmtree(relay.data, ignore_errors=True)
    sys.exit(failed)


main()
