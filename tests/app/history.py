#!/usr/bin/env python3
# history.py - the versions of a page: walked through with the keyboard, one of them restored with the pointer
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: history.py WEFT WEFT_PEEK PICTURES

import re

from drive import Person, Relay, ok, run, wait_until

NOTE = (700, 300)
# The button above the version.
RESTORE = (731, 74)


def main():
    relay = Relay()
    relay.start()
    notebook = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1)
    ana, bo = Person("ana", with_bus=True), Person("bo", with_bus=True)
    ana.file = bo.file = notebook + ".weft"
    ana.open(relay.link)
    ana.reads("Safe on")
    ana.new_page()
    wait_until("the title with the keyboard", lambda: "Title of the page" in ana.focus())
    ana.type("Plan")
    ana.key("Return")
    ana.type("Milk and bread")
    wait_until("the note", lambda: ana.text("Plan").strip() == "Milk and bread")

    # Bo comes, and writes in another go.
    bo.open(relay.link)
    wait_until("the note at Bo's", lambda: "Milk" in bo.text("Plan"))
    bo.enter_page(NOTE)
    bo.key("ctrl+End")
    bo.type(", and tea")
    wait_until("Bo's words at Ana's", lambda: ana.text("Plan").strip() == "Milk and bread, and tea")
    bo.close()

    # The newest version is shown first, what Bo wrote in his colour.
    ana.key("ctrl+shift+h")
    ana.reads("Today, ")
    wait_until("both versions", lambda: {"Ana", "Bo"} <= set(ana.says()))
    ana.picture("history-newest")
    ok("listed")

    # The one before; Restore, with the pointer.
    wait_until("the list with the keyboard", lambda: "list item" in ana.focus())
    named = ana.says().count("Ana")
    ana.key("Down")
    wait_until("Ana's version", lambda: ana.says().count("Ana") > named)
    ana.picture("history-older")
    ana.click(*RESTORE)
    wait_until("the version restored", lambda: ana.text("Plan").strip() == "Milk and bread")
    ana.picture("history-restored")
    ok("restored")

    # An ordinary edit: undo brings Bo's words back.
    ana.key("ctrl+z")
    wait_until("Bo's words again", lambda: ana.text("Plan").strip() == "Milk and bread, and tea")
    ok("undone")

    # Escape leaves, and the page is there to be written in.
    ana.key("ctrl+shift+h")
    wait_until("the list", lambda: "Versions of the page" in ana.says())
    ana.key("Escape")
    wait_until("no list", lambda: "Versions of the page" not in ana.says())
    ana.enter_page(NOTE)
    ana.key("ctrl+End")
    ana.type("!")
    wait_until("another letter", lambda: ana.text("Plan").strip() == "Milk and bread, and tea!")
    ok("left")

    ana.close()
    relay.stop()


run(main)
