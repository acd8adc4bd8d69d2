# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""A service in memory that does as it is told: each method can be replaced for one test. Everything
that is called is written down. It executes nothing: `results` says what an action comes to."""

import threading
from collections import namedtuple
from concurrent import futures

import grpc

from .client import METHODS, V2
from .messages import SHA256, ZSTD, google, pack, reapi
from .tree import digest, key
from .zstd import compress, decompress

Called = namedtuple("Called", "method request metadata")


class Scripted:
    """`script["Read"] = function(service, request, context)` takes the place of a method; with
    `service.plain["Read"](request, context)` it may go on as usual. For Write the request is an
    iterator."""

    def __init__(self):
        self.blobs, self.results, self.uploads = {}, {}, {}
        self.calls, self.script, self.lock = [], {}, threading.Lock()
        self.functions, self.batch_limit, self.update = [SHA256], 0, True
        self.executes, self.compressors = True, []
        self.plain = {name[1:]: getattr(self, name) for name in dir(self)
                      if name[1:] in METHODS and name[0] == "_"}

    def __enter__(self):
        self.server = grpc.server(futures.ThreadPoolExecutor(16),
                                  options=[("grpc.max_receive_message_length", 4 << 20)])
        self.server.add_generic_rpc_handlers((self,))
        self.address = f"grpc://127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop(0).wait()

    def service(self, details):
        """Of grpc.GenericRpcHandler."""
        for method, (name, kind, request, _) in METHODS.items():
            if name == details.method and method in self.plain:
                handler = getattr(grpc, kind + "_rpc_method_handler")
                return handler(self.behave(method), request.FromString,
                               lambda message: message.SerializeToString())
        return None

    def behave(self, method):
        def run(request, context):
            seen = request if hasattr(request, "SerializeToString") else None
            with self.lock:
                self.calls.append(Called(method, seen, dict(context.invocation_metadata())))
            if method in self.script:
                return self.script[method](self, request, context)
            return self.plain[method](request, context)
        return run

    # ---- what tests look at ----

    def called(self, method):
        return [call.request for call in self.calls if call.method == method]

    def count(self, method):
        return len(self.called(method))

    def put(self, data):
        of = digest(data)
        self.blobs[key(of)] = data
        return of

    # ---- as it should be ----

    def _GetCapabilities(self, _request, _context):
        reply = reapi.ServerCapabilities()
        reply.cache_capabilities.digest_functions.extend(self.functions)
        reply.cache_capabilities.max_batch_total_size_bytes = self.batch_limit
        reply.cache_capabilities.action_cache_update_capabilities.update_enabled = self.update
        reply.cache_capabilities.supported_compressors.extend(self.compressors)
        reply.cache_capabilities.supported_batch_update_compressors.extend(self.compressors)
        if self.executes:
            reply.execution_capabilities.exec_enabled = True
            reply.execution_capabilities.digest_function = self.functions[0]
        reply.low_api_version.major = reply.high_api_version.major = 2
        reply.high_api_version.minor = 2
        return reply

    def _FindMissingBlobs(self, request, _context):
        return reapi.FindMissingBlobsResponse(missing_blob_digests=[
            of for of in request.blob_digests if of.size_bytes and key(of) not in self.blobs])

    def _BatchUpdateBlobs(self, request, _context):
        reply = reapi.BatchUpdateBlobsResponse()
        for one in request.requests:
            data = one.data
            if one.compressor == ZSTD:
                data = decompress(data, one.digest.size_bytes)
            code = 0 if digest(data) == one.digest else 3
            if not code:
                self.blobs[key(one.digest)] = data
            reply.responses.add(digest=one.digest).status.code = code
        return reply

    def _BatchReadBlobs(self, request, _context):
        reply = reapi.BatchReadBlobsResponse()
        for of in request.digests:
            response = reply.responses.add(digest=of)
            if key(of) in self.blobs:
                response.data = self.blobs[key(of)]
            else:
                response.status.code = 5
        return reply

    def find(self, name, context):
        parts = name.split("/")
        data = self.blobs.get((parts[-2], int(parts[-1])))
        if data is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no {name}")
        return data, "compressed-blobs" in parts

    def _Read(self, request, context):
        data, zstd = self.find(request.resource_name, context)
        data = data[request.read_offset:]
        if zstd:
            data = compress(data)
        for at in range(0, max(len(data), 1), 100000):
            yield google.ReadResponse(data=data[at:at + 100000])

    def _Write(self, requests, context):
        name, got = "", b""
        for request in requests:
            name = name or request.resource_name
            if not got and request.write_offset:
                got = self.uploads.get(name, b"")[:request.write_offset]
            if request.write_offset != len(got):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a gap")
            got += request.data
            self.uploads[name] = got
        hash_text, size = name.split("/")[-2:]
        data = decompress(got, int(size)) if "compressed-blobs" in name else got
        if key(digest(data)) != (hash_text, int(size)):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "other bytes")
        self.blobs[key(digest(data))] = data
        return google.WriteResponse(committed_size=len(got))

    def _QueryWriteStatus(self, request, context):
        if request.resource_name not in self.uploads:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such upload")
        return google.QueryWriteStatusResponse(
            committed_size=len(self.uploads[request.resource_name]))

    def _GetActionResult(self, _request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "not cached")

    def _UpdateActionResult(self, request, _context):
        return request.action_result

    def _Execute(self, request, _context):
        yield operation("name")
        yield operation("name", self.response(request.action_digest))

    def _WaitExecution(self, request, _context):
        yield operation(request.name)
        yield operation(request.name, self.response(None))

    def response(self, of):
        result = self.results.get(key(of) if of else None)
        return reapi.ExecuteResponse(result=result or reapi.ActionResult(stdout_raw=b"ran\n"))


def operation(name, response=None):
    message = google.Operation(name=name, done=response is not None)
    message.metadata.CopyFrom(pack(reapi.ExecuteOperationMetadata(),
                                   f"{V2}.ExecuteOperationMetadata"))
    if response is not None:
        message.response.CopyFrom(pack(response, f"{V2}.ExecuteResponse"))
    return message


def missing(context, *digests):
    """Ends a call as services do that have lost blobs."""
    failure = google.PreconditionFailure()
    for of in digests:
        failure.violations.add(type="MISSING", subject=f"blobs/{of.hash}/{of.size_bytes}")
    status = google.Status(code=9, message="lost")
    status.details.add().CopyFrom(pack(failure, "google.rpc.PreconditionFailure"))
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "lost")
