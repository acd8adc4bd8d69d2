# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Execution: what is run, with what, and what becomes of its result in the action cache."""

import os

from reapi.client import V2, make_action, missing_of, response_of, stage_of, status_details
from reapi.harness import Tests, holds, same
from reapi.messages import google, reapi, unpack
from reapi.tree import Blobs, Executable, Link, digest, text

test = Tests()

INVALID_ARGUMENT, DEADLINE_EXCEEDED = 3, 4
FAILED_PRECONDITION = 9
COMPLETED = reapi.ExecutionStage.COMPLETED


def salt():
    return os.urandom(8)


def sh(script):
    return ["/bin/sh", "-c", script]


UNIQUE = sh("cat /proc/sys/kernel/random/uuid")


@test(needs="execution")
def a_command_is_run_and_its_output_comes_back(client):
    same(client.shell("echo out; echo err >&2; exit 3"), (3, b"out\n", b"err\n"))


@test(needs="execution")
def each_operation_is_named_alike_and_says_its_stage(client):
    of = client.action(sh("true"), salt=salt())
    operations = list(client.execute(of))
    holds(len(operations) >= 2, f"{len(operations)} messages")
    same(len({operation.name for operation in operations}), 1, "names")
    holds(operations[0].name, "the first message has no name")
    stages = [stage_of(operation) for operation in operations]
    same(stages, sorted(stages), "stages")
    same((stages[-1], operations[-1].done), (COMPLETED, True), "the end")
    same([operation.done for operation in operations[:-1]], [False] * (len(operations) - 1))


@test(needs="execution")
def the_first_operation_comes_before_the_end(client):
    operations = client.execute(client.action(sh("sleep 2"), salt=salt()))
    first = next(operations)
    same(first.done, False)
    response_of([first, *operations])


@test(needs="execution")
def metadata_says_where_and_when(client):
    metadata = client.run_command(sh("true"), salt=salt()).result.execution_metadata
    holds(metadata.worker, "no worker")
    times = [getattr(metadata, name) for name in (
        "queued_timestamp", "worker_start_timestamp", "input_fetch_start_timestamp",
        "input_fetch_completed_timestamp", "execution_start_timestamp",
        "execution_completed_timestamp", "output_upload_start_timestamp",
        "output_upload_completed_timestamp", "worker_completed_timestamp")]
    moments = [time.seconds * 10**9 + time.nanos for time in times]
    holds(all(moments), f"a time is missing: {moments}")
    same(moments, sorted(moments), "times")


@test(needs="execution")
def the_environment_is_the_action_s_alone(client):
    exit_code, out, _ = client.outcome(client.run_command(
        ["/usr/bin/env"], env={"B": "2 3", "A": ""}, salt=salt()))
    names = {line.split(b"=")[0] for line in out.splitlines()}
    same((exit_code, names - {b"TMPDIR", b"HOME"}), (0, {b"A", b"B"}))


@test(needs="execution")
def inputs_are_where_the_tree_says_and_as_it_says(client):
    files = {"a": {"plain": b"text", "run": Executable(b"#!/bin/sh\necho ran\n"),
                   "link": Link("plain"), "up": Link("../b"), "empty": b""},
             "b": {"deep": {"file": b"deep"}}, "void": {}, "name with space": b"s"}
    script = ("cat a/plain a/link a/up/deep/file 'name with space' && a/run && test ! -x a/plain "
              "&& test -d void && test -e a/empty && test ! -s a/empty && readlink a/up "
              "&& find . | LC_ALL=C sort | tr '\\n' ' '")
    same(client.shell(script, files),
         (0, b"texttextdeepsran\n../b\n. ./a ./a/empty ./a/link ./a/plain ./a/run ./a/up ./b "
             b"./b/deep ./b/deep/file ./name with space ./void ", b""))


