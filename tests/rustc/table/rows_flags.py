# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Flags that change a link, linkers, debug info, link-time optimization, instrumentation."""

from table.row import Row

NO_STD = ("-Cpanic=abort",)
NEWER = (1, 80, 0)  # what the oldest rustc here, 1.63, doesn't have, or has otherwise


def flag(*flags, types=("bin",), **more):
    """One row for each type. Profiles that the flags set themselves don't matter."""
    name = " ".join(flags)
    return [Row(name, kind, flags=flags, **more) for kind in types]


def unstable(*flags, **more):
    return flag(*flags, unstable=True, **more)


def everywhere(*flags, **more):
    """Flags that the crates below are compiled with, too."""
    return flag(*flags, world_flags=flags, **more)


LINK_FLAGS = [
    *flag("-Crpath"),
    *flag("-Cstrip=debuginfo", types=("bin", "cdylib")),
    *flag("-Cstrip=symbols", types=("bin", "cdylib", "dylib")),
    *everywhere("-Ctarget-feature=+crt-static"),
    *everywhere("-Ctarget-feature=+crt-static", "-Crelocation-model=static"),
    *everywhere("-Crelocation-model=static"),
    *everywhere("-Crelocation-model=pic"),
    *everywhere("-Crelocation-model=pie"),
    *flag("-Clink-self-contained=no", on=("stable", "nightly")),
    *flag("-Clink-self-contained=yes", types=("cdylib",), on=("stable", "nightly")),
    *flag("-Clink-self-contained=-linker", unstable=True, needs=("own-lld",)),
    *flag("-Clinker-features=-lld", since=(1, 90, 0), needs=("own-lld",)),
    *flag("-Clinker-flavor=gcc", types=("bin", "cdylib")),
    *unstable("-Zunstable-options", "-Clinker-flavor=gnu-cc", since=NEWER),
    *flag("-Clink-dead-code"),
    *flag("-Cdefault-linker-libraries"),
    *flag("-Clink-arg=-Wl,--build-id"),
    *flag("-Clink-arg=-Wl,--build-id=sha1", types=("cdylib",)),
    *flag("-Clink-arg=-Wl,-z,now", "-Clink-arg=-Wl,--hash-style=sysv"),
    *flag("-Clink-args=-Wl,-rpath,/opt/lib -Wl,--defsym,here=42"),
    *flag("-Clink-arg=-Wl,-soname,libother.so.3", types=("cdylib",)),
    *flag("-Crelro-level=off", since=(1, 80, 0)),
    *everywhere("-Ccode-model=large", types=("bin",)),
    *everywhere("-Csymbol-mangling-version=v0", types=("bin", "dylib")),
    *unstable("-Zshare-generics=no"),
    *unstable("-Zmir-opt-level=3"),
    *unstable("-Zplt=yes"),
    *unstable("-Zdefault-visibility=hidden", types=("cdylib",), since=NEWER),
    *unstable("-Zthreads=2"),
    *flag("-Cdlltool=dlltool", since=NEWER),
    *flag("-Cembed-bitcode=no"),
    *unstable("-Zcross-crate-inline-threshold=always", since=NEWER),
    *unstable("-Zexport-executable-symbols", since=NEWER),
    *flag("-Ccodegen-units=3"),
    *flag("-Cpanic=abort", types=("bin", "cdylib", "staticlib")),
    *everywhere("-Cpanic=abort", types=("bin", "staticlib")),
    *flag("-Coverflow-checks=on", "-Cdebug-assertions=off"),
    *flag("-Ctarget-cpu=x86-64-v2"),
    *flag("--sysroot={sysroot}", since=NEWER),
    *flag("--target={host}", types=("bin", "cdylib", "staticlib")),
]

LINKERS = [
    *(row for linker in ("cc", "gcc", "clang", "/usr/bin/clang", "gcc-12", "x86_64-linux-gnu-gcc-12",
                         "clang-14", "g++", "c++")
      for row in flag(f"-Clinker={linker}", needs=(linker,))),
    *(row for linker in ("gcc", "clang") for row in flag(f"-Clinker={linker}", types=("cdylib", "dylib"),
                                                         needs=(linker,))),
    *(row for linker in ("lld", "bfd", "mold", "gold")
      for row in flag(f"-Clink-arg=-fuse-ld={linker}", types=("bin", "cdylib", "dylib"),
                      needs=({"lld": "ld.lld", "mold": "mold"}.get(linker, f"ld.{linker}"),),
                      # rustc warns of gold when it sees it in the linked file.
                      job={"speaks": linker == "gold"})),
    *flag("-Clinker=clang", "-Clink-arg=-fuse-ld=mold", needs=("clang", "mold"),
          types=("bin", "cdylib")),
    *flag("-Clinker=gcc", "-Clink-arg=-fuse-ld=mold", needs=("mold",)),
    *(Row(f"{linker}, no driver", kind, source=source, world="bare", externs=("bare",),
          flags=(*NO_STD, f"-Clinker={linker}"), world_flags=NO_STD, profiles=("release",),
          needs=(need,), since=NEWER,
          # Debian's crashes over a cdylib for such a linker.
          on=("stable", "nightly") if kind == "cdylib" else ())
      for linker, need in (("{rust-lld}", "rust-lld"), ("rust-lld", "rust-lld"), ("ld.lld", "ld.lld"))
      for kind, source in (("bin", "bare_start"), ("cdylib", "bare_library"))),
]

