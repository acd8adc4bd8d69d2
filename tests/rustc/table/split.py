# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""One crate compiled by rustc alone, and by cleave as codegen and link: all files must be equal."""

import dataclasses
import json
import os
import shutil

from table import place as places

UNITS = (".unit", ".rlink")


class Failure(Exception):
    """What went otherwise than it should; its text says it to a person."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


def succeeded(done):
    expect(done.status == 0, done.told())
    return done


@dataclasses.dataclass
class Set:
    """Files of dependencies by name: real, hollow and link ones."""
    real: dict = dataclasses.field(default_factory=dict)
    hollow: dict = dataclasses.field(default_factory=dict)
    link: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Job:
    """How a crate is compiled. All words are rustc's, the same for rustc alone and for cleave, but
    for those that say otherwise."""
    words: tuple
    plain: tuple = ()        # for rustc alone
    split: tuple = ()        # for cleave alone
    codegen: tuple = ()      # cleave's own options
    link: tuple = ()
    takes_real: bool = False  # codegen needs real rlibs: LTO
    again: bool = False      # link a second time, with link rlibs
    by_rustc: bool = False   # by `cleave rustc --do-not-link` and `--only-link`
    warns: str = ""          # what cleave's codegen says in a warning
    speaks: bool = False     # rustc's output differs, as it may


@dataclasses.dataclass
class Result:
    """Counts of files, and which of them differ."""
    artifacts: int = 0
    identical: int = 0
    different: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.artifacts += other.artifacts
        self.identical += other.identical
        self.different += other.different


def compare(plain, split, result, skip=UNITS):
    """Both folders must have the same files."""
    first, second = places.files_below(plain), places.files_below(split, skip)
    for name in sorted(set(first) | set(second)):
        result.artifacts += 1
        if name not in second or name not in first:
            result.different.append(f"{name}: only {'plain' if name in first else 'split'}")
        elif not places.same_bytes(os.path.join(plain, name), os.path.join(split, name)):
            result.different.append(f"{name}: differs")
        else:
            result.identical += 1


def units_in(path):
    """The unit, or those of a directory of several."""
    if os.path.exists(os.path.join(path, "plan.pb")):
        return [path]
    return sorted(os.path.join(path, name) for name in os.listdir(path))


def has_code(path):
    """Whether a dependency could be linked: what no codegen may see."""
    with open(path, "rb") as file:
        text = file.read()
    return b".rcgu.o/" in text  # a name in the archive's table; lib.rmeta-link has it in other ways


class Split:
    """One job in one place."""

    def __init__(self, place, job, dependencies):
        self.place = place
        self.job = job
        self.dependencies = dependencies
        self.result = Result()

    def run(self):
        plain = self._plain()
        codegen = self._codegen()
        self._link("out", self.dependencies.real)
        compare(self.place.at("plain"), self.place.at("out"), self.result)
        if self.job.again:
            self._link_again()
        self._check_messages(plain, codegen)
        left = self.place.leftovers()
        expect(not left, f"files were left: {' '.join(left)}")
        return self.result

    def _plain(self):
        self.place.empty_out()
        self.place.fill(self.dependencies.real)
        done = succeeded(self.place.rustc(*self.job.words, *self.job.plain))
        shutil.rmtree(self.place.at("plain"), ignore_errors=True)
        os.rename(self.place.at("out"), self.place.at("plain"))
        return done

    def _codegen(self):
        self.place.empty_out()
        files = self.dependencies.real if self.job.takes_real else self.dependencies.hollow
        self.place.fill(files)
        if not self.job.takes_real:
            real = [name for name in os.listdir(self.place.at("deps"))
                    if name.endswith(".rlib") and has_code(self.place.at("deps", name))]
            expect(not real, f"real rlibs in reach of codegen: {real}")
        words = (*self.job.words, *self.job.split)
        shutil.rmtree(self.place.at("unit"), ignore_errors=True)
        if self.job.by_rustc:
            return succeeded(self.place.cleave(
                "rustc", "--do-not-link", *self.place.rustc_line(words)[1:],
                RUSTC=self.place.toolchain.rustc))
        names = ("-o", "unit") if links(words) else ()
        return succeeded(self.place.codegen((*names, *self.job.codegen), words))

    def _link(self, to, files):
        """Links all units, without the sources."""
        self.place.fill(files)
        os.rename(self.place.at("src"), self.place.at("unit.src"))
        try:
            if self.job.by_rustc:
                words = (*self.place.rustc_line(self.job.words)[1:], *self.job.split)
                succeeded(self.place.cleave("rustc", "--only-link", *words,
                                            PATH=self.place.root.tools))
            elif self.place.exists("unit"):
                for unit in units_in(self.place.at("unit")):
                    self._link_unit(os.path.relpath(unit, self.place.path), to)
        finally:
            os.rename(self.place.at("unit.src"), self.place.at("src"))

    def _link_unit(self, unit, to):
        shown = json.loads(succeeded(self.place.cleave("inspect", unit, "--json")).stdout)
        succeeded(self.place.link(unit, "-o", f"{to}/{shown['output']}", "--crate-dir", "deps",
                                  *self.job.link))

    def _link_again(self):
        """With link rlibs in the place of real ones."""
        again = self.place.at("again")
        os.makedirs(again)
        self._link("again", {**self.dependencies.real, **self.dependencies.link})
        for name in os.listdir(again):
            self.result.artifacts += 1
            if places.same_bytes(os.path.join(again, name), self.place.at("plain", name)):
                self.result.identical += 1
            else:
                self.result.different.append(f"{name}: differs when linked with link rlibs")

    def _check_messages(self, plain, codegen):
        warnings = [line for line in codegen.stderr.splitlines() if line.startswith("cleave: ")]
        if self.job.warns:
            expect(any(self.job.warns in line for line in warnings),
                   f"no warning {self.job.warns!r}: {codegen.told()}")
            return
        expect(not warnings, f"unexpected: {warnings}")
        if self.job.speaks:
            return
        for stream in ("stdout", "stderr"):
            first, second = getattr(plain, stream), getattr(codegen, stream)
            expect(first == second, f"{stream} of rustc alone:\n{first[:1500]}\nand of cleave:\n"
                                    f"{second[:1500]}")


def links(words):
    """Whether the command line links something, so that -o may name a unit."""
    types, emit = set(), "link"
    for first, second in zip(words, words[1:]):
        if first == "--crate-type":
            types |= set(second.split(","))
        if first == "--emit":
            emit = second
    if "link" not in [kind.split("=")[0] for kind in emit.split(",")]:
        return False
    return "--test" in words or not types or bool(types - {"lib", "rlib"})
