# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Servers that are measured side by side, and the load that is put on them."""

import contextlib
import glob
import json
import os
import signal
import socket
import statistics
import time

from reapi import peers
from reapi.peers import Absent
from reapi.service import BUILD, TOP, Service

from . import timing

LOAD = os.path.join(TOP, BUILD, "tests/bench/load")
START_SECONDS = 600
SEED = time.time_ns() >> 10  # blobs that no earlier run made
LARGE_FROM = 1 << 20  # bytes of a thing; such a rate is told in bytes
TICKS = os.sysconf("SC_CLK_TCK")

os.environ.setdefault("PEERS", os.path.join(TOP, BUILD, "peers"))


def load(target, seed, words):
    """What the load generator measured."""
    return json.loads(timing.run([LOAD, target, str(seed), *map(str, words)]))


def wait_until_serves(target):
    """Seconds until the server answers a call."""
    start = time.monotonic()
    host, port = target.rsplit(":", 1)
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                break
        if time.monotonic() > start + START_SECONDS:
            raise SystemExit(f"nothing serves at {target}")
        time.sleep(0.002)
    load(target, 1, ["ready"])
    return time.monotonic() - start


def processor_seconds(pid):
    """User and system time of a process and its children."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICKS


def children(pid):
    """cleaved's runner is one."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(path, encoding="utf-8") as listed:
            found += map(int, listed.read().split())
    return found


def status_bytes(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        line = next(line for line in status if line.startswith(field + ":"))
    return int(line.split()[1]) << 10


class Server:
    """What they have in common; `start` sets target and pids."""

    name, target, pids = "", "", ()

    def start(self):
        raise NotImplementedError

    def close(self):
        raise NotImplementedError

    def processor_seconds(self):
        return sum(processor_seconds(pid) for pid in self.pids)

    def memory(self):
        return status_bytes(self.pids[0], "VmRSS")

    def most_memory(self):
        return status_bytes(self.pids[0], "VmHWM")


class Cleaved(Server):
    def __init__(self, name, *options):
        self.name = name
        self.service = Service(*options)
        self.jobs = ["--jobs", str(os.cpu_count()), "--store-size", "100GiB"]

    def start(self):
        self.service.options += self.jobs
        self.run()

    def run(self):
        self.service.start()
        self.target, pid = self.service.target, self.service.process.pid
        self.pids = [pid, *children(pid)]

    def close(self):
        self.service.stop()
        self.service.remove()

    # ---- with many blobs ----

    def filled(self, count):
        """Its store after a kill -9, so to speak: without an index."""
        self.start()
        self.service.stop()
        os.unlink(os.path.join(self.service.store, "index"))
        load("-", 1, ["fill", "cleaved", self.service.store, count])
        return self

    def starts(self):
        """Starts it in turn as it can be found; (how, seconds until it serves, what comes later)."""
        yield "without an index", *self.start_scanning()
        self.service.stop()
        start = time.monotonic()
        self.run()
        wait_until_serves(self.target)
        yield "after a clean stop", time.monotonic() - start, ""
        self.service.kill()
        yield "after kill -9", *self.start_scanning()

    def start_scanning(self):
        start = time.monotonic()
        self.run()
        wait_until_serves(self.target)
        serves = time.monotonic() - start
        while self.service.stats()["store"]["scanning"]:
            time.sleep(0.02)
        return serves, f", knows all after {time.monotonic() - start:.2f} s"


class Peer(Server):
    """A server of others, as the tests start it."""

    def __init__(self, kind):
        self.kind, self.name, self.peer = kind, kind.kind, None

    def start(self):
        self.peer = self.kind()
        self.peer.concurrency = os.cpu_count()
        self.peer.__enter__()
        self.attend()

    def attend(self):
        self.target = self.peer.target
        self.pids = [process.pid for process in self.peer.processes]

    def close(self):
        self.peer.__exit__()


class Bazel(Peer):
    """bazel-remote, whose store can be filled."""

    def __init__(self):
        super().__init__(peers.BazelRemote)
        self.words = ()  # that it was started with, which make a store where there is none

    def filled(self, count):
        self.start()
        self.words = self.peer.processes[0].args[1:]
        self.end(signal.SIGTERM)
        load("-", 1, ["fill", self.name, self.peer.path("cache"), count])
        return self

    def end(self, number):
        for process in self.peer.processes:
            process.send_signal(number)
            process.wait()
        self.peer.processes.clear()

    def start_again(self):
        start = time.monotonic()
        self.peer.launch(self.name, *self.words)
        wait_until_serves(self.target)
        self.attend()
        return time.monotonic() - start

    def starts(self):
        yield "after a clean stop", self.start_again(), ""
        self.end(signal.SIGKILL)
        yield "after kill -9", self.start_again(), ""


class Barn(Peer):
    def __init__(self):
        super().__init__(peers.Buildbarn)


@contextlib.contextmanager
def start_all(servers):
    """Those of the servers that are on this machine."""
    with contextlib.ExitStack() as stack:
        started = []
        for server in servers:
            try:
                server.start()
            except Absent as why:
                print(f"{server.name} is left out: {why}")
                continue
            stack.callback(server.close)
            started.append(server)
        yield started


class Measured(timing.Sample):
    """What one server did in all rounds."""

    def __init__(self, name, rounds):
        super().__init__([1000 * made["seconds"] for made in rounds])
        self.name = name
        self.cpu = statistics.median(made["cpu"] for made in rounds)
        self.call_ms = statistics.median(made["median_ms"] for made in rounds)
        things, size = rounds[0]["things"], rounds[0]["bytes"]
        seconds = self.median / 1000
        self.rate = f"{things / seconds:,.0f} /s"
        if size > LARGE_FROM * things:
            self.rate = f"{size / seconds / 1e6:,.0f} MB/s"


def measure(servers, words, rounds):
    """A sample of each server. They work A B C A B C …, each time with blobs that are new to all
    but for what reads, which reads what the same round wrote."""
    made = [[] for _ in servers]
    for number in range(rounds):
        for server, results in zip(servers, made):
            before = server.processor_seconds()
            results.append(load(server.target, SEED + number, words))
            results[-1]["cpu"] = server.processor_seconds() - before
    return [Measured(server.name, results) for server, results in zip(servers, made)]


def spawn(count, program, rounds):
    """Milliseconds that fork, exec and wait take, in the median."""
    return statistics.median(load("-", 1, ["spawn", count, program])["median_ms"]
                             for _ in range(rounds))
