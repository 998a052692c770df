#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/lab/play.py CAROM SCENARIO.yaml alone|carom [WORD=TEXT ...]: one run of a scenario, in a world of its own; the result as JSON.

The same mail goes through a private Postfix, alone or with carom beside it.  doc/lab.md explains scenarios and figures."""
import collections
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import world  # noqa: E402
from instance import Instance, Sender  # noqa: E402

PLACE = "/mnt/carom"
KINDS = ("none", "down", "up", "pause", "resume")  # decide/pace.h
SENDERS = ("news@a.example.net", "shop@b.example.net", "club@c.example.net")


def policy(changes):
    """share/policy.yaml with other values; times are scaled so, and nothing else is."""
    share = os.path.join(os.path.dirname(os.path.dirname(HERE)), "share", "policy.yaml")
    with open(share) as f:
        rows = yaml.safe_load(f)
    for name, value in changes.items():
        next(section for section in rows.values() if name in section)[name]["value"] = value
    with open(PLACE + "/policy.yaml", "w") as f:
        yaml.safe_dump(rows, f)
    return PLACE + "/policy.yaml"


class Serve:
    """carom serve with settings of its own, set up by carom postfix setup."""

    def __init__(self, program, postfix, settings):
        self.program, self.postfix, self.process = program, postfix, None
        for folder in ("/run", "/state"):
            os.makedirs(PLACE + folder)
        # What is learned is on a disk of its own, that can be filled.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "none", PLACE + "/state"], check=True)
        self.kept_up = False  # as systemd does with Restart=always and RestartSec=2
        self.settings = dict({
            "store": PLACE + "/state/carom.db", "log": [postfix.log], "status_socket": PLACE + "/run/status",
            "policy_socket": PLACE + "/run/policy", "pause_socket": PLACE + "/run/pause", "map_dir": PLACE + "/maps", "postfix_config": postfix.etc,
            "release_every": 2, "policy": policy(settings.pop("policy", {}))}, **settings)
        with open(PLACE + "/carom.yaml", "w") as f:
            yaml.safe_dump(self.settings, f)
        open(postfix.log, "a").close()

    def start(self):
        said = open(PLACE + "/said", "ab")
        self.process = subprocess.Popen([self.program, "serve", "--config", PLACE + "/carom.yaml"], stdout=said, stderr=said)
        for _ in range(200):
            if os.path.exists(PLACE + "/run/policy") and os.path.exists(PLACE + "/maps/transport.db"):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("carom serve did not begin:\n" + open(PLACE + "/said").read()[-2000:])

    def setup(self):
        r = subprocess.run([self.program, "postfix", "setup", "--apply", "--config", PLACE + "/carom.yaml"], capture_output=True,
                           text=True)
        if r.returncode:
            raise RuntimeError("carom postfix setup: " + r.stdout + r.stderr)

    def everybody(self):
        """The supervisor and its parts."""
        out, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            out.append(pid)
            with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
                todo += [int(c) for c in f.read().split()]
        return out

    def signal_all(self, number):
        for pid in self.everybody():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def stop(self):
        self.kept_up = False
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.signal_all(signal.SIGKILL)

    def keep_up(self):
        self.kept_up = True

        def watch():
            while self.kept_up:
                self.process.wait()
                time.sleep(2)
                if self.kept_up:
                    self.start()
        threading.Thread(target=watch, daemon=True).start()

    def wait_closed(self, seconds):
        """Until no incident is open, or so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            r = subprocess.run([self.program, "incidents", "--store", self.settings["store"]], capture_output=True)
            if r.returncode == 0:
                return
            time.sleep(1)

    def json(self, *words):
        r = subprocess.run([self.program] + list(words), capture_output=True, text=True)
        return [json.loads(line) for line in r.stdout.splitlines()] if words[0] == "suppressions" else json.loads(r.stdout or "{}")


def recipients(store):
    """What is known of each."""
    with sqlite3.connect(store) as db:
        return db.execute("SELECT address, state, since, accepted, hex(trouble) FROM recipient ORDER BY address").fetchall()


