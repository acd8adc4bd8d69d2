# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of the table: what is compiled, against what, with which flags."""

import dataclasses

from table.split import Job, Split, expect
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
    since: tuple = (1, 63, 0)    # the first rustc that has it
    on: tuple = ()               # only these kinds of toolchain
    needs: tuple = ()            # programs
    job: dict = dataclasses.field(default_factory=dict)  # more of split.Job

    def words(self, profile):
        source = self.source or SOURCES.get(self.type, "library")
        kind = ("--test",) if self.type == "test" else ("--crate-type", self.type)
        emit = ("--emit", self.emit) if self.emit else ()
        return ("--edition", "2021", "--crate-name", "mm", f"src/{source}.rs", *kind, *emit,
                *externs(self.externs), "-L", "dependency=deps", *PROFILES[profile], *self.flags,
                *self.out)

    def case(self, profile, toolchain):
        return Case(self, profile, toolchain)


@dataclasses.dataclass(frozen=True)
class Case:
    """A row with one profile and one toolchain."""
    row: Row
    profile: str
    toolchain: object

    @property
    def name(self):
        return f"{self.toolchain.name}: {self.row.name} ({self.row.type}, {self.profile})"

    def run(self, context, total):
        """Adds what was compared to `total`; raises Failure."""
        env = dict(self.row.env)
        if self.row.unstable and not self.toolchain.unstable:
            env["RUSTC_BOOTSTRAP"] = "1"
        flags = (*PROFILES[self.profile], *self.row.world_flags)
        below = context.world(self.toolchain, self.row.world, flags, env, total)
        place = context.place(self.toolchain, **env)
        job = Job(_expand(self.row.words(self.profile), place),
                  **{key: _expand(value, place) for key, value in self.row.job.items()})
        total.add(Split(place, job, below).run())
        expect(not total.different, "\n".join(total.different))
        place.remove()


def _expand(value, place):
    """{…} in a word stands for what differs between toolchains or places."""
    if isinstance(value, tuple):
        return tuple(_expand(word, place) for word in value)
    if not isinstance(value, str):
        return value
    toolchain = place.toolchain
    gcc_ld = f"{toolchain.sysroot}/lib/rustlib/{toolchain.host}/bin/gcc-ld"
    for name, text in (("cwd", place.path), ("rust-lld", toolchain.rust_lld() or ""),
                       ("gcc-ld", gcc_ld), ("sysroot", toolchain.sysroot), ("host", toolchain.host)):
        value = value.replace("{" + name + "}", text)
    return value


def refused(row, toolchain, has):
    """Why the row can't be run by this toolchain, or ""."""
    if row.on and toolchain.kind not in row.on:
        return f"is for {' or '.join(row.on)}"
    if toolchain.version < row.since:
        return "is newer than that rustc"
    missing = [program for program in row.needs if not has(program, toolchain)]
    return f"needs {' '.join(missing)}" if missing else ""
