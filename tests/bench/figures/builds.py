# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Cargo builds whose rustc command lines are kept; their libraries leave hollow and link rlibs."""

import glob
import os
import shutil

from . import timing

# Cargo's rustc. Libraries are compiled by cleave, the words of programs are written down.
RECORDER = r"""#!/bin/sh
previous= crate= type=
for word; do
    case $previous in
    --crate-name) crate=$word ;;
    --crate-type) type=$word ;;
    esac
    previous=$word
done
case $type:$crate in
lib:* | rlib:*)
    exec "$CLEAVE" codegen --hollow-dir "$BENCH_HOLLOW" --link-rlib-dir "$BENCH_LINK" -- "$@" ;;
bin:build_script_*) ;;
bin:*)
    printf '%s\0' "$PWD" "$@" >"$BENCH_RECORD/$crate"
    env -0 >"$BENCH_RECORD/$crate.environment" ;;
esac
exec "$@"
"""


class Build:
    """One project in one profile, built; with BENCH_KEEP set, not where it was built before."""

    def __init__(self, name, source, cargo, profile, work, cleave):
        self.name, self.profile = name, profile
        self.dir = os.path.join(work, f"{name}-{profile}")
        self.hollow, self.link = self.path("hollow"), self.path("link")
        self.deps = self.path("target", "debug" if profile == "dev" else profile, "deps")
        if not (os.environ.get("BENCH_KEEP") and os.path.exists(self.path("done"))):
            shutil.rmtree(self.dir, ignore_errors=True)
            os.makedirs(self.path("record"))
            self.run(source, cargo, cleave)
            with open(self.path("done"), "w", encoding="utf-8"):
                pass

    def run(self, source, cargo, cleave):
        recorder = self.path("recorder")
        with open(recorder, "w", encoding="utf-8") as file:
            file.write(RECORDER)
        os.chmod(recorder, 0o755)
        env = {**os.environ, "CLEAVE": cleave, "RUSTC_WRAPPER": recorder, "CARGO_INCREMENTAL": "0",
               "CARGO_TARGET_DIR": self.path("target"), "BENCH_RECORD": self.path("record"),
               "BENCH_HOLLOW": self.hollow, "BENCH_LINK": self.link}
        timing.run(["cargo", "build", "--locked", "--quiet", "--profile", self.profile, *cargo],
                   source, env)
        for library in glob.glob(os.path.join(self.deps, "*.so")):  # proc macros
            shutil.copy2(library, self.hollow)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def programs(self):
        names = sorted(os.listdir(self.path("record")))
        return [Program(self, name) for name in names if not name.endswith(".environment")]


class Program:
    """A program of a build: rustc's command line for it, with hollow rlibs and with real ones."""

    def __init__(self, build, crate):
        self.build, self.crate = build, crate
        self.directory, *self.words = read_list(build.path("record", crate))
        self.env = dict(item.split("=", 1)
                        for item in read_list(build.path("record", crate + ".environment"))
                        if not item.startswith(("BENCH_", "CLEAVE", "RUSTC_WRAPPER", "MAKEFLAGS",
                                                "CARGO_MAKEFLAGS")))
        self.env["XDG_CACHE_HOME"] = build.path("cache")
        self.unit = self.path("unit")

    def __str__(self):
        return f"{self.crate}, {self.build.profile}"

    def path(self, *names):
        return self.build.path(self.crate, *names)

    def rustc(self, deps, out):
        """rustc's words, with the dependencies in one directory and the outputs in another."""
        out = self.path(out)
        os.makedirs(out, exist_ok=True)
        words = []
        for word in self.words:
            if word == self.build.deps and words[-1] == "--out-dir":
                word = out
            word = word.replace(self.build.deps, deps)
            words.append(word[:-5] + "rlib" if word.endswith(".rmeta") else word)
        return words

    def command(self, words, env=None, prepare=()):
        return timing.Command(words, self.directory, {**self.env, **(env or {})}, prepare)


def read_list(path):
    with open(path, "rb") as file:
        return os.fsdecode(file.read()).split("\0")[:-1]
