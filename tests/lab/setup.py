#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/lab/setup.py CAROM: carom postfix setup, check and remove on a real Postfix, as TAP.

What the checks say of limits and maps is measured here, too: a recipient limit of 1, a concurrency limit of 1, a map over
a socket that is down."""
import json
import os
import re
import smtplib
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import tap  # noqa: E402
import world  # noqa: E402
from instance import Instance, Sender  # noqa: E402
from tap import ok  # noqa: E402

STATUS, POLICY, MAP = "/mnt/run/status", "/mnt/run/policy", "/mnt/carom/maps/transport"
REFUSED = b"action=REJECT 5.7.1 refused to try the policy service [carom:0]\n\n"


def answer(path, end, reply):
    """A stand-in for carom serve: the same answer to everything."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.chmod(path, 0o660)
    os.chown(path, -1, os.stat("/usr/sbin/postqueue").st_gid)
    os.system("chgrp postfix " + path)
    s.listen(50)

    def talk(c):
        data = b""
        while True:
            got = c.recv(4096)
            if not got:
                return
            data += got
            while end in data:
                asked, data = data.split(end, 1) if end != b"," else (data, data[data.rindex(b",") + 1:])
                c.sendall(REFUSED if end != b"," and b"recipient=refused@carom-check.invalid" in asked else reply)

    def accept():
        while True:
            threading.Thread(target=talk, args=(s.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


class Lab:
    def __init__(self, carom):
        self.carom = carom
        rows = [{"name": "acme", "domains": ["acme.test"] + ["rung%d.test" % i for i in range(1, 14)],
                 "mx": ["mx.acme.test"], "rules": [{"at": "rcpt", "wait": 0.3}]}]
        self.world = world.World(rows)
        self.world.start()
        self.acme = self.world.provider("acme")
        self.p = Instance("/mnt/out", {"smtpd_recipient_restrictions": "permit_mynetworks, reject",
                                       "enable_long_queue_ids": "yes", "minimal_backoff_time": "1s",
                                       "multi_instance_name": "postfix-lab", "multi_instance_group": "lab",
                                       "multi_instance_enable": "yes"}, qmgr=300)
        self.p.write()

    def run(self, *words, where=None):
        return subprocess.run([self.carom, "postfix"] + list(words) + (["--config-dir", self.p.etc] if where is None else where) + [
            "--status-socket", STATUS, "--policy-socket", POLICY, "--map", "hash:" + MAP], capture_output=True, text=True)

    def found(self):
        r = self.run("check", "--json")
        return sorted({f["id"] for f in json.loads(r.stdout)["findings"]}), r.returncode

    def conf(self):
        return self.p.call("postconf", "-c", self.p.etc, "-n").stdout + self.p.call("postconf", "-c", self.p.etc, "-M").stdout

    def edit(self, *settings):
        self.p.call("postconf", "-c", self.p.etc, "-e", *settings)
        self.p.postfix("reload")
        time.sleep(0.5)

    def send(self, recipients):
        s = Sender()
        for r in recipients:
            s.send("list@example.net", [r])
        s.close()

    def wait(self, recipients, seconds=20):
        """Until the provider has taken mail for all of them; the ones it has not."""
        for _ in range(seconds * 10):
            left = set(recipients) - {e.recipient for e in self.acme.ledger if e.what == "accepted"}
            if not left:
                return left
            time.sleep(0.1)
        return left


def at_once(lab, name, *settings):
    """The most connections that the provider sees for 12 messages to different recipients."""
    lab.edit(*settings)
    lab.acme.most_open = 0
    to = ["%s%d@acme.test" % (name, i) for i in range(12)]
    lab.send(to)
    lab.wait(to)
    return lab.acme.most_open


def test_setup(lab):
    before = lab.conf()
    files = [open(os.path.join(lab.p.etc, n)).read() for n in ("main.cf", "master.cf")]
    found, code = lab.found()
    ok(code == 1 and "filter_missing" in found and "map_missing" in found, "check: what is missing", found)
    r = lab.run("setup")
    ok(r.returncode == 1 and "smtp_delivery_status_filter = socketmap:unix:" in r.stdout, "setup prints", r.stdout + r.stderr)
    ok(files == [open(os.path.join(lab.p.etc, n)).read() for n in ("main.cf", "master.cf")], "and changes nothing")
    r = lab.run("setup", "--apply", "--owner", "nobody")
    ok(r.returncode == 0 and "Postfix has read them" in r.stdout, "setup --apply", r.stdout + r.stderr)
    saved = [f for f in os.listdir(lab.p.etc) if ".before-carom-" in f]
    ok(sorted(open(os.path.join(lab.p.etc, f)).read() for f in saved) == sorted(files), "copies of both files are kept", saved)
    ok(os.path.exists(MAP + ".db"), "an empty map was made")
    r = lab.run("setup", "--apply")
    ok(r.returncode == 0 and "nothing to change" in r.stdout, "a second time there is nothing to change", r.stdout + r.stderr)
    ok(lab.p.postfix("check", check=False).returncode == 0, "postfix check is content")
    return before


def test_without_carom(lab):
    found, code = lab.found()
    ok(code == 1 and found == ["filter_silent", "policy_silent"], "check: nobody answers yet", found)
    to = ["open%d@acme.test" % i for i in range(3)]
    lab.send(to)
    left = lab.wait(to)
    ok(not left, "without carom mail goes on", "%s\n%s" % (left, lab.p.read_log()[-1500:]))


def test_rungs(lab):
    with open(MAP, "w") as f:
        f.writelines("rung%d.test carom-%d:acme.test\n" % (i, i) for i in range(1, 14))
    lab.p.call("postmap", "-c", lab.p.etc, "hash:" + MAP)
    to = ["r@rung%d.test" % i for i in range(1, 14)]
    # trivial-rewrite looks whether a map has changed when a client connects to it; with little mail that takes a while.
    for n in range(40):
        lab.send(["probe%d@rung1.test" % n])
        time.sleep(1)
        if "postfix/carom-1/smtp" in lab.p.read_log():
            break
    print("# note: the changed map was in use after %d s" % (n + 1))
    lab.send(to)
    left = lab.wait(to)
    used = sorted({int(n) for n in re.findall(r"postfix/carom-(\d+)/smtp.*status=sent", lab.p.read_log())})
    ok(not left and used == list(range(1, 14)), "every rung delivers, by a map that needs no reload", "%s %s" % (left, used))


def test_with_carom(lab):
    os.makedirs("/mnt/run", exist_ok=True)
    answer(STATUS, b",", b"9:NOTFOUND ,")
    answer(POLICY, b"\n\n", b"action=DUNNO\n\n")
    found, code = lab.found()
    ok(code == 0 and found == [], "check: all is well", found)
    os.chmod(STATUS, 0o666)
    found, code = lab.found()
    ok(found == ["socket_open"], "check: a socket that is open to all", found)
    os.chmod(STATUS, 0o660)


def test_trial(lab):
    """Test messages through a private queue: nothing of it reaches the true one."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/var/tmp"], check=True)
    r = lab.run("check", "--try")
    rows = re.findall(r"(?m)^(fine|broken) +(.*)$", r.stdout.split("private queue:")[-1])
    ok(r.returncode == 0 and len(rows) == 18 and all(how == "fine" for how, _ in rows), "check --try", r.stdout + r.stderr)
    ok(any(re.match("a recipient that the policy service refuses: 554 5.7.1 .*refused to try", row) for _, row in rows),
       "and the policy service refuses a recipient through it", rows)
    ok("carom-check.invalid" not in lab.p.read_log() and not os.listdir("/var/tmp"), "and nothing of it is left",
       os.listdir("/var/tmp"))
    os.rename(STATUS, STATUS + ".away")
    r = lab.run("check", "--try")
    ok(r.returncode == 1 and re.search("(?m)^broken +nothing that Postfix warns of: .*socketmap|connect to", r.stdout),
       "check --try: a filter that is gone", r.stdout + r.stderr)
    os.rename(STATUS + ".away", STATUS)
    os.rename(POLICY, POLICY + ".away")
    r = lab.run("check", "--try")
    ok(r.returncode == 1 and re.search("(?m)^broken +a recipient that the policy service refuses: 250", r.stdout)
       and re.search("(?m)^fine +a message past the policy service: sent", r.stdout),
       "check --try: a policy service that is gone lets mail pass, and that is told", r.stdout + r.stderr)
    os.rename(POLICY + ".away", POLICY)
    os.rename(MAP + ".db", MAP + ".away")
    r = lab.run("check", "--try")
    ok(r.returncode == 1 and "broken  a message that is accepted" in r.stdout, "check --try: a map that is gone", r.stdout + r.stderr)
    os.rename(MAP + ".away", MAP + ".db")


def test_serve(lab):
    """The same with the true carom serve."""
    with open("/mnt/carom.yaml", "w") as f:
        f.write("store: /mnt/carom/carom.db\nlog: [%s]\nstatus_socket: %s\npolicy_socket: %s\npause_socket: /mnt/run/pause\n"
                "map_dir: /mnt/carom/maps\npostfix_config: %s\n" % (lab.p.log, STATUS, POLICY, lab.p.etc))
    for path in (STATUS, POLICY):
        os.rename(path, path + ".stand-in")
    with open("/mnt/said", "wb") as said:
        serve = subprocess.Popen([lab.carom, "serve", "--config", "/mnt/carom.yaml"], stdout=said, stderr=said)
    try:
        for _ in range(200):
            if "front.table" in open("/mnt/said").read():
                break
            time.sleep(0.1)
        r = lab.run("check", "--try")
        rows = re.findall(r"(?m)^(fine|broken) +(.*)$", r.stdout.split("private queue:")[-1])
        ok(len(rows) == 18 and all(how == "fine" for how, _ in rows) and "[carom:0]" in r.stdout, "check --try with carom serve",
           r.stdout + r.stderr + open("/mnt/said").read())
    finally:
        serve.terminate()
        serve.wait(30)
    for path in (STATUS, POLICY):
        os.rename(path + ".stand-in", path)


def test_limits(lab):
    normal = at_once(lab, "a", "smtp_destination_concurrency_limit = 3", "smtp_initial_destination_concurrency = 3")
    one = at_once(lab, "b", "smtp_destination_concurrency_limit = 1")
    found = lab.found()[0]
    each = at_once(lab, "c", "smtp_destination_recipient_limit = 1")
    print("# note: connections at once with a concurrency limit of 3: %d; of 1: %d; of 1 with a recipient limit of 1: %d" % (
        normal, one, each))
    ok(normal == 3 and one == 1, "a concurrency limit of 1 is one connection to the provider", (normal, one))
    ok(each > 3, "with a recipient limit of 1 it is one to each recipient", each)
    ok("concurrency_one" in found and "recipient_limit_one" in lab.found()[0], "check knows both", found)
    lab.p.call("postconf", "-c", lab.p.etc, "-X", "smtp_destination_recipient_limit", "smtp_destination_concurrency_limit",
               "smtp_initial_destination_concurrency")


def test_closed_map(lab):
    routes = lab.p.call("postconf", "-c", lab.p.etc, "-h", "transport_maps").stdout.strip()
    lab.edit("transport_maps = socketmap:unix:/mnt/run/nobody:route")
    found = lab.found()[0]
    try:
        lab.send(["closed@acme.test"])
        said = "taken"
    except smtplib.SMTPRecipientsRefused as e:
        said = str(e)
    ok("451" in said and "map_fails_closed" in found, "a map over a socket that is down stops mail, and check says so",
       "%s %s" % (said, found))
    lab.edit("transport_maps = " + routes)
    lab.send(["closed@acme.test"])
    ok(not lab.wait(["closed@acme.test"]), "and mail goes on when it is gone", lab.p.read_log()[-1500:])


def test_instances(lab):
    os.system("cp /etc/postfix/postfix-files /mnt/; mount -t tmpfs none /etc/postfix; cp /mnt/postfix-files /etc/postfix/")
    with open("/etc/postfix/main.cf", "w") as f:
        f.write("compatibility_level = 3.6\nmulti_instance_enable = yes\nmulti_instance_directories = %s\n" % lab.p.etc)
    with open("/etc/postfix/master.cf", "w") as f:
        f.write("smtp unix - - n - - smtp\n")
    r = lab.run("check", where=["--instance", "postfix-lab"])
    ok(r.returncode == 0 and r.stdout.startswith(lab.p.etc), "an instance by its name", r.stdout + r.stderr)
    r = lab.run("check", where=["--instance", "postfix-none"])
    ok(r.returncode == 4 and "knows no instance" in r.stderr, "an instance that nobody knows", r.stdout + r.stderr)
    r = lab.run("check", where=[])
    ok(r.returncode == 1 and "/etc/postfix:" in r.stdout, "the default instance", r.stdout + r.stderr)
    os.system("umount /etc/postfix")
    r = lab.run("setup", where=["--config-dir", "/mnt/nowhere"])
    ok(r.returncode == 4 and "main.cf" in r.stderr, "a folder without a Postfix", r.stdout + r.stderr)


def test_broken(lab):
    """What postfix check refuses is not left behind."""
    os.makedirs("/mnt/broken")
    main = open(os.path.join(lab.p.etc, "main.cf")).read()
    main = re.sub(r"smtp_delivery_status_filter = .*\n", "", main).replace("queue_directory = /mnt/out/spool", "queue_directory = /mnt/out/nosuch")
    with open("/mnt/broken/main.cf", "w") as f:
        f.write(main)
    subprocess.run(["cp", os.path.join(lab.p.etc, "master.cf"), os.path.join(lab.p.etc, "postfix-files"), "/mnt/broken/"])
    r = lab.run("setup", "--apply", where=["--config-dir", "/mnt/broken"])
    ok(r.returncode == 4 and "nothing was changed" in r.stderr, "settings that Postfix refuses are taken back", r.stdout + r.stderr)
    ok(open("/mnt/broken/main.cf").read() == main, "to the byte")


def test_remove(lab, before):
    r = lab.run("remove")
    ok(r.returncode == 1 and "to be removed" in r.stdout, "remove prints", r.stdout + r.stderr)
    r = lab.run("remove", "--apply")
    ok(r.returncode == 0, "remove --apply", r.stdout + r.stderr)
    ok(lab.conf() == before, "all is as it was", lab.conf())
    to = ["after@acme.test"]
    lab.send(to)
    ok(not lab.wait(to), "mail goes on after that")
    r = lab.run("remove")
    ok(r.returncode == 0 and "nothing to change" in r.stdout, "nothing is left to remove", r.stdout + r.stderr)


def main():
    why = world.enter()
    if why:
        print("ok 1 # SKIP " + why)
        print("1..1")
        return 0
    lab = Lab(sys.argv[1])
    try:
        lab.p.start()
        before = test_setup(lab)
        test_without_carom(lab)
        test_rungs(lab)
        test_with_carom(lab)
        test_trial(lab)
        test_serve(lab)
        test_limits(lab)
        test_closed_map(lab)
        test_instances(lab)
        test_broken(lab)
        test_remove(lab, before)
    finally:
        lab.p.stop()
    return tap.end()


sys.exit(main())
