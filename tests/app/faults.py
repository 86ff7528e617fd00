#!/usr/bin/env python3
# faults.py - what goes wrong, as a person sees it: bad files, bad disks, bad relays, bad links, bad content
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: faults.py WEFT WEFT_PEEK PICTURES [PART...]
#
# Each fault is met by a real window, whose words are read as a screen reader does. Demanded is: a sentence that says
# what is wrong, nothing lost, no busy loop, and a way forward.

import base64
import hashlib
import os
import random
import re
import resource
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time

from drive import TIMEOUT, WEFT, Person, Relay, ok, run, scratch, start, wait_until

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults-peer.mjs")
NOTE = (700, 300)
ID = "aaaaaaaaaaaaaaaaaaaaaaaaa{}"


def skip(name, why):
    ok(f"{name} # SKIP {why}")


def folder(name):
    path = os.path.join(scratch, name)
    os.makedirs(path, exist_ok=True)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return path


def cpu_seconds(process):
    fields = read(f"/proc/{process.pid}/stat").decode().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def demand_rest(person, what, allowed=0.5, seconds=1, tries=60):
    """Weft has nothing to do now, so, after a while of drawing perhaps, it does nothing."""
    # A sanitized Weft takes many times as long to draw.
    if b"__asan_init" in read(WEFT):
        return

    def used():
        before = cpu_seconds(person.process)
        time.sleep(seconds)
        return cpu_seconds(person.process) - before
    shares = []
    for _ in range(tries):
        shares.append(used() / seconds)
        if shares[-1] < allowed:
            return
    raise AssertionError(f"{what}: Weft is busy with nothing, {shares} of a processor")


def words(person, title=None):
    return "".join(person.text(t) for t in ([title] if title else person.look()))


# --- Files ----------------------------------------------------------------------------------------------------------


def make_notebook(person, text):
    """A notebook as a person leaves it behind; answers with its file."""
    person.move_to(folder("good"))
    person.open()
    person.shows("First note")
    person.type(text)
    wait_until("the words", lambda: text in words(person))
    person.close()
    return read(os.path.join(person.data, "notebook.weft"))


def with_notebook(person, name, content):
    person.move_to(folder(name))
    return write(os.path.join(person.data, "notebook.weft"), content)


def refuse(person, name, content, *sentence):
    """A file that is not to be opened: it says why, offers a way on, and the file stays as it is."""
    path = with_notebook(person, name, content)
    person.open()
    person.reads(*sentence)
    person.picture(name)
    person.close()
    assert read(path) == content, f"{name}: the file was changed"
    ok(name)


def try_files(person):
    good = make_notebook(person, "Kept words")

    newer = bytearray(good)
    newer[60:64] = struct.pack(">I", 99)
    refuse(person, "newer", bytes(newer), "newer version of Weft")
    refuse(person, "text-file", b"This is no notebook.\n" * 500, "not made by Weft")

    other = os.path.join(folder("other"), "other.db")
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE flowers (name TEXT)")
    database.close()
    refuse(person, "foreign", read(other), "not made by Weft")

    damaged = bytearray(good)
    damaged[4096:4096 + 600] = random.Random(1).randbytes(600)
    path = with_notebook(person, "damaged", bytes(damaged))
    person.open()
    person.reads("damaged", "kept as")
    person.picture("damaged")
    kept = [f for f in os.listdir(person.data) if ".damaged-" in f]
    assert len(kept) == 1, os.listdir(person.data)
    assert read(os.path.join(person.data, kept[0])) == bytes(damaged)
    person.new_page()
    person.type("After the damage")
    wait_until("a new page", lambda: "After the damage" in person.look())
    assert read(path) != bytes(damaged)
    person.close()
    ok("damaged")

    try_read_only(person, good)


def try_read_only(person, good):
    path = with_notebook(person, "read-only", good)
    if os.geteuid() == 0:
        # Modes do not hold root back; a mount does.
        subprocess.run(["mount", "--bind", person.data, person.data], check=False, capture_output=True)
        mounted = subprocess.run(["mount", "-o", "remount,bind,ro", person.data], capture_output=True).returncode == 0
        if not mounted:
            skip("read-only", "nothing can be mounted here")
            return
    else:
        mounted = False
        os.chmod(path, 0o400)
        os.chmod(person.data, 0o500)
    try:
        person.open()
        person.reads("cannot be written")
        person.picture("read-only")
        person.close()
    finally:
        if mounted:
            subprocess.run(["umount", "-l", person.data], check=True)
        else:
            os.chmod(person.data, 0o700)
    assert read(path) == good
    ok("read-only")


