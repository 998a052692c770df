#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/lab/beside.py CAROM ASK_BENCH: how long carom serve takes to answer while a real Postfix works on the same machine.

Postfix takes and delivers 50 messages a second (as fast as it can it leaves no core to anybody), asks carom about each recipient and each delivery, and carom follows its
log; beside it ask_bench asks the status filter and the policy service 5,000 times a second each. What Postfix delivers
without those questions is told, too. Of three runs the one with the lowest p99 of the policy service is told: the machine may
have other work."""
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import world  # noqa: E402
from instance import Instance, Sender  # noqa: E402
from play import PLACE, Serve  # noqa: E402

SENDERS = 4
SECONDS = 8
RATE = 50  # messages a second, of all clients


class Load:
    """Mail from several clients, for as long as it is wanted."""

    def __init__(self, provider):
        self.provider, self.on = provider, True
        self.threads = [threading.Thread(target=self.send, args=(n,), daemon=True) for n in range(SENDERS)]
        for t in self.threads:
            t.start()

    def send(self, n):
        s, i, begun = Sender(), 0, time.monotonic()
        while self.on:
            i += 1
            time.sleep(max(0.0, i * SENDERS / RATE - (time.monotonic() - begun)))
            s.send("news@a.example.net", ["u%d-%d@acme.test" % (n, i % 5000)])
        s.close()

    def rate(self, seconds):
        before = sum(e.what == "accepted" for e in self.provider.ledger)
        time.sleep(seconds)
        return (sum(e.what == "accepted" for e in self.provider.ledger) - before) / seconds

    def end(self):
        self.on = False
        for t in self.threads:
            t.join()


def main():
    why = world.enter()
    if why:
        print("not measured: " + why)
        return 0
    w = world.World([{"name": "acme", "domains": ["acme.test"], "mx": ["mx.acme.test"]},
                     {"name": "senders", "domains": ["a.example.net"], "mx": ["mx.example.net"]}])
    postfix = Instance("/mnt/out", {"enable_long_queue_ids": "yes"})
    postfix.write()
    w.start()
    serve = Serve(sys.argv[1], postfix, {})
    serve.start()
    serve.setup()
    postfix.start()
    try:
        load = Load(w.provider("acme"))
        time.sleep(2)
        alone = load.rate(SECONDS)
        begun = time.monotonic()
        before = sum(e.what == "accepted" for e in load.provider.ledger)
        runs = [subprocess.run([sys.argv[2], PLACE + "/run/status", PLACE + "/run/policy"], capture_output=True, text=True)
                for _ in range(3)]
        beside = (sum(e.what == "accepted" for e in load.provider.ledger) - before) / (time.monotonic() - begun)
        load.end()
    finally:
        serve.stop()
        postfix.stop()
    asked = min(runs, key=lambda r: int(re.search(r"policy .*p99 (\d+) us", r.stdout).group(1)))
    print(asked.stdout.strip())
    print("a real Postfix on the same %d cores meanwhile: %.0f messages/s delivered (%.0f without the questions); load average %.1f" % (
        os.cpu_count(), beside, alone, os.getloadavg()[0]))
    return max(r.returncode for r in runs)


sys.exit(main())
