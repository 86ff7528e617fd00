#!/usr/bin/env python3
# screenshots.py - makes the pictures of the README and of the software centres from the Tour
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: ./dev screenshots

import os
import re
import subprocess
import time

from drive import PICTURES, Person, Relay, run, wait_until


def save(person, name):
    """The window alone, as NAME.png."""
    time.sleep(0.5)
    subprocess.run(["import", "-window", "root", "-crop", "1180x760+0+0", "+repage", "-strip",
                    os.path.join(PICTURES, name + ".png")], env=person.environment, check=True)


def row(i):
    """Where a row of the sidebar is."""
    return 150, 112 + 38 * i


def main():
    relay = Relay()
    relay.start()
    ana, bo = Person("ana"), Person("bo")
    notebook = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1)
    ana.file = bo.file = notebook + ".weft"
    ana.open(relay.link)
    bo.open(relay.link)

    # The Tour is in the menu; its boards are below the third page.
    ana.key("F10")
    time.sleep(0.5)
    ana.key("t")
    wait_until("the tour at Bo's", lambda: len(bo.look()) == len(ana.look()) > 5)
    time.sleep(2)
    bo.click(28, row(0)[1])
    time.sleep(1)
    ana.click(*row(4))
    bo.click(*row(4))
    time.sleep(1)
    bo.click(640, 640)
    bo.key("Home", "shift+ctrl+Right", "shift+ctrl+Right")
    time.sleep(1)
    save(ana, "note")
    ana.click(48, row(2)[1])
    bo.click(48, row(2)[1])
    time.sleep(1)
    ana.click(*row(3))
    bo.click(*row(3))
    time.sleep(2)
    ana.key("shift+1")
    bo.key("shift+1")
    time.sleep(2)
    bo.key("v")
    bo.tool("mousemove", "760", "420")
    time.sleep(1)
    save(ana, "board")
    ana.click(*row(4))
    time.sleep(1)
    ana.key("shift+1")
    time.sleep(1)
    save(ana, "sketch")
    ana.key("ctrl+shift+s")
    time.sleep(1)
    save(ana, "share")


run(main)
