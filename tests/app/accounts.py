#!/usr/bin/env python3
# accounts.py - a relay with accounts, joined by its owner and by people whom they invite, in real windows
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: accounts.py WEFT WEFT_PEEK PICTURES

import json
import os
import re
import signal
import time
import urllib.request

from drive import Person, Relay, ok, run, wait_until


def ask(relay, method, path, token=None, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{relay.port}{path}", method=method,
                                     data=json.dumps(body).encode() if body is not None else None)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else {}


def main():
    relay = Relay(accounts=True)
    relay.start()
    notebook = re.search(r"notebook=([a-z2-7]{26})", relay.link).group(1)
    owner_token = re.search(r"invite=([\w-]+)", relay.link).group(1)
    helper = ask(relay, "POST", f"/api/invites/{owner_token}/accept", body={"name": "Helper", "device": "test"})["access_token"]

    def invite(role):
        return ask(relay, "POST", f"/api/workspaces/{notebook}/invite", helper, {"role": role})

    def members():
        return {m["name"]: m for m in ask(relay, "GET", f"/api/workspaces/{notebook}/members", helper)["members"]}

    ana, bo, vic = Person("ana", with_bus=True), Person("bo", with_bus=True), Person("vic", with_bus=True)
    for person in (ana, bo, vic):
        person.file = notebook + ".weft"

    # An invite as a link: accepted by itself, under one's own name.
    ana.open(invite("owner")["link"])
    wait_until("Ana among the members", lambda: members()["Ana"]["role"] == "owner")
    ana.new_page()
    title = "Plan"
    ana.type(title)
    ana.key("Return")
    ana.type("Milk and bread")
    wait_until("the page", lambda: "Milk and bread" in ana.text(title))
    ok("accepts-an-invite")

    # The address of an invite's page is as good.
    bo.open()
    bo.shows("First note")
    bo.key("ctrl+shift+s")
    wait_until("the field for a relay with the keyboard", lambda: "Relay Address" in bo.focus())
    bo.type(invite("member")["url"])
    bo.key("Return")
    wait_until("Bo among the members", lambda: members()["Bo"]["role"] == "member")
    wait_until("the note at Bo's", lambda: "Milk and bread" in bo.text(title))
    ok("accepts-the-address-of-a-page")

    # A viewer sees all, and is told so; nothing that is typed changes anything.
    vic.open(invite("viewer")["link"])
    wait_until("the note at Vic's", lambda: "Milk and bread" in vic.text(title))
    vic.reads("You may read this notebook, and not change it")
    vic.shows(title)
    vic.enter_page()
    vic.type("forged")
    vic.key("ctrl+n")
    time.sleep(1)
    vic.picture("viewer")
    assert "forged" not in vic.text(title) and len(vic.look()) == len(ana.look()), vic.look()
    ok("viewer")

    # What Bo writes while apart is not taken once he may only read: he is told so, and writes no more there. It comes to
    # the others as soon as he may write again.
    def give_bo(role):
        ask(relay, "PUT", f"/api/workspaces/{notebook}/members/{members()['Bo']['user_id']}", helper, {"role": role})

    relay.stop(signal.SIGKILL)
    bo.reads("cannot be reached")
    bo.choose(112, title)
    bo.enter_page()
    bo.key("ctrl+End")
    bo.type(" and honey")
    wait_until("Bo's words in his file", lambda: "and honey" in bo.text(title))
    os.kill(bo.process.pid, signal.SIGSTOP)
    relay.start()
    give_bo("viewer")
    os.kill(bo.process.pid, signal.SIGCONT)
    bo.reads("you may only read here", "on this device")
    bo.picture("stuck")
    before = bo.text(title)
    bo.enter_page()
    bo.type("forged")
    time.sleep(1)
    assert bo.text(title) == before, bo.text(title)
    assert "honey" not in ana.text(title), ana.text(title)
    give_bo("member")
    wait_until("Bo's words at Ana's", lambda: "and honey" in ana.text(title))
    bo.reads("Safe on")
    ok("refused-and-taken-later")

    # Who shares sees who may come in.
    ana.key("ctrl+shift+s")
    wait_until("Bo in Ana's dialog", lambda: "Bo" in ana.says())
    ana.picture("share-accounts")
    ana.key("Escape")

    # Whoever is removed is told so, and keeps what they have.
    ask(relay, "DELETE", f"/api/workspaces/{notebook}/members/{members()['Bo']['user_id']}", helper)
    bo.reads("not shared with you")
    bo.picture("removed")
    assert "Milk and bread" in bo.text(title)
    ok("removed")

    # Without a keyring, the key of the relay does not outlive Weft, and is written nowhere.
    vic.close()
    vic.open()
    vic.shows(title)
    vic.reads("paste an invite")
    ok("no-keyring")

    # An invite to one page brings nobody into the notebook, and says so.
    board = ask(relay, "POST", f"/api/workspaces/{notebook}/boards", helper, {"name": "Sketch"})["id"]
    gus = Person("gus", with_bus=True)
    gus.open(ask(relay, "POST", f"/api/boards/{board}/invite", helper, {"role": "editor"})["link"])
    gus.reads("This invite is for one page")
    gus.picture("one-page")
    ok("one-page")

    for person in (ana, bo, vic, gus):
        person.close()
        for folder, _, names in os.walk(person.home):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        content = file.read()
                    # How every token for the relay begins, and what a refresh token is called.
                    assert b"eyJhbGciOi" not in content and b"refresh_token" not in content, f"a secret in {path}"
    ok("no-secret-in-files")


if __name__ == "__main__":
    run(main)
