# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Odd arguments, places and circumstances."""

import concurrent.futures
import json
import os
import shutil

from table import place as places
from table.bench import collect
from table.split import Failure, expect, succeeded

TESTS = []
test = collect(TESTS)


@test("a map file is a further output")
def map_file(bench):
    files = bench.world()
    bench.place.fill(files.hollow)
    succeeded(bench.place.codegen(("-o", "unit"), bench.words("bin", "-Clink-arg=-Wl,-Map=nat/mm.map")))
    bench.place.fill(files.real)
    succeeded(bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps"))
    expect(bench.place.exists("nat", "mm.map"), "there is no map")


def _long_arguments(bench, count):
    """A file of rustc arguments with as many link-args."""
    with open(bench.place.at("src", "long"), "w", encoding="utf-8") as file:
        file.writelines(f"-Clink-arg=-Wl,--defsym,a_long_symbol_name_{i}={i}\n" for i in range(count))
    return "@src/long"


@test("a line too long for a process", needs=("ld.bfd",))
def long_line(bench):
    """Over the system's limit rustc itself writes a response file."""
    words = bench.words("bin", _long_arguments(bench, 45000), "-Clink-arg=-fuse-ld=bfd")
    bench.split(words, bench.world())


@test("quotes, spaces and backslashes in link-args")
def odd_arguments(bench):
    shutil.copy(bench.place.at("nat", "third.o"), bench.place.at("nat", "y\"q z'w\\v.o"))
    words = bench.words("bin", "-Clink-arg=nat/y\"q z'w\\v.o")
    bench.split(words, bench.world())


@test("odd response file", needs=("gcc",))
def odd_response_file(bench):
    shutil.copy(bench.place.at("nat", "third.o"), bench.place.at("nat", "th ird.o"))
    with open(bench.place.at("nat", "rsp"), "w", encoding="utf-8") as file:
        file.write("nat/th\\ ird.o '-Wl,-z,now'\n\"-Wl,-z,nodelete\"\n")
    bench.split(bench.words("bin", "-Clink-arg=@nat/rsp"), bench.world())


@test("no temporary directory")
def temporary_directory(bench):
    """rustc has its own in the output's; old ones take TMPDIR."""
    bench.place.fill(bench.world().hollow)
    done = bench.place.codegen(("-o", "unit"), bench.words("cdylib"), TMPDIR="/nonexistent")
    if bench.toolchain.version >= (1, 80, 0):
        succeeded(done)
    else:
        bench.refuses(done, 1, "couldn't create a temp dir", "/nonexistent/rustc")


@test("artifact notices come in order and name the user's paths")
def notices(bench):
    bench.place.fill(bench.world().hollow)
    words = bench.words("rlib", "--error-format=json", "--json=artifacts", "--emit",
                        "dep-info,metadata,link")
    done = succeeded(bench.place.codegen((), words))
    said = [json.loads(line) for line in done.stderr.splitlines()]
    expect([(one["emit"], one["artifact"]) for one in said] ==
           [("dep-info", "out/mm.d"), ("metadata", "out/libmm.rmeta"), ("link", "out/libmm.rlib")],
           done.told())


@test("odd places", needs=("cc",))
def odd_places(bench):
    """Working directory with bytes that aren't UTF-8, output directory with shell characters."""
    files = bench.world()
    odd = os.fsencode(bench.place.at("src")) + b"/o\xff dd"
    os.makedirs(odd)
    for name in ("src", "nat"):
        os.makedirs(odd + b"/" + name.encode())
    shutil.copyfile(bench.place.at("src", "program.rs"), odd + b"/src/program.rs")
    results = []
    for forms, run in ((files.real, _plainly), (files.hollow, _splitly)):
        bench.place.fill(forms)
        shutil.rmtree(odd + b"/deps", ignore_errors=True)
        shutil.copytree(os.fsencode(bench.place.at("deps")), odd + b"/deps")
        run(bench, files, bench.words(out=("--out-dir", "o p$x")), odd)
        with open(odd + b"/o p$x/mm", "rb") as file:
            results.append(file.read())
        shutil.rmtree(odd + b"/o p$x")
    if results[0] != results[1]:
        raise Failure("the linked files differ")
    shutil.rmtree(odd)


def _plainly(bench, _files, words, folder):
    os.makedirs(folder + b"/o p$x")
    succeeded(bench.place.rustc(*words, cwd=folder))


def _splitly(bench, files, words, folder):
    succeeded(bench.place.codegen(("-o", "a unit"), words, cwd=folder))
    for name, path in files.real.items():
        shutil.copyfile(path, folder + b"/deps/" + name.encode())
    succeeded(bench.place.link("a unit", "-o", "o p$x/mm", "--crate-dir", "deps", cwd=folder))


@test("linkers by relative path")
def relative_linkers(bench):
    os.makedirs(bench.place.at("nat", "a b"))
    for path in ("nat/cc", "nat/a b/gcc"):
        os.symlink("/usr/bin/" + os.path.basename(path), bench.place.at(path))
        bench.split(bench.words("bin", f"-Clinker=./{path}"), bench.world())


@test("several rustc at once in one directory")
def at_once(bench):
    """Four crates of one name, compiled to one directory at once."""
    files = bench.world()
    bench.place.fill(files.hollow)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda i: bench.place.codegen(("-o", f"unit/{i}"), bench.words()),
                             range(4)))
    for one in done:
        succeeded(one)
    for name in places.files_below(bench.place.at("unit", "0")):
        bench.same(f"unit/0/{name}", f"unit/3/{name}")
