# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Where rustc gives a wrong or other result and doesn't say so: what it does, and what cleave does."""

import os
import shutil

from table import place as places
from table.bench import collect, exports
from table.split import expect, succeeded

TESTS = []
test = collect(TESTS)


def _mock_linker(bench, name, *lines):
    """A script under that name in src/linkers/."""
    path = bench.place.at("src", "linkers", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(["#!/bin/sh", *lines, ""]))
    os.chmod(path, 0o755)
    return path


def _line(bench, linker):
    """The linker arguments for a linker of that name, without those that name files."""
    path = _mock_linker(bench, linker, 'printf "%s\\n" "$@" >src/line')
    succeeded(bench.place.rustc(*bench.words(), f"-Clinker={path}"))
    with open(bench.place.at("src", "line"), encoding="utf-8") as file:
        return [word for word in file.read().splitlines() if "/" not in word]


@test("the linker's name changes its line, silently")
def linker_name(bench):
    bench.place.fill(bench.world().real)
    expect(_line(bench, "cc") != _line(bench, "ld"), "rustc gives cc and ld one line")
    driver, gcc = _line(bench, "cc"), _line(bench, "gcc")
    expect((driver != gcc) == bench.toolchain.uses_lld(), f"cc: {driver}\ngcc: {gcc}")
    files = bench.world()
    for linker in ("cc", "gcc", "clang"):
        bench.split(bench.words("bin", f"-Clinker={linker}"), files)


def _metadata_only(bench):
    """Hollows of `aa` and `bb` made by --emit=metadata alone."""
    os.makedirs(bench.place.at("hollow"), exist_ok=True)
    made = {}
    for name, below in (("aa", ()), ("bb", ("--extern", "aa=deps/libaa.rmeta"))):
        words = ("--edition", "2021", "--crate-name", name, f"src/{name}.rs", "--crate-type", "rlib",
                 "--emit", "metadata", "-O", *below, "--out-dir", "deps")
        succeeded(bench.place.rustc(*words))
        made[f"lib{name}.rlib"] = bench.place.at("hollow", f"lib{name}.rlib")
        succeeded(bench.place.cleave("hollow", f"deps/lib{name}.rmeta", "-o",
                                     made[f"lib{name}.rlib"]))
    return made


@test("hollows of --emit=metadata alone lose exports, silently")
def metadata_only(bench):
    files = bench.world()
    hollow = _metadata_only(bench)
    with open(bench.place.at("src", "only.rs"), "w", encoding="utf-8") as file:
        file.write("#[no_mangle] pub extern \"C\" fn only() -> usize { aa::LIMIT }\n")
    words = ("--edition", "2021", "--crate-name", "only", "src/only.rs", "--crate-type", "cdylib",
             "--extern", "aa=deps/libaa.rlib", "-O", "--out-dir", "out")
    bench.place.fill(files.real)
    succeeded(bench.place.rustc(*words))
    expect("a_nomangle" in exports(bench, "out/libonly.so"), "the real rlib's export is missing")
    bench.place.empty_out()
    bench.place.fill(hollow)
    succeeded(bench.place.rustc(*words))
    expect("a_nomangle" not in exports(bench, "out/libonly.so"), "the export is there")
    bench.place.empty_out()
    succeeded(bench.place.codegen(("-o", "unit"), words))
    bench.place.fill(files.real)
    bench.refuses(bench.place.link("unit", "-o", "out/libonly.so", "--crate-dir", "deps"), 102,
                  "deps/libaa.rlib is not the libaa.rlib that the unit was compiled against")


@test("a hollow of another --emit set changes a dylib, silently")
def other_emit_set(bench):
    words = ("--edition", "2021", "--crate-name", "aa", "src/aa.rs", "--crate-type", "rlib", "-O")
    for emit, folder in (("metadata,link", "again"), ("dep-info,metadata,link", "plain")):
        os.makedirs(bench.place.at(folder))
        os.makedirs(bench.place.at("hollow", folder))
        succeeded(bench.place.rustc(*words, "--emit", emit, "--out-dir", folder))
        succeeded(bench.place.cleave("hollow", f"{folder}/libaa.rlib", "-o",
                                     f"hollow/{folder}/libaa.rlib"))
    bench.place.fill({"libaa.rlib": bench.place.at("hollow", "again", "libaa.rlib")})
    only = ("--edition", "2021", "--crate-name", "bb", "src/bb.rs", "--crate-type", "dylib", "-O",
            "--extern", "aa=deps/libaa.rlib", "--out-dir", "out", "-Cprefer-dynamic")
    succeeded(bench.place.codegen(("-o", "unit"), only))
    bench.place.fill({"libaa.rlib": bench.place.at("plain", "libaa.rlib")})
    bench.refuses(bench.place.link("unit", "-o", "out/libbb.so", "--crate-dir", "deps"), 102,
                  "is not the libaa.rlib that the unit was compiled against", "run codegen again")


