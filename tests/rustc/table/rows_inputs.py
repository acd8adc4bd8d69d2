# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Native libraries, raw dylibs, and what is emitted besides."""

from table.row import Row

NATIVE = ("-L", "native=nat")
KINDS = ("link_static", "link_loose", "link_loose_whole", "link_whole", "link_bundle_whole",
         "link_verbatim", "link_verbatim_whole", "link_loose_verbatim", "link_dylib",
         "link_dylib_verbatim", "line_whole", "line_static")
BUNDLED_WHOLE = ("link_whole", "link_bundle_whole", "link_verbatim_whole", "line_whole")


def since(kind):
    """The first rustc of these that has it."""
    return (1, 80, 0) if kind in BUNDLED_WHOLE or "verbatim" in kind else (1, 63, 0)


def below(kind, crate_type):
    """A dependency that brings a C library."""
    source = "native_program" if crate_type == "bin" else "native_library"
    return Row(f"C library below, {kind}", crate_type, source=source, world=kind, externs=("native",),
               flags=NATIVE, job={"again": kind in BUNDLED_WHOLE}, since=since(kind))


def own(kind, crate_type):
    """A crate that brings a C library itself."""
    source = "native_own" if crate_type == "bin" else "native_own_library"
    return Row(f"own C library, {kind}", crate_type, source=source, world="none", externs=(),
               flags=(*NATIVE, "--cfg", kind), since=since("verbatim" if "verbatim" in kind else ""))


def asked(name, *flags, crate_type="bin", **more):
    """A crate that is given C libraries on its command line."""
    source = "native_own" if crate_type == "bin" else "native_own_library"
    return Row(f"C library by {name}", crate_type, source=source, world="none", externs=(),
               flags=(*NATIVE, *flags), **more)


def emit(kinds, crate_type="bin", **more):
    return Row(f"--emit={kinds}", crate_type, emit=kinds, **more)

ROWS = [
    *(below(kind, crate_type) for kind in KINDS for crate_type in ("bin", "cdylib")),
    *(below(kind, "staticlib") for kind in ("link_static", "link_whole", "link_bundle_whole",
                                            "link_verbatim_whole", "line_whole", "link_loose")),
    *(below(kind, "dylib") for kind in ("link_static", "link_whole")),
    *(own(kind, "bin") for kind in KINDS if not kind.startswith("line")),
    *(own(kind, "cdylib") for kind in ("link_static", "link_whole", "link_verbatim")),
    *(own(kind, "staticlib") for kind in ("link_static", "link_whole")),
    asked("-lstatic", "-lstatic=nat"),
    asked("-l", "-lnat"),
    asked("-ldylib", "-ldylib=natd"),
    asked("-lstatic:+whole-archive", "-lstatic:+whole-archive=nat"),
    asked("-lstatic:+verbatim", "-lstatic:+verbatim=odd-name.lib", since=(1, 80, 0)),
    asked("link-arg, archive", "-Clink-arg=nat/libnat.a"),
    asked("link-arg, objects", "-Clink-args=nat/first.o nat/second.o"),
    asked("link-arg, whole", "-Clink-arg=-Wl,--whole-archive", "-Clink-arg=nat/libnat.a",
          "-Clink-arg=-Wl,--no-whole-archive"),
    asked("link-arg, whole, one word", "-Clink-arg=-Wl,--whole-archive,nat/libnat.a,--no-whole-archive"),
    asked("link-arg, response file", "-lstatic=nat", "-Clink-arg=@nat/rsp"),
    asked("pre-link-args", "-lstatic=nat", "-Zpre-link-args=nat/third.o", unstable=True),
    asked("link-arg, archive", "-Clink-arg=nat/libnat.a", crate_type="cdylib"),

    Row("raw-dylib below", source="raw_program", world="raw", externs=("raw",), unstable=True,
        since=(1, 91, 0)),
    Row("raw-dylib below", "cdylib", source="raw_library", world="raw", externs=("raw",),
        unstable=True, since=(1, 91, 0)),

    emit("link,metadata"),
    emit("asm,link"),
    emit("llvm-ir,llvm-bc,obj,mir,link"),
    emit("link=out/aaa,metadata=out/bbb,dep-info=out/ccc"),
    emit("link=out/aaa,dep-info"),
    emit("link,dep-info=-", since=(1, 80, 0)),
    emit("obj"),
    emit("metadata"),
    emit("asm,llvm-ir,dep-info"),
    emit("dep-info,metadata,link", "rlib"),
    emit("link", "rlib"),
    emit("asm,dep-info,link", "cdylib"),
    emit("dep-info,link,metadata", "dylib"),
    emit("dep-info,link", "staticlib"),
    Row("-o", out=("-o", "out/other.name")),
    Row("-o", "cdylib", out=("-o", "out/other.so")),
    Row("-o", "staticlib", out=("-o", "out/other.a")),
    Row("-o", "rlib", out=("-o", "out/libother.rlib"), emit="dep-info,link"),
    Row("extra-filename", "cdylib,rlib", flags=("-Cextra-filename=-x1", "-Cmetadata=x1")),
    Row("--print=link-args", flags=("--print=link-args",), job={"speaks": True}),
    Row("--print=link-args=FILE", flags=("--print=link-args=nat/said",), job={"speaks": True},
        since=(1, 80, 0)),
    Row("--print=native-static-libs", "staticlib", source="native_own_library", world="none",
        externs=(), flags=(*NATIVE, "--cfg", "link_static", "--print=native-static-libs")),
    Row("environment and other files", source="reading", world="none", externs=(),
        env=(("CLEAVE_TABLE", "said"),)),
    Row("messages as JSON", emit="dep-info,metadata,link", profiles=("dev",),
        flags=("--error-format=json", "--json=diagnostic-rendered-ansi,artifacts"),
        job={"speaks": True}),
    Row("a warning", flags=("--cfg", "never", "-Wmissing-docs")),
    Row("a warning as JSON", "cdylib", flags=("-Wmissing-docs", "--error-format=json")),
    Row("arguments in a file", externs=(), flags=("@nat/arguments",)),
]
