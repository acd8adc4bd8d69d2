#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# tests/e2e/cargo/build_scripts.sh runs the build scripts of the workspace here, and of the crates
# it depends on, by Cargo and by cleave, and compares what they see and say.
set -u
cd "$(dirname "$0")" || exit 1
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}"
cargo fetch --quiet --locked --manifest-path workspace/Cargo.toml || exit 1
exec ./build_scripts "$@"
