# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""ByteStream."""

import os
import time
import uuid

import grpc

from reapi import zstd
from reapi.client import CHUNK
from reapi.harness import Tests, eventually, fails, holds, same
from reapi.messages import google
from reapi.tree import EMPTY, digest, key, text

test = Tests()
PACKED = "compressed-blobs/zstd"


@test()
def what_is_written_is_read(client):
    for size in (1, CHUNK - 1, CHUNK, CHUNK + 1, 5 << 20):
        data = os.urandom(size)
        same(client.write(data), size, "committed_size")
        same(client.read(digest(data)), data)
        same(client.get(digest(data)) if size < 3 << 20 else data, data)


@test()
def chunks_of_any_size_are_taken(client):
    for size, chunk in ((1000, 1), (3_000_000, 16 << 10), (9_000_000, 4_000_000)):
        data = os.urandom(size)
        same(client.write_named(client.write_name(digest(data)), data, chunk=chunk), size)
        same(client.missing([digest(data)]), set())


@test()
def the_name_may_stand_in_each_message_or_in_the_first(client):
    data = os.urandom(300)
    name = client.write_name(digest(data))
    same(client.write_messages(google.WriteRequest(
        resource_name=name, write_offset=at, data=data[at:at + 100], finish_write=at == 200)
        for at in (0, 100, 200)), 300)


@test()
def a_last_message_may_be_empty(client):
    data = os.urandom(100)
    name = client.write_name(digest(data))
    same(client.write_messages([
        google.WriteRequest(resource_name=name, data=data),
        google.WriteRequest(write_offset=100, finish_write=True)]), 100)
    same(client.read(digest(data)), data)


@test()
def a_blob_that_is_there_is_answered_with_its_size(client):
    data = os.urandom(1000)
    client.put(data)
    same(client.write(data), 1000)


@test()
def a_client_that_sends_on_after_the_early_answer_is_not_blocked(client):
    data = os.urandom(32 << 20)
    same(client.write(data), len(data))
    same(client.write(data), len(data))


@test()
def a_write_may_have_words_after_its_name(client):
    data = os.urandom(100)
    same(client.write_named(client.write_name(digest(data)) + "/src/main.c", data), 100)
    same(client.missing([digest(data)]), set())


@test()
def one_uuid_may_be_used_for_many_blobs(client):
    name = str(uuid.uuid4())
    for data in (os.urandom(100), os.urandom(100)):
        same(client.write_named(f"{client.prefix()}uploads/{name}/blobs/{text(digest(data))}",
                                data), 100)
        same(client.read(digest(data)), data)


@test()
def a_read_may_start_and_end_anywhere(client):
    data = os.urandom(700_000)
    of = client.put(data)
    for offset, limit in ((0, 1), (1, 0), (699_999, 0), (699_999, 100), (300_000, 300_000),
                          (0, 700_000), (0, 9_999_999), (700_000, 0)):
        wanted = data[offset:offset + limit] if limit else data[offset:]
        same(client.read(of, offset, limit) == wanted, True, f"at {offset}, limit {limit}: equal")


@test()
def a_read_outside_the_blob_is_out_of_range(client):
    of = client.put(os.urandom(100))
    with fails("OUT_OF_RANGE"):
        client.read(of, 101)
    with fails("OUT_OF_RANGE", "INVALID_ARGUMENT"):
        client.read(of, -1)


@test()
def a_negative_limit_is_refused(client):
    with fails("INVALID_ARGUMENT", "OUT_OF_RANGE"):
        client.read(client.put(os.urandom(100)), 0, -1)


@test()
def a_missing_blob_is_not_found(client):
    gone = digest(os.urandom(100))
    with fails("NOT_FOUND"):
        client.read(gone)
    with fails("NOT_FOUND"):
        client.read_named(client.read_name(gone, PACKED))


@test()
def a_large_blob_comes_in_messages_that_any_client_takes(client):
    data = os.urandom(9 << 20)
    client.write(data)
    sizes = [len(reply.data) for reply in
             client.call("Read", resource_name=client.read_name(digest(data)))]
    same(sum(sizes), len(data))
    holds(max(sizes) <= 4 << 20, f"a message of {max(sizes)} bytes")


@test()
def names_that_are_no_names_are_refused(client):
    of = digest(b"name")
    names = ("", "blobs", "blobs/", f"blobs/{of.hash}", f"blobs/{of.hash}/", f"blobs/{of.hash}/x",
             f"blobs/{of.hash}/-4", f"blobs/{of.hash[:-1]}/4", f"blobs/{of.hash}a/4",
             f"blobs/{of.hash.upper()}/4", f"blobs/{of.hash}/99999999999999999999",
             f"blob/{text(of)}", f"compressed-blobs/lzma/{text(of)}", f"/blobs/{text(of)}",
             f"a//blobs/{text(of)}", "\x00", "../" * 10 + f"blobs/{'.' * 64}/4")
    for name in names:
        with fails("INVALID_ARGUMENT"):
            client.read_named(name)
        upload = f"uploads/{uuid.uuid4()}/{name}"
        with fails("INVALID_ARGUMENT"):
            client.write_named(upload, b"name")
    with fails("INVALID_ARGUMENT"):
        client.write_named(f"blobs/{text(of)}", b"name")


