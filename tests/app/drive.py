# drive.py - people with real windows, keys and pointers, for the tests of the whole application
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage of a test: TEST.py WEFT WEFT_PEEK PICTURES
#
# Each person has a display, a home and a notebook of their own. What they see is checked in their notebook
# files (copied, then read by weft-peek), and kept as pictures.

import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

WEFT, PEEK, PICTURES = sys.argv[1:4]
# For what must come. Nothing waits so long unless something is wrong: a machine may be many times as slow as ours.
TIMEOUT = 120
SUITE = os.path.splitext(os.path.basename(sys.argv[0]))[0]

people = []
scratch = tempfile.mkdtemp(prefix=f"weft-{SUITE}-")
processes = []
n_tests = 0


def start(arguments, **options):
    process = subprocess.Popen(arguments, **options)
    processes.append(process)
    return process


def wait_until(what, check):
    """Asks check() again and again until it answers with something true."""
    end = time.monotonic() + TIMEOUT
    last = None
    while time.monotonic() < end:
        try:
            last = check()
        except (KeyError, IndexError, ValueError, OSError, subprocess.SubprocessError) as error:
            last = error
        else:
            if last:
                return last
        time.sleep(0.2)
    for person in people:
        person.picture(f"{SUITE}-failed")
    raise AssertionError(f"{what}: not within {TIMEOUT} s; last seen: {last!r}")


def ok(name):
    global n_tests
    n_tests += 1
    print(f"ok {n_tests} /app/{SUITE}/{name}", flush=True)


def free_port():
    """A port that is free, and that no connection is given by itself: it is there for a second start, too."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
                return str(port)
            except OSError:
                pass


def copy_notebook(source, target):
    """Copies a notebook and its log; whether they belong together. In between, SQLite may have begun the log again."""
    def state():
        if not os.path.exists(source + "-wal"):
            return os.stat(source).st_mtime_ns, None
        with open(source + "-wal", "rb") as log:
            return os.stat(source).st_mtime_ns, log.read(32)

    before = state()
    for suffix in ("", "-wal"):
        if os.path.exists(source + suffix):
            shutil.copy(source + suffix, target + suffix)
        elif os.path.exists(target + suffix):
            os.unlink(target + suffix)
    return state() == before


def start_server():
    """A display of its own number, which the X server chooses. A key that is down for long, because the machine is busy, is
    no key more often (-r)."""
    read_end, write_end = os.pipe()
    server = start(["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1200x800x24", "-noreset", "-nolisten", "tcp",
                    "-r"], stderr=subprocess.DEVNULL, pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        return server, ":" + answer.readline().strip()


def start_display(home):
    """A display with a window manager: a window that is there before its manager would be moved later. Others may start
    displays at the same moment and want the same number; then once more."""
    for patience in (20, 40, TIMEOUT):
        server, display = start_server()
        environment = dict(os.environ, DISPLAY=display, HOME=home)
        manager = start(["openbox", "--sm-disable"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + patience
        while time.monotonic() < end and server.poll() is None and manager.poll() is None:
            root = subprocess.run(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], env=environment, capture_output=True,
                                  text=True).stdout
            if "window id" in root:
                return display
            time.sleep(0.2)
        for process in (manager, server):
            process.kill()
            process.wait()
    raise AssertionError("a display with a window manager: not after three tries")


class Relay:
    def __init__(self, accounts=False):
        self.open = [] if accounts else ["--open"]
        self.data = os.path.join(scratch, "relay")
        self.port = free_port()
        self.link = None

    def start(self):
        self.process = start([WEFT, "--relay", *self.open, "--listen", f"127.0.0.1:{self.port}", "--data", self.data],
                             stdout=subprocess.PIPE, stderr=open(os.path.join(scratch, "relay.log"), "a"), text=True)
        if self.link and not self.open:
            # The invite of the owner is told only once.
            wait_until("the relay again", self.answers)
            return
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError("the relay ended: " + open(os.path.join(scratch, "relay.log")).read())
            found = re.search(r"weft:join\?\S+", line)
            if found:
                self.link = found.group(0)
                break

    def answers(self):
        with socket.create_connection(("127.0.0.1", int(self.port)), 1):
            return True

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(TIMEOUT)


class NpmRelay(Relay):
    """The server of the npm package y-websocket: it collects deleted content, and has everything in memory only."""

    def start(self):
        server = os.path.join(os.path.dirname(__file__), "../node/node_modules/@y/websocket-server/src/server.js")
        self.process = start(["node", server], env=dict(os.environ, HOST="127.0.0.1", PORT=self.port),
                             stdout=subprocess.DEVNULL, stderr=open(os.path.join(scratch, "relay.log"), "a"))
        wait_until("the relay", self.answers)
        notebook = "".join(random.choices("abcdefghijklmnopqrstuvwxyz234567", k=25)) + "a"
        self.link = self.link or f"weft:join?relay=ws%3A%2F%2F127.0.0.1%3A{self.port}&notebook={notebook}"


def start_bus(environment):
    """A session bus, and with it what screen readers use; answers with its address."""
    read_end, write_end = os.pipe()
    start(["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--print-address={write_end}"],
          env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        return answer.readline().strip()


# Prints the names and texts of all that is on the screen, as a screen reader finds them.
READER = """
import gi, json
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

