#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""cleaved's own client (clientside/): its commands with a service that misbehaves, and with cleaved.
Arguments are parts of the names of the tests to run."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from clientside import actions, reading, served, writing
from reapi.harness import Run
from reapi.service import Service


def main():
    run = Run(abilities=("cache", "execution", "cleaved"), only=sys.argv[1:])
    for topic in (reading, writing, actions):
        run.all(topic.test.tests)
    with Service() as service:
        run.all(served.test.tests, service.addresses[0], service)
    run.finish()


main()
