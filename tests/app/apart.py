#!/usr/bin/env python3
# apart.py - two people change the same things while apart, leave them, and come back: the same cards at both
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: apart.py WEFT WEFT_PEEK PICTURES [collecting | polling]
#
# collecting: over the relay of the npm package y-websocket, which collects what is deleted and keeps nothing; polling:
# over Weft's own, without WebSockets.
#
# Point 5 of the ten-minute test, the hard way: both end Weft while they are apart, so that what collided is in
# pages that are not open when they meet.

import re
import signal
import sys

from drive import NpmRelay, Person, Relay, ok, run, wait_until

KIND = sys.argv[4] if len(sys.argv) > 4 else ""

# Where things are in a window of 1180 by 760 pixels.
NOTE = (700, 300)
BOARD = (700, 350)
ROW = {name: 112 + 38 * i for i, name in enumerate(["Plan", "Drawing", "One", "Two", "Old", "Aside"])}
LINES = 40

REWRITTEN = "Two people rewrote this line"
RETURNED = "This page was deleted while somebody changed it, and came back"
CYCLE = "Two pages were moved into each other"
RENAMED = "Two people renamed this page"
MOVED_SHAPE = "Two people moved this shape"
TITLES = (REWRITTEN, RETURNED, CYCLE, RENAMED, MOVED_SHAPE)


def cards_shown(person):
    """The titles of the cards in the panel, as they are read out, those out of sight too."""
    return sorted(title for title, place in person.cards() if title in TITLES)


def prepare(ana, bo):
    """Six pages that both have."""
    for name in ROW:
        if name == "Drawing":
            ana.new_page("ctrl+shift+n", "Untitled Board")
            ana.enter_list("Untitled Board")
            ana.key("F2")
        else:
            ana.new_page()
        ana.type(name)
        ana.key("Return")
        if name == "Drawing":
            ana.shows(name)
            ana.click(*BOARD)
            ana.key("Escape", "r")
            ana.drag([(500, 250), (560, 300), (640, 340)])
        elif name == "Plan":
            for i in range(LINES):
                ana.type(f"Line {i}")
                ana.key("Return")
            ana.type("We meet on Monday")
        else:
            ana.type(f"What is in {name}")
    wait_until("all of it at Bo's", lambda: set(bo.look()) == set(ROW) and "Monday" in bo.text("Plan")
               and "What is in Aside" in bo.text("Aside") and len(bo.elements("Drawing")) == 1)


