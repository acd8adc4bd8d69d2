# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""A directory in which rustc and cleave run by turns."""

import dataclasses
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "..", "crates")
NATIVE = os.path.join(HERE, "..", "native")
TIMEOUT = 300

# What a link may run; there is no rustc among it.
LINK_TOOLS = ("ar", "as", "c++", "cc", "clang", "clang-14", "gcc", "gcc-12", "g++", "gold", "ld", "ld.bfd",
              "ld.gold", "ld.lld", "ld.mold", "lld", "mold", "wasm-ld", "x86_64-linux-gnu-gcc-12",
              "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-ld", "env", "sh", "dirname", "basename")


@dataclasses.dataclass
class Done:
    """How a program ended."""
    words: list
    status: int
    stdout: str
    stderr: str

    def told(self):
        """Enough to understand a failure."""
        text = (self.stderr + self.stdout).strip().splitlines()
        line = " ".join(self.words)
        return "\n".join([f"$ {line[:2000]}", *(word[:2000] for word in text[:25]),
                          f"(status {self.status})"])


class Root:
    """Where all of the table's directories are, and what they share."""

    def __init__(self, path, cleave):
        self.path = os.path.abspath(path)
        self.cleave = os.path.abspath(cleave)
        self.tools = os.path.join(self.path, "tools")
        self.native = os.path.join(self.path, "native")
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(self.tools)
        for tool in LINK_TOOLS:
            found = shutil.which(tool, path="/usr/bin:/bin")
            if found:
                os.symlink(found, os.path.join(self.tools, tool))
        self._make_native()

    def _make_native(self):
        """The C libraries: archives and a shared library, in all of their spellings."""
        os.makedirs(self.native)

        def run(*words):
            subprocess.run(words, cwd=self.native, check=True)
        names = [name[:-2] for name in os.listdir(NATIVE) if name.endswith(".c")]
        for name in names:
            run("gcc", "-O1", "-fPIC", "-c", os.path.join(NATIVE, name + ".c"), "-o", name + ".o")
        for archive in ("libnat.a", "odd-name.lib"):
            run("ar", "rcD", archive, "first.o", "second.o", "third.o")
        run("gcc", "-shared", "-Wl,-soname,libnatd.so.1", "-o", "libnatd.so.1", "first.o", "second.o")
        os.symlink("libnatd.so.1", os.path.join(self.native, "libnatd.so"))
        # What an unfilled slot for natives asks for.
        with open(os.path.join(self.native, "libcleave-slot-natives.mm.a"), "w", encoding="utf-8") as file:
            file.write("/* nothing */\n")
        with open(os.path.join(self.native, "rsp"), "w", encoding="utf-8") as file:
            file.write("nat/third.o\n-Wl,-z,now\n")
        with open(os.path.join(self.native, "arguments"), "w", encoding="utf-8") as file:
            file.write("--extern\nbb=deps/libbb.rlib\n--extern=aa=deps/libaa.rlib\n")

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def environment(self, toolchain, temp, **more):
        env = {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), "TMPDIR": temp,
               "XDG_CACHE_HOME": os.path.join(self.path, "cache")}
        env.update(toolchain.env)
        env.update(more)
        return {name: value for name, value in env.items() if value is not None}


class Place:
    """A working directory: sources in src/, C libraries in nat/, dependencies in deps/, outputs in
    out/. What must be out of reach is renamed."""

    def __init__(self, root, toolchain, name, **env):
        self.root = root
        self.toolchain = toolchain
        self.path = os.path.join(root.path, toolchain.name, name)
        shutil.rmtree(self.path, ignore_errors=True)
        for folder in ("src", "nat", "deps", "out", "tmp"):
            os.makedirs(self.at(folder))
        for source in os.listdir(SOURCES):
            shutil.copyfile(os.path.join(SOURCES, source), self.at("src", source))
        for library in os.listdir(root.native):
            shutil.copy2(os.path.join(root.native, library), self.at("nat", library),
                         follow_symlinks=False)
        self.env = root.environment(toolchain, self.at("tmp"), **env)

    def at(self, *names):
        return os.path.join(self.path, *names)

    def exists(self, *names):
        return os.path.lexists(self.at(*names))

    def run(self, words, cwd=None, **env):
        full = {name: value for name, value in {**self.env, **env}.items() if value is not None}
        done = subprocess.run(words, cwd=cwd or self.path, env=full, stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=TIMEOUT)
        return Done(list(words), done.returncode, done.stdout.decode(errors="replace"),
                    done.stderr.decode(errors="replace"))

    def rustc_line(self, words):
        return [self.toolchain.rustc, *self.toolchain.arguments, *words]

    def rustc(self, *words, **env):
        return self.run(self.rustc_line(words), **env)

    def cleave(self, *words, **env):
        return self.run([self.root.cleave, *words], **env)

    def codegen(self, options, words, **env):
        return self.cleave("codegen", *options, "--", *self.rustc_line(words), **env)

    def link(self, *words, **env): 
        """Links with no rustc on PATH."""
        return self.cleave("link", *words, PATH=self.root.tools, **env)

    def fill(self, files):
        """Makes deps/ hold exactly these files, given as name: path."""
        shutil.rmtree(self.at("deps"), ignore_errors=True)
        os.makedirs(self.at("deps"))
        for name, path in files.items():
            os.link(path, self.at("deps", name))

    def empty_out(self):
        shutil.rmtree(self.at("out"), ignore_errors=True)
        os.makedirs(self.at("out"))

    def leftovers(self):
        """What a run left where nothing may stay."""
        known = {"src", "nat", "deps", "out", "tmp", "unit", "plain", "again", "hollow", "link"}
        left = [name for name in os.listdir(self.path) if name not in known]
        return left + [f"tmp/{name}" for name in os.listdir(self.at("tmp"))]

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def files_below(folder, skip=()):
    """Paths of all files, relative to the folder."""
    paths = []
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.endswith(skip or ("\0",))]
        paths += [os.path.relpath(os.path.join(here, name), folder) for name in names]
    return sorted(paths)


def same_bytes(first, second):
    with open(first, "rb") as one, open(second, "rb") as other:
        return one.read() == other.read()
