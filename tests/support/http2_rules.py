"""What RFC 9113 asks of a server, in the manner of h2spec: each check breaks one rule on a connection of its own, or
stretches it, and says what must come of it.

    http2_rules.py PORT NAME ROOT     a line for each check that failed; the last line counts them all
"""

import socket
import ssl
import struct
import sys

import hpack

PORT, NAME, ROOT = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = range(4)
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, COMPRESSION_ERROR = 5, 6, 7, 9
CHECKS = []


def check(section, what):
    def add(run):
        CHECKS.append((section, what, run))
        return run
    return add


class Failed(Exception):
    pass


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


def fields(*more, without=(), method="GET", **changed):
    base = {":method": method, ":scheme": "https", ":path": "/x.css", ":authority": NAME}
    base.update({f":{name}": value for name, value in changed.items()})
    return [(name, value) for name, value in base.items() if name not in without] + list(more)


def block(listed):
    # Without the dynamic table, so that checks do not depend on each other; as they stand, whatever is in them.
    out = b""
    for name, value in listed:
        name, value = name.encode(), value.encode()
        out += b"\x00" + hpack.hpack.encode_integer(len(name), 7) + name
        out += hpack.hpack.encode_integer(len(value), 7) + value
    return out


def head(stream, listed=None, flags=END_STREAM | END_HEADERS):
    return frame(HEADERS, flags, stream, block(fields() if listed is None else listed))


class Connection:
    def __init__(self, preface=PREFACE, settings=b""):
        context = ssl.create_default_context(cafile=ROOT)
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", PORT), timeout=30)
        self.socket = context.wrap_socket(plain, server_hostname=NAME)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.seen, self.ended, self.decoder = [], False, hpack.Decoder()
        self.buffer = b""
        self.send(preface + (frame(SETTINGS, 0, 0, settings) if preface == PREFACE else b""))

    def send(self, *frames):
        try:
            self.socket.sendall(b"".join(frames))
        except OSError:
            self.ended = True

    def next(self):
        """The next frame as (kind, flags, stream, payload); nothing once the server has ended the connection."""
        while True:
            if len(self.buffer) >= 9:
                length = int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) >= 9 + length:
                    kind, flags = self.buffer[3], self.buffer[4]
                    stream = int.from_bytes(self.buffer[5:9], "big") & 0x7FFFFFFF
                    payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
                    return kind, flags, stream, payload
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                raise Failed("the server says nothing, and does not end the connection")
            except OSError:
                more = b""
            if not more:
                return None
            self.buffer += more

    def until(self, wanted):
        """Reads on to the first frame that is wanted."""
        seen = []
        while (one := self.next()) is not None:
            if wanted(*one):
                return one
            seen.append(one[:3])
        raise Failed(f"the connection ended, after {seen}")

    def answered(self, stream):
        """The stream gets an answer; gives its status."""
        def about(kind, flags, of, payload):
            return (of == stream and kind in (HEADERS, RST_STREAM)) or (kind == GOAWAY and payload[4:8] != bytes(4))
        kind, _, _, payload = self.until(about)
        if kind != HEADERS:
            raise Failed(f"{'GOAWAY' if kind == GOAWAY else 'RST_STREAM'} {payload.hex()} and no answer")
        return dict(self.decoder.decode(payload))[":status"]

    def goes_on(self, stream=101):
        self.send(head(stream))
        self.answered(stream)

    def connection_error(self, *codes):
        """GOAWAY with one of these codes, and the end; the end alone is fine as well (section 5.4.1)."""
        code = None
        while (one := self.next()) is not None:
            if one[0] == GOAWAY:
                code = int.from_bytes(one[3][4:8], "big")
                # The general code stands for each of the special ones.
                if code not in codes + (PROTOCOL_ERROR, NO_ERROR):
                    raise Failed(f"GOAWAY with {code}, and not {codes}")
        if code == NO_ERROR:
            raise Failed("the connection ended as if nothing had been wrong")

    def stream_error(self, stream, *codes):
        """RST_STREAM with one of these codes, or a connection error, or an answer that refuses (section 8.1.1)."""
        def ends(kind, flags, of, payload):
            return (kind in (RST_STREAM, HEADERS) and of == stream) or kind == GOAWAY
        try:
            kind, _, _, payload = self.until(ends)
        except Failed:
            return
        if kind == HEADERS:
            status = dict(self.decoder.decode(payload))[":status"]
            if not status.startswith("4"):
                raise Failed(f"it was answered with {status}")
            return
        code = int.from_bytes(payload[:4] if kind == RST_STREAM else payload[4:8], "big")
        if code not in codes:
            raise Failed(f"{'RST_STREAM' if kind == RST_STREAM else 'GOAWAY'} with {code}, and not {codes}")


    def too_late(self, stream, *codes):
        """Within what comes until the server answers a ping, or the end. A frame that was under way may be ignored."""
        self.send(frame(PING, 0, 0, b"the last"))
        while (one := self.next()) is not None:
            kind, flags, of, payload = one
            if kind == PING and flags & ACK and payload == b"the last":
                return
            code = None
            if kind == RST_STREAM and of == stream:
                code = int.from_bytes(payload, "big")
            elif kind == GOAWAY:
                code = int.from_bytes(payload[4:8], "big")
            if code is not None and code not in codes + (NO_ERROR,):
                raise Failed(f"frame {kind} with {code}, and not {codes}")