def main():
    relay = NpmRelay() if KIND == "collecting" else Relay()
    relay.start()
    notebook = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1)
    ana, bo = Person("ana", with_bus=True), Person("bo", with_bus=True)
    for person in (ana, bo) if KIND == "polling" else ():
        person.set_settings("enable-websocket=false", "sync-interval-ms=1000")
    ana.file = bo.file = notebook + ".weft"
    ana.open(relay.link)
    bo.open(relay.link)
    prepare(ana, bo)
    ok("six-pages")
    relay.stop(signal.SIGKILL)
    for person, day in ((ana, "Tuesday"), (bo, "Friday")):
        for page in ("Plan", "Aside"):
            person.choose(ROW[page], page)
            person.click(*NOTE)
            person.key("ctrl+End", "ctrl+shift+Left")
            person.type(day)
            wait_until("the rewritten line", lambda: day in person.text(page))

    # One deletes the page that the other adds to.
    ana.choose(ROW["Old"], "Old")
    ana.enter_list("Old")
    ana.key("Delete")
    wait_until("the page in Ana's trash", lambda: ana.look()["Old"]["trashed"])
    bo.choose(ROW["Old"], "Old")
    bo.click(*NOTE)
    bo.key("ctrl+End")
    bo.type(" is still needed")
    wait_until("Bo's words", lambda: "still needed" in bo.text("Old"))

    # Two pages into each other.
    ana.choose(ROW["Two"], "Two")
    ana.enter_list("Two")
    ana.key("alt+Right")
    wait_until("Two in One", lambda: ana.look()["Two"]["parent"] == "One")
    bo.choose(ROW["One"], "One")
    bo.enter_list("One")
    bo.key("alt+Down", "alt+Right")
    wait_until("One in Two", lambda: bo.look()["One"]["parent"] == "Two")

    # The same shape, and the title of the same page.
    for person, key in ((ana, "Right"), (bo, "Down")):
        person.choose(ROW["Drawing"], "Drawing")
        person.click(1000, 600)
        shapes = person.elements("Drawing")
        person.key("Escape", "v", "ctrl+a", key)
        wait_until("the shape elsewhere", lambda: person.elements("Drawing") != shapes)
    for person, name in ((ana, "Sketch"), (bo, "Figure")):
        person.choose(ROW["Drawing"], "Drawing")
        person.enter_list("Drawing")
        person.key("F2", "ctrl+a")
        person.type(name)
        person.key("Return")
        wait_until("the new title", lambda: name in person.look())

    # Both go, and come back to another page before they meet.
    for person in (ana, bo):
        person.close()
        person.open()
        person.shows("Sketch", "Figure")
        person.new_page()
        person.type("Mine, " + person.name)
        person.picture("alone")
    relay.start()
    wait_until("the same everywhere", lambda: ana.look() == bo.look() and len(ana.look()) == len(ROW) + 2)
    pages = ana.look()
    assert not pages["Old"]["trashed"] and "still needed" in ana.text("Old")
    assert {pages["One"]["parent"], pages["Two"]["parent"]} in ({"", "One"}, {"", "Two"}), pages
    for page in ("Plan", "Aside"):
        assert "Tuesday" in ana.text(page) and "Friday" in ana.text(page), ana.text(page)
    assert ("Sketch" in pages) != ("Figure" in pages)
    ok("back-and-the-same")

    wait_until("the same cards", lambda: ana.conflicts() == bo.conflicts() and len(ana.conflicts()) >= 6)
    for person in (ana, bo):
        person.key("ctrl+shift+r")
    expected = sorted([REWRITTEN, REWRITTEN, RETURNED, CYCLE, RENAMED, MOVED_SHAPE])
    for person in (ana, bo):
        wait_until(f"the cards in {person.name}'s window", lambda: cards_shown(person) == expected)
        person.picture("cards")
    ok("same-cards-of-closed-pages")

    # A choice about a line, and its undo: text and card are there again, for both. So with a choice about pages.
    def choose(person, title, button):
        """Presses a button of the first card with this title, and then the one that takes that back: it is there for ten
        seconds only."""
        person.press(title, button)
        person.press("Settled for everyone", "Undo")
        for each in (ana, bo):
            wait_until(f"the card again at {each.name}'s", lambda: cards_shown(each) == expected)

    words = {page: ana.text(page) for page in ("Plan", "Aside")}
    places = {title: page["parent"] for title, page in ana.look().items()}
    choose(ana, REWRITTEN, "Keep This")
    assert words == {page: bo.text(page) for page in words}, [bo.text(page) for page in words]
    choose(ana, CYCLE, "Keep the Other")
    assert places == {title: page["parent"] for title, page in bo.look().items()}, bo.look()
    ok("undo-of-a-choice")

    # A choice that stands: one card less, for both.
    ana.press(RENAMED, "Keep This")
    expected.remove(RENAMED)
    for person in (ana, bo):
        wait_until(f"one card less at {person.name}'s", lambda: cards_shown(person) == expected)
    ok("a-choice")

    # They are there after a restart, too, though nobody opens the pages.
    bo.close()
    bo.open()
    bo.shows("Mine, bo")
    bo.key("ctrl+shift+r")
    wait_until("the cards after a restart", lambda: cards_shown(bo) == expected)
    ok("cards-after-restart")

    # A card that is pressed shows its place, for whom a screen reader does it too.
    for title, page in ((CYCLE, ("One", "Two")), (MOVED_SHAPE, ("Sketch", "Figure"))):
        bo.press_row(title)
        bo.shows(*page)
        bo.picture("card-pressed")
    ok("press-a-card")

    for person in (ana, bo):
        person.close()
    relay.stop()


run(main)