def try_twice(person):
    """A second Weft that cannot find the first, because there is no session bus."""
    person.move_to(os.path.join(scratch, "good"))
    person.open()
    other = Person("bo")
    other.environment["WEFT_DATA_DIR"] = person.data
    other.open()
    other.picture("in-use")
    assert other.process.poll() is None
    other.close()
    # The first goes on.
    person.shows("First note")
    person.enter_page(NOTE)
    person.key("ctrl+End")
    person.type(" and more")
    wait_until("the words of the first", lambda: "and more" in words(person))
    person.close()
    ok("in-use")


def try_gone(person):
    """The file of an open notebook is moved, deleted, replaced; and is not there at the next start."""
    good = make_notebook(person, "Kept words")
    path = with_notebook(person, "gone", good)
    # GTK's file chooser, met with keys while it reads a folder, may complain of itself, which is none of ours; what
    # Weft complains of counts as always.
    fatal = person.environment.pop("G_DEBUG")
    person.open()
    person.environment["G_DEBUG"] = fatal
    person.shows("First note")
    os.rename(path, path + ".away")
    person.reads("Not saved", "moved, deleted or replaced")
    person.picture("gone")
    person.type("Typed while it was away. ")
    # It asks, whatever is open above the page.
    person.key("ctrl+comma")
    person.reads("Preferences")
    person.key("ctrl+q")
    person.reads("Lose Changes")
    person.picture("gone-quit")
    person.key("Escape", "Escape")
    person.key("ctrl+q")
    person.reads("Lose Changes")

    # A copy has it all.
    copy = os.path.join(folder("gone-copy"), "notebook.weft")
    person.press("Close and Lose Changes?", "Save a Copy…")
    person.reads("Back Up Notebook")
    wait_until("the name of the copy with the keyboard", lambda: person.focus().startswith("text"))
    person.key("ctrl+a")
    person.type(copy)
    person.key("Return")
    person.reads("Backed up to")
    assert os.path.exists(copy)

    # And all of it is saved as soon as the file is there again.
    os.rename(path + ".away", path)
    person.reads("Saved on this device")
    assert "Typed while it was away." in words(person)

    write(path + ".other", good)
    os.rename(path + ".other", path)
    person.reads("Not saved", "moved, deleted or replaced")
    person.key("ctrl+q")
    person.press("Close and Lose Changes?", "Lose Changes")
    assert person.process.wait(TIMEOUT) == 0
    assert read(path) == good
    complaints = re.search(rb".*weft[a-z-]*-CRITICAL.*", read(person.log.name))
    assert not complaints, complaints

    # An empty notebook in place of one's own would look like a loss.
    os.rename(path, path + ".away")
    person.open()
    person.reads("Notebook Not Found")
    person.picture("gone-at-start")
    # Where there is room for one thing, it is what is wrong and what can be done, not an empty list.
    person.tool("windowsize", person.window, "360", "640")
    person.reads("Put it back and try again")
    person.picture("gone-at-start-narrow")
    person.tool("windowsize", person.window, "1180", "760")
    assert not os.path.exists(path)
    os.rename(path + ".away", path)
    person.press("Notebook Not Found", "Try Again")
    person.reads("First note – Weft")
    person.close()

    person.move_to(os.path.dirname(copy))
    person.open()
    person.reads("First note – Weft")
    assert "Typed while it was away." in words(person)
    person.close()
    ok("gone")


def try_overwritten(person):
    """A program writes another notebook into the very file that is open, as cp does."""
    other = make_notebook(person, "Of another notebook")
    path = with_notebook(person, "overwritten", make_notebook(person, "Kept words"))
    person.open()
    person.shows("First note")
    write(path, other)
    person.reads("Not saved", "another program wrote over")
    person.picture("overwritten")
    person.type("Typed all the same. ")
    person.key("ctrl+q")
    person.press("Close and Lose Changes?", "Lose Changes")
    assert person.process.wait(TIMEOUT) == 0
    assert read(path) == other
    ok("overwritten")


