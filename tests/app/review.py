#!/usr/bin/env python3
# review.py - while you were away: what another person did is listed, and taken back by one click
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: review.py WEFT WEFT_PEEK PICTURES

import re

from drive import Person, Relay, ok, run, wait_until

NOTE = (700, 300)


def main():
    relay = Relay()
    relay.start()
    notebook = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1)
    ana, bo = Person("ana", with_bus=True), Person("bo")
    ana.file = bo.file = notebook + ".weft"
    ana.open(relay.link)
    bo.open(relay.link)
    ana.new_page()
    title = "Plan"
    ana.type(title)
    ana.key("Return")
    ana.type("Milk and bread")
    ana.key("Return")
    ana.type("Second line")
    wait_until("the note at Bo's", lambda: "Second line" in bo.text(title))
    bo.shows(title)
    ana.close()

    # Bo changes two places while Ana is away.
    bo.click(*NOTE)
    bo.key("ctrl+Home")
    bo.type("Tea, ")
    bo.key("ctrl+End")
    bo.type(" and more")
    wait_until("Bo's words", lambda: "Tea, Milk" in bo.text(title) and "line and more" in bo.text(title))
    ana.open()
    wait_until("Bo's words at Ana's", lambda: ana.text(title) == bo.text(title))
    ana.reads("2 changes by Bo while you were away")
    ana.picture("banner")

    # The walk; the first change goes, the second stays.
    ana.key("ctrl+shift+y")
    wait_until("the panel with the keyboard", lambda: "Text changed" in ana.focus())
    ana.picture("panel")
    ana.key("Tab")
    wait_until("its button with the keyboard", lambda: "Take Back" in ana.focus())
    ana.key("space")
    wait_until("one change taken back", lambda: "Tea" not in bo.text(title) and "and more" in bo.text(title))
    ana.reads("Taken Back")
    wait_until("its row with the keyboard", lambda: "Text changed" in ana.focus())
    ana.picture("taken-back")
    ok("taken-back")

    # An ordinary edit: undo brings it back.
    ana.key("Escape")
    wait_until("no panel", lambda: "While You Were Away" not in ana.says())
    ana.picture("done")
    ana.key("ctrl+z")
    wait_until("Bo's words again", lambda: "Tea, Milk" in bo.text(title))
    ok("undone")

    for person in (ana, bo):
        person.close()
    relay.stop()


run(main)
