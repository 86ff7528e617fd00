#!/usr/bin/env python3
# pages.py - a page made while one types, and what one does to pages in the page list taken back by Ctrl+Z there
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: pages.py WEFT WEFT_PEEK PICTURES

from drive import Person, ok, run, wait_until


def make_note(person, title):
    person.new_page()
    wait_until("the title with the keyboard", lambda: "Title of the page" in person.focus())
    person.type(title)
    person.key("Return")
    person.type(f"What is in {title}")
    wait_until(title, lambda: person.text(title).strip() == f"What is in {title}")


def main():
    ana = Person("ana", with_bus=True)
    ana.open()
    ana.shows("First note")
    make_note(ana, "First")
    make_note(ana, "Second")

    def parent():
        return ana.look()["Second"].get("parent")

    # Into the one above, and back; the page itself stays as it was typed.
    ana.enter_list("Second")
    ana.key("alt+Right")
    wait_until("Second in First", lambda: parent() == "First")
    ana.key("ctrl+z")
    wait_until("Second at the top", lambda: parent() != "First")
    ana.picture("pages-undone")
    ana.key("ctrl+shift+z")
    wait_until("Second in First again", lambda: parent() == "First")
    assert ana.text("Second").strip() == "What is in Second"
    ok("moved")

    # A page in the trash comes back, and its row has the keyboard.
    ana.key("Delete")
    wait_until("Second in the trash", lambda: ana.look()["Second"]["trashed"])
    ana.reads("Moved to trash", "Second")
    ana.key("ctrl+shift+e", "ctrl+z")
    wait_until("Second in First once more", lambda: parent() == "First")
    wait_until("no word of the trash", lambda: not any("Moved to trash" in text for text in ana.says()))
    wait_until("its row with the keyboard", lambda: "Second" in ana.focus())
    ana.picture("pages-back")
    ok("trashed")

    # Who types on without a pause after Ctrl+N writes on the new page, not on the one before.
    ana.tool("key", "--delay", "0", "ctrl+n", "type", "--delay", "1", "Quick thought")
    wait_until("the new page with its title", lambda: "Quick thought" in ana.look())
    assert set(ana.look()) == {"First note", "First board", "First", "Second", "Quick thought"}, ana.look()
    assert ana.text("Second").strip() == "What is in Second"
    ana.picture("pages-quick")
    ok("typed-on")

    ana.close()


run(main)
