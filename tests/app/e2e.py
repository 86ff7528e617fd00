#!/usr/bin/env python3
# e2e.py - two people use Weft: real windows, real keys and pointers, a real relay
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: e2e.py WEFT WEFT_PEEK PICTURES

import re
import signal
import time

from drive import Person, Relay, ok, run, wait_until

# Where things are in a window of 1180 by 760 pixels.
NOTE = (700, 300)
BOARD = (700, 350)
UNTITLED = ""
REWRITTEN = "Two people rewrote this line"
ROW = [112 + 38 * i for i in range(6)]


def main():
    relay = Relay()
    relay.start()
    notebook = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1)
    ana, bo = Person("ana", with_bus=True), Person("bo", with_bus=True)

    # First start: a note to type in, at once.
    ana.open()
    ana.shows("First note")
    ana.type("Typed at once.")
    wait_until("the first words", lambda: "Typed at once." in "".join(ana.text(t) for t in ana.look()))
    ana.picture("first-start")
    ana.close()
    ok("first-start")

    # Both join by the link that the relay printed.
    ana.file = bo.file = notebook + ".weft"
    ana.open(relay.link)
    bo.open(relay.link)
    ana.new_page()
    ana.picture("joined")
    title = "Plan"
    ana.type(title)
    ana.key("Return")
    ana.type("Milk and bread")
    wait_until("the note at Bo's", lambda: "Milk and bread" in bo.text(title))
    bo.shows(title)
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
    for person, name in ((ana, "Shopping"), (bo, "Errands")):
        person.click(*NOTE)
        person.key("ctrl+Home", "Up", "ctrl+a")
        person.type(name)
        wait_until("the new title", lambda: name in person.look())
    relay.start()
    title = wait_until("one title", lambda: list(ana.look()) == list(bo.look()) and next(iter(ana.look())))
    for person in (ana, bo):
        person.shows(title)
        wait_until(f"the card at {person.name}'s", lambda: len(person.conflicts()) >= 1)
    ana.picture("renamed")
    bo.picture("renamed")
    ok("renamed-by-both")

    # Two people write on in the same line while apart: both are asked, nothing is lost.
    relay.stop(signal.SIGKILL)
    for person, words in ((ana, " and jam"), (bo, " and salt")):
        person.click(*NOTE)
        person.key("ctrl+End")
        person.type(words)
        wait_until("the new words", lambda: words in person.text(title))
    relay.start()
    wait_until("the same line at both", lambda: ana.text(title) == bo.text(title)
               and "and jam" in ana.text(title) and "and salt" in ana.text(title))
    for person in (ana, bo):
        wait_until(f"the card at {person.name}'s", lambda: len(person.conflicts()) >= 2)
    ana.picture("same-line")
    bo.key("ctrl+shift+r")
    wait_until("the cards in Bo's window", lambda: REWRITTEN in dict(bo.cards()))
    bo.picture("same-line")
    bo.press(REWRITTEN, "Keep This")
    kept = wait_until("one line of the two", lambda: ana.text(title) == bo.text(title)
                      and ("and jam" in ana.text(title)) != ("and salt" in ana.text(title)) and ana.text(title))
    ana.picture("same-line-settled")
    bo.key("ctrl+shift+r")
    bo.enter_page(NOTE)
    bo.key("ctrl+z")
    wait_until("both again", lambda: "and jam" in ana.text(title) and "and salt" in ana.text(title))
    bo.key("ctrl+shift+z")
    wait_until("one of the two again", lambda: ana.text(title) == kept)
    ok("same-line-by-both")

    # Killed at any moment: everything is there.
    ana.click(*NOTE)
    ana.key("ctrl+End")
    ana.type(" and the last words")
    wait_until("the last words on Ana's disk", lambda: "and the last words" in ana.text(title))
    ana.kill()
    assert "and the last words" in ana.text(title), ana.text(title)
    ana.open()
    ana.shows(title)
    ana.picture("after-kill")
    wait_until("the last words at Bo's", lambda: "and the last words" in bo.text(title))
    ana.enter_page(NOTE)
    ana.key("ctrl+z")
    wait_until("the last words taken back after a restart", lambda: "and the last words" not in bo.text(title))
    ana.key("ctrl+shift+z")
    wait_until("the last words again", lambda: "and the last words" in bo.text(title))
    ok("killed")

    # Undo takes back only what one wrote oneself.
    bo.click(*NOTE)
    bo.key("ctrl+End")
    bo.type("Bo ")
    wait_until("Bo's word at Ana's", lambda: "Bo " in ana.text(title))
    ana.click(*NOTE)
    ana.key("ctrl+End")
    ana.type("Ana")
    wait_until("both", lambda: "Bo " in ana.text(title) and "Ana" in bo.text(title))
    bo.key("ctrl+z")
    wait_until("only Bo's words gone", lambda: "Bo " not in ana.text(title) and "Ana" in ana.text(title))
    ok("own-undo")

    # A board: one draws, the other sees it, the unfinished stroke included; each undoes only their own.
    ana.new_page("ctrl+shift+n", "Untitled Board")
    wait_until("the board", lambda: UNTITLED in ana.look())
    ana.click(*BOARD)
    ana.key("Escape", "r")
    ana.drag([(500, 250), (560, 300), (640, 340)])
    ana.key("p")
    ana.drag([(700 + 4 * i, 300 + (i % 7) * 8) for i in range(40)])
    wait_until("a rectangle and a stroke", lambda: sorted(e["type"] for e in ana.elements(UNTITLED).values())
               == ["freedraw", "rectangle"])
    ana.picture("board")
    wait_until("the board at Bo's", lambda: len(bo.elements(UNTITLED)) == 2)
    bo.choose(ROW[1], "Untitled Board")
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
    wait_until("the beginning of the stroke on Ana's disk", lambda: ana.unfinished(UNTITLED))
    ana.kill()
    ana.tool("mouseup", "1")
    ana.open()
    ana.shows("Untitled Board")
    ana.picture("stroke-after-kill")
    wait_until("the stroke", lambda: "freedraw" in [e["type"] for e in bo.elements(UNTITLED).values()])
    ok("killed-while-drawing")

    # Apart, both do what cannot both be: the same end at both, and the same cards.
    for name in ("One", "Two"):
        ana.new_page()
        ana.type(name)
        ana.key("Return")
        ana.type("all about it")
        wait_until("the page at Bo's, who does not look at it", lambda: "all about it" in bo.text(name))
    n_cards = len(ana.conflicts())
    relay.stop(signal.SIGKILL)
    ana.enter_list("Two")
    ana.key("alt+Right")
    bo.choose(ROW[2], "One")
    bo.enter_list("One")
    bo.key("alt+Down", "alt+Right")
    wait_until("Two in One", lambda: ana.look()["Two"]["parent"] == "One")
    wait_until("One in Two", lambda: bo.look()["One"]["parent"] == "Two")
    ana.choose(ROW[0], title)
    ana.enter_list(title)
    ana.key("Delete")
    bo.choose(ROW[0], title)
    bo.click(*NOTE)
    bo.type("still needed ")
    wait_until("the page in Ana's trash", lambda: ana.look()[title]["trashed"])
    wait_until("Bo's words", lambda: "still needed " in bo.text(title))
    shapes = ana.elements(UNTITLED)
    for person, row, key in ((ana, ROW[0], "Right"), (bo, ROW[1], "Down")):
        person.choose(row, "Untitled Board")
        person.click(1000, 600)
        person.key("Escape", "v", "ctrl+a", key)
        wait_until("the shapes elsewhere", lambda: all(person.elements(UNTITLED)[id] != shapes[id] for id in shapes))
    ana.picture("apart")
    bo.picture("apart")
    relay.start()
    wait_until("the same everywhere", lambda: ana.look() == bo.look() and not ana.look()[title]["trashed"])
    parents = {t: p["parent"] for t, p in ana.look().items()}
    assert {parents["One"], parents["Two"]} in ({"", "One"}, {"", "Two"}), parents
    cards = wait_until("the same cards", lambda: ana.conflicts() == bo.conflicts() and ana.conflicts())
    assert len(cards) >= n_cards + 4, cards
    for person in (ana, bo):
        person.key("ctrl+shift+r")
        wait_until(f"the cards in {person.name}'s window", lambda: len(person.cards()) >= len(cards))
        person.picture("cards")
    ok("apart-and-the-same-cards")

    for person in (ana, bo):
        person.close()
    relay.stop()


run(main)
