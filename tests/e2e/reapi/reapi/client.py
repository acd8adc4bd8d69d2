# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""A client: one channel, every method of the API, and the few calls that all tests make."""

import os
import uuid

import grpc

from .messages import SHA256, google, health, reapi, unpack
from .tree import Blobs, digest, key, text

V2 = "build.bazel.remote.execution.v2"
CHUNK = 64 << 10
LIMIT_ANSWER = 4 << 20  # what gRPC's clients take where nothing is set; Bazel, Buck2, tonic too

# method: (full name, kind, request, reply)
METHODS = {
    "GetCapabilities": (f"/{V2}.Capabilities/GetCapabilities", "unary_unary",
                        reapi.GetCapabilitiesRequest, reapi.ServerCapabilities),
    "FindMissingBlobs": (f"/{V2}.ContentAddressableStorage/FindMissingBlobs", "unary_unary",
                         reapi.FindMissingBlobsRequest, reapi.FindMissingBlobsResponse),
    "BatchUpdateBlobs": (f"/{V2}.ContentAddressableStorage/BatchUpdateBlobs", "unary_unary",
                         reapi.BatchUpdateBlobsRequest, reapi.BatchUpdateBlobsResponse),
    "BatchReadBlobs": (f"/{V2}.ContentAddressableStorage/BatchReadBlobs", "unary_unary",
                       reapi.BatchReadBlobsRequest, reapi.BatchReadBlobsResponse),
    "GetTree": (f"/{V2}.ContentAddressableStorage/GetTree", "unary_stream",
                reapi.GetTreeRequest, reapi.GetTreeResponse),
    "GetActionResult": (f"/{V2}.ActionCache/GetActionResult", "unary_unary",
                        reapi.GetActionResultRequest, reapi.ActionResult),
    "UpdateActionResult": (f"/{V2}.ActionCache/UpdateActionResult", "unary_unary",
                           reapi.UpdateActionResultRequest, reapi.ActionResult),
    "Execute": (f"/{V2}.Execution/Execute", "unary_stream", reapi.ExecuteRequest,
                google.Operation),
    "WaitExecution": (f"/{V2}.Execution/WaitExecution", "unary_stream",
                      reapi.WaitExecutionRequest, google.Operation),
    "Read": ("/google.bytestream.ByteStream/Read", "unary_stream", google.ReadRequest,
             google.ReadResponse),
    "Write": ("/google.bytestream.ByteStream/Write", "stream_unary", google.WriteRequest,
              google.WriteResponse),
    "QueryWriteStatus": ("/google.bytestream.ByteStream/QueryWriteStatus", "unary_unary",
                         google.QueryWriteStatusRequest, google.QueryWriteStatusResponse),
    "GetOperation": ("/google.longrunning.Operations/GetOperation", "unary_unary",
                     google.GetOperationRequest, google.Operation),
    "CancelOperation": ("/google.longrunning.Operations/CancelOperation", "unary_unary",
                        google.CancelOperationRequest, google.Empty),
    "HealthCheck": ("/grpc.health.v1.Health/Check", "unary_unary", health.HealthCheckRequest,
                    health.HealthCheckResponse),
}


