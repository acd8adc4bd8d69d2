#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Kills, damaged files, full and read-only disks, too few descriptors (breakage/): no blob that was
acknowledged is lost, and none is ever given with wrong bytes."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from breakage import TOPICS
from reapi.harness import Run


def main():
    run = Run(only=sys.argv[1:])
    for topic in TOPICS:
        run.all(topic.test.tests)
    run.finish()


main()
