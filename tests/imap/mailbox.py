#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailbox.py CAROM: `carom reports --imap` against a pretend server: mails are put away only after they are stored,
only if they held a whole report, and the password is nowhere.  Prints TAP."""
import json
import os
import re
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
from tap import ok  # noqa: E402

PASSWORD = "s3cret-pass-word"


class Box:
    """A folder: uid -> bytes; and every way to misbehave."""

    def __init__(self, mails, can_move=True):
        self.mails = dict(mails)
        self.archive, self.deleted = {}, set()
        self.can_move, self.validity = can_move, 7
        self.selects = 0
        self.made_anew = False  # after the last mail was brought, with other mails under the same numbers


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
            if box.made_anew and uid == max(box.mails):
                self.say(tag + " OK done")
                box.validity += 1
                return False
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


class TlsServer(socketserver.ThreadingTCPServer):
    """What imaps:// finds."""
    context = None

    def get_request(self):
        s, address = super().get_request()
        return (self.context.wrap_socket(s, server_side=True) if self.context else s), address

    def handle_error(self, request, address):
        pass


def run(carom, box, work, *words, password=PASSWORD, folder="reports", tls=None):
    server = TlsServer(("127.0.0.1", 0), Session)
    server.context = tls
    server.daemon_threads = True
    server.box = box
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = os.path.join(work, "password")
    with open(secret, "w") as f:
        f.write(password + "\n")
    url = "%s://127.0.0.1:%d/%s" % ("imaps" if tls else "imap", server.server_address[1], folder)
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


def certificate(work):
    """For 127.0.0.1, signed by itself: its path, and a context with it."""
    pem, key = os.path.join(work, "cert.pem"), os.path.join(work, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", pem],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return pem, context


def made_anew(carom, work):
    box = Box(mails())
    box.made_anew = True
    got = run(carom, box, work, "--store", os.path.join(work, "anew.db"), "--imap-archive", "done")
    ok(got.returncode == 3 and "UIDVALIDITY" in got.stderr and sorted(box.mails) == [3, 5] and not box.archive,
       "the folder was made anew meanwhile: nothing is moved", (got, box.archive))
    box = Box(mails())
    box.made_anew = True
    got = run(carom, box, work, "--store", os.path.join(work, "anew2.db"), "--imap-delete")
    ok(got.returncode == 3 and sorted(box.mails) == [3, 5] and not box.deleted, "nor deleted", (got, box.deleted))


def kept_apart(carom, work):
    """A report whose mail failed is stored, and stays in the mailbox however often it is read."""
    box = Box({3: b"Authentication-Results: mx.example.com; dmarc=fail header.from=receiver.example\r\n" + mails()[3]})
    words = ["--store", os.path.join(work, "apart.db"), "--imap-delete", "--no-dns", "--authserv-id", "mx.example.com"]
    got = run(carom, box, work, *words)
    ok(json.loads(got.stdout)["mails"]["kept_apart"] == 1 and got.returncode == 1 and sorted(box.mails) == [3],
       "a report whose mail failed: stored apart, and it stays", got)
    got = run(carom, box, work, *words)
    ok(json.loads(got.stdout)["mails"]["kept_apart"] == 1 and sorted(box.mails) == [3], "the next time, too", got)


def certificates(carom, work):
    pem, context = certificate(work)
    box = Box(mails())
    got = run(carom, box, work, tls=context)
    ok(got.returncode == 4 and "certificate" in got.stderr and box.selects == 0,
       "a certificate that nobody vouches for: no password is sent", got)
    got = run(carom, box, work, "--imap-ca-file", pem, tls=context)
    ok(json.loads(got.stdout)["input"]["dmarc_reports"] == 1, "trusted by --imap-ca-file", got)
    got = run(carom, box, work, "--imap-ca-file", os.path.join(work, "none.pem"), tls=context)
    ok(got.returncode == 4 and got.stderr, "a file of certificates that is not there is said", got)


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
        made_anew(carom, work)
        kept_apart(carom, work)
        certificates(carom, work)
    sys.exit(tap.end())


main()
