# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""What cleave adds to a split: slots, other linkers, hollows of all forms, units of their own."""

import filecmp
import os
import shutil

from table import place as places
from table.bench import collect
from table.row import Row
from table.split import expect, succeeded

TESTS = []
test = collect(TESTS)

NATIVE = ("-L", "native=nat")
SLOTS = ("--slot", "natives", "--slot", "link-args")


def slots(kind):
    """Programs and cdylibs: as if rustc had had the flags."""
    source = "native_own_library" if kind == "cdylib" else "native_own"
    # Old rustc links all of a static library into a test.
    since = (1, 80, 0) if kind == "test" else (1, 63, 0)
    return Row("slots filled", kind, source=source, world="none", externs=(), flags=NATIVE, since=since, job={
        "plain": ("-lstatic=nat", "-Clink-arg=-Wl,-z,nodelete", "-Clink-arg=nat/third.o"),
        "codegen": SLOTS,
        "link": ("--native=-Wl,-Bstatic", "--native=-lnat", "--native=-Wl,-Bdynamic",
                 "--link-arg=-Wl,-z,nodelete", "--link-arg=nat/third.o")})


def marked(kind):
    """Types that carry a hash of -l: as if rustc had had the marker, and the rest as link-args.
    nat/ has a library of the marker's name that is empty."""
    source = "macros" if kind == "proc-macro" else "library"
    return Row("slots filled", kind, source=source, flags=NATIVE, job={
        "plain": ("-lstatic:-bundle=cleave-slot-natives.mm", "-Clink-arg=nat/third.o"),
        "codegen": SLOTS, "link": ("--link-arg", "nat/third.o")})


def linker(name, kind, plain, **more):
    """Another linker at link than at codegen: as if rustc had been told to use that one."""
    return Row(f"linked by --linker {name}", kind, job={"plain": plain, "link": ("--linker", name)},
               **more)


DRIVERS = ("gcc", "clang")
LINKERS = [
    *(linker(name, kind, (f"-Clink-arg=-fuse-ld={name}",), needs=(program,))
      for name, program in (("mold", "mold"), ("lld", "ld.lld"), ("bfd", "ld.bfd"))
      for kind in ("bin", "cdylib")),
    # The line of a rustc that has its own lld names it whatever the driver: so must rustc's.
    *(linker(name, "bin", (f"-Clinker={name}", "-Clink-arg=-fuse-ld=lld", "-Clink-arg=-B{gcc-ld}"),
             needs=(name, "own-lld")) for name in DRIVERS),
    *(linker(name, kind, (f"-Clinker={name}",), needs=(name,), on=("debian",))
      for name in DRIVERS for kind in ("bin", "cdylib")),
]

ROWS = [
    *(slots(kind) for kind in ("bin", "test", "cdylib")),
    *(marked(kind) for kind in ("dylib", "proc-macro", "rlib")),
    Row("slots unfilled", "bin", job={"codegen": SLOTS}),
    Row("slots unfilled", "cdylib", job={"codegen": SLOTS}),
    Row("slots unfilled", "staticlib", job={"codegen": ("--slot", "link-args")}),
    Row("slot filled by a shared library", source="native_own", world="none", externs=(), flags=NATIVE,
        job={"plain": ("-ldylib=natd",), "codegen": SLOTS, "link": ("--native=-lnatd",)}),
    *LINKERS,
]


def _link(bench, words, files, to, *options, forms=None):
    """codegen and link by hand. Forms are what deps/ has for codegen."""
    bench.place.fill(forms or files.hollow)
    bench.place.empty_out()
    shutil.rmtree(bench.place.at("unit"), ignore_errors=True)
    succeeded(bench.place.codegen(("-o", "unit"), words))
    bench.place.fill(files.real)
    succeeded(bench.place.link("unit", "-o", f"out/{to}", "--crate-dir", "deps", *options))


def _plain(bench, words, files):
    bench.place.fill(files.real)
    bench.place.empty_out()
    done = succeeded(bench.place.rustc(*words))
    shutil.rmtree(bench.place.at("plain"), ignore_errors=True)
    os.rename(bench.place.at("out"), bench.place.at("plain"))
    return done


