#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/lab/log.py CAROM [--keep DIR]: the log of a real Postfix against what its peers know they answered, as TAP.

A private Postfix sends the messages of log.yaml to pretend providers.  Then `carom analyze --json` reads its log: the
counts and stages of each group must be those of the providers' ledgers, and no line may be not understood."""
import collections
import json
import os
import shutil
import subprocess
import sys
import time

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import tap  # noqa: E402
import world  # noqa: E402
from instance import Instance, Sender  # noqa: E402
from tap import ok  # noqa: E402

TIMEOUTS = ("connect helo starttls mail rcpt data_init data_xfer data_done quit rset xforward").split()
SENDER = "list@sender.test"
PROBE = "probe@rcpt5.test"  # asked about with sendmail -bv, which delivers nothing
STATUS_REPORTS = 2  # notifications that report no failure: of NOTIFY=SUCCESS, and of sendmail -bv
ROUNDS = 3  # the first attempt, a flush, and the flush at which the message is given up
EXTRA_MASTER = """\
fine unix - n n - - pipe user=nobody argv=/bin/true
later unix - n n - - pipe user=nobody argv=/bin/sh -c {{exit 75}}
never unix - n n - - pipe user=nobody argv=/bin/sh -c {{exit 67}}
soft unix - - n - - smtp -o soft_bounce=yes
filtered unix - - n - - smtp -o smtp_delivery_status_filter=regexp:{etc}/filter
slow unix - - n - - smtp -o syslog_name=postfix/slow
"""


# ---- the cases ----

def domain_of(case):
    return case["name"] + ".test"


def specs_of(cases):
    specs = [{"name": "sender", "domains": ["sender.test"], "mx": ["mx.sender.test"]}]
    for case in cases:
        if "dns" in case or ("via" in case and "provider" not in case):
            continue
        spec = {"name": case["name"], "domains": [domain_of(case)], "mx": ["mx." + domain_of(case)]}
        specs.append(dict(spec, **case.get("provider", {})))
    return specs


def zone_of(cases):
    return [(domain_of(c), kind, value) for c in cases if isinstance(c.get("dns"), dict) for kind, value in c["dns"].items()]


def messages_of(case):
    send = case["send"]
    rows = [["good"]] * send if isinstance(send, int) else send
    return [["%s@%s" % (local, domain_of(case)) for local in row] for row in rows]


def build(place, cases):
    etc = os.path.join(place, "etc")
    settings = {"smtp_%s_timeout" % t: "2s" for t in TIMEOUTS}
    settings.update({
        "queue_run_delay": "1h", "minimal_backoff_time": "1s", "maximal_backoff_time": "1s",
        "transport_maps": "texthash:%s/transport" % etc,
        "smtp_tls_policy_maps": "texthash:%s/tls" % etc,
        "lmtp_destination_recipient_limit": "50",
        "virtual_mailbox_base": "/mnt/boxes", "virtual_mailbox_maps": "texthash:%s/boxes" % etc,
        "virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534",
        "mydestination": "out.example.net to-local.test", "local_recipient_maps": "",
        "virtual_mailbox_domains": "to-virtual.test", "smtpd_reject_unlisted_recipient": "no",
        "home_mailbox": "box/", "local_command_shell": "/bin/true",
        "mailbox_command": "/bin/true"})
    p = Instance(place, settings, EXTRA_MASTER.format(etc=etc), qmgr=300)
    p.write()
    rows = ["%s %s" % (domain_of(c), c["via"]) for c in cases if "via" in c]
    rows += ["%s lmtp:inet:mx.%s:25" % (domain_of(c), domain_of(c)) for c in cases if c.get("lmtp")]
    texts = {"transport": rows, "tls": ["%s %s" % (domain_of(c), c["tls"]) for c in cases if "tls" in c],
             "boxes": ["good@to-virtual.test good/"], "filter": [r"/^5(\.[^ ]+ .*)/ 4$1"]}
    for name, lines in texts.items():
        with open(os.path.join(etc, name), "w") as f:
            f.write("\n".join(lines) + "\n")
    os.makedirs("/mnt/boxes")
    os.chown("/mnt/boxes", 65534, 65534)
    return p


def settle(p, seconds=40):
    """Until everything is either delivered or deferred, and stays so."""
    calm = 0
    for _ in range(seconds * 10):
        busy = sum(len(f) for d in ("maildrop", "incoming", "active") for _, _, f in os.walk(os.path.join(p.spool, d)))
        calm = 0 if busy else calm + 1
        if calm >= 8:
            return
        time.sleep(0.1)
    raise RuntimeError("the queue did not come to rest:\n" + p.read_log()[-3000:])


