# SPDX-License-Identifier: Apache-2.0
"""Pretend mailbox providers on loopback: SMTP servers that answer as a list of rules says.

A provider is a mapping, as it stands in the YAML of a scenario:

    name: cox                      domains: [cox.test]
    mx: [cxr.mx.a.cloudfilter.net] each host has an address of its own (127.1.0.0/16)
    living: ["good*"]              patterns of local parts; all others are unknown
    gone: { of: "u*", share: 0.17 } so many of these do not exist any more from second 0 on
    unknown: "550 5.1.1 <{rcpt}> User unknown"
    rules:                         the first that fits at a stage answers
      - at: rcpt                   connect helo starttls mail rcpt data end_of_data
        from: 10, to: 70           seconds since `begin`; default: always
        mx: HOST                   only there
        share: 0.5                 of the users, always the same ones; living: true or false: only those
        over_connections: 10       open at this provider, this one included
        over_messages: 20          messages of this connection
        over_rate: [30, 10]        more than 30 messages in the last 10 seconds, at all hosts of the provider
        penalty: 20                and whoever reaches that limit waits: the rule holds for 20 seconds more
        chance: 0.3                of the attempts, whoever it is; the same in every run
        within: 5                  greylisting: until 5 seconds after the first try for this recipient
        reply: "421 ..."           or close: true, hang: true (until the client goes), wait: SECONDS (then on),
                                   garbage: true (after STARTTLS: bytes that are no TLS)

A 421 closes the connection.  What was answered is kept in `ledger`, which is the truth that tests compare with."""
import asyncio
import fnmatch
import re
import time
import zlib

CRLF = b"\r\n"
STAGES = ("connect", "helo", "starttls", "mail", "rcpt", "data", "end_of_data")


def lot(address):
    """0 to 1, the same for an address in every run."""
    return (zlib.crc32(("lot" + address.lower()).encode()) % 10007) / 10007


class Entry:
    """One answer: what became of one recipient, or (recipient None) of a session before any recipient was named."""
    __slots__ = ("at", "provider", "host", "stage", "recipient", "what", "reply", "rule", "message")

    def __init__(self, at, provider, host, stage, recipient, what, reply, rule, message):
        self.at, self.provider, self.host, self.stage = at, provider, host, stage
        self.recipient, self.what, self.reply, self.rule, self.message = recipient, what, reply, rule, message


class Gone(Exception):
    pass


