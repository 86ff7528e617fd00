#!/usr/bin/env python3
# bench-large.py - how long a window's main loop is held by a large note, a large board and a thousand pages
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: bench-large.py WEFT WEFT_PEEK PICTURES WEFT_BENCH_NOTEBOOK
#
# The note has 0.95 MB and a history of 100,000 edits, the board 10,000 elements. Otherwise as bench-notebook.py.

import os
import subprocess
import sys

from drive import Person, run
from measure import Measured, memory, print_opening

BENCH = sys.argv[4]
N_PAGES = 1000
# In a window of 1180 by 760 pixels: rows of the list, and the middle of the page.
ORDINARY, NOTE, BOARD = [(120, 112 + 38 * i) for i in range(3)]
PAGE = (700, 420)
# On the board as a whole: a frame from beside it to beyond some 500 of its elements, which are then taken by
# their middle.
BAND = [(350 + 7 * i, 80 + 5 * i) for i in range(38)]
DRAG = [(520 + 3 * i, 180 + 2 * i) for i in range(40)]
TEXT, ELEMENTS = "the text of a note", "all of a board in sight"


def wheel(person, button, times):
    person.tool("mousemove", *map(str, PAGE))
    person.tool("click", "--repeat", str(times), "--delay", "25", str(button))


def use_note(ana):
    with Measured(ana, "a note of 100,000 edits is opened", TEXT):
        ana.click(*NOTE)
    ana.picture("bench-note")
    with Measured(ana, "another page"):
        ana.click(*ORDINARY)
    with Measured(ana, "the note again", TEXT):
        ana.click(*NOTE)
    with Measured(ana, "the wheel, 200 notches down"):
        wheel(ana, 5, 200)
    with Measured(ana, "a click into the text"):
        ana.click(*PAGE)
    with Measured(ana, "a page at a time, 20 down"):
        ana.key(*["Page_Down"] * 20)
    with Measured(ana, "the end"):
        ana.key("ctrl+End")
    with Measured(ana, "a page at a time, 200 up, as fast as it goes"):
        ana.tool("key", "--delay", "10", *["Page_Up"] * 200)
    with Measured(ana, "typing in the middle"):
        ana.tool("type", "--delay", "60", "--", "words in the middle of all this ")
    with Measured(ana, "a new line there, and another"):
        ana.key("Return", "Return")
    with Measured(ana, "ten letters are taken back"):
        ana.key(*["BackSpace"] * 10)
    with Measured(ana, "undone"):
        ana.key("ctrl+z")
    ana.picture("bench-note-typed")
    with Measured(ana, "History is opened"):
        ana.key("ctrl+shift+h")
    ana.picture("bench-history")
    with Measured(ana, "a version further back"):
        ana.key("Down")
    with Measured(ana, "ten versions further back"):
        ana.key(*["Down"] * 10)
    ana.picture("bench-history-older")
    with Measured(ana, "History is left"):
        ana.key("Escape")


def use_board(ana):
    with Measured(ana, "a board of 10,000 elements is opened", ELEMENTS):
        ana.click(*BOARD)
    ana.picture("bench-board")
    with Measured(ana, "all are selected"):
        ana.tool("mousemove", *map(str, PAGE))
        ana.key("ctrl+a")
    ana.picture("bench-board-all")
    with Measured(ana, "none are"):
        ana.key("Escape")
    with Measured(ana, "some 500 are selected by a frame"):
        ana.drag(BAND)
    ana.picture("bench-board-some")
    with Measured(ana, "they are dragged"):
        ana.drag(DRAG)
    ana.picture("bench-board-dragged")
    with Measured(ana, "undone"):
        ana.key("ctrl+z")
    with Measured(ana, "zoomed in by the wheel, 20 notches"):
        ana.tool("keydown", "ctrl")
        wheel(ana, 4, 20)
        ana.tool("keyup", "ctrl")
    with Measured(ana, "panned by the wheel, 60 notches"):
        wheel(ana, 5, 60)
    ana.picture("bench-board-panned")
    with Measured(ana, "zoomed out, 20 notches"):
        ana.tool("keydown", "ctrl")
        wheel(ana, 5, 20)
        ana.tool("keyup", "ctrl")


def main():
    ana = Person("ana")
    ana.environment["WEFT_DEBUG"] = "turns"
    file = os.path.join(ana.data, "notebook.weft")
    subprocess.run([BENCH, "--make-large", file, str(N_PAGES)], check=True)
    print(f"  a notebook of {N_PAGES} pages", flush=True)
    ana.open()
    print_opening(ana, "started for the first time, to the text", TEXT)
    ana.picture("bench-started")
    with Measured(ana, "the note, each of its edits a row, is opened", TEXT):
        ana.click(*NOTE)
    with Measured(ana, "an ordinary page"):
        ana.click(*ORDINARY)
    ana.close()
    os.truncate(os.path.join(ana.home, "weft.log"), 0)
    ana.open()
    with Measured(ana, "started again, an ordinary page"):
        print_opening(ana, "started again, to the text of the page", TEXT)
    use_note(ana)
    use_board(ana)
    used = memory(ana)
    print(f"  memory {used['VmRSS']} MB, of which {used['RssAnon']} MB not shared files; "
          f"{used['VmHWM']} MB at the most")
    ana.close()


run(main)
