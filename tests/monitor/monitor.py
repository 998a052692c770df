#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""monitor.py CAROM: `carom serve` with its monitor beside a name server of our own: off unless it is asked for, at its
intervals, what is new is told once, Postfix is answered meanwhile, and no key is in the log.  Prints TAP."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "audit"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from dns_server import Server  # noqa: E402
import tap  # noqa: E402
from tap import ok  # noqa: E402

IP, KEY = "192.0.2.25", "s3cretk3y"


class Serve:
    def __init__(self, carom, work, **more):
        self.dir = tempfile.mkdtemp(dir=work)
        for name, text in (("postmap", "#!/bin/sh\nfor last; do :; done\ncp \"${last#hash:}\" \"${last#hash:}.db\"\n"),
                           ("postqueue", "#!/bin/sh\n"), ("postconf", "#!/bin/sh\n")):
            with open(self.path(name), "w") as f:
                f.write(text)
            os.chmod(self.path(name), 0o755)
        with open(self.path("keys"), "w") as f:
            f.write("spamhaus-dqs %s\n" % KEY)
        settings = {"store": self.path("c.db"), "log": "[%s]" % self.path("mail.log"), "socket_group": '""',
                    "status_socket": self.path("status"), "policy_socket": self.path("policy"),
                    "pause_socket": self.path("pause"), "map_dir": self.path("maps"), "postmap": self.path("postmap"),
                    "postqueue": self.path("postqueue"), "monitor_keys": self.path("keys"), **more}
        with open(self.path("carom.yaml"), "w") as f:
            f.writelines("%s: %s\n" % item for item in settings.items())
        self.carom = carom

    def path(self, name):
        return os.path.join(self.dir, name)

    def start(self, *words):
        self.log = open(self.path("said"), "wb")
        self.process = subprocess.Popen([self.carom, "--share", "share", "serve", "--config", self.path("carom.yaml"),
                                         *words], stdout=self.log, stderr=self.log)
        return self

    def said(self):
        with open(self.path("said"), errors="replace") as f:
            return f.read()

    def wait(self, pattern, seconds=60, times=1):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if len(re.findall(pattern, self.said())) >= times:
                return True
            time.sleep(0.1)
        return False

    def door(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(5)
        try:
            s.connect(self.path("policy"))
            s.sendall(b"request=smtpd_access_policy\nprotocol_state=RCPT\nsender=a@b.example\nrecipient=c@d.example\n\n")
            return s.recv(1000)
        except OSError as e:
            return str(e).encode()
        finally:
            s.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "killed"


def zone():
    yield "2.0.0.127.zen.spamhaus.org", "A", "127.0.0.2"
    yield "25.2.0.192.zen.spamhaus.org", "A", "127.0.0.3"
    yield "2.0.0.127.%s.zen.dq.spamhaus.net" % KEY, "A", "127.0.0.2"
    yield "25.2.0.192.%s.zen.dq.spamhaus.net" % KEY, "A", "127.0.0.2"
    yield "25.2.0.192.%s.zen.dq.spamhaus.net" % KEY, "TXT", "http://list.test/" + KEY
    yield "keep.test", "TXT", "v=spf1 ip4:192.0.2.25 -all"
    yield "_dmarc.keep.test", "TXT", "v=DMARC1; p=reject; rua=mailto:d@keep.test"


def off(carom, work, port):
    s = Serve(carom, work, resolver='"127.0.0.1:%d"' % port, monitor_addresses="[%s]" % IP).start()
    s.wait("front.table")
    time.sleep(3)
    ok("monitor" not in s.said() and s.stop() == 0, "off unless an interval is set", s.said())


def on(carom, work, server, *words):
    how = "together" if words else "in a process of its own"
    s = Serve(carom, work, resolver='"127.0.0.1:%d"' % server.port, monitor_addresses="[%s]" % IP,
              monitor_domains="[keep.test]", monitor_blocklists=2, monitor_audits=2).start(*words)
    ok(s.wait("monitor.done what=blocklists code=1"), "blocklists are asked, " + how, s.said())
    ok(s.wait(r'monitor.alert id=\d+ kind="new listing" subject="192.0.2.25" says="zen.spamhaus.org"'),
       "a listing is told", s.said())
    ok(b"DUNNO" in s.door(), "Postfix is answered beside it", s.door())
    ok(s.wait("monitor.done what=audits code=[013]"), "domains are audited", s.said())
    ok(s.wait("monitor.done what=blocklists", times=2), "again after the interval", s.said())
    ok(len(re.findall('kind="new listing"', s.said())) == 2, "what was told is not told again", s.said())
    server.zone["keep.test"] = [("TXT", "v=spf1 -all")]
    ok(s.wait('monitor.alert .*kind="record changed" subject="keep.test TXT"'), "a record that changed is told", s.said())
    ok(s.stop() == 0, "and it ends", s.said())
    ok('says="zen.dq.spamhaus.net"' in s.said() and KEY not in s.said(), "a list was asked with its key, which is not in the log",
       s.said())
    server.zone["keep.test"] = [("TXT", "v=spf1 ip4:192.0.2.25 -all")]


def deaf(carom, work):
    s = Serve(carom, work, resolver='"127.0.0.1:1"', monitor_domains="[keep.test]", monitor_audits=1).start()
    ok(s.wait("monitor.done what=audits code=4 .*learned nothing"), "nobody answers: said, and no alert", s.said())
    ok("monitor.alert" not in s.said() and s.stop() == 0, "nothing is made of it", s.said())


def main():
    carom = sys.argv[1]
    server = Server(zone(), 0.001)
    port = server.start()
    with tempfile.TemporaryDirectory() as work:
        off(carom, work, port)
        on(carom, work, server)
        on(carom, work, server, "--single")
        deaf(carom, work)
    sys.exit(tap.end())


main()
