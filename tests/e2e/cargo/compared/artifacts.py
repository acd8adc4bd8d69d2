# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""What a build left in its target directory, and whether another build left the same."""

import dataclasses
import os
import re

from . import elf

CHUNK = 1 << 20

# What Cargo and build scripts note for themselves: times, their own hashes, the wrapper's name. And
# what cleave keeps beside Cargo's files.
IGNORED = re.compile(
    r"(^|/)(\.fingerprint|incremental|\.cleave)/"
    r"|^[^/]+/[^/]+\.d$"
    r"|(^|/)(\.cargo-lock|\.cargo-build-lock|\.rustc_info\.json|CACHEDIR\.TAG|invoked\.timestamp)$"
    r"|/build/[^/]+/(output|stderr|root-output)$")
BUILD_SCRIPT_OUT = re.compile(r"/build/[^/]+/out/")
KINDS = (".rlib", ".rmeta", ".a", ".dwo", ".dwp")


@dataclasses.dataclass
class Comparison:
    """Counts, and one line per difference."""
    artifacts: int = 0
    identical: int = 0
    others: int = 0
    problems: list = dataclasses.field(default_factory=list)


def files(root):
    """Relative paths of all files below a target directory that count."""
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), root)
            if not IGNORED.search(path):
                found.append(path)
    return sorted(found)


def is_artifact(root, path):
    """Whether rustc, or a linker for it, wrote this file: executables, shared objects, archives,
    metadata and split debug info, but not what build scripts compile from C."""
    if BUILD_SCRIPT_OUT.search("/" + path):
        return False
    if path.endswith(KINDS):
        return True
    with open(os.path.join(root, path), "rb") as file:
        return elf.is_linked(file.read(64).ljust(64, b"\0"))


def compare(plain, other):
    """Compares all files of two target directories. Cargo gives some files a second name by a hard
    link: an artifact counts once, each of its names is compared."""
    result = Comparison()
    plain_files, other_files = files(plain), set(files(other))
    equal = {}
    for path in plain_files:
        artifact = is_artifact(plain, path)
        problem = _problem(plain, other, path, other_files)
        if problem:
            result.problems.append(f"{path}: {problem}")
        if artifact:
            status = os.stat(os.path.join(plain, path))
            key = (status.st_dev, status.st_ino)
            equal[key] = equal.get(key, True) and not problem
        else:
            result.others += 1
    for path in sorted(other_files.difference(plain_files)):
        result.problems.append(f"{path}: plain Cargo doesn't leave this file")
    result.artifacts = len(equal)
    result.identical = sum(equal.values())
    return result


def _problem(plain, other, path, other_files):
    if path not in other_files:
        return "missing"
    if _same_bytes(os.path.join(plain, path), os.path.join(other, path)):
        return None
    return elf.difference(_read(plain, path), _read(other, path))


def _same_bytes(first, second):
    if os.path.getsize(first) != os.path.getsize(second):
        return False
    with open(first, "rb") as one, open(second, "rb") as other:
        while True:
            chunk = one.read(CHUNK)
            if chunk != other.read(CHUNK):
                return False
            if not chunk:
                return True


def _read(root, path):
    with open(os.path.join(root, path), "rb") as file:
        return file.read()