class Provider:
    def __init__(self, spec, addresses, tls=None):
        self.spec, self.name, self.tls = spec, spec["name"], tls
        self.addresses = addresses  # host -> ip
        self.rules = spec.get("rules", [])
        for rule in self.rules:
            if rule["at"] not in STAGES:
                raise ValueError("%s: a rule is at '%s'; expected one of %s" % (self.name, rule["at"], ", ".join(STAGES)))
        self.living = [re.compile(fnmatch.translate(p)) for p in spec.get("living", ["*"])]
        self.ledger, self.servers, self.sessions = [], [], set()
        self.open = 0
        self.most_open = 0
        self.recent, self.first_try = [], {}
        self.tries, self.held_until = {}, {}  # recipient -> attempts; rule -> second
        self.connections = 0
        self.begin = time.monotonic()

    def alive(self, address):
        local = address.split("@")[0].lower()
        gone = self.spec.get("gone")
        if gone and self.now() >= 0 and fnmatch.fnmatch(local, gone["of"]) and lot(address) < gone["share"]:
            return False
        return any(p.match(local) for p in self.living)

    def now(self):
        return time.monotonic() - self.begin

    async def start(self):
        for host, ip in self.addresses.items():
            if host in self.spec.get("absent", []):  # nobody listens there
                continue
            self.servers.append(await asyncio.start_server(
                lambda r, w, host=host: self.serve(Session(self, host, r, w)), ip, 25, backlog=512))

    async def serve(self, session):
        task = asyncio.current_task()
        self.sessions.add(task)
        self.open += 1
        self.connections += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await session.run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, Gone):
            pass
        finally:
            self.open -= 1
            self.sessions.discard(task)
            session.writer.close()

    def stop(self):
        for server in self.servers:
            server.close()
        for task in list(self.sessions):
            task.cancel()

    # ---- rules ----

    def fits(self, rule, stage, session, recipient):
        if rule["at"] != stage or not rule.get("from", -1e9) <= self.now() < rule.get("to", 1e9):
            return False
        if "mx" in rule and rule["mx"] != session.host:
            return False
        if "share" in rule and (recipient is None or lot(recipient) >= rule["share"]):
            return False
        if "living" in rule and (recipient is None or self.alive(recipient) != rule["living"]):
            return False
        if "over_connections" in rule and self.open <= rule["over_connections"]:
            return False
        if "over_messages" in rule and session.messages < rule["over_messages"]:
            return False
        if "over_rate" in rule and not self.is_over(rule):
            return False
        if "chance" in rule and not self.chance(rule["chance"], recipient):
            return False
        if "within" in rule:
            return self.now() < self.first_try.setdefault(recipient, self.now()) + rule["within"]
        return True

    def is_over(self, rule):
        now = self.now()
        if now < self.held_until.get(id(rule), -1e9):
            return True
        count, seconds = rule["over_rate"]
        self.recent = [t for t in self.recent if t > now - seconds]
        if len(self.recent) < count:
            return False
        self.held_until[id(rule)] = now + rule.get("penalty", 0)
        return True

    def chance(self, share, recipient):
        n = self.tries[recipient] = self.tries.get(recipient, 0) + 1
        return lot("%s#%d" % (recipient, n)) < share

    def rule_for(self, stage, session, recipient=None):
        for rule in self.rules:
            if self.fits(rule, stage, session, recipient):
                return rule
        return None

    # ---- what is known afterwards ----

    def note(self, session, stage, recipients, reply, rule):
        """reply None: the connection was closed or left hanging, which Postfix takes as a deferral."""
        code = reply[:1] if reply else "4"
        what = {"2": "accepted", "4": "deferred", "5": "rejected"}[code]
        for r in recipients or [None]:
            self.ledger.append(Entry(self.now(), self.name, session.host, stage, r, what, reply, rule, session.message))


