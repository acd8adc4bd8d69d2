# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""ContentAddressableStorage."""

import os

from reapi import zstd
from reapi.client import Client
from reapi.harness import Tests, fails, holds, same
from reapi.messages import IDENTITY, ZSTD, reapi
from reapi.tree import EMPTY, Blobs, Link, digest, key

test = Tests()

OK, INVALID_ARGUMENT, NOT_FOUND = 0, 3, 5


def fresh(size=100):
    return os.urandom(size)


def absent():
    return digest(fresh())


@test()
def find_missing_names_what_is_missing_and_nothing_else(client):
    there, gone = client.put(fresh()), absent()
    same(client.missing([there, gone]), {key(gone)})


@test()
def find_missing_takes_duplicates_and_none(client):
    there, gone = client.put(fresh()), absent()
    same(client.missing([gone, there, gone, there]), {key(gone)})
    same(client.missing([]), set())


@test()
def a_blob_of_another_size_is_missing(client):
    there = client.put(fresh())
    other = reapi.Digest(hash=there.hash, size_bytes=there.size_bytes + 1)
    same(client.missing([other]), {key(other)})


@test()
def find_missing_takes_a_message_full_of_digests(client):
    gone = [reapi.Digest(hash=f"{number:064x}", size_bytes=7) for number in range(55000)]
    with Client(client.target, options=[("grpc.max_receive_message_length", 16 << 20)]) as other:
        same(len(other.missing(gone)), 55000)


@test()
def the_empty_blob_is_always_there(client):
    same(client.missing([EMPTY]), set())
    same(client.get(EMPTY), b"")
    same(client.read(EMPTY), b"")
    same(client.update([(EMPTY, b"")]), [OK])
    same(client.write(b""), 0)


@test()
def a_batch_is_stored_and_read_back(client):
    blobs = [fresh(size) for size in (1, 2, 1000, 70000, 1 << 20)]
    same(client.update([(digest(blob), blob) for blob in blobs]), [OK] * len(blobs))
    for blob in blobs:
        same(client.get(digest(blob)), blob)


@test()
def of_a_batch_only_the_bad_entries_are_refused(client):
    good, bad = fresh(), fresh()
    shorter = reapi.Digest(hash=digest(bad).hash, size_bytes=99)
    same(client.update([(digest(good), good), (digest(b"else"), bad), (shorter, bad)]),
         [OK, INVALID_ARGUMENT, INVALID_ARGUMENT])
    same(client.missing([digest(good), digest(b"else"), shorter, digest(bad)]),
         {key(digest(b"else")), key(shorter), key(digest(bad))})


@test()
def a_batch_of_the_advertised_size_fits(client):
    limit = client.call("GetCapabilities").cache_capabilities.max_batch_total_size_bytes
    size = (limit or 4 << 20) // 4 - 200
    blobs = [fresh(size) for _ in range(4)]
    same(client.update([(digest(blob), blob) for blob in blobs]), [OK] * 4)


@test()
def a_batch_of_many_small_blobs_is_stored(client):
    blobs = [fresh(10) for _ in range(4000)]
    same(set(client.update([(digest(blob), blob) for blob in blobs])), {OK})
    same(client.missing([digest(blob) for blob in blobs]), set())


@test()
def a_batch_far_above_the_limit_is_refused(client):
    blobs = [fresh(4 << 20) for _ in range(5)]
    with fails("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"):
        client.update([(digest(blob), blob) for blob in blobs])


@test()
def the_same_blob_twice_in_a_batch_is_fine(client):
    blob = fresh()
    same(client.update([(digest(blob), blob)] * 2), [OK, OK])


@test()
def a_batch_may_be_compressed(client):
    blob = fresh(50) * 1000
    reply = client.call("BatchUpdateBlobs", requests=[reapi.BatchUpdateBlobsRequest.Request(
        digest=digest(blob), data=zstd.compress(blob), compressor=ZSTD)])
    same(reply.responses[0].status.code, OK)
    same(client.get(digest(blob)), blob)


@test()
def a_batch_that_is_not_what_its_compressor_says_is_refused(client):
    blob = fresh()
    reply = client.call("BatchUpdateBlobs", requests=[reapi.BatchUpdateBlobsRequest.Request(
        digest=digest(blob), data=blob, compressor=ZSTD)])
    same(reply.responses[0].status.code, INVALID_ARGUMENT)