class Client:
    """Calls fail with grpc.RpcError, as gRPC's own do. SECONDS bounds each one."""

    def __init__(self, target, instance="", seconds=60, options=(), credentials=None):
        self.target, self.instance, self.seconds = target, instance, seconds
        # Each client has a connection of its own, as each would that is a process.
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0),
                   ("grpc.max_receive_message_length", LIMIT_ANSWER),
                   ("grpc.max_send_message_length", -1), *options]
        if credentials is None:
            self.channel = grpc.insecure_channel(target, options)
        else:
            self.channel = grpc.secure_channel(target, credentials, options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def stub(self, method):
        name, kind, _, reply = METHODS[method]
        return getattr(self.channel, kind)(name, lambda message: message.SerializeToString(),
                                           reply.FromString)

    def call(self, method, seconds=None, metadata=None, **fields):
        """The reply, or an iterator of replies. Fields of the request by name."""
        request = METHODS[method][2](**fields)
        return self.stub(method)(request, timeout=seconds or self.seconds, metadata=metadata)

    # ---- blobs ----

    def missing(self, digests):
        reply = self.call("FindMissingBlobs", instance_name=self.instance, blob_digests=digests)
        return {key(found) for found in reply.missing_blob_digests}

    def update(self, blobs):
        """BatchUpdateBlobs of [(digest, bytes)]; the replies' codes."""
        requests = [reapi.BatchUpdateBlobsRequest.Request(digest=of, data=data)
                    for of, data in blobs]
        reply = self.call("BatchUpdateBlobs", instance_name=self.instance, requests=requests)
        return [response.status.code for response in reply.responses]

    def put(self, data):
        found = digest(data)
        if len(data) > 1 << 20:
            self.write(data)
        elif any(self.update([(found, data)])):
            raise AssertionError(f"{text(found)} isn't stored")
        return found

    def put_all(self, blobs):
        """What a Blobs holds, without FindMissingBlobs."""
        batch, size = [], 0
        for (hash_text, length), data in blobs.by_key.items():
            if length > 1 << 20:
                self.write(data)
                continue
            if size + length > 3 << 20:
                self.update(batch)
                batch, size = [], 0
            batch.append((reapi.Digest(hash=hash_text, size_bytes=length), data))
            size += length + 100
        if batch and any(self.update(batch)):
            raise AssertionError("a blob of a batch isn't stored")

    def get(self, of):
        reply = self.call("BatchReadBlobs", instance_name=self.instance, digests=[of])
        response, = reply.responses
        if response.status.code:
            raise AssertionError(f"{text(of)}: {response.status}")
        return response.data

    def prefix(self):
        return self.instance + "/" if self.instance else ""

    def read_name(self, of, kind="blobs"):
        return f"{self.prefix()}{kind}/{text(of)}"

    def write_name(self, of, kind="blobs"):
        return f"{self.prefix()}uploads/{uuid.uuid4()}/{kind}/{text(of)}"

    def read(self, of, offset=0, limit=0):
        return self.read_named(self.read_name(of), offset, limit)

    def read_named(self, name, offset=0, limit=0):
        replies = self.call("Read", resource_name=name, read_offset=offset, read_limit=limit)
        return b"".join(reply.data for reply in replies)

    def write(self, data):
        return self.write_named(self.write_name(digest(data)), data)

    def write_named(self, name, data, offset=0, chunk=CHUNK):
        """Writes as Bazel does: the name in the first message only. Returns committed_size."""
        def requests():
            for at in range(0, max(len(data), 1), chunk):
                yield google.WriteRequest(resource_name=name if at == 0 else "",
                                          write_offset=offset + at, data=data[at:at + chunk],
                                          finish_write=at + chunk >= len(data))
        return self.write_messages(requests())

    def write_messages(self, requests):
        return self.stub("Write")(iter(requests), timeout=self.seconds).committed_size

    # ---- actions ----

    def action(self, arguments, files=None, **fields):
        """Uploads an action and all it needs. See make_action."""
        blobs, of = make_action(arguments, files, **fields)
        self.put_all(blobs)
        return of

    def execute(self, of, **fields):
        """The stream of Operations."""
        return self.call("Execute", instance_name=self.instance, action_digest=of,
                         digest_function=SHA256, **fields)

    def run(self, of, **fields):
        """The ExecuteResponse of an action that is uploaded."""
        return response_of(list(self.execute(of, **fields)))

    def run_command(self, arguments, files=None, seconds=None, **fields):
        """Uploads and executes; the ExecuteResponse."""
        return self.run(self.action(arguments, files, **fields), seconds=seconds)

    def shell(self, script, files=None, **fields):
        """What a shell script, run as an action of its own, said: (exit code, stdout, stderr)."""
        fields.setdefault("salt", os.urandom(8))
        return self.outcome(self.run_command(["/bin/sh", "-c", script], files, **fields))

    def outcome(self, response):
        if response.status.code:
            raise AssertionError(f"not run: {response.status}")
        result = response.result
        return (result.exit_code, self.output(result.stdout_raw, result.stdout_digest),
                self.output(result.stderr_raw, result.stderr_digest))

    def output(self, raw, of):
        return raw if raw or not of.size_bytes else self.read(of)

    def cached(self, of, **fields):
        """The ActionResult, or None."""
        try:
            return self.call("GetActionResult", instance_name=self.instance, action_digest=of,
                             **fields)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return None
            raise

    def cache(self, of, result):
        return self.call("UpdateActionResult", instance_name=self.instance, action_digest=of,
                         action_result=result)


def make_action(arguments, files=None, *, outputs=(), output_files=(), output_directories=(),
                env=None, working_directory="", timeout=None, do_not_cache=False, salt=b"",
                platform=None):
    """(Blobs, digest of the Action)."""
    blobs = Blobs()
    properties = reapi.Platform(properties=[
        reapi.Platform.Property(name=name, value=value)
        for name, value in sorted((platform or {}).items())])
    command = reapi.Command(
        arguments=arguments, output_paths=sorted(outputs), output_files=sorted(output_files),
        output_directories=sorted(output_directories), working_directory=working_directory,
        environment_variables=[
            reapi.Command.EnvironmentVariable(name=name, value=value)
            for name, value in sorted((env or {"PATH": "/usr/bin:/bin"}).items())])
    action = reapi.Action(input_root_digest=blobs.tree(files or {}), do_not_cache=do_not_cache,
                          salt=salt)
    if platform:
        command.platform.CopyFrom(properties)
        action.platform.CopyFrom(properties)
    action.command_digest.CopyFrom(blobs.message(command))
    if timeout is not None:
        action.timeout.seconds = int(timeout)
        action.timeout.nanos = round(timeout % 1 * 1e9)
    return blobs, blobs.message(action)


def response_of(operations):
    """The ExecuteResponse of an execution's stream, which has to end with it."""
    last = operations[-1]
    if not last.done or last.WhichOneof("result") != "response":
        raise AssertionError(f"the stream ends without a response: {last}")
    return unpack(last.response, f"{V2}.ExecuteResponse", reapi.ExecuteResponse)


def stage_of(operation):
    return unpack(operation.metadata, f"{V2}.ExecuteOperationMetadata",
                  reapi.ExecuteOperationMetadata).stage


def status_details(error):
    """The google.rpc.Status that came with an error."""
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            return google.Status.FromString(value)
    return google.Status()


def missing_of(status):
    """What a PreconditionFailure names: every violation must be MISSING."""
    subjects = set()
    for detail in status.details:
        failure = unpack(detail, "google.rpc.PreconditionFailure", google.PreconditionFailure)
        for violation in failure.violations:
            if violation.type != "MISSING":
                raise AssertionError(f"a violation of type {violation.type!r}")
            subjects.add(violation.subject)
    return subjects
