#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/scenarios/play.py CAROM [FILE...]: incidents that are on record, played through `carom detect`.

A scenario file says what is known of an event (when, which replies, what share of the mail) and what
must come out.  README.md beside this file has the members.  What the record does not say (volume, how
many senders) is the same for all: a middling sender.  Prints TAP."""
import datetime
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SENDERS = ("news", "shop", "forum", "bank")
DAY = 86400.0
CHURN = 0.0015     # of mail to living recipients: natural unknown users
NEW_SHARE = 0.08   # of mail: to addresses that nobody mailed before
NEW_DEAD = 0.03    # of those: mistyped
TEMP = 0.008       # natural temporary failures
RETESTED = 0.3     # of refused recipients: another mail goes out within hours, as to any grey-listed one
OK = {"code": 250, "enh": "2.0.0", "text": "ok"}


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class World:
    """Recipients and what became of them; draws the events of one scenario in order of time."""

    def __init__(self, s):
        self.s = s
        self.rng = random.Random(s["name"])
        self.start = seconds(s["start"])
        self.end = self.start + s["hours"] * 3600
        self.people = [self.person(known=True) for _ in range(s.get("recipients", 6000))]
        self.history = {p["rcpt"]: p["ok"] for p in self.people}
        self.events = []
        self.again = []            # [(when, person)]
        self.false = {}            # event id -> person: refused although alive
        self.true = {}             # event id -> person: gone for good by what the scenario tells
        self.accepted_after = set()

    def person(self, known):
        n = len(getattr(self, "people", [])) + self.rng.randrange(10 ** 9)
        domain = self.rng.choice(self.s["domains"])
        return {"rcpt": "u%d@%s" % (n, domain), "domain": domain, "dead": False, "luck": self.rng.random(),
                "known": known, "ok": self.start - self.rng.expovariate(1 / 6.0) * DAY, "refused": False}

    def gone(self, p, t):
        """Whether the scenario has taken this mailbox away for good."""
        for g in self.s.get("gone", []):
            a, b = seconds(g["from"]), seconds(g["until"])
            if t < a or not p["known"] or ("domains" in g and p["domain"] not in g["domains"]):
                continue
            if p["luck"] < g["share"] * min(1.0, (t - a) / max(1.0, b - a)):
                return g["reply"]
        return None

    def window(self, t):
        for w in self.s.get("windows", []):
            if seconds(w["from"]) <= t < seconds(w["until"]):
                return w
        return None

    def answer(self, p, t):
        """(reply, is a lie, is the scenario's truth)"""
        w = self.window(t)
        if w and self.rng.random() < w["share"]:
            reply = self.rng.choices(w["replies"], [r.get("weight", 1) for r in w["replies"]])[0]
            return reply, reply["code"] >= 500 and not p["dead"] and not self.gone(p, t), False
        reply = self.gone(p, t)
        if reply:
            return reply, False, True
        if p["dead"]:
            return self.s["unknown"], False, False
        if self.rng.random() < TEMP:
            return {"code": 451, "enh": "4.3.0", "text": "Temporary system problem, try again later"}, False, False
        return OK, False, False

    def send(self, p, t, camp, sender):
        reply, lie, truth = self.answer(p, t)
        hosts = self.s["hosts"]
        if "hosts_after" in self.s and t >= seconds(self.s["hosts_after"]["at"]):
            hosts = self.s["hosts_after"]["hosts"]
        n = len(self.events)
        self.events.append({
            "id": n, "t": round(t, 3), "prov": self.s["provider"], "dom": p["domain"], "mx": self.rng.choice(hosts),
            "snd": sender, "camp": camp, "att": 1, "rcpt": p["rcpt"], "stage": "rcpt", "code": reply["code"],
            "enh": reply["enh"], "text": reply["text"].replace("{r}", p["rcpt"])})
        if reply["code"] < 300:
            p["refused"] = False
            self.accepted_after.add(p["rcpt"])
        elif reply["code"] >= 500:
            p["refused"] = True
            if lie and p["known"]:
                self.false[n] = p
            if truth:
                self.true[n] = p
            if self.rng.random() < RETESTED:
                self.again.append((t + self.rng.uniform(1200, 10800), p))

    def pick(self):
        if self.rng.random() < NEW_SHARE:
            p = self.person(known=False)
            p["dead"] = self.rng.random() < NEW_DEAD
            return p
        p = self.rng.choice(self.people)
        p["dead"] = p["dead"] or self.rng.random() < CHURN
        return p

    def run(self):
        t = self.start
        while t < self.end:
            t += self.rng.expovariate(self.s["per_hour"] / 3600.0)
            self.again.sort(key=lambda x: x[0])
            while self.again and self.again[0][0] <= t:
                when, p = self.again.pop(0)
                self.send(p, when, "again", self.rng.choice(SENDERS))
            p = self.pick()
            if not p["refused"]:
                sender = self.rng.choice(SENDERS)
                self.send(p, t, sender + "-tx", sender)


def detect(carom, world):
    with tempfile.TemporaryDirectory(prefix="carom-scenario-") as work:
        events, history = os.path.join(work, "events"), os.path.join(work, "history")
        with open(events, "w") as out:
            out.writelines(json.dumps(e) + "\n" for e in world.events)
        with open(history, "w") as out:
            out.writelines('{"rcpt":"%s","ok":%.0f}\n' % x for x in world.history.items())
        run = subprocess.run([carom, "detect", "--json", "--quiet", "--history", history, "--events", events],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if run.returncode:
        raise RuntimeError("carom detect ended with %d: %s" % (run.returncode, run.stderr.decode()[:300]))
    return [json.loads(line) for line in run.stdout.decode().splitlines()]


class Outcome:
    """What was decided, in the terms of the record."""

    def __init__(self, decisions):
        self.retracted = [d for d in decisions if d["ev"] == "retract"]
        self.taken_back = {d["id"] for d in self.retracted}
        self.open = [dict(d) for d in decisions if d["ev"] == "open"]
        self.cause = {d["id"]: d["cause"] for d in decisions if d["ev"] in ("open", "cause")}
        self.close = {d["id"]: d for d in decisions if d["ev"] == "close"}
        self.action = {}
        for d in decisions:
            if d["ev"] == "amend":
                self.action.update({item[0]: item[1] for item in d["items"]})

    def of_provider(self):
        return [d for d in self.open if self.cause[d["id"]] in ("false_unknown", "outage") and d["id"] not in self.taken_back]


def check_window(outcome, want, minutes=60):
    """None, or what is wrong with how this window was noticed."""
    a, b = seconds(want["from"]), seconds(want["until"])
    within = want.get("notice_minutes", 30) * 60
    mine = [d for d in outcome.of_provider() if a - 60 <= d["t"] <= b]
    if not mine:
        return "the window from %s was not noticed" % want["from"]
    d = mine[0]
    if outcome.cause[d["id"]] != want["cause"]:
        return "cause %s, expected %s" % (outcome.cause[d["id"]], want["cause"])
    if d["t"] - a > within:
        return "noticed after %.0f minutes, expected at most %.0f" % ((d["t"] - a) / 60, within / 60)
    if abs(d["t_on"] - a) > want.get("onset_minutes", 30) * 60:
        return "dated %.0f minutes from its start" % ((d["t_on"] - a) / 60)
    last = outcome.close.get(mine[-1]["id"])
    if not last:
        return "never closed"
    if abs(last["t_end"] - b) > want.get("end_minutes", minutes) * 60:
        return "said to be over %.0f minutes from its end" % ((last["t_end"] - b) / 60)
    return None


def check_taken_back(outcome, want):
    """None, or what is wrong with how an incident was found to be of true refusals."""
    a = seconds(want["from"])
    mine = [d for d in outcome.retracted if a <= d["t"] <= a + want["within_hours"] * 3600]
    if not mine:
        return "nothing was taken back within %g hours of %s" % (want["within_hours"], want["from"])
    if mine[0]["cause"] != want["cause"]:
        return "taken back as %s, expected %s" % (mine[0]["cause"], want["cause"])
    if want["moved"] != (mine[0]["who"] is not None):
        return "moved to %s" % mine[0]["who"]
    return None


def problems(s, world, outcome):
    found = [p for p in (check_window(outcome, w) for w in s["expect"].get("incidents", [])) if p]
    found += [p for p in (check_taken_back(outcome, w) for w in s["expect"].get("taken_back", [])) if p]
    known = [(seconds(w["from"]) - 60, seconds(w["until"]) + 3600) for w in s["expect"].get("incidents", [])]
    for d in outcome.of_provider():
        if not any(a <= d["t"] <= b for a, b in known):
            found.append("a false alarm: %s at %s" % (outcome.cause[d["id"]], d["t"]))
    lost = {p["rcpt"] for n, p in world.false.items() if outcome.action.get(n, "keep") == "keep"}
    lost -= {p["rcpt"] for n, p in world.false.items() if outcome.action.get(n) in ("unsuppress", "retest")}
    lost -= world.accepted_later(s)
    if lost:
        found.append("%d of %d known-good recipients would stay suppressed" % (len(lost), len(world.false)))
    freed = sum(1 for n in world.true if outcome.action.get(n) == "unsuppress")
    if world.true and freed > 0.05 * len(world.true):
        found.append("%d of %d who are gone were taken back" % (freed, len(world.true)))
    return found


def accepted_later(world, s):
    """Recipients whose mail was accepted within a day of the last window."""
    ends = [seconds(w["until"]) for w in s.get("windows", [])]
    if not ends:
        return set()
    return {e["rcpt"] for e in world.events if e["code"] < 300 and max(ends) <= e["t"] <= max(ends) + DAY}


World.accepted_later = accepted_later


def main():
    carom = sys.argv[1] if len(sys.argv) > 1 else "build/carom"
    files = sys.argv[2:] or sorted(glob.glob(os.path.join(HERE, "*.json")))
    print("1..%d" % len(files))
    for n, path in enumerate(files, 1):
        with open(path) as f:
            s = json.load(f)
        world = World(s)
        world.run()
        found = problems(s, world, Outcome(detect(carom, world)))
        print("%s %d - %s (%d events, %d refusals of living recipients)"
              % ("not ok" if found else "ok", n, s["name"], len(world.events), len(world.false)))
        for line in found:
            print("# " + line)


if __name__ == "__main__":
    main()
