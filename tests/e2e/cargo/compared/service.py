# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""cleaved for the builds of one comparison, with a store of its own."""

import os
import shutil
import subprocess
import tempfile


class Service:
    """Runs from `start` to `stop`; the second time it is started does nothing."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        self.process = self.sockets = None

    def start(self):
        """The path of its local socket."""
        if self.process is None:
            shutil.rmtree(self.directory, ignore_errors=True)
            # A socket's path has to be short, which that of a build directory may not be.
            self.sockets = tempfile.mkdtemp(prefix="cleaved-", dir="/tmp")
            self.process = subprocess.Popen(
                [self.program, "serve", "--sandbox", "userns", "--store", self.directory,
                 "--listen", f"unix:{self.sockets}/reapi.sock", "--local-socket", self.socket()],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8")
            if not self.process.stdout.readline().startswith("cleaved: listening"):
                raise OSError("cleaved doesn't start")
        return self.socket()

    def socket(self):
        return os.path.join(self.sockets, "local.sock")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
            shutil.rmtree(self.sockets)
        shutil.rmtree(self.directory, ignore_errors=True)
