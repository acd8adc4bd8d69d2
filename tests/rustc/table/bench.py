# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the table that aren't rows: functions that get a Bench."""

import dataclasses
import json
import os

from table import place as places
from table.row import PROFILES, SOURCES
from table.split import Job, Result, Split, expect, succeeded
from table.world import externs


@dataclasses.dataclass(frozen=True)
class Test:
    """A function, and where it can run."""
    name: str
    function: object
    profiles: tuple = ("release",)
    on: tuple = ()
    since: tuple = (1, 63, 0)
    needs: tuple = ()
    unstable: bool = False

    def case(self, profile, toolchain):
        return TestCase(self, profile, toolchain)


@dataclasses.dataclass(frozen=True)
class TestCase:
    """A test with one profile and one toolchain."""
    test: Test
    profile: str
    toolchain: object

    @property
    def name(self):
        return f"{self.toolchain.name}: {self.test.name} ({self.profile})"

    def run(self, context, total):
        env = {"RUSTC_BOOTSTRAP": "1"} if self.test.unstable and not self.toolchain.unstable else {}
        bench = Bench(context, self.toolchain, self.profile, env, total)
        self.test.function(bench)
        expect(not total.different, "\n".join(total.different))
        left = bench.place.leftovers() + bench.hidden_leftovers()
        expect(not left, f"files were left: {' '.join(left)}")
        bench.place.remove()


def collect(tests, **defaults):
    """A decorator: the test's name, and more of Test's fields."""
    def named(name, **more):
        def add(function):
            tests.append(Test(name, function, **{**defaults, **more}))
            return function
        return add
    return named


class Bench:
    """What a test works with: a place, crates to depend on, and the usual command lines."""

    def __init__(self, context, toolchain, profile, env, total):
        self.context = context
        self.toolchain = toolchain
        self.profile = profile
        self.env = env
        self.total = total
        self.place = context.place(toolchain, **env)

    def another_place(self):
        return self.context.place(self.toolchain, **self.env)

    def world(self, name="basic", *flags, env=None):
        return self.context.world(self.toolchain, name, (*PROFILES[self.profile], *flags),
                                  self.env if env is None else env, self.total)

    def words(self, kind="bin", *flags, below=("bb", "aa"), source="", out=("--out-dir", "out")):
        types = ("--test",) if kind == "test" else ("--crate-type", kind)
        return ("--edition", "2021", "--crate-name", "mm",
                f"src/{source or SOURCES.get(kind, 'library')}.rs", *types, *externs(below),
                "-L", "dependency=deps", *PROFILES[self.profile], *flags, *out)

    def split(self, words, files, **job):
        """Compiles by rustc alone and by cleave, and counts what was compared."""
        result = Split(self.place, Job(words, **job), files).run()
        self.total.add(result)
        return result

    def same(self, first, second):
        """Counts one artifact: two files, relative to the place or absolute."""
        result = Result(artifacts=1)
        if places.same_bytes(self.place.at(first), self.place.at(second)):
            result.identical = 1
        else:
            result.different = [f"{first} and {second} differ"]
        self.total.add(result)

    def inspect(self, *path):
        return json.loads(succeeded(self.place.cleave("inspect", self.place.at(*path), "--json")).stdout)

    def hidden_leftovers(self):
        """Temporary names in the output directory."""
        out = self.place.at("out")
        return [name for name in (os.listdir(out) if os.path.isdir(out) else ())
                if name.startswith((".cleave", "rustc", "rmeta")) or name.endswith(".rcgu.o")]

    def refuses(self, done, status, *texts):
        """cleave must end with this status, say all of the texts, and leave no output."""
        expect(done.status == status, f"status {status} expected\n{done.told()}")
        for text in texts:
            expect(text in done.stderr, f"{text!r} expected\n{done.told()}")
        expect(not places.files_below(self.place.at("out")), "something was left in out/")
        return done


def exports(bench, path):
    """Names that a shared library exports."""
    done = succeeded(bench.place.run(["nm", "-D", "--defined-only", path]))
    return {line.split()[-1] for line in done.stdout.splitlines()}
