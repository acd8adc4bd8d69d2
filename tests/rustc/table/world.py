# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Sets of crates that rows depend on. Each is compiled once for each rustc and set of flags, by
rustc alone and by cleave against hollows of what is below it, and compared like any row."""

import dataclasses
import os
import shutil
import threading

from table.place import Place
from table.split import Failure, Job, Result, Set, Split, expect


@dataclasses.dataclass(frozen=True)
class Crate:
    """One crate of a set."""
    name: str
    externs: tuple = ()
    type: str = "rlib"
    source: str = ""          # crates/SOURCE.rs
    extra: str = ""           # -C extra-filename, and -C metadata with it
    flags: tuple = ()
    own_codegen: tuple = ()   # cleave's options

    def words(self, flags):
        named = ("-Cmetadata=" + self.extra, "-Cextra-filename=" + self.extra) if self.extra else ()
        emit = ("--emit", "dep-info,metadata,link")
        return ("--edition", "2021", "--crate-name", self.name, f"src/{self.source or self.name}.rs",
                "--crate-type", self.type, *emit, *named, *externs(self.externs),
                "-L", "dependency=deps", *flags, *self.flags, "--out-dir", "out")


def externs(names):
    """`bb` for a rlib, `bb.so` for a dylib or proc macro."""
    words = []
    for name in names:
        stem, dot, suffix = name.partition(".")
        words += ["--extern", f"{stem}=deps/lib{stem}.{suffix if dot else 'rlib'}"]
    return tuple(words)


DYNAMIC = ("-Cprefer-dynamic",)
NATIVE = ("-L", "native=nat")


def _native(kind):
    return (Crate("native", flags=(*NATIVE, "--cfg", kind)),)


WORLDS = {
    "none": (),
    "basic": (Crate("aa"), Crate("bb", ("aa",))),
    "side": (Crate("side"),),
    "counting": (Crate("counting"),),
    "bare": (Crate("bare"),),
    "dynamic": (Crate("low", type="dylib", flags=DYNAMIC),
                Crate("high", ("low.so",), type="dylib", flags=DYNAMIC)),
    "both": (Crate("both", type="dylib,rlib", flags=DYNAMIC), Crate("over_both", ("both",))),
    "names": (Crate("foo", source="foo_v1", extra="-v1"), Crate("foo", source="foo_v2", extra="-v2"),
              Crate("over_foo", flags=("--extern", "foo=deps/libfoo-v1.rlib"))),
    "maker": (Crate("maker", type="proc-macro"), Crate("uses_maker", ("maker.so",))),
    "slots": (Crate("native", own_codegen=("--slot", "natives")),),
    "raw": (Crate("raw", flags=NATIVE),),
    **{kind: _native(kind) for kind in (
        "link_static", "link_loose", "link_loose_whole", "link_whole", "link_bundle_whole",
        "link_verbatim", "link_verbatim_whole", "link_loose_verbatim", "link_dylib",
        "link_dylib_verbatim")},
    # The third spelling of a bundled whole archive: on the command line.
    "line_whole": (Crate("native", flags=(*NATIVE, "-lstatic:+whole-archive=nat")),),
    "line_loose": (Crate("native", flags=(*NATIVE, "-lstatic:-bundle=nat")),),
    "line_static": (Crate("native", flags=(*NATIVE, "-lstatic=nat")),),
}


class Worlds:
    """Builds sets of crates when they are first asked for."""

    def __init__(self, root):
        self.root = root
        self.lock = threading.Lock()
        self.built = {}

    def get(self, toolchain, name, flags, env=()):
        """The files of a set, and what building it came to, or None where it was built already."""
        key = (toolchain.name, name, tuple(flags), tuple(env))
        with self.lock:
            first = key not in self.built
            if first:
                place = Place(self.root, toolchain, f"world-{len(self.built)}-{name}", **dict(env))
                self.built[key] = _World(place, WORLDS[name], flags)
            world = self.built[key]
        with world.lock:
            result = world.build_once()
        if world.problem:
            raise Failure(f"the crates {name} it depends on: {world.problem}")
        return world.files, result


class _World:
    def __init__(self, place, crates, flags):
        self.lock = threading.Lock()
        self.place = place
        self.crates = crates
        self.flags = flags
        self.files = Set()
        self.problem = ""
        self.done = False

    def build_once(self):
        if self.done:
            return None
        self.done = True
        total = Result()
        for crate in self.crates:
            try:
                total.add(self._build(crate))
            except Failure as failure:
                self.problem = f"{crate.name}: {failure}"
                break
        return total

    def _build(self, crate):
        """Compiles one, and adds its files to the set."""
        own = ("--hollow-dir", "hollow", "--link-rlib-dir", "link", *crate.own_codegen)
        words = crate.words(self.flags)
        if crate.own_codegen:
            # With a slot for natives the crate is another one: rustc's own has the marker flag.
            result = Result()
            self._build_alone(words, own)
        else:
            result = Split(self.place, Job(words, codegen=own), self.files).run()
        for folder, files in (("out", self.files.real), ("hollow", self.files.hollow),
                              ("link", self.files.link)):
            self._keep(folder, files)
        for name, path in self.files.real.items():
            if crate.type == "proc-macro" and name.endswith(".so"):
                self.files.hollow.setdefault(name, path)
        expect(set(self.files.hollow) == set(self.files.real), "not every crate has its hollow")
        return result

    def _build_alone(self, words, own):
        self.place.empty_out()
        done = self.place.codegen(own, words)
        expect(done.status == 0, done.told())

    def _keep(self, folder, files):
        """Moves crate files out of a folder, so that the next crate can have it."""
        store = self.place.at("src", "store", folder)
        os.makedirs(store, exist_ok=True)
        if not self.place.exists(folder):
            return
        for name in os.listdir(self.place.at(folder)):
            kept = os.path.join(store, name)
            os.rename(self.place.at(folder, name), kept)
            if name.endswith((".rlib", ".so")):
                files[name] = kept
        shutil.rmtree(self.place.at(folder))
