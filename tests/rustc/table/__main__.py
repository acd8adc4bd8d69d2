# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the table.

    python3 -m table [WORD…]       the rows whose name has one of the words

TEST_SCOPE=whole runs each row with each rustc, in one of its profiles; else with one of them, by turns.
TEST_RUSTC=NAME takes only that one of stable, debian, nightly and old, or another toolchain that
rustup has (1.99.1); TEST_KEEP=1 keeps all files.
"""

import concurrent.futures
import os
import sys
import time

from table import oddities, rows_flags, rows_inputs, rows_targets, rows_types, refusals, toolchain, traps, units
from table.context import Context
from table.place import Root
from table.row import Case, refused
from table.split import Failure, Result

WHOLE = os.environ.get("TEST_SCOPE") == "whole"
KEEP = os.environ.get("TEST_KEEP")
SLOWEST = 5


def say(text):
    print(text, flush=True)


def choose(things, toolchains, has):
    """The cases: of rows, and of tests that are functions."""
    cases, turn, reasons = [], 0, set()
    for thing in things:
        able = []
        for candidate in toolchains:
            reason = refused(thing, candidate, has)
            if reason:
                reasons.add((thing.name, reason))
            else:
                able.append(candidate)
        if not able and not os.environ.get("TEST_RUSTC"):
            say(f"skipped: {thing.name}: {', '.join(sorted(r for n, r in reasons if n == thing.name))}")
        if not able:
            continue
        # Neighbours in the table get other toolchains, and toolchains other profiles.
        pairs = [(thing.profiles[(turn + i) % len(thing.profiles)], one) for i, one in enumerate(able)]
        if not WHOLE:
            pairs = [pairs[turn % len(able)]]
        turn += 1
        cases += [thing.case(profile, able_one) for profile, able_one in pairs]
    return cases


def run_case(case, context):
    """Returns the case's result and what is wrong, or ""."""
    total, start, problem = Result(), time.monotonic(), ""
    try:
        case.run(context, total)
    except Failure as failure:
        problem = str(failure)
    except Exception as error:  # a test that breaks is a failed test
        problem = f"{type(error).__name__}: {error}"
    return total, problem, time.monotonic() - start


def report(case, problem):
    say(f"failed: {case.name}")
    for line in problem.splitlines()[:40]:
        say(f"    {line}")


def main(words):
    build = os.environ.get("BUILD", "build")
    root = Root(os.path.join(build, "rustc"), os.environ["CLEAVE"])
    context = Context(root)
    things = [*rows_types.ROWS, *rows_inputs.ROWS, *rows_flags.ROWS, *units.ROWS,
              *units.TESTS, *traps.TESTS, *oddities.TESTS, *refusals.TESTS]
    only = os.environ.get("TEST_RUSTC", "")
    toolchains = toolchain.find(say, only) if only != "old" else []
    if WHOLE:
        things += rows_targets.ROWS
        if only in ("", "old"):
            toolchains += toolchain.old(os.path.join(build, "rustc-1.63"), say)
    for one in toolchains:
        say(f"{one.name}: {one.rustc} {'.'.join(map(str, one.version))}")
    cases = choose(things, toolchains, context.has)
    cases = [case for case in cases if not words or any(word in case.name for word in words)]
    total, passed, times = Result(), 0, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {pool.submit(run_case, case, context): case for case in cases}
        for job in concurrent.futures.as_completed(jobs):
            result, problem, seconds = job.result()
            total.add(result)
            passed += not problem
            times.append((seconds, jobs[job].name))
            if problem:
                report(jobs[job], problem)
    for seconds, name in sorted(times, reverse=True)[:SLOWEST]:
        say(f"{seconds:.1f} s: {name}")
    if not KEEP and passed == len(cases):
        root.remove()
    say(f"{total.artifacts} artifacts, {total.identical} identical")
    say(f"{passed} passed, {len(cases) - passed} failed")
    return 0 if cases and passed == len(cases) and total.identical == total.artifacts else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
