#!/usr/bin/env python3
# operation.py - the relay as whoever runs it sees it: health, metrics, logs, backup, doctor, sockets from systemd
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: operation.py WEFT [TEST...]

import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from relaylib import PATIENCE, Client, Relay, free_port, make_update

weft = os.path.abspath(sys.argv[1])
source = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
folders = []


class Skip(Exception):
    pass


def make_folder():
    folder = tempfile.mkdtemp(prefix='weft-operation-')
    folders.append(folder)
    return folder


def run(*arguments, **options):
    return subprocess.run([weft, '--relay', *arguments], capture_output=True, text=True, timeout=PATIENCE, **options)


def write(relay, room, client, text, clock=0):
    """Writes, and waits until it is stored."""
    peer = Client(relay.port, room)
    peer.read_state()
    peer.send_update(make_update(client, clock, text))
    assert peer.ask() is not None, f'not stored; closed with {peer.close_code}'
    peer.close()


def read_states(relay, rooms):
    states = {}
    for room in rooms:
        peer = Client(relay.port, room)
        states[room] = peer.read_state()
        peer.close()
    return states


def check_with_promtool(text):
    """What Prometheus itself says of it, where it is installed."""
    if shutil.which('promtool'):
        result = subprocess.run(['promtool', 'check', 'metrics'], input=text, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


def test_metrics():
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        raise Skip('python3-prometheus-client is not installed')

    relay = Relay(weft, make_folder())
    clients = [Client(relay.port, 'room') for _ in range(3)]
    for client in clients:
        client.read_state()
    clients[0].send_update(make_update(7, 0, 'hello'))
    for client in clients[1:]:
        assert client.read_kind(b'\0\2') is not None
    clients[2].send(b'\x80')
    assert clients[2].read_kind(b'\xff') is None and clients[2].close_code == 4400
    clients[2].close()
    relay.get('/api/nothing')

    # They are counted anew each second.
    wait_for(lambda: all(f'\n{line}\n' in relay.get('/metrics')[1] for line in ('weft_sessions 2', 'weft_updates_total 1')))
    status, text = relay.get('/metrics')
    assert status == 200
    check_with_promtool(text)
    all_families = list(text_string_to_metric_families(text))
    families = {family.name: family for family in all_families}
    assert len(families) == len(all_families), 'two metrics have one name'
    values = {sample.name + ''.join(f'{key}={value}' for key, value in sorted(sample.labels.items())): sample.value
              for family in families.values() for sample in family.samples}
    expected = {'weft_connections': 2, 'weft_sessions': 2, 'weft_rooms': 1, 'weft_handshakes_total': 3,
                'weft_updates_total': 1, 'weft_closed_totalcode=4400': 1, 'weft_store_up': 1,
                'weft_fan_out_seconds_count': 1, 'weft_fan_out_seconds_bucketle=+Inf': 1}
    for name, value in expected.items():
        assert values.get(name) == value, f'{name} is {values.get(name)}, not {value}'
    for name in ('weft_received_bytes_total', 'weft_sent_bytes_total', 'weft_messages_received_total',
                 'weft_document_bytes', 'process_resident_memory_bytes', 'weft_store_commits_total'):
        assert values[name] > 0, name
    assert any(name.startswith('weft_http_refused_total') for name in values)

    # Buckets only grow, and the last one holds all.
    for family in families.values():
        if family.type == 'histogram':
            counts = [sample.value for sample in family.samples if sample.name.endswith('_bucket')]
            assert counts == sorted(counts), family.name
    relay.terminate()


def test_health():
    relay = Relay(weft, make_folder())
    for _ in range(3):
        status, text = relay.get('/health')
        assert status == 200
        assert json.loads(text) == {'status': 'ok', 'db': 'ok', 'redis': 'off', 'connections': 0, 'rooms': 0}
    relay.terminate()


def test_logs():
    relay = Relay(weft, make_folder(), '--log-format=json')
    client = Client(relay.port, 'secret%0aroom?token=never-in-the-log')
    client.read_state()
    client.send_update(make_update(7, 0, 'content-never-in-the-log'))
    assert client.ask() is not None
    client.close()
    relay.get('/api/nothing')
    wait_for(lambda: all(event in relay.read_log() for event in ('"close"', '"refuse"')))
    relay.terminate()

    lines = [json.loads(line) for line in relay.read_log().splitlines()]
    events = [line.get('event') for line in lines]
    assert events.count('connect') == 1 and events.count('close') == 1 and 'refuse' in events, events
    connect = next(line for line in lines if line.get('event') == 'connect')
    assert connect['dialect'] == 'yjs' and connect['room'] == 'secret\\nroom' and connect['peer'].startswith('127.0.0.1:')
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', connect['time'])
    assert 'never-in-the-log' not in relay.read_log()


def test_ending():
    """SIGTERM: everybody is told 1012, everything is stored, soon, also with a client that does not answer."""
    relay = Relay(weft, make_folder())
    silent = Client(relay.port, 'room')
    silent.read_state()
    client = Client(relay.port, 'room')
    client.read_state()
    client.send_update(make_update(7, 0, 'last words'))
    took = []
    thread = threading.Thread(target=lambda: took.append(relay.terminate()))
    time.sleep(0.05)
    thread.start()
    client.read_kind(b'\xff')
    assert client.close_code == 1012, client.close_code
    thread.join()
    assert took[0] < 15, took
    assert silent.read_kind(b'\xff') is None and silent.close_code == 1012

    again = Relay(weft, relay.data)
    assert read_states(again, ['room']) == {'room': {7: 10}}
    again.terminate()


def test_backup():
    data, backup = make_folder(), os.path.join(make_folder(), 'backup.db')
    relay = Relay(weft, data)
    for number in range(5):
        write(relay, f'room-{number}', 1, 'before')

    # While others write.
    stop = threading.Event()

    def keep_writing():
        clock = 0
        peer = Client(relay.port, 'busy')
        while not stop.is_set():
            peer.send_update(make_update(9, clock, 'xyz'))
            clock += 3
            peer.read(0.002)
        peer.close()

    thread = threading.Thread(target=keep_writing)
    thread.start()
    time.sleep(0.3)
    try:
        for _ in range(3):
            result = run('--backup', backup, '--data', data)
            assert result.returncode == 0, result.stderr
    finally:
        stop.set()
        thread.join()
    assert os.stat(backup).st_mode & 0o777 == 0o600
    assert os.listdir(os.path.dirname(backup)) == ['backup.db']
    write(relay, 'room-0', 2, 'after')
    result = run('--backup', '/nonexistent/folder/backup.db', '--data', data)
    assert result.returncode != 0 and 'no backup was made' in result.stderr

    # Not under the feet of the one that runs.
    result = run('--restore', backup, '--data', data)
    assert result.returncode != 0, result.stdout
    relay.terminate()

    # Without one that runs, too.
    result = run('--backup', backup + '2', '--data', data)
    assert result.returncode == 0, result.stderr

    # Over what is there, which is kept; and into nothing.
    for folder in (data, os.path.join(make_folder(), 'new')):
        result = run('--restore', backup, '--data', folder)
        assert result.returncode == 0, result.stderr
        assert run('--doctor', '--data', folder).returncode == 0
        restored = Relay(weft, folder)
        states = read_states(restored, ['room-0', 'room-4', 'busy'])
        assert states['room-0'] == {1: 6} and states['room-4'] == {1: 6} and states['busy'][9] > 0, states
        restored.terminate()
    assert any(name.startswith('relay.db.replaced-') for name in os.listdir(data))

    result = run('--restore', '/etc/hostname', '--data', data)
    assert result.returncode != 0 and 'nothing was restored' in result.stderr
    restored = Relay(weft, data)
    assert read_states(restored, ['room-4'])['room-4'] == {1: 6}
    restored.terminate()


def test_backup_keeps_keys():
    data, backup, elsewhere = make_folder(), os.path.join(make_folder(), 'backup.db'), make_folder()
    relay = Relay(weft, data, open_mode=False)
    result = run('--backup', backup, '--data', data)
    assert result.returncode == 0, result.stderr
    relay.terminate()
    assert run('--restore', backup, '--data', elsewhere).returncode == 0
    with open(os.path.join(data, 'signing-keys.json')) as one, open(os.path.join(elsewhere, 'signing-keys.json')) as other:
        assert one.read() == other.read()
    assert os.stat(os.path.join(elsewhere, 'signing-keys.json')).st_mode & 0o777 == 0o600


def test_owner():
    """What the superuser does to the folder of somebody else leaves everything theirs."""
    if os.geteuid() != 0:
        raise Skip('only root works in the folders of others')
    data, backup = make_folder(), os.path.join(make_folder(), 'backup.db')
    relay = Relay(weft, data, open_mode=False)
    relay.terminate()
    nobody = 65534

    def owners():
        return {os.stat(os.path.join(data, name)).st_uid for name in os.listdir(data)}

    os.chown(data, nobody, nobody)
    for name in os.listdir(data):
        os.chown(os.path.join(data, name), nobody, nobody)
    for command in (['--rotate-keys'], ['--issue-token=x', '--token-room=r'], ['--backup', backup], ['--restore', backup],
                    ['--doctor']):
        result = run(*command, '--data', data)
        assert result.returncode == 0, result.stdout + result.stderr
        assert owners() == {nobody}, (command, os.listdir(data), owners())
    assert os.stat(backup).st_uid == 0

    # A file that has another name elsewhere stays whose it is.
    other = os.path.join(data, 'other')
    with open(other, 'w', encoding='ascii') as file:
        file.write('x')
    os.link(other, os.path.join(data, 'link'))
    os.symlink(other, os.path.join(data, 'symlink'))
    run('--rotate-keys', '--data', data)
    assert os.stat(other).st_uid == 0


def wait_for(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, 'waited in vain'
        time.sleep(0.05)


def test_backup_every():
    data, backups, elsewhere = make_folder(), os.path.join(make_folder(), 'copies'), make_folder()
    options = ['--backup-every=1', f'--backup-folder={backups}', '--backup-keep=3']
    os.mkdir(backups)
    old = [f'relay-2020010{day}-120000.db' for day in range(1, 6)]
    others = ['notes.txt', 'relay-2020.db', 'relay-20200101-120000.db.txt']
    for name in old + others:
        with open(os.path.join(backups, name), 'w', encoding='ascii') as file:
            file.write('x')

    # The last one is old: there is one at once, and what is too much goes, of ours alone.
    relay = Relay(weft, data, *options)
    write(relay, 'room', 1, 'before')
    wait_for(lambda: 'backup: ' in relay.read_log() and len(os.listdir(backups)) == 3 + len(others))
    names = sorted(os.listdir(backups))
    fresh = [name for name in names if name not in old + others]
    assert len(fresh) == 1 and set(names) == {*old[-2:], *fresh, *others}, names
    relay.terminate()

    # It is fresh enough for the next start.
    relay = Relay(weft, data, *options)
    time.sleep(1.5)
    assert sorted(os.listdir(backups)) == names
    relay.terminate()
    assert run('--restore', os.path.join(backups, fresh[0]), '--data', elsewhere).returncode == 0
    assert run('--doctor', '--data', elsewhere).returncode == 0

    # In the data folder, where nothing else is said.
    relay = Relay(weft, elsewhere, '--backup-every=24')
    wait_for(lambda: os.path.isdir(os.path.join(elsewhere, 'backups')) and os.listdir(os.path.join(elsewhere, 'backups')))
    relay.terminate()


def test_redis_needs_database():
    result = run('--redis=redis://127.0.0.1:1', '--data', make_folder(), '--open')
    assert result.returncode == 73 and '--database' in result.stderr, result.stderr


def test_doctor():
    data = make_folder()
    relay = Relay(weft, data, '--compact-updates=1000')
    rooms = [f'room-{number}' for number in range(40)]
    for room in rooms:
        write(relay, room, 1, 'x' * 3000)
    relay.terminate()

    result = run('--doctor', '--data', data)
    assert result.returncode == 0 and '40 rooms, 0 with findings' in result.stdout, result.stdout

    # One row that says something else than it did.
    path = os.path.join(data, 'relay.db')
    with open(path, 'r+b') as file:
        content = file.read()
        at = content.index(b'x' * 1000)
        file.seek(at + 500)
        file.write(b'y')
    result = run('--doctor', '--data', data)
    assert result.returncode == 1 and '40 rooms, 1 with findings' in result.stdout, result.stdout

    # Whole pages that are gone: the relay says what to do, and the doctor saves the rest.
    with open(path, 'r+b') as file:
        for page in range(12, 16):
            file.seek(page * 4096)
            file.write(os.urandom(4096))
    result = run('--data', data, '--listen=127.0.0.1:0')
    assert result.returncode == 73 and '--doctor' in result.stderr, (result.returncode, result.stderr)
    result = run('--doctor', '--data', data)
    assert result.returncode == 1 and 'was damaged' in result.stdout, result.stdout + result.stderr
    assert any('damaged' in name for name in os.listdir(data))
    relay = Relay(weft, data)
    states = read_states(relay, rooms)
    kept = [room for room in rooms if states[room] == {1: 3000}]
    assert len(kept) >= 30, f'{len(kept)} of 40 rooms were saved: {result.stdout}{result.stderr}'
    write(relay, 'room-0', 2, 'goes on')
    relay.terminate()


def test_passed_socket():
    """As systemd starts it: the socket is there before the relay is."""
    listener = socket.create_server(('127.0.0.1', 0), backlog=16)
    port = listener.getsockname()[1]
    waiting = socket.create_connection(('127.0.0.1', port))
    waiting.sendall(b'GET /health HTTP/1.1\r\nHost: x\r\n\r\n')

    def pass_socket():
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)

    data = make_folder()
    shell = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh', weft, '--relay', '--open', '--data', data]
    process = subprocess.Popen(shell, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, close_fds=False,
                               preexec_fn=pass_socket)
    listener.close()
    try:
        assert f':{port}' in process.stdout.readline()
        # Who came before the relay was there is answered.
        waiting.settimeout(PATIENCE)
        assert waiting.recv(4096).startswith(b'HTTP/1.1 200 ')
        client = Client(port, 'room')
        assert client.status == 101
        client.close()
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        process.stdout.close()


def test_passed_local_socket():
    """systemd may also pass a socket in the file system, for a proxy on the same machine."""
    path = os.path.join(make_folder(), 'relay.sock')
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def pass_socket():
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)

    shell = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh', weft, '--relay', '--open', '--behind-proxy',
             '--public-url=wss://notes.example.org', '--max-connections-address=2', '--data', make_folder()]
    process = subprocess.Popen(shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, close_fds=False,
                               preexec_fn=pass_socket)
    listener.close()

    def ask(head):
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(PATIENCE)
        peer.connect(path)
        peer.sendall(head.encode())
        peer.sendall(b'Host: x\r\n\r\n')
        return peer, peer.recv(4096).decode(errors='replace')

    handshake = ('GET /room HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
                 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n')
    peers = []
    try:
        assert f'unix:{path}' in process.stdout.readline()
        process.stdout.readline()
        process.stdout.readline()
        assert 'relay=wss://notes.example.org&' in process.stdout.readline()
        peer, answer = ask('GET /health HTTP/1.1\r\n')
        assert answer.startswith('HTTP/1.1 200 '), answer
        peers.append(peer)
        # Without a word of the proxy nobody is counted; with one, each address is, however it is written.
        for _ in range(4):
            peer, answer = ask(handshake)
            assert ' 101 ' in answer, answer
            peers.append(peer)
        answers = []
        for form in ('192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1', '::ffff:192.0.2.2', '2001:db8::1'):
            peer, answer = ask(handshake + f'X-Forwarded-For: 192.0.2.99, {form}\r\n')
            peers.append(peer)
            answers.append(answer.split()[1])
        assert answers == ['101', '101', '429', '101', '101'], answers
    finally:
        process.terminate()
        for peer in peers:
            peer.close()
        _, log = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and 'WARNING' not in log, log


def in_namespace():
    """Makes mounts of ours invisible to others; needs to be root, or namespaces for users."""
    if os.geteuid() != 0:
        raise Skip('only root can mount')
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000) != 0 or libc.mount(b'none', b'/', None, 0x4000 | 0x40000, None) != 0:
        raise Skip('no mounts here')
    return libc