@test("--json=artifacts changes the crate's hash, silently", profiles=("release",))
def json_is_hashed(bench):
    words = ("--edition", "2021", "--crate-name", "aa", "src/aa.rs", "--crate-type", "rlib", "--emit",
             "dep-info,metadata,link", "-O")
    digests = set()
    for folder, more in (("plain", ()), ("again", ("--error-format=json", "--json=artifacts"))):
        os.makedirs(bench.place.at(folder))
        succeeded(bench.place.rustc(*words, *more, "--out-dir", folder))
        digests.add(bench.inspect(folder, "libaa.rmeta")["metadata"])
        succeeded(bench.place.cleave("metadata", "-o", "hollow/libaa.rlib", "--",
                                     *bench.place.rustc_line((*words, *more, "--out-dir", "out"))))
        digests.add(bench.inspect("hollow/libaa.rlib")["metadata"])
    expect(len(digests) == 2, f"digests: {digests}")


CRASHES_WITH_HOLLOWS = (1, 97, 0)  # it looks for lib.rmeta-link


def _remove_crash_reports(bench):
    for name in os.listdir(bench.place.path):
        if name.startswith("rustc-ice"):
            os.unlink(bench.place.at(name))


def _side(bench, *flags):
    return bench.words("bin", *flags, below=("side",), source="side_program")


def _lto_with_hollow(bench, value):
    files = bench.world("side")
    words = _side(bench, f"-Clto={value}")
    for forms, says in ((files.real, "constructor ran\nmain ran\n"), (files.hollow, "main ran\n")):
        bench.place.empty_out()
        bench.place.fill(forms)
        done = bench.place.rustc(*words)
        if forms is files.hollow and bench.toolchain.version >= CRASHES_WITH_HOLLOWS:
            expect(done.status == 101, done.told())
            _remove_crash_reports(bench)
            continue
        expect(succeeded(done).stderr == "", f"rustc isn't silent: {done.told()}")
        said = succeeded(bench.place.run([bench.place.at("out", "mm")])).stdout
        expect(said == says, f"lto={value}: {said!r}")
    bench.place.empty_out()
    bench.refuses(bench.place.codegen(("-o", "unit"), words), 102,
                  "deps/libside.rlib is a hollow rlib: LTO needs the code of every dependency",
                  "give their real rlibs")
    expect(not bench.place.exists("unit"), "a unit was left")


@test("LTO with hollows drops statics, silently")
def fat_lto_with_hollow(bench):
    _lto_with_hollow(bench, "fat")


@test("thin LTO with hollows drops statics, silently")
def thin_lto_with_hollow(bench):
    _lto_with_hollow(bench, "thin")


@test("statics of a dependency are there")
def statics_are_kept(bench):
    bench.split(_side(bench), bench.world("side"))
    said = succeeded(bench.place.run([bench.place.at("out", "mm")])).stdout
    expect(said == "constructor ran\nmain ran\n", said)


@test("staticlib with hollows lacks their code, silently")
def staticlib_with_hollow(bench):
    files = bench.world()
    words = bench.words("staticlib")
    bench.place.fill(files.hollow)
    done = succeeded(bench.place.rustc(*words))
    expect(done.stderr == "", f"rustc isn't silent: {done.told()}")
    members = succeeded(bench.place.run(["ar", "t", "out/libmm.a"])).stdout
    expect("aa.aa." not in members, "the code of a hollow is there")
    bench.split(words, files)
    members = succeeded(bench.place.run(["ar", "t", "out/libmm.a"])).stdout
    expect("aa.aa." in members and "cleave" not in members, members)


@test("staticlib with a hollow that lacks a bundled library crashes rustc", since=(1, 74, 0))
def staticlib_crash(bench):
    files = bench.world("link_whole")
    words = bench.words("staticlib", "-L", "native=nat", below=("native",), source="native_library")
    bare = bench.place.at("hollow", "libnative.rlib")
    os.makedirs(bench.place.at("hollow"))
    shutil.copyfile(files.hollow["libnative.rlib"], bare)
    succeeded(bench.place.run(["ar", "d", bare, "libnat.a"]))
    bench.place.fill({"libnative.rlib": bare})
    crashed = bench.place.rustc(*words)
    expect(crashed.status == 101, crashed.told())
    _remove_crash_reports(bench)
    bench.split(words, files)


@test("prefer-dynamic without the dylib's hollow links statically, silently")
def prefer_dynamic(bench):
    files = bench.world("both")
    words = bench.words("bin", "-Cprefer-dynamic", "-L", "deps", "--extern", "both", below=(),
                        source="both_only_program")
    needed = {}
    for name, forms in (("both", files.real),
                        ("rlib", {key: path for key, path in files.real.items() if key != "libboth.so"})):
        bench.place.empty_out()
        bench.place.fill(forms)
        done = succeeded(bench.place.rustc(*words))
        expect(done.stderr == "", f"rustc isn't silent: {done.told()}")
        text = succeeded(bench.place.run(["readelf", "-d", "out/mm"])).stdout
        needed[name] = "libboth.so" in text
    expect(needed == {"both": True, "rlib": False}, f"needed: {needed}")
    bench.place.empty_out()
    bench.place.fill({key: path for key, path in files.hollow.items() if key != "libboth.so"})
    done = bench.place.codegen(("-o", "unit"), words)
    if done.status == 0:
        bench.place.fill(files.real)
        done = bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps")
    bench.refuses(done, 102, "libboth")