@test(needs="execution")
def a_command_runs_in_its_working_directory(client):
    files = {"src": {"in": b"input", "tool": Executable(b"#!/bin/sh\ncat in; pwd")}}
    exit_code, out, _ = client.outcome(client.run_command(
        ["./tool"], files, working_directory="src", salt=salt()))
    same((exit_code, out.startswith(b"input/"), out.rstrip().endswith(b"/src")), (0, True, True))


@test(needs="execution")
def a_program_without_a_slash_is_sought_in_path(client):
    same(client.outcome(client.run_command(["echo", "found"], env={"PATH": "/usr/bin:/bin"},
                                           salt=salt())), (0, b"found\n", b""))


@test(needs="execution")
def a_program_that_is_not_there_is_told(client):
    response = client.run_command(["/no/such/program"], salt=salt())
    holds(response.status.code or response.result.exit_code in (126, 127),
          f"exit code {response.result.exit_code}")


@test(needs="execution")
def an_action_that_a_signal_ends_has_failed(client):
    exit_code, _, _ = client.shell("kill -9 $$")
    holds(exit_code != 0, "exit code 0")


# ---- missing inputs ----


def missing_when_executed(client, of):
    """What a FAILED_PRECONDITION names, in the status of the call or of the response."""
    try:
        response = client.run(of)
    except Exception as error:  # pylint: disable=broad-except
        same(error.code().name, "FAILED_PRECONDITION", "the status")
        return missing_of(status_details(error))
    same(response.status.code, FAILED_PRECONDITION, "the response's status")
    return missing_of(response.status)


@test(needs="execution")
def a_missing_action_is_named(client):
    of = digest(os.urandom(20))
    same(missing_when_executed(client, of), {f"blobs/{text(of)}"})


@test(needs="execution")
def missing_inputs_are_named_and_nothing_else(client):
    files = {"there": b"x", "dir": {"sub": {"file": os.urandom(20)}}, "top": os.urandom(20)}
    for left_out in (lambda blobs: [files["top"]],
                     lambda blobs: [files["dir"]["sub"]["file"], files["top"]],
                     lambda blobs: [Blobs().directory(files["dir"]).SerializeToString()],
                     lambda blobs: [data for data in blobs.by_key.values() if b"marker" in data]):
        blobs, of = make_action(sh(f"true # marker {salt().hex()}"), files, salt=salt())
        gone = set()
        for data in left_out(blobs):
            del blobs.by_key[(digest(data).hash, len(data))]
            gone.add(f"blobs/{text(digest(data))}")
        holds(gone, "nothing is left out")
        client.put_all(blobs)
        for data in left_out(blobs):
            holds(client.missing([digest(data)]), "it is there from before")
        same(missing_when_executed(client, of), gone)
        files = {"there": b"x", "dir": {"sub": {"file": os.urandom(20)}}, "top": os.urandom(20)}


@test(needs="execution")
def execute_is_never_not_found(client):
    for of in (digest(b"no such action"), client.put(b"\xff\xff\xff")):
        try:
            code = client.run(of).status.code
        except Exception as error:  # pylint: disable=broad-except
            code = error.code().value[0]
        holds(code in (INVALID_ARGUMENT, FAILED_PRECONDITION), f"code {code}")


# ---- the action cache ----


@test(needs="execution")
def an_equal_action_is_answered_from_the_cache(client):
    of = client.action(UNIQUE, salt=salt())
    first, second = client.run(of), client.run(of)
    same((first.cached_result, second.cached_result), (False, True))
    same(client.outcome(first), client.outcome(second))
    holds(client.cached(of) is not None, "GetActionResult doesn't have it")


@test(needs="execution")
def skip_cache_lookup_runs_again(client):
    of = client.action(UNIQUE, salt=salt())
    first, second = client.run(of), client.run(of, skip_cache_lookup=True)
    holds(client.outcome(first) != client.outcome(second), "not run again")
    same(second.cached_result, False)
    same(client.outcome(client.run(of)), client.outcome(second), "kept is the newest:")


@test(needs="execution")
def do_not_cache_is_not_cached(client):
    of = client.action(UNIQUE, salt=salt(), do_not_cache=True)
    first, second = client.run(of), client.run(of)
    holds(client.outcome(first) != client.outcome(second), "not run again")
    same((second.cached_result, client.cached(of)), (False, None))


