#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""`cleave codegen --at` as an action of cleaved, run by root and by an ordinary user: in a sandbox
with other paths it gives what rustc alone gives at the user's own."""

import contextlib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from reapi.harness import Run, Skip, Tests, holds, same
from reapi.messages import TOP, reapi
from reapi.service import BUILD, USER, Service
from reapi.tree import Executable, Link, flatten

test = Tests()

CLEAVE = os.environ.get("CLEAVE", os.path.join(TOP, BUILD, "cleave"))
RUSTC = "/usr/bin/rustc"  # homes are out of an action's sight
SOURCES = {
    "dep.rs": b"pub fn at(of: &[u32], i: usize) -> u32 { assert!(i < 9, \"in {}\", file!()); of[i] }",
    "app.rs": b"fn main() { println!(\"{}\", dep::at(&[4], 0)) }",
}


class Place:
    """A directory of this machine with the sources, and plain rustc's files below out/."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(self.path("out"))
        for name, data in SOURCES.items():
            with open(self.path(name), "wb") as file:
                file.write(data)
        for name in ("dep", "app"):
            subprocess.run(self.command(name), check=True, cwd=directory)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def command(self, name):
        kind = "rlib" if name == "dep" else "bin"
        dependency = [] if name == "dep" else ["--extern", f"dep={self.path('out/libdep.rlib')}"]
        return [RUSTC, "-g", "--edition", "2021", "--crate-name", name, "--crate-type", kind,
                "--emit=dep-info,metadata,link", self.path(f"{name}.rs"), *dependency,
                "--out-dir", self.path("out")]

    def read(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()

    def input_root(self, files):
        """cleave, and below at/ the files at their own absolute paths."""
        root = dict(files)
        for name in reversed(self.directory.strip("/").split("/")):
            root = {name: root}
        with open(CLEAVE, "rb") as file:
            return {"cleave": Executable(file.read()), "at": root}

    def run(self, client, options, command, files, outputs=()):
        """The response, with the outputs' paths those of the machine."""
        return client.run_command(
            ["./cleave", "codegen", "--at", "at", "--cwd", self.directory, *options, "--",
             *command], self.input_root(files), salt=os.urandom(8),
            outputs=[f"at{self.path(output)}" for output in outputs])


@contextlib.contextmanager
def place_of_sources():
    if not os.access(RUSTC, os.X_OK):
        raise Skip(f"there is no {RUSTC}")
    with tempfile.TemporaryDirectory(prefix="cleave-own-", dir="/tmp") as directory:
        yield Place(os.path.join(directory, "ws"))


def ended_well(client, response):
    same(client.outcome(response)[::2], (0, b""), "the action")
    return response.result


@test(needs="execution")
def a_library_is_the_one_of_its_own_place(client):
    with place_of_sources() as place:
        names = ("libdep.rlib", "libdep.rmeta", "dep.d")
        response = place.run(client, [], place.command("dep"), SOURCES,
                             [f"out/{name}" for name in names])
        files = {os.path.basename(file.path): client.read(file.digest)
                 for file in ended_well(client, response).output_files}
        same(sorted(files), sorted(names))
        for name in names:
            holds(files[name] == place.read("out", name), f"{name} differs from rustc's")


def unpack_unit(client, result, directory):
    """The output directory, put below the directory."""
    found, = result.output_directories
    os.makedirs(directory)
    tree = flatten(reapi.Tree.FromString(client.read(found.tree_digest)))
    for path, entry in tree.items():
        if entry is None:
            os.makedirs(os.path.join(directory, path.rstrip("/")))
            continue
        os.makedirs(os.path.dirname(os.path.join(directory, path)), exist_ok=True)
        with open(os.path.join(directory, path), "wb") as file:
            file.write(client.read(entry.digest))


@test(needs="execution")
def a_program_linked_here_is_the_one_of_its_own_place(client):
    with place_of_sources() as place:
        hollow = place.path("hollow.rlib")
        subprocess.run([CLEAVE, "hollow", place.path("out/libdep.rlib"), "-o", hollow], check=True)
        files = {**SOURCES, "out": {"libdep.rlib": place.read("hollow.rlib")}}
        response = place.run(client, ["-o", "app.unit"], place.command("app"), files, ["app.unit"])
        unit = place.path("unit")
        unpack_unit(client, ended_well(client, response), unit)
        subprocess.run([CLEAVE, "link", unit, "-o", place.path("linked"), "--crate",
                        place.path("out/libdep.rlib")], check=True)
        holds(place.read("linked") == place.read("out/app"), "the program differs from rustc's")


@test(needs="execution")
def the_inputs_alone_are_at_the_places(client):
    """Not what this machine has there, nor the sandbox's own /tmp."""
    with place_of_sources() as place:
        script = f"ls {place.directory} {place.directory}/.. | tr '\\n' ' '; ls /tmp | wc -l; " \
                 "echo x >/tmp/x; echo x >/usr/x"
        exit_code, out, err = client.outcome(place.run(
            client, ["--no-split"], ["/bin/sh", "-c", script], {"one": b"1"}))
        holds(exit_code != 0 and b"/usr/x: Read-only file system" in err, f"{err!r}")
        same(out.decode(), f"{place.directory}: one  {place.directory}/..: ws 1\n")


@test(needs="execution")
def a_link_in_the_inputs_does_not_lead_out(client, service):
    """The store is hidden: there may be an empty directory in its place."""
    with place_of_sources() as place:
        exit_code, out, err = client.outcome(place.run(
            client, ["--no-split"], ["/bin/sh", "-c", "ls store/; touch bin/x"],
            {"store": Link(service.store), "bin": Link("/usr/bin")}))
        holds(exit_code != 0 and b"touch: cannot touch 'bin/x'" in err, f"{err!r}")
        same(out, b"")


def main():
    run = Run(only=sys.argv[1:])
    for who in ("root", "user"):
        print(f"--- cleaved run by {who}", flush=True)
        if who == "root" and os.getuid() != 0:
            print("skipped: cleaved run by root: this is an ordinary user")
            continue
        with Service("--sandbox", "userns", user=USER if who == "user" else None) as service, \
                service.client() as client:
            run.all(test.tests, client, service)
    run.finish()


main()