def walk(node, found, depth):
    try:
        if depth > 0 and not node.get_state_set().contains(Atspi.StateType.SHOWING):
            return
        found.append(node.get_name() or "")
        found.append(node.get_description() or "")
        for i in range(min(node.get_child_count(), 400)):
            child = node.get_child_at_index(i)
            if child is not None:
                walk(child, found, depth + 1)
    except GLib.Error:
        pass

found = []
desktop = Atspi.get_desktop(0)
for i in range(desktop.get_child_count()):
    application = desktop.get_child_at_index(i)
    for j in range(application.get_child_count()):
        walk(application.get_child_at_index(j), found, 0)
print(json.dumps([text for text in found if text]))
"""


# Prints the role and the name of what has the keyboard.
FOCUS = """
import gi
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

def find(node, depth):
    try:
        states = node.get_state_set()
        if depth > 0 and not states.contains(Atspi.StateType.SHOWING):
            return False
        if states.contains(Atspi.StateType.FOCUSED):
            print(node.get_role_name() + "\\t" + (node.get_name() or ""))
            return True
        for i in range(min(node.get_child_count(), 400)):
            child = node.get_child_at_index(i)
            if child is not None and find(child, depth + 1):
                return True
    except GLib.Error:
        pass
    return False

desktop = Atspi.get_desktop(0)
for i in range(desktop.get_child_count()):
    application = desktop.get_child_at_index(i)
    for j in range(application.get_child_count()):
        find(application.get_child_at_index(j), 0)
"""


# What the two programs below begin with: find() looks through what is in a window.
FINDER = """
import gi, sys
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

def find(node, check, depth=0):
    try:
        if depth > 0 and not node.get_state_set().contains(Atspi.StateType.VISIBLE):
            return None
        if check(node):
            return node
        for i in range(min(node.get_child_count(), 400)):
            child = node.get_child_at_index(i)
            found = child is not None and find(child, check, depth + 1)
            if found:
                return found
    except GLib.Error:
        pass
    return None
"""


# And end with: the first window in which use() finds something to do.
USE_A_WINDOW = """
desktop = Atspi.get_desktop(0)
for i in range(desktop.get_child_count()):
    application = desktop.get_child_at_index(i)
    for j in range(application.get_child_count()):
        if use(application.get_child_at_index(j)):
            sys.exit(0)
sys.exit(1)
"""


# Prints the conflict cards, those out of sight too.
CARD = FINDER + """
def listed(node):
    if node.get_role() == Atspi.Role.LIST_ITEM and node.get_name() and node.get_description():
        print(node.get_name() + "\\t" + node.get_description())
    return False

def use(root):
    return find(root, listed)
""" + USE_A_WINDOW


# Presses a button that is in the same list item, or beside the same words, as a text.
PRESS = FINDER + """
title, button = sys.argv[1:3]

def is_button(node):
    return node.get_role() == Atspi.Role.BUTTON and node.get_name() == button

def use(root):
    node = find(root, lambda node: node.get_name() == title)
    while node is not None and node != root:
        found = find(node, is_button)
        if found:
            return found.do_action(0)
        node = node.get_parent()
    return False
""" + USE_A_WINDOW


# Presses a list item by its name.
PRESS_ROW = FINDER + """
def is_row(node):
    return node.get_role() == Atspi.Role.LIST_ITEM and node.get_name() == sys.argv[1]

def use(root):
    row = find(root, is_row)
    return row is not None and row.get_n_actions() > 0 and row.do_action(0)
