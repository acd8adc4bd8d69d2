# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""The rule that describes a rustc: rust_toolchain. `rust_toolchains` in repositories.bzl writes one for you."""

load("//rules/private:providers.bzl", _RustToolchainInfo = "RustToolchainInfo")
load("//toolchain/private:rust_toolchain.bzl", _rust_toolchain = "rust_toolchain")

RustToolchainInfo = _RustToolchainInfo
rust_toolchain = _rust_toolchain
