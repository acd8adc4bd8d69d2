# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Crate types with profiles, several types at once, and shapes of dependencies."""

from table.row import PROFILES, Row

TYPES = ("bin", "test", "cdylib", "dylib", "proc-macro", "rlib", "staticlib", "cdylib,rlib",
         "dylib,rlib", "cdylib,staticlib,rlib")

# One row for each pair, so that a sample gives neighbours other toolchains.
PAIRS = [Row("crate type", kind, profiles=(profile,), job={"again": kind != "rlib"})
         for kind in TYPES for profile in PROFILES]


def shape(name, types, sources, world, externs, **more):
    """A row for each type; a program's source is the first."""
    return [Row(name, kind, source=sources[kind not in ("bin", "test")], world=world, externs=externs,
                **more) for kind in types]


SEARCH = ("-L", "deps")
DYNAMIC = ("-Cprefer-dynamic",)
NO_STD = ("-Cpanic=abort",)
NAMES = ("--extern", "renamed=deps/libfoo-v2.rlib")

ROWS = [
    *PAIRS,
    Row("by cleave rustc", "bin", job={"by_rustc": True}),
    Row("by cleave rustc", "cdylib,rlib", job={"by_rustc": True}),
    Row("by cleave rustc", "staticlib", job={"by_rustc": True}),
    Row("by cleave rustc, -o", "bin", out=("-o", "out/other"), job={"by_rustc": True}),
    Row("by cleave rustc, extra-filename", "bin", flags=("-Cextra-filename=-x1",),
        job={"by_rustc": True}),

    *shape("statics that only the linker keeps", ("bin", "cdylib", "dylib", "staticlib"),
           ("side_program", "side_library"), "side", ("side",)),
    *shape("allocator in a dependency", ("bin", "test", "cdylib", "dylib"),
           ("counting_program", "counting_library"), "counting", ("counting",)),
    *shape("no_std", ("bin", "cdylib"), ("bare_program", "bare_library"), "bare", ("bare",),
           flags=(*NO_STD, "-Clink-arg=-lc"), world_flags=NO_STD, profiles=("release",),
           since=(1, 80, 0)),
    *shape("dylib over dylib", ("bin", "cdylib", "dylib"), ("dynamic_program", "dynamic_library"),
           "dynamic", ("high.so", "low.so"), flags=DYNAMIC),
    *shape("dylib over dylib, rpath", ("bin", "cdylib"), ("dynamic_program", "dynamic_library"),
           "dynamic", ("high.so", "low.so"), flags=(*DYNAMIC, "-Crpath"), since=(1, 80, 0)),
    Row("prefer-dynamic over nothing but std", flags=DYNAMIC, externs=("bb", "aa")),
    *(Row(f"dylib and rlib, {name}", source="both_only_program", world="both", externs=externs,
          flags=flags) for name, externs, flags in (
              ("found by -L", (), (*SEARCH, "--extern", "both")),
              ("found by -L, prefer-dynamic", (), (*DYNAMIC, *SEARCH, "--extern", "both")),
              ("the dylib named", ("both.so",), DYNAMIC),
              ("the rlib named", ("both",), ()),
              ("the rlib named, prefer-dynamic", ("both",), DYNAMIC))),
    Row("dylib and rlib, and a rlib over it", source="both_program", world="both",
        externs=("both", "over_both")),
    Row("two crates of one name", source="names_program", world="names", externs=("over_foo",),
        flags=NAMES),
    Row("crates found by -L crate=", source="searched_program", externs=(), flags=("-L", "crate=deps")),
    Row("crates found by a bare -L", source="searched_program", externs=(), flags=SEARCH),
    Row("priv: and noprelude:", source="searched_program", externs=(), unstable=True,
        flags=("-Zunstable-options", "--extern", "priv,noprelude:bb=deps/libbb.rlib",
               "--extern", "priv:aa=deps/libaa.rlib")),
    Row("absolute --extern", "bin", externs=("bb",), flags=("--extern", "aa={cwd}/deps/libaa.rlib")),
    Row("proc macro used", source="maker_program", world="maker", externs=("maker.so", "uses_maker")),
    Row("proc macro used", "test", source="maker_program", world="maker",
        externs=("maker.so", "uses_maker")),
    Row("proc macro in a dependency's body", source="maker_below_program", world="maker",
        externs=("uses_maker",)),
    Row("proc macro over libraries", "proc-macro", flags=("-Cprefer-dynamic",)),
]
