# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""What all cases share: directories, and sets of crates that are built once."""

import itertools
import shutil

from table.place import Place
from table.world import Worlds


class Context:
    """Shared by the threads that run cases."""

    def __init__(self, root):
        self.root = root
        self.worlds = Worlds(root)
        self.numbers = itertools.count()

    def place(self, toolchain, **env):
        """A fresh directory."""
        return Place(self.root, toolchain, f"{next(self.numbers):03}", **env)

    def world(self, toolchain, name, flags, env, total):
        """The files of a set of crates. What comparing them came to counts for the first who asks."""
        files, result = self.worlds.get(toolchain, name, flags, sorted(env.items()))
        if result:
            total.add(result)
        return files

    @staticmethod
    def has(program, toolchain):
        """Whether there is a program, by name, or what a toolchain has."""
        if program == "rust-lld":
            return toolchain.rust_lld() is not None
        if program == "own-lld":
            return toolchain.uses_lld()
        return shutil.which(program, path="/usr/bin:/bin") is not None