@test("a stale output stays, and rustc says that it wrote it")
def stale_output(bench):
    files = bench.world()
    words = bench.words("bin", "--error-format=json", "--json=artifacts")
    with open(bench.place.at("out", "mm"), "w", encoding="utf-8") as file:
        file.write("stale")
    bench.place.fill(files.real)
    nothing = _mock_linker(bench, "cc", "exit 0")
    done = succeeded(bench.place.rustc(*words, f"-Clinker={nothing}"))
    expect('"emit":"link"' in done.stderr, "rustc doesn't claim the file")
    with open(bench.place.at("out", "mm"), encoding="utf-8") as file:
        expect(file.read() == "stale", "the stale file is gone")
    bench.place.fill(files.hollow)
    done = succeeded(bench.place.codegen(("-o", "unit"), words))
    expect('"emit":"link"' not in done.stderr, f"cleave passes the notice on: {done.told()}")
    bench.place.fill(files.real)
    os.unlink(bench.place.at("deps", "libaa.rlib"))
    failed = bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps")
    expect(failed.status == 102, failed.told())
    bench.place.fill(files.real)
    succeeded(bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps"))
    expect(os.path.getsize(bench.place.at("out", "mm")) > 5, "the stale file stays")


@test("split-debuginfo=packed fails after the capture", profiles=("dev",), since=(1, 80, 0))
def packed(bench):
    """rustc opens the linked file; cleave runs as unpacked, and the linked file is the same."""
    files = bench.world("basic", "-Csplit-debuginfo=unpacked")
    nothing = _mock_linker(bench, "cc", "exit 0")
    bench.place.fill(files.real)
    done = bench.place.rustc(*bench.words("bin", "-Csplit-debuginfo=packed"), f"-Clinker={nothing}")
    expect(done.status == 1 and "failed to read input file" in done.stderr, done.told())
    bench.place.empty_out()
    succeeded(bench.place.rustc(*bench.words("bin", "-Csplit-debuginfo=unpacked")))
    os.rename(bench.place.at("out"), bench.place.at("plain"))
    os.makedirs(bench.place.at("out"))
    bench.place.fill(files.hollow)
    done = succeeded(bench.place.codegen(("-o", "unit"), bench.words("bin", "-Csplit-debuginfo=packed")))
    expect("cleave: warning: -C split-debuginfo=packed runs as unpacked" in done.stderr, done.told())
    bench.place.fill(files.real)
    succeeded(bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps"))
    for name in places.files_below(bench.place.at("plain")):
        bench.same(f"plain/{name}", f"out/{name}")


@test("split-debuginfo=packed gives the linked file that rustc gives", profiles=("dev",),
      since=(1, 80, 0))
def packed_plain(bench):
    files = bench.world("basic", "-Csplit-debuginfo=packed")
    words = bench.words("bin", "-Csplit-debuginfo=packed")
    bench.place.fill(files.real)
    succeeded(bench.place.rustc(*words))
    os.rename(bench.place.at("out"), bench.place.at("plain"))
    os.makedirs(bench.place.at("out"))
    bench.place.fill(files.hollow)
    succeeded(bench.place.codegen(("-o", "unit"), words))
    bench.place.fill(files.real)
    succeeded(bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps"))
    bench.same("plain/mm", "out/mm")


@test("a rlib of --emit=link alone has other metadata")
def emit_link_alone(bench):
    words = ("--edition", "2021", "--crate-name", "aa", "src/aa.rs", "--crate-type", "rlib", "-O")
    os.makedirs(bench.place.at("plain"))
    succeeded(bench.place.rustc(*words, "--out-dir", "plain"))
    succeeded(bench.place.codegen(("--hollow-dir", "hollow", "--link-rlib-dir", "link"),
                                  (*words, "--out-dir", "out")))
    bench.same("plain/libaa.rlib", "out/libaa.rlib")
    digests = {bench.inspect(folder, "libaa.rlib")["metadata"] for folder in ("plain", "hollow", "link")}
    expect(len(digests) == 1, f"digests: {digests}")


@test("RUSTC_BOOTSTRAP changes symbol names", on=("stable", "debian"))
def bootstrap(bench):
    """cleave never sets it, and a hollow made with it is refused at link where rustc's linker fails."""
    files = bench.world()
    other = bench.world("basic", env={"RUSTC_BOOTSTRAP": "1"})
    bench.place.fill(other.hollow)
    succeeded(bench.place.codegen(("-o", "unit"), bench.words(), RUSTC_BOOTSTRAP="1"))
    bench.place.fill(files.real)
    bench.refuses(bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps"), 102,
                  "is not the lib", "that the unit was compiled against")
