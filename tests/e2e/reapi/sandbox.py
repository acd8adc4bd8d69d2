#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What an action may not do (confinement/), with cleaved run by root and by an ordinary user, in
namespaces and without."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from confinement import inputs, isolation, leftovers
from confinement.isolation import SECRET
from reapi.harness import Run
from reapi.service import USER, Service

# Who, which --sandbox, and what is to hold then.
CASES = (
    ("root", "userns", (inputs, leftovers, isolation)),
    ("user", "userns", (inputs, leftovers, isolation)),
    ("root", "none", (inputs, leftovers.everywhere)),
    ("user", "none", (inputs, leftovers.everywhere)),
)


def service_of(who, mode):
    return Service("--sandbox", mode, "--jobs", "4", prefix=["env", f"SECRET={SECRET}"],
                   user=USER if who == "user" else None)


def main():
    run = Run(only=sys.argv[1:])
    for who, mode, topics in CASES:
        print(f"--- {who}, --sandbox={mode}", flush=True)
        if who == "root" and os.getuid() != 0:
            print("skipped: cleaved run by root: this is an ordinary user")
            continue
        with service_of(who, mode) as service, service.client() as client:
            for topic in topics:
                run.all(topic.test.tests, client, service)
    run.finish()


main()