@test(needs="execution")
def what_failed_is_run_again(client):
    of = client.action(sh("cat /proc/sys/kernel/random/uuid; exit 1"), salt=salt())
    first, second = client.run(of), client.run(of)
    holds(client.outcome(first) != client.outcome(second), "not run again")
    same(client.cached(of), None)


@test(needs="execution")
def a_result_whose_output_is_gone_is_made_again(client):
    """Here: a result that a client gave, of an output that it didn't upload."""
    of = client.action(sh("echo real"), salt=salt())
    result = reapi.ActionResult(stdout_digest=digest(os.urandom(30)))
    try:
        client.cache(of, result)
    except Exception as error:  # pylint: disable=broad-except
        same(error.code().name in ("NOT_FOUND", "FAILED_PRECONDITION", "INVALID_ARGUMENT"), True)
    same(client.outcome(client.run(of)), (0, b"real\n", b""))


# ---- time ----


@test(needs="execution")
def a_timeout_is_deadline_exceeded_with_what_was_said(client):
    response = client.run_command(sh("echo so far; sleep 60 & sleep 60"), timeout=1, salt=salt())
    same(response.status.code, DEADLINE_EXCEEDED)
    same(client.output(response.result.stdout_raw, response.result.stdout_digest), b"so far\n")


@test(needs="execution")
def a_timed_out_action_is_not_cached(client):
    of = client.action(sh("sleep 60"), timeout=0.5, salt=salt())
    same(client.run(of).status.code, DEADLINE_EXCEEDED)
    same(client.cached(of), None)


@test(needs="execution", scope="whole")
def a_silent_action_s_stream_is_never_silent_for_long(client):
    """25 s in which nothing happens: some network between would take it for dead."""
    import time
    of = client.action(sh("sleep 25"), salt=salt())
    last, longest, messages = time.monotonic(), 0, 0
    for _ in client.execute(of, seconds=120):
        now = time.monotonic()
        longest, last, messages = max(longest, now - last), now, messages + 1
    holds(longest < 22, f"{longest:.0f} s between two of {messages} messages")


@test(needs="execution")
def timeouts_that_make_no_sense_are_refused_or_run(client):
    for seconds in (-1, 10**12):
        blobs, of = make_action(sh("true"), salt=salt())
        action = reapi.Action.FromString(blobs.by_key[(of.hash, of.size_bytes)])
        action.timeout.seconds = seconds
        client.put_all(blobs)
        of = client.put(action.SerializeToString())
        try:
            response = client.run(of)
        except Exception as error:  # pylint: disable=broad-except
            same(error.code().name, "INVALID_ARGUMENT")
            continue
        holds(response.status.code in (0, 3, 4), f"status {response.status}")


# ---- what comes with the result ----


@test(needs="execution")
def much_output_comes_by_digest(client):
    response = client.run_command(sh("head -c 9000000 /dev/zero"), salt=salt())
    same((response.result.stdout_raw, response.result.stdout_digest.size_bytes), (b"", 9_000_000))
    same(client.read(response.result.stdout_digest) == bytes(9_000_000), True, "equal")


@test(needs="execution")
def a_digest_comes_with_inline_output_or_all_of_it_is_inline(client):
    result = client.run_command(sh("echo hello"), salt=salt(), seconds=30).result
    holds(result.stdout_raw == b"hello\n" or result.stdout_digest == digest(b"hello\n"),
          "no output")
    if result.stdout_digest.hash:
        same(client.read(result.stdout_digest), b"hello\n")


@test(needs="execution")
def the_response_is_an_execute_response_without_an_error(client):
    *_, last = client.execute(client.action(sh("exit 7"), salt=salt()))
    same(last.WhichOneof("result"), "response")
    response = unpack(last.response, f"{V2}.ExecuteResponse", reapi.ExecuteResponse)
    same((response.status, response.result.exit_code), (google.Status(), 7))
