#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lookups.py CAROM: `carom blocklists` against a name server of our own that plays lists: live, dead, refusing,
listing everything; with a log, a store, a key, and history.  Prints TAP."""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "audit"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from dns_server import Server  # noqa: E402
import tap  # noqa: E402
from tap import ok  # noqa: E402

KEY = "abcd1234secretkey"
IP = "198.51.100.25"


def rows(zone, listed=(), test=("127.0.0.2", "2.0.0.127"), txt="listed, see the page"):
    out = [(test[1] + "." + zone, "A", test[0])]
    for name, code in listed:
        out += [(name + "." + zone, "A", code), (name + "." + zone, "TXT", txt)]
    return out


def reverse(ip):
    return ".".join(reversed(ip.split(".")))


LIVE = (rows("zen.spamhaus.org", [(reverse(IP), "127.0.0.3"), (reverse("192.0.2.10"), "127.0.0.10")]) +
        rows("bl.spamcop.net") +
        rows("b.barracudacentral.org", [(reverse(IP), "127.255.255.254")]) +
        rows("psbl.surriel.com", [("1.0.0.127", "127.0.0.2"), (reverse(IP), "127.0.0.2")]) +
        rows("all.s5h.net", [(reverse(IP), "203.0.113.80")]) +
        rows("dbl.spamhaus.org", [("bad.example", "127.0.1.4")], ("127.0.1.2", "dbltest.com")) +
        rows(KEY + ".zen.dq.spamhaus.net", [(reverse(IP), "127.0.0.2")], txt="http://list/" + KEY + "/why"))
ZONES = ["zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org", "psbl.surriel.com", "all.s5h.net",
         "dbl.spamhaus.org", "zen.dq.spamhaus.net", "dnsbl.sorbs.net", "all.spamrats.com"]


def run(carom, zone, *words):
    server = Server(zone, 0.001)
    port = server.start()
    got = subprocess.run([carom, "--share", "share", "blocklists", "--resolver", "127.0.0.1:%d" % port, *words],
                         capture_output=True, text=True, timeout=120)
    server.stop()
    return got, server.queries


def only(zones):
    return [w for z in zones for w in ("--zone", z)]


def one_round(carom, work):
    keys = os.path.join(work, "keys")
    with open(keys, "w") as f:
        f.write("# ours\nspamhaus-dqs %s\n" % KEY)
    got, _ = run(carom, LIVE, "--json", "--keys", keys, *only(ZONES), IP, "192.0.2.10", "192.0.2.11", "bad.example")
    doc = json.loads(got.stdout)
    on = {(x["target"], x["zone"]): x for x in doc["listings"]}
    zones = {z["zone"]: z for z in doc["zones"]}
    ok(got.returncode == 1, "listed: exit code 1", got)
    ok(sorted(on) == sorted([(IP, "zen.spamhaus.org"), ("192.0.2.10", "zen.spamhaus.org"), (IP, "zen.dq.spamhaus.net"),
                             ("bad.example", "dbl.spamhaus.org")]), "what is listed, and nothing else", on.keys())
    ok(on[("192.0.2.10", "zen.spamhaus.org")]["state"] == "policy", "PBL is no verdict")
    ok(on[(IP, "zen.spamhaus.org")]["reason"] == "listed, see the page", "the list's own words")
    health = {z: zones[z]["health"] for z in ZONES}
    ok(health == {"zen.spamhaus.org": "good", "bl.spamcop.net": "good", "b.barracudacentral.org": "refuses",
                  "psbl.surriel.com": "lists everything", "all.s5h.net": "broken", "dbl.spamhaus.org": "good",
                  "zen.dq.spamhaus.net": "good", "dnsbl.sorbs.net": "not asked",
                  "all.spamrats.com": "lists nothing"}, "the health of each list", health)
    ok(zones["b.barracudacentral.org"]["unknown"] == 3 and "resolver" in zones["b.barracudacentral.org"]["says"],
       "a refusal is unknown, with the reason", zones["b.barracudacentral.org"])
    ok(KEY not in got.stdout + got.stderr and "(key)" in on[(IP, "zen.dq.spamhaus.net")]["reason"],
       "the key is never shown", got.stdout)


def history(carom, work):
    store = os.path.join(work, "c.db")
    subprocess.run([carom, "--share", "share", "ingest", "--store", store, "tests/sample/mail.log"], check=False,
                   capture_output=True)  # exit code 1: there is an incident in it
    zone = rows("zen.spamhaus.org", [(reverse(IP), "127.0.0.3")])
    words = ["--json", "--store", store, "--zone", "zen.spamhaus.org"]
    first, _ = run(carom, zone, *words)
    one = json.loads(first.stdout)["listings"]
    ok(len(one) == 1 and one[0]["new"] and one[0]["target"] == IP, "our address is known from a refusal", first)
    ok(one and one[0]["refusals"] > 0 and one[0]["providers"], "and what the listing costs", one)
    time.sleep(1.1)
    again, queries = run(carom, zone, *words)
    two = json.loads(again.stdout)["listings"]
    ok(two[0]["since"] == one[0]["since"] and not two[0]["new"], "since when is kept", two)
    ok(queries < 100, "health is not asked again within a day", queries)
    mute, _ = run(carom, [("way-mute.test", "A", "127.0.0.2")], *words, "--timeout", "3")
    ok(json.loads(mute.stdout)["listings"] == [], "no answer is no listing", mute)
    gone, _ = run(carom, rows("zen.spamhaus.org"), *words)
    ok(gone.returncode == 0, "gone: exit code 0", gone)
    alerts = subprocess.run([carom, "alerts", "--store", store, "--json"], capture_output=True, text=True)
    kinds = [a["kind"] for a in json.loads(alerts.stdout)["alerts"]]
    ok(kinds == ["new listing", "listing cleared"], "an alert at the beginning and at the end", alerts)


def ipv6(carom):
    name = "1." + "0." * 15 + "2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"
    zone = rows("zen.spamhaus.org", [(name, "127.0.0.3"), (reverse(IP), "127.0.0.3")])
    got, _ = run(carom, zone, "--json", "--zone", "zen.spamhaus.org", "2001:db8:1:2::1", "::ffff:" + IP)
    rows_ = {r["target"]: r["network"] for r in json.loads(got.stdout)["listings"]}
    ok(rows_ == {"2001:db8:1:2::1": "2001:db8:1:2::/64", IP: None}, "IPv6 in nibbles, with its network; mapped IPv4", got)
    got, _ = run(carom, zone, "--zone", "zen.spamhaus.org", "2001:db8:1:2::1")
    ok("the network as a rule: 2001:db8:1:2::/64" in got.stdout, "and in the text", got.stdout)


def audited(carom, store, record):
    zone = [("keep.test", "TXT", record), ("keep.test", "TXT", "token=%d" % len(record)), ("keep.test", "MX", "10 mx.keep.test"),
            ("mx.keep.test", "A", "192.0.2.25")]
    server = Server(zone, 0.001)
    port = server.start()
    subprocess.run([carom, "--share", "share", "audit", "--no-https", "--resolver", "127.0.0.1:%d" % port, "--store",
                    store, "keep.test"], capture_output=True, timeout=60, check=False)
    server.stop()
    got = subprocess.run([carom, "alerts", "--store", store, "--json"], capture_output=True, text=True)
    return [a for a in json.loads(got.stdout)["alerts"] if a["kind"] == "record changed"]


def changes(carom, work):
    store = os.path.join(work, "a.db")
    subprocess.run([carom, "--share", "share", "ingest", "--store", store, "tests/sample/mail.log"], check=False,
                   capture_output=True)
    ok(audited(carom, store, "v=spf1 mx -all") == [], "seen for the first time: no alert")
    ok(audited(carom, store, "v=spf1 mx -all") == [], "seen again: no alert")
    got = audited(carom, store, "v=spf1 mx a -all")
    ok(len(got) == 1 and got[0]["says"] == "was: v=spf1 mx -all; is: v=spf1 mx a -all", "changed: one alert", got)
    ok(len(audited(carom, store, "other")) == 2, "taken away: an alert")


def logs(carom):
    zone = rows("zen.spamhaus.org", [(reverse(IP), "127.0.0.3")])
    got, _ = run(carom, zone, "--log", "tests/sample/mail.log", "--zone", "zen.spamhaus.org")
    ok("it costs you" in got.stdout and "LISTED" in got.stdout, "a log alone tells the costs", got.stdout)
    ok(KEY not in got.stdout and got.returncode == 1, "and the exit code", got.returncode)


def costs(carom, work):
    """A refusal costs whom it names."""
    log = os.path.join(work, "refused.log")
    texts = (["client [%s] blocked using zen.spamhaus.org" % IP] * 6 + ["blocked using zen.spamhaus.org"] * 4 +
             ["sender domain bad.example is listed in dbl.spamhaus.org"] * 5)
    with open(log, "w") as f:
        for i, text in enumerate(texts):
            f.write("Nov 20 10:00:%02d mx postfix/qmgr[9]: 4Q%03d: from=<n@bad.example>, size=900, nrcpt=1 (queue active)\n" % (i, i))
            f.write("Nov 20 10:00:%02d mx postfix/smtp[8]: 4Q%03d: to=<u@yahoo.com>, relay=mta5.am0.yahoodns.net[192.0.2.200]:25, "
                    "delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host mta5.am0.yahoodns.net[192.0.2.200] said: "
                    "550 5.7.1 %s (in reply to RCPT TO command))\n" % (i, i, text))
    words = ["--log", log, *only(["zen.spamhaus.org", "dbl.spamhaus.org"]), "192.0.2.10"]
    got, _ = run(carom, LIVE, "--json", *words)
    rows_ = {x["target"]: (x["refusals"], x["refusals_unnamed"]) for x in json.loads(got.stdout)["listings"]}
    ok(rows_ == {IP: (6, 4), "192.0.2.10": (0, 4), "bad.example": (5, 0)}, "refusals count for whom they name", got)
    text = run(carom, LIVE, *words)[0].stdout
    ok("it costs you 6 refusals a day at 1 provider: yahoo" in text and "it may be what costs you 4 refusals" in text,
       "and in the text", text)


def wrong(carom, work):
    bad = os.path.join(work, "bad")
    with open(bad, "w") as f:
        f.write("spamhaus-dqs not..a..key\n")
    for words, code in ((["nonsense"], 2), (["--zone", "no.such.list", IP], 4), ([], 2), (["--keys", bad, IP], 4),
                        (["--lists", "share/audit.yaml", IP], 4), (["--log", "/nowhere.log"], 4)):
        got, _ = run(carom, [], *words)
        ok(got.returncode == code and got.stderr and "not..a..key" not in got.stderr, "refused: " + " ".join(words),
           got)


def silent(carom):
    got = subprocess.run([carom, "--share", "share", "blocklists", "--resolver", "127.0.0.1:9", "--zone",
                          "zen.spamhaus.org", IP], capture_output=True, text=True, timeout=60)
    ok(got.returncode == 4, "nobody answers: exit code 4", got)


def main():
    carom = sys.argv[1]
    with tempfile.TemporaryDirectory() as work:
        one_round(carom, work)
        history(carom, work)
        changes(carom, work)
        logs(carom)
        costs(carom, work)
        wrong(carom, work)
        silent(carom)
        ipv6(carom)
    sys.exit(tap.end())


main()
