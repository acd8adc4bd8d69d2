# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Disks that are full or can't be written to. They need root, for a small tmpfs."""

import contextlib
import os
import subprocess

import grpc

from reapi.harness import Skip, Tests, eventually, fails, holds, same
from reapi.service import CLEAVED, USER, Service
from reapi.tree import digest

test = Tests()


@contextlib.contextmanager
def small_disk(size, *options):
    """A service whose store is a file system of its own, of SIZE."""
    if os.getuid() != 0:
        raise Skip("only root can mount")
    service = Service(*options)
    os.mkdir(service.store)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none",
                              service.store], stderr=subprocess.PIPE, check=False)
    if mounted.returncode:
        service.remove()
        raise Skip(f"mount: {mounted.stderr.decode().strip()}")
    try:
        with service:
            yield service
    finally:
        subprocess.run(["umount", "-l", service.store], check=False)
        service.remove()


def fill(service):
    """Takes what is left, as another program would."""
    path = os.path.join(service.store, "filler")
    opened = os.open(path, os.O_WRONLY | os.O_CREAT)
    for size in (65536, 512, 1):
        with contextlib.suppress(OSError):
            while os.write(opened, b"x" * size) == size:
                pass
    os.close(opened)
    return path


def code_of(call):
    try:
        result = call()
    except grpc.RpcError as error:
        return error.code().name
    if isinstance(result, list):
        return {0: "OK", 8: "RESOURCE_EXHAUSTED"}.get(result[0], str(result[0]))
    return "OK"


@test()
def each_write_to_a_full_disk_is_resource_exhausted():
    """Unless what may go makes room for it. Reading goes on; so does writing, with room again."""
    with small_disk("40m") as service, service.client() as client:
        kept = os.urandom(1 << 20)
        action = client.action(["/bin/sh", "-c", "echo x"], salt=os.urandom(8))
        small, large = os.urandom(20_000), os.urandom(8 << 20)
        codes = []
        for call in (lambda: client.write(large), lambda: client.write(small),
                     lambda: client.update([(digest(small), small)]),
                     lambda: client.cache(action, client_result(kept))):
            client.put(kept)
            filler = fill(service)
            codes.append(code_of(call))
            gone = client.missing([digest(kept)])
            if not gone:
                same(client.read(digest(kept)) == kept, True, "reading goes on:")
            os.unlink(filler)
        same(codes[0], "RESOURCE_EXHAUSTED", "8 MiB")
        holds(set(codes) <= {"OK", "RESOURCE_EXHAUSTED"}, f"{codes}")
        print(f"    on a full disk: {', '.join(codes)}")
        same(code_of(lambda: client.write(large)), "OK", "with room again")
        same(client.read(digest(large)) == large, True, "equal")


def client_result(data):
    from reapi.messages import reapi
    result = reapi.ActionResult(stdout_digest=digest(data))
    for number in range(1000):
        result.output_files.add(path=f"o{number}", digest=digest(data))
    return result


@test()
def a_full_disk_loses_nothing_and_makes_room_by_eviction():
    """--store-size says more than there is: what is evicted is told, never wrong."""
    with small_disk("40m", "--store-size", "1GiB") as service, service.client() as client:
        blobs = []
        for _ in range(200):
            data = os.urandom(1 << 20)
            if code_of(lambda data=data: client.write(data)) != "OK":
                break
            blobs.append(data)
        holds(len(blobs) >= 20, f"{len(blobs)} MiB fitted")
        gone = client.missing([digest(data) for data in blobs])
        for data in blobs:
            if (digest(data).hash, len(data)) not in gone:
                same(client.read(digest(data)) == data, True, "equal")
        print(f"    {len(blobs)} MiB written to 40, {len(gone)} evicted")


@test()
def a_store_below_its_size_limit_evicts_in_time():
    with small_disk("100m", "--store-size", "20MiB") as service, service.client() as client:
        for _ in range(100):
            data = os.urandom(1 << 20)
            same(client.write(data), len(data))
        same(client.read(digest(data)) == data, True, "the newest is there:")
        used = service.stats()["store"]
        holds(used["bytes"] <= 20 << 20 and used["evicted"] >= 75, f"{used}")
        eventually(lambda: disk_used(service) < 30 << 20, "the files are removed")


def disk_used(service):
    stat = os.statvfs(service.store)
    return (stat.f_blocks - stat.f_bfree) * stat.f_frsize


@test()
def a_blob_above_the_size_limit_is_told_with_both_sizes():
    with Service("--store-size", "10MiB") as service, service.client() as client:
        with fails("RESOURCE_EXHAUSTED") as failure:
            client.write(os.urandom(11 << 20))
        holds("10" in failure.error.details(), failure.error.details())
        client.put(b"still fine")


@test()
def inputs_of_a_running_action_are_not_evicted():
    with Service("--store-size", "20MiB", "--jobs", "1") as service, service.client() as client:
        data = os.urandom(4 << 20)
        of = client.action(["/bin/sh", "-c", "sleep 2; cat in"], {"in": data}, salt=os.urandom(8))
        stream = client.execute(of)
        next(stream)
        for _ in range(40):
            client.write(os.urandom(1 << 20))
        *_, last = stream
        from reapi.client import response_of
        response = response_of([last])
        same((response.status.code, client.outcome(response)[1] == data), (0, True))


@test()
def no_result_is_cached_of_an_action_that_met_a_full_disk():
    with small_disk("60m") as service, service.client() as client:
        of = client.action(["/bin/sh", "-c", "head -c 500000000 /dev/zero >big; echo $? >out"],
                           outputs=["out"], salt=os.urandom(8))
        response = code = None
        try:
            response = client.run(of)
            code = response.status.code
        except grpc.RpcError as error:
            code = error.code().value[0]
        same(client.cached(of), None, f"after code {code}, cached:")
        eventually(lambda: client.shell("echo fine") == (0, b"fine\n", b""),
                   "what the action took is given back")


@test()
def folders_that_become_read_only_are_told_and_read_on():
    """For an ordinary user: root writes to them all the same."""
    service = Service(user=USER)
    with service, service.client() as client:
        data = os.urandom(100_000)
        client.put(data)
        folders = [folder for top in ("cas", "ac", "tmp")
                   for folder, _, _ in os.walk(os.path.join(service.store, top))]
        for folder in folders:
            os.chmod(folder, 0o555)
        for name, call in (("Write", lambda: client.write(os.urandom(5000))),
                           ("BatchUpdateBlobs", lambda: client.update([(digest(b"x"), b"x")]))):
            code = code_of(call)
            holds(code not in ("OK", "NOT_FOUND", "5"), f"{name}: {code}")
        same(client.read(digest(data)) == data, True, "equal")
        same(client.missing([digest(data)]), set())
        for folder in folders:
            os.chmod(folder, 0o755)
        same(client.write(os.urandom(5000)), 5000)


@test()
def a_store_that_can_not_be_written_is_refused_at_the_start():
    with small_disk("10m") as service:
        service.stop()
        subprocess.run(["mount", "-o", "remount,ro", service.store], check=True)
        refused = subprocess.run([CLEAVED, *service.command()[1:]], stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=20, check=False)
        holds(refused.returncode != 0 and service.store in refused.stderr.decode(),
              f"{refused.returncode}: {refused.stderr.decode()}")