def try_quit(person):
    """Ctrl+Q ends Weft at once, whatever is open above the page."""
    person.move_to(folder("quit"))
    for what, keys, focus in (("dialog", ["ctrl+shift+s"], "Relay Address"), ("menu", ["F10"], "menu item"),
                              ("page-menu", ["shift+F10"], "menu item")):
        person.open()
        person.shows("First note")
        person.type(f"Before the {what}. ")
        if what == "page-menu":
            person.enter_list("First note")
        person.key(*keys)
        wait_until(f"the {what}", lambda: focus in person.focus())
        begin = time.monotonic()
        person.close()
        took = time.monotonic() - begin
        assert took < 30, f"{what}: {took:.1f} s"
        assert f"Before the {what}." in words(person)
    ok("quit")


# --- Disks ----------------------------------------------------------------------------------------------------------


def try_full_disk(person):
    person.move_to(folder("full"))
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "none", person.data], capture_output=True).returncode == 0
    try:
        if not mounted:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        person.open()
        person.shows("First note")
        person.type("Before. ")
        wait_until("the first words", lambda: "Before." in words(person))

        # No byte is left, and what is typed needs more than the log has room for.
        if mounted:
            filler = os.path.join(person.data, "filler")
            with open(filler, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 4096)
                except OSError:
                    pass
        else:
            resource.prlimit(person.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        for _ in range(3):
            person.type("While the disk is full. ")
        person.reads("Not saved", "disk is full" if mounted else "")
        person.picture("disk-full")
        person.type("Typed all the same.")
        demand_rest(person, "a full disk")

        # It does not end without a question.
        person.key("ctrl+q")
        person.reads("Lose Changes")
        person.picture("disk-full-quit")
        person.key("Escape")
        wait_until("the page with the keyboard", lambda: "Text of the note" in person.focus())
        person.type(" Still here.")

        if mounted:
            os.unlink(filler)
        else:
            resource.prlimit(person.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_until("everything, once there is room", lambda: "Typed all the same." in words(person)
                   and words(person).count("While the disk is full.") == 3)
        person.reads("Saved on this device")
        person.picture("disk-has-room")
        person.kill()
        assert "Typed all the same." in words(person)
    finally:
        if person.process.poll() is None:
            person.kill()
        if mounted:
            subprocess.run(["umount", "-l", person.data], check=True)
    ok("disk-full")


# --- Relays ---------------------------------------------------------------------------------------------------------


class HostileRelay(threading.Thread):
    """A relay that does what no relay should; mode is the name of a method."""

    def __init__(self, mode):
        super().__init__(daemon=True)
        self.mode = getattr(self, mode)
        self.n_visits = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.n_visits += 1
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        try:
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    part = connection.recv(4096)
                    if not part:
                        return
                    request += part
                if self.mode in (self.forbid, self.web_page):
                    self.mode(connection)
                    return
                key = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)
                if not key:
                    return
                accept = base64.b64encode(hashlib.sha1(key.group(1) + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
                connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                   b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
                self.mode(connection)
                # Whatever the client says is not heard; it may hang up.
                while connection.recv(65536):
                    pass
        except OSError:
            pass

    @staticmethod
    def send(connection, opcode, payload):
        header = bytes([0x80 | opcode])
        if len(payload) < 126:
            header += bytes([len(payload)])
        elif len(payload) < 65536:
            header += bytes([126]) + struct.pack(">H", len(payload))
        else:
            header += bytes([127]) + struct.pack(">Q", len(payload))
        connection.sendall(header + payload)

    def forbid(self, connection):
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def web_page(self, connection):
        page = b"<!doctype html><title>Welcome</title><form>Room number: <input></form>"
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (len(page), page))

    def close_4403(self, connection):
        self.send(connection, 8, struct.pack(">H", 4403) + b"only for <b>members</b>")

    def bytes_of_noise(self, connection):
        connection.sendall(random.Random(2).randbytes(3000))

    def broken_update(self, connection):
        self.send(connection, 2, b"\x00\x02\x06\x01\x01\xff\xff\xff\xff")

    def noise_in_frames(self, connection):
        for seed in range(50):
            self.send(connection, 2, b"\x00" + random.Random(seed).randbytes(40))

    def too_long(self, connection):
        self.send(connection, 2, b"\x00\x02" + b"x" * (17 << 20))

    def text(self, connection):
        for _ in range(20):
            self.send(connection, 1, b'{"hello": "world"}')

    def silence(self, connection):
        time.sleep(600)


def notebook_id(n):
    return ID.format(n)[-26:]


def link_to(port, n):
    return f"weft:join?relay=ws%3A%2F%2F127.0.0.1%3A{port}&notebook=" + notebook_id(n)


def call(person, *arguments, reads=()):
    """A second start, which hands its arguments to the first and ends. Some of what is said then is said for seconds only:
    it is looked for at once."""
    second = start([WEFT, *arguments], env=person.environment, stdout=subprocess.DEVNULL)
    if reads:
        person.reads(*reads)
    assert second.wait(TIMEOUT) == 0, second.returncode


def try_relays(person):
    """Relays that refuse or talk nonsense: it is told, writing goes on, and Weft neither spins nor hammers."""
    person.move_to(folder("relays"))
    person.open()
    # Nobody listens there, and nobody else gets it.
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    unreachable = closed.getsockname()[1]
    cases = [
        ("unreachable", None, ["cannot be reached"]),
        ("forbids", "forbid", ["does not let you in"]),
        ("web-page", "web_page", ["A web page answers", "sign in"]),
        ("closes-4403", "close_4403", ["does not let you in", "only for <b>members</b>"]),
        ("noise", "bytes_of_noise", ["does not understand"]),
        ("broken-update", "broken_update", ["does not understand"]),
        ("noise-in-frames", "noise_in_frames", ["does not understand"]),
        ("too-long", "too_long", ["does not understand"]),
        ("text-frames", "text", ["ynchroniz"]),
    ]
    for i, (name, mode, sentence) in enumerate(cases):
        relay = HostileRelay(mode) if mode else None
        n = ["a", "e", "i", "m", "q", "u", "y", "4", "ba"][i]
        person.file = notebook_id(n) + ".weft"
        call(person, link_to(relay.port if relay else unreachable, n))
        person.reads(*sentence)
        person.tool("windowfocus", person.window)
        person.new_page()
        person.type("Here")
        person.picture("relay-" + name)
        wait_until("the page in the file", lambda: "Here" in person.look())
        assert not relay or relay.n_visits < 40, f"{name}: {relay.n_visits} visits"
        ok("relay-" + name)
    closed.close()
    demand_rest(person, "hostile relays")
    person.close()
    person.file = None


# --- Links and files from the command line --------------------------------------------------------------------------


def try_links_and_imports(person):
    person.move_to(folder("links"))
    person.open()
    for link, *sentence in (
            ("weft:join?relay=ws%3A%2F%2F127.0.0.1%3A1&notebook=short", "link", "notebook"),
            ("weft:join?notebook=" + ID.format("a"), "link", "relay"),
            ("weft:join?relay=gopher%3A%2F%2Fx&notebook=" + ID.format("a"), "wss://"),
            ("weft:" + ID.format("y"), "page"),
            ("weft:nonsense/%00%ff", "link")):
        call(person, link, reads=sentence)
    person.picture("broken-link")
    ok("links")

    things = folder("things")
    files = [
        write(os.path.join(things, "broken.excalidraw"), b'{"type": "excalidraw", "elements": [{'),
        write(os.path.join(things, "other.excalidraw"), b'[1, 2, 3]'),
        write(os.path.join(things, "empty.excalidraw"), b""),
        write(os.path.join(things, "latin1.md"), "# Café\n\nà la carte\n".encode("latin-1")),
        write(os.path.join(things, "good.md"), "# Good\n\nArrived.\n".encode()),
        write(os.path.join(things, "noise.md"), random.Random(3).randbytes(3000)),
        os.path.join(things, "missing.md"),
    ]
    call(person, *files)
    for name in ("broken.excalidraw", "other.excalidraw", "empty.excalidraw", "latin1.md", "missing.md"):
        person.reads(name)
    person.picture("broken-imports")
    wait_until("what is good", lambda: "Arrived." in words(person))
    person.key("Escape")
    person.close()
    ok("imports")


def try_kill_during_import(person):
    person.move_to(folder("killed"))
    vault = folder("vault")
    for i in range(300):
        write(os.path.join(vault, f"note {i:03}.md"), (f"# Note {i:03}\n\n" + f"Words of {i}. " * 200).encode())
    person.open()
    person.shows("First note")
    start([WEFT, vault], env=person.environment)
    log = os.path.join(person.data, "notebook.weft-wal")
    size = os.path.getsize(log)
    wait_until("the first of them", lambda: os.path.getsize(log) > size + (64 << 10))
    person.kill()
    before = person.look()
    person.open()
    wait_until("some page", lambda: person.title().endswith(" – Weft"))
    person.picture("killed-during-import")
    after = person.look()
    assert set(before) <= set(after)
    person.new_page()
    person.type("Goes on")
    wait_until("a new page", lambda: "Goes on" in person.look())
    person.close()
    ok(f"killed-during-import")


# --- Content from other programs ------------------------------------------------------------------------------------


def node_peer(relay, mode, **options):
    return start(["node", PEER, mode, f"ws://127.0.0.1:{relay.port}", relay.notebook], text=True,
                 stdout=subprocess.PIPE, **options)


def try_silence(person, relay):
    """The relay's machine is there, and the relay does not answer any more: nothing is called safe that is not."""
    person.choose(112 + 38, "Strange note")
    person.enter_page(NOTE)
    person.key("ctrl+End")
    person.reads("Safe on")
    relay.process.send_signal(signal.SIGSTOP)
    try:
        person.type(" into the void")
        wait_until("the words here", lambda: "into the void" in words(person, "Strange note"))
        time.sleep(1)
        person.reads("Sending")
        assert not any("Safe on" in text for text in person.says())
        person.picture("relay-silent")
    finally:
        relay.process.send_signal(signal.SIGCONT)
    person.reads("Safe on")


def try_content(person):
    relay = Relay()
    relay.start()
    relay.notebook = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1)
    peer = node_peer(relay, "write", stdin=subprocess.PIPE)
    if peer.stdout.readline().strip() != "written":
        peer.wait(TIMEOUT)
        if peer.returncode == 77:
            skip("content", "the packages of tests/node are not installed")
            return
        raise AssertionError(f"the peer ended with {peer.returncode}")

    person.move_to(folder("content"))
    person.file = relay.notebook + ".weft"
    person.open(relay.link)
    wait_until("the strange pages", lambda: {"Strange kind", "Strange note", "Strange board"} <= set(person.look()))

    # A link to a page that is not there, in a notebook that is open; the window has another on it.
    person.reads(" – Weft")
    call(person, relay.link + "&page=" + ID.format("y"), reads=["page of this link is not in the notebook"])
    person.picture("page-not-found")

    for round in ("first", "again"):
        # Every page is shown, each by its row in the sidebar.
        for i, name in enumerate(("Strange kind", "Strange note", "Strange board", "Untitled Note")):
            person.choose(112 + 38 * i, name)
            demand_rest(person, f"{name}, {round}")
            person.picture(f"content-{round}-{i}")
        # And worked with, the neighbours of the strange things included.
        person.choose(112 + 38, "Strange note")
        person.enter_page(NOTE)
        person.key("ctrl+End")
        person.type(f" seen {round}")
        person.choose(112 + 38 * 2, "Strange board")
        person.key("shift+1")
        time.sleep(0.5)
        person.picture(f"content-{round}-fit")
        person.key("ctrl+0")
        person.key("Escape", "r")
        person.drag([(500, 400), (540, 430), (600, 470)])
        person.key("Escape")
        # What lies there is moved, whatever it is, and put back.
        person.drag([(620, 300), (660, 310), (700, 330)])
        time.sleep(0.5)
        person.key("ctrl+z")
        demand_rest(person, f"the board, {round}")
        wait_until("the edits", lambda: f"seen {round}" in words(person, "Strange note"))
        if round == "first":
            person.close()
            person.open()
    try_silence(person, relay)

    peer.stdin.close()
    check = node_peer(relay, "check")
    assert check.wait(TIMEOUT) == 0, check.stdout.read()
    person.close()
    person.file = None
    ok("content")


def main():
    ana = Person("ana", with_bus=True)
    parts = [try_files, try_twice, try_gone, try_overwritten, try_quit, try_full_disk, try_relays, try_links_and_imports, try_kill_during_import, try_content]
    wanted = sys.argv[4:]
    for part in parts:
        if not wanted or part.__name__ in wanted:
            part(ana)


run(main)