@test("a slot of a dependency, filled")
def slot_of_dependency(bench):
    words = bench.words(below=("native",), source="native_program")
    _plain(bench, (*words, *NATIVE), bench.world("line_loose"))
    _link(bench, (*words, *NATIVE), bench.world("slots"), "mm", "--native-of=native=-Lnat",
          "--native-of=native=-Wl,-Bstatic", "--native-of=native=-lnat",
          "--native-of=native=-Wl,-Bdynamic")
    bench.same("plain/mm", "out/mm")


def _wrapped(bench, files, suffix):
    """Hollows made by `cleave hollow` of files with that suffix."""
    os.makedirs(bench.place.at("hollow"), exist_ok=True)
    made = {}
    for name, path in files.items():
        to = bench.place.at("hollow", name)
        succeeded(bench.place.cleave("hollow", path.replace(".rlib", suffix), "-o", to))
        made[name] = to
    return made


@test("hollows made of real rlibs", profiles=("dev", "release"))
def hollow_of_rlib(bench):
    files = bench.world()
    words = bench.words("cdylib")
    _plain(bench, words, files)
    _link(bench, words, files, "libmm.so", forms=_wrapped(bench, files.real, ".rlib"))
    bench.same("plain/libmm.so", "out/libmm.so")


@test("hollows made of .rmeta files")
def hollow_of_rmeta(bench):
    files = bench.world()
    words = bench.words("dylib")
    _plain(bench, words, files)
    _link(bench, words, files, "libmm.so", forms=_wrapped(bench, files.real, ".rmeta"))
    bench.same("plain/libmm.so", "out/libmm.so")


NAMED_BY_RMETA_LINK = (1, 99, 0)  # before, .rmeta names the bundled libraries


@test("hollows made of .rmeta files don't name bundled libraries", since=(1, 80, 0))
def hollow_of_rmeta_bundles(bench):
    """Programs find them when they are linked, or are refused there, and static libraries are."""
    files = bench.world("link_whole")
    words = bench.words(below=("native",), source="native_program")
    _plain(bench, words, files)
    forms = _wrapped(bench, files.real, ".rmeta")
    if bench.toolchain.version < NAMED_BY_RMETA_LINK:
        _link(bench, words, files, "mm", forms=forms)
        bench.same("plain/mm", "out/mm")
        return
    for kind, said in (("bin", "didn't ask the linker for"), ("staticlib", "left out of the static library")):
        words = bench.words(kind, below=("native",), source=f"native_{'program' if kind == 'bin' else 'library'}")
        bench.place.fill(forms)
        bench.place.empty_out()
        shutil.rmtree(bench.place.at("unit"), ignore_errors=True)
        succeeded(bench.place.codegen(("-o", "unit"), words))
        for crates in (files.real, files.link):
            bench.place.fill(crates)
            bench.refuses(bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps"), 102,
                          "libnative.rlib: it bundles libnat.a, which codegen", said)


@test("hollow dylibs made of dylibs")
def hollow_of_dylib(bench):
    files = bench.world("dynamic")
    words = bench.words(below=("high.so", "low.so"), source="dynamic_program")
    words += ("-Cprefer-dynamic",)
    _plain(bench, words, files)
    _link(bench, words, files, "mm", forms=_wrapped(bench, files.real, ".so"))
    bench.same("plain/mm", "out/mm")


@test("dependencies given as .rmeta", profiles=("dev", "release"))
def given_as_rmeta(bench):
    files = bench.world()
    words = bench.words("cdylib")
    _plain(bench, words, files)
    forms = {name.replace(".rlib", ".rmeta"): path.replace(".rlib", ".rmeta")
             for name, path in files.real.items()}
    _link(bench, tuple(word.replace(".rlib", ".rmeta") for word in words), files, "libmm.so",
          forms=forms)
    bench.same("plain/libmm.so", "out/libmm.so")


@test("dependencies given as .rmeta, staticlib")
def staticlib_of_rmeta(bench):
    files = bench.world()
    words = bench.words("staticlib")
    _plain(bench, words, files)
    forms = {name.replace(".rlib", ".rmeta"): path.replace(".rlib", ".rmeta")
             for name, path in files.real.items()}
    _link(bench, tuple(word.replace(".rlib", ".rmeta") for word in words), files, "libmm.a",
          forms=forms)
    bench.same("plain/libmm.a", "out/libmm.a")


