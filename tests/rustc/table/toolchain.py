# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""The rustcs of this machine."""

import dataclasses
import functools
import os
import re
import shutil
import subprocess


@dataclasses.dataclass(frozen=True)
class Toolchain:
    """One rustc: how to run it, and what it is."""
    name: str              # stable, debian, nightly, old, or what rustup calls it
    rustc: str
    version: tuple
    arguments: tuple = ()  # what every command line starts with
    env: tuple = ()        # pairs
    unstable: bool = False
    host: str = "x86_64-unknown-linux-gnu"

    @property
    def kind(self):
        """Which of the four it is like."""
        if self.name in (*WHERE, "old"):
            return self.name
        return "nightly" if self.unstable else "stable"

    @functools.cached_property
    def sysroot(self):
        words = [self.rustc, *self.arguments, "--print", "sysroot"]
        done = subprocess.run(words, env={**os.environ, **dict(self.env)}, capture_output=True,
                              text=True, check=True)
        return done.stdout.strip()

    def uses_lld(self):
        """Whether it links with the lld it ships, unless it is told otherwise."""
        return os.path.exists(f"{self.sysroot}/lib/rustlib/{self.host}/bin/gcc-ld/ld.lld")

    def rust_lld(self):
        path = f"{self.sysroot}/lib/rustlib/{self.host}/bin/rust-lld"
        return path if os.path.exists(path) else None


def _version(rustc, env=None):
    """(1, 95, 0) and the host; None where it doesn't run."""
    try:
        done = subprocess.run([rustc, "-vV"], env={**os.environ, **(env or {})},
                              capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    numbers = re.search(r"^release: (\d+)\.(\d+)\.(\d+)", done.stdout, re.M)
    host = re.search(r"^host: (\S+)", done.stdout, re.M).group(1)
    return tuple(map(int, numbers.groups())), host


def of_program(name, rustc, **more):
    found = _version(rustc, dict(more.get("env", ())))
    return found and Toolchain(name, rustc, found[0], host=found[1], **more)


def _of_rustup(name):
    """rustup's own `rustc` is a proxy, which costs more than some of the links here."""
    if not shutil.which("rustup"):
        return None
    done = subprocess.run(["rustup", "which", "--toolchain", name, "rustc"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={**os.environ, "RUSTUP_AUTO_INSTALL": "0"})
    if done.returncode != 0:
        return None
    return of_program(name, done.stdout.strip(), unstable=name.startswith("nightly"))


def _of_name(name):
    return of_program(name, "/usr/bin/rustc") if name == "debian" else _of_rustup(name)


def find(say, only=""):
    """The toolchains that every machine should have, or the only one of that name; `say` is told
    of those that aren't there."""
    found = []
    for name in [only] if only else WHERE:
        toolchain = _of_name(name)
        if toolchain:
            found.append(toolchain)
        else:
            say(f"skipped: no {name} rustc: there is no {WHERE.get(name, 'such rustup toolchain')}")
    return found


WHERE = {"stable": "rustup with a stable toolchain",
         "debian": "/usr/bin/rustc (Debian's rustc-web)",
         "nightly": "rustup with a nightly toolchain"}


PACKAGES = ("rustc", "libstd-rust-1.63", "libstd-rust-dev", "libstd-rust-dev-windows",
            "libstd-rust-dev-wasm32")


def old(folder, say):
    """Debian 12's first rustc, 1.63, with its Windows and WebAssembly libraries, unpacked into the
    folder; a list of one, or none."""
    root = os.path.abspath(folder)
    usr = os.path.join(root, "usr")
    try:
        if not os.path.exists(os.path.join(root, "complete")):
            _unpack(root)
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"skipped: no old rustc: Debian's packages can't be had: {error}")
        return []
    libraries = f"{usr}/lib/x86_64-linux-gnu:{usr}/lib"
    found = of_program("old", f"{usr}/bin/rustc", arguments=("--sysroot", usr),
                       env=(("LD_LIBRARY_PATH", libraries),))
    if not found:
        say("skipped: no old rustc: it doesn't run here; it needs libllvm14")
    return [found] if found else []


def _unpack(root):
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    for package in PACKAGES:
        subprocess.run(["apt-get", "download", "-qq", f"{package}=1.63*"], cwd=root, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
    for name in sorted(os.listdir(root)):
        if name.endswith(".deb"):
            subprocess.run(["dpkg", "-x", name, "."], cwd=root, check=True)
            os.unlink(os.path.join(root, name))
    # Debian's has no lld of its own.
    tools = os.path.join(root, "usr/lib/rustlib/x86_64-unknown-linux-gnu/bin")
    os.symlink("/usr/bin/lld", os.path.join(tools, "rust-lld"))
    with open(os.path.join(root, "complete"), "w", encoding="utf-8"):
        pass
