#!/usr/bin/env python3
# ime.py - Chinese written with a real input method: in a note, in a title and on a board
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: ime.py WEFT WEFT_PEEK PICTURES
#
# Ana writes pinyin with IBus; Bo has the same notebook open and changes it while she composes. What she composes is
# nobody else's business until she commits it. Skipped where IBus or its pinyin is missing.

import os
import re
import shutil
import subprocess
import sys
import time

from drive import Person, Relay, ok, run, start, wait_until

TITLE = (430, 108)
NOTE = (700, 300)
BOARD = (700, 350)
ENGINES = ("/usr/libexec/ibus-engine-libpinyin", "/usr/lib/ibus/ibus-engine-libpinyin")


def ibus(person, *arguments):
    return subprocess.run(["ibus", *arguments], env=person.environment, capture_output=True, text=True)


def start_ibus(person):
    person.environment.update(GTK_IM_MODULE="ibus", LC_ALL="C.UTF-8")
    start(["ibus-daemon", "--panel", "disable", "--emoji-extension", "disable"], env=person.environment,
          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until("IBus", lambda: ibus(person, "address").stdout.startswith("unix:"))


def use(person, engine):
    def is_used():
        ibus(person, "engine", engine)
        return ibus(person, "engine").stdout.strip() == engine

    wait_until(f"the engine {engine}", is_used)
    time.sleep(0.5)


def all_texts(person, title):
    return [element.get("text", "") for element in person.elements(title).values()]


def main():
    relay = Relay()
    relay.start()
    ana, bo = Person("ana", with_bus=True), Person("bo")
    start_ibus(ana)
    ana.file = bo.file = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1) + ".weft"
    ana.open(relay.link)
    bo.open(relay.link)
    ana.new_page()
    wait_until("the page at both", lambda: "" in ana.look() and "" in bo.look())
    bo.shows("Untitled Note")

    # A title: the pinyin is seen while it is written, and is no title.
    use(ana, "libpinyin")
    ana.type("bijiben")
    time.sleep(2)
    ana.picture("ime-title")
    bo.picture("ime-title")
    assert list(ana.look()) == [""] and list(bo.look()) == [""], (ana.look(), bo.look())
    ana.key("space")
    wait_until("the title at both", lambda: "笔记本" in ana.look() and "笔记本" in bo.look())
    ok("title")

    # A note: Bo writes above and in the same line while Ana composes.
    use(ana, "xkb:us::eng")
    ana.key("Return")
    ana.type("one")
    ana.key("Return")
    ana.type("two ")
    wait_until("the lines at Bo's", lambda: "one\ntwo " in bo.text("笔记本"))
    use(ana, "libpinyin")
    ana.type("nihao")
    time.sleep(1)
    ana.picture("ime-note")
    bo.click(*NOTE)
    bo.key("ctrl+Home")
    bo.type("Tea ")
    bo.key("ctrl+End", "Home")
    bo.type("Bo ")
    wait_until("what Bo wrote at Ana's", lambda: ana.text("笔记本") == "Tea one\nBo two \n")
    ana.picture("ime-note-remote")
    wait_until("the same at Bo's", lambda: bo.text("笔记本") == "Tea one\nBo two \n")
    ana.key("space")
    wait_until("the word at both", lambda: ana.text("笔记本") == bo.text("笔记本") == "Tea one\nBo two 你好\n")
    ok("note")

    # Given up: nothing remains.
    ana.type("zaijian")
    time.sleep(0.5)
    ana.key("Escape")
    ana.type("pengyou")
    ana.key("space")
    wait_until("the next word", lambda: bo.text("笔记本") == "Tea one\nBo two 你好朋友\n")
    ok("given-up")

    # Bo renames the page while Ana composes a title, and she gives hers up: his stays.
    ana.click(*TITLE)
    ana.key("End")
    ana.type("ceshi")
    bo.click(*TITLE)
    bo.key("ctrl+a")
    bo.type("Bo")
    wait_until("Bo's title at Ana's", lambda: "Bo" in ana.look())
    ana.key("Escape")
    time.sleep(0.5)
    ana.key("End")
    ana.type("ceshi")
    ana.key("space")
    wait_until("one title", lambda: "Bo测试" in ana.look() and "Bo测试" in bo.look())
    ana.picture("ime-renamed")
    ok("renamed-meanwhile")

    # A board: text in place.
    ana.key("ctrl+shift+n")
    title = ""
    wait_until("a board", lambda: ana.look()[title]["kind"] == "board")
    time.sleep(1)
    use(ana, "xkb:us::eng")
    ana.key("t")
    ana.click(*BOARD)
    use(ana, "libpinyin")
    ana.type("zhongguo")
    time.sleep(1.5)
    ana.picture("ime-board")
    assert not any(all_texts(ana, title)), ana.elements(title)
    ana.key("space")
    wait_until("the text at both", lambda: "中国" in all_texts(ana, title) and "中国" in all_texts(bo, title))
    ana.key("Escape")
    ana.picture("ime-board-done")
    ok("board")
    ana.close()
    bo.close()


if not shutil.which("ibus-daemon") or not any(os.path.exists(engine) for engine in ENGINES):
    print("1..0 # SKIP IBus and its pinyin are not installed")
    sys.exit(0)
run(main)
