# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Executions by a service that misbehaves; what it is told of its client."""

import os

import grpc

from reapi.client import V2
from reapi.harness import Tests, holds, same
from reapi.messages import SHA256, google, pack, reapi
from reapi.scripted import Scripted, missing, operation
from reapi.tree import digest, key

from . import Place

test = Tests()
Code = grpc.StatusCode
METADATA = f"{V2}.requestmetadata-bin".lower()


def execute(service, *options, place=None):
    """What the command printed; it has to succeed."""
    if place is None:
        with Place() as own:
            return execute(service, *options, place=own)
    place.write("in", b"input")
    return place.good("exec", service.address, "--input", "in", *options, "--", "cc", "in")


def execute_fails(service, says, *options, status=103):
    with Place() as place:
        place.write("in", b"input")
        return place.bad("exec", service.address, "--input", "in", *options, "--", "cc", "in",
                         says=says, status=status)


# ---- streams ----


@test()
def an_action_is_looked_up_uploaded_and_executed():
    with Scripted() as service:
        same(execute(service), b"ran\n")
        same([call.method for call in service.calls],
             ["GetCapabilities", "GetActionResult", "FindMissingBlobs", "BatchUpdateBlobs",
              "Execute"])
        holds(service.called("Execute")[0].skip_cache_lookup, "it looks up twice")


@test()
def an_execution_is_waited_for_again_when_its_stream_ends():
    with Scripted() as service:
        service.script["Execute"] = lambda *_: iter([operation("one")])
        same(execute(service), b"ran\n")
        same([request.name for request in service.called("WaitExecution")], ["one"])
        same(service.count("Execute"), 1, "executions")


@test()
def an_execution_is_waited_for_again_when_its_stream_breaks():
    def breaking(_service, _request, context):
        yield operation("one")
        context.abort(Code.UNAVAILABLE, "broke")
    with Scripted() as service:
        service.script["Execute"] = breaking
        same(execute(service), b"ran\n")
        same((service.count("Execute"), service.count("WaitExecution")), (1, 1))


@test()
def an_operation_that_the_service_has_lost_is_executed_anew():
    for code in (Code.NOT_FOUND, Code.UNIMPLEMENTED):
        def first_breaks(service, request, context):
            if service.count("Execute") > 1:
                yield from service.plain["Execute"](request, context)
            else:
                yield operation("one")
        with Scripted() as service:
            service.script["Execute"] = first_breaks
            service.script["WaitExecution"] = lambda _service, _request, context, code=code: (
                context.abort(code, "what?"))
            same(execute(service), b"ran\n")
            same((service.count("Execute"), service.count("WaitExecution")), (2, 1), code.name)


@test()
def an_execution_that_is_not_found_is_tried_again():
    def merged(service, request, context):
        if service.count("Execute") == 1:
            context.abort(Code.NOT_FOUND, "Operation not found")
        yield from service.plain["Execute"](request, context)
    with Scripted() as service:
        service.script["Execute"] = merged
        same(execute(service), b"ran\n")


@test()
def a_stream_that_always_ends_too_early_ends_the_command():
    with Scripted() as service:
        service.script["Execute"] = lambda *_: iter([operation("one")])
        service.script["WaitExecution"] = lambda *_: iter([operation("one")])
        execute_fails(service, "Execute: UNAVAILABLE: the stream ended before the action did")
        same(service.count("WaitExecution"), 5, "waits")


@test()
def an_operation_that_ends_with_an_error_says_so():
    def error(_service, _request, _context):
        message = google.Operation(name="one", done=True)
        message.error.code = 3
        message.error.message = "bad action"
        yield message
    with Scripted() as service:
        service.script["Execute"] = error
        execute_fails(service, "Execute: INVALID_ARGUMENT: bad action")
        same(service.count("Execute"), 1, "executions")


@test()
def a_response_with_a_status_that_can_pass_is_asked_for_again():
    def first_fails(service, request, context):
        response = service.response(request.action_digest)
        response.status.code = 14 if service.count("Execute") < 3 else 0
        yield operation("one", response)
    with Scripted() as service:
        service.script["Execute"] = first_fails
        same(execute(service), b"ran\n")
        same((service.count("Execute"), service.count("WaitExecution")), (3, 0))


@test()
def an_operation_that_ends_without_a_response_is_an_error():
    def nothing(_service, _request, _context):
        message = operation("one", reapi.ExecuteResponse())
        message.response.CopyFrom(pack(reapi.ActionResult(), f"{V2}.ActionResult"))
        yield message
    with Scripted() as service:
        service.script["Execute"] = nothing
        execute_fails(service, "the operation ended without an ExecuteResponse")
        service.script["Execute"] = lambda *_: iter([operation("one", reapi.ExecuteResponse())])
        execute_fails(service, "the service's response has no result")