@test()
def the_status_of_a_finished_write_is_complete(client):
    data = os.urandom(1000)
    name = client.write_name(digest(data))
    client.write_named(name, data)
    reply = client.call("QueryWriteStatus", resource_name=name)
    same((reply.committed_size, reply.complete), (1000, True))


@test()
def the_status_of_an_unknown_write_is_nothing_or_not_found(client):
    name = client.write_name(digest(os.urandom(1000)))
    reply = client.call("QueryWriteStatus", resource_name=name)
    same((reply.committed_size, reply.complete), (0, False))


@test()
def the_empty_blob_is_complete_whatever_was_written(client):
    reply = client.call("QueryWriteStatus", resource_name=client.write_name(EMPTY))
    same(reply.complete, True)


@test()
def a_broken_write_goes_on_where_the_status_says(client):
    data = os.urandom(3 << 20)
    name = client.write_name(digest(data))

    def half():
        for at in range(0, 1 << 20, CHUNK):
            yield google.WriteRequest(resource_name=name, write_offset=at,
                                      data=data[at:at + CHUNK])
        time.sleep(0.5)  # what is on its way when a client breaks off is lost
        raise RuntimeError("the client breaks off")

    with fails("UNKNOWN", "CANCELLED"):
        client.write_messages(half())
    eventually(lambda: client.call("QueryWriteStatus", resource_name=name).committed_size > 0,
               "what was received of a broken write is kept")
    status = client.call("QueryWriteStatus", resource_name=name)
    holds(0 < status.committed_size <= 1 << 20 and not status.complete, f"the status is {status}")
    at = status.committed_size
    same(client.write_messages(
        google.WriteRequest(resource_name=name, write_offset=at + step,
                            data=data[at + step:at + step + CHUNK],
                            finish_write=at + step + CHUNK >= len(data))
        for step in range(0, len(data) - at, CHUNK)), len(data))
    same(client.read(digest(data)) == data, True, "equal")


@test()
def a_broken_write_may_start_again_at_zero(client):
    data = os.urandom(1 << 20)
    name = client.write_name(digest(data))
    try:
        same(client.write_messages([google.WriteRequest(resource_name=name, data=data[:1000])]),
             1000)
    except grpc.RpcError:
        pass  # a server may say that this was no whole blob
    same(client.missing([digest(data)]), {key(digest(data))})
    same(client.write_named(name, data), len(data))
    same(client.read(digest(data)) == data, True, "equal")


# ---- zstd ----


@test()
def a_compressed_write_is_answered_with_the_bytes_sent(client):
    data = os.urandom(100) * 30_000
    packed = zstd.compress(data)
    same(client.write_named(client.write_name(digest(data), PACKED), packed, chunk=1000),
         len(packed))
    same(client.read(digest(data)) == data, True, "equal")


@test()
def a_compressed_write_of_what_is_there_is_answered_with_minus_one(client):
    data = os.urandom(5000)
    client.put(data)
    packed = zstd.compress(data)
    holds(client.write_named(client.write_name(digest(data), PACKED), packed)
          in (-1, len(packed)), "neither -1 nor the bytes sent")


@test()
def several_frames_in_a_row_are_one_blob(client):
    parts = [os.urandom(1000), os.urandom(1000)]
    data = b"".join(parts)
    packed = b"".join(map(zstd.compress, parts))
    same(client.write_named(client.write_name(digest(data), PACKED), packed), len(packed))
    same(client.read(digest(data)), data)


@test()
def a_compressed_read_unpacks_to_the_blob(client):
    for data in (b"x", os.urandom(50) * 40_000, os.urandom(3 << 20)):
        client.write(data)
        packed = client.read_named(client.read_name(digest(data), PACKED))
        same(zstd.decompress(packed, len(data)) == data, True, "equal")


@test()
def a_compressed_read_may_start_anywhere(client):
    """read_offset counts the bytes before compression."""
    data = os.urandom(200_000)
    client.put(data)
    packed = client.read_named(client.read_name(digest(data), PACKED), 150_000)
    same(zstd.decompress(packed, len(data)) == data[150_000:], True, "equal")


@test()
def the_empty_blob_is_an_empty_frame(client):
    same(zstd.decompress(client.read_named(client.read_name(EMPTY, PACKED)), 1), b"")
    client.write_named(client.write_name(EMPTY, PACKED), zstd.compress(b""))


@test()
def a_compressed_write_of_other_bytes_is_refused(client):
    data, other = os.urandom(1000), os.urandom(1000)
    of = digest(data)
    for packed in (zstd.compress(other), zstd.compress(data + b"more"), zstd.compress(data)[:-5],
                   zstd.compress(data[:-1]), data, zstd.compress(data) + b"tail"):
        with fails("INVALID_ARGUMENT"):
            client.write_named(client.write_name(of, PACKED), packed)
    same(client.missing([of]), {key(of)})
