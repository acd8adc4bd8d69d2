# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Digests, and input roots written as Python values.

An input root is a dict from name to bytes (a file), Executable, Link, or another dict. `Blobs`
collects what has to be uploaded for it.
"""

import hashlib
from dataclasses import dataclass

from .messages import reapi


def digest(data):
    return reapi.Digest(hash=hashlib.sha256(data).hexdigest(), size_bytes=len(data))


EMPTY = digest(b"")


def key(of):
    return (of.hash, of.size_bytes)


def text(of):
    return f"{of.hash}/{of.size_bytes}"


@dataclass
class Executable:
    data: bytes


@dataclass
class Link:
    target: str


class Blobs:
    """What is to be uploaded: bytes by digest."""

    def __init__(self):
        self.by_key = {}

    def add(self, data):
        found = digest(data)
        self.by_key[key(found)] = data
        return found

    def message(self, message):
        return self.add(message.SerializeToString(deterministic=True))

    def directory(self, content):
        """The Directory of a dict; those below it are added."""
        directory = reapi.Directory()
        for name in sorted(content, key=lambda name: name.encode()):
            value = content[name]
            if isinstance(value, dict):
                directory.directories.add(name=name, digest=self.tree(value))
            elif isinstance(value, Link):
                directory.symlinks.add(name=name, target=value.target)
            elif isinstance(value, Executable):
                directory.files.add(name=name, digest=self.add(value.data), is_executable=True)
            else:
                directory.files.add(name=name, digest=self.add(value))
        return directory

    def tree(self, content):
        return self.message(self.directory(content))


def flatten(tree):
    """A Tree message as {path: bytes digest | Link | None for a directory without entries}."""
    children = {key(digest(child.SerializeToString(deterministic=True))): child
                for child in tree.children}
    found = {}

    def walk(prefix, directory):
        if prefix and not (directory.files or directory.directories or directory.symlinks):
            found[prefix] = None
        for file in directory.files:
            found[prefix + file.name] = file
        for link in directory.symlinks:
            found[prefix + link.name] = Link(link.target)
        for child in directory.directories:
            walk(prefix + child.name + "/", children[key(child.digest)])

    walk("", tree.root)
    return found
