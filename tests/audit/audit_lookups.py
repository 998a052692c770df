#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""audit_lookups.py CAROM: whole audits against a name server of our own, 20 ms away, that also
answers in every broken way.  Prints TAP."""
import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from dns_server import Server

ED = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
FRAME = 300  # of a 64 KiB message: what is not the TXT record


def ten_includes():
    """Ten look-ups, some of them three records deep."""
    yield "ten.test", "TXT", "v=spf1 " + " ".join("include:i%d.ten.test" % i for i in range(7)) + " ~all"
    for i in range(7):
        more = " include:j%d.ten.test" % i if i < 2 else ""
        yield "i%d.ten.test" % i, "TXT", "v=spf1 ip4:192.0.2.%d%s ~all" % (i, more)
    yield "j0.ten.test", "TXT", "v=spf1 ip4:198.51.100.0/24 include:k.ten.test ~all"
    yield "j1.ten.test", "TXT", "v=spf1 ip4:203.0.113.0/24 ~all"
    yield "k.ten.test", "TXT", "v=spf1 ip4:203.0.113.9 ~all"


def tidy(domain):
    """A domain with nothing to act on."""
    yield domain, "TXT", "v=spf1 mx ip4:192.0.2.25 -all"
    yield domain, "MX", "10 mx." + domain
    yield domain, "A", "192.0.2.80"
    yield "mx." + domain, "A", "192.0.2.25"
    yield "_dmarc." + domain, "TXT", "v=DMARC1; p=reject; rua=mailto:d@" + domain
    yield "s1._domainkey." + domain, "TXT", ED
    yield "25.2.0.192.in-addr.arpa", "PTR", "mx." + domain


POLICIES = {
    "sts.test": (200, "text/plain", "version: STSv1\r\nmode: enforce\r\nmax_age: 1209600\r\nmx: mx.sts.test\r\n"),
    "other.sts.test": (200, "text/plain", "version: STSv1\nmode: enforce\nmax_age: 1209600\nmx: mx.else.test\n"),
    "html.sts.test": (200, "text/html", "version: STSv1\nmode: none\nmax_age: 1\n"),
    "moved.sts.test": (301, "text/plain", ""),
    "none.sts.test": (404, "text/plain", ""),
    "huge.sts.test": (200, "text/plain", "version: STSv1\n" * 10000),
    "badcert.test": (200, "text/plain", "version: STSv1\n"),
}


def policy_server(folder):
    """An https server for mta-sts.sts.test and mta-sts.*.sts.test; its port and its certificate."""
    pem = os.path.join(folder, "cert.pem")
    key = os.path.join(folder, "key.pem")
    names = ",".join("DNS:mta-sts." + d for d in POLICIES if d != "badcert.test")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=" + names, "-keyout", key,
                    "-out", pem], check=True, stderr=subprocess.DEVNULL)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            domain = self.headers["Host"].split(":")[0][len("mta-sts."):]
            status, kind, text = POLICIES[domain]
            self.send_response(status)
            self.send_header("Content-Type", kind + "; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Location", "https://mta-sts.sts.test/.well-known/mta-sts.txt")
            self.end_headers()
            try:
                self.wfile.write(text.encode())
            except OSError:
                pass  # who asked has had enough

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1], pem


# RFC 8463, appendix A.
MESSAGE = """DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
"""


def zone():
    yield "brisbane._domainkey.football.example.com", "TXT", ED
    yield "_dmarc.example.com", "TXT", "v=DMARC1; p=reject; rua=mailto:d@example.com"
    for d in POLICIES:
        yield from tidy(d)
        yield "_mta-sts." + d, "TXT", "v=STSv1; id=1"
        yield "mta-sts." + d, "A", "127.0.0.1"
    yield from ten_includes()
    yield from tidy("tidy.test")
    for way in ("cut", "cutalways", "liar", "onlylies", "otherquestion", "garbage", "servfail", "refused", "mute",
                "loop"):
        yield "way-%s.test" % way, "TXT", "v=spf1 ip4:192.0.2.1 -all"
    yield "big.test", "TXT", "v=spf1 " + "ip4:192.0.2.1 " * ((65535 - FRAME) // 14 - 20) + "-all"
    yield "long.test", "TXT", "v=spf1 " + "ip4:192.0.2.1 " * 2000 + "-all"
    yield "inf.test", "TXT", "v=spf1 include:n1.inf.test -all"
    for i in range(1, 3000):
        yield "n%d.inf.test" % i, "TXT", "v=spf1 " + " ".join("include:n%d.inf.test" % (3 * i + k) for k in range(3)) + " -all"
    yield "many.test", "TXT", "v=spf1 " + " ".join("include:%d.m.test" % i for i in range(3000)) + " -all"
    yield "_dmarc.many.test", "TXT", "v=DMARC1; p=reject"
    for i in range(600):
        yield "txts.test", "TXT", "verification=%d" % i
    for i in range(30):
        yield "hosts.test", "MX", "%d h%d.hosts.test" % (i, i)
    yield "_dmarc.rua.test", "TXT", "v=DMARC1; p=none; rua=" + ",".join("mailto:a@h%d.test" % i for i in range(500))
    yield "mixed.test", "TXT", "v=spf1 include:way-servfail.test -all"


class Tests:
    def __init__(self, carom, port):
        self.carom, self.port, self.n, self.bad = carom, port, 0, 0

    def run(self, *args):
        start = time.monotonic()
        p = subprocess.run([self.carom, "audit", "--resolver", "127.0.0.1:%d" % self.port, *args],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.seconds = time.monotonic() - start
        self.code, self.out, self.err = p.returncode, p.stdout.decode(), p.stderr.decode()
        return self.out

    def json(self, *args):
        return json.loads(self.run("--json", *args))["domains"][0]

    def check(self, name, ok, *more):
        self.n += 1
        self.bad += not ok
        print("%sok %d - %s" % ("" if ok else "not ", self.n, name))
        if not ok:
            print("# code %d, %.2f s %s\n# %s" % (self.code, self.seconds, more,
                                                 (self.err + self.out)[-3000:].replace("\n", "\n# ")))


def found(d, ident):
    return [f for f in d["findings"] if f["id"] == ident]


def whole_audits(t, server):
    server.queries = 0
    d = t.json("ten.test")
    print("# note: audit of a 10-include record: %.0f ms, %d queries, 20 ms away" % (1000 * t.seconds, server.queries))
    t.check("ten includes: 10 look-ups, all seen", d["spf"]["lookups"] == 10 and len(d["spf"]["tree"]) == 11)
    t.check("ten includes: under 2 seconds", t.seconds < 2)
    t.check("ten includes: the limit is near, nothing unseen", found(d, "spf_lookups_near") and not d["unseen"])
    d = t.json("tidy.test", "--ip", "192.0.2.25")
    t.check("a tidy domain: nothing to act on", t.code == 0 and not d["act"], d["findings"])
    t.check("a tidy domain: key, address, policy", d["dkim"]["keys"][0]["type"] == "ed25519"
            and d["ips"][0]["confirmed"] and d["ips"][0]["spf"] == "pass"
            and d["dmarc"]["tree_walk"]["policy"] == "reject")
    d = t.json("nowhere.test")
    t.check("a domain that does not exist: said so", t.code == 1 and len(d["findings"]) == 1
            and found(d, "name_missing"))
    t.run("tidy.test", "ten.test")
    t.check("two domains on one page", t.code == 1 and "tidy.test  0 broken" in t.out and "\nten.test  " in t.out)


def broken_answers(t):
    d = t.json("way-cut.test")
    t.check("truncated over UDP: asked again over TCP", d["spf"]["tree"][0]["found"] == "record")
    d = t.json("way-cutalways.test")
    t.check("truncated over TCP too: unseen, not absent",
            d["unseen"] and not found(d, "spf_missing") and "truncated" in json.dumps(found(d, "dns_unknown")))
    d = t.json("way-liar.test")
    t.check("another id first: the lie is dropped", d["spf"]["tree"][0]["record"].endswith("-all")
            and not found(d, "spf_all_pass"))
    for way in ("onlylies", "otherquestion"):
        d = t.json("--timeout", "3", "way-%s.test" % way)
        t.check("%s: never believed" % way, t.code == 4 and not found(d, "spf_all_pass") and t.seconds < 5)
    d = t.json("way-loop.test")
    t.check("aliases in a circle: unseen, with the reason",
            "CNAME" in json.dumps(found(d, "dns_unknown")) and t.seconds < 2)
    d = t.json("--timeout", "3", "way-garbage.test")
    t.check("garbage: unseen", d["unseen"] and t.seconds < 5)
    for way in ("servfail", "refused"):
        d = t.json("way-%s.test" % way)
        t.check("%s: unseen, not absent" % way, d["unseen"] and not found(d, "spf_missing")
                and not found(d, "dmarc_missing") and not found(d, "dkim_none") and way.upper() in json.dumps(d["findings"]))
    d = t.json("mixed.test")
    t.check("an include that cannot be seen", d["spf"]["tree"][1]["found"] == "temperror"
            and not found(d, "spf_include_broken"))
    d = t.json("big.test")
    t.check("a TXT record of 64 KB: read whole, more terms than are evaluated",
            len(d["spf"]["tree"][0]["record"]) > 64000 and "more terms" in json.dumps(found(d, "spf_syntax")))
    t.run("--timeout", "2", "way-mute.test")
    t.check("silent: ends in time, and says so", t.code == 4 and 1.5 < t.seconds < 4)


def too_much(t):
    d = t.json("inf.test")
    t.check("includes without end: the tree ends, and says so", t.seconds < 2 and len(d["spf"]["tree"]) <= 64
            and found(d, "spf_lookups") and t.json("inf.test") == d)
    t.check("and leaves look-ups for the rest", not found(d, "dns_unknown"), d["findings"])
    out = t.run("inf.test")
    t.check("in the text, too", "not all of it was looked at" in out and "testcosts" not in out)
    d = t.json("many.test")
    t.check("3,000 includes: the rest is seen", d["dmarc"]["tree_walk"]["found"] == "record" and d["spf"]["lookups"] == 3000)
    d = t.json("txts.test")
    t.check("more TXT records than are read: unseen, not absent", not found(d, "spf_missing") and d["unseen"])
    out = t.run("hosts.test")
    t.check("more mail hosts than are looked at: counted", "MX        20 hosts" in out and "and 10 more" in out)
    d = t.json("rua.test")
    t.check("hundreds of report addresses: said, and few are asked", "at least 16 addresses" in json.dumps(found(d, "dmarc_untidy"))
            and t.seconds < 2, found(d, "dmarc_untidy"))


def one_check(t):
    out = json.loads(t.run("spf", "--json", "--ip", "203.0.113.9", "--from", "x@ten.test"))
    t.check("spf: passes, with steps", t.code == 0 and out["result"] == "pass" and len(out["steps"]) >= 4)
    out = t.run("spf", "--ip", "192.0.2.99", "--from", "x@tidy.test")
    t.check("spf: fails, and says by which term", t.code == 1 and "-all: matches: fail" in out)
    out = json.loads(t.run("spf", "--json", "--ip", "198.51.100.1", "--from", "x@long.test"))
    t.check("spf: more steps than are kept: the end is there, and the rest counted", out["result"] == "fail"
            and out["steps_left_out"] == 978 and out["steps"][-1]["note"] == "matches: fail", out["steps"][-2:])
    out = t.run("spf", "--ip", "192.0.2.99", "--helo", "way-servfail.test", "--from", "")
    t.check("spf: temperror for HELO", t.code == 3 and "temperror" in out)


def one_message(t):
    with tempfile.NamedTemporaryFile("w", suffix=".eml") as f:
        f.write(MESSAGE)
        f.flush()
        d = json.loads(t.run("message", "--json", f.name))
        t.check("message: the signature holds and aligns", d["dkim"][0]["result"] == "pass" and d["dkim"][0]["aligned"]
                and d["dmarc"] == "pass" and d["policy"] == "reject" and d["spf"] is None)
        out = t.run("message", "--ip", "192.0.2.99", "--from", "x@tidy.test", f.name)
        t.check("message: SPF beside it", "SPF       fail for tidy.test, not aligned" in out and "DMARC     pass" in out)
        out = t.run("message", f.name)
        t.check("message: how it was signed", "ed25519-sha256, relaxed/relaxed, made 2018-06-10T13:38:29Z" in out)
        f.write("more")
        f.flush()
        d = json.loads(t.run("message", "--json", f.name))
        t.check("message: a changed body is found", t.code == 1 and d["dkim"][0]["result"] == "fail"
                and d["dmarc"] == "fail" and found(d, "msg_dmarc_fails"))
    with tempfile.NamedTemporaryFile("w", suffix=".eml") as f:
        f.write(MESSAGE.replace("t=1528637909", "t=999999999999; x=9223372036854775807; l=18446744073709551614"))
        f.flush()
        out = json.loads(t.run("message", "--json", f.name))["dkim"][0]
        t.check("message: times and lengths at their limits", out["expires"].startswith("9999-12-31")
                and out["result"] in ("fail", "permerror"), out)
    t.run("message", "/nonexistent.eml")
    t.check("message: a file that is not there", t.code == 4 and "/nonexistent.eml" in t.err)


def policies(t):
    with tempfile.TemporaryDirectory() as folder:
        port, pem = policy_server(folder)
        for domain, ident, words in (
                ("sts.test", None, ""),
                ("other.sts.test", "sts_policy_mx", "mx.other.sts.test"),
                ("html.sts.test", "sts_policy_unreachable", "text/html"),
                ("moved.sts.test", "sts_policy_unreachable", "redirect"),
                ("none.sts.test", "sts_policy_unreachable", "404"),
                ("huge.sts.test", "sts_policy_unreachable", "65536"),
                ("badcert.test", "sts_policy_unreachable", "certificate")):
            d = t.json("--ca-file", pem, "--https-port", str(port), domain)
            sts = [f for f in d["findings"] if f["id"].startswith("sts_")]
            t.check("policy of %s" % domain, [f["id"] for f in sts] == ([ident] if ident else [])
                    and words in json.dumps(sts), sts)
        d = t.json("--no-https", "none.sts.test")
        t.check("no https: nothing is fetched, nothing is said", not found(d, "sts_policy_unreachable"))


def wrong_usage(t):
    for args in (["--ip", "300.1.1.1", "a.test"], ["no_dot"], [], ["spf"], ["--timeout", "0", "a.test"],
                 ["--selector", "a..b", "a.test"], ["--nonsense"]):
        t.run(*args)
        t.check("usage: %s" % " ".join(args), t.code == 2 and t.err != "" and t.out == "")
    p = subprocess.run([t.carom, "audit", "--resolver", "[::1", "a.test"], stderr=subprocess.PIPE)
    t.check("usage: a resolver that is none", p.returncode in (2, 4) and b"resolver" in p.stderr or b"name server" in p.stderr)


def main():
    carom = os.path.abspath(sys.argv[1])
    server = Server(zone())
    t = Tests(carom, server.start())
    whole_audits(t, server)
    broken_answers(t)
    too_much(t)
    one_check(t)
    one_message(t)
    policies(t)
    wrong_usage(t)
    print("1..%d" % t.n)
    server.stop()
    sys.exit(1 if t.bad else 0)


main()
