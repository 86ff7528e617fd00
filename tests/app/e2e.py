#!/usr/bin/env python3
# e2e.py - two people use Weft: real windows, real keys and pointers, a real relay
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: e2e.py WEFT WEFT_PEEK PICTURES
#
# Each person has a display, a home and a notebook of their own. What they see is checked in their notebook
# files (copied, then read by weft-peek), and kept as pictures.

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WEFT, PEEK, PICTURES = sys.argv[1:4]
TIMEOUT = 30

people = []
scratch = tempfile.mkdtemp(prefix="weft-e2e-")
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
        except (KeyError, IndexError, ValueError, subprocess.CalledProcessError) as error:
            last = error
        else:
            if last:
                return last
        time.sleep(0.2)
    for person in people:
        person.picture("failed")
    raise AssertionError(f"{what}: not within {TIMEOUT} s; last seen: {last!r}")


def ok(name):
    global n_tests
    n_tests += 1
    print(f"ok {n_tests} /app/e2e/{name}", flush=True)


def start_display():
    """A display of its own number, which the X server chooses."""
    read_end, write_end = os.pipe()
    start(["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1200x800x24", "-nolisten", "tcp"],
          stderr=subprocess.DEVNULL, pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        return ":" + answer.readline().strip()


class Relay:
    def __init__(self):
        self.data = os.path.join(scratch, "relay")
        self.port = "0"
        self.link = None

    def start(self):
        self.process = start([WEFT, "--relay", "--open", "--listen", f"127.0.0.1:{self.port}", "--data", self.data],
                             stdout=subprocess.PIPE, stderr=open(os.path.join(scratch, "relay.log"), "a"), text=True)
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError("the relay ended: " + open(os.path.join(scratch, "relay.log")).read())
            found = re.search(r"weft:join\?\S+", line)
            if found:
                self.link = found.group(0)
                break
        self.port = re.search(r"127\.0\.0\.1(?::|%3A)(\d+)", self.link).group(1)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(TIMEOUT)


class Person:
    def __init__(self, name):
        people.append(self)
        display = start_display()
        self.name = name
        self.home = os.path.join(scratch, name)
        self.data = os.path.join(self.home, "data")
        os.makedirs(self.data)
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
        wait_until("a display", lambda: subprocess.run(["xdpyinfo"], env=self.environment, capture_output=True).returncode == 0)
        start(["openbox", "--sm-disable"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def open(self, *arguments):
        self.log = open(os.path.join(self.home, "weft.log"), "a")
        self.process = start([WEFT, *arguments], env=self.environment, stdout=self.log, stderr=self.log)
        self.window = wait_until("a window", self.find_window)
        self.tool("windowmove", self.window, "0", "0")
        self.tool("windowfocus", self.window)
        time.sleep(1.0)

    def find_window(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name}'s Weft ended: " + open(os.path.join(self.home, "weft.log")).read())
        found = self.tool("search", "--onlyvisible", "--class", "weft")
        return found.split()[-1] if found else None

    def tool(self, *arguments):
        answer = subprocess.run(["xdotool", *arguments], env=self.environment, capture_output=True, text=True)
        return answer.stdout.strip()

    def key(self, *keys):
        self.tool("key", "--delay", "40", *keys)
        time.sleep(0.2)

    def type(self, text):
        self.tool("type", "--delay", "15", text)
        time.sleep(0.2)

    def click(self, x, y, times=1):
        self.tool("mousemove", str(x), str(y))
        self.tool("click", "--repeat", str(times), "--delay", "60", "1")
        time.sleep(0.3)

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
        """What is in the notebook file now: the pages by title."""
        files = [f for f in os.listdir(self.data) if f.endswith(".weft")]
        newest = max(files, key=lambda f: os.path.getmtime(os.path.join(self.data, f)))
        copy = tempfile.mkdtemp(dir=scratch)
        for suffix in ("", "-wal"):
            source = os.path.join(self.data, self.file or newest) + suffix
            if os.path.exists(source):
                shutil.copy(source, os.path.join(copy, "copy.weft" + suffix))
        seen = subprocess.run([PEEK, os.path.join(copy, "copy.weft")], capture_output=True, text=True, check=True)
        shutil.rmtree(copy)
        return json.loads(seen.stdout)["pages"]

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


# Where things are in a window of 1180 by 760 pixels.
TITLE = (430, 140)
NOTE = (700, 300)
BOARD = (700, 350)
UNTITLED = ""


def main():
    os.makedirs(PICTURES, exist_ok=True)
    relay = Relay()
    relay.start()
    notebook = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1)
    ana, bo = Person("ana"), Person("bo")

    # First start: a note to type in, at once.
    ana.open()
    ana.type("Typed at once.")
    wait_until("the first words", lambda: "Typed at once." in "".join(ana.text(t) for t in ana.look()))
    ana.picture("first-start")
    ana.close()
    ok("first-start")

    # Both join by the link that the relay printed.
    ana.file = bo.file = notebook + ".weft"
    ana.open(relay.link)
    bo.open(relay.link)
    ana.key("ctrl+n")
    time.sleep(1)
    ana.picture("joined")
    ana.type("Plan")
    ana.key("Return")
    ana.type("Milk and bread")
    title = wait_until("a page", lambda: next(iter(ana.look())))
    wait_until("the note at Bo's", lambda: "Milk and bread" in bo.text(title))
    ok("write-together")
    bo.picture("sees-note")

    # Cut off, both go on; back again, both have everything.
    relay.stop(signal.SIGKILL)
    ana.key("End")
    ana.type(", eggs")
    bo.click(*NOTE)
    bo.key("ctrl+Home", "Down", "Home")
    bo.type("Tea, ")
    wait_until("Ana's edit on her disk", lambda: "eggs" in ana.text(title))
    wait_until("Bo's edit on his disk", lambda: "Tea" in bo.text(title))
    ana.picture("offline")
    assert "Tea" not in ana.text(title) and "eggs" not in bo.text(title)
    relay.start()
    wait_until("the same text at both", lambda: ana.text(title) == bo.text(title)
               and "Tea" in ana.text(title) and "eggs" in ana.text(title))
    ana.picture("back")
    ok("offline-and-back")

    # Two people rename the same page while apart: the same card at both.
    relay.stop(signal.SIGKILL)
    time.sleep(1)
    for person, name in ((ana, "Shopping"), (bo, "Errands")):
        person.click(*TITLE)
        person.key("ctrl+a")
        person.type(name)
        wait_until("the new title", lambda: name in person.look())
    relay.start()
    title = wait_until("one title", lambda: list(ana.look()) == list(bo.look()) and next(iter(ana.look())))
    time.sleep(2)
    ana.picture("renamed")
    bo.picture("renamed")
    ok("renamed-by-both")

    # Killed at any moment: everything is there.
    ana.click(*NOTE)
    ana.key("ctrl+End")
    ana.type(" and the last words")
    time.sleep(0.4)
    ana.kill()
    assert "and the last words" in ana.text(title), ana.text(title)
    ana.open()
    ana.picture("after-kill")
    wait_until("the last words at Bo's", lambda: "and the last words" in bo.text(title))
    ok("killed")

    # Undo takes back only what one wrote oneself.
    bo.click(*NOTE)
    bo.key("ctrl+End")
    bo.type("Bo ")
    time.sleep(1)
    ana.click(*NOTE)
    ana.key("ctrl+End")
    ana.type("Ana")
    wait_until("both", lambda: "Bo " in ana.text(title) and "Ana" in bo.text(title))
    bo.key("ctrl+z")
    wait_until("only Bo's words gone", lambda: "Bo " not in ana.text(title) and "Ana" in ana.text(title))
    ok("own-undo")

    # A board: one draws, the other sees it, the unfinished stroke included; each undoes only their own.
    ana.key("ctrl+shift+n")
    time.sleep(1)
    wait_until("the board", lambda: UNTITLED in ana.look())
    ana.click(*BOARD)
    ana.key("Escape", "r")
    ana.drag([(500, 250), (560, 300), (640, 340)])
    ana.key("p")
    ana.drag([(700 + 4 * i, 300 + (i % 7) * 8) for i in range(40)])
    wait_until("a rectangle and a stroke", lambda: sorted(e["type"] for e in ana.elements(UNTITLED).values())
               == ["freedraw", "rectangle"])
    ana.picture("board")
    bo.click(150, 150)
    wait_until("the board at Bo's", lambda: len(bo.elements(UNTITLED)) == 2)
    bo.click(*BOARD)
    bo.key("Escape", "o")
    bo.drag([(500, 420), (560, 480), (650, 500)])
    wait_until("the ellipse at Ana's", lambda: len(ana.elements(UNTITLED)) == 3)
    bo.picture("board")
    ana.key("ctrl+z")
    wait_until("Ana's stroke gone", lambda: sorted(e["type"] for e in bo.elements(UNTITLED).values())
               == ["ellipse", "rectangle"])
    ok("draw-together")

    # Killed in the middle of a stroke: it is there, finished.
    ana.key("Escape", "p")
    ana.tool("mousemove", "700", "300")
    ana.tool("mousedown", "1")
    for i in range(30):
        ana.tool("mousemove", str(700 + 5 * i), str(300 + 2 * i))
        time.sleep(0.02)
    time.sleep(0.4)
    ana.kill()
    ana.tool("mouseup", "1")
    ana.open()
    ana.picture("stroke-after-kill")
    wait_until("the stroke", lambda: "freedraw" in [e["type"] for e in bo.elements(UNTITLED).values()])
    ok("killed-while-drawing")

    for person in (ana, bo):
        person.close()
    relay.stop()


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
