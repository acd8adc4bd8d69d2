#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# The ways to give the rules a rustc and cleave: examples/bazel/hello with each of them.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/reapi/expect.bash
source tests/e2e/reapi/expect.bash

top=$PWD
dir=$(realpath -m "${BUILD:-build}/bazel-toolchains")
cleave=${CLEAVE:-$top/build/cleave}

# runs NAME ATTRIBUTES: hello with such a toolchain, in a workspace of that name.
runs() {
    local workspace=$dir/$1
    rm -rf "$workspace"
    cp -R examples/bazel/hello "$workspace"
    cat >"$workspace/WORKSPACE" <<WORKSPACE
local_repository(
    name = "cleave",
    path = "$top",
)

load("@cleave//toolchain:repositories.bzl", "rust_toolchains")

rust_toolchains($2)
WORKSPACE
    out=$dir/out.txt
    (cd "$workspace" && bazel_run test //... && bazel_run run //:hello) >"$out" 2>&1
    expect "$1: hello builds, runs and passes its test" test $? -eq 0
    expect "$1: it says hello" grep -q '^[Hh]ello' "$out"
    (cd "$workspace" && bazel_stop)
}

rm -rf "$dir"
mkdir -p "$dir"
bazel_setup "$dir/bazel"

# What `make dist` leaves, twice.
make -s dist BUILD="${BUILD:-build}" >"$dir/first" 2>&1
make -s dist BUILD="${BUILD:-build}" >"$dir/second" 2>&1
out=$dir/first
expect 'make dist gives the same archive again' cmp "$dir/first" "$dir/second"
read -r sha256 archive <"$dir/first"
runs archive "
    cleave_sha256 = \"$sha256\",
    cleave_url = \"file://$top/$archive\","

runs source '
    cleave = "source",'

# Debian's rustc has libraries outside of its sysroot: it stays here.
runs installed "
    cleave = \"$cleave\",
    rustc = \"/usr/bin/rustc\","
expect 'installed: actions name the rustc of Debian, not a copy' \
    grep -q /usr/bin/rustc <(cd "$dir/installed" && bazel_run aquery 'mnemonic(RustCodegen, //:hello)' 2>/dev/null)
finish
