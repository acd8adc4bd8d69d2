# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Other targets than the host, by the rustc that has their libraries: Debian's 1.63."""

from table.row import Row

ON = ("old",)
# bfd writes the time into PE files, unless it is told one.
EPOCH = (("SOURCE_DATE_EPOCH", "1700000000"),)


def target(name, types, *flags, env=(), needs=()):
    there = ("--target", name)
    return [Row(" ".join((name, *flags)), kind, flags=(*there, *flags), world_flags=there, env=env,
                on=ON, needs=needs) for kind in types]


MINGW = "x86_64-w64-mingw32-gcc"

ROWS = [
    *target("x86_64-pc-windows-gnu", ("bin", "cdylib", "dylib", "staticlib", "rlib"), env=EPOCH,
            needs=(MINGW,)),
    *target("x86_64-pc-windows-gnu", ("bin", "cdylib", "dylib"), f"-Clinker={MINGW}", env=EPOCH,
            needs=(MINGW,)),
    *target("wasm32-unknown-unknown", ("bin", "cdylib", "staticlib", "rlib"), needs=("rust-lld",)),
    *target("wasm32-unknown-unknown", ("bin", "cdylib"), "-Clinker=rust-lld", needs=("rust-lld",)),
    *target("wasm32-wasi", ("bin", "cdylib", "staticlib"), needs=("rust-lld",)),
    *target("wasm32-wasi", ("bin", "cdylib"), "-Clinker=rust-lld", needs=("rust-lld",)),
]
