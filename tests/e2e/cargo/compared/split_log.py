# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""What cleave says of a build: $CLEAVE_LOG, one line per crate, and the summary line of `cleave
cargo`, the last on standard error."""

import collections
import re

# HOW CRATE TYPE REASON
WAYS = ("split", "lto", "library", "rustc")
# With cleaved there is one more line for a crate, which says where its codegen was.
SERVED = ("hit", "ran", "here")
# What a profile asks for: lto takes real rlibs; split-debuginfo = "packed" is rustc's alone, where
# there is debug info: Cargo gives none to what runs on the host.
PROFILES = ("plain", "lto", "packed")
SUMMARY = re.compile(r"^cleave: (\d+) rustc runs?: ")
# What each way is called in the summary.
COUNTS = (("split", r"(\d+) split\b(?! with)"), ("lto", r"(\d+) split with real rlibs\b"),
          ("library", r"(\d+) librar(?:y|ies)\b"), ("rustc", r"(\d+) as rustc\b"))


def read(path):
    """(way, crate) of each line; a line of another form is a ValueError."""
    entries = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split(None, 3)
            if words and words[0] in SERVED:
                continue
            if len(words) < 3 or words[0] not in WAYS:
                raise ValueError(f"CLEAVE_LOG has a line of no known form: {line.rstrip()}")
            entries.append((words[0], words[1]))
    return entries


def served(path):
    """How many crates' codegen was where."""
    with open(path, encoding="utf-8") as file:
        ways = [line.split(None, 1)[0] for line in file]
    return {way: ways.count(way) for way in SERVED}


def problems(entries, targets, profile):
    """Every linked crate was split, but for those that the profile keeps from it; every other crate
    ran as a library."""
    wanted = collections.Counter((_way(target, profile), target.crate) for target in targets)
    had = collections.Counter(entries)
    missing, more = sorted((wanted - had).items()), sorted((had - wanted).items())
    return ([f"{crate}: {count} not logged as {way}" for (way, crate), count in missing] +
            [f"{crate}: {count} too many logged as {way}" for (way, crate), count in more])


def _way(target, profile):
    if not target.linked:
        return "library"
    if profile == "lto" and target.takes_lto:
        return "lto"
    return "rustc" if profile == "packed" and not target.host else "split"


def summary_problems(stderr, entries):
    """The summary counts what the log lists, and is the only line that cleave adds."""
    lines = [line for line in stderr if SUMMARY.match(line)]
    if len(lines) != 1 or stderr[-1] != lines[0]:
        return [f"standard error must end with one line from cleave, and has: {lines}"]
    had = collections.Counter(way for way, _ in entries)
    found = []
    for way, pattern in COUNTS:
        match = re.search(pattern, lines[0])
        count = int(match.group(1)) if match else 0
        if count != had[way]:
            found.append(f"the summary says {count} {way}, the log {had[way]}: {lines[0]}")
    if int(SUMMARY.match(lines[0]).group(1)) != len(entries):
        found.append(f"the summary's sum is not the log's {len(entries)}: {lines[0]}")
    return found
