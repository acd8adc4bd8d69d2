#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""The tests of conformance.py against bazel-remote and Buildbarn: each starts here, from programs
in $PEERS or $PATH. What differs from cleaved is in differences.py, or fails."""

import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
# pylint: disable=wrong-import-position
from checks import TOPICS
from differences import ABILITIES, DIFFERENCES
from reapi.client import Client
from reapi.harness import Run
from reapi.peers import PEERS, Absent


def main():
    total = Run()
    for peer_class in PEERS:
        print(f"--- {peer_class.kind}", flush=True)
        try:
            peer = peer_class()
        except Absent as why:
            print(f"skipped: {peer_class.kind}: {why}")
            continue
        run = Run(DIFFERENCES[peer.kind], ABILITIES[peer.kind], sys.argv[1:])
        with peer, Client(peer.target) as client:
            for topic in TOPICS:
                run.all(topic.test.tests, client)
        total.passed += run.passed
        total.failed += run.failed
    total.finish()


main()
