# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""cleaved as a client: its commands with a service of our own, and with one that misbehaves."""

import os
import shutil
import subprocess
import tempfile

from reapi.harness import holds, same
from reapi.messages import TOP
from reapi.service import BUILD, CLEAVED

LARGE = os.urandom(1 << 20) * 6  # more than goes in a batch
SECONDS = 100  # no command takes so long, whatever the service does


class Place:
    """A working directory for commands."""

    def __init__(self):
        top = os.path.join(TOP, BUILD, "service")
        os.makedirs(top, exist_ok=True)
        self.directory = tempfile.mkdtemp(prefix="client-", dir=top)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, data, executable=False):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data)
        if executable:
            os.chmod(self.path(name), 0o755)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def names(self):
        return sorted(os.listdir(self.directory))

    def run(self, command, address, *arguments, env=None):
        remote = ["--remote", address] if address else []
        return subprocess.run([CLEAVED, command, *remote, *arguments], cwd=self.directory,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                              check=False, env={**os.environ, **(env or {})})

    def good(self, command, address, *arguments, env=None):
        """What it printed; it has to succeed."""
        ended = self.run(command, address, *arguments, env=env)
        if ended.returncode:
            raise AssertionError(f"{command} ended with {ended.returncode}: "
                                 f"{ended.stderr.decode()}")
        return ended.stdout

    def bad(self, command, address, *arguments, says, status=103, env=None):
        """It has to fail with that status, and say each of the texts."""
        ended = self.run(command, address, *arguments, env=env)
        said = ended.stderr.decode()
        same(ended.returncode, status, said)
        for text in [says] if isinstance(says, str) else says:
            holds(text in said, f"{text!r} isn't in {said!r}")
        return said


def text(of):
    return f"{of.hash}/{of.size_bytes}"
