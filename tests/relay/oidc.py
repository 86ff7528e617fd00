#!/usr/bin/env python3
# oidc.py - people sign in to a relay at Glewlwyd, a real OpenID Connect server
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: oidc.py WEFT. Exit status 77 where Glewlwyd (Debian: glewlwyd) is not installed.

import gzip
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from relaylib import free_port

WEFT = sys.argv[1]
SECRET = "a-secret-of-letters-and-dashes"
SCHEMA = "/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz"
CONFIG = "/usr/share/doc/glewlwyd/glewlwyd.conf.sample.gz"

scratch = tempfile.mkdtemp(prefix="weft-oidc-")
processes = []


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


opener = urllib.request.build_opener(NoRedirect)


def ask(method, url, cookie=None, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if cookie:
        headers["Cookie"] = cookie
    if token:
        headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(url, method=method, headers=headers,
                                     data=json.dumps(body).encode() if body is not None else None)
    try:
        return opener.open(request, timeout=60)
    except urllib.error.HTTPError as answer:
        return answer


def wait_until(what, check):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            found = check()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(what)


def start_glewlwyd(port):
    database = os.path.join(scratch, "glewlwyd.db")
    with sqlite3.connect(database) as connection:
        connection.executescript(gzip.open(SCHEMA, "rt").read())
    config = gzip.open(CONFIG, "rt").read()
    for name, value in (("port", port), ("external_url", f'"http://localhost:{port}"'), ("cookie_secure", 0)):
        config = re.sub(rf"^{name}=.*$", f"{name}={value}", config, flags=re.M)
    config = config.replace("/var/cache/glewlwyd/glewlwyd.db", database)
    with open(os.path.join(scratch, "glewlwyd.conf"), "w") as file:
        file.write(config)
    processes.append(subprocess.Popen(["glewlwyd", "-c", os.path.join(scratch, "glewlwyd.conf")],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def set_up_glewlwyd(api, callback):
    """Makes it an issuer that knows the relay. Answers with the administrator's session."""
    key, certificate = os.path.join(scratch, "key.pem"), os.path.join(scratch, "public.pem")
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", certificate], check=True, capture_output=True)
    answer = wait_until("Glewlwyd to start", lambda: ask("POST", api + "/auth/", None,
                                                         {"username": "admin", "password": "password"}))
    session = answer.headers["Set-Cookie"].split(";")[0]
    parameters = {
        "iss": api + "/oidc", "jwt-type": "rsa", "jwt-key-size": "256", "key": open(key).read(),
        "cert": open(certificate).read(), "access-token-duration": 3600, "refresh-token-duration": 1209600,
        "code-duration": 600, "refresh-token-rolling": True, "allow-non-oidc": False, "auth-type-code-enabled": True,
        "auth-type-token-enabled": False, "auth-type-id-token-enabled": True, "auth-type-none-enabled": False,
        "auth-type-password-enabled": False, "auth-type-client-enabled": False, "auth-type-device-enabled": False,
        "auth-type-refresh-enabled": True, "pkce-allowed": True, "pkce-method-plain-allowed": False,
        "subject-type": "public", "name-claim": "mandatory", "email-claim": "no", "scope-claim": "no", "jwks-show": True,
        "allowed-scope": ["openid"], "scope": [], "additional-parameters": [], "claims": []}
    for method, path, body in (
            ("POST", "/mod/plugin/", {"module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": parameters}),
            ("POST", "/client/", {
                "client_id": "weft", "name": "weft", "client_secret": SECRET, "password": SECRET, "confidential": True,
                "enabled": True, "redirect_uri": [callback], "authorization_type": ["code", "id_token"],
                "scope": ["openid"], "token_endpoint_auth_method": ["client_secret_basic"]}),
            ("PUT", "/user/admin", {"name": "The Administrator", "email": "", "enabled": True,
                                    "scope": ["g_admin", "g_profile", "openid"]}),
            ("PUT", "/auth/grant/weft", {"scope": "openid"})):
        answer = ask(method, api + path, session, body)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.read()}"
    return session


def start_relay(port, issuer):
    secret = os.path.join(scratch, "secret")
    with open(secret, "w") as file:
        file.write(SECRET + "\n")
    processes.append(subprocess.Popen(
        [WEFT, "--relay", "--listen", f"127.0.0.1:{port}", "--data", os.path.join(scratch, "relay"),
         f"--oidc-issuer={issuer}", "--oidc-client-id=weft", f"--oidc-secret-file={secret}"],
        stdout=subprocess.DEVNULL, stderr=open(os.path.join(scratch, "relay.log"), "w")))


def sign_in(relay, session):
    """As a browser does that is signed in at Glewlwyd. Answers with what the relay says in the end."""
    begun = wait_until("the relay to find its issuer", lambda: next(
        (a for a in [ask("GET", relay + "/api/auth/oidc")] if a.status == 302), None))
    cookie = begun.headers["Set-Cookie"].split(";")[0]
    # Its own page would ask whether to go on, and says so with this.
    there = ask("GET", begun.headers["Location"] + "&g_continue", session)
    assert there.status == 302, there.status
    return there.headers["Location"], cookie


def main():
    if not shutil.which("glewlwyd") or not os.path.exists(SCHEMA) or not shutil.which("openssl"):
        print("1..0 # SKIP Glewlwyd is not installed (Debian: glewlwyd, openssl)")
        sys.exit(77)

    port, relay_port = free_port(), free_port()
    api, relay = f"http://localhost:{port}/api", f"http://127.0.0.1:{relay_port}"
    start_glewlwyd(port)
    session = set_up_glewlwyd(api, relay + "/api/auth/oidc/callback")
    start_relay(relay_port, api + "/oidc")

    back, cookie = sign_in(relay, session)
    answer = ask("GET", back, cookie)
    text = answer.read().decode()
    assert answer.status == 200, f"{answer.status} {text} {open(os.path.join(scratch, 'relay.log')).read()}"
    person = json.loads(text)
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    spaces = json.load(ask("GET", relay + "/api/workspaces", token=person["access_token"]))["workspaces"]
    assert len(spaces) == 1 and spaces[0]["personal"] and spaces[0]["role"] == "owner", spaces
    print("ok 1 /relay/oidc/sign-in")

    # The code is good once, and only in the browser that began.
    assert ask("GET", back, cookie).status == 401
    back, cookie = sign_in(relay, session)
    assert ask("GET", back).status == 401
    assert ask("GET", back, sign_in(relay, session)[1]).status == 401
    print("ok 2 /relay/oidc/once-and-in-that-browser")

    back, cookie = sign_in(relay, session)
    assert json.load(ask("GET", back, cookie))["user"]["id"] == person["user"]["id"]
    print("ok 3 /relay/oidc/the-same-person")
    print("1..3")


try:
    main()
finally:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(10)
    shutil.rmtree(scratch, ignore_errors=True)