UNPACKED = ("-Csplit-debuginfo=unpacked",)

DEBUG = [
    *(row for value in ("0", "1", "2")
      for row in everywhere(f"-Cdebuginfo={value}", types=("bin", "cdylib"), profiles=("release",))),
    *(row for value in ("line-tables-only", "line-directives-only")
      for row in everywhere(f"-Cdebuginfo={value}", types=("bin", "cdylib"), profiles=("release",),
                            since=NEWER)),
    *everywhere("-Csplit-debuginfo=off", since=NEWER),
    *everywhere(*UNPACKED, types=("bin", "cdylib", "rlib", "cdylib,rlib", "staticlib"), since=NEWER),
    *everywhere("-Csplit-debuginfo=packed", types=("rlib",), since=NEWER),
    Row("split debug info, -o", out=("-o", "out/other"), flags=UNPACKED, world_flags=UNPACKED,
        since=NEWER),
    *unstable("-Zdebuginfo-compression=zlib", since=(1, 72, 0)),
    *flag("-Cdwarf-version=5", since=(1, 88, 0)),
    *unstable("-Zembed-source=yes", "-Cdwarf-version=5", since=(1, 88, 0)),
    *everywhere("--remap-path-prefix={cwd}=/elsewhere", types=("bin", "cdylib")),
    *everywhere("--remap-path-prefix=src=elsewhere"),
    *unstable("-Zremap-cwd-prefix=."),
    *unstable("-Zsplit-dwarf-kind=single", "-Csplit-debuginfo=unpacked", since=NEWER),
]

LTO_TYPES = ("bin", "cdylib")


def lto(value, kind, **more):
    return Row(f"-Clto={value}", kind, flags=(f"-Clto={value}",), job={"takes_real": True}, **more)


def lto_native(value, kind, world):
    source = "native_program" if kind == "bin" else "native_library"
    return Row(f"-Clto={value}, C library below, {world}", kind, source=source, world=world,
               externs=("native",), flags=("-L", "native=nat", f"-Clto={value}"),
               profiles=("release",), job={"takes_real": True},
               since=NEWER if world == "link_whole" else (1, 63, 0))


ABORT_LTO = ("-Clto=fat", "-Cpanic=abort")
PLUGIN = ("-Clinker-plugin-lto", "-Clinker=clang", "-Clink-arg=-fuse-ld={gcc-ld}/ld.lld")

LTO = [
    *(lto(value, kind) for value in ("thin", "fat") for kind in LTO_TYPES),
    *(lto(value, "staticlib") for value in ("thin", "fat")),
    Row("-Clto=fat -Cpanic=abort", flags=ABORT_LTO, world_flags=("-Cpanic=abort",),
        job={"takes_real": True}),
    *(lto_native(value, kind, world) for value in ("thin", "fat") for kind in LTO_TYPES
      for world in ("link_static", "link_whole")),
    Row("LTO, statics that only the linker keeps", source="side_program", world="side",
        externs=("side",), flags=("-Clto=fat",), job={"takes_real": True}),
    *unstable("-Zvirtual-function-elimination", "-Clto=fat", job={"takes_real": True},
              profiles=("release",), since=NEWER),
    *flag("-Clto=off", types=LTO_TYPES),
    *flag("-Clto=no"),
    *flag("-Cembed-bitcode=no", "-Clto=off"),
    *unstable("-Zdylib-lto", "-Clto=fat", types=("dylib",), job={"takes_real": True}, since=NEWER,
              profiles=("release",)),
    *everywhere(*PLUGIN, types=("bin", "cdylib", "dylib", "proc-macro"), needs=("own-lld", "clang"),
                profiles=("release",)),
]

INSTRUMENTS = [
    *everywhere("-Cinstrument-coverage", types=("bin", "cdylib"), on=("stable", "nightly")),
    *everywhere("-Cprofile-generate=/tmp/profiles", on=("stable", "nightly")),
    *everywhere("-Zsanitizer=address", unstable=True, on=("nightly",)),
    *everywhere("-Zinstrument-xray", unstable=True, since=NEWER),
    *everywhere("-Zcf-protection=full", unstable=True),
    *everywhere("-Zstack-protector=all", unstable=True),
    *unstable("-Zpanic-abort-tests", "-Cpanic=abort", types=("test",)),
    *flag("-Ctarget-cpu=native", job={"by_rustc": True}),
    *flag("-Cincremental=nat/incremental", profiles=("dev",), job={"by_rustc": True}),
    *flag("-Cllvm-args=-inline-threshold=10"),
    *flag("-Cremark=all", profiles=("dev",), since=NEWER),
    *unstable("-Zself-profile=nat"),
    *unstable("-Zemit-stack-sizes"),
]

ROWS = LINK_FLAGS + LINKERS + DEBUG + LTO + INSTRUMENTS
