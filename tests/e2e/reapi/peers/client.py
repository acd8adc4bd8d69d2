#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""cleaved's own client with bazel-remote and Buildbarn, from programs in $PEERS or $PATH."""

import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
# pylint: disable=wrong-import-position
from clientside import served
from differences import ABILITIES
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
        run = Run(abilities=ABILITIES[peer.kind], only=sys.argv[1:])
        with peer:
            run.all(served.test.tests, f"grpc://{peer.target}")
        total.passed += run.passed
        total.failed += run.failed
    total.finish()


main()