@test()
def a_batch_read_answers_for_each_digest(client):
    data, gone = fresh(), absent()
    there = client.put(data)
    reply = client.call("BatchReadBlobs", digests=[there, gone, there, EMPTY])
    answers = {(key(response.digest), response.status.code, response.data)
               for response in reply.responses}
    same(answers, {(key(there), OK, data), (key(gone), NOT_FOUND, b""), (key(EMPTY), OK, b"")})


@test()
def a_batch_read_compresses_only_for_those_who_take_it(client):
    blob = fresh(50) * 1000
    of = client.put(blob)
    plain, = client.call("BatchReadBlobs", digests=[of]).responses
    same((plain.compressor, plain.data), (IDENTITY, blob))
    packed, = client.call("BatchReadBlobs", digests=[of],
                          acceptable_compressors=[IDENTITY, ZSTD]).responses
    data = zstd.decompress(packed.data, len(blob)) if packed.compressor == ZSTD else packed.data
    same(data, blob)


@test()
def a_batch_read_above_what_a_message_holds_fails_and_says_so(client):
    blobs = [client.put(fresh(1 << 20)) for _ in range(6)]
    try:
        reply = client.call("BatchReadBlobs", digests=blobs)
    except Exception as error:  # pylint: disable=broad-except
        same(error.code().name in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"), True, str(error))
        return
    codes = [response.status.code for response in reply.responses]
    holds(any(codes), "6 MiB in a message of at most 4")


# ---- GetTree ----


def upload(client, content):
    blobs = Blobs()
    root = blobs.tree(content)
    client.put_all(blobs)
    return root, blobs


def directories(replies):
    return [digest(directory.SerializeToString(deterministic=True))
            for reply in replies for directory in reply.directories]


NESTED = {"a": {"b": {"c": {"file": b"deep"}}, "link": Link("b")}, "d": {"file": b"x"}, "e": {}}


@test()
def get_tree_gives_the_root_and_all_below_it(client):
    root, blobs = upload(client, NESTED)
    found = directories(client.call("GetTree", root_digest=root))
    same(key(found[0]), key(root), "the first directory")
    holds({key(of) for of in found} >= {
        key(Blobs().tree(content)) for content in
        (NESTED, NESTED["a"], NESTED["a"]["b"], NESTED["a"]["b"]["c"], NESTED["d"])},
        "a directory is not given")
    holds({key(of) for of in found} <= {key(EMPTY), *blobs.by_key}, "an unknown directory is given")


@test()
def get_tree_of_the_empty_directory_is_one_directory(client):
    same([key(of) for of in directories(client.call("GetTree", root_digest=EMPTY))], [key(EMPTY)])


@test()
def get_tree_comes_in_pages(client):
    root, _ = upload(client, {f"d{number:03}": {"file": f"{number}".encode()}
                              for number in range(50)})
    found, token, pages = [], "", 0
    while True:
        reply = next(iter(client.call("GetTree", root_digest=root, page_size=7,
                                      page_token=token)))
        holds(len(reply.directories) <= 7, f"{len(reply.directories)} directories in a page of 7")
        found += directories([reply])
        pages += 1
        token = reply.next_page_token
        if not token:
            break
    same((len(found), len({key(of) for of in found})), (51, 51))
    holds(pages >= 8, f"{pages} pages")


@test()
def get_tree_of_many_directories_comes_whole(client):
    root, _ = upload(client, {f"d{number:05}": {"file": f"{number}".encode()}
                              for number in range(3000)})
    same(len({key(of) for of in directories(client.call("GetTree", root_digest=root))}), 3001)


@test()
def a_page_token_that_is_none_is_refused(client):
    root, _ = upload(client, NESTED)
    with fails("INVALID_ARGUMENT"):
        list(client.call("GetTree", root_digest=root, page_token="no token"))


@test()
def get_tree_of_a_missing_root_is_not_found(client):
    with fails("NOT_FOUND"):
        list(client.call("GetTree", root_digest=absent()))


@test()
def get_tree_leaves_out_what_is_missing_below(client):
    blobs = Blobs()
    root = blobs.directory({"there": {"file": os.urandom(9)}})
    root.directories.add(name="unknown", digest=absent())
    client.put_all(blobs)
    of = client.put(root.SerializeToString(deterministic=True))
    same(len(directories(client.call("GetTree", root_digest=of))), 2)


@test()
def get_tree_of_what_is_no_directory_is_refused(client):
    with fails("INVALID_ARGUMENT", "FAILED_PRECONDITION"):
        list(client.call("GetTree", root_digest=client.put(b"\xff no directory" + fresh())))
