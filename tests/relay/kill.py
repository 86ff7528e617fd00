#!/usr/bin/env python3
# kill.py - the relay is killed at any moment; nothing that anyone received or that has a receipt is lost
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: kill.py WEFT [ROUNDS [SEED]]; with WEFT_TEST_IN_POSTGRES, and a server from postgres.sh, what it stores is there
#
# In each round two clients are in a room: one writes as fast as it can and listens for receipts, the other listens for
# updates. The relay is killed by SIGKILL at a random moment and started again on the same data; then it must have all
# that either of them had heard of. Every round's writer stays to be checked in all later rounds. Small limits make it
# compact all the time.

import os
import random
import select
import shutil
import subprocess
import sys
import time

from relaylib import Client, Relay, get_varuint, make_update, read_state_vector, read_update_ends

weft = sys.argv[1]
in_postgres = bool(os.environ.get('WEFT_TEST_IN_POSTGRES'))
long = bool(os.environ.get('WEFT_TEST_LONG'))
usual = 2000 if long else 60 if in_postgres else 200
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else usual
seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30) if long else 1
rand = random.Random(seed)
print(f'# {rounds} rounds, seed {seed}', flush=True)

DATABASE = ()
if in_postgres:
    if not os.environ.get('WEFT_TEST_POSTGRES'):
        print('PostgreSQL is not installed')
        sys.exit(77)
    subprocess.run([os.environ['WEFT_TEST_POSTGRES_CTL'], 'sql', 'CREATE SCHEMA killed'], check=True, stdout=subprocess.DEVNULL)
    DATABASE = (f"--database={os.environ['WEFT_TEST_POSTGRES']}&options=-csearch_path%3Dkilled",)

OPTIONS = (*DATABASE, '--compact-updates=15', '--compact-bytes=2K', '--idle-room=0', '--threads=2')
heard = {}       # room -> client -> how far somebody knows that it is stored
n_checked = n_heard = n_sent = 0


def note(room, client, end):
    global n_heard
    n_heard += 1
    known = heard.setdefault(room, {})
    known[client] = max(known.get(client, 0), end)


def take(client_socket, room):
    """Takes everything that has arrived."""
    while True:
        message = client_socket.read(0)
        if message is None:
            return client_socket.close_code is None
        if message[0] == 0 and message[1] == 2:
            _, at = get_varuint(message, 2)
            for client, end in read_update_ends(message[at:]).items():
                note(room, client, end)
        elif message[0] == 100:
            _, at = get_varuint(message, 1)
            _, at = get_varuint(message, at)
            for client, end in read_state_vector(message[at:]).items():
                note(room, client, end)


def check(relay):
    """The relay has what was heard of."""
    global n_checked
    for room, known in heard.items():
        client = Client(relay.port, room)
        state = client.read_state()
        client.close()
        for writer, end in known.items():
            n_checked += 1
            if state.get(writer, 0) < end:
                sys.exit(f'lost: room {room}, client {writer} was heard of up to {end}, '
                         f'but the relay has {state.get(writer, 0)} (seed {seed})')


relay = Relay(weft, None, *OPTIONS)
data = relay.data
try:
    for number in range(rounds):
        room = f'room-{rand.randrange(3)}'
        writer_id = 1000 + number
        writer = Client(relay.port, room, 'Sec-WebSocket-Protocol: weft.v1\r\n')
        witness = Client(relay.port, room)
        writer.read_state()
        witness.read_state()

        end = time.monotonic() + rand.random() * 0.06
        clock = 0
        while time.monotonic() < end:
            text = 'x' * rand.randrange(1, 40)
            writer.send_update(make_update(writer_id, clock, text))
            clock += len(text)
            n_sent += 1
            take(witness, room)
            take(writer, room)
            if rand.random() < 0.3:
                time.sleep(rand.random() * 0.004)
        relay.process.kill()

        # What was on its way when it died has been received, too.
        while take(witness, room):
            select.select([witness.socket], [], [], 1)
        while take(writer, room):
            select.select([writer.socket], [], [], 1)
        relay.kill()
        writer.close()
        witness.close()

        relay = Relay(weft, data, *OPTIONS)
        check(relay)

    relay.terminate()
    if not in_postgres:
        doctor = subprocess.run([weft, '--relay', '--doctor', '--data', data], capture_output=True, text=True, timeout=600)
        print('#', doctor.stdout.strip())
        if doctor.returncode != 0:
            sys.exit(f'the doctor found something: {doctor.stdout}{doctor.stderr}')
finally:
    if relay.process.poll() is None:
        relay.kill()
    shutil.rmtree(data, ignore_errors=True)

print(f'killed {rounds} times; {n_sent} updates sent, {n_heard} heard of, {n_checked} checks, nothing lost')
