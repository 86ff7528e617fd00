# relaylib.py - a relay as a child process, and a client of it, in plain Python
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import base64
import os
import random
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request


# In seconds, for what must come: a machine may be many times as slow as ours.
PATIENCE = 120


class Relay:
    """`weft --relay` on a free port, with a data folder of its own."""

    all = []

    def __init__(self, weft, data=None, *options, environment=None, open_mode=True, wrapper=()):
        self.weft = weft
        self.data = data or tempfile.mkdtemp(prefix='weft-relay-')
        self.log = tempfile.TemporaryFile(mode='w+')
        arguments = [*wrapper, weft, '--relay', '--data', self.data, *options]
        if open_mode:
            arguments.append('--open')
        if not any(option.startswith('--listen') for option in options):
            arguments.append('--listen=127.0.0.1:0')
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env={**os.environ, **(environment or {})})
        Relay.all.append(self)
        first = self.process.stdout.readline()
        match = re.search(r'ws://(\S+):(\d+)', first)
        if not match:
            self.process.wait()
            raise RuntimeError(f'the relay did not start: {first}{self.read_log()}')
        self.port = int(match.group(2))

    @classmethod
    def end_all(cls):
        """Nothing is left running where a test failed."""
        for relay in cls.all:
            if relay.process.poll() is None:
                relay.kill()

    def read_log(self):
        self.log.seek(0)
        return self.log.read()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def terminate(self, patience=PATIENCE):
        """Ends it as an administrator would. Returns how long that took."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(patience)
        self.process.stdout.close()
        assert status == 0, f'it ended with {status}: {self.read_log()}'
        return time.monotonic() - start

    def get(self, path):
        """Returns: status and body."""
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{self.port}{path}', timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


given_ports = set()


def free_port():
    """A port that is free, another each time, and that no connection is given by itself."""
    while True:
        port = random.randrange(20000, 32000)
        if port in given_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(('127.0.0.1', port))
                given_ports.add(port)
                return port
            except OSError:
                pass


def put_varuint(value):
    out = bytearray()
    while value > 127:
        out.append(128 | value & 127)
        value >>= 7
    out.append(value)
    return bytes(out)


def get_varuint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def put_bytes(data):
    return put_varuint(len(data)) + data


def make_update(client, clock, text):
    """An update of Yjs: `text` behind what the same client wrote before, in the root text "t"."""
    data = text.encode()
    if clock == 0:
        item = b'\x04\x01' + put_bytes(b't')
    else:
        item = b'\x84' + put_varuint(client) + put_varuint(clock - 1)
    return b'\x01\x01' + put_varuint(client) + put_varuint(clock) + item + put_bytes(data) + b'\x00'


def read_state_vector(data):
    count, at = get_varuint(data, 0)
    entries = {}
    for _ in range(count):
        client, at = get_varuint(data, at)
        entries[client], at = get_varuint(data, at)
    return entries


def read_update_ends(data):
    """How far each client goes in an update of text items made by make_update()."""
    ends = {}
    n_clients, at = get_varuint(data, 0)
    for _ in range(n_clients):
        n_items, at = get_varuint(data, at)
        client, at = get_varuint(data, at)
        clock, at = get_varuint(data, at)
        for _ in range(n_items):
            info = data[at]
            at += 1
            if info & 0x80:
                _, at = get_varuint(data, at)
                _, at = get_varuint(data, at)
            if info & 0x40:
                _, at = get_varuint(data, at)
                _, at = get_varuint(data, at)
            if not info & 0xc0:
                is_root, at = get_varuint(data, at)
                if is_root:
                    length, at = get_varuint(data, at)
                    at += length
                else:
                    _, at = get_varuint(data, at)
                    _, at = get_varuint(data, at)
            length, at = get_varuint(data, at)
            if info & 31 == 4:
                at += length
            clock += length
        ends[client] = max(clock, ends.get(client, 0))
    return ends


class Client:
    """A WebSocket that speaks y-websocket, as bytes."""

    def __init__(self, port, room, headers='', host='127.0.0.1'):
        self.socket = socket.create_connection((host, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f'GET /{room} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n'
                             'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
                             f'Sec-WebSocket-Key: {key}\r\n{headers}\r\n').encode())
        self.buffer = b''
        while b'\r\n\r\n' not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError('no answer to the handshake')
            self.buffer += more
        head, self.buffer = self.buffer.split(b'\r\n\r\n', 1)
        self.head = head.decode()
        self.status = int(self.head.split()[1])
        self.close_code = None

    def send(self, message):
        size = len(message)
        if size < 126:
            head = bytes([0x82, 0x80 | size])
        elif size < 65536:
            head = bytes([0x82, 0xfe]) + struct.pack('>H', size)
        else:
            head = bytes([0x82, 0xff]) + struct.pack('>Q', size)
        # The mask is 0: the payload goes as it is.
        self.socket.sendall(head + b'\0\0\0\0' + message)

    def take_frame(self):
        data = self.buffer
        if len(data) < 2:
            return None
        size, at = data[1] & 127, 2
        if size == 126:
            if len(data) < 4:
                return None
            size, at = struct.unpack_from('>H', data, 2)[0], 4
        elif size == 127:
            if len(data) < 10:
                return None
            size, at = struct.unpack_from('>Q', data, 2)[0], 10
        if len(data) < at + size:
            return None
        self.buffer = data[at + size:]
        return data[0] & 15, data[at:at + size]

    def read(self, timeout=PATIENCE):
        """The next message; None where nothing came in time, or the connection ended (see close_code)."""
        end = time.monotonic() + timeout
        while True:
            frame = self.take_frame()
            if frame is None:
                left = max(0, end - time.monotonic())
                if not select.select([self.socket], [], [], left)[0]:
                    return None
                try:
                    more = self.socket.recv(1 << 20)
                except OSError:
                    more = b''
                if not more:
                    self.close_code = self.close_code or 1006
                    return None
                self.buffer += more
                continue
            opcode, payload = frame
            if opcode == 2:
                return payload
            if opcode == 8:
                self.close_code = struct.unpack_from('>H', payload)[0] if len(payload) >= 2 else 1005
                return None

    def read_kind(self, kind, timeout=PATIENCE):
        """The payload of the next message that begins with the bytes `kind`."""
        end = time.monotonic() + timeout
        while True:
            message = self.read(max(0, end - time.monotonic()))
            if message is None:
                return None
            if message.startswith(kind):
                length, at = get_varuint(message, len(kind))
                return message[at:at + length]

    def close(self):
        self.socket.close()

    # --- y-websocket ---
    def read_state(self):
        """What the relay says that it has: the state vector of its step 1."""
        return read_state_vector(self.read_kind(b'\0\0'))

    def send_update(self, update):
        self.send(b'\0\2' + put_bytes(update))

    def ask(self):
        """Asks step 1; the answer, when everything sent before is stored."""
        self.send(b'\0\0\1\0')
        return self.read_kind(b'\0\1')
