#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailbox.py CAROM: `carom reports --imap` against a pretend server: mails are put away only after they are stored,
only if they held a whole report, and the password is nowhere.  Prints TAP."""
import json
import os
import re
import socketserver
import subprocess
import sys
import tempfile
import threading

PASSWORD = "s3cret-pass-word"
COUNT = 0


def ok(good, what, detail=""):
    global COUNT
    COUNT += 1
    print("%s %d - %s" % ("ok" if good else "not ok", COUNT, what))
    if not good:
        print("# " + str(detail).replace("\n", "\n# "))


class Box:
    """A folder: uid -> bytes; and every way to misbehave."""

    def __init__(self, mails, can_move=True):
        self.mails = dict(mails)
        self.archive, self.deleted = {}, set()
        self.can_move, self.validity = can_move, 7
        self.selects = 0


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("* OK ready")
        while True:
            line = self.rfile.readline().decode("latin-1").strip()
            if not line:
                return
            tag, _, rest = line.partition(" ")
            if not self.command(tag, rest):
                return

    def command(self, tag, rest):
        box, word = self.server.box, rest.upper()
        if word.startswith("CAPABILITY"):
            self.say("* CAPABILITY IMAP4rev1 UIDPLUS" + (" MOVE" if box.can_move else ""))
        elif word.startswith("LOGIN"):
            if PASSWORD not in rest:
                self.say(tag + " NO wrong password")
                return True
        elif word.startswith("LOGOUT"):
            self.say("* BYE")
            self.say(tag + " OK")
            return False
        elif word.startswith("SELECT"):
            box.selects += 1
            if "reports" not in rest:
                self.say(tag + " NO no such folder")
                return True
            self.say("* %d EXISTS" % len(box.mails))
            self.say("* OK [UIDVALIDITY %d] valid" % box.validity)
        elif word.startswith("UID"):
            return self.uid(tag, rest.split(" ", 2)[1].upper(), rest.split(" ", 2)[2])
        self.say(tag + " OK done")
        return True

    def uid(self, tag, verb, rest):
        box = self.server.box
        uid = int(re.match(r"\d*", rest).group() or 0)
        if verb == "SEARCH":
            self.say("* SEARCH" + "".join(" %d" % u for u in sorted(box.mails)))
        elif verb == "FETCH":
            mail = box.mails[uid]
            self.wfile.write(b"* 1 FETCH (UID %d BODY[] {%d}\r\n" % (uid, len(mail)) + mail + b")\r\n")
        elif verb == "MOVE" and not box.can_move:
            self.say(tag + " BAD no such command")
            return True
        elif verb in ("MOVE", "COPY"):
            assert rest.split(" ", 1)[1] == '"done"', rest
            box.archive[uid] = box.mails[uid]
            if verb == "MOVE":
                del box.mails[uid]
        elif verb == "STORE":
            box.deleted.add(uid)
        elif verb == "EXPUNGE" and uid in box.deleted:
            del box.mails[uid]
        self.say(tag + " OK done")
        return True


def run(carom, box, work, *words, password=PASSWORD, folder="reports"):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    server.box = box
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = os.path.join(work, "password")
    with open(secret, "w") as f:
        f.write(password + "\n")
    url = "imap://127.0.0.1:%d/%s" % (server.server_address[1], folder)
    got = subprocess.run([carom, "--share", "share", "reports", "--imap", url, "--imap-user", "me",
                          "--imap-password-file", secret, "--json", *words], capture_output=True, text=True,
                         timeout=60, env={**os.environ, "TMPDIR": work})
    server.shutdown()
    server.server_close()
    ok(PASSWORD not in got.stdout + got.stderr and not [n for n in os.listdir(work) if n.startswith("carom-imap")],
       "no password shown, no mail left behind", got)
    return got


def mails():
    with open("tests/reports/example-receiver.eml", "rb") as f:
        report = f.read()
    with open("tests/mails/ordinary.eml", "rb") as f:
        letter = f.read()
    crlf = [re.sub(rb"\r?\n", b"\r\n", m) for m in (report, letter)]
    return {3: crlf[0], 5: crlf[1]}


def main():
    carom = sys.argv[1]
    with tempfile.TemporaryDirectory() as work:
        store = ["--store", os.path.join(work, "r.db")]
        box = Box(mails())
        got = run(carom, box, work)
        ok(json.loads(got.stdout)["input"]["dmarc_reports"] == 1 and sorted(box.mails) == [3, 5] and not box.deleted,
           "read, and nothing is touched", got)
        got = run(carom, box, work, *store, "--imap-archive", "done")
        ok(sorted(box.archive) == [3] and sorted(box.mails) == [5], "the report is archived, the letter stays", got)
        box = Box(mails(), can_move=False)
        got = run(carom, box, work, *store, "--imap-archive", "done")
        ok(json.loads(got.stdout)["input"]["duplicates"] == 1 and sorted(box.archive) == [3] and
           sorted(box.mails) == [5], "a server without MOVE: copied and deleted; counted once", got)
        box = Box(mails())
        run(carom, box, work, *store, "--imap-delete")
        ok(sorted(box.mails) == [5] and not box.archive, "deleted after it is stored", box.mails)
        box = Box(mails())
        got = run(carom, box, work, "--store", os.path.join(work, "no", "such", "r.db"), "--imap-delete")
        ok(got.returncode == 4 and sorted(box.mails) == [3, 5], "nothing stored: nothing deleted", got)
        got = run(carom, Box(mails()), work, password="wrong")
        ok(got.returncode == 4 and got.stderr, "a wrong password is said", got)
        got = run(carom, Box(mails()), work, folder="nowhere")
        ok(got.returncode == 4 and got.stderr, "a folder that is not there is said", got)
        got = run(carom, Box({}), work)
        ok(got.returncode == 0, "an empty folder is fine", got)
        for words in (["--imap", "imap://me:%s@h/reports" % PASSWORD, "--imap-user", "me"], ["--imap", "imap://h/x"],
                      ["--imap", "imap://h/x", "--imap-user", "me", "--imap-delete"]):
            got = subprocess.run([carom, "--share", "share", "reports", *words], capture_output=True, text=True,
                                 env={**os.environ, "CAROM_IMAP_PASSWORD": "x"})
            ok(got.returncode == 2 and PASSWORD not in got.stderr and got.stderr, "refused: wrong use", got)
    print("1..%d" % COUNT)


main()
