# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Blobs to a service that misbehaves, and what is tried again."""

import contextlib
import socket
import threading

import grpc

from reapi.harness import Tests, holds, same
from reapi.messages import ZSTD, google
from reapi.scripted import Scripted
from reapi.tree import digest, key

from . import LARGE, SECONDS, Place

test = Tests()
Code = grpc.StatusCode


def upload(service, data, *options):
    with Place() as place:
        place.write("file", data)
        place.good("cas", service.address, "upload", "file", *options)
        same(service.blobs.get(key(digest(data))) == data, True, "stored")


def upload_fails(service, data, says, *options):
    with Place() as place:
        place.write("file", data)
        place.bad("cas", service.address, "upload", "file", *options, says=says)


def times(count, code):
    """A unary method that fails so often, and then goes well."""
    lock, left = threading.Lock(), [count]

    def method(name):
        def run(service, request, context):
            with lock:
                left[0] -= 1
                fails = left[0] >= 0
            if fails:
                context.abort(code, "try again")
            return service.plain[name](request, context)
        return run
    return method


# ---- writing ----


def write_breaking_once(at):
    """Takes so many messages of the first stream, and then breaks."""
    streams = []

    def write(service, requests, context):
        streams.append(0)
        if len(streams) > 1:
            return service.plain["Write"](requests, context)

        def some():
            for count, request in enumerate(requests):
                if count == at:
                    context.abort(Code.UNAVAILABLE, "broke")
                yield request
        return service.plain["Write"](some(), context)
    return write


@test()
def a_write_goes_on_where_it_broke():
    offsets = []

    def write(service, requests, context):
        def watched():
            for count, request in enumerate(requests):
                if count == 0:
                    offsets.append(request.write_offset)
                yield request
        return breaking(service, watched(), context)
    with Scripted() as service:
        breaking = write_breaking_once(3)
        service.script["Write"] = write
        upload(service, LARGE)
        same(offsets, [0, 3 << 20], "offsets")


@test()
def a_write_begins_anew_where_the_service_can_not_say_what_it_has():
    with Scripted() as service:
        service.script["Write"] = write_breaking_once(3)
        service.script["QueryWriteStatus"] = lambda _service, _request, context: context.abort(
            Code.UNIMPLEMENTED, "no")
        upload(service, LARGE)
        same(len(service.uploads), 2, "names")


@test()
def a_write_begins_anew_where_the_service_can_not_go_on():
    breaking = write_breaking_once(3)

    def write(service, requests, context):
        first = next(requests)
        if first.write_offset:
            context.abort(Code.UNIMPLEMENTED, "writes from an offset")

        def all_of_them():
            yield first
            yield from requests
        return breaking(service, all_of_them(), context)
    with Scripted() as service:
        service.script["Write"] = write
        upload(service, LARGE)
        same(len(service.uploads), 2, "names")


@test()
def what_the_service_claims_beyond_what_was_sent_is_not_believed():
    with Scripted() as service:
        service.script["Write"] = write_breaking_once(1)
        service.script["QueryWriteStatus"] = lambda *_: google.QueryWriteStatusResponse(
            committed_size=5 << 20)
        upload(service, LARGE)


@test()
def a_write_that_is_complete_early_is_a_success():
    taken = []

    def early(_service, requests, _context):
        taken.append(next(requests))
        return google.WriteResponse(committed_size=len(LARGE))
    with Scripted() as service, Place() as place:
        service.script["Write"] = early
        place.write("file", LARGE)
        place.good("cas", service.address, "upload", "file")
        same(len(taken), 1, "streams")


@test()
def a_blob_that_exists_already_is_a_success():
    with Scripted() as service, Place() as place:
        service.script["Write"] = lambda _service, _requests, context: context.abort(
            Code.ALREADY_EXISTS, "it does")
        place.write("file", LARGE)
        place.good("cas", service.address, "upload", "file")


@test()
def a_write_that_is_never_complete_ends():
    def short(_service, requests, _context):
        for _ in requests:
            pass
        return google.WriteResponse(committed_size=7)
    with Scripted() as service:
        service.script["Write"] = short
        upload_fails(service, LARGE, "the service says that it has 7 bytes of a blob of 6291456")
        same(service.count("Write"), 6, "writes")


@test()
def a_service_that_takes_nothing_ends_the_write():
    def stuck(_service, _requests, context):
        done = threading.Event()
        context.add_callback(done.set)
        done.wait()
        return google.WriteResponse()
    with Scripted() as service:
        service.script["Write"] = stuck
        upload_fails(service, LARGE, "DEADLINE_EXCEEDED", "--call-timeout", "1")


@test()
def a_write_may_be_compressed():
    with Scripted() as service:
        service.compressors = [ZSTD]
        upload(service, LARGE, "--compress")
        upload(service, b"a" * 100000, "--compress")
        names = list(service.uploads)
        holds(len(names) == 1 and "/compressed-blobs/zstd/" in names[0], names)
        sent = service.called("BatchUpdateBlobs")[0].requests[0]
        holds(sent.compressor == ZSTD and len(sent.data) < 1000, "not compressed")


# ---- batches ----


@test()
def batches_stay_below_the_limit_of_the_service():
    with Scripted() as service, Place() as place:
        service.batch_limit = 65536
        for number in range(300):
            place.write(f"in/{number}", str(number).encode() * 500)
        place.write("in/large", bytes(70000))
        place.good("cas", service.address, "upload", "in")
        batches = service.called("BatchUpdateBlobs")
        holds(all(batch.ByteSize() <= 65536 for batch in batches), "a batch is too large")
        holds(5 < len(batches) < 20, f"{len(batches)} batches")
        same((service.count("Write"), service.count("FindMissingBlobs"), len(service.blobs)),
             (1, 1, 302))