def play(p, cases):
    s = Sender()
    for case in cases:
        for recipients in messages_of(case):
            s.send(SENDER, recipients)
    s.send("", ["gone@rcpt5.test"])  # a bounce that bounces
    s.send(SENDER, ["good@accepts.test"], options=["NOTIFY=SUCCESS"])
    s.send(SENDER, ["good@rcpt5.test"], options=["NOTIFY=NEVER"])
    s.close()
    p.call("sendmail", "-C", p.etc, "-f", SENDER, "-i", "good@accepts.test")  # by pickup
    p.call("sendmail", "-C", p.etc, "-f", SENDER, "-bv", "good@accepts.test", PROBE)
    settle(p)
    p.flush()  # what was deferred is tried again
    settle(p)
    with open(os.path.join(p.etc, "main.cf"), "a") as f:
        f.write("maximal_queue_lifetime = 1s\nbounce_queue_lifetime = 1s\n")
    p.postfix("reload")
    p.flush()
    settle(p)


# ---- the comparison ----

def add(counts, stages, what, stage, n=1):
    counts[what] += n
    if what != "accepted":
        stages[stage][what == "rejected"] += n


def truth_of(case, ledger, counts, stages):
    """What became of the case's recipients: counts by outcome, and [deferred, rejected] by stage."""
    if "truth" in case:
        for what in ("accepted", "deferred", "rejected"):
            n = case["truth"].get(what, 0)
            add(counts, stages, what, case["truth"].get("at"), n * ROUNDS if what == "deferred" else n)
        return
    for e in ledger:
        if e.provider == case["name"] and case.get("only", e.stage) == e.stage and e.recipient != PROBE:
            what = e.what if e.what == "accepted" else case.get("as", e.what)
            add(counts, stages, what, case.get("stage", e.stage))


def given_up(case, ledger):
    """How many of the case's messages were still waiting at the end."""
    if "truth" in case:
        return case["truth"].get("deferred", 0)
    counts = collections.Counter()
    truth_of(case, [e for e in ledger if e.provider == case["name"]][-1:], counts, collections.defaultdict(lambda: [0, 0]))
    return len(messages_of(case)) if counts["deferred"] else 0


def compare(cases, ledger, group):
    """Of the cases that make one group of carom's report: None, or how the two differ."""
    counts, stages = collections.Counter(), collections.defaultdict(lambda: [0, 0])
    for case in cases:
        truth_of(case, ledger, counts, stages)
    want = {k: counts[k] for k in ("accepted", "deferred", "rejected")}
    want["expired"] = sum(given_up(case, ledger) for case in cases)
    want_stages = {k: v for k, v in stages.items() if v != [0, 0]}
    if group is None:
        return "the provider says %s %s\ncarom has no such group" % (want, want_stages)
    got = {k: group[k] for k in want}
    got_stages = {k: [v["deferred"], v["rejected"]] for k, v in group["stages"].items()}
    if got != want or got_stages != want_stages:
        return "the provider says %s %s\ncarom says        %s %s" % (want, want_stages, got, got_stages)
    return None


def judge(cases, ledger, report):
    groups = {g["name"]: g for g in report["providers"]}
    by_group = collections.defaultdict(list)
    for case in cases + [{"name": "sender", "send": []}]:
        by_group[case.get("group", domain_of(case))].append(case)
    for name, members in by_group.items():
        wrong = compare(members, ledger, groups.get(name))
        ok(wrong is None, name, wrong)
    extra = sorted(set(groups) - set(by_group) - {"(no domain)"})
    ok(not extra, "no group that nobody sent to", extra)
    bounces = sum(e.provider == "sender" for e in ledger)
    said = report["input"]["non-delivery notifications sent"]
    ok(said + STATUS_REPORTS == bounces, "notifications", "the sender got %d, carom says %d" % (bounces, said))
    wanted = sum(given_up(c, ledger) for c in cases)
    expired = sum(g["expired"] for g in report["providers"])
    ok(wanted == expired, "messages that were given up", "%d waited, carom says %d" % (wanted, expired))
    for what in ("lines of Postfix that were not understood", "lines that are no log lines", "lines of other programs"):
        ok(report["input"][what] == 0, what + ": none", report["input"])


def main():
    why = world.enter()
    if why:
        print("ok 1 # SKIP " + why)
        print("1..1")
        return 0
    carom = sys.argv[1]
    with open(os.path.join(HERE, "log.yaml")) as f:
        cases = yaml.safe_load(f)
    w = world.World(specs_of(cases), zone_of(cases))
    w.start()
    p = build("/mnt/out", cases)
    try:
        p.start()
        play(p, cases)
    finally:
        p.stop()
        if "--keep" in sys.argv:
            shutil.copy(p.log, sys.argv[sys.argv.index("--keep") + 1])
    run = subprocess.run([carom, "analyze", "--json", p.log], capture_output=True, text=True)
    print("# note: %d messages, %d answers of providers, %d lines of log" % (
        sum(len(messages_of(c)) for c in cases), len(w.ledger()), p.read_log().count("\n")))
    ok(run.returncode in (0, 1), "carom analyze", run.stderr)
    judge(cases, w.ledger(), json.loads(run.stdout))
    return tap.end()


sys.exit(main())
