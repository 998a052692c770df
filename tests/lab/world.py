# SPDX-License-Identifier: Apache-2.0
"""A world of its own for a real Postfix: network, processes and mounts that nobody else sees.

`enter()` starts the program again in new namespaces.  There, loopback is the only network: port 25 is free,
no mail can leave, the names of real providers can be used, and everything that was started dies with the first
process; the files are on a tmpfs and go with it.  It needs root; where that or the kernel's leave is missing, `enter`
returns the reason."""
import asyncio
import ctypes
import fcntl
import logging
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "audit"))
import dns_server  # noqa: E402
from provider import Provider  # noqa: E402

PLACE = "/mnt"  # any folder that is always there: a tmpfs covers it
INSIDE = "CAROM_LAB_INSIDE"
NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"]
NEEDS = ("postfix", "postconf", "postmap", "unshare", "mount")


def missing():
    """Why there can be no lab here, or None."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for program in NEEDS:
        if shutil.which(program) is None:
            return "%s is not installed" % program
    if os.geteuid() != 0:
        return "the lab needs root for a Postfix of its own; run: sudo make test"
    try:
        r = subprocess.run(NAMESPACES + ["true"], capture_output=True, text=True)
    except OSError as e:
        return str(e)
    return "no namespaces of our own: " + r.stderr.strip() if r.returncode else None


def enter():
    """Comes back inside the new world with None, or outside with the reason why there is none.
    Outside, the inner run's exit code is this program's."""
    if os.environ.get(INSIDE):
        furnish()
        return None
    why = missing()
    if why:
        return why
    run = subprocess.Popen(NAMESPACES + [sys.executable, "-u"] + sys.argv, env=dict(os.environ, **{INSIDE: "1"}),
                           preexec_fn=die_with_parent)
    try:
        sys.exit(run.wait())
    except KeyboardInterrupt:
        run.kill()
        sys.exit(130)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def furnish():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ifreq = struct.pack("16sh", b"lo", 0x1 | 0x8 | 0x40)  # up, loopback, running
    fcntl.ioctl(s, 0x8914, ifreq + b"\0" * 14)  # SIOCSIFFLAGS
    s.close()
    socket.sethostname("lab")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", PLACE], check=True)
    for name, text in (("resolv.conf", "nameserver 127.0.0.53\noptions timeout:2 attempts:1\n"),
                       ("hosts", "127.0.0.1 localhost lab\n")):
        path = os.path.join(PLACE, name)
        with open(path, "w") as f:
            f.write(text)
        subprocess.run(["mount", "--bind", path, os.path.realpath("/etc/" + name)], check=True)


def certificate():
    """A self-signed one for the providers that offer TLS."""
    key, cert = os.path.join(PLACE, "key.pem"), os.path.join(PLACE, "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                    "-subj", "/CN=mx.test"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


class World:
    """The providers and the name server, in a thread with a loop of its own."""

    def __init__(self, specs, zone=()):
        tls = certificate() if any(s.get("tls") for s in specs) else None
        self.zone, self.providers = list(zone), []
        n = 0
        for spec in specs:
            addresses = {}
            for host in spec["mx"]:
                n += 1
                addresses[host] = "127.1.%d.%d" % (n // 250, n % 250 + 1)
                self.zone.append((host, "A", addresses[host]))
            for domain in spec["domains"]:
                for i, host in enumerate(spec["mx"]):
                    self.zone.append((domain, "MX", "%d %s" % (spec.get("preference", [10] * 99)[i], host)))
            self.providers.append(Provider(spec, addresses, tls))
        self.loop = asyncio.new_event_loop()

    def start(self):
        self.dns = dns_server.Server(self.zone, delay=0, host="127.0.0.53", port=53)
        self.dns.start()
        up = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(up,), daemon=True)
        self.thread.start()
        if not up.wait(20):
            raise RuntimeError("the providers did not start")

    def run(self, up):
        logging.getLogger("asyncio").setLevel(logging.ERROR)
        asyncio.set_event_loop(self.loop)
        for p in self.providers:
            self.loop.run_until_complete(p.start())
        self.loop.call_soon(up.set)
        self.loop.run_forever()

    def begin(self, ahead_s=0.0):
        """The scenario's second 0; what comes before has negative times."""
        for p in self.providers:
            p.begin = time.monotonic() + ahead_s

    def provider(self, name):
        return next(p for p in self.providers if p.name == name)

    def ledger(self):
        return sorted((e for p in self.providers for e in list(p.ledger)), key=lambda e: e.at)
