# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Tests of rules/shared/flags.bzl, in what all dialects of Starlark have."""

load("//rules/shared:flags.bzl", "CRATE_TYPES", "PROFILES", "prefers_dynamic", "rust_link_flags", "split_flags", "version_environment")

def _split(codegen = [], link = [], lto = False, error = None):
    return {"codegen": codegen, "error": error, "link": link, "lto": lto}

# What is given, and what it is to become.
_SPLIT = {
    "a_bare_c_at_the_end_is_left_to_rustc": (["-C"], _split(["-C"])),
    "a_native_library_is_codegens": (["-lz", "-Lnative=x"], _split(["-lz", "-Lnative=x"])),
    "an_unknown_strip_is_left_to_rustc": (["-Cstrip=all"], _split(["-Cstrip=all"])),
    "codegen_spelled_out_is_the_same": (
        ["--codegen=link-arg=a", "--codegen", "link-arg=b", "--codegen=lto=thin"],
        _split(["--codegen=lto=thin"], ["a", "b"], lto = True),
    ),
    "flags_of_codegen_stay": (
        ["-Copt-level=3", "--cfg=x", "-Dwarnings"],
        _split(["-Copt-level=3", "--cfg=x", "-Dwarnings"]),
    ),
    "link_args_are_parted_at_spaces": (["-Clink-args=-a  -b"], _split(link = ["-a", "-b"])),
    "link_arguments_keep_their_order_and_spaces": (
        ["-C", "link-arg=-z", "-Clink-arg=a b", "-Cdebuginfo=1", "-Clink_arg=last"],
        _split(["-Cdebuginfo=1"], ["-z", "a b", "last"]),
    ),
    "nothing_is_nothing": ([], _split()),
    "strip_is_the_links": (
        ["-Cstrip=none", "-Cstrip=debuginfo", "-Cstrip=symbols"],
        _split(link = ["-Wl,--strip-debug", "-Wl,--strip-all"]),
    ),
    "two_words_become_one": (["-C", "opt-level=3"], _split(["-Copt-level=3"])),
}

_PREFERS_DYNAMIC = {
    "": False,
    "-C prefer-dynamic=no": False,
    "-Copt-level=3": False,
    "-C prefer-dynamic": True,
    "--codegen=prefer_dynamic=y": True,
    "-Cprefer-dynamic -Cprefer-dynamic=off": False,
}

_LTO = {
    "-Clto": True,
    "-Clto=fat": True,
    "-Clto=false": False,
    "-Clto=n": False,
    "-Clto=no": False,
    "-Clto=off": False,
    "-Clto=thin": True,
    "-Clto=yes": True,
}

# Flags that the rules give themselves, and what the error says.
_REFUSED = {
    "--crate-name": "use its attributes",
    "--crate-type=bin": "--crate-type=bin is the rule's own",
    "--emit=asm": "use its attributes",
    "--extern": "use its attributes",
    "--out-dir=x": "use its attributes",
    "--sysroot=x": "use its attributes",
    "--target=x": "use its attributes",
    "--test": "use its attributes",
    "-Cextra-filename=x": "leave it out",
    "-Cextra_filename=x": "leave it out",
    "-Cincremental=x": "leave it out",
    "-Clinker=x": "register another one",
    "-Cmetadata=x": "leave it out",
    "-o": "use its attributes",
}

_LINK_FLAGS = {
    "cpp_is_left_out": (["-lstdc++", "-lm", "-lc++", "-pass-exit-codes"], []),
    "how_to_link_at_all_stays": (
        ["--sysroot=/s", "--target=t", "-L/lib", "-Wl,-z,relro"],
        ["--sysroot=/s", "--target=t", "-L/lib", "-Wl,-z,relro"],
    ),
    "kinds_of_program_are_rustcs": (["-pie", "-no-pie", "-static", "-shared", "-x"], ["-x"]),
    "the_linker_is_rustcs": (["-fuse-ld=gold", "-B/usr/bin", "-Ba"], ["-Ba"]),
}

# Version: major, minor, patch, pre.
_VERSIONS = {
    "1": ["1", "0", "0", ""],
    "1.2.3": ["1", "2", "3", ""],
    "1.2.3+build-4": ["1", "2", "3", ""],
    "1.2.3-beta-x.4+build": ["1", "2", "3", "beta-x.4"],
}

def _split_cases():
    cases = [("split_flags." + name, split_flags(given), wanted) for name, (given, wanted) in _SPLIT.items()]
    for flag, wanted in _LTO.items():
        cases.append(("split_flags.lto_of" + flag, split_flags([flag])["lto"], wanted))
    for flag, wanted in _REFUSED.items():
        error = split_flags(["-g", flag])["error"] or "nothing"
        cases.append(("split_flags.refuses" + flag, [part in error for part in ["rustc_flags: ", flag, wanted]], [True] * 3))
    return cases

def _version_cases():
    cases = []
    for version, wanted in _VERSIONS.items():
        env = version_environment(version)
        got = [env["CARGO_PKG_VERSION_" + part] for part in ["MAJOR", "MINOR", "PATCH", "PRE"]]
        cases.append(("version_environment." + version, [env["CARGO_PKG_VERSION"]] + got, [version] + wanted))
    return cases

def _table_cases():
    return [
        ("tables.profiles_are_bazels_modes", sorted(PROFILES.keys()), ["dbg", "fastbuild", "opt"]),
        ("tables.only_a_rlib_is_not_linked", [name for name, kind in CRATE_TYPES.items() if not kind["links"]], ["rlib"]),
    ]

def results():
    """Runs the tests.

    Returns:
      A list of (name, what is wrong or ""): names have no spaces.
    """
    cases = _split_cases() + _version_cases() + _table_cases()
    cases += [("prefers_dynamic." + words, prefers_dynamic(words.split(" ")), wanted) for words, wanted in _PREFERS_DYNAMIC.items()]
    cases += [("rust_link_flags." + name, rust_link_flags(given), wanted) for name, (given, wanted) in _LINK_FLAGS.items()]
    return [
        (name, "" if got == wanted else "%s: got %r, wanted %r" % (name, got, wanted))
        for name, got, wanted in cases
    ]
