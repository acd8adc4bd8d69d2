# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Connections that say nothing, stop, break off, or speak another language."""

import os
import socket
import time

import grpc

from reapi import http2
from reapi.client import Client
from reapi.harness import Tests, eventually, holds, same, takes_at_most
from reapi.http2 import END_HEADERS, END_STREAM, Connection, frame, message, request
from reapi.messages import google
from reapi.tree import digest, key

test = Tests()

READ = "/google.bytestream.ByteStream/Read"
WRITE = "/google.bytestream.ByteStream/Write"
FIND = "/build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs"


def serves(client):
    """A client gets its answers within a second or so."""
    data = os.urandom(1000)
    start = time.monotonic()
    client.write(data)
    same(client.read(digest(data)), data)
    with Client(client.target) as other:
        same(other.missing([digest(data)]), set())
    holds(time.monotonic() - start < 5, "the others are served slowly")


@test()
def five_hundred_connections_that_say_nothing_disturb_nobody(client):
    host, port = client.target.rsplit(":", 1)
    silent = [socket.create_connection((host, int(port))) for _ in range(500)]
    try:
        serves(client)
    finally:
        for connection in silent:
            connection.close()
    serves(client)


@test()
def three_hundred_connections_that_stop_after_their_settings(client):
    connections = [Connection(client.target) for _ in range(300)]
    try:
        for connection in connections:
            connection.start()
        serves(client)
    finally:
        for connection in connections:
            connection.reset()
    serves(client)


@test()
def messages_that_are_announced_and_never_come_disturb_nobody(client):
    connections = [Connection(client.target) for _ in range(20)]
    try:
        for number, connection in enumerate(connections):
            announced = (2 << 30, (2 << 30) - 1, 0xFFFFFFFF, 17 << 20)[number % 4]
            connection.start()
            connection.send(request(1, FIND) + frame(http2.DATA, 0, 1,
                                                     message(b"x" * 100, announced)))
        serves(client)
    finally:
        for connection in connections:
            connection.reset()


@test()
def clients_that_stop_reading_hold_up_nobody(client, service):
    data = os.urandom(64 << 20)
    client.write(data)
    name = client.read_name(digest(data))
    ask = message(google.ReadRequest(resource_name=name).SerializeToString())
    stalled = [Connection(client.target, receive_buffer=4096) for _ in range(30)]
    try:
        for connection in stalled:
            connection.start([(http2.INITIAL_WINDOW_SIZE, 0x7FFFFFFF)])
            connection.send(frame(http2.WINDOW_UPDATE, 0, 0, b"\x7f\x00\x00\x00") +
                            request(1, READ) + frame(http2.DATA, END_STREAM, 1, ask))
        time.sleep(1)
        serves(client)
        with open(f"/proc/{service.process.pid}/statm", encoding="utf-8") as statm:
            resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        takes_at_most(resident, 350 << 20, f"{len(stalled)} stalled readers")
    finally:
        for connection in stalled:
            connection.reset()
    serves(client)


@test()
def clients_that_never_grant_a_window_hold_up_nobody(client):
    data = os.urandom(1 << 20)
    client.write(data)
    ask = message(google.ReadRequest(
        resource_name=client.read_name(digest(data))).SerializeToString())
    with Connection(client.target) as connection:
        connection.start([(http2.INITIAL_WINDOW_SIZE, 0)])
        for stream in range(1, 100, 2):
            connection.send(request(stream, READ) + frame(http2.DATA, END_STREAM, stream, ask))
        serves(client)
    serves(client)


def conversation(client, data):
    """The bytes of a client that writes DATA in messages of 1000 bytes."""
    name = client.write_name(digest(data))
    pieces = [http2.PREFACE, http2.settings(), request(1, WRITE)]
    for at in range(0, len(data), 1000):
        body = google.WriteRequest(resource_name=name, write_offset=at, data=data[at:at + 1000],
                                   finish_write=at + 1000 >= len(data)).SerializeToString()
        pieces.append(frame(http2.DATA, END_STREAM if at + 1000 >= len(data) else 0, 1,
                            message(body)))
    return pieces