class Session:
    def __init__(self, provider, host, reader, writer):
        self.p, self.host, self.reader, self.writer = provider, host, reader, writer
        self.messages, self.message, self.secure, self.lmtp = 0, None, False, False
        self.mail_rule = None
        self.recipients = []

    async def say(self, text):
        code, lines = text[:3], text[4:].split("\n")
        out = [code + ("-" if i < len(lines) - 1 else " ") + l for i, l in enumerate(lines)]
        self.writer.write(CRLF.join(l.encode() for l in out) + CRLF)
        await self.writer.drain()

    async def obey(self, rule, stage, recipients):
        """Does what the rule says.  The reply given, or None if it only waited."""
        name = rule.get("name", stage)
        if "wait" in rule:
            await asyncio.sleep(rule["wait"])
            if "reply" not in rule:
                return None
        if rule.get("close") or rule.get("hang"):
            self.p.note(self, stage, recipients, None, name)
            while rule.get("hang") and await self.reader.read(4096):
                pass
            raise Gone
        if rule.get("garbage"):
            await self.say("220 2.0.0 Ready to start TLS")
            self.p.note(self, stage, recipients, None, name)
            self.writer.write(b"these are no TLS records\r\n" * 4)
            await self.writer.drain()
            raise Gone
        reply = rule["reply"].replace("{rcpt}", recipients[0] if recipients else "")
        self.p.note(self, stage, recipients, reply, name)
        await self.say(reply)
        if reply.startswith("421"):
            raise Gone
        return reply

    async def line(self):
        data = await self.reader.readuntil(b"\n")
        return data.rstrip(CRLF).decode("utf-8", "replace")

    async def run(self):
        rule = self.p.rule_for("connect", self)
        if rule:
            if await self.obey(rule, "connect", []) is not None:
                await self.until_quit()
        await self.say("220 %s ESMTP" % self.host)
        while True:
            line = await self.line()
            verb = line.split(" ")[0].upper()
            handler = {"EHLO": self.helo, "HELO": self.helo, "LHLO": self.helo, "STARTTLS": self.starttls, "MAIL": self.mail, "RCPT": self.rcpt,
                       "DATA": self.data, "RSET": self.rset, "QUIT": self.quit, "NOOP": self.rset}.get(verb)
            if handler is None:
                await self.say("500 5.5.2 Unknown command")
            else:
                await handler(line)

    async def until_quit(self):
        while True:
            verb = (await self.line()).upper()
            if verb.startswith("QUIT"):
                await self.quit(verb)
            await self.say("503 5.5.1 Go away")

    async def quit(self, line):
        await self.say("221 2.0.0 Bye")
        raise Gone

    async def rset(self, line):
        self.recipients, self.mail_rule = [], None
        await self.say("250 2.0.0 Ok")

    async def helo(self, line):
        rule = self.p.rule_for("helo", self)
        self.lmtp = line.upper().startswith("LHLO")
        if rule and "reply" in rule and line.upper().startswith("EHLO") and not rule["reply"].startswith("421"):
            await self.say(rule["reply"])  # the client tries HELO next, and that answer counts
            return
        if rule and await self.obey(rule, "helo", []) is not None:
            return
        if line.upper().startswith("HELO"):
            await self.say("250 " + self.host)
            return
        words = [self.host, "PIPELINING", "SIZE 35882577", "8BITMIME", "ENHANCEDSTATUSCODES"]
        if self.p.spec.get("tls") and not self.secure:
            words.append("STARTTLS")
        await self.say("250 " + "\n".join(words))

    async def starttls(self, line):
        rule = self.p.rule_for("starttls", self)
        if rule and await self.obey(rule, "starttls", []) is not None:
            return
        await self.say("220 2.0.0 Ready to start TLS")
        await self.writer.start_tls(self.p.tls)
        self.secure = True

    async def mail(self, line):
        self.recipients, self.mail_rule = [], None
        self.message = line[line.find("<") + 1:line.find(">")]
        # Whom a refusal of MAIL hits is known when the recipients, which are pipelined, are here.
        self.mail_rule = self.p.rule_for("mail", self)
        self.messages += 1
        if self.mail_rule is None or ("wait" in self.mail_rule and "reply" not in self.mail_rule):
            if self.mail_rule:
                await asyncio.sleep(self.mail_rule["wait"])
            self.mail_rule = None
            await self.say("250 2.1.0 Ok")
            return
        if self.mail_rule.get("close") or self.mail_rule.get("hang"):
            await self.obey(self.mail_rule, "mail", [])
        reply = self.mail_rule["reply"]
        if reply.startswith("421"):
            await self.obey(self.mail_rule, "mail", [])
        await self.say(reply)

    async def rcpt(self, line):
        address = line[line.find("<") + 1:line.rfind(">")]
        if self.mail_rule:
            self.p.note(self, "mail", [address], self.mail_rule["reply"], self.mail_rule.get("name", "mail"))
            await self.say("503 5.5.1 Need MAIL")
            return
        rule = self.p.rule_for("rcpt", self, address)
        if rule and await self.obey(rule, "rcpt", [address]) is not None:
            return
        if not self.p.alive(address):
            reply = self.p.spec.get("unknown", "550 5.1.1 <{rcpt}> User unknown").replace("{rcpt}", address)
            self.p.note(self, "rcpt", [address], reply, "unknown")
            await self.say(reply)
            return
        self.recipients.append(address)
        await self.say("250 2.1.5 Ok")

    async def data(self, line):
        if not self.recipients:
            await self.say("503 5.5.1 No recipients" if self.mail_rule else "554 5.5.1 No valid recipients")
            return
        rule = self.p.rule_for("data", self, self.recipients[0])
        if rule and await self.obey(rule, "data", self.recipients) is not None:
            return
        await self.say("354 Go ahead")
        while await self.reader.readuntil(b"\n") != b".\r\n":
            pass
        rule = self.p.rule_for("end_of_data", self, self.recipients[0])
        if rule and await self.obey(rule, "end_of_data", self.recipients) is not None:
            return
        self.p.recent.append(self.p.now())
        reply = "250 2.0.0 Ok: queued as %08X" % len(self.p.ledger)
        self.p.note(self, "end_of_data", self.recipients, reply, None)
        for _ in self.recipients if self.lmtp else [None]:
            await self.say(reply)
