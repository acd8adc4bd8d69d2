# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""What can't be split, or not as it is: refused by name, or done otherwise and said so."""

import os

from table.bench import collect
from table.split import expect, succeeded

TESTS = []
test = collect(TESTS)

LTO = ("-Clto", "-Clto=yes", "-Clto=true", "-Clto=on", "-Clto=y", "-Clto=fat", "-Clto=thin")


@test("LTO with hollows, in all spellings")
def lto(bench):
    bench.place.fill(bench.world().hollow)
    for spelling in (*((word,) for word in LTO), ("-C", "lto=fat"), ("--codegen=lto",), ("-C", "lto")):
        for kind in ("bin", "cdylib", "staticlib"):
            bench.refuses(bench.place.codegen(("-o", "unit"), bench.words(kind, *spelling)), 102,
                          ".rlib is a hollow rlib: LTO needs the code of every dependency; give their "
                          "real rlibs, or compile without -C lto")
            expect(not bench.place.exists("unit"), "a unit was left")


@test("LTO of a dylib with hollows", unstable=True, since=(1, 74, 0))
def dylib_lto(bench):
    bench.place.fill(bench.world().hollow)
    words = bench.words("dylib", "-Zdylib-lto", "-Clto=fat")
    bench.refuses(bench.place.codegen(("-o", "unit"), words), 102, "LTO needs the code of every")


@test("LTO with metadata only")
def lto_metadata(bench):
    files = bench.world()
    bench.place.fill({name.replace(".rlib", ".rmeta"): path.replace(".rlib", ".rmeta")
                      for name, path in files.real.items()})
    words = [word.replace(".rlib", ".rmeta") for word in bench.words("bin", "-Clto=thin")]
    bench.refuses(bench.place.codegen(("-o", "unit"), words), 102,
                  ".rmeta is metadata only: LTO needs the code of every dependency")


@test("cleave metadata of --emit=metadata alone")
def metadata_alone(bench):
    for emit in ("metadata", "dep-info,metadata", "link"):
        words = ("--crate-type", "rlib", "src/aa.rs", "--edition", "2021", "--emit", emit)
        bench.refuses(bench.place.cleave("metadata", "-o", "hollow/libaa.rlib", "--",
                                         *bench.place.rustc_line(words)), 102,
                      "--emit must have metadata and link, here and where the crate is compiled")
        expect(not bench.place.exists("hollow", "libaa.rlib"), "a hollow was left")


@test("-C incremental is left out, and said so")
def incremental(bench):
    files = bench.world()
    words = bench.words()
    bench.place.fill(files.hollow)
    done = succeeded(bench.place.codegen(("-o", "unit"), (*words, "-Cincremental=nat/incremental")))
    expect("cleave: warning: -C incremental is left out: its outputs depend on earlier runs" in
           done.stderr, done.told())
    expect(not bench.place.exists("nat", "incremental"), "rustc was given -C incremental")


@test("-C target-cpu=native is refused, with its name")
def native_cpu(bench):
    bench.place.fill(bench.world().hollow)
    named = ["here -C target-cpu="] if bench.toolchain.version >= (1, 80, 0) else []
    bench.refuses(bench.place.codegen(("-o", "unit"), bench.words("bin", "-Ctarget-cpu=native")), 102,
                  "-C target-cpu=native depends on the machine", *named)


@test("--build-id=uuid")
def random_build_id(bench):
    """No two links are equal: nothing to promise."""
    bench.place.fill(bench.world().hollow)
    words = bench.words("bin", "-Clink-arg=-Wl,--build-id=uuid")
    bench.refuses(bench.place.codegen(("-o", "unit"), words), 102, "--build-id=uuid")


@test("two crate types with one output")
def one_output(bench):
    """rustc links both, and the second is what stays: it says nothing."""
    bench.place.fill(bench.world().real)
    done = succeeded(bench.place.rustc(*bench.words("cdylib,dylib")))
    expect(done.stderr == "" and os.listdir(bench.place.at("out")) == ["libmm.so"], done.told())
    bench.place.empty_out()
    bench.place.fill(bench.world().hollow)
    bench.refuses(bench.place.codegen(("-o", "unit"), bench.words("cdylib,dylib")), 102,
                  "the crate types cdylib and dylib have one output name")


