# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Blobs from a service that misbehaves."""

import signal
import subprocess
import threading

import grpc

from reapi.harness import Tests, holds, same
from reapi.messages import ZSTD, google
from reapi.scripted import Scripted
from reapi.service import CLEAVED
from reapi.tree import digest, key

from . import LARGE, Place, text

test = Tests()
PIECE = 100000
Code = grpc.StatusCode


def download(service, data, *options):
    """Downloads a blob that the service has been given, and compares."""
    with Place() as place:
        of = service.put(data)
        place.good("cas", service.address, "download", text(of), "-o", "got", *options)
        same(place.read("got") == data, True, "equal")


def download_fails(service, of, says, *options, status=103):
    with Place() as place:
        place.bad("cas", service.address, "download", text(of), "-o", "got", *options, says=says,
                  status=status)
        same(place.names(), [], "left")


def pieces(data):
    for at in range(0, len(data), PIECE):
        yield google.ReadResponse(data=data[at:at + PIECE])


@test()
def a_stream_of_wrong_bytes_is_refused_and_leaves_nothing():
    with Scripted() as service:
        service.script["Read"] = lambda *_: pieces(LARGE[::-1])
        download_fails(service, service.put(LARGE), "has another digest; nothing of it was used")
        same(service.count("Read"), 1, "reads")


@test()
def a_batch_of_wrong_bytes_is_refused():
    with Scripted() as service:
        of = service.put(b"good")
        service.blobs[key(of)] = b"evil"
        download_fails(service, of, "has another digest; nothing of it was used")


@test()
def wrong_bytes_are_not_shown():
    with Scripted() as service, Place() as place:
        of = service.put(LARGE)
        service.blobs[key(of)] = b"x" + LARGE[1:]
        ended = place.run("cas", service.address, "cat", text(of))
        same((ended.returncode, ended.stdout), (103, b""))


@test()
def a_stream_that_is_too_long_is_refused():
    with Scripted() as service:
        service.script["Read"] = lambda *_: pieces(LARGE + b"more")
        download_fails(service, service.put(LARGE), "is longer than that")


@test()
def a_stream_without_end_is_broken_off():
    def forever(_service, _request, context):
        while context.is_active():
            yield google.ReadResponse(data=bytes(PIECE))
    with Scripted() as service:
        service.script["Read"] = forever
        download_fails(service, service.put(LARGE), "is longer than that")


@test()
def a_read_goes_on_where_it_broke():
    def breaking(service, request, context):
        for count, piece in enumerate(service.plain["Read"](request, context)):
            if count == 20:
                context.abort(Code.UNAVAILABLE, "broke")
            yield piece
    with Scripted() as service:
        service.script["Read"] = breaking
        download(service, LARGE)
        offsets = [request.read_offset for request in service.called("Read")]
        same(offsets, [20 * PIECE * n for n in range(len(offsets))], "offsets")
        holds(len(offsets) > 3, f"{len(offsets)} reads")


@test()
def a_read_that_ends_too_early_goes_on():
    def short(service, request, context):
        yield next(service.plain["Read"](request, context))
    with Scripted() as service:
        service.script["Read"] = short
        of = LARGE[:1500000]
        service.batch_limit = 1000000
        download(service, of)
        same(service.count("Read"), 15, "reads")


@test()
def a_read_that_gets_nowhere_ends():
    with Scripted() as service:
        service.script["Read"] = lambda *_: iter(())
        download_fails(service, service.put(LARGE),
                       "the stream of a blob of 6291456 bytes ended after 0")
        same(service.count("Read"), 6, "reads")


@test()
def a_silent_read_ends():
    def silent(_service, _request, context):
        done = threading.Event()
        context.add_callback(done.set)
        done.wait()
        return iter(())
    with Scripted() as service:
        service.script["Read"] = silent
        download_fails(service, service.put(LARGE), "DEADLINE_EXCEEDED", "--call-timeout", "1")
        same(service.count("Read"), 6, "reads")


@test()
def an_interrupted_download_leaves_nothing():
    begun = threading.Event()

    def slow(_service, _request, context):
        yield google.ReadResponse(data=LARGE[:PIECE])
        begun.set()
        done = threading.Event()
        context.add_callback(done.set)
        done.wait()
    with Scripted() as service, Place() as place:
        service.script["Read"] = slow
        process = subprocess.Popen(
            [CLEAVED, "cas", "--remote", service.address, "download", text(service.put(LARGE)),
             "-o", "got"], cwd=place.directory, stderr=subprocess.DEVNULL)
        holds(begun.wait(30), "it doesn't begin")
        process.send_signal(signal.SIGTERM)
        same(process.wait(20), -signal.SIGTERM)
        same(place.names(), [], "left")
        same(service.count("Read"), 1, "reads")


@test()
def a_blob_that_is_not_there_is_named():
    with Scripted() as service:
        for data in (b"small", LARGE):
            of = digest(data)
            download_fails(service, of, f"the service doesn't have the blob {of.hash}-")
        same(service.count("Read") + service.count("BatchReadBlobs"), 2, "reads")


@test()
def a_service_without_batches_is_read_blob_by_blob():
    with Scripted() as service:
        service.script["BatchReadBlobs"] = lambda _service, _request, context: context.abort(
            Code.UNIMPLEMENTED, "no batches")
        download(service, b"small")
        same(service.count("Read"), 1, "reads")


@test()
def a_read_may_be_compressed():
    with Scripted() as service:
        service.compressors = [ZSTD]
        download(service, LARGE, "--compress")
        holds("compressed-blobs/zstd/" in service.called("Read")[0].resource_name, "not compressed")


@test()
def bad_zstd_is_refused():
    with Scripted() as service:
        service.compressors = [ZSTD]
        service.script["Read"] = lambda *_: pieces(b"no zstd" * 100)
        download_fails(service, service.put(LARGE), "isn't good zstd", "--compress")
