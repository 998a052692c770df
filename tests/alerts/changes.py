#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""changes.py CAROM: what changed outside is told once: sources that fail, receivers that stopped, keys that grew old.
Prints TAP."""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "audit"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from dns_server import Server  # noqa: E402
import tap  # noqa: E402
from tap import ok  # noqa: E402

TODAY = int(time.time()) // 86400
ED = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def run(carom, *words):
    return subprocess.run([carom, "--share", "share", *words], capture_output=True, text=True, timeout=120)


def alerts(carom, store):
    return [(a["kind"], a["subject"]) for a in json.loads(run(carom, "alerts", "--store", store, "--json").stdout)["alerts"]]


def new_store(carom, work, name):
    path = os.path.join(work, name)
    run(carom, "ingest", "--store", path, "tests/sample/mail.log")
    return path


def record(ip, count, passes):
    word = "pass" if passes else "fail"
    return ("<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>none</disposition>"
            "<dkim>%s</dkim><spf>%s</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from>"
            "</identifiers></record>" % (ip, count, word, word))


def report(folder, org, day, *records):
    begin = day * 86400
    with open(os.path.join(folder, "%s-%d.xml" % (org, day)), "w") as f:
        f.write("<feedback><report_metadata><org_name>%s</org_name><email>a@%s.test</email><report_id>%d</report_id>"
                "<date_range><begin>%d</begin><end>%d</end></date_range></report_metadata><policy_published><domain>"
                "example.com</domain><p>none</p></policy_published>%s</feedback>" %
                (org, org, day, begin, begin + 86399, "".join(records)))


def reports(carom, work):
    store, kept = new_store(carom, work, "c.db"), os.path.join(work, "r.db")
    folder = os.path.join(work, "reports")
    os.mkdir(folder)
    for day in range(TODAY - 20, TODAY):
        report(folder, "steady", day, record("192.0.2.1", 50, True))
        if day < TODAY - 6:
            report(folder, "stopped", day, record("192.0.2.1", 50, True))
    words = ["reports", "--config", "/dev/null", "--no-dns", "--no-view", "--store", kept, "--alerts", store]
    got = run(carom, *words, folder)
    ok(got.returncode == 0 and alerts(carom, store) == [("reports stopped", "stopped")], "a daily receiver that stopped",
       (got, alerts(carom, store)))
    report(folder, "other", TODAY - 1, record("198.51.100.7", 40, False), record("198.51.100.8", 3, False))
    got = run(carom, *words, folder)
    ok(alerts(carom, store)[1:] == [("new failing source", "example.com 198.51.100.7")],
       "a new source that fails, over the number of the policy", (got, alerts(carom, store)))
    got = run(carom, *words, folder)
    ok(len(alerts(carom, store)) == 2, "told once", (got, alerts(carom, store)))
    got = run(carom, *words[:-2], "--alerts", os.path.join(work, "none", "x.db"))
    ok(got.returncode == 4 and got.stderr, "a store that is not there is said", got)
    got = run(carom, "reports", "--alerts", store, folder)
    ok(got.returncode == 2 and "--store" in got.stderr, "changes are seen over what is kept", got)


def audit(carom, store, zone):
    server = Server([("keep.test", "TXT", "v=spf1 -all")] + zone, 0.001)
    port = server.start()
    got = run(carom, "audit", "--no-https", "--resolver", "127.0.0.1:%d" % port, "--store", store, "keep.test")
    server.stop()
    return got


def keys(carom, work):
    store = new_store(carom, work, "k.db")
    zone = [("s1._domainkey.keep.test", "TXT", ED), ("s2._domainkey.keep.test", "TXT", "v=DKIM1; p=")]
    got = audit(carom, store, zone)
    ok(alerts(carom, store) == [], "a key that is new to us is not old", got)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE published SET first_s = first_s - 366 * 86400")
    audit(carom, store, zone)
    got = audit(carom, store, zone)
    ok(alerts(carom, store) == [("key too old", "s1._domainkey.keep.test")], "a key of a year, told once; a revoked one is not",
       alerts(carom, store))
    zone[0] = ("s1._domainkey.keep.test", "TXT", ED.replace("11qY", "22qY"))
    got = audit(carom, store, zone)
    ok([k for k, _ in alerts(carom, store)] == ["key too old", "record changed"], "a new key is a change, and young", got)


def harvested(carom, work):
    """Selectors that nobody would guess, from a log, a sent mail, reports, and an audit before."""
    log, sent, kept = (os.path.join(work, n) for n in ("mail.log", "sent.eml", "h.db"))
    with open(log, "w") as f:
        f.write("Nov 20 10:00:00 mx opendkim[8]: 4Z: DKIM-Signature field added (s=fromlog, d=keep.test)\n")
    with open(sent, "w") as f:
        f.write("DKIM-Signature: v=1; a=rsa-sha256; d=keep.test; s=frommail; h=from; bh=AAAA; b=AAAA\nFrom: a@keep.test\n\n")
    folder = os.path.join(work, "harvest")
    os.mkdir(folder)
    row = record("192.0.2.1", 50, True).replace("</record>", "<auth_results><dkim><domain>keep.test</domain><selector>%s"
                                                "</selector><result>%s</result></dkim></auth_results></record>")
    fails = record("198.51.100.9", 30, False)
    for day in range(TODAY - 20, TODAY):
        report(folder, "r", day, row % ("fromreport", "pass"), row % ("forged", "fail"), fails)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with open(path) as f:
            text = f.read().replace("example.com", "keep.test")
        with open(path, "w") as f:
            f.write(text)
    run(carom, "reports", "--config", "/dev/null", "--no-dns", "--no-view", "--store", kept, folder)
    store = new_store(carom, work, "s.db")
    names = ("fromlog", "frommail", "fromreport", "forged", "unguessable")
    zone = [("keep.test", "TXT", "v=spf1 -all")] + [(n + "._domainkey.keep.test", "TXT", ED) for n in names]
    server = Server(zone, 0.001)
    base = ["audit", "--no-https", "--resolver", "127.0.0.1:%d" % server.start(), "--store", store, "--json"]
    got = run(carom, *base, "--log", log, "--mail", sent, "--reports", kept, "keep.test")
    page = json.loads(got.stdout)
    seen = [k["selector"] for k in page["domains"][0]["dkim"]["keys"] if k["seen_in_use"]]
    ok(sorted(seen) == ["fromlog", "frommail", "fromreport"], "selectors from logs, mails and reports", (seen, got))
    advice = page["reports"][0]
    ok(advice["readiness"] == "ready" and advice["would_be_lost"]["unknown"] == 600 and
       advice["sources"] == [{"ip": "198.51.100.9", "role": "unknown", "service": None, "messages": 600,
                              "would_be_lost": 600, "would_be_refused": 600, "failed": 600}], "what a stricter policy costs, by source", advice)
    text = run(carom, *base[:-1], "--reports", kept, "keep.test").stdout
    ok("REPORTS   keep.test: 20 reports of 20 days" in text and "198.51.100.9" in text and "publish p=quarantine" in text,
       "and as a text", text)
    server.zone["_dmarc.keep.test"] = [("TXT", "v=DMARC1; p=none; rua=mailto:d@keep.test")]
    server.zone["news.keep.test"] = [("TXT", "v=spf1 -all")]
    page = json.loads(run(carom, *base, "--reports", kept, "news.keep.test").stdout)
    ok([r["domain"] for r in page["reports"]] == ["keep.test"], "the reports of a subdomain are those of its policy",
       page["reports"])
    del server.zone["_dmarc.keep.test"], server.zone["news.keep.test"]
    with sqlite3.connect(store) as db:
        db.execute("UPDATE published SET first_s = first_s - 800 * 86400 WHERE name LIKE 'fromlog.%'")
    page = json.loads(run(carom, *base, "keep.test").stdout)["domains"][0]
    rows = {k["selector"]: k for k in page["dkim"]["keys"]}
    old = [f for f in page["findings"] if f["id"] == "dkim_old"]
    ok(sorted(rows) == ["fromlog", "frommail", "fromreport"] and len(old) == 1 and old[0]["about"] == "fromlog" and
       "800 days, and never changed" in old[0]["detail"], "found again by the store, with its age", (rows, old))
    server.zone["fromlog._domainkey.keep.test"] = [("TXT", ED.replace("11qY", "33qY"))]
    page = json.loads(run(carom, *base, "keep.test").stdout)["domains"][0]
    rows = {k["selector"]: k for k in page["dkim"]["keys"]}
    ok(rows["fromlog"]["keys_before"] == 1 and not [f for f in page["findings"] if f["id"] == "dkim_old"],
       "rotation is seen", rows)
    server.stop()
    for words in (["--log", "/nowhere"], ["--mail", "/nowhere"], ["--reports", "/nowhere"]):
        got = run(carom, "audit", *words, "keep.test")
        ok(got.returncode == 4 and "/nowhere" in got.stderr, "said: " + " ".join(words), got)


def main():
    carom = sys.argv[1]
    with tempfile.TemporaryDirectory() as work:
        reports(carom, work)
        keys(carom, work)
        harvested(carom, work)
    sys.exit(tap.end())


main()