@test()
def the_timeout_of_an_action_is_no_reason_to_try_again():
    def timed_out(_service, _request, _context):
        response = reapi.ExecuteResponse(result=reapi.ActionResult(stdout_raw=b"so far\n"))
        response.status.code = 4
        response.status.message = "2 s are over"
        yield operation("one", response)
    with Scripted() as service, Place() as place:
        service.script["Execute"] = timed_out
        ended = place.run("exec", service.address, "--timeout", "2", "--", "cc")
        same((ended.returncode, ended.stdout), (103, b"so far\n"))
        holds(b"the action ran into its timeout: 2 s are over" in ended.stderr, ended.stderr)
        same(service.count("Execute"), 1, "executions")


# ---- missing blobs ----


@test()
def inputs_that_were_evicted_meanwhile_are_uploaded_again():
    lost = digest(b"input")

    def evicted(service, request, context):
        if service.count("Execute") == 1:
            del service.blobs[key(lost)]
            missing(context, lost)
        holds(key(lost) in service.blobs, "not uploaded again")
        yield from service.plain["Execute"](request, context)
    with Scripted() as service:
        service.script["Execute"] = evicted
        same(execute(service), b"ran\n")
        same(service.count("Execute"), 2, "executions")


@test()
def a_service_that_loses_inputs_for_ever_ends_the_command():
    with Scripted() as service:
        service.script["Execute"] = lambda _service, _request, context: missing(
            context, digest(b"input"))
        execute_fails(service, "Execute: FAILED_PRECONDITION: lost")
        same(service.count("Execute"), 6, "executions")


@test()
def blobs_that_are_no_inputs_can_not_be_uploaded():
    with Scripted() as service:
        service.script["Execute"] = lambda _service, _request, context: missing(
            context, digest(b"other"))
        execute_fails(service, "which isn't one of those uploaded")
        same(service.count("Execute"), 1, "executions")


@test()
def a_cached_result_whose_output_is_gone_is_made_again():
    def cached(_service, _request, _context):
        result = reapi.ActionResult()
        result.output_files.add(path="out").digest.CopyFrom(digest(b"gone"))
        return result

    def made(service, _request, _context):
        result = reapi.ActionResult()
        result.output_files.add(path="out").digest.CopyFrom(service.put(b"made again"))
        yield operation("one", reapi.ExecuteResponse(result=result))
    with Scripted() as service, Place() as place:
        service.script["GetActionResult"] = cached
        service.script["Execute"] = made
        execute(service, "--output", "out", place=place)
        same(place.read("out"), b"made again")


@test()
def a_cached_failure_is_run_again():
    with Scripted() as service:
        service.script["GetActionResult"] = lambda *_: reapi.ActionResult(exit_code=1)
        same(execute(service), b"ran\n")


@test()
def nothing_is_written_outside_of_the_working_directory():
    def escaping(service, _request, _context):
        result = reapi.ActionResult()
        result.output_files.add(path="../escaped").digest.CopyFrom(service.put(b"evil"))
        yield operation("one", reapi.ExecuteResponse(result=result))
    with Scripted() as service:
        service.script["Execute"] = escaping
        execute_fails(service, "the result has an output ../escaped")


@test()
def what_was_not_declared_is_not_written():
    def more(service, _request, _context):
        result = reapi.ActionResult()
        result.output_files.add(path="in").digest.CopyFrom(service.put(b"other input"))
        yield operation("one", reapi.ExecuteResponse(result=result))
    with Scripted() as service:
        service.script["Execute"] = more
        execute_fails(service, "the result has an output in, which wasn't asked for", "--output",
                      "out")


# ---- what the service can ----


@test()
def a_service_without_sha256_is_refused_by_name():
    with Scripted() as service:
        service.functions = [reapi.DigestFunction.BLAKE3]
        execute_fails(service, [service.address, "SHA256", "it has BLAKE3"])
        same(len(service.calls), 1, "calls")


@test()
def a_cache_that_does_not_execute_is_refused():
    with Scripted() as service:
        service.executes = False
        execute_fails(service, "the service is a cache")


@test()
def a_service_that_is_not_there_is_named():
    with Scripted() as service:
        address = service.address
    with Place() as place:
        place.bad("cas", address, "missing", "0" * 64 + "/1", says=[address, "UNAVAILABLE"])


# ---- what it is told ----