@test()
def a_break_at_each_message_leaves_nothing_behind(client, service):
    data = os.urandom(10_000)
    of = digest(data)
    count = len(conversation(client, data))
    for reset in (False, True):
        for last in range(count):
            connection = Connection(client.target)
            connection.send(b"".join(conversation(client, data)[:last]))
            if reset:
                connection.reset()
            else:
                connection.socket.close()
        same(client.missing([of]), {key(of)}, "missing")
    whole = Connection(client.target)
    whole.send(b"".join(conversation(client, data)))
    eventually(lambda: not client.missing([of]), "the whole conversation stores it")
    whole.socket.close()
    same(client.read(of), data)
    serves(client)


@test()
def a_break_at_any_byte_leaves_nothing_behind(client):
    data = os.urandom(3000)
    of = digest(data)
    whole = b"".join(conversation(client, data))
    for last in range(0, len(whole) - 1, 41):
        connection = Connection(client.target)
        connection.send(b"".join(conversation(client, data))[:last])
        connection.reset()
    same(client.missing([of]), {key(of)}, "missing")
    serves(client)


@test()
def a_break_while_reading_leaves_nothing_behind(client):
    data = os.urandom(4 << 20)
    client.write(data)
    ask = message(google.ReadRequest(
        resource_name=client.read_name(digest(data))).SerializeToString())
    for frames in range(0, 12):
        with Connection(client.target) as connection:
            connection.start([(http2.INITIAL_WINDOW_SIZE, 0x7FFFFFFF)])
            connection.send(frame(http2.WINDOW_UPDATE, 0, 0, b"\x7f\x00\x00\x00") +
                            request(1, READ) + frame(http2.DATA, END_STREAM, 1, ask))
            for _ in range(frames):
                connection.read_frame()
            connection.reset()
    serves(client)


@test()
def executions_whose_clients_are_gone_end(client, service):
    for number in range(20):
        with Client(client.target) as other:
            stream = other.execute(other.action(["/bin/sh", "-c", "sleep 1"],
                                                salt=os.urandom(8)))
            if number % 2:
                next(stream)
    eventually(lambda: service.stats()["actions"]["running"] == 0, "no action runs on", 90)


@test()
def a_thousand_calls_cancelled_at_once(client):
    data = os.urandom(2 << 20)
    client.write(data)
    name = client.read_name(digest(data))
    for _ in range(5):
        calls = [client.call("Read", resource_name=name) for _ in range(200)]
        for call in calls:
            call.cancel()
    serves(client)


@test()
def other_languages_are_not_spoken(client):
    for words in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(2000), b"\0" * 5000,
                  b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500),
                  http2.PREFACE + os.urandom(500), http2.PREFACE + http2.settings() +
                  frame(http2.HEADERS, END_HEADERS | END_STREAM, 1, os.urandom(200)),
                  http2.PREFACE + http2.settings() + frame(http2.DATA, 0, 1, b"no stream"),
                  http2.PREFACE + http2.settings() + b"\xff\xff\xff\0\0\0\0\0\1"):
        with Connection(client.target) as connection:
            try:
                connection.send(words)
                connection.socket.settimeout(0.3)
                connection.socket.recv(100)
            except OSError:
                pass
    serves(client)


@test()
def messages_that_are_no_protobuf_are_refused(client):
    for method in (FIND, WRITE, READ, "/build.bazel.remote.execution.v2.Execution/Execute",
                   "/google.longrunning.Operations/GetOperation"):
        for data in (b"\xff" * 100, b"\x0a\xff\xff\xff\xff\x0f", os.urandom(200),
                     b"\x0b" * 20_000):
            call = client.channel.stream_stream(method, lambda body: body, lambda body: body)
            try:
                list(call(iter([data]), timeout=10))
            except grpc.RpcError as error:
                holds(error.code().name in ("INVALID_ARGUMENT", "INTERNAL", "NOT_FOUND"),
                      f"{method}: {error.code().name}")
    serves(client)
