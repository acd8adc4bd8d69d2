# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Generated build files, read as the Python that they also are, and walked as Bazel would."""

import os
import types

CRATE_RULES = [
    "cargo_build_script", "rust_binary", "rust_dylib", "rust_library", "rust_proc_macro",
    "rust_shared_library", "rust_static_library", "rust_test",
]


class Globbed(list):
    """What glob() gives: which files doesn't matter here."""


def read(root):
    """All rules below ROOT, by absolute label."""
    rules = {}
    for folder, _, files in os.walk(root):
        if "BUILD.bazel" not in files:
            continue
        package = os.path.relpath(folder, root)
        package = "" if package == "." else package
        evaluate(os.path.join(folder, "BUILD.bazel"), package, rules)
    return rules


def evaluate(path, package, rules):
    def rule(kind):
        def add(name, **attributes):
            label = f"//{package}:{name}"
            assert label not in rules, label
            rules[label] = types.SimpleNamespace(kind=kind, label=label, attributes=attributes)
        return add

    scope = {kind: rule(kind) for kind in CRATE_RULES + ["alias"]}
    scope.update(load=lambda *names: None, package=lambda **_: None,
                 glob=lambda *_, **__: Globbed())
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), scope)


def absolute(label, beside):
    """LABEL as it is meant in the build file of the rule BESIDE."""
    if label.startswith(":"):
        return beside[:beside.index(":")] + label
    if ":" not in label:
        return f"{label}:{label.rsplit('/', 1)[-1]}"
    return label


class Graph:
    def __init__(self, rules):
        self.rules = rules

    def find(self, label, beside):
        rule = self.rules[absolute(label, beside)]
        if rule.kind == "alias":
            return self.find(rule.attributes["actual"], rule.label)
        return rule

    def dependencies(self, rule):
        """Pairs of a rule and the name by which the source knows it, and the build script."""
        attributes = rule.attributes
        script = None
        found = []
        aliases = {self.find(label, rule.label).label: name
                   for label, name in attributes.get("aliases", {}).items()}
        labels = attributes.get("deps", []) + attributes.get("proc_macro_deps", [])
        if "crate" in attributes:
            crate = self.find(attributes["crate"], rule.label)
            found, script = self.dependencies(crate)
        for label in labels:
            other = self.find(label, rule.label)
            assert (other.kind == "rust_proc_macro") == (label in attributes.get(
                "proc_macro_deps", [])), (rule.label, label)
            if other.kind == "cargo_build_script":
                script = other
            else:
                found.append((other, aliases.get(other.label, other.attributes["crate_name"])))
        return found, script

    def units(self, roots):
        """What is built for these rules, as units.describe has it."""
        seen, found = set(), set()
        for rule in roots:
            # The tests in a proc macro are for the host, as it is.
            of = rule.attributes.get("crate")
            crate = self.find(of, rule.label) if of else rule
            self.visit(rule, crate.kind == "rust_proc_macro", seen, found)
        return found

    def visit(self, rule, host, seen, found):
        if (rule.label, host) in seen:
            return
        seen.add((rule.label, host))
        attributes = rule.attributes
        dependencies, script = self.dependencies(rule)
        found.add((
            "script" if rule.kind == "cargo_build_script" else
            "test" if rule.kind == "rust_test" else "crate",
            attributes["pkg_name"], attributes["version"], attributes["crate_name"],
            "host" if host else "target", tuple(sorted(attributes.get("crate_features", []))),
            tuple(sorted((other.attributes["pkg_name"], other.attributes["version"], name)
                         for other, name in dependencies))))
        for other, _ in dependencies:
            below = (host or rule.kind == "cargo_build_script" or other.kind == "rust_proc_macro")
            self.visit(other, below, seen, found)
        if script:
            self.visit(script, host, seen, found)
