# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Running Cargo, plain or through cleave, with an environment that is the same on every machine."""

import dataclasses
import json
import os
import re
import subprocess
import time

LINKED_KINDS = ("bin", "cdylib", "custom-build", "dylib", "example", "proc-macro", "staticlib",
                "test")
HOST_KINDS = ("custom-build", "proc-macro")
LTO_TYPES = ("bin", "cdylib", "staticlib")
# What changes a build, or what cleave does; where Cargo keeps and gets packages doesn't.
DROPPED = re.compile(r"^(CLEAVE|MAKEFLAGS$|MFLAGS$|RUSTC|RUSTFLAGS|RUSTUP_TOOLCHAIN$"
                     r"|CARGO_(?!HOME$|HTTP_|NET_|REGISTR|SOURCE_))")
TIMING = re.compile(r" in ([0-9.]+s|[0-9]+m [0-9]+s)$")


@dataclasses.dataclass(frozen=True)
class Target:
    """Something that a build compiled, as Cargo's JSON tells of it."""
    crate: str
    kinds: tuple
    crate_types: tuple
    is_test: bool
    fresh: bool

    @property
    def linked(self):
        """Whether it ends in a link, or in the archive that a staticlib is."""
        return self.is_test or any(kind in LINKED_KINDS for kind in self.kinds + self.crate_types)

    @property
    def host(self):
        """Whether it runs while Cargo builds; a proc macro's test counts, as it does for Cargo."""
        return any(kind in HOST_KINDS for kind in self.kinds)

    @property
    def takes_lto(self):
        """Whether Cargo passes `-C lto` where the profile says so: never for what runs on the host,
        and only if each of the crate types can."""
        types = ("bin",) if self.is_test else self.crate_types
        return self.linked and not self.host and all(kind in LTO_TYPES for kind in types)


@dataclasses.dataclass
class Build:
    """What one run of Cargo said and how long it took."""
    status: int
    seconds: float
    stdout: list
    stderr: list

    def targets(self):
        """All that was compiled or found fresh."""
        messages = [json.loads(line) for line in self.stdout if line.startswith("{")]
        return [_target(message) for message in messages
                if message["reason"] == "compiler-artifact"]

    def said(self):
        """Standard error without what differs between two runs: times and order."""
        lines = (TIMING.sub(" in TIME", line) for line in self.stderr)
        return sorted(line for line in lines if "Blocking waiting for file lock" not in line)


def _target(message):
    target = message["target"]
    return Target(target["name"].replace("-", "_"), tuple(target["kind"]),
                  tuple(target["crate_types"]), message["profile"]["test"], message["fresh"])


def environment(toolchain, target_dir, work):
    """The caller's environment without what would change a build, and with the toolchain: debian,
    or a name that rustup knows. Git finds no repository above `work`: ripgrep's build script
    asks."""
    env = {name: value for name, value in os.environ.items() if not DROPPED.match(name)}
    env["CARGO_TARGET_DIR"] = target_dir
    env["CARGO_TERM_COLOR"] = "never"
    env["CLEAVE_SERVICE"] = "none"
    env["GIT_CEILING_DIRECTORIES"] = work
    if toolchain == "debian":
        env["PATH"] = "/usr/bin:" + env["PATH"]
    else:
        env["RUSTUP_TOOLCHAIN"] = toolchain
    return env


def cargo(command, arguments, project, env):
    """Runs `command` (cargo, or cleave cargo) with these arguments and has it tell in JSON what it
    compiled."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    told = ["--locked", "--message-format=json-render-diagnostics"]
    start = time.monotonic()
    line = command + arguments[:split] + told + arguments[split:]
    done = subprocess.run(line, cwd=project, env=env, stdin=subprocess.DEVNULL, encoding="utf-8",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, errors="replace",
                          check=False)
    return Build(done.returncode, time.monotonic() - start, done.stdout.splitlines(),
                 done.stderr.splitlines())


def versions(env):
    """One line that names the Cargo and the rustc in use."""
    def ask(tool):
        line = subprocess.run([tool, "-V"], env=env, capture_output=True, text=True, check=True)
        return " ".join(line.stdout.split()[:2])
    return f"{ask('cargo')}, {ask('rustc')}"