@test()
def every_call_says_who_makes_it_and_for_what():
    with Scripted() as service:
        execute(service, "--header", "X-Team=a b", "--header", "x-bin=raw", "--instance", "my/inst")
        action = service.called("Execute")[0].action_digest.hash
        seen = set()
        for call in service.calls:
            metadata = reapi.RequestMetadata.FromString(call.metadata[METADATA])
            same(metadata.tool_details.tool_name, "cleave")
            holds(metadata.tool_details.tool_version, "no version")
            seen.add(metadata.tool_invocation_id)
            if call.method != "GetCapabilities":
                same(metadata.action_id, action, call.method)
            same((call.metadata["x-team"], call.metadata["x-bin"]), ("a b", b"raw"))
            holds(call.metadata["user-agent"].startswith("cleave/"), call.metadata["user-agent"])
            same(call.request.instance_name, "my/inst", call.method)
        same(len(seen), 1, "invocations")


@test()
def an_action_says_all_that_was_asked_for():
    with Scripted() as service, Place() as place:
        place.write("root/in/x", b"x", executable=True)
        os.symlink("x", place.path("root/in/l"))
        place.good("exec", service.address, "--input-root", "root", "--input", "in",
                   "--working-directory", "w/d", "--output", "o", "--output", "dir/", "--env",
                   "B=2", "--env", "HERE", "--platform", "os=x", "--timeout", "9",
                   "--do-not-cache", "--", "cc", "-c", env={"HERE": "now"})
        execution, = service.called("Execute")
        same((execution.digest_function, service.count("GetActionResult")), (SHA256, 0))
        action = reapi.Action.FromString(service.blobs[key(execution.action_digest)])
        same((action.timeout.seconds, action.do_not_cache), (9, True))
        command = reapi.Command.FromString(service.blobs[key(action.command_digest)])
        same((command.arguments, command.working_directory, command.output_paths),
             (["cc", "-c"], "w/d", ["dir", "o"]))
        same([(one.name, one.value) for one in command.environment_variables],
             [("B", "2"), ("HERE", "now")])
        same([(one.name, one.value) for one in action.platform.properties], [("os", "x")])
        same(action.platform, command.platform)
        root = reapi.Directory.FromString(service.blobs[key(action.input_root_digest)])
        same([one.name for one in root.directories], ["in", "w"])
        below = reapi.Directory.FromString(service.blobs[key(root.directories[0].digest)])
        same((below.files[0].is_executable, below.symlinks[0].target), (True, "x"))


# ---- credentials ----

HELPER = """#!/bin/sh
cat >>asked
echo run >>asked
echo '{"headers": {"Authorization": ["Bearer '"$(grep -c run asked)"'"]}}'
"""


def demand(token):
    """All methods need that token."""
    def checked(name):
        def run(service, request, context):
            if dict(context.invocation_metadata()).get("authorization") != f"Bearer {token}":
                context.abort(Code.UNAUTHENTICATED, "who?")
            return service.plain[name](request, context)
        return run
    return {name: checked(name) for name in ("GetCapabilities", "FindMissingBlobs")}


def ask_with_helper(place, service):
    place.write("helper", HELPER.encode(), executable=True)
    place.write("file", b"")
    return place.run("cas", service.address, "upload", "file", "--credential-helper", "./helper")


@test()
def a_credential_helper_is_asked_once():
    with Scripted() as service, Place() as place:
        service.script.update(demand(1))
        same(ask_with_helper(place, service).returncode, 0)
        uri = service.address.replace("grpc:", "http:")
        same(place.read("asked").decode(), f'{{"uri":"{uri}"}}run\n')


@test()
def credentials_that_are_not_taken_are_asked_for_once_more():
    with Scripted() as service, Place() as place:
        service.script.update(demand(2))
        same(ask_with_helper(place, service).returncode, 0)
        same(service.count("GetCapabilities"), 2, "calls")


@test()
def credentials_that_are_never_taken_end_the_command():
    with Scripted() as service, Place() as place:
        service.script.update(demand(100))
        ended = ask_with_helper(place, service)
        same(ended.returncode, 103)
        holds(b"GetCapabilities: UNAUTHENTICATED: who?" in ended.stderr, ended.stderr)
        same(place.read("asked").count(b"run"), 2, "runs of the helper")


@test()
def a_helper_that_fails_is_named():
    with Scripted() as service, Place() as place:
        place.bad("cas", service.address, "missing", "0" * 64 + "/1", "--credential-helper",
                  "false", says="the credential helper false ended with status 1")
        same(len(service.calls), 0, "calls")
