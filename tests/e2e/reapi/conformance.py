#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What the API asks of a service, and what its clients do (checks/).

Without arguments it starts cleaved. `--target ADDRESS --kind bazel-remote|buildbarn` runs the same
tests against a peer that is running: what the tables in differences.py name is known to differ,
anything else shows as a failure. Other arguments are parts of the names of the tests to run.
"""

import argparse
import contextlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from checks import TOPICS
from differences import ABILITIES, DIFFERENCES
from reapi.client import Client
from reapi.harness import Run
from reapi.service import Service


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", help="HOST:PORT or unix:PATH of a server that runs")
    parser.add_argument("--kind", choices=sorted(ABILITIES), default="cleaved")
    parser.add_argument("only", nargs="*")
    given = parser.parse_args()

    run = Run(DIFFERENCES[given.kind], ABILITIES[given.kind], given.only)
    with contextlib.ExitStack() as stack:
        target = given.target
        if not target:
            target = stack.enter_context(Service("--jobs", "4")).target
        client = stack.enter_context(Client(target))
        for topic in TOPICS:
            run.all(topic.test.tests, client)
    run.finish()


main()
