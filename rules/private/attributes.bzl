# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""The attributes of the rules for crates, named and meant as in rules_rust (docs/moving.md)."""

load(":cc.bzl", "CC_ATTRIBUTES")
load(":flags.bzl", "FLAG_ATTRIBUTES")
load(":providers.bzl", "RustCrateInfo")

CRATE_ATTRIBUTES = dict(
    dict(CC_ATTRIBUTES, **FLAG_ATTRIBUTES),
    aliases = attr.label_keyed_string_dict(
        doc = "Other names for dependencies: `{\":regex\": \"re\"}`. A label here must be in `deps` or `proc_macro_deps`, too.",
    ),
    codegen_deps = attr.label_list(
        doc = "C libraries that the sources name in `#[link(name = …)]`, each under its target's name: rustc finds them as `-Lnative`, and compiles anew when they change. Those that no source names belong in `deps`.",
        providers = [CcInfo],
    ),
    compile_data = attr.label_list(
        doc = "Files that the sources read when they are compiled (`include_str!`).",
        allow_files = True,
    ),
    crate_features = attr.string_list(doc = "The features that are on."),
    crate_name = attr.string(doc = "Default: the target's name, `-` and `/` as `_`."),
    crate_root = attr.label(
        doc = "The crate's first source file. Default: `lib.rs` (`main.rs` for a program), else `NAME.rs`, else the only one of `srcs`.",
        allow_single_file = [".rs"],
    ),
    data = attr.label_list(doc = "Files and programs that are there when the crate's code runs.", allow_files = True),
    deps = attr.label_list(
        doc = "Crates, C libraries (`CcInfo`), and the package's `cargo_build_script`.",
    ),
    disable_pipelining = attr.bool(
        doc = "Whether dependents wait for this crate's codegen although `--@cleave//rules:pipelining=on` is set: for macros that aren't deterministic.",
    ),
    edition = attr.string(doc = "Rust's edition; default: 2021, or that of `crate`."),
    pkg_name = attr.string(doc = "`CARGO_PKG_NAME`; default: the target's name."),
    proc_macro_deps = attr.label_list(
        doc = "Proc macros, which are built for the machine that compiles.",
        cfg = "exec",
        providers = [RustCrateInfo],
    ),
    rustc_env = attr.string_dict(doc = "rustc's environment; `$(location)` is expanded."),
    rustc_env_files = attr.label_list(
        doc = "Files of NAME=VALUE lines for rustc's environment.",
        allow_files = True,
    ),
    rustc_flags = attr.string_list(
        doc = "rustc's flags; `$(location)` is expanded. Those of the link alone (`-Clink-arg`, `-Cstrip`) don't compile anew when they change.",
    ),
    split = attr.string(
        doc = "`off`: rustc alone compiles and links this crate, in one action. `auto`: as `--@cleave//rules:split` says.",
        default = "auto",
        values = ["auto", "on", "off"],
    ),
    srcs = attr.label_list(doc = "The crate's source files.", allow_files = [".rs"]),
    stamp = attr.int(
        doc = "1: `{KEY}` in `rustc_env` and `rustc_env_files` becomes the value that Bazel's workspace status has for the key. -1: the same if Bazel is given `--stamp`.",
        default = 0,
        values = [-1, 0, 1],
    ),
    version = attr.string(doc = "The package's version: `CARGO_PKG_VERSION` and its parts."),
)

BINARY_ATTRIBUTES = dict(
    env = attr.string_dict(
        doc = "The program's environment, which a script sets that starts it; `$(location)` and `$(rootpath)` are paths in its runfiles.",
    ),
    stamp = attr.int(
        doc = "As for every crate, with another default.",
        default = -1,
        values = [-1, 0, 1],
    ),
)

LINK_ATTRIBUTES = dict(
    link = attr.string(
        doc = "`here`: linked on the machine that Bazel runs on. `remote`: where codegen runs, which needs a linker there.",
        default = "here",
        values = ["here", "remote"],
    ),
    link_deps = attr.label_list(
        doc = "C libraries and files that only the link reads.",
        allow_files = True,
    ),
    linker_script = attr.label(doc = "A script for the linker (`-T`).", allow_single_file = True),
)

TEST_ATTRIBUTES = dict(
    crate = attr.label(
        doc = "The crate whose own tests these are: its sources, dependencies and attributes, to which those given here are added.",
        providers = [RustCrateInfo],
    ),
    env = attr.string_dict(doc = "The test's environment; `$(location)` and `$(rootpath)` are paths in its runfiles."),
    use_libtest_harness = attr.bool(
        doc = "False where the sources have a `main` of their own (`harness = false`).",
        default = True,
    ),
)
