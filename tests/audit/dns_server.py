# SPDX-License-Identifier: Apache-2.0
"""A name server for tests: a zone from a table, an even delay, and every way to misbehave.

Answers over UDP and TCP, on 127.0.0.1 if nothing else is said.  Names whose first labels are one of WAYS are answered
in that way.  Everything that is not in the zone does not exist (NXDOMAIN); a name that has
other records, or names below it, has no such record."""
import asyncio
import socket
import struct
import threading

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52}
UDP_BYTES = 1232


def name_bytes(name):
    out = b""
    for label in name.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def data_bytes(kind, value):
    if kind in ("A", "AAAA"):
        return socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, value)
    if kind == "MX":
        preference, host = value.split(" ")
        return struct.pack(">H", int(preference)) + name_bytes("" if host == "." else host)
    if kind in ("CNAME", "PTR"):
        return name_bytes(value)
    if kind == "TLSA":
        return bytes.fromhex(value)
    parts = value if isinstance(value, list) else [value[i:i + 255] for i in range(0, len(value), 255)] or [""]
    return b"".join(bytes([len(p)]) + p.encode("latin-1") for p in parts)


def read_question(packet):
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1").lower())
        at += 1 + packet[at]
    kind, = struct.unpack(">H", packet[at + 1:at + 3])
    return ".".join(labels), kind, packet[12:at + 5]


class Server:
    def __init__(self, zone, delay=0.02, host="127.0.0.1", port=0):
        self.host, self.port = host, port  # port 0: any
        self.zone = {}
        self.parents = set()
        self.delay = delay
        self.queries = 0
        for name, kind, value in zone:
            name = name.lower()
            self.zone.setdefault(name, []).append((kind, value))
            while "." in name:
                name = name.split(".", 1)[1]
                self.parents.add(name)

    # ---- answers ----

    def records(self, name, kind):
        """(rcode, [(owner, kind, value)]), aliases followed inside the zone."""
        out = []
        for _ in range(8):
            rows = self.zone.get(name)
            if rows is None:
                return (0 if name in self.parents else 3), out
            found = [(name, k, v) for k, v in rows if TYPES[k] == kind]
            if found:
                return 0, out + found
            alias = [v for k, v in rows if k == "CNAME"]
            if not alias:
                return 0, out
            out.append((name, "CNAME", alias[0]))
            name = alias[0].lower()
        return 0, out

    def message(self, ident, question, rcode, records, flags=0x8180):
        body = b""
        for owner, kind, value in records:
            data = data_bytes(kind, value)
            body += name_bytes(owner) + struct.pack(">HHIH", TYPES[kind], 1, 300, len(data)) + data
        return struct.pack(">HHHHHH", ident, flags | rcode, 1, len(records), 0, 0) + question + body

    def answers(self, packet, tcp):
        """Pairs of delay and bytes."""
        self.queries += 1
        ident, = struct.unpack(">H", packet[:2])
        name, kind, question = read_question(packet)
        way = next((w for w in name.split(".") if w.startswith("way-")), "")
        rcode, records = self.records(name, kind)
        whole = self.message(ident, question, rcode, records)
        if way == "way-mute":
            return []
        if way == "way-garbage":
            return [(self.delay, packet[:2] + b"\x81\x80" + b"\xc0\x0c" * 40)]
        if way == "way-servfail":
            return [(self.delay, self.message(ident, question, 2, []))]
        if way == "way-refused":
            return [(self.delay, self.message(ident, question, 5, []))]
        if way == "way-cut":
            return [(self.delay, whole if tcp else self.message(ident, question, 0, [], 0x8380))]
        if way == "way-cutalways":
            return [(self.delay, self.message(ident, question, 0, [], 0x8380))]
        if way == "way-liar":
            lie = self.message(ident ^ 0x5555, question, 0, [(name, "TXT", "v=spf1 +all")])
            return [(self.delay, lie), (2 * self.delay, whole)]
        if way == "way-onlylies":
            return [(self.delay, self.message(ident ^ 0x5555, question, 0, [(name, "TXT", "v=spf1 +all")]))]
        if way == "way-otherquestion":
            other = name_bytes("other.test") + question[-4:]
            return [(self.delay, self.message(ident, other, 0, [("other.test", "TXT", "v=spf1 +all")]))]
        if way == "way-loop" and kind == 16:
            loop = [(name, "CNAME", "b." + name), ("b." + name, "CNAME", name)]
            return [(self.delay, self.message(ident, question, 0, loop))]
        if not tcp and len(whole) > UDP_BYTES:
            return [(self.delay, self.message(ident, question, 0, [], 0x8380))]
        return [(self.delay, whole)]

    # ---- sockets ----

    def start(self):
        """Both sockets have the same port; it is returned."""
        ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(10)
        return self.port

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.listen())
        ready.set()
        self.loop.run_forever()

    async def listen(self):
        server = self

        class Udp(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, peer):
                for delay, answer in server.answers(data, False):
                    server.loop.call_later(delay, self.transport.sendto, answer, peer)

        async def tcp(reader, writer):
            try:
                while True:
                    size, = struct.unpack(">H", await reader.readexactly(2))
                    packet = await reader.readexactly(size)
                    for delay, answer in server.answers(packet, True):
                        await asyncio.sleep(delay)
                        writer.write(struct.pack(">H", len(answer)) + answer)
                        await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        for _ in range(50):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((self.host, self.port))
            port = sock.getsockname()[1]
            try:
                self.tcp_server = await asyncio.start_server(tcp, self.host, port)
            except OSError:
                sock.close()
                continue
            await self.loop.create_datagram_endpoint(Udp, sock=sock)
            self.port = port
            return
        raise OSError("no port that is free for UDP and TCP")
