# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Proof that codegen saw no dependency's code: which files each rustc opened, as strace saw it."""

import dataclasses
import os
import re
import shutil

TRACE = ["strace", "-f", "-y", "--seccomp-bpf", "-s", "300", "-e", "abbrev=none",
         "-e", "signal=none", "-e", "trace=execve,openat,clone,clone3,fork,vfork", "-o"]
LINE = re.compile(r"^(\d+) +(.*)$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
CHILD = re.compile(r"^(?:clone|clone3|fork|vfork)\(.*\) += (\d+)")
EXEC = re.compile(r'^execve\("((?:[^"\\]|\\.)*)", \[(.*?)\], \[.*\) += 0')
OPEN = re.compile(r"^openat\(.*O_RDONLY.*\) += \d+<(.*)>$")
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclasses.dataclass(eq=False)
class Program:
    """What a process ran between two execve calls, its threads and forked children included."""
    path: str
    words: list
    opened: set = dataclasses.field(default_factory=set)

    def after(self, option):
        """All values of an option in the form `--option value` or `--option=value`."""
        pairs = zip(self.words, self.words[1:] + [""])
        return [word.partition("=")[2] or following for word, following in pairs
                if word.partition("=")[0] == option]

    @property
    def links(self):
        """Whether this is a rustc that compiles something which will be linked; one whose arguments
        are in a file counts as such. What comes from standard input is a probe."""
        if os.path.basename(self.path) != "rustc" or "-" in self.words:
            return False
        in_file = any(word.startswith("@") for word in self.words[1:])
        types = set(",".join(self.after("--crate-type")).split(","))
        return in_file or "--test" in self.words or not types <= {"", "lib", "rlib"}


    def own_rlib(self):
        """The rlib that a crate of several types writes, and reads again."""
        name = "".join(self.after("--crate-name"))
        suffix = "".join(value.partition("=")[2] for value in self.after("-C")
                         if value.startswith("extra-filename="))
        return f"lib{name}{suffix}.rlib"


def available():
    return shutil.which("strace") is not None


def programs(trace):
    """All programs that a trace file shows, with the real paths of the files they opened."""
    events, parents = [], {}
    for pid, call in _calls(trace):
        child = CHILD.match(call)
        if child:
            parents[child.group(1)] = pid
        else:
            events.append((pid, call))
    found, running = [], {}
    for pid, call in events:
        executed, opened = EXEC.match(call), OPEN.match(call)
        if executed:
            running[pid] = Program(executed.group(1), WORD.findall(executed.group(2)))
            found.append(running[pid])
        elif opened:
            program = _program(pid, running, parents)
            if program:
                program.opened.add(opened.group(1))
    return found


def _program(pid, running, parents):
    """A thread or a child before its execve is part of what its parent runs."""
    while pid not in running and pid in parents:
        pid = parents[pid]
    return running.get(pid)


def _calls(trace):
    """(pid, call) with the halves of interrupted lines joined."""
    halves = {}
    with open(trace, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = LINE.match(line.rstrip("\n"))
            if not match:
                continue
            pid, call = match.groups()
            resumed = RESUMED.match(call)
            if call.endswith(" <unfinished ...>"):
                halves[pid] = call[:-len(" <unfinished ...>")]
                continue
            if resumed:
                call = halves.pop(pid, resumed.group(1) + "(") + resumed.group(2)
            yield pid, call


def problems(trace, target_dir, linked):
    """Each rustc whose output is linked opened no rlib that a dependency's compilation wrote. There
    must be as many of them as the build linked crates, or the trace has missed some."""
    compilers = [program for program in programs(trace) if program.links]
    found = []
    if len(compilers) != linked:
        found.append(f"the trace has {len(compilers)} rustc processes for {linked} linked crates")
    for compiler in compilers:
        own = compiler.own_rlib()
        real = [path for path in sorted(compiler.opened)
                if _is_real_rlib(path, target_dir) and os.path.basename(path) != own]
        if real:
            name = " ".join(compiler.after("--crate-name")) or "a crate"
            found.append(f"codegen of {name} opened {len(real)} real rlibs, such as {real[0]}")
    return found


def _is_real_rlib(path, target_dir):
    relative = os.path.relpath(path, target_dir)
    parts = relative.split(os.sep)
    return (path.endswith(".rlib") and parts[0] != os.pardir
            and not any(part.startswith(".cleave") for part in parts))
