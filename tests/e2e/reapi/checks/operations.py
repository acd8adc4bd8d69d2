# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""WaitExecution, Operations, equal actions at the same time, and cancelling."""

import os
import threading
import time
import uuid

from reapi.client import Client, response_of
from reapi.harness import Tests, eventually, fails, holds, same

test = Tests()

CANCELLED = 1
SLOW = ["/bin/sh", "-c", "cat /proc/sys/kernel/random/uuid; sleep 1"]


def salt():
    return os.urandom(8)


class Execution(threading.Thread):
    """Executes on a connection of its own, in the background."""

    def __init__(self, client, of, **fields):
        super().__init__(daemon=True)
        self.client = Client(client.target, client.instance)
        self.stream = self.client.execute(of, **fields)
        self.operations, self.error = [], None
        self.start()

    def run(self):
        try:
            for operation in self.stream:
                self.operations.append(operation)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def name(self):  # pylint: disable=invalid-overridden-method
        eventually(lambda: self.operations or self.error, "an operation comes")
        if self.error:
            raise self.error
        return self.operations[0].name

    def cancel(self):
        self.stream.cancel()
        self.join(10)

    def response(self):
        self.join(60)
        if self.error:
            raise self.error
        return response_of(self.operations)


@test(needs="execution")
def equal_actions_at_the_same_time_run_once(client):
    of = client.action(SLOW, salt=salt())
    executions = [Execution(client, of) for _ in range(5)]
    outputs = {client.outcome(execution.response()) for execution in executions}
    same(len(outputs), 1, "runs")


@test(needs="execution")
def actions_that_are_not_to_be_cached_run_each(client):
    of = client.action(SLOW, salt=salt(), do_not_cache=True)
    executions = [Execution(client, of) for _ in range(3)]
    same(len({client.outcome(execution.response()) for execution in executions}), 3, "runs")


@test(needs="execution")
def a_waiter_that_leaves_leaves_the_others_their_action(client):
    of = client.action(SLOW, salt=salt())
    executions = [Execution(client, of) for _ in range(3)]
    for execution in executions:
        execution.name()
    executions[0].cancel()
    same(client.outcome(executions[1].response()), client.outcome(executions[2].response()))


@test(needs="execution")
def wait_execution_attaches_to_what_runs(client):
    execution = Execution(client, client.action(SLOW, salt=salt()))
    name = execution.name()
    waited = list(client.call("WaitExecution", name=name))
    same({operation.name for operation in waited}, {name})
    same(response_of(waited).result.stdout_digest, execution.response().result.stdout_digest)


@test(needs="execution")
def wait_execution_goes_on_after_the_stream_broke(client):
    execution = Execution(client, client.action(SLOW, salt=salt()))
    name = execution.name()
    execution.cancel()
    response = response_of(list(client.call("WaitExecution", name=name)))
    same((response.status.code, response.result.exit_code), (0, 0))


@test(needs="execution")
def wait_execution_after_the_end_gives_the_result(client):
    execution = Execution(client, client.action(SLOW, salt=salt()))
    result = execution.response().result
    waited = list(client.call("WaitExecution", name=execution.name()))
    same(response_of(waited).result.stdout_digest, result.stdout_digest)


@test(needs="execution")
def waiting_for_an_unknown_name_is_not_found(client):
    for name in ("no-such-operation", "", str(uuid.uuid4()), "operations/7", "a" * 3000):
        with fails("NOT_FOUND"):
            list(client.call("WaitExecution", name=name))


@test(needs="execution")
def an_operation_can_be_asked_for(client):
    execution = Execution(client, client.action(SLOW, salt=salt()))
    name = execution.name()
    same((client.call("GetOperation", name=name).name,
          client.call("GetOperation", name=name).done), (name, False))
    execution.response()
    same(client.call("GetOperation", name=name).done, True)


@test(needs="execution")
def an_unknown_operation_is_not_found(client):
    with fails("NOT_FOUND"):
        client.call("GetOperation", name="no-such-operation")
    with fails("NOT_FOUND"):
        client.call("CancelOperation", name="no-such-operation")


@test(needs="execution")
def a_cancelled_operation_ends_cancelled_for_all(client):
    of = client.action(["/bin/sh", "-c", "sleep 60"], salt=salt())
    executions = [Execution(client, of) for _ in range(2)]
    names = [execution.name() for execution in executions]
    time.sleep(0.3)
    for name in set(names):
        client.call("CancelOperation", name=name)
    for execution in executions:
        same(status_of(execution), CANCELLED, "status")
    same(client.cached(of), None)


@test(needs="execution")
def an_operation_may_be_cancelled_as_soon_as_it_is_there(client):
    for _ in range(10):
        execution = Execution(client, client.action(["/bin/sh", "-c", "sleep 60"], salt=salt()))
        client.call("CancelOperation", name=execution.name())
        same(status_of(execution), CANCELLED, "status")


@test(needs="execution")
def cancelling_what_has_ended_changes_nothing(client):
    execution = Execution(client, client.action(["/bin/true"], salt=salt()))
    same(execution.response().status.code, 0)
    client.call("CancelOperation", name=execution.name())
    operation = client.call("GetOperation", name=execution.name())
    same(response_of([operation]).status.code, 0)


def status_of(execution):
    """Of the call or of the response."""
    start = time.monotonic()
    try:
        code = execution.response().status.code
    except Exception as error:  # pylint: disable=broad-except
        code = error.code().value[0]
    holds(time.monotonic() - start < 20, "it didn't end")
    return code


@test(needs="execution")
def many_actions_at_once_all_end(client):
    of = [client.action(["/bin/echo", str(number)], salt=salt()) for number in range(100)]
    executions = [Execution(client, action) for action in of]
    for number, execution in enumerate(executions):
        same(client.outcome(execution.response()), (0, f"{number}\n".encode(), b""))


@test(needs="execution")
def priorities_of_any_size_are_taken(client):
    from reapi.messages import reapi
    for priority in (-2**31, 0, 2**31 - 1):
        response = client.run(client.action(["/bin/true"], salt=salt()),
                              execution_policy=reapi.ExecutionPolicy(priority=priority))
        same((response.status.code, response.result.exit_code), (0, 0))
