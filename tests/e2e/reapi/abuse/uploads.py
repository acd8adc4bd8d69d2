# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Uploads that are not what they say, and requests that are too large."""

import os

import grpc

from reapi import zstd
from reapi.client import METHODS
from reapi.harness import Tests, fails, holds, same
from reapi.messages import ZSTD, google, reapi
from reapi.tree import digest, key

test = Tests()

PACKED = "compressed-blobs/zstd"


class Refused(grpc.RpcError):
    """The entries of a batch were refused in place of the call."""

    def code(self):
        return grpc.StatusCode.INVALID_ARGUMENT

    def details(self):
        return "an entry"


def refused_write(client, of, messages, code="INVALID_ARGUMENT"):
    """The write fails, and nothing of it is there."""
    with fails(code):
        client.write_messages(messages)
    same(client.missing([of]), {key(of)}, "missing")
    with fails("NOT_FOUND"):
        client.read(of)


@test()
def bytes_of_another_digest_are_refused(client):
    of = digest(os.urandom(1000))
    refused_write(client, of, [google.WriteRequest(
        resource_name=client.write_name(of), data=os.urandom(1000), finish_write=True)])


@test()
def more_or_fewer_bytes_than_named_are_refused(client):
    data = os.urandom(100_000)
    for size in (99_999, 100_001, 1, 2**62):
        of = reapi.Digest(hash=digest(data).hash, size_bytes=size)
        with fails("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"):
            client.write_named(client.write_name(of), data)
        same(client.missing([of]), {key(of)})


@test()
def the_digest_of_nothing_with_a_size_is_refused(client):
    of = reapi.Digest(hash=digest(b"").hash, size_bytes=5)
    with fails("INVALID_ARGUMENT"):
        client.write_named(client.write_name(of), b"12345")
    with fails("NOT_FOUND", "INVALID_ARGUMENT"):
        client.read(of)


@test()
def nothing_under_a_digest_of_something_is_refused(client):
    of = reapi.Digest(hash=digest(b"something").hash, size_bytes=0)
    with fails("INVALID_ARGUMENT"):
        client.write_named(client.write_name(of), b"")


BAD_HASHES = ("", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 63 + "\0", "../" * 21 + "a",
              "a" * 40, "a" * 100_000, " " + "a" * 63)


@test()
def digests_of_63_digits_and_the_like_are_refused_everywhere(client):
    for text in BAD_HASHES:
        of = reapi.Digest(hash=text, size_bytes=4)
        for method, fields in (
                ("FindMissingBlobs", {"blob_digests": [of]}), ("GetTree", {"root_digest": of}),
                ("GetActionResult", {"action_digest": of}),
                ("UpdateActionResult", {"action_digest": of,
                                        "action_result": reapi.ActionResult()}),
                ("Execute", {"action_digest": of})):
            with fails("INVALID_ARGUMENT"):
                reply = client.call(method, **fields)
                if METHODS[method][1] == "unary_stream":
                    list(reply)
        with fails("INVALID_ARGUMENT"):
            all_refused(client.update([(of, b"blob")]))
        with fails("INVALID_ARGUMENT"):
            all_refused(response.status.code for response in
                        client.call("BatchReadBlobs", digests=[of]).responses)


def all_refused(codes):
    """A batch may be refused entry by entry."""
    same(list(codes), [3])
    raise Refused()


@test()
def a_negative_size_is_refused_everywhere(client):
    of = reapi.Digest(hash="a" * 64, size_bytes=-1)
    with fails("INVALID_ARGUMENT"):
        client.missing([of])
    with fails("INVALID_ARGUMENT"):
        client.cached(of)
    same(client.update([(of, b"")]), [3])


