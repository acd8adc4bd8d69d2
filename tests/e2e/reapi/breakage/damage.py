# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Files of the store that others damaged: never served, reported missing, healed by an upload."""

import os
import shutil
import time

import grpc

from reapi.harness import Tests, eventually, holds, same
from reapi.service import Service
from reapi.tree import Executable, digest, key

test = Tests()


def blob_file(service, of):
    return os.path.join(service.store, "cas", of.hash[:2], f"{of.hash}-{of.size_bytes}")


def write(path, data, mode="wb"):
    with open(path, mode) as file:
        file.write(data)


def flip(path):
    with open(path, "r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))


def replace(path):
    size = os.path.getsize(path)
    write(path + ".new", os.urandom(size))
    os.replace(path + ".new", path)


def swap_for_directory(path):
    os.unlink(path)
    os.mkdir(path)


def swap_for_link(path):
    os.unlink(path)
    os.symlink("/etc/passwd", path)


DAMAGES = {
    "truncated": lambda path: os.truncate(path, 1000),
    "emptied": lambda path: os.truncate(path, 0),
    "lengthened": lambda path: write(path, b"more", "ab"),
    "flipped": flip,
    "replaced": replace,
    "removed": os.unlink,
    "a directory": swap_for_directory,
    "a link": swap_for_link,
}


def never_wrong(client, of, data):
    """A read gives the blob's bytes or an error; whether it gave them."""
    try:
        got = client.read(of)
    except grpc.RpcError as error:
        holds(error.code().name in ("NOT_FOUND", "DATA_LOSS"), f"a read: {error.code().name}")
        return False
    same(got == data, True, "a read gives the blob's own bytes:")
    return True


def heal(client, of, data, name):
    same(client.missing([of]), {key(of)}, f"{name}: missing")
    same(client.write(data), len(data), f"{name}: committed_size")
    same(client.missing([of]), set(), f"{name}: missing after the upload")
    same(client.read(of) == data, True, f"{name}: equal after the upload")


@test()
def a_damaged_file_is_missing_and_heals():
    with Service() as service, service.client() as client:
        for name, damage in DAMAGES.items():
            for first in ("read", "find"):
                data = os.urandom(100_000)
                of = client.put(data)
                same(client.read(of) == data, True, "equal")
                damage(blob_file(service, of))
                if first == "read":
                    same(never_wrong(client, of, data), False, f"{name}: it was read")
                heal(client, of, data, name)
        damaged = service.stats()["store"]["damaged"]
        holds(damaged >= len(DAMAGES), f"{damaged} damaged files were counted")


@test()
def one_damaged_while_nothing_ran_is_missing_and_heals():
    """After a clean stop, and after a kill."""
    with Service() as service:
        for end in (service.stop, service.kill):
            blobs = {}
            with service.client() as client:
                for name in DAMAGES:
                    data = os.urandom(100_000)
                    blobs[name] = (client.put(data), data)
            end()
            for name, damage in DAMAGES.items():
                damage(blob_file(service, blobs[name][0]))
            service.start()
            with service.client() as client:
                for name, (of, data) in blobs.items():
                    same(never_wrong(client, of, data), False, f"{name}: it was read")
                    heal(client, of, data, name)


@test()
def a_damaged_input_is_not_given_to_an_action():
    """A tree that was made for an action a second ago isn't looked at again."""
    cases = [(name, make, os.urandom(50_000)) for name in DAMAGES if not name.startswith("a ")
             for make in (lambda data: data, Executable)]
    with Service() as service, service.client() as client:
        actions = [client.action(["/bin/cat", "in"], {"in": make(data)}, salt=os.urandom(8))
                   for _, make, data in cases]
        for of, (_, _, data) in zip(actions, cases):
            same(client.outcome(client.run(of))[1] == data, True, "equal")
        for name, _, data in cases:
            for path in files_named(service, digest(data)):
                DAMAGES[name](path)
        time.sleep(2.1)
        for of, (name, _, data) in zip(actions, cases):
            response = run_again(client, of)
            if response is not None:
                same(client.outcome(response)[1] == data, True, f"{name}: the input is good:")
            client.put(data)
            same(client.outcome(run_again(client, of))[1] == data, True,
                 f"{name}: good after the upload")


def run_again(client, of):
    """The response, or None where it says that something is missing."""
    try:
        response = client.run(of, skip_cache_lookup=True)
    except grpc.RpcError as error:
        same(error.code().name, "FAILED_PRECONDITION")
        return None
    if response.status.code:
        same(response.status.code, 9, "the response's status")
        return None
    return response


def files_named(service, of):
    """The blob's file, and the one that is executable."""
    folder = os.path.dirname(blob_file(service, of))
    return [os.path.join(folder, name) for name in os.listdir(folder) if of.hash in name]


@test()
def a_result_whose_output_is_damaged_is_made_again():
    with Service() as service, service.client() as client:
        of = client.action(["/bin/sh", "-c", "head -c 5000 /dev/zero >out"], outputs=["out"],
                           salt=os.urandom(8))
        output = client.run(of).result.output_files[0].digest
        flip(blob_file(service, output))
        same(client.cached(of), None)
        response = client.run(of)
        same(response.cached_result, False)
        same(client.read(response.result.output_files[0].digest), bytes(5000))


@test()
def a_damaged_entry_of_the_action_cache_is_none():
    for damage in (lambda path: os.truncate(path, 10), lambda path: os.truncate(path, 0), flip_any,
                   lambda path: write(path, os.urandom(300)), os.unlink):
        with Service() as service, service.client() as client:
            of = client.action(["/bin/echo", "x"], salt=os.urandom(8))
            client.run(of)
            for folder, _, names in os.walk(os.path.join(service.store, "ac")):
                for name in names:
                    damage(os.path.join(folder, name))
            same(client.cached(of), None)
            same(client.run(of).cached_result, False)
            same(client.run(of).cached_result, True)


def flip_any(path):
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        data[len(data) // 2] ^= 1
        file.seek(0)
        file.write(data)


@test()
def a_damaged_index_loses_no_blob():
    for damage in (lambda path: os.truncate(path, 10), lambda path: os.truncate(path, 0), flip_any,
                   lambda path: write(path, os.urandom(5000)), os.unlink):
        with Service() as service:
            blobs = [os.urandom(1000) for _ in range(100)]
            with service.client() as client:
                for data in blobs:
                    client.put(data)
            service.stop()
            damage(os.path.join(service.store, "index"))
            service.start()
            with service.client() as client:
                same(client.missing([digest(data) for data in blobs]), set())
                for data in blobs[:10]:
                    same(client.read(digest(data)), data)


@test()
def a_folder_of_the_store_that_is_gone_comes_back():
    for name in ("cas/{}", "cas", "ac", "tmp"):
        with Service() as service, service.client() as client:
            data = os.urandom(1000)
            of = client.put(data)
            shutil.rmtree(os.path.join(service.store, name.format(of.hash[:2])))
            never_wrong(client, of, data)
            try:
                client.write(data)
            except grpc.RpcError as error:
                holds(error.code().name != "NOT_FOUND", "NOT_FOUND")
            service.restart()
            with service.client() as again:
                again.write(data)
                same(again.read(of), data, f"without {name}")


@test()
def foreign_files_in_the_store_disturb_nobody():
    with Service() as service:
        with service.client() as client:
            of = client.put(b"a blob")
        service.kill()
        for name in ("cas/README", "cas/zz", "cas/aa/nonsense", "cas/aa/" + "a" * 64,
                     "cas/aa/" + "a" * 64 + "-7", "ac/aa/x", "tmp/left", "gone/left", "lost+found"):
            path = os.path.join(service.store, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write(path, b"foreign")
        os.makedirs(os.path.join(service.store, "cas", "bb", "folder"))
        service.start()
        with service.client() as client:
            same(client.read(of), b"a blob")
            eventually(lambda: not service.stats()["store"]["scanning"], "the scan ends")
            from reapi.messages import reapi
            wrong = reapi.Digest(hash="a" * 64, size_bytes=7)
            same(client.missing([wrong]), {key(wrong)}, "a file of that name with other bytes")
