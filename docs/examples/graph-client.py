#!/usr/bin/env python3
# graph-client.py - a board as a graph in SQLite, changed at once and put right by the relay
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
#   graph-client.py FILE.sqlite add Task title=Tea x=40      changes the local graph, with or without the relay
#   graph-client.py FILE.sqlite set NODE title=Coffee        (null removes a property)
#   graph-client.py FILE.sqlite connect NODE NODE [LABEL]
#   graph-client.py FILE.sqlite remove NODE-OR-EDGE
#   graph-client.py FILE.sqlite sync ws://127.0.0.1:9338/ws/patch/ROOM [--watch]
#   graph-client.py FILE.sqlite list
#
# The table `objects` shows what the user wants: what the relay has numbered, and the user's own patches on top. Each own
# patch is in `pending` until the relay has answered it. When the relay tells a patch, all pending ones are rolled back,
# the relay's is applied, and the pending ones are applied again, without the one that came back numbered or was
# rejected. Nothing but Python's own library is needed.
import base64
import json
import os
import socket
import sqlite3
import ssl
import sys
import urllib.parse
import uuid

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (id TEXT PRIMARY KEY, object TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pending (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, patch TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS undo (number INTEGER PRIMARY KEY, id TEXT NOT NULL, object TEXT);
"""


def id_of(patch):
    return patch.get("nodeId") or patch.get("edgeId")


class Graph:
    """What is in the file. Every method is one transaction."""

    def __init__(self, path):
        self.floor = 0  # what has come has the relay's changes up to this version
        self.db = sqlite3.connect(path)
        self.db.executescript(SCHEMA)
        with self.db:
            self.db.execute("INSERT OR IGNORE INTO meta VALUES ('client', ?)", (str(uuid.uuid4()),))
            self.db.execute("INSERT OR IGNORE INTO meta VALUES ('version', '0')")

    def meta(self, name):
        return self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0]

    def get(self, key):
        row = self.db.execute("SELECT object FROM objects WHERE id = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def objects(self):
        return [json.loads(row[0]) for row in self.db.execute("SELECT object FROM objects ORDER BY id")]

    def pending(self):
        return [json.loads(row[0]) for row in self.db.execute("SELECT patch FROM pending ORDER BY number")]

    def change(self, op, **patch):
        """An own change: seen at once, sent when there is a relay."""
        patch = {"id": str(uuid.uuid4()), "clientId": self.meta("client"), "op": op, **patch}
        with self.db:
            self.db.execute("INSERT INTO pending (id, patch) VALUES (?, ?)", (patch["id"], json.dumps(patch)))
            self._apply(patch, undoable=True)
        return patch

    def begin(self):
        """A connection begins. Returns: the version that is here already, which the relay is to be told."""
        self.floor = int(self.meta("version"))
        return self.floor

    def take_snapshot(self, message):
        with self.db:
            self.db.execute("DELETE FROM undo")
            self.db.execute("DELETE FROM objects")
            for thing in message["nodes"] + message["edges"]:
                self.db.execute("INSERT INTO objects VALUES (?, ?)", (id_of(thing), json.dumps(thing)))
            self.floor = message["version"]
            self._set_version(self.floor)
            self._reapply()

    def take_patch(self, patch, version):
        with self.db:
            self._roll_back()
            was_pending = self.db.execute("DELETE FROM pending WHERE id = ?", (patch["id"],)).rowcount > 0
            # On a connection each patch comes once and in the order in which they are to be applied; but an own one that was
            # sent twice is answered twice, and a snapshot may have had it already.
            if patch["clientId"] != self.meta("client") or (was_pending and version > self.floor):
                self._apply(patch)
            # One change of others may be several patches of one version: it is here when something later is.
            self._set_version(version - 1)
            self._reapply()

    def take_hello(self, message):
        """All that the relay had when it was greeted is here."""
        with self.db:
            self._set_version(message["version"])

    def take_rejection(self, patch_id):
        with self.db:
            self._roll_back()
            self.db.execute("DELETE FROM pending WHERE id = ?", (patch_id,))
            self._reapply()

    def _set_version(self, version):
        self.db.execute("UPDATE meta SET value = max(cast(value AS INTEGER), ?) WHERE name = 'version'", (version,))

    def _apply(self, patch, undoable=False):
        key, before = id_of(patch), self.get(id_of(patch))
        if undoable:
            self.db.execute("INSERT INTO undo (id, object) VALUES (?, ?)", (key, json.dumps(before) if before else None))
        if patch["op"].startswith("delete"):
            self.db.execute("DELETE FROM objects WHERE id = ?", (key,))
            return
        if patch["op"].startswith("update") and before is None:
            return  # somebody deleted it
        thing = before or {name: patch[name] for name in ("nodeId", "edgeId") if name in patch}
        thing.update({name: patch[name] for name in ("label", "sourceId", "targetId") if name in patch})
        properties = {**thing.get("properties", {}), **patch.get("properties", {})}
        thing["properties"] = {name: value for name, value in properties.items() if value is not None}
        self.db.execute("INSERT OR REPLACE INTO objects VALUES (?, ?)", (key, json.dumps(thing)))

    def _roll_back(self):
        for key, before in self.db.execute("SELECT id, object FROM undo ORDER BY number DESC").fetchall():
            self.db.execute("DELETE FROM objects WHERE id = ?", (key,))
            if before is not None:
                self.db.execute("INSERT INTO objects VALUES (?, ?)", (key, before))
        self.db.execute("DELETE FROM undo")

    def _reapply(self):
        for patch in self.pending():
            self._apply(patch, undoable=True)


class Socket:
    """As much of a WebSocket (RFC 6455) as a client needs: whole text messages."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        self.socket = socket.create_connection((parts.hostname, port), timeout=30)
        if parts.scheme == "wss":
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=parts.hostname)
        key = base64.b64encode(os.urandom(16)).decode()
        path = parts.path + ("?" + parts.query if parts.query else "")
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline().decode().strip()
        while self.file.readline().strip():
            pass
        if " 101 " not in status + " ":
            raise ConnectionError(f"{url}: {status}")

    def send(self, message, opcode=1):
        data, mask = message if isinstance(message, bytes) else json.dumps(message).encode(), os.urandom(4)
        size = len(data)
        head = bytes([0x80 | opcode]) + (bytes([0x80 | size]) if size < 126 else
                                         b"\xfe" + size.to_bytes(2, "big") if size < 65536 else
                                         b"\xff" + size.to_bytes(8, "big"))
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def receive(self, timeout):
        """The next message, or None when none came in time."""
        self.socket.settimeout(timeout)
        try:
            first = self.file.read(1)
        except (TimeoutError, socket.timeout):
            self.file = self.socket.makefile("rb")
            return None
        if not first:
            raise ConnectionError("the relay has closed the connection")
        self.socket.settimeout(30)
        size = self.file.read(1)[0] & 0x7f
        if size >= 126:
            size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
        data = self.file.read(size)
        opcode = first[0] & 0x0f
        if opcode == 8:
            raise ConnectionError(f"the relay has closed the connection: {data[2:].decode(errors='replace')}")
        if opcode == 9:
            self.send(data, opcode=10)
        return json.loads(data) if opcode == 1 else self.receive(timeout)


def synchronise(graph, url, watch=False):
    relay, caught_up = Socket(url), False
    relay.send({"type": "hello", "since": graph.begin(), "id": str(uuid.uuid4())})
    for patch in graph.pending():
        relay.send({"type": "patch", "payload": patch})
    while watch or not caught_up or graph.pending():
        message = relay.receive(timeout=30)
        if message is None:
            if not watch:
                raise ConnectionError("the relay does not answer")
        elif message["type"] == "snapshot":
            graph.take_snapshot(message)
        elif message["type"] == "hello":
            graph.take_hello(message)
            caught_up = True
        elif message["type"] == "patch_broadcast":
            graph.take_patch(message["payload"]["patch"], message["payload"]["version"])
        elif message["type"] == "patch_rejected":
            print(f"rejected: {message['reason']}", file=sys.stderr)
            graph.take_rejection(message["id"])


def read_properties(words):
    properties = {}
    for word in words:
        name, _, value = word.partition("=")
        try:
            properties[name] = json.loads(value)
        except ValueError:
            properties[name] = value
    return properties


def main(path, command, *words):
    graph = Graph(path)
    if command == "add":
        print(graph.change("create_node", nodeId="n_" + uuid.uuid4().hex, label=words[0], properties=read_properties(words[1:]))["nodeId"])
    elif command == "set":
        graph.change("update_node", nodeId=words[0], properties=read_properties(words[1:]))
    elif command == "connect":
        print(graph.change("create_edge", edgeId="e_" + uuid.uuid4().hex, sourceId=words[0], targetId=words[1],
                           label=words[2] if len(words) > 2 else "arrow", properties={})["edgeId"])
    elif command == "remove":
        edge = "edgeId" in (graph.get(words[0]) or {})
        graph.change("delete_edge" if edge else "delete_node", **{"edgeId" if edge else "nodeId": words[0]})
    elif command == "sync":
        synchronise(graph, words[0], watch="--watch" in words)
    elif command == "list":
        for thing in graph.objects():
            print(json.dumps(thing, sort_keys=True))
    else:
        raise SystemExit(f"graph-client: {command} is none of add, set, connect, remove, sync, list")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit("usage: graph-client.py FILE.sqlite add|set|connect|remove|sync|list ...")
    main(*sys.argv[1:])
