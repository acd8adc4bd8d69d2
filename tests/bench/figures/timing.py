# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Commands, and how long they take: run in turn, by a small program that costs next to nothing."""

import os
import statistics
import subprocess

SECONDS = int(os.environ.get("BENCH_SECONDS", "30"))  # for each group of commands
MIN_ROUNDS, MAX_ROUNDS = 5, 101


class Command:
    """What is run: its words, where, in what environment, and what has to happen before each."""

    def __init__(self, words, directory, env, prepare=()):
        self.words, self.directory, self.env, self.prepare = words, directory, env, prepare

    def encode(self):
        env = [f"{name}={value}" for name, value in self.env.items()]
        texts = [self.directory]
        for items in (env, self.prepare, self.words):
            texts += [str(len(items)), *items]
        return b"".join(os.fsencode(text) + b"\0" for text in texts)

    def run(self):
        """Runs it once; when it fails its output is shown."""
        for words in (self.prepare, self.words):
            if words:
                run(words, self.directory, self.env)


class Sample:
    """The times of one command, in milliseconds, one for each round."""

    def __init__(self, times):
        self.times = times
        self.median = statistics.median(times)
        self.least, self.most = min(times), max(times)

    def ratio(self, peer):
        """The median over the rounds of what this took of what the peer took in the same round: a
        machine that becomes faster or slower meanwhile is so to both."""
        return statistics.median(a / b for a, b in zip(self.times, peer.times))

    def more(self, peer):
        """Likewise of the differences."""
        return statistics.median(a - b for a, b in zip(self.times, peer.times))


def run(words, directory=None, env=None):
    """The command's standard output; a failure shows all that it said and ends the benchmark."""
    made = subprocess.run(words, cwd=directory, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if made.returncode != 0:
        raise SystemExit(f"{' '.join(words)[:1000]}\nended with status {made.returncode}\n"
                         f"{made.stdout.decode(errors='replace')[-4000:]}"
                         f"{made.stderr.decode(errors='replace')[-4000:]}")
    return made.stdout


class Tools:
    """The programs of this folder, compiled."""

    def __init__(self, sources, into):
        self.into = into
        os.makedirs(into, exist_ok=True)
        for name in ("timer", "execs", "empty"):
            run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O2", "-static", "-s",
                 os.path.join(sources, name + ".c"), "-o", self.path(name)])

    def path(self, name):
        return os.path.join(self.into, name)

    def measure(self, commands, seconds=SECONDS):
        """A sample of each command. They run A B C A B C …, so that all see the same machine."""
        for command in commands:
            command.run()
        text = subprocess.run([self.path("timer"), str(seconds), str(MIN_ROUNDS), str(MAX_ROUNDS)],
                              input=b"".join(command.encode() for command in commands),
                              stdout=subprocess.PIPE, check=True).stdout
        times = [[] for _ in commands]
        for line in text.decode().splitlines():
            index, nanoseconds = line.split()
            times[int(index)].append(int(nanoseconds) / 1e6)
        return [Sample(sample) for sample in times]

    def executed(self, command):
        """The (words, environment) of each program that the command and its children execute."""
        texts = run([self.path("execs"), *command.words], command.directory, command.env)
        items = iter(os.fsdecode(texts).split("\0")[:-1])
        programs = []
        for count in items:
            words = [next(items) for _ in range(int(count))]
            env = [next(items) for _ in range(int(next(items)))]
            programs.append((words, dict(item.split("=", 1) for item in env)))
        return programs
