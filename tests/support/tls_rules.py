"""What the TLS RFCs ask of a server, in the manner of tlsfuzzer: each check says something wrong or odd on a connection
of its own, and says what must come of it. The client is tlslite-ng, a TLS in Python.

    tls_rules.py PORT NAME     a line for each check that failed; the last line counts them all
"""

import socket
import struct
import sys

from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.constants import AlertDescription, ContentType
from tlslite.errors import TLSAbruptCloseError, TLSClosedConnectionError, TLSRemoteAlert
from tlslite.messages import Message

PORT, NAME = int(sys.argv[1]), sys.argv[2]
CHECKS = []
TLS12, TLS13 = (3, 3), (3, 4)
UNEXPECTED_MESSAGE, BAD_RECORD_MAC, RECORD_OVERFLOW, HANDSHAKE_FAILURE = 10, 20, 22, 40
ILLEGAL_PARAMETER, DECODE_ERROR, PROTOCOL_VERSION, NO_RENEGOTIATION = 47, 50, 70, 100
MISSING_EXTENSION, UNRECOGNIZED_NAME = 109, 112


class Failed(Exception):
    pass


def check(what):
    def add(run):
        CHECKS.append((what, run))
        return run
    return add


def settings(version, **more):
    out = HandshakeSettings()
    out.minVersion = out.maxVersion = version
    for name, value in more.items():
        setattr(out, name, value)
    return out


class Wire:
    """A socket that may change what is sent: `change` takes the octets of each write, and gives those that go out."""

    def __init__(self, change=None):
        self.socket = socket.create_connection(("127.0.0.1", PORT), timeout=30)
        self.change = change

    def send(self, octets):
        self.socket.sendall(self.change(bytes(octets)) if self.change else octets)
        return len(octets)

    def sendall(self, octets):
        self.send(octets)

    def __getattr__(self, name):
        return getattr(self.socket, name)


def connect(version, change=None, **more):
    wire = Wire(change)
    connection = TLSConnection(wire)
    connection.handshakeClientCert(serverName=NAME, settings=settings(version, **more), alpn=[bytearray(b"http/1.1")])
    return connection, wire