@test()
def offsets_out_of_order_are_refused(client):
    """ABORTED where an earlier part could be there and isn't: the client may start again."""
    data = os.urandom(300)
    of = digest(data)
    for offsets in ((0, 200, 100), (0, 100, 100), (0, 0, 100), (0, 100, 201), (-1, 100, 200),
                    (0, 100, 2**62), (1, 101, 201)):
        name = client.write_name(of)
        with fails("INVALID_ARGUMENT", "OUT_OF_RANGE", "ABORTED"):
            client.write_messages([google.WriteRequest(
                resource_name=name, write_offset=offset, data=data[at:at + 100],
                finish_write=at == 200) for at, offset in zip((0, 100, 200), offsets)])
        same(client.missing([of]), {key(of)})


@test()
def data_after_the_last_message_changes_nothing(client):
    data = os.urandom(100)
    name = client.write_name(digest(data))
    try:
        client.write_messages([
            google.WriteRequest(resource_name=name, data=data, finish_write=True),
            google.WriteRequest(write_offset=100, data=b"more", finish_write=True)])
    except grpc.RpcError as error:
        same(error.code().name, "INVALID_ARGUMENT")
    client.put(data)
    same(client.read(digest(data)), data)


@test()
def another_name_within_a_write_is_refused(client):
    data = os.urandom(200)
    of = digest(data)
    refused_write(client, of, [
        google.WriteRequest(resource_name=client.write_name(of), data=data[:100]),
        google.WriteRequest(resource_name=client.write_name(of), write_offset=100,
                            data=data[100:], finish_write=True)])


@test()
def a_write_without_a_name_or_without_a_message_is_refused(client):
    with fails("INVALID_ARGUMENT"):
        client.write_messages([google.WriteRequest(data=b"x", finish_write=True)])
    with fails("INVALID_ARGUMENT", "CANCELLED"):
        client.write_messages([])


@test()
def a_write_that_ends_early_is_not_there(client):
    data = os.urandom(1000)
    of = digest(data)
    try:
        client.write_messages([google.WriteRequest(resource_name=client.write_name(of),
                                                   data=data[:999])])
    except grpc.RpcError:
        pass
    same(client.missing([of]), {key(of)})


@test()
def a_message_above_the_limit_is_refused(client):
    data = os.urandom(17 << 20)
    with fails("RESOURCE_EXHAUSTED"):
        client.update([(digest(data), data)])
    refused_write(client, digest(data), [google.WriteRequest(
        resource_name=client.write_name(digest(data)), data=data, finish_write=True)],
        "RESOURCE_EXHAUSTED")


@test()
def bytes_that_unpack_to_far_more_are_refused_at_once(client):
    """10 GiB of zeros are some 320 KiB of zstd."""
    bomb = zstd.compress(bytes(64 << 20)) * 160
    of = digest(b"x" * 100)
    with fails("INVALID_ARGUMENT"):
        client.write_named(client.write_name(of, PACKED), bomb)
    reply = client.call("BatchUpdateBlobs", requests=[reapi.BatchUpdateBlobsRequest.Request(
        digest=of, data=bomb, compressor=ZSTD)])
    same(reply.responses[0].status.code, 3)
    same(client.missing([of]), {key(of)})


@test()
def a_batch_that_unpacks_to_far_more_than_a_batch_is_refused(client):
    """Here the digest is true: 512 MiB of zeros in a message of 16 KiB."""
    zeros = bytes(512 << 20)
    of = digest(zeros)
    with fails("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"):
        reply = client.call("BatchUpdateBlobs", requests=[reapi.BatchUpdateBlobsRequest.Request(
            digest=of, data=zstd.compress(zeros), compressor=ZSTD)])
        code = reply.responses[0].status.code
        holds(code in (3, 8), f"code {code}")
        raise Refused()


@test()
def a_million_empty_fields_are_refused_or_answered(client):
    """Each is two bytes on the wire, and more in memory."""
    method = client.channel.unary_unary(
        "/build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs",
        lambda data: data, lambda data: data)
    for count in (1_000_000, 8_000_000):
        with fails("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"):
            method(b"\x12\x00" * count, timeout=30)
