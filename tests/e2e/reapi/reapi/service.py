# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""cleaved, started for a test script, with everything it writes in one directory."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time

from .client import Client
from .messages import TOP

BUILD = os.environ.get("BUILD", "build")
CLEAVED = os.environ.get("CLEAVED", os.path.join(TOP, BUILD, "cleaved"))
READY = "cleaved: listening on "
START_SECONDS = 30
USER = 54321  # one that has no account and no files


class Service:
    """Options are those of `cleaved serve`. As a context manager it is started and ended. USER:
    not by root, where this is root, but by the user of that number. PREFIX: words before the
    command."""

    def __init__(self, *options, directory=None, store=None, prefix=(), user=None):
        to_give = user is not None and os.getuid() == 0
        self.own_directory = directory is None
        if self.own_directory:
            directory = self.make_directory(to_give)
        self.directory = directory
        self.store = store or os.path.join(directory, "store")
        # A socket's path has to be short, which that of a build directory may not be.
        self.sockets = tempfile.mkdtemp(prefix="cleaved-", dir="/tmp")
        self.options, self.prefix, self.program = list(options), list(prefix), CLEAVED
        if to_give:
            self.give_to(user)
        self.process, self.target, self.addresses = None, None, []
        self.log = os.path.join(directory, "log")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        self.remove()

    @staticmethod
    def make_directory(to_give):
        """Where another user may go: into the tree perhaps not."""
        place = "/tmp" if to_give else os.path.join(TOP, BUILD, "service")
        os.makedirs(place, exist_ok=True)
        directory = tempfile.mkdtemp(prefix="cleaved-", dir=place)
        os.chmod(directory, 0o755)
        return directory

    def give_to(self, user):
        """With a copy of the program: the user may not see where it was built."""
        self.prefix += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]
        self.program = shutil.copy(CLEAVED, self.path("cleaved"))
        for path in (self.directory, self.sockets):
            os.chown(path, user, user)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    @property
    def local_socket(self):
        return os.path.join(self.sockets, "local.sock")

    def command(self):
        listen = [] if "--listen" in self.options else ["--listen", "tcp:127.0.0.1:0"]
        return [*self.prefix, self.program, "serve", *listen, "--store", self.store,
                "--local-socket", self.local_socket, *self.options]

    def start(self):
        """Returns once it serves."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log, cwd="/",
                                            start_new_session=True)
        self.addresses = self.read_addresses()
        address = self.addresses[0]
        self.target = address[4:] if address.startswith("tcp:") else address
        return self

    def read_addresses(self):
        wanted = max(1, self.options.count("--listen"))
        found, pending = [], b""
        end = time.monotonic() + START_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while len(found) < wanted:
                if not selector.select(max(0, end - time.monotonic())):
                    raise AssertionError(f"cleaved doesn't serve after {START_SECONDS} s")
                data = os.read(self.process.stdout.fileno(), 4096)
                if not data:
                    self.process.wait()
                    raise AssertionError(f"cleaved didn't start: {self.errors()}")
                pending += data
                *lines, pending = pending.split(b"\n")
                found += [line.decode()[len(READY):] for line in lines
                          if line.decode().startswith(READY)]
        return found

    def errors(self):
        """What it wrote to its standard error, whatever the run."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9 of the daemon alone: its children have to notice."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """As a user would; its exit status, which has to be 0."""
        if not self.running():
            return
        self.process.terminate()
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("cleaved doesn't stop") from None
        self.process.stdout.close()
        if status:
            raise AssertionError(f"cleaved ended with {status}: {self.errors()[-2000:]}")

    def restart(self):
        self.stop()
        return self.start()

    def remove(self):
        shutil.rmtree(self.sockets, ignore_errors=True)
        if self.own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def client(self, **arguments):
        return Client(self.target, **arguments)

    def stats(self):
        shown = subprocess.run([self.program, "stats", "--json", "--local-socket",
                                self.local_socket], check=True, stdout=subprocess.PIPE)
        return json.loads(shown.stdout)