def test_full_disk():
    """A disk of 4 MiB: what cannot be stored is told to nobody; with room again it goes on."""
    libc = in_namespace()
    data = make_folder()
    assert libc.mount(b'tmpfs', data.encode(), b'tmpfs', 0, b'size=4m') == 0, 'tmpfs'
    try:
        relay = Relay(weft, data)
        write(relay, 'room', 1, 'kept')
        with open(os.path.join(data, 'ballast'), 'wb', buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                pass

        witness = Client(relay.port, 'room')
        witness.read_state()
        codes = set()
        sizes = []
        for attempt in range(6):
            writer = Client(relay.port, 'room')
            if writer.read_kind(b'\0\0') is None:
                codes.add(writer.close_code)
                continue
            writer.send_update(make_update(50 + attempt, 0, 'z' * 200000))
            assert writer.ask() is None, 'it said that it had stored what it could not'
            codes.add(writer.close_code)
            sizes.append(os.statvfs(data).f_bfree)
        assert codes == {1013}, codes
        while (message := witness.read(0.2)) is not None:
            assert not message.startswith(b'\0\2'), 'what is not stored was told'
        status, text = relay.get('/health')
        assert status == 503 and json.loads(text)['db'] == 'failing', text
        assert 'weft_store_up 0' in relay.get('/metrics')[1]

        os.unlink(os.path.join(data, 'ballast'))
        wait_for(lambda: relay.get('/health')[0] == 200)
        write(relay, 'room', 2, 'again')
        assert read_states(relay, ['room']) == {'room': {1: 4, 2: 5}}
        relay.terminate()
    finally:
        libc.umount2(data.encode(), 2)


def test_read_only():
    """The file system becomes read-only under the relay, and is writable again."""
    libc = in_namespace()
    data = make_folder()
    assert libc.mount(b'tmpfs', data.encode(), b'tmpfs', 0, b'size=16m') == 0, 'tmpfs'
    try:
        relay = Relay(weft, data)
        write(relay, 'room', 1, 'kept')
        relay.terminate()
        # MS_REMOUNT | MS_RDONLY
        assert libc.mount(None, data.encode(), None, 32 | 1, None) == 0
        result = run('--data', data, '--listen=127.0.0.1:0', '--open')
        assert result.returncode == 73 and 'writ' in result.stderr, (result.returncode, result.stderr)
        assert libc.mount(None, data.encode(), None, 32, None) == 0
        relay = Relay(weft, data)
        assert read_states(relay, ['room']) == {'room': {1: 4}}
        relay.terminate()
    finally:
        libc.umount2(data.encode(), 2)


def test_second_relay():
    relay = Relay(weft, make_folder())
    result = run('--data', relay.data, '--listen=127.0.0.1:0', '--open')
    assert result.returncode == 73, result.returncode
    result = run('--data', make_folder(), f'--listen=127.0.0.1:{relay.port}', '--open')
    assert result.returncode == 69 and '--listen' in result.stderr, (result.returncode, result.stderr)
    relay.terminate()


def test_nginx():
    """The example for nginx, with plain HTTP instead of TLS: WebSockets, addresses, no metrics."""
    nginx = shutil.which('nginx') or shutil.which('nginx', path='/usr/sbin')
    if not nginx:
        raise Skip('nginx is not installed')

    relay = Relay(weft, make_folder(), '--behind-proxy', '--max-connections-address=2')
    folder = make_folder()
    os.chmod(folder, 0o755)
    port = free_port()
    with open(os.path.join(source, 'data/relay/nginx.conf')) as example:
        site = example.read()
    site = re.sub(r'listen 443 ssl;', f'listen 127.0.0.1:{port};', site)
    site = re.sub(r'listen \[::\]:443 ssl;', f'listen [::1]:{port};', site)
    site = re.sub(r'ssl_certificate.*;', '', site)
    site = site.replace('127.0.0.1:9338', f'127.0.0.1:{relay.port}')
    with open(os.path.join(folder, 'nginx.conf'), 'w') as file:
        file.write(f'daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n'
                   f'events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/body;\n'
                   f'proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;\n'
                   f'scgi_temp_path {folder}/s;\n{site}\n}}\n')
    process = subprocess.Popen([nginx, '-c', os.path.join(folder, 'nginx.conf'), '-p', folder],
                               stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(2000):
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                break
            except OSError:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.05)
        one, other = Client(port, 'room'), Client(port, 'room', 'Sec-WebSocket-Protocol: weft.v1\r\n')
        assert one.status == 101 and 'Sec-WebSocket-Protocol: weft.v1' in other.head, other.head
        one.read_state()
        other.read_state()
        one.send_update(make_update(7, 0, 'through nginx' * 1000))
        assert other.read_kind(b'\0\2') is not None
        # From a page of the host under which the proxy is reached.
        page = Client(port, 'room', f'Origin: https://127.0.0.1:{port}\r\n')
        assert page.status == 101, page.status
        foreign = Client(port, 'room', 'Origin: https://evil.example\r\n')
        assert foreign.status == 403, foreign.status
        with socket.create_connection(('127.0.0.1', port)) as plain:
            plain.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            assert plain.recv(4096).startswith(b'HTTP/1.1 404')
        one.close()
        other.close()
        page.close()
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stderr.close()
        relay.terminate()


def test_caddy():
    """The example for Caddy is understood, also by the one in Debian."""
    if not shutil.which('caddy'):
        raise Skip('caddy is not installed')
    folder = make_folder()
    result = subprocess.run(['caddy', 'validate', '--adapter', 'caddyfile', '--config', os.path.join(source, 'data/relay/Caddyfile')],
                            capture_output=True, text=True, timeout=PATIENCE,
                            env={**os.environ, 'RELAY_HOST': 'localhost', 'HOME': folder, 'XDG_DATA_HOME': folder})
    assert result.returncode == 0 and '"level":"warn"' not in result.stderr, result.stderr


def test_unit():
    """systemd reads our units without a word, and calls the service safe."""
    if not shutil.which('systemd-analyze'):
        raise Skip('systemd-analyze is not installed')
    folder = make_folder()
    with open(os.path.join(source, 'data/relay/weft-relay.service.in')) as file:
        service = file.read().replace('@bindir@/weft', weft).replace('@docdir@', '/usr/share/doc')
    with open(os.path.join(folder, 'weft-relay.service'), 'w') as file:
        file.write(service)
    shutil.copy(os.path.join(source, 'data/relay/weft-relay.socket'), folder)
    units = [os.path.join(folder, name) for name in ('weft-relay.service', 'weft-relay.socket')]
    result = subprocess.run(['systemd-analyze', 'verify', *units], capture_output=True, text=True)
    ours = [line for line in result.stderr.splitlines() if 'weft-relay' in line]
    assert not ours, ours
    result = subprocess.run(['systemd-analyze', 'security', '--offline=true', units[0]], capture_output=True, text=True)
    level = re.search(r'Overall exposure level[^:]*: ([\d.]+)', result.stdout)
    assert level and float(level.group(1)) < 3, result.stdout[-300:] + result.stderr


def get_memory(relay):
    with open(f'/proc/{relay.process.pid}/status') as status:
        return int(re.search(r'VmRSS:\s*(\d+)', status.read())[1]) * 1024


def test_heads():
    """Requests that come in pieces: good ones are answered, and bad ones leave nothing behind."""
    relay = Relay(weft, make_folder())
    path = '/' + 'x' * 12000
    bad = [(f'POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Enc', 'oding: x\r\n\r\n', b' 400 '),
           (f'POST {path} HTTP/1.1\nHost: localhost\nContent-Length: 1\nContent-', 'Length: 2\n\n{}', b' 400 '),
           (f'\r\n\r\nPOST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r', '\n\r\n0\r\n\r\n', b' 400 '),
           (f'POST {path} HTTP/1.1\r\nHost: localhost\r\n', 'X: ' + 'y' * 6000 + '\r\nTransfer-Encoding: x\r\n\r\n', b' 431 ')]

    def say(first, second, expected, n):
        peers = []
        for _ in range(n):
            peers.append(socket.create_connection(('127.0.0.1', relay.port), PATIENCE))
            peers[-1].sendall(first.encode())
        # Who comes later and is answered: these have been looked at.
        assert relay.get('/health')[0] == 200
        for peer in peers:
            peer.sendall(second.encode())
        for peer in peers:
            answer = b''
            while piece := peer.recv(4096):
                answer += piece
            assert answer[8:13] == expected and answer.endswith(b'}'), (first[:40], answer)
            peer.close()

    rounds = 50 if os.environ.get('WEFT_TEST_LONG') else 8
    for number in range(rounds + 1):
        if number == 1:
            before = get_memory(relay)
        for row in bad:
            say(*row, 50)
    grown = get_memory(relay) - before
    # What libsoup would keep of each. Sanitizers keep everything for a while.
    with open(f'/proc/{relay.process.pid}/maps') as maps:
        is_watched = 'libasan' in maps.read()
    assert is_watched or grown < 50 * len(bad) * rounds * len(path) / 4, f'{grown} bytes more after {50 * len(bad) * rounds} bad requests'
    metrics = relay.get('/metrics')[1]
    assert re.search(r'status="431"} %d' % (50 * (rounds + 1)), metrics), metrics

    # Byte by byte it is a handshake all the same.
    peer = socket.create_connection(('127.0.0.1', relay.port), PATIENCE)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in ('GET /room HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
                 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n').encode():
        peer.sendall(bytes([byte]))
    assert peer.recv(4096)[8:13] == b' 101 '
    peer.close()

    # Who hangs up in the middle, or after it was refused, is let go of; more than there is room for at once.
    for _ in range(100):
        for half in (bad[0][0], ''.join(bad[0][:2])):
            peer = socket.create_connection(('127.0.0.1', relay.port), PATIENCE)
            peer.sendall(half.encode())
            peer.close()
    assert relay.get('/health')[0] == 200
    relay.terminate()

    # And who does not go on is cut off.
    relay = Relay(weft, make_folder(), '--request-time=1')
    for half in ('GET /hea', ''.join(bad[0][:2])):
        with socket.create_connection(('127.0.0.1', relay.port), PATIENCE) as peer:
            peer.sendall(half.encode())
            while peer.recv(4096):
                pass
    relay.terminate()


def test_versions():
    result = run('--version')
    assert result.returncode == 0 and result.stdout.startswith('weft 0.'), result.stdout


def main():
    wanted = sys.argv[2:]
    tests = {name[5:]: function for name, function in globals().items() if name.startswith('test_')}
    failed = 0
    print(f'1..{len(tests)}')
    for number, (name, function) in enumerate(tests.items(), 1):
        if wanted and name not in wanted:
            continue
        try:
            # Mounts stay within a child.
            child = os.fork()
            if child == 0:
                status = 0
                try:
                    function()
                except Skip as reason:
                    print(f'# {name}: {reason}', flush=True)
                    status = 77
                except BaseException:
                    import traceback
                    traceback.print_exc()
                    status = 1
                Relay.end_all()
                for folder in folders:
                    shutil.rmtree(folder, ignore_errors=True)
                sys.stdout.flush()
                os._exit(status)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        except KeyboardInterrupt:
            sys.exit(130)
        failed += status not in (0, 77)
        print(f'{"not ok" if status not in (0, 77) else "ok"} {number} {name}{" # SKIP" if status == 77 else ""}', flush=True)
    sys.exit(failed > 0)


main()
