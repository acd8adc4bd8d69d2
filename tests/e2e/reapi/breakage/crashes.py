# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""kill -9 in the middle of everything: 20 rounds, or 200 in the whole scope."""

import os
import random
import threading
import time

import grpc

from reapi.client import Client
from reapi.harness import SCOPE, Tests, holds, same
from reapi.service import Service
from reapi.tree import digest, key

test = Tests()

ROUNDS = 200 if SCOPE == "whole" else 20
SIZES = (10, 1000, 30_000, 300_000, 3_000_000)


class Uploader(threading.Thread):
    """Writes blobs until its service is gone; `stored` holds those that were acknowledged."""

    def __init__(self, target, seed, largest):
        super().__init__()
        self.client = Client(target)
        self.random = random.Random(seed)
        self.largest = largest
        self.stored, self.tried = [], []

    def run(self):
        try:
            while True:
                self.one(self.random.randbytes(self.random.choice(
                    [size for size in SIZES if size <= self.largest])))
        except (grpc.RpcError, ValueError):
            pass

    def one(self, data):
        self.tried.append(data)
        if self.random.random() < 0.5 and len(data) < 1 << 20:
            codes = self.client.update([(digest(data), data)])
            if codes != [0]:
                return
        else:
            self.client.write(data)
        self.stored.append(data)


class Executor(threading.Thread):
    """Runs actions until its service is gone; `done` holds what was answered."""

    def __init__(self, target, seed):
        super().__init__()
        self.client = Client(target)
        self.random = random.Random(seed)
        self.done = []

    def run(self):
        try:
            while True:
                data = self.random.randbytes(2000)
                of = self.client.action(["/bin/sh", "-c", "cat in in >out"], {"in": data},
                                        outputs=["out"])
                response = self.client.run(of)
                if response.status.code == 0 and response.result.output_files:
                    self.done.append((of, data + data))
        except (grpc.RpcError, ValueError, AssertionError):
            pass


def load(service, seed, largest=SIZES[-1]):
    workers = [Uploader(service.target, seed + number, largest) for number in range(4)]
    workers += [Executor(service.target, seed + number) for number in (10, 11)]
    for worker in workers:
        worker.start()
    time.sleep(random.Random(seed).uniform(0.05, 0.6))
    service.kill()
    for worker in workers:
        worker.join()
        worker.client.channel.close()
    return workers


def in_batches(client, digests):
    found = set()
    for at in range(0, len(digests), 10_000):
        found |= client.missing(digests[at:at + 10_000])
    return found


def never_wrong(client, blobs):
    """Those that are there have their own bytes. How many there are."""
    gone = in_batches(client, [digest(data) for data in blobs])
    there = [data for data in blobs if key(digest(data)) not in gone]
    for data in there:
        same(client.read(digest(data)) == data, True, "equal")
    return len(there)


@test()
def a_kill_loses_no_blob_that_was_acknowledged():
    stored, tried, results = 0, 0, 0
    with Service("--jobs", "2") as service:
        for number in range(ROUNDS):
            if not service.running():
                service.start()
            workers = load(service, number * 100)
            service.start()
            with service.client() as client:
                for worker in workers:
                    if isinstance(worker, Executor):
                        results += check_results(client, worker.done)
                        continue
                    lost = in_batches(client, [digest(data) for data in worker.stored])
                    same(lost, set(), f"round {number}: lost")
                    never_wrong(client, worker.tried)
                    stored += len(worker.stored)
                    tried += len(worker.tried)
    print(f"    {ROUNDS} kills: {stored} blobs acknowledged of {tried}, {results} results, none "
          "lost or wrong")
    holds(stored > ROUNDS, f"only {stored} blobs")


def check_results(client, done):
    """What was answered is in the cache, with its output."""
    for of, output in done:
        found = client.cached(of)
        holds(found is not None, "a result that was answered is lost")
        same(client.read(found.output_files[0].digest) == output, True, "equal")
    return len(done)


@test()
def a_kill_while_blobs_are_evicted_leaves_none_wrong():
    """A store that is full all the time. The newest blobs must be there."""
    kept = evicted = 0
    with Service("--store-size", "20MiB", "--jobs", "2") as service:
        for number in range(ROUNDS):
            if not service.running():
                service.start()
            workers = load(service, number * 100 + 50, largest=300_000)
            service.start()
            with service.client() as client:
                for worker in workers[:4]:
                    kept += never_wrong(client, worker.tried)
                    newest = [digest(data) for data in worker.stored[-3:]]
                    same(client.missing(newest), set(), "of the newest, missing")
            evicted += service.stats()["store"]["evicted"]
    print(f"    {ROUNDS} kills: {kept} blobs were there, none wrong")


@test()
def nothing_half_written_is_left_after_a_kill():
    with Service() as service:
        for number in range(5):
            load(service, 7000 + number)
            service.start()
            left = os.listdir(os.path.join(service.store, "tmp"))
            same(left, [], "in tmp")
            runs = os.listdir(os.path.join(service.store, "actions", "runs"))
            same(runs, [], "in actions/runs")


@test()
def a_clean_stop_under_load_loses_nothing():
    """SIGTERM: calls that run are let end, or told that they didn't."""
    with Service("--jobs", "2") as service:
        for number in range(3):
            if not service.running():
                service.start()
            workers = [Uploader(service.target, 900 + number * 10 + one, SIZES[-1])
                       for one in range(4)]
            for worker in workers:
                worker.start()
            time.sleep(0.3)
            service.stop()
            for worker in workers:
                worker.join()
            service.start()
            with service.client() as client:
                for worker in workers:
                    same(in_batches(client, [digest(data) for data in worker.stored]), set())