@test()
def a_blob_that_fails_in_its_batch_is_sent_by_itself():
    def unlucky(service, request, context):
        reply = service.plain["BatchUpdateBlobs"](request, context)
        del service.blobs[key(reply.responses[0].digest)]
        reply.responses[0].status.code = 8
        return reply
    with Scripted() as service:
        service.script["BatchUpdateBlobs"] = unlucky
        upload(service, b"small")
        same(service.count("Write"), 1, "writes")


@test()
def a_blob_that_is_refused_in_its_batch_is_an_error():
    def refusing(service, request, context):
        reply = service.plain["BatchUpdateBlobs"](request, context)
        reply.responses[0].status.code = 7
        reply.responses[0].status.message = "not you"
        return reply
    with Scripted() as service:
        service.script["BatchUpdateBlobs"] = refusing
        upload_fails(service, b"small", "BatchUpdateBlobs: PERMISSION_DENIED: not you")
        same(service.count("Write"), 0, "writes")


@test()
def a_service_without_batches_is_written_to_blob_by_blob():
    with Scripted() as service:
        service.script["BatchUpdateBlobs"] = lambda _service, _request, context: context.abort(
            Code.UNIMPLEMENTED, "no batches")
        upload(service, b"small")
        same(service.count("Write"), 1, "writes")


# ---- several at a time ----


def write_many(place, count, size):
    for number in range(count):
        place.write(f"in/{number}", str(number).encode() + bytes(size))


@test()
def several_blobs_are_on_their_way_at_a_time():
    together = threading.Barrier(4)

    def write(service, requests, context):
        together.wait(SECONDS)
        return service.plain["Write"](requests, context)
    with Scripted() as service, Place() as place:
        service.script["Write"] = write
        write_many(place, 8, 5 << 20)
        place.good("cas", service.address, "upload", "in")
        same((service.count("Write"), len(service.blobs)), (8, 9))


@test()
def several_batches_are_on_their_way_at_a_time():
    together = threading.Barrier(4)

    def update(service, request, context):
        together.wait(SECONDS)
        return service.plain["BatchUpdateBlobs"](request, context)
    with Scripted() as service, Place() as place:
        service.script["BatchUpdateBlobs"] = update
        service.batch_limit = 65536
        write_many(place, 8, 60000)
        place.good("cas", service.address, "upload", "in")
        same((service.count("BatchUpdateBlobs"), len(service.blobs)), (8, 9))


@test()
def a_failure_in_one_of_several_streams_ends_all():
    begun, ended = threading.Barrier(4), threading.Semaphore(0)

    def write(service, _requests, context):
        if begun.wait(SECONDS) == 0:
            context.abort(Code.PERMISSION_DENIED, "not you")
        over = threading.Event()
        if not context.add_callback(over.set):
            over.set()
        over.wait(SECONDS)
        ended.release()
        return google.WriteResponse()
    with Scripted() as service, Place() as place:
        service.script["Write"] = write
        write_many(place, 8, 5 << 20)
        place.bad("cas", service.address, "upload", "in", says="Write: PERMISSION_DENIED: not you")
        for _ in range(3):
            holds(ended.acquire(timeout=SECONDS), "a stream goes on")
        same((service.count("Write"), place.names()), (4, ["in"]))


# ---- connections ----


def pump(source, sink):
    with contextlib.suppress(OSError):  # who closes first is left open
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def answer_late(listener, port, seconds):
    """Lets one connection through; what the service says first comes so late."""
    near, _ = listener.accept()
    with near, socket.create_connection(("127.0.0.1", port)) as far:
        late = threading.Timer(seconds, pump, (far, near))
        late.start()
        pump(near, far)
        late.join()


@test()
def a_connection_that_is_slow_to_come_is_waited_for():
    with Scripted() as service, socket.create_server(("127.0.0.1", 0)) as listener, \
            Place() as place:
        port = int(service.address.rsplit(":", 1)[1])
        one = threading.Thread(target=answer_late, args=(listener, port, 0.7))
        one.start()
        place.write("file", b"small")
        place.good("cas", f"grpc://127.0.0.1:{listener.getsockname()[1]}", "upload", "file")
        one.join()
        same(service.blobs[key(digest(b"small"))], b"small")


# ---- trying again ----


@test()
def codes_that_can_pass_are_tried_again():
    for code in (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED, Code.INTERNAL,
                 Code.UNKNOWN):
        with Scripted() as service:
            service.script["FindMissingBlobs"] = times(2, code)("FindMissingBlobs")
            upload(service, b"small")
            same(service.count("FindMissingBlobs"), 3, code.name)


@test()
def codes_that_can_not_pass_are_not():
    for code in (Code.PERMISSION_DENIED, Code.INVALID_ARGUMENT, Code.UNAUTHENTICATED,
                 Code.UNIMPLEMENTED, Code.FAILED_PRECONDITION, Code.OUT_OF_RANGE):
        with Scripted() as service:
            service.script["FindMissingBlobs"] = times(1, code)("FindMissingBlobs")
            upload_fails(service, b"small", [service.address,
                                             f"FindMissingBlobs: {code.name}: try again"])
            same(service.count("FindMissingBlobs"), 1, code.name)


@test()
def attempts_have_an_end():
    with Scripted() as service:
        service.script["FindMissingBlobs"] = times(1000, Code.UNAVAILABLE)("FindMissingBlobs")
        upload_fails(service, b"small", "FindMissingBlobs: UNAVAILABLE: try again")
        same(service.count("FindMissingBlobs"), 6, "calls")