def answered(connection):
    connection.sendall(f"GET /x.css HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
    seen = b""
    while b"\r\n\r\n" not in seen:
        more = connection.recv(4096)
        if not more:
            raise Failed(f"the connection ended after {seen}")
        seen += more
    if not seen.startswith(b"HTTP/1.1 200"):
        raise Failed(str(seen))


def refused(run, *alerts):
    """The server ends it with one of these alerts."""
    try:
        run()
    except TLSRemoteAlert as alert:
        if alert.description not in alerts:
            raise Failed(f"the alert {AlertDescription.toStr(alert.description)}")
    except (TLSAbruptCloseError, TLSClosedConnectionError, OSError) as error:
        raise Failed(f"no alert, but {type(error).__name__}")
    else:
        raise Failed("it was taken")


def record(kind, payload, version=(3, 3)):
    return bytes([kind, *version]) + struct.pack("!H", len(payload)) + payload


def alert_for(*octets):
    """What comes when only this is said: the alert's description; nothing when the connection just ends."""
    wire = socket.create_connection(("127.0.0.1", PORT), timeout=30)
    try:
        for piece in octets:
            wire.sendall(piece)
    except OSError:
        pass
    seen = b""
    while True:
        try:
            more = wire.recv(4096)
        except TimeoutError:
            raise Failed("the server says nothing, and does not end the connection")
        except OSError:
            break
        if not more:
            break
        seen += more
    if seen[:1] == b"\x15" and len(seen) >= 7:
        return seen[6]
    if seen:
        raise Failed(f"it was answered: {seen[:20].hex()}")
    return None


# Records.

for version in (TLS12, TLS13):
    where = {TLS12: "TLS 1.2", TLS13: "TLS 1.3"}[version]

    @check(f"{where}: nothing is wrong")
    def _(version=version):
        answered(connect(version)[0])

    @check(f"{where}: empty records of data")
    def _(version=version):
        connection, _ = connect(version)
        for _ in range(3):
            for _ in connection._recordLayer.sendRecord(Message(ContentType.application_data, bytearray())):
                pass
        answered(connection)

    @check(f"{where}: a request of one octet in each record")
    def _(version=version):
        connection, _ = connect(version)
        connection.recordSize = 1
        answered(connection)

    for size in (1, 5, 64):
        @check(f"{where}: a hello in records of {size}")
        def _(version=version, size=size):
            first = []

            def change(octets):
                if first:
                    return octets
                first.append(True)
                body = octets[5:]
                return b"".join(record(22, body[at:at + size], (3, 1)) for at in range(0, len(body), size))
            answered(connect(version, change)[0])

    @check(f"{where}: a record whose seal is broken")
    def _(version=version):
        connection, wire = connect(version)
        wire.change = lambda octets: octets[:-1] + bytes([octets[-1] ^ 1])
        refused(lambda: answered(connection), BAD_RECORD_MAC)

    @check(f"{where}: a record that is not sealed")
    def _(version=version):
        connection, wire = connect(version)
        wire.socket.sendall(record(23, b"GET / HTTP/1.1\r\n\r\n" * 3))
        refused(lambda: connection.recv(1), BAD_RECORD_MAC, DECODE_ERROR, UNEXPECTED_MESSAGE)

    @check(f"{where}: a record that is too long")
    def _(version=version):
        connection, wire = connect(version)
        wire.socket.sendall(record(23, bytes(16384 + 2048 + 1)))
        # The first is what it should say; the last is what the library under the server says.
        refused(lambda: connection.recv(1), RECORD_OVERFLOW, BAD_RECORD_MAC, DECODE_ERROR)

    @check(f"{where}: a record of no known kind")
    def _(version=version):
        connection, _ = connect(version)
        for _ in connection._recordLayer.sendRecord(Message(99, bytearray(b"x"))):
            pass
        refused(lambda: connection.recv(1), UNEXPECTED_MESSAGE, DECODE_ERROR)

    @check(f"{where}: a heartbeat that nobody agreed on")
    def _(version=version):
        connection, _ = connect(version)
        beat = bytearray(b"\x01\x40\x00x")
        for _ in connection._recordLayer.sendRecord(Message(ContentType.heartbeat, beat)):
            pass
        refused(lambda: connection.recv(1), UNEXPECTED_MESSAGE, DECODE_ERROR)

    for kind, what in ((1, "a hello"), (2, "a server's hello"), (11, "a certificate"), (20, "a second Finished")):
        @check(f"{where}: {what} after the handshake")
        def _(version=version, kind=kind):
            connection, _ = connect(version)
            message = bytearray(bytes([kind, 0, 0, 32]) + bytes(32))
            for _ in connection._recordLayer.sendRecord(Message(ContentType.handshake, message)):
                pass
            refused(lambda: answered(connection), UNEXPECTED_MESSAGE, DECODE_ERROR, NO_RENEGOTIATION,
                    ILLEGAL_PARAMETER, HANDSHAKE_FAILURE)

    @check(f"{where}: a fatal alert ends it")
    def _(version=version):
        connection, _ = connect(version)
        for _ in connection._recordLayer.sendRecord(Message(ContentType.alert, bytearray([2, 80]))):
            pass
        try:
            answered(connection)
        except (OSError, TLSAbruptCloseError, TLSClosedConnectionError, TLSRemoteAlert, Failed):
            return
        raise Failed("it went on")


# Keys that change (RFC 8446 section 4.6.3).

@check("new keys, and an answer under them")
def _():
    connection, _ = connect(TLS13)
    for request in (0, 1, 1):
        for _ in connection.send_keyupdate_request(request):
            pass
        answered(connection)


@check("new keys of no known kind")
def _():
    connection, _ = connect(TLS13)
    for _ in connection._recordLayer.sendRecord(Message(ContentType.handshake, bytearray(b"\x18\0\0\1\2"))):
        pass
    refused(lambda: answered(connection), ILLEGAL_PARAMETER, DECODE_ERROR)


# What is agreed on.

for version in ((3, 1), (3, 2)):
    @check(f"version {version} alone")
    def _(version=version):
        refused(lambda: connect(version), PROTOCOL_VERSION, HANDSHAKE_FAILURE)


@check("no suite in common")
def _():
    refused(lambda: connect(TLS12, cipherNames=["aes256"], macNames=["sha"]), HANDSHAKE_FAILURE)


@check("no group in common")
def _():
    refused(lambda: connect(TLS13, eccCurves=["x448"], keyShares=["x448"], dhGroups=[]), HANDSHAKE_FAILURE)


for group in ("x25519", "secp256r1", "secp384r1"):
    @check(f"the group {group}, and a hello that is asked for again where it has no share")
    def _(group=group):
        for shares in ([group], []):
            answered(connect(TLS13, eccCurves=[group], keyShares=shares, dhGroups=[])[0])


# Hellos, octet for octet.

def extension(number, content):
    return struct.pack("!HH", number, len(content)) + content


def listed(content, width=2):
    return len(content).to_bytes(width, "big") + content


SUITES = bytes.fromhex("13011302c02bc02f")
EXTENSIONS = {
    "name": extension(0, listed(b"\0" + listed(NAME.encode()))),
    "groups": extension(10, listed(bytes.fromhex("001d0017"))),
    "signatures": extension(13, listed(bytes.fromhex("040308040401"))),
    "versions": extension(43, listed(bytes.fromhex("0304"), 1)),
    "share": extension(51, listed(bytes.fromhex("001d") + listed(bytes([9]) + bytes(31)))),
}


def hello(suites=listed(SUITES), session=listed(bytes(32), 1), compression=b"\1\0", tail=b"", extra=b"", **changed):
    extensions = b"".join({**EXTENSIONS, **changed}.values()) + extra
    body = b"\3\3" + bytes(range(32)) + session + suites + compression + listed(extensions) + tail
    return record(22, b"\1" + listed(body, 3), (3, 1))


WRONG = [DECODE_ERROR, ILLEGAL_PARAMETER, HANDSHAKE_FAILURE, UNEXPECTED_MESSAGE, MISSING_EXTENSION, UNRECOGNIZED_NAME,
         PROTOCOL_VERSION]
HELLOS = {
    "octets behind the extensions": hello(tail=b"\0"),
    "no suites": hello(suites=listed(b"")),
    "half a suite": hello(suites=listed(SUITES[:-1])),
    "a session id of 33 octets": hello(session=listed(bytes(33), 1)),
    "no compression": hello(compression=b"\0"),
    "an extension twice": hello(extra=EXTENSIONS["groups"]),
    "an extension longer than the hello": hello(extra=struct.pack("!HH", 21, 500)),
    "an empty list of groups": hello(groups=extension(10, listed(b""))),
    "an empty list of signatures": hello(signatures=extension(13, listed(b""))),
    "no list of signatures": hello(signatures=b""),
    "a share of one octet": hello(share=extension(51, listed(bytes.fromhex("001d") + listed(b"x")))),
    "a share that is the zero point": hello(share=extension(51, listed(bytes.fromhex("001d") + listed(bytes(32))))),
    "two shares for one group": hello(share=extension(51, listed((bytes.fromhex("001d") + listed(bytes([9] * 32))) * 2))),
    "no known version": hello(versions=extension(43, listed(bytes.fromhex("7f00"), 1))),
    "an empty name": hello(name=extension(0, listed(b"\0" + listed(b"")))),
    "two names": hello(name=extension(0, listed((b"\0" + listed(NAME.encode())) * 2))),
    "a name with a NUL": hello(name=extension(0, listed(b"\0" + listed(b"k\0.bench.test")))),
    "a session key that nobody gave, and it is not last": hello(extra=extension(41, listed(listed(b"x" * 32) + bytes(4))
                                                                               + listed(listed(bytes(32), 1)))
                                                                + extension(21, b"")),
    "a message that is no hello": record(22, b"\2" + listed(bytes(64), 3), (3, 1)),
    "an empty message": record(22, b"\1" + listed(b"", 3), (3, 1)),
    "an empty record": record(22, b"", (3, 1)),
}
NOT_TLS = {
    "an alert": record(21, b"\1\0", (3, 1)),
    "data": record(23, b"GET / HTTP/1.1\r\n\r\n", (3, 1)),
    "a change of ciphers": record(20, b"\1", (3, 3)),
    "SSL 2": bytes.fromhex("802e0100020015000000100100800200800300800400800500800600400700c0") + bytes(16),
}
for what, octets in HELLOS.items():
    @check(f"a hello with {what}")
    def _(octets=octets):
        alert = alert_for(octets)
        if alert not in WRONG:
            raise Failed(f"the alert {alert and AlertDescription.toStr(alert)}")

for what, octets in NOT_TLS.items():
    @check(f"{what} instead of a hello")
    def _(octets=octets):
        if alert_for(octets) is not None:
            raise Failed("an alert for who does not speak TLS")


def main():
    failed = 0
    for what, run in CHECKS:
        try:
            run()
        except Exception as why:
            failed += 1
            print(f"{what}: {type(why).__name__} {why}")
    # Whatever they did, the server is as well as before.
    answered(connect(TLS13)[0])
    print(f"{len(CHECKS)} checks, {failed} failed")


main()
