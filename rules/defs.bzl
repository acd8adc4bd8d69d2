# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""The rules, for Bazel. docs/rules.md lists them with their attributes."""

load("//rules/private:build_script.bzl", _cargo_build_script = "cargo_build_script")
load("//rules/private:providers.bzl", _BuildScriptInfo = "BuildScriptInfo", _RustCrateInfo = "RustCrateInfo")
load(
    "//rules/private:rust.bzl",
    _rust_binary = "rust_binary",
    _rust_dylib = "rust_dylib",
    _rust_library = "rust_library",
    _rust_proc_macro = "rust_proc_macro",
    _rust_shared_library = "rust_shared_library",
    _rust_static_library = "rust_static_library",
    _rust_test = "rust_test",
)

BuildScriptInfo = _BuildScriptInfo
RustCrateInfo = _RustCrateInfo
cargo_build_script = _cargo_build_script
rust_binary = _rust_binary
rust_dylib = _rust_dylib
rust_library = _rust_library
rust_proc_macro = _rust_proc_macro
rust_shared_library = _rust_shared_library
rust_static_library = _rust_static_library
rust_test = _rust_test