""" + USE_A_WINDOW


class Person:
    def __init__(self, name, with_bus=False):
        """with_bus: one can ask what is written in the window, and a second start finds the first."""
        people.append(self)
        self.name = name
        self.home = os.path.join(scratch, name)
        self.data = os.path.join(self.home, "data")
        os.makedirs(self.data)
        display = start_display(self.home)
        os.makedirs(os.path.join(self.home, "run"), mode=0o700)
        settings = os.path.join(self.home, "config", "glib-2.0", "settings")
        os.makedirs(settings)
        with open(os.path.join(settings, "keyfile"), "w") as keyfile:
            keyfile.write(f"[io/github/weftnotes/Weft]\nuser-name='{name.capitalize()}'\nuser-id='{name}'\n"
                          "window-width=1180\nwindow-height=760\n")
        self.environment = dict(
            os.environ, DISPLAY=display, HOME=self.home, WEFT_DATA_DIR=self.data, XDG_CONFIG_HOME=self.home + "/config",
            XDG_DATA_HOME=self.home + "/share", XDG_CACHE_HOME=self.home + "/cache", XDG_STATE_HOME=self.home + "/state",
            XDG_RUNTIME_DIR=self.home + "/run", DBUS_SESSION_BUS_ADDRESS="disabled:", GSETTINGS_BACKEND="keyfile",
            GSK_RENDERER="cairo", GTK_A11Y="none", LANGUAGE="en", LC_ALL="C.UTF-8", GDK_BACKEND="x11",
            G_DEBUG="fatal-criticals")
        if with_bus:
            del self.environment["DBUS_SESSION_BUS_ADDRESS"]
            # GTK loses some memory when it is read out; leaks are counted where nobody reads.
            self.environment.update(GTK_A11Y="atspi", GIO_USE_VFS="local",
                                    ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0",
                                    DBUS_SESSION_BUS_ADDRESS=start_bus(self.environment))

    def set_settings(self, *lines):
        """Lines of the settings file, before Weft starts."""
        with open(os.path.join(self.home, "config", "glib-2.0", "settings", "keyfile"), "a") as keyfile:
            keyfile.write("\n".join(lines) + "\n")

    def move_to(self, data):
        """Uses this data folder from now on."""
        self.data = data
        self.environment["WEFT_DATA_DIR"] = data
        os.makedirs(data, exist_ok=True)

    def says(self):
        """All that is written in the window."""
        seen = subprocess.run([sys.executable, "-c", READER], env=self.environment, capture_output=True, text=True,
                              check=True, timeout=TIMEOUT)
        return json.loads(seen.stdout)

    def reads(self, *parts):
        """Waits until some sentence in the window has all these parts."""
        return wait_until(f"“{'…'.join(parts)}”", lambda: next(
            (text for text in self.says() if all(part in text for part in parts)), None))

    def focus(self):
        """The role and the name of what has the keyboard, "" where that cannot be told."""
        return subprocess.run([sys.executable, "-c", FOCUS], env=self.environment, capture_output=True, text=True,
                              timeout=TIMEOUT).stdout.strip()

    def cards(self):
        """What is in the panel of what collided: title and place."""
        found = subprocess.run([sys.executable, "-c", CARD], env=self.environment,
                               capture_output=True, text=True, timeout=TIMEOUT).stdout
        return [tuple(line.split("\t")) for line in found.splitlines()]

    def press(self, text, button):
        """Presses the button that is nearest to a text, out of sight or not."""
        wait_until(f"a button {button} by “{text}”", lambda: subprocess.run(
            [sys.executable, "-c", PRESS, text, button], env=self.environment, capture_output=True,
            timeout=TIMEOUT).returncode == 0)

    def press_row(self, name):
        """Presses the first row of a list that has this name, out of sight or not, as a screen reader does."""
        wait_until(f"a row “{name}” that can be pressed", lambda: subprocess.run(
            [sys.executable, "-c", PRESS_ROW, name], env=self.environment, capture_output=True,
            timeout=TIMEOUT).returncode == 0)

    def open(self, *arguments):
        self.log = open(os.path.join(self.home, "weft.log"), "a")
        self.process = start([WEFT, *arguments], env=self.environment, stdout=self.log, stderr=self.log)
        self.window = wait_until("a window", self.find_window)
        wait_until("the window in its corner, with the keyboard", self.place_window)

    def find_window(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name}'s Weft ended: " + open(os.path.join(self.home, "weft.log")).read())
        found = self.tool("search", "--onlyvisible", "--class", "weft")
        return found.split()[-1] if found else None

    def place_window(self):
        """Puts the window where the tests click; whether it was there already."""
        where = self.tool("getwindowgeometry", self.window).split("Position:")[-1].split()[0]
        if where == "0,0" and self.tool("getwindowfocus") == self.window:
            return True
        self.tool("windowmove", self.window, "0", "0")
        self.tool("windowfocus", self.window)
        return False

    def title(self):
        """The title of the window: what tells which page is on the screen, and takes what is typed."""
        return self.tool("getwindowname", self.window)

    def shows(self, *pages):
        """Waits until one of these pages is on the screen."""
        return wait_until(f"{' or '.join(pages)} in {self.name}'s window",
                          lambda: self.title() in [f"{page} – Weft" for page in pages])

    def tool(self, *arguments):
        answer = subprocess.run(["xdotool", *arguments], env=self.environment, capture_output=True, text=True)
        return answer.stdout.strip()

    def key(self, *keys):
        self.tool("key", "--delay", "40", *keys)
        time.sleep(0.2)

    def type(self, text):
        self.tool("type", "--delay", "15", "--", text)
        time.sleep(0.2)

    def click(self, x, y, times=1):
        self.tool("mousemove", str(x), str(y))
        self.tool("click", "--repeat", str(times), "--delay", "60", "1")
        time.sleep(0.3)

    def choose(self, y, *titles):
        """Clicks this row of the page list until the window shows its page: a row may come after its page is stored."""
        def is_shown():
            self.click(150, y)
            end = time.monotonic() + 3
            while self.title() not in wanted and time.monotonic() < end:
                time.sleep(0.1)
            return self.title() in wanted

        wanted = [f"{title} – Weft" for title in titles]
        wait_until(f"“{' or '.join(titles)}” in {self.name}'s window", is_shown)

    def new_page(self, key="ctrl+n", title="Untitled Note"):
        """Makes a page, and waits until it takes what is typed."""
        self.key(key)
        self.shows(title)

    def enter_list(self, title):
        """Goes to the page list, where the row of the page that is open has the keyboard then."""
        def is_entered():
            self.key("ctrl+shift+e")
            return title in self.focus()

        wait_until(f"the row “{title}” with {self.name}'s keyboard", is_entered)

    def enter_page(self, place=(700, 300)):
        """Clicks into the note until it has the keyboard."""
        def is_entered():
            self.click(*place)
            return "Text of the note" in self.focus()

        wait_until(f"the page with {self.name}'s keyboard", is_entered)

    def drag(self, points):
        self.tool("mousemove", *map(str, points[0]))
        self.tool("mousedown", "1")
        for x, y in points[1:]:
            self.tool("mousemove", str(x), str(y))
            time.sleep(0.02)
        self.tool("mouseup", "1")
        time.sleep(0.3)

    def picture(self, name):
        path = os.path.join(PICTURES, f"{name}-{self.name}.png")
        subprocess.run(["import", "-window", "root", path], env=self.environment, check=False)

    def look(self):
        """The pages by title."""
        return self.read()["pages"]

    def conflicts(self):
        return sorted(self.read()["conflicts"])

    @contextlib.contextmanager
    def copied(self):
        """A copy of the notebook file as it is now, for as long as it is looked at."""
        files = [f for f in os.listdir(self.data) if f.endswith(".weft")]
        newest = max(files, key=lambda f: os.path.getmtime(os.path.join(self.data, f)))
        folder = tempfile.mkdtemp(dir=scratch)
        try:
            while not copy_notebook(os.path.join(self.data, self.file or newest), os.path.join(folder, "copy.weft")):
                pass
            yield os.path.join(folder, "copy.weft")
        finally:
            shutil.rmtree(folder)

    def read(self):
        """What is in the notebook file now."""
        with self.copied() as copy:
            return json.loads(subprocess.run([PEEK, copy], capture_output=True, text=True, check=True).stdout)

    def unfinished(self, title):
        """Whether the file has a stroke that is being drawn on this board."""
        page = self.look()[title]["id"]
        with self.copied() as copy, contextlib.closing(sqlite3.connect(copy)) as notebook:
            return notebook.execute("SELECT count(*) FROM journal WHERE key LIKE '%' || ? AND length(value) > 0", (page,)
                                    ).fetchone()[0] > 0

    def text(self, title):
        return "".join(op["insert"] for op in self.look()[title]["text"] if isinstance(op["insert"], str))

    def elements(self, title):
        return self.look()[title]["board"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.key("ctrl+q")
        self.process.wait(TIMEOUT)
        if self.process.returncode != 0:
            raise AssertionError(f"{self.name}'s Weft ended with {self.process.returncode}: "
                                 + open(os.path.join(self.home, "weft.log")).read())

    file = None


def run(main):
    os.makedirs(PICTURES, exist_ok=True)
    try:
        print("TAP version 13")
        main()
        print(f"1..{n_tests}")
    finally:
        for process in reversed(processes):
            if process.poll() is None:
                process.terminate()
        for process in processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
        if os.environ.get("WEFT_TEST_KEEP"):
            print("# kept: " + scratch)
        else:
            shutil.rmtree(scratch, ignore_errors=True)
