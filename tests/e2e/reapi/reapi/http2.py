# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Just enough of HTTP/2 to send what no client library would: frames by hand, cut off anywhere."""

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
INITIAL_WINDOW_SIZE = 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(values=()):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *value) for value in values))


def literal(name, value):
    """A header that is in no table (RFC 7541, 6.2.2), for names and values below 127 bytes."""
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def request(stream, method, flags=END_HEADERS):
    block = b"".join(literal(name, value) for name, value in (
        (":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "localhost"),
        ("te", "trailers"), ("content-type", "application/grpc")))
    return frame(HEADERS, flags, stream, block)


def message(data, announced=None):
    """A message with gRPC's prefix; ANNOUNCED: another length than its own."""
    return struct.pack(">BI", 0, len(data) if announced is None else announced) + data


class Connection:
    """A TCP connection; with a small receive buffer it stalls soon when nobody reads."""

    def __init__(self, target, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        host, port = target.rsplit(":", 1)
        self.socket.connect((host, int(port)))
        self.socket.settimeout(20)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def start(self, values=()):
        self.send(PREFACE + settings(values))

    def reset(self):
        """Closes with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def read_frame(self):
        """(kind, flags, stream, payload), or None at the end. Settings and pings are answered."""
        while True:
            if len(self.pending) >= 9:
                length = int.from_bytes(self.pending[:3], "big")
                if len(self.pending) >= 9 + length:
                    break
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                return None
            if not data:
                return None
            self.pending += data
        kind, flags, stream = struct.unpack(">BBI", self.pending[3:9])
        payload, self.pending = self.pending[9:9 + length], self.pending[9 + length:]
        if kind in (SETTINGS, PING) and not flags & ACK:
            self.send(frame(kind, ACK, 0, payload if kind == PING else b""))
        return kind, flags, stream & 0x7FFFFFFF, payload

    def until_end_of(self, stream):
        """Reads until the stream or the connection ends; whether it was the stream alone."""
        while True:
            got = self.read_frame()
            if got is None or got[0] == GOAWAY:
                return False
            if got[2] == stream and (got[0] == RST_STREAM or got[1] & END_STREAM):
                return True

    def pour(self, stream, limit):
        """Sends DATA as fast as the server grants it, until it ends the stream or LIMIT is sent.

        The bytes that were sent; the connection is as `start` and a request left it."""
        piece, sent = bytes(16384), 0
        windows, initial = {0: 65535, stream: 65535}, 65535
        while sent < limit:
            count = min(windows[0], windows[stream]) // len(piece)
            if count > 0:
                try:
                    self.send(frame(DATA, 0, stream, piece) * count)
                except OSError:
                    return sent
                for one in windows:
                    windows[one] -= count * len(piece)
                sent += count * len(piece)
            got = self.read_frame()
            if got is None or got[0] in (RST_STREAM, GOAWAY, HEADERS):
                return sent
            if got[0] == WINDOW_UPDATE and got[2] in windows:
                windows[got[2]] += int.from_bytes(got[3], "big")
            if got[0] == SETTINGS:
                for at in range(0, len(got[3]), 6):
                    name, value = struct.unpack(">HI", got[3][at:at + 6])
                    if name == INITIAL_WINDOW_SIZE:
                        windows[stream] += value - initial
                        initial = value
        return sent
