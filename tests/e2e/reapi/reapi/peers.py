# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Servers of others, started like cleaved. Their programs are looked for in $PEERS, then in $PATH;
none is built here.

`python3 -m reapi.peers KIND [WORD...]` runs one until it is told to end: it says `serves at
HOST:PORT`, or `skipped: ` and why. The words go in front of the program that runs actions.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from .client import Client
from .service import BUILD, TOP


class Absent(Exception):
    """A peer's program isn't on this machine."""


def find(name):
    path = os.pathsep.join([os.environ.get("PEERS", ""), os.environ.get("PATH", "")])
    found = shutil.which(name, path=path)
    if not found:
        raise Absent(f"no {name} in $PEERS or $PATH")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """A context manager: `target` is the address once it serves."""

    programs = ()

    def __init__(self):
        self.found = {name: find(name) for name in self.programs}
        place = os.path.join(TOP, BUILD, "service")
        os.makedirs(place, exist_ok=True)
        self.directory = tempfile.mkdtemp(dir=place)
        self.processes = []
        self.target = f"127.0.0.1:{free_port()}"

    def path(self, name):
        return os.path.join(self.directory, name)

    def launch(self, name, *arguments, before=()):
        with open(self.path(name + ".log"), "ab") as log:
            self.processes.append(subprocess.Popen(
                [*before, self.found[name], *arguments], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.directory))

    def __enter__(self):
        try:
            self.start()
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        raise NotImplementedError

    def wait(self):
        end = time.monotonic() + 30
        while True:
            try:
                with Client(self.target, seconds=2) as client:
                    self.check(client.call("GetCapabilities"))
                return
            except Exception:  # pylint: disable=broad-except
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def check(self, capabilities):
        """Fails as long as it can't do all it is here for."""

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class BazelRemote(Peer):
    """The cache that most people run, with its files not compressed."""

    kind = "bazel-remote"
    programs = ("bazel-remote",)

    def start(self):
        os.mkdir(self.path("cache"))
        self.launch("bazel-remote", "--dir", self.path("cache"), "--max_size", "20",
                    "--storage_mode", "uncompressed", "--grpc_address", self.target,
                    "--http_address", f"127.0.0.1:{free_port()}", "--access_log_level", "none")


