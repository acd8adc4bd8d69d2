# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Tests are functions whose names are sentences. Each script ends in `N passed, N failed`."""

import contextlib
import inspect
import os
import sys
import time
import traceback

import grpc

SCOPE = os.environ.get("TEST_SCOPE", "sample")

# A sanitizer has memory of its own for each byte that the program has.
SHADOW = 4 if "san-" in os.environ.get("BUILD", "") else 1


class Skip(Exception):
    """This can't be tested here, for the reason given."""


class Tests:
    """The tests of one or more files, in the order of their definition."""

    def __init__(self):
        self.tests = []

    def __call__(self, *, needs="cache", scope="sample"):
        """A decorator. NEEDS "execution": not for a server that is a cache alone."""
        def register(function):
            function.needs, function.scope = needs, scope
            self.tests.append(function)
            return function
        return register


class Run:
    """Runs tests and counts. DIFFERENCES: tests that a peer is known to fail, and why."""

    def __init__(self, differences=None, abilities=("cache", "execution"), only=None):
        self.differences = differences or {}
        self.abilities = abilities
        self.only = only
        self.passed = self.failed = 0

    def fail(self, name, why):
        self.failed += 1
        print(f"not so: {name}\n    {why}", flush=True)

    def wanted(self, test):
        return ((not self.only or any(word in test.__name__ for word in self.only)) and
                test.needs in self.abilities and (test.scope == "sample" or SCOPE == "whole"))

    def all(self, tests, *arguments):
        for test in tests:
            if self.wanted(test):
                self.one(test, *arguments)

    def one(self, test, *arguments):
        name = test.__name__.replace("_", " ")
        start = time.monotonic()
        try:
            test(*arguments[:len(inspect.signature(test).parameters)])
        except Skip as skip:
            print(f"skipped: {name}: {skip}", flush=True)
            return
        except Exception as error:  # pylint: disable=broad-except
            why = describe(error)
            if test.__name__ not in self.differences:
                self.fail(name, why)
                return
            print(f"differs: {name}: {self.differences[test.__name__]}\n    {why}")
        else:
            if test.__name__ in self.differences:
                self.fail(name, "it was known to differ and no longer does: "
                                f"{self.differences[test.__name__]}")
                return
        self.passed += 1
        seconds = time.monotonic() - start
        if seconds > 5:
            print(f"    {name}: {seconds:.0f} s", flush=True)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


def describe(error):
    """One line, and for what isn't a plain assertion the place."""
    if isinstance(error, grpc.RpcError):
        what = f"{error.code().name}: {error.details()}"
    else:
        what = f"{type(error).__name__}: {error}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if "/reapi/" in frame.filename]
    place = " < ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}"
                       for frame in reversed(frames[-3:]))
    return f"{what} ({place})"


# ---- what tests expect ----


def same(got, wanted, what="got"):
    if got != wanted:
        raise AssertionError(f"{what} {shorten(got)}, not {shorten(wanted)}")


def takes_at_most(memory, limit, what="it"):
    """Bytes of memory."""
    if memory > limit * SHADOW:
        raise AssertionError(f"{what} took {memory >> 20} MiB, more than {limit * SHADOW >> 20}")


def shorten(value):
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "…"


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


class Failure:
    """What `fails` gives: the error, once the block is left."""

    error = None


@contextlib.contextmanager
def fails(*codes):
    """The block ends with one of the gRPC codes (names)."""
    failure = Failure()
    try:
        yield failure
    except grpc.RpcError as error:
        failure.error = error
        if error.code().name not in codes:
            raise AssertionError(f"{error.code().name} ({error.details()}), not "
                                 f"{' or '.join(codes)}") from error
    else:
        raise AssertionError(f"OK, not {' or '.join(codes)}")


def eventually(condition, what, seconds=10):
    """Waits until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
