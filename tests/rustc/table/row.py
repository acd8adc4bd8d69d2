# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of the table: what is compiled, against what, with which flags."""

import dataclasses

from table.place import Place
from table.split import Failure, Job, Result, Split, expect
from table.world import externs

PROFILES = {
    "dev": ("-g",),
    "release": ("-O",),
    "dev-1": ("-g", "-Ccodegen-units=1"),
    "release-16": ("-O", "-Ccodegen-units=16"),
    "dev-256": ("-g", "-Ccodegen-units=256"),
}

# The source of a crate type in the set `basic`.
SOURCES = {"bin": "program", "test": "program", "proc-macro": "macros"}


@dataclasses.dataclass(frozen=True)
class Row:
    """One row; it stands for one case for each of its profiles."""
    name: str
    type: str = "bin"            # a crate type, several with commas, or test
    source: str = ""             # crates/SOURCE.rs
    world: str = "basic"
    externs: tuple = ("bb", "aa")
    flags: tuple = ()
    world_flags: tuple = ()      # for the crates below, too
    profiles: tuple = ("dev", "release")
    out: tuple = ("--out-dir", "out")
    emit: str = ""
    env: tuple = ()              # pairs
    unstable: bool = False       # uses -Z or a feature: nightly, or RUSTC_BOOTSTRAP=1
    since: tuple = (1, 64, 0)    # the first rustc that has it
    on: str = ""                 # only this toolchain
    whole_only: bool = False
    needs: tuple = ()            # programs
    job: dict = dataclasses.field(default_factory=dict)  # more of split.Job

    def words(self, profile):
        source = self.source or SOURCES.get(self.type, "library")
        kind = ("--test",) if self.type == "test" else ("--crate-type", self.type)
        emit = ("--emit", self.emit) if self.emit else ()
        return ("--edition", "2021", "--crate-name", "mm", f"src/{source}.rs", *kind, *emit,
                *externs(self.externs), "-L", "dependency=deps", *PROFILES[profile], *self.flags,
                *self.out)


@dataclasses.dataclass(frozen=True)
class Case:
    """A row with one profile and one toolchain."""
    row: Row
    profile: str
    toolchain: object

    @property
    def name(self):
        return f"{self.toolchain.name}: {self.row.name} ({self.row.type}, {self.profile})"

    def run(self, root, worlds, number):
        """Returns what was compared; raises Failure."""
        env = dict(self.row.env)
        if self.row.unstable and not self.toolchain.unstable:
            env["RUSTC_BOOTSTRAP"] = "1"
        flags = (*PROFILES[self.profile], *self.row.world_flags)
        total = Result()
        below, result = worlds.get(self.toolchain, self.row.world, flags, sorted(env.items()))
        if result:
            total.add(result)
        place = Place(root, self.toolchain, f"{number}", **env)
        words = tuple(_expand(word, self.toolchain) for word in self.row.words(self.profile))
        job = Job(words, **{key: _expand_all(value, self.toolchain)
                            for key, value in self.row.job.items()})
        result = Split(place, job, below).run()
        total.add(result)
        expect(not total.different, "\n".join(total.different))
        place.remove()
        return total


def _expand(word, toolchain):
    """{…} in a word stands for what differs between toolchains."""
    return word.replace("{rust-lld}", toolchain.rust_lld() or "").replace(
        "{gcc-ld}", f"{toolchain.sysroot}/lib/rustlib/{toolchain.host}/bin/gcc-ld")


def _expand_all(value, toolchain):
    if isinstance(value, tuple):
        return tuple(_expand(word, toolchain) for word in value)
    return value


def refused(row, toolchain, has):
    """Why the row can't be run by this toolchain, or ""."""
    if row.on and row.on != toolchain.name:
        return f"is for {row.on}"
    if toolchain.version < row.since:
        return "is newer than that rustc"
    missing = [program for program in row.needs if not has(program, toolchain)]
    return f"needs {' '.join(missing)}" if missing else ""


__all__ = ["Case", "Failure", "PROFILES", "Row", "refused"]
