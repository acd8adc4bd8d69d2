# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluates tests/rules/shared/*_test.bzl in starlark-rust, which is Buck2's Starlark, and prints
a line for each test: "passed NAME" or "failed NAME: …"."""

import pathlib
import sys

import starlark

TOP = pathlib.Path(__file__).resolve().parents[3]


def evaluate(path, module, loader):
    """Only the language's own names are there: what Bazel or Buck2 add is an error."""
    ast = starlark.parse(str(path), path.read_text(), dialect=starlark.Dialect.standard())
    return starlark.eval(module, ast, starlark.Globals.standard(), loader)


def load(label):
    package, _, name = label.removeprefix("//").partition(":")
    module = starlark.Module()
    evaluate(TOP / package / name, module, LOADER)
    return module.freeze()


LOADER = starlark.FileLoader(load)


def main():
    count = 0
    for path in sorted((TOP / "tests/rules/shared").glob("*_test.bzl")):
        module = starlark.Module()
        evaluate(path, module, LOADER)
        for name, wrong in module.freeze().call("results"):
            print(f"failed {wrong}" if wrong else f"passed {name}")
            count += 1
    # Those files that no test loads must be evaluated, too.
    for path in sorted((TOP / "rules/shared").glob("*.bzl")):
        load(f"//rules/shared:{path.name}")
        print(f"passed evaluation.{path.name}")
    return 0 if count else 1


sys.exit(main())