# Connections and frames.

@check("3.4", "a preface that is none")
def _():
    Connection(preface=b"INVALID CONNECTION PREFACE\r\n\r\n").connection_error(PROTOCOL_ERROR)


@check("4.1", "a frame of an unknown kind is ignored")
def _():
    c = Connection()
    c.send(frame(0x16, 0, 0, bytes(8)))
    c.goes_on()


@check("4.1", "flags without a meaning are ignored")
def _():
    c = Connection()
    c.send(frame(PING, 0x16, 0, b"12345678"))
    c.until(lambda kind, flags, stream, payload: kind == PING and flags & ACK and payload == b"12345678")


@check("4.1", "the reserved bit is ignored")
def _():
    c = Connection()
    c.send(frame(PING, 0, 1 << 31, b"12345678"))
    c.until(lambda kind, flags, stream, payload: kind == PING and flags & ACK)


@check("4.2", "a frame of the largest size")
def _():
    c = Connection()
    c.send(head(1, fields(("content-type", "text/plain"), method="POST"), END_HEADERS),
           frame(DATA, END_STREAM, 1, bytes(16384)))
    c.answered(1)


@check("4.2", "DATA that is larger")
def _():
    c = Connection()
    c.send(head(1, fields(method="POST"), END_HEADERS), frame(DATA, END_STREAM, 1, bytes(16385)))
    c.stream_error(1, FRAME_SIZE_ERROR)


@check("4.2", "HEADERS that are larger")
def _():
    c = Connection()
    c.send(head(1, fields(("a", "b" * 16384))))
    c.connection_error(FRAME_SIZE_ERROR)


@check("4.3", "a header block that cannot be decoded")
def _():
    c = Connection()
    c.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff\xff\xff"))
    c.connection_error(COMPRESSION_ERROR)


@check("4.3", "PRIORITY in the middle of a header block")
def _():
    c = Connection()
    c.send(frame(HEADERS, END_STREAM, 1, block(fields())), frame(PRIORITY, 0, 1, bytes(5)))
    c.connection_error(PROTOCOL_ERROR)


@check("4.3", "HEADERS of another stream in the middle of a header block")
def _():
    c = Connection()
    c.send(frame(HEADERS, END_STREAM, 1, block(fields())), head(3))
    c.connection_error(PROTOCOL_ERROR)


@check("5.5", "an unknown frame in the middle of a header block")
def _():
    c = Connection()
    c.send(frame(HEADERS, END_STREAM, 1, block(fields())), frame(0x16, 0, 0, bytes(8)))
    c.connection_error(PROTOCOL_ERROR)


# The states of streams.

for kind, payload in ((DATA, b"x"), (RST_STREAM, bytes(4)), (WINDOW_UPDATE, b"\0\0\0\1"), (CONTINUATION, b"")):
    @check("5.1", f"frame {kind} on an idle stream")
    def _(kind=kind, payload=payload):
        c = Connection()
        c.send(frame(kind, END_HEADERS if kind == CONTINUATION else 0, 1, payload))
        c.connection_error(PROTOCOL_ERROR)

for kind in (DATA, HEADERS, CONTINUATION):
    @check("5.1", f"frame {kind} after the end of a stream")
    def _(kind=kind):
        c = Connection()
        late = head(1) if kind == HEADERS else frame(kind, END_STREAM if kind == DATA else END_HEADERS, 1, b"")
        c.send(head(1), late)
        c.too_late(1, STREAM_CLOSED, PROTOCOL_ERROR)

    @check("5.1", f"frame {kind} after RST_STREAM")
    def _(kind=kind):
        c = Connection()
        late = head(1) if kind == HEADERS else frame(kind, END_STREAM if kind == DATA else END_HEADERS, 1, b"")
        c.send(head(1, flags=END_HEADERS), frame(RST_STREAM, 0, 1, struct.pack("!I", 8)), late)
        c.too_late(1, STREAM_CLOSED, PROTOCOL_ERROR)


@check("5.1.1", "a stream of an even number")
def _():
    c = Connection()
    c.send(head(2))
    c.connection_error(PROTOCOL_ERROR)