class Run:
    def __init__(self, program, spec, with_carom):
        self.spec, self.program = spec, program
        rows = spec["providers"] + [{"name": "senders", "domains": [s.split("@")[1] for s in SENDERS], "mx": ["mx.example.net"]}]
        self.world = world.World(rows)
        self.postfix = Instance("/mnt/out", dict({"enable_long_queue_ids": "yes"}, **spec.get("postfix", {})),
                                spec.get("master", ""))
        self.postfix.write()
        self.serve = None
        self.with_carom = with_carom
        self.sent = collections.Counter()  # recipient -> messages
        self.log_parts = []

    # ---- what happens ----

    def start(self):
        self.world.start()
        if self.with_carom:
            self.serve = Serve(self.program, self.postfix, self.spec.get("carom", {}))
            self.serve.start()
            self.serve.setup()
        self.postfix.start()

    def stop(self):
        if self.serve:
            self.serve.stop()
        self.postfix.stop()

    def recipients(self, row):
        first, last = row["users"]
        return ["%s%d@%s" % (row.get("prefix", "u"), i, domain) for i in range(first, last) for domain in row["domains"]]

    def mail(self, row):
        """A message to each of the row's recipients, `rate` a second."""
        s, begin = Sender(), time.monotonic()
        to = self.recipients(row)
        for n, recipient in enumerate(to):
            ahead = n / row.get("rate", 1e9) - (time.monotonic() - begin)
            if ahead > 0:
                time.sleep(ahead)
            try:
                s.send(SENDERS[n % len(SENDERS)], [recipient])
                self.sent[recipient] += 1
            except Exception as e:  # Postfix restarts, or the recipient is refused at the door
                s.smtp = None
                if "restart" not in str(self.spec.get("events")):
                    self.sent["refused " + recipient] += 1
                    self.last_trouble = str(e)
        s.close()

    def calm(self, seconds):
        """Until the queue is empty; false: it is not after so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.postfix.queue() == 0:
                return True
            time.sleep(0.25)
        return False

    def event(self, do):
        if do == "restart":
            self.postfix.stop()
            self.postfix.start()
        elif do == "rotate":
            os.rename(self.postfix.log, self.postfix.log + ".1")
            self.log_parts.append(self.postfix.log + ".1")
            self.postfix.postfix("reload")  # postlogd opens a new file
        elif self.serve:
            getattr(self, "serve_" + do)()

    def serve_kill(self):
        self.serve.signal_all(signal.SIGKILL)
        self.serve.process.wait()

    def serve_start(self):
        self.serve.start()

    def serve_freeze(self):
        self.serve.keep_up()
        self.serve.signal_all(signal.SIGSTOP)

    def serve_freeze_front(self):
        os.kill(int(re.findall(r"part=front pid=(\d+)", open(PLACE + "/said").read())[-1]), signal.SIGSTOP)

    def serve_fill(self):
        with open(PLACE + "/state/filler", "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 65536) == 65536:
                    pass
            except OSError:
                pass

    def serve_empty(self):
        os.unlink(PLACE + "/state/filler")

    def serve_no_sockets(self):
        for name in ("status", "policy", "pause"):
            os.unlink(PLACE + "/run/" + name)

    def serve_again(self):
        self.serve.stop()
        self.serve.start()

    def play(self):
        self.world.begin(1e6)  # rules with a time do not hold yet
        for row in self.spec.get("history", []):
            self.mail(row)
        self.calm(60)
        time.sleep(self.spec.get("settle", 3))  # what was learned is on its way to the store, and into the map
        self.world.begin()
        self.begin = time.monotonic()
        self.begin_wall = time.time()
        timers = [threading.Timer(e["at"], self.event, [e["do"]]) for e in self.spec.get("events", [])]
        senders = [threading.Timer(r.get("at", 0), self.mail, [r]) for r in self.spec["mail"]]
        for t in timers + senders:
            t.start()
        for t in timers + senders:
            t.join()
        until = self.spec.get("until", 0) - (time.monotonic() - self.begin)
        if until > 0:
            time.sleep(until)
        self.drained = self.calm(self.spec.get("patience", 120))
        self.ended = time.monotonic() - self.begin
        for row in self.spec.get("afterwards", []):
            self.mail(row)
        self.calm(30)
        time.sleep(3)
        if self.serve:
            self.serve.wait_closed(self.spec.get("close", 0))

    # ---- what came of it ----

    def log_text(self):
        return "".join(open(p, errors="replace").read() for p in self.log_parts + [self.postfix.log])

    def result(self):
        alive = {p.name: p.alive for p in self.world.providers}
        domain = {d: p.name for p in self.world.providers for d in p.spec["domains"]}

        def good(address):
            return alive[domain[address.split("@")[1]]](address)
        mine = [e for e in self.world.ledger() if e.provider != "senders"]
        delivered = {(e.recipient) for e in mine if e.what == "accepted" and e.at >= 0}
        returned = re.findall(r"to=<([^>]*)>.*status=bounced", self.log_text())
        expired = self.log_text().count("status=expired")
        window_end = max([r.get("to", 0) for p in self.world.providers for r in p.rules if r.get("to", 1e9) < 1e8] + [0])
        late = [e.at - window_end for e in mine if e.what == "accepted" and e.at > window_end]
        out = {
            "messages": sum(n for r, n in self.sent.items() if not r.startswith("refused ")),
            "returned_living": sum(good(r) for r in returned if r.split("@")[1] in domain and domain[r.split("@")[1]] != "senders"),
            "returned_dead": sum(not good(r) for r in returned if r.split("@")[1] in domain),
            "bounced_living": len({r for r in returned if r.split("@")[1] in domain and good(r)} - set(SENDERS)),
            "bounced_dead": len({r for r in returned if r.split("@")[1] in domain and not good(r)}),
            "dead": sum(not good(r) for r in self.sent if "@" in r and " " not in r), "expired": expired,
            "refused_at_door": sum(n for r, n in self.sent.items() if r.startswith("refused ")),
            "delivered": len(delivered), "attempts": len(mine), "left_in_queue": self.postfix.queue(),
            "last_after_window_s": round(max(late), 1) if late else 0.0,
            "held": len(re.findall(r"status=deferred .*\[carom:", self.log_text())),
            "took_s": round(self.ended, 1),
            "refused_connections": sum(e.stage == "connect" and e.what != "accepted" for e in mine),
            "refused": sum(e.what != "accepted" and e.provider != "other" and e.at >= 0 for e in mine),
            "accepted": sum(e.what == "accepted" and e.provider != "other" and e.at >= 0 for e in mine),
            "slowest_other_s": self.slowest("other"),
            "most_connections": max(p.most_open for p in self.world.providers if p.name != "senders"),
        }
        out["timeline"] = self.timeline(mine)
        if self.serve:
            out.update(self.state(good))
        return out

    def slowest(self, provider):
        """Seconds that a message to the provider was in the queue, at the most."""
        p = next((p for p in self.world.providers if p.name == provider), None)
        domains = "|".join(re.escape(d) for d in p.spec["domains"]) if p else "-"
        return max([float(s) for s in re.findall(r"to=<[^>]*@(?:%s)>.* delay=([0-9.]+),.*status=sent" % domains, self.log_text())] + [0.0])

    def timeline(self, mine):
        """For each ten seconds: accepted, refused before a recipient was named, deferred, rejected; of troubled providers."""
        rows = {}
        for e in mine:
            if e.at < 0 or e.provider == "other":
                continue
            row = rows.setdefault(int(e.at // 10), [0, 0, 0, 0])
            row[0 if e.what == "accepted" else 1 if e.stage == "connect" else 2 if e.what == "deferred" else 3] += 1
        return [rows.get(i, [0, 0, 0, 0]) for i in range(max(rows, default=-1) + 1)]

    def state(self, good):
        store = self.serve.settings["store"]
        gone = self.serve.json("suppressions", "--store", store, "--json", "export")
        whole = PLACE + "/whole.db"
        subprocess.run([self.program, "ingest", "--store", whole, "--quiet", "--policy", self.serve.settings["policy"]] +
                       self.log_parts + [self.postfix.log], check=False, capture_output=True)
        mine, other = recipients(store), recipients(whole)
        incidents = self.serve.json("incidents", "--store", store, "--json").get("incidents", [])

        hard = [r["address"] for r in gone if r["state"] == "suppressed"]
        rest = [r["address"] for r in gone if r["state"] == "resting"]
        return {
            "suppressed_living": sum(map(good, hard)), "suppressed_dead": sum(not good(r) for r in hard),
            "resting_living": sum(map(good, rest)), "resting_dead": sum(not good(r) for r in rest),
            "incidents": [(i["provider"], i["cause"], "taken back" if i["retracted"] else "ended" if i["closed"] else "open")
                          for i in incidents],
            "as_undisturbed": mine == other, "difference": [sorted(set(mine) - set(other))[:4], sorted(set(other) - set(mine))[:4]],
            "paces": self.paces(store), "said": open(PLACE + "/said").read()[-3000:],
        }

    def paces(self, store):
        """Decisions about the pace: second, what, provider, connections, delay."""
        with sqlite3.connect(store) as db:
            rows = db.execute("SELECT p.t, p.kind, n.text, p.connections, p.delay FROM pace p JOIN name n ON n.id = p.provider ORDER BY p.id").fetchall()
        return [(round(t - self.begin_wall), KINDS[kind], provider, int(connections), delay) for t, kind, provider, connections, delay in rows]


def main():
    why = world.enter()
    if why:
        print(json.dumps({"skipped": why}))
        return 0
    with open(sys.argv[2]) as f:
        text = f.read()
    for row in sys.argv[4:]:  # NAME=value: for $NAME in the scenario
        text = text.replace("$%s" % row.split("=", 1)[0], row.split("=", 1)[1])
    spec = yaml.safe_load(text)
    run = Run(sys.argv[1], spec, sys.argv[3] == "carom")
    try:
        run.start()
        run.play()
        print(json.dumps(run.result()))
    except Exception as e:
        print(json.dumps({"broken": "%s: %s" % (type(e).__name__, e), "log": run.log_text()[-3000:]}))
        raise
    finally:
        run.stop()
        if os.environ.get("LAB_KEEP"):
            subprocess.run(["cp", "-r", "/mnt/out/log", PLACE, os.environ["LAB_KEEP"]], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
