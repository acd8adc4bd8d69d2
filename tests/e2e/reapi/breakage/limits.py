# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Too few descriptors, a store that is taken, and a runner process that dies."""

import concurrent.futures
import os
import signal
import subprocess
import time

import grpc

from reapi.harness import Tests, eventually, holds, same
from reapi.service import Service
from reapi.tree import digest

test = Tests()

PASSING = {"OK", "UNAVAILABLE", "RESOURCE_EXHAUSTED"}


def code_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code().name
    except AssertionError as error:
        return str(error)
    return "OK"


@test()
def too_few_descriptors_never_look_like_a_missing_blob():
    service = Service(prefix=["prlimit", "--nofile=60:60", "--"])
    with service, service.client() as client:
        blobs = [os.urandom(2 << 20) for _ in range(50)]
        for data in blobs:
            client.write(data)
        held = [client.call("Read", resource_name=client.read_name(digest(data)))
                for data in blobs]
        for call in held:  # none of them is read to its end
            code_of(lambda call=call: next(call))
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            calls = [pool.submit(code_of, lambda data=data: client.read(digest(data)))
                     for data in blobs]
            calls += [pool.submit(code_of, lambda: client.write(os.urandom(200_000)))
                      for _ in range(50)]
            calls += [pool.submit(code_of, lambda: client.missing(map(digest, blobs)) and 1 / 0)
                      for _ in range(50)]
            codes = {call.result() for call in calls}
        holds(codes <= PASSING, f"{codes}")
        for call in held:
            call.cancel()
        eventually(lambda: code_of(lambda: client.write(os.urandom(100))) == "OK",
                   "it goes on when there are descriptors again")
        same(client.missing([digest(data) for data in blobs]), set())
        for data in blobs[:10]:
            same(client.read(digest(data)) == data, True, "equal")
        print(f"    with 60 descriptors: {', '.join(sorted(codes))}")


@test()
def a_store_that_another_has_open_is_refused():
    with Service() as service:
        other = Service(store=service.store)
        try:
            refused = subprocess.run(other.command(), stdin=subprocess.DEVNULL,
                                     capture_output=True, timeout=20, check=False)
            holds(refused.returncode != 0 and str(service.process.pid) in refused.stderr.decode(),
                  f"{refused.returncode}: {refused.stderr.decode()}")
        finally:
            other.remove()


@test()
def a_client_that_is_idle_does_not_hold_up_the_end():
    with Service() as service, service.client() as client:
        client.put(b"x")
        start = time.monotonic()
        service.stop()
        holds(time.monotonic() - start < 4, "it waited for the client to leave")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        found = [int(child) for child in file.read().split()]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="utf-8") as file:
            found += [int(child) for child in file.read().split()]
    return set(found)


@test()
def a_runner_that_dies_takes_its_actions_and_no_others():
    with Service() as service, service.client() as client:
        stream = client.execute(client.action(["/bin/sleep", "60"], salt=os.urandom(8)))
        next(stream)
        eventually(lambda: service.stats()["actions"]["running"] == 1, "it runs")
        for pid in children(service.process.pid):
            os.kill(pid, signal.SIGKILL)
        from reapi.client import response_of
        try:
            code = response_of(list(stream)).status.code
        except grpc.RpcError as error:
            code = error.code().value[0]
        same(code, 14, "UNAVAILABLE")
        for _ in range(3):
            same(client.shell("echo again"), (0, b"again\n", b""))


@test()
def a_kill_of_the_daemon_ends_its_actions():
    with Service() as service, service.client() as client:
        word = str(int.from_bytes(os.urandom(3), "big") + 10**8)
        stream = client.execute(client.action(["/bin/sh", "-c", f"sleep {word}; true"],
                                              salt=os.urandom(8)))
        next(stream)
        find = ["pgrep", "-f", f"sleep {word}"]
        eventually(lambda: subprocess.run(find, stdout=subprocess.DEVNULL,
                                          check=False).returncode == 0, "it runs")
        service.kill()
        eventually(lambda: subprocess.run(find, stdout=subprocess.DEVNULL,
                                          check=False).returncode == 1, "its process is gone")
        service.start()
        with service.client() as again:
            same(again.shell("echo again"), (0, b"again\n", b""))