@test("real rlibs beside the hollows")
def real_beside_hollow(bench):
    files = bench.world()
    words = bench.words("cdylib")
    _plain(bench, words, files)
    os.makedirs(bench.place.at("hollow"))
    for name, path in files.real.items():
        os.link(path, bench.place.at("hollow", name))
    _link(bench, (*words, "-L", "dependency=hollow"), files, "libmm.so")
    bench.same("plain/libmm.so", "out/libmm.so")


@test("one unit from two directories")
def unit_of_two_directories(bench):
    files = bench.world()
    other = bench.another_place()
    for place in (bench.place, other):
        place.fill(files.hollow)
        for kind in ("bin", "cdylib"):
            succeeded(place.codegen(("-o", f"unit/{kind}", "--remap-cwd=."), bench.words(kind, "-g")))
    _same_folders(bench, bench.place.at("unit"), other.at("unit"))
    other.remove()


@test("one unit twice in a directory", profiles=("dev", "release"))
def unit_twice(bench):
    bench.place.fill(bench.world().hollow)
    for name in ("plain", "again"):
        for kind in ("bin", "dylib", "staticlib"):
            succeeded(bench.place.codegen(("-o", f"{name}/{kind}"), bench.words(kind)))
    _same_folders(bench, bench.place.at("plain"), bench.place.at("again"))


def _same_folders(bench, first, second):
    names = places.files_below(first)
    expect(names == places.files_below(second), "the units have other files")
    expect(len(names) > 5, "the units are empty")
    for name in names:
        bench.same(os.path.join(first, name), os.path.join(second, name))


@test("a unit in another place", profiles=("dev", "release"))
def unit_moved(bench):
    """Linked from another working directory, with crates and unit elsewhere."""
    files = bench.world()
    words = bench.words()
    _plain(bench, words, files)
    bench.place.fill(files.hollow)
    succeeded(bench.place.codegen(("-o", "unit"), words))
    other = bench.another_place()
    shutil.move(bench.place.at("unit"), other.at("out", "moved.unit"))
    other.fill(files.real)
    succeeded(other.link("moved.unit", "-o", "../tmp/mm", "--crate-dir", "../deps", cwd=other.at("out")))
    bench.same("plain/mm", other.at("tmp", "mm"))
    other.remove()


@test("cleave metadata gives codegen's hollow", profiles=("dev", "release"))
def metadata_early(bench):
    words = ("--edition", "2021", "--crate-name", "aa", "src/aa.rs", "--crate-type", "rlib",
             "--emit", "dep-info,metadata,link", "-Cmetadata=x1", "-Cextra-filename=-x1",
             *(("-g",) if bench.profile == "dev" else ("-O",)), "--out-dir", "out")
    succeeded(bench.place.cleave("metadata", "-o", "hollow/libaa-x1.rlib", "--",
                                 *bench.place.rustc_line(words)))
    expect(not places.files_below(bench.place.at("out")), "cleave metadata left outputs")
    succeeded(bench.place.codegen(("--hollow-dir", "again"), words))
    early, late = bench.inspect("hollow/libaa-x1.rlib"), bench.inspect("again/libaa-x1.rlib")
    real = bench.inspect("out/libaa-x1.rlib")
    expect(early["metadata"] == late["metadata"] == real["metadata"], f"{early} {late} {real}")
    expect(early["kind"] == late["kind"] == "hollow rlib", f"{early['kind']} {late['kind']}")


@test("one digest in all forms of a crate")
def digest_of_forms(bench):
    files = bench.world("dynamic")
    worlds = ["basic"] + (["link_whole"] if bench.toolchain.version >= (1, 80, 0) else [])
    for one in map(bench.world, worlds):
        for name in one.real:
            rmeta = one.real[name].replace(".rlib", ".rmeta")
            digests = {bench.inspect(path)["metadata"]
                       for path in (one.real[name], one.hollow[name], one.link[name], rmeta)}
            expect(len(digests) == 1, f"{name} has digests {digests}")
    for name in files.real:
        digests = {bench.inspect(path)["metadata"] for path in (files.real[name], files.hollow[name])}
        expect(len(digests) == 1, f"{name} has digests {digests}")


@test("hollows and link rlibs are small")
def sizes(bench):
    """What codegen and link each need of a crate is less than all of it."""
    files = bench.world()
    for name, path in files.real.items():
        for form in (files.hollow, files.link):
            expect(os.path.getsize(form[name]) < os.path.getsize(path), f"{form[name]} isn't smaller")
        expect(not filecmp.cmp(files.hollow[name], path, shallow=False), "the hollow is the rlib")
