#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/lab/journal.py CAROM: carom serve follows a real systemd-journald through the real journalctl, as TAP.

A journald of its own, in namespaces of its own, gets the sample log over its syslog socket; serve is killed while it comes,
the journal is rotated, and bytes that are no UTF-8 come, too. What is learned must be what `carom ingest` makes of the
whole, as journalctl exports it, in both of its forms."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap  # noqa: E402
from tap import ok  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
INSIDE = "CAROM_JOURNAL_INSIDE"
NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"]
JOURNALD = "/usr/lib/systemd/systemd-journald"
PLACE = "/mnt"


def missing():
    if not os.path.exists(JOURNALD) or shutil.which("journalctl") is None:
        return "systemd-journald is not installed"
    if os.geteuid() != 0:
        return "a journald of its own needs root"
    r = subprocess.run(NAMESPACES + ["true"], capture_output=True, text=True)
    return "no namespaces of our own: " + r.stderr.strip() if r.returncode else None


def furnish():
    for folder in ("/run", PLACE):
        subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    for folder in ("/run/systemd/journal", "/run/systemd/journald.conf.d", "/run/log/journal"):
        os.makedirs(folder)
    with open("/run/systemd/journald.conf.d/lab.conf", "w") as f:
        f.write("[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nReadKMsg=no\nAudit=no\nForwardToSyslog=no\nForwardToWall=no\n")


def wait_for(condition, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return False


def carom(*words):
    return subprocess.run([sys.argv[1]] + list(words), capture_output=True, text=True, cwd=ROOT)


def events(store):
    import sqlite3
    try:
        db = sqlite3.connect(store)
        try:
            return db.execute("SELECT e.t, n.text, e.kind, e.code FROM event e JOIN recipient r ON r.id = e.recipient"
                              " JOIN name n ON n.id = e.domain ORDER BY e.t, e.id").fetchall()
        finally:
            db.close()
    except sqlite3.Error:
        return []


def recipients(store):
    import sqlite3
    db = sqlite3.connect(store)
    try:
        return db.execute("SELECT address, state, accepted, hex(trouble) FROM recipient ORDER BY address").fetchall()
    finally:
        db.close()


class Serve:
    def __init__(self):
        self.store = PLACE + "/carom.db"
        with open(PLACE + "/carom.yaml", "w") as f:
            f.write("store: %s\nlog: []\njournal: true\nstatus_socket: %s/run/status\npolicy_socket: %s/run/policy\n"
                    "pause_socket: %s/run/pause\nsocket_group: \"\"\nmap_dir: %s/maps\npacing: false\n" % (
                        self.store, PLACE, PLACE, PLACE, PLACE))

    def start(self):
        said = open(PLACE + "/said", "ab")
        self.process = subprocess.Popen([sys.argv[1], "serve", "--config", PLACE + "/carom.yaml"], stdout=said, stderr=said)

    def kill(self):
        self.process.kill()
        self.process.wait()
        time.sleep(0.3)  # the others see it

    def words(self):
        return open(PLACE + "/said", errors="replace").read()


def send(lines):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.connect("/run/systemd/journal/dev-log")
    for line in lines:
        stamp, host, tag, text = line.rstrip(b"\n").split(b" ", 3)
        s.send(b"<22>Nov 28 10:00:00 " + tag + b" " + text)
    s.close()


def exported(form, path):
    with open(path, "wb") as f:
        subprocess.run(["journalctl", "-o", form, "--no-pager", "--quiet", "SYSLOG_FACILITY=2"], stdout=f, check=True)
    store = path + ".db"
    r = carom("ingest", "--quiet", "--store", store, path)
    return store, r


def play():
    lines = open(os.path.join(ROOT, "tests", "sample", "mail.log"), "rb").readlines()
    odd = b"2020-09-20T00:00:00+00:00 mx postfix/smtp[9]: 4Bv7bj1y3hz19Zzz: to=<odd%d@cox.net>, relay=cxr.mx.a.cloudfilter.net[192.0.2.1]:25, " \
          b"delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (host cxr.mx.a.cloudfilter.net[192.0.2.1] said: 550 5.1.1 \xff\xfe \xc3\xa9 \"q\" \\ \t (in reply to RCPT TO command))\n"
    serve = Serve()
    serve.start()
    third = len(lines) // 3
    send(lines[:third])
    wait_for(lambda: len(events(serve.store)) > 50)
    serve.kill()
    send(lines[third:2 * third] + [odd % 1])
    serve.start()
    time.sleep(1)
    r = subprocess.run(["journalctl", "--rotate"], capture_output=True, text=True)
    ok(r.returncode == 0, "the journal is rotated while it is followed", r.stderr)
    send(lines[2 * third:])
    send([odd % 2])
    time.sleep(0.5)
    serve.kill()
    serve.start()
    subprocess.run(["journalctl", "--sync"], capture_output=True)
    whole, r = exported("json", PLACE + "/whole.json")
    ok(r.returncode in (0, 1), "journalctl -o json is read", r.stderr)
    want = events(whole)
    ok(wait_for(lambda: len(events(serve.store)) >= len(want)), "all of the journal is learned", (len(events(serve.store)), len(want), serve.words()[-800:]))
    serve.process.send_signal(signal.SIGTERM)
    ok(serve.process.wait(30) == 0, "serve ends cleanly")
    ok(len(want) > 300 and events(serve.store) == want, "each event once, through two kills and a rotation", (len(events(serve.store)), len(want)))
    ok(recipients(serve.store) == recipients(whole), "the recipients are those of one ingest")
    ok(any(r[0] == "odd1@cox.net" for r in recipients(serve.store)), "entries that are no UTF-8 come as lists of numbers and are read")
    other, r = exported("export", PLACE + "/whole.export")
    ok(r.returncode in (0, 1) and recipients(other) == recipients(whole) and events(other) == want, "journalctl -o export says the same", r.stderr)


def main():
    if not os.environ.get(INSIDE):
        why = missing()
        if why:
            print("ok 1 # SKIP " + why)
            print("1..1")
            return 0
        return subprocess.run(NAMESPACES + [sys.executable, "-u"] + sys.argv, env=dict(os.environ, **{INSIDE: "1"})).returncode
    sys.argv[1] = os.path.abspath(sys.argv[1])
    furnish()
    journald = subprocess.Popen([JOURNALD], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not wait_for(lambda: os.path.exists("/run/systemd/journal/dev-log") and os.path.exists("/run/systemd/journal/io.systemd.journal"), 20):
            print("ok 1 # SKIP systemd-journald does not run here")
            print("1..1")
            return 0
        play()
    finally:
        journald.kill()
    return tap.end()


sys.exit(main())
