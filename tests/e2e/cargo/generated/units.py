# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""What Cargo itself would build: its unit graph, which only a nightly Cargo tells."""

import json
import os
import re
import subprocess


def ask(manifest, command, target):
    """The units of `cargo COMMAND` for TARGET, each as a tuple: kind, package, version, crate,
    host or target, features, (package, version, name) of each dependency."""
    line = ["cargo", *command, "--workspace", "--locked", "--target", target,
            "--manifest-path", manifest, "--unit-graph", "-Z", "unstable-options"]
    env = dict(os.environ, RUSTUP_TOOLCHAIN="nightly")
    graph = json.loads(subprocess.run(line, env=env, check=True, stdout=subprocess.PIPE).stdout)
    return {describe(graph["units"], unit) for unit in graph["units"]
            if wanted(unit)} - {None}


def wanted(unit):
    """A build script is one unit when it is compiled and one when it is run: the second counts."""
    is_script = "custom-build" in unit["target"]["kind"]
    return unit["mode"] == "run-custom-build" if is_script else unit["mode"] in ("build", "test")


def package(unit):
    found = re.search(r"(?:[/#@]([A-Za-z0-9_.+-]+)[@#]|/([^/#]+)#)(\d+\.[^@#]*)$", unit["pkg_id"])
    return found.group(1) or found.group(2), found.group(3)


def describe(units, unit):
    name, version = package(unit)
    script = unit["mode"] == "run-custom-build"
    compiled = unit
    if script:
        compiled = next(units[d["index"]] for d in unit["dependencies"]
                        if units[d["index"]]["mode"] == "build"
                        and "custom-build" in units[d["index"]]["target"]["kind"])
    own = unit["target"]["name"].replace("-", "_")
    dependencies = []
    for dependency in compiled["dependencies"]:
        other = units[dependency["index"]]
        if other["mode"] != "build" or set(other["target"]["kind"]) & {"custom-build", "bin"}:
            continue
        dependencies.append((*package(other), dependency["extern_crate_name"]))
    return ("script" if script else "test" if unit["mode"] == "test" else "crate",
            name, version, own, "host" if unit["platform"] is None else "target",
            tuple(sorted(unit["features"])), tuple(sorted(set(dependencies))))
