#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Clients that do what none should (abuse/): each is told so, nothing of it is stored, and others
are served as before. At the end the daemon is the same process, with no descriptor more."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from abuse import TOPICS
from abuse.connections import FIND, serves
from reapi import http2
from reapi.harness import Run, Tests, eventually, holds, takes_at_most
from reapi.service import Service

MEMORY_LIMIT = 400 << 20
MESSAGES_LIMIT = 512 << 20  # of all connections, src/rpc/server.c

test = Tests()


def descriptors(service):
    """What they lead to, without the broken uploads that are kept to be gone on with."""
    folder = f"/proc/{service.process.pid}/fd"
    found = []
    for name in os.listdir(folder):
        try:
            found.append(os.readlink(os.path.join(folder, name)))
        except FileNotFoundError:
            pass
    return sorted(path for path in found if "/store/tmp/" not in path)


def peak_memory(service):
    with open(f"/proc/{service.process.pid}/status", encoding="utf-8") as status:
        line, = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) << 10


@test()
def the_daemon_is_alive_and_has_no_descriptor_more(client, service, before):
    client.call("GetCapabilities")
    holds(service.running(), "it ended")
    try:
        eventually(lambda: len(descriptors(service)) <= before + 5, "few descriptors", 20)
    except AssertionError:
        now = descriptors(service)
        raise AssertionError(f"{len(now)} descriptors, {before} before: {now}") from None


@test()
def its_memory_stayed_small(client, service):
    peak = peak_memory(service)
    print(f"    most memory: {peak >> 20} MiB")
    takes_at_most(peak, MEMORY_LIMIT)


@test()
def a_message_of_two_gib_is_ended_before_it_takes_the_memory(_, service):
    """gRPC looks at a message's length when it has all of it."""
    with http2.Connection(service.target) as connection:
        connection.start()
        connection.send(http2.request(1, FIND) +
                        http2.frame(http2.DATA, 0, 1, http2.message(b"", 2 << 30)))
        sent = connection.pour(1, 2 << 30)
    peak = peak_memory(service)
    print(f"    ended after {sent >> 20} MiB, most memory: {peak >> 20} MiB")
    holds(sent < MESSAGES_LIMIT + (64 << 20), f"{sent >> 20} MiB were taken")
    takes_at_most(peak, MESSAGES_LIMIT + MEMORY_LIMIT)
    with service.client() as client:  # idle ones may have been told to connect again
        serves(client)


def main():
    run = Run(only=sys.argv[1:])
    with Service("--jobs", "4") as service, service.client() as client:
        client.call("GetCapabilities")
        before = len(descriptors(service))
        for topic in TOPICS:
            run.all(topic.test.tests, client, service)
        run.all(test.tests, client, service, before)
        errors = service.errors()
        if errors:
            print(f"    it wrote: {errors[:2000]}")
    run.finish()


main()
