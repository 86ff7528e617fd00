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
import subprocess
import sys
import time

from drive import Person, run, scratch
from measure import Measured, memory, print_opening

BENCH = sys.argv[4]
N_PAGES = int(sys.argv[5]) if len(sys.argv) > 5 else 1000000
# In a window of 1180 by 760 pixels.
LIST = (140, 500)
ROW = [(120, 112 + 38 * i) for i in range(12)]


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
