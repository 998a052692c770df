# SPDX-License-Identifier: Apache-2.0
"""A Postfix of its own: configuration, queue, data and log below one folder; Debian's programs, unpatched."""
import os
import re
import shutil
import smtplib
import subprocess
import time

MASTER = """\
127.0.0.1:25 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n {qmgr} 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
SETTINGS = {
    "compatibility_level": "3.6",
    "myhostname": "out.example.net",
    "mydomain": "example.net",
    "mydestination": "out.example.net",
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "alias_maps": "",
    "alias_database": "",
    "biff": "no",
    "smtp_tls_security_level": "may",
    "maximal_backoff_time": "8s",
    "minimal_backoff_time": "2s",
    "queue_run_delay": "2s",
}


class Instance:
    def __init__(self, place, settings=None, master="", qmgr=2):
        self.place = place
        self.etc, self.spool = os.path.join(place, "etc"), os.path.join(place, "spool")
        self.data, self.log = os.path.join(place, "lib"), os.path.join(place, "log", "mail.log")
        self.settings = dict(SETTINGS, **(settings or {}))
        self.master, self.qmgr = MASTER.format(qmgr=qmgr) + master, qmgr

    def write(self):
        for folder in (self.etc, self.spool, self.data, os.path.dirname(self.log)):
            os.makedirs(folder, mode=0o755)
        shutil.chown(self.data, "postfix", "root")
        for name in ("postfix-files", "dynamicmaps.cf"):
            if os.path.exists("/etc/postfix/" + name):
                shutil.copy("/etc/postfix/" + name, self.etc)
        own = {"queue_directory": self.spool, "data_directory": self.data, "maillog_file": self.log,
               "maillog_file_prefixes": os.path.dirname(self.log), "daemon_directory": "/usr/lib/postfix/sbin",
               "command_directory": "/usr/sbin", "mail_owner": "postfix", "setgid_group": "postdrop"}
        with open(os.path.join(self.etc, "main.cf"), "w") as f:
            for name, value in dict(own, **self.settings).items():
                f.write("%s = %s\n" % (name, value))
        with open(os.path.join(self.etc, "master.cf"), "w") as f:
            f.write(self.master)

    def call(self, *words, check=True):
        r = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if check and r.returncode:
            raise RuntimeError("%s: %s" % (" ".join(words), (r.stdout + r.stderr).strip()))
        return r

    def postfix(self, *words, check=True):
        return self.call("postfix", "-c", self.etc, *words, check=check)

    def start(self):
        self.postfix("start")
        for _ in range(200):
            try:
                smtplib.SMTP("127.0.0.1", 25, timeout=5).quit()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("Postfix does not answer on port 25:\n" + self.read_log()[-2000:])

    def stop(self):
        self.postfix("stop", check=False)

    def flush(self):
        self.call("postqueue", "-c", self.etc, "-f")

    def read_log(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, errors="replace") as f:
            return f.read()

    def queue(self):
        """How many messages are in the queue."""
        n = 0
        for name in ("maildrop", "incoming", "active", "deferred", "hold"):
            n += sum(len(files) for _, _, files in os.walk(os.path.join(self.spool, name)))
        return n

    def statuses(self):
        return re.findall(r"status=\w+", self.read_log())


class Sender:
    """Mail into Postfix over SMTP, many messages a connection."""

    def __init__(self):
        self.smtp, self.sent = None, 0

    def send(self, sender, recipients, body="A message of the lab.\r\n", options=()):
        if self.smtp is None:
            self.smtp = smtplib.SMTP("127.0.0.1", 25, timeout=60)
        self.sent += 1
        text = "From: <%s>\r\nTo: <%s>\r\nSubject: lab %d\r\nMessage-ID: <lab-%d@example.net>\r\n\r\n%s" % (
            sender, recipients[0], self.sent, self.sent, body)
        self.smtp.sendmail(sender, recipients, text, rcpt_options=list(options))
        if self.sent % 50 == 0:
            self.close()

    def close(self):
        if self.smtp is not None:
            self.smtp.quit()
            self.smtp = None
