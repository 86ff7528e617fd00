#!/usr/bin/env python3
# bench-notebook.py - how long a window's main loop is held in a notebook of a million pages
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: bench-notebook.py WEFT WEFT_PEEK PICTURES WEFT_BENCH_NOTEBOOK [PAGES]
#
# A real window under a virtual display, with a real pointer and keys. Of what is done, the longest turn of the main
# loop is printed, as WEFT_DEBUG=turns tells it: on the wall, and in processor time of the main thread, which a busy
# machine does not change. GTK's own layout and drawing (without a graphics card) are in it. Turns of less than 8 ms,
# half a frame, are not told.

import os
import re
import subprocess
import sys
import time

from drive import Person, run, scratch, wait_until

BENCH = sys.argv[4]
N_PAGES = int(sys.argv[5]) if len(sys.argv) > 5 else 1000000
TURN = re.compile(r"a turn of ([\d.]+) ms, ([\d.]+) ms of processor time")
# In a window of 1180 by 760 pixels.
LIST = (140, 500)
ROW = [(120, 112 + 38 * i) for i in range(12)]
# Longer than the longest turn on a busy machine: it is told when it is over.
QUIET_S = 2.5


class Measured:
    """What happens inside is measured, until nothing more is told for a while."""

    def __init__(self, person, what):
        self.person = person
        self.what = what
        self.log = os.path.join(person.home, "weft.log")

    def __enter__(self):
        self.at = os.path.getsize(self.log)

    def __exit__(self, kind, value, trace):
        size = -1
        while size != os.path.getsize(self.log):
            size = os.path.getsize(self.log)
            time.sleep(QUIET_S)
        with open(self.log) as log:
            log.seek(self.at)
            turns = [tuple(map(float, turn)) for turn in TURN.findall(log.read())]
        if kind is None:
            print_turns(self.what, turns)


def print_turns(what, turns):
    if turns:
        longest = max(turns, key=lambda turn: turn[1])
        print(f"  {what:<44} {longest[1]:8.1f} ms of processor time, {longest[0]:8.1f} ms on the wall, "
              f"{len(turns):4} over 8 ms", flush=True)
    else:
        print(f"  {what:<44}      < 8 ms", flush=True)


def memory(person):
    with open(f"/proc/{person.process.pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {name: int(fields[name].split()[0]) * 1024 // 1000000 for name in ("VmRSS", "VmHWM", "RssAnon")}


def print_opening(person, what):
    def first_row():
        with open(os.path.join(person.home, "weft.log")) as log:
            return re.findall(r"turns: (\d+) ms: the first row of the page list, after (\d+) ms", log.read())

    wall, processor = wait_until("the first row", first_row)[-1]
    used = memory(person)
    print(f"  {what:<44} {processor:>6} ms of processor time of all threads, {wall} ms on the wall, "
          f"{used['VmHWM']} MB at the most", flush=True)


def wheel(person, button, times):
    person.tool("mousemove", *map(str, LIST))
    person.tool("click", "--repeat", str(times), "--delay", "25", str(button))


def walk(ana):
    with Measured(ana, "the wheel, 200 notches down"):
        wheel(ana, 5, 200)
    with Measured(ana, "the last row, the first one"):
        ana.key("ctrl+shift+e", "End", "Home")
    with Measured(ana, "a page at a time, 20 down"):
        ana.key(*["Page_Down"] * 20)
    ana.key("Home")
    with Measured(ana, f"a page with {N_PAGES // 10} pages is expanded"):
        ana.key("Right")
    with Measured(ana, "the wheel, 200 notches inside of it"):
        wheel(ana, 5, 200)
    with Measured(ana, "its last rows and back"):
        ana.key("End", "Home")
    ana.picture("bench-expanded")
    with Measured(ana, "it is collapsed"):
        ana.key("Home", "Left")


def find(ana):
    with Measured(ana, "a title is sought, letter by letter"):
        ana.key("ctrl+shift+f")
        ana.tool("type", "--delay", "120", "--", f"page {N_PAGES * 3 // 4} of")
    ana.picture("bench-found")
    with Measured(ana, "letters that are in every title"):
        ana.key("ctrl+a")
        ana.tool("type", "--delay", "120", "--", "many page")
    with Measured(ana, "the search is left"):
        ana.key("Escape", "Escape")


def change(ana):
    ana.key("ctrl+shift+e", "Home")
    with Measured(ana, "the first edit: a page is renamed"):
        ana.key("F2")
        ana.type("Renamed")
        ana.key("Return")
        time.sleep(12)
    with Measured(ana, "the next one"):
        ana.key("ctrl+shift+e", "F2")
        ana.type("Again")
        ana.key("Return")
    with Measured(ana, "a row is dragged"):
        ana.drag([ROW[2], (ROW[2][0], ROW[2][1] + 8)]
                 + [(ROW[2][0], ROW[2][1] + 12 + 6 * i) for i in range(1, 25)] + [ROW[6], ROW[6]])
    with Measured(ana, "a page goes into the trash"):
        ana.key("ctrl+shift+e", "Delete")
    with Measured(ana, "and comes back"):
        ana.key("ctrl+z")
        time.sleep(1)
    with Measured(ana, "a page is moved down, ten times"):
        ana.key("ctrl+shift+e", *["alt+Down"] * 10)
    with Measured(ana, "a new note"):
        ana.key("ctrl+n")
        ana.type("New")
        ana.key("Return")
    ana.picture("bench-changed")


def main():
    ana = Person("ana")
    ana.environment["WEFT_DEBUG"] = "turns"
    file = os.path.join(ana.data, "notebook.weft")
    moves = os.path.join(scratch, "moves")
    subprocess.run([BENCH, "--make-pages", file, str(N_PAGES), "wide", moves], check=True)
    print(f"  a notebook of {N_PAGES} pages", flush=True)
    ana.open()
    print_opening(ana, "opened without an outline, to the first row")
    with Measured(ana, "until the outline is there"):
        time.sleep(8)
    ana.picture("bench-opened")
    ana.close()
    os.truncate(os.path.join(ana.home, "weft.log"), 0)
    ana.open()
    with Measured(ana, "opened with the outline"):
        print_opening(ana, "opened with the outline, to the first row")
    walk(ana)
    find(ana)
    change(ana)
    used = memory(ana)
    print(f"  memory {used['VmRSS']} MB, of which {used['RssAnon']} MB not shared files; {used['VmHWM']} MB at the most")
    ana.close()


run(main)