@check("5.1.1", "a stream of a lower number than an earlier one")
def _():
    c = Connection()
    c.send(head(5))
    c.answered(5)
    c.send(head(3))
    c.connection_error(PROTOCOL_ERROR, STREAM_CLOSED)


# Each kind of frame.

for kind, payload in ((DATA, b"x"), (PRIORITY, bytes(5)), (RST_STREAM, bytes(4)), (CONTINUATION, b"")):
    @check("6", f"frame {kind} on stream 0")
    def _(kind=kind, payload=payload):
        c = Connection()
        c.send(head(1, fields(method="POST"), END_HEADERS), frame(kind, 0, 0, payload))
        c.connection_error(PROTOCOL_ERROR)


@check("6.2", "HEADERS on stream 0")
def _():
    c = Connection()
    c.send(head(0))
    c.connection_error(PROTOCOL_ERROR)


for kind, payload in ((SETTINGS, b""), (PING, bytes(8)), (GOAWAY, bytes(8))):
    @check("6", f"frame {kind} on a stream")
    def _(kind=kind, payload=payload):
        c = Connection()
        c.send(head(1, fields(method="POST"), END_HEADERS), frame(kind, 0, 1, payload))
        c.connection_error(PROTOCOL_ERROR)

for kind, stream, length in ((PRIORITY, 1, 4), (RST_STREAM, 1, 3), (PING, 0, 6), (WINDOW_UPDATE, 0, 3), (SETTINGS, 0, 3)):
    @check("6", f"frame {kind} of the wrong length")
    def _(kind=kind, stream=stream, length=length):
        c = Connection()
        c.send(head(1, fields(method="POST"), END_HEADERS), frame(kind, 0, stream, bytes(length)))
        c.stream_error(1, FRAME_SIZE_ERROR, PROTOCOL_ERROR)

for kind in (DATA, HEADERS):
    @check("6", f"frame {kind} whose padding is longer than itself")
    def _(kind=kind):
        c = Connection()
        if kind == DATA:
            c.send(head(1, fields(method="POST"), END_HEADERS), frame(DATA, PADDED | END_STREAM, 1, b"\x06abcde"[:6]))
        else:
            c.send(frame(HEADERS, PADDED | END_STREAM | END_HEADERS, 1, b"\xff" + block(fields())))
        c.connection_error(PROTOCOL_ERROR)


@check("6.1", "padding that is as it should be")
def _():
    c = Connection()
    c.send(head(1, fields(method="POST"), END_HEADERS), frame(DATA, PADDED | END_STREAM, 1, b"\x03abc\0\0\0"))
    c.answered(1)


@check("6.5", "an acknowledgement with content")
def _():
    c = Connection()
    c.send(frame(SETTINGS, ACK, 0, bytes(6)))
    c.connection_error(FRAME_SIZE_ERROR)


for number, value, code in ((2, 2, PROTOCOL_ERROR), (4, 1 << 31, FLOW_CONTROL_ERROR), (5, 16383, PROTOCOL_ERROR),
                            (5, 1 << 24, PROTOCOL_ERROR)):
    @check("6.5.2", f"setting {number} of {value}")
    def _(number=number, value=value, code=code):
        c = Connection()
        c.send(frame(SETTINGS, 0, 0, struct.pack("!HI", number, value)))
        c.connection_error(code)


@check("6.5.2", "a setting without a meaning is ignored")
def _():
    c = Connection()
    c.send(frame(SETTINGS, 0, 0, struct.pack("!HI", 0xFF, 1)))
    c.goes_on()


@check("6.5.3", "settings are acknowledged")
def _():
    c = Connection()
    c.until(lambda kind, flags, stream, payload: kind == SETTINGS and flags & ACK and not payload)


@check("6.6", "PUSH_PROMISE from a client")
def _():
    c = Connection()
    c.send(head(1, fields(method="POST"), END_HEADERS),
           frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + block(fields())))
    c.connection_error(PROTOCOL_ERROR)


@check("6.7", "an acknowledged PING is not answered")
def _():
    c = Connection()
    c.send(frame(PING, ACK, 0, b"invalid!"), frame(PING, 0, 0, b"question"))
    _, _, _, payload = c.until(lambda kind, flags, stream, payload: kind == PING)
    if payload != b"question":
        raise Failed(f"it was, with {payload}")


@check("6.9", "a window that grows by nothing")
def _():
    c = Connection()
    c.send(frame(WINDOW_UPDATE, 0, 0, bytes(4)))
    c.connection_error(PROTOCOL_ERROR)


@check("6.9", "a stream's window that grows by nothing")
def _():
    c = Connection()
    c.send(head(1, fields(method="POST"), END_HEADERS), frame(WINDOW_UPDATE, 0, 1, bytes(4)))
    c.stream_error(1, PROTOCOL_ERROR)


