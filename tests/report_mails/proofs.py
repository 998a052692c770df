#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""proofs.py CAROM: reports in mails that are signed by who they name, by somebody else, or by nobody, read by
`carom reports` beside a name server of our own.  Prints TAP."""
import base64
import hashlib
import json
import os
import re
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


REPORT = """<feedback><report_metadata><org_name>%s</org_name><email>%s</email><report_id>%s</report_id>
<date_range><begin>1763596800</begin><end>1763683199</end></date_range></report_metadata>
<policy_published><domain>example.com</domain><p>none</p></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>%d</count><policy_evaluated><disposition>none</disposition>
<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from>
</identifiers></record></feedback>
"""


def report(number, count=10, org="Receiver", email="dmarc@receiver.test"):
    return REPORT % (org, email, number, count)


def mail(text, author="reports@receiver.test", head=""):
    return ("%sFrom: %s\r\nTo: d@example.com\r\nSubject: Report\r\nMIME-Version: 1.0\r\nContent-Type: text/xml\r\n"
            "\r\n%s" % (head, author, re.sub("\r?\n", "\r\n", text)))


class Signer:
    """A domain with a key: relaxed/relaxed, rsa-sha256 (RFC 6376)."""

    def __init__(self, folder, domain):
        self.domain, self.pem = domain, os.path.join(folder, domain + ".pem")
        subprocess.run(["openssl", "genrsa", "-out", self.pem, "2048"], check=True, capture_output=True)
        der = subprocess.run(["openssl", "rsa", "-in", self.pem, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.record = ("k1._domainkey." + domain, "TXT", "v=DKIM1; p=" + base64.b64encode(der).decode())

    def sign(self, message):
        head, body = message.split("\r\n\r\n", 1)
        lines = [re.sub(r"[ \t]+", " ", line).rstrip(" ") for line in body.split("\r\n")]
        canonical = "\r\n".join(lines).rstrip("\r\n") + "\r\n"
        value = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=k1; h=from:subject; bh=%s; b=" % (
            self.domain, base64.b64encode(hashlib.sha256(canonical.encode()).digest()).decode())
        fields = dict(line.split(":", 1) for line in head.split("\r\n"))
        text = "".join("%s:%s\r\n" % (n.lower(), fields[n].strip()) for n in ("From", "Subject"))
        text += "dkim-signature:" + value
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.pem], input=text.encode(), check=True,
                                   capture_output=True).stdout
        return "DKIM-Signature: %s%s\r\n%s" % (value, base64.b64encode(signature).decode(), message)


class Reader:
    def __init__(self, carom, work, resolver):
        self.carom, self.work, self.resolver = carom, work, resolver
        self.settings = os.path.join(work, "carom.yaml")
        with open(self.settings, "w") as f:
            f.write("# nothing\n")
        self.stores = 0

    def store(self):
        self.stores += 1
        return os.path.join(self.work, "r%d.db" % self.stores)

    def read(self, mails, *words, store=None, resolver=None):
        paths = []
        for i, text in enumerate(mails):
            paths.append(os.path.join(self.work, "mail-%d.eml" % i))
            with open(paths[-1], "w", newline="") as f:
                f.write(text)
        got = subprocess.run([self.carom, "--share", "share", "reports", "--config", self.settings, "--resolver",
                              resolver or self.resolver, "--json", *(["--store", store] if store else []), *words,
                              *paths], capture_output=True, text=True, timeout=120)
        return (json.loads(got.stdout) if got.stdout else {}), got


def messages(page):
    return sum(d["all"]["messages"] for d in page["domains"])


def proven_and_failed(reader, receiver, evil):
    store = reader.store()
    page, got = reader.read([receiver.sign(mail(report("1")))], store=store)
    ok(page["mails"]["proven"] == 1 and messages(page) == 10, "signed by whom it names: proven and counted", got)
    forged = evil.sign(mail(report("2", 5000), author="x@evil.test"))
    broken = receiver.sign(mail(report("3", 7))).replace("<count>7<", "<count>9000<")
    page, got = reader.read([forged, broken], store=store)
    ok(page["mails"] == {"proven": 1, "proven_by_server": 0, "not_told": 0, "no_mail": 0, "not_looked_at": 0,
                         "kept_apart": 2} and messages(page) == 10,
       "signed by another, and changed on the way: kept apart, in no sum", got)
    ok(sorted(a["author"] for a in page["apart"]) == ["evil.test", "receiver.test"] and
       sorted(a["messages"] for a in page["apart"]) == [5000, 9000] and page["input"]["kept_apart"] == 2 and
       got.returncode == 1, "who, as whom and how many is shown, and the exit code says so", got)
    page, got = reader.read([], "--apart", store=store)
    ok(messages(page) == 14000, "--apart shows those and nothing else", got)
    page, got = reader.read([receiver.sign(mail(report("2", 20)))], store=store)
    ok(messages(page) == 30 and page["mails"]["kept_apart"] == 2, "a forged one does not stand in the way of the true one",
       got)
    got = subprocess.run([reader.carom, "--share", "share", "reports", "--config", reader.settings, "--no-dns", "--csv",
                          "--store", store], capture_output=True, text=True, timeout=60)
    ok("9000" not in got.stdout and "5000" not in got.stdout and ",pass,dkim,receiver.test" in got.stdout,
       "nor in the CSV", got)


def better_and_worse(reader, receiver):
    store = reader.store()
    page, got = reader.read([mail(report("1", 400))], store=store)
    ok(page["mails"]["not_told"] == 1 and messages(page) == 400, "not signed: counted, and said", got)
    page, got = reader.read([receiver.sign(mail(report("1", 10)))], store=store)
    ok(page["mails"]["proven"] == 1 and messages(page) == 10, "the proven one takes its place", got)
    page, got = reader.read([report("7")], "--no-dns")
    ok(page["mails"]["no_mail"] == 1, "a file has no mail", got)
    page, got = reader.read([receiver.sign(mail(report("1")))], "--no-dns")
    ok(page["mails"]["not_told"] == 1, "--no-dns: nothing is asked", got)


def by_a_server(reader, receiver):
    said = "Authentication-Results: mx.example.com; dmarc=%s header.from=receiver.test\r\n"
    good, bad, none = (mail(report(n), head=h) for n, h in (("1", said % "pass"), ("2", said % "fail"), ("3", "")))
    page, got = reader.read([good, bad, none], "--no-dns")
    ok(page["mails"]["not_told"] == 3, "no server is named: its word is worth nothing", got)
    page, got = reader.read([good, bad, none], "--no-dns", "--authserv-id", "mx.example.com")
    ok(page["mails"]["proven_by_server"] == 1 and page["mails"]["kept_apart"] == 2, "a named server is believed", got)
    with open(reader.settings, "w") as f:
        f.write("report_servers: [mx.example.com]\nreport_senders: [vendor.test]\n")
    page, got = reader.read([good, mail(report("9"), author="r@vendor.test", head=said % "pass")], "--no-dns")
    ok(page["mails"]["proven_by_server"] == 1 and page["mails"]["kept_apart"] == 1,
       "named in the settings; its word is about another domain", got)
    vendor = mail(report("9"), author="r@vendor.test", head=(said % "pass").replace("receiver", "vendor"))
    page, got = reader.read([vendor], "--no-dns")
    ok(page["mails"]["proven_by_server"] == 1, "a sender of the settings may name others", got)
    with open(reader.settings, "w") as f:
        f.write("report_servers: mx\n")
    page, got = reader.read([good], "--no-dns")
    ok(got.returncode == 4 and "carom.yaml:1" in got.stderr, "settings that are wrong are said", got)
    with open(reader.settings, "w") as f:
        f.write("# nothing\n")


def nobody_answers(reader, receiver):
    """A resolver that takes questions and never answers: it must not take hours."""
    hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hole.bind(("127.0.0.1", 0))
    mails = [receiver.sign(mail(report(str(i)))).replace("s=k1", "s=k%d" % i) for i in range(40)]
    began = time.time()
    page, got = reader.read(mails, resolver="127.0.0.1:%d" % hole.getsockname()[1])
    took = time.time() - began
    ok(page["mails"]["not_told"] == 40 and took < 60, "a silent resolver: not told, after %.0f s" % took, got)
    hole.close()
    page, got = reader.read([mails[0]], resolver="127.0.0.1:1")
    ok(page["mails"]["not_told"] == 1, "no resolver there", got)
    page, got = reader.read([mails[0]], resolver="127.0.0.1:x")
    ok(got.returncode == 4 and "expected HOST" in got.stderr, "a resolver that is none is said", got)


def main():
    with tempfile.TemporaryDirectory() as work:
        receiver, evil = Signer(work, "receiver.test"), Signer(work, "evil.test")
        server = Server([receiver.record, evil.record])
        server.start()
        reader = Reader(sys.argv[1], work, "127.0.0.1:%d" % server.port)
        proven_and_failed(reader, receiver, evil)
        better_and_worse(reader, receiver)
        by_a_server(reader, receiver)
        nobody_answers(reader, receiver)
    sys.exit(tap.end())


main()