@test("a target without a default linker")
def unknown_target(bench):
    bench.place.fill(bench.world().hollow)
    for target in ("x86_64-pc-windows-msvc", "thumbv7m-none-eabi"):
        words = bench.words("bin", f"--target={target}")
        bench.refuses(bench.place.codegen(("-o", "unit"), words), 102,
                      f"cleave doesn't know the default linker of the target {target}; give -C linker=")


@test("a hollow of another build than the crates above it were compiled with")
def other_build(bench):
    """rustc says it, loudly."""
    hollow = bench.world().hollow
    other = bench.world("basic", "-Cpanic=abort").hollow
    bench.place.fill({"libaa.rlib": other["libaa.rlib"], "libbb.rlib": hollow["libbb.rlib"]})
    bench.refuses(bench.place.codegen(("-o", "unit"), bench.words()), 1, "error[E046")


@test("a dylib dependency without its hollow")
def no_dylib(bench):
    """rustc says it, loudly."""
    files = bench.world("dynamic")
    bench.place.fill({"libhigh.so": files.hollow["libhigh.so"]})
    words = bench.words(below=("high.so",), source="dynamic_program")
    done = bench.place.codegen(("-o", "unit"), (*words, "-Cprefer-dynamic"))
    bench.refuses(done, 1, "error[E0463]: can't find crate for `low`")


FAKE = """#!/bin/sh
# A rustc that gives its linker a file which no rustc makes.
for word; do
    case $word in -Clinker=*) linker=${word#-Clinker=} ;; esac
    case $last in --out-dir) out=$word ;; esac
    last=$word
done
mkdir "$out/rustcAbCdEf"
echo >"$out/rustcAbCdEf/$FAKE_NAME"
exec "$linker" $FAKE_BEFORE "$out/rustcAbCdEf/$FAKE_NAME" $FAKE_AFTER -o "$out/mm"
"""


def _fake(bench, name, before="", after=""):
    path = bench.place.at("src", "rustc")
    with open(path, "w", encoding="utf-8") as file:
        file.write(FAKE)
    os.chmod(path, 0o755)
    return bench.place.cleave("codegen", "-o", "unit", "--", path, *bench.words(), FAKE_NAME=name,
                              FAKE_BEFORE=before, FAKE_AFTER=after)


@test("a synthesized file that cleave doesn't know")
def unknown_file(bench):
    for name, before in (("mystery.bin", ""), ("libmystery.a", ""), ("mystery", "-T")):
        bench.refuses(_fake(bench, name, before), 102,
                      "rustc made a file for its linker that this cleave doesn't know", name)
        expect(not bench.place.exists("unit"), "a unit was left")


@test("a response file that no linker reads")
def broken_response_file(bench):
    for text in ('"open', "ends in \\"):
        with open(bench.place.at("nat", "broken"), "w", encoding="utf-8") as file:
            file.write(text)
        bench.place.fill(bench.world().hollow)
        done = bench.place.codegen(("-o", "unit"), bench.words("bin", "-Clink-arg=@nat/broken"))
        expect(done.status != 0, done.told())
        expect("nat/broken" in done.stderr and "a response file ends inside a quote or after a "
               "backslash" in done.stderr, done.told())
        expect(not bench.place.exists("unit"), "a unit was left")


@test("a linker that can't do the link")
def wrong_linker(bench):
    files = bench.world()
    bench.place.fill(files.hollow)
    succeeded(bench.place.codegen(("-o", "unit"), bench.words()))
    bench.place.fill(files.real)
    link = ("unit", "-o", "out/mm", "--crate-dir", "deps", "--linker")
    bench.refuses(bench.place.link(*link, "wild"), 102, "wild can't do this link", "give --linker a driver")
    bench.refuses(bench.place.link(*link, "no-such-cc"), 100, "no-such-cc")


@test("a hollow given to link")
def hollow_at_link(bench):
    files = bench.world()
    bench.place.fill(files.hollow)
    succeeded(bench.place.codegen(("-o", "unit"), bench.words()))
    bench.refuses(bench.place.link("unit", "-o", "out/mm", "--crate-dir", "deps"), 102,
                  "is a hollow rlib: it has no code to link; give the real or the link rlib")