@check("6.9.1", "a window that grows beyond its bound")
def _():
    c = Connection()
    c.send(frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", (1 << 31) - 1)) * 2)
    c.connection_error(FLOW_CONTROL_ERROR)


@check("6.9.1", "a stream's window that grows beyond its bound")
def _():
    c = Connection()
    grow = frame(WINDOW_UPDATE, 0, 1, struct.pack("!I", (1 << 31) - 1))
    c.send(head(1, fields(method="POST"), END_HEADERS), grow, grow)
    c.stream_error(1, FLOW_CONTROL_ERROR)


@check("6.9.2", "an answer of one octet at a time")
def _():
    c = Connection(settings=struct.pack("!HI", 4, 1))
    page = fields(("accept", "text/html"), ("sec-fetch-dest", "iframe"), ("sec-fetch-mode", "navigate"), path="/")
    c.send(head(1, page))
    c.answered(1)
    for _ in range(3):
        _, _, _, payload = c.until(lambda kind, flags, stream, payload: kind == DATA and stream == 1)
        if len(payload) != 1:
            raise Failed(f"{len(payload)} octets came where the window is one")
        c.send(frame(WINDOW_UPDATE, 0, 1, struct.pack("!I", 1)))


@check("6.10", "a header block in many pieces")
def _():
    c = Connection()
    whole = block(fields(("a", "b" * 100)))
    pieces = [whole[at:at + 60] for at in range(0, len(whole), 60)]
    c.send(frame(HEADERS, END_STREAM, 1, pieces[0]))
    c.send(*[frame(CONTINUATION, 0, 1, piece) for piece in pieces[1:]], frame(CONTINUATION, END_HEADERS, 1))
    c.answered(1)


@check("6.10", "CONTINUATION after the end of a header block")
def _():
    c = Connection()
    c.send(head(1, fields(method="POST"), END_HEADERS), frame(CONTINUATION, END_HEADERS, 1, b""))
    c.connection_error(PROTOCOL_ERROR)


# Requests.

MALFORMED = {
    "a field name with a capital": fields(("X-Test", "a")),
    "an unknown pseudo field": fields((":test", "a")),
    "a pseudo field of answers": fields((":status", "200")),
    "a pseudo field behind another field": [("a", "b")] + fields(),
    "Connection": fields(("connection", "keep-alive")),
    "TE that is not trailers": fields(("te", "trailers, deflate")),
    "no method": fields(without=[":method"]),
    "no scheme": fields(without=[":scheme"]),
    "no path": fields(without=[":path"]),
    "an empty path": fields(path=""),
    "two methods": fields() + [(":method", "GET")],
    "two schemes": fields() + [(":scheme", "https")],
    "two paths": fields() + [(":path", "/")],
    "a line break in a field": fields(("a", "b\r\nc: d")),
    "a NUL in a field": fields(("a", "b\0c")),
    "a colon in a field name": fields(("a:b", "c")),
}
for what, listed in MALFORMED.items():
    @check("8", what)
    def _(listed=listed):
        c = Connection()
        c.send(head(1, listed))
        c.stream_error(1, PROTOCOL_ERROR)
        if not c.ended:
            # Others on the connection are not touched, unless all of it ended.
            try:
                c.goes_on()
            except Failed as failed:
                if "ended" not in str(failed):
                    raise


@check("8.1", "a second head without the end of the stream")
def _():
    c = Connection()
    c.send(head(1, fields(method="POST"), END_HEADERS), head(1, [("a", "b")], END_HEADERS))
    c.stream_error(1, PROTOCOL_ERROR)


@check("8.1", "a pseudo field behind the body counts for nothing")
def _():
    # It is to be refused; the library under the server leaves it out, and answers.
    c = Connection()
    c.send(head(1, fields(method="POST"), END_HEADERS), head(1, [(":method", "HEAD"), (":path", "/nothing")]))
    c.answered(1)


for length, pieces in (("1", [b"test"]), ("1", [b"te", b"st"]), ("9", [b"test"])):
    @check("8.1.1", f"a length of {length} and a body in {len(pieces)} of 4")
    def _(length=length, pieces=pieces):
        c = Connection()
        c.send(head(1, fields(("content-length", length), method="POST"), END_HEADERS))
        last = len(pieces) - 1
        c.send(*[frame(DATA, END_STREAM if at == last else 0, 1, piece) for at, piece in enumerate(pieces)])
        c.stream_error(1, PROTOCOL_ERROR)


def main():
    failed = 0
    for section, what, run in CHECKS:
        try:
            run()
        except Failed as why:
            failed += 1
            print(f"section {section}, {what}: {why}")
    # Whatever they did, the server is as well as before.
    Connection().goes_on(1)
    print(f"{len(CHECKS)} checks, {failed} failed")


main()