class Buildbarn(Peer):
    """Storage in a file, a scheduler, and one worker with its runner, on unix sockets."""

    kind = "buildbarn"
    programs = ("bb_storage", "bb_scheduler", "bb_worker", "bb_runner")
    MESSAGE = 16 << 20
    concurrency = 4

    def __init__(self, before_runner=()):
        super().__init__()
        self.before = {"bb_runner": before_runner}
        self.sockets = tempfile.mkdtemp(prefix="peer-", dir="/tmp")

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def start(self):
        for name in ("build", "file-cache"):
            os.mkdir(self.path(name))
        for name in ("bb_runner", "bb_storage", "bb_scheduler", "bb_worker"):
            config = self.path(name + ".jsonnet")
            with open(config, "w", encoding="utf-8") as file:
                json.dump(getattr(self, name)(), file, indent=2)
            self.launch(name, config, before=self.before.get(name, ()))

    def check(self, capabilities):
        assert capabilities.execution_capabilities.exec_enabled
        with Client(self.target, seconds=10) as client:
            client.shell("true")

    # ---- addresses ----

    def socket(self, name):
        return os.path.join(self.sockets, name)

    def server(self, name):
        return [{"listenPaths": [self.socket(name)], "authenticationPolicy": {"allow": {}},
                 "maximumReceivedMessageSizeBytes": self.MESSAGE}]

    def client_of(self, name):
        return {"address": "unix://" + self.socket(name)}

    # ---- configurations ----

    def blobs(self, name, size, new_blocks):
        return {"local": {
            "keyLocationMapInMemory": {"entries": 4_000_000},
            "keyLocationMapMaximumGetAttempts": 16, "keyLocationMapMaximumPutAttempts": 64,
            "oldBlocks": 8, "currentBlocks": 24, "newBlocks": new_blocks,
            "blocksOnBlockDevice": {
                "source": {"file": {"path": self.path(name), "sizeBytes": size}},
                "spareBlocks": 3}}}

    def bb_storage(self):
        allow = {"allow": {}}
        listen = [{"listenAddresses": [self.target], "authenticationPolicy": allow,
                   "maximumReceivedMessageSizeBytes": self.MESSAGE}]
        return {
            "grpcServers": listen + self.server("storage"),
            "maximumMessageSizeBytes": self.MESSAGE,
            "contentAddressableStorage": {
                "backend": self.blobs("cas", 16 << 30, 3), "getAuthorizer": allow,
                "putAuthorizer": allow, "findMissingAuthorizer": allow},
            "actionCache": {
                "backend": {"completenessChecking": {
                    "backend": self.blobs("ac", 256 << 20, 1),
                    "maximumTotalTreeSizeBytes": 64 << 20}},
                "getAuthorizer": allow, "putAuthorizer": allow},
            "schedulers": {"": {"endpoint": self.client_of("scheduler")}},
            "executeAuthorizer": allow,
            "supportedCompressors": ["ZSTD"],
        }

    def bb_scheduler(self):
        return {
            "clientGrpcServers": self.server("scheduler"),
            "workerGrpcServers": self.server("workers"),
            "buildQueueStateGrpcServers": self.server("state"),
            "contentAddressableStorage": {"grpc": self.client_of("storage")},
            "maximumMessageSizeBytes": self.MESSAGE,
            "executeAuthorizer": {"allow": {}}, "modifyDrainsAuthorizer": {"deny": {}},
            "killOperationsAuthorizer": {"deny": {}}, "synchronizeAuthorizer": {"allow": {}},
            "actionRouter": {"simple": {
                "platformKeyExtractor": {"action": {}},
                "invocationKeyExtractors": [{"correlatedInvocationsId": {}}],
                "initialSizeClassAnalyzer": {"defaultExecutionTimeout": "1800s",
                                             "maximumExecutionTimeout": "7200s"}}},
            "platformQueueWithNoWorkersTimeout": "900s",
        }

    def bb_worker(self):
        storage = {"grpc": self.client_of("storage")}
        return {
            "blobstore": {"contentAddressableStorage": storage, "actionCache": storage},
            "browserUrl": "http://localhost/",
            "maximumMessageSizeBytes": self.MESSAGE,
            "scheduler": self.client_of("workers"),
            "buildDirectories": [{
                "native": {"buildDirectoryPath": self.path("build"),
                           "cacheDirectoryPath": self.path("file-cache"),
                           "maximumCacheFileCount": 100_000,
                           "maximumCacheSizeBytes": 4 << 30,
                           "cacheReplacementPolicy": "LEAST_RECENTLY_USED"},
                "runners": [{"endpoint": self.client_of("runner"),
                             "concurrency": self.concurrency, "workerId": {"name": "peer"},
                             "platform": {}}]}],
            "filePool": {"blockDevice": {"file": {"path": self.path("pool"),
                                                  "sizeBytes": 1 << 30}}},
            "directoryCache": {"maximumCount": 10_000, "maximumSizeBytes": 64 << 20,
                               "cacheReplacementPolicy": "LEAST_RECENTLY_USED"},
            "outputUploadConcurrency": 11, "inputDownloadConcurrency": 10,
            "supportLegacyOutputFilesAndDirectories": True,
        }

    def bb_runner(self):
        return {"buildDirectoryPath": self.path("build"), "grpcServers": self.server("runner"),
                "setTmpdirEnvironmentVariable": False}


PEERS = (BazelRemote, Buildbarn)


def main(kind, *words):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        peer = next(peer for peer in PEERS if peer.kind == kind)(*([words] if words else []))
    except Absent as why:
        print(f"skipped: {kind}: {why}")
        return
    with peer:
        print(f"serves at {peer.target}", flush=True)
        while True:
            signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
