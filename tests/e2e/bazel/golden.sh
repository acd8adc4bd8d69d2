#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# The actions of each rule, as Bazel's aquery prints them, against tests/golden/bazel/: split on,
# split off, and with pipelining. UPDATE_GOLDEN=1 writes those files anew.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/bazel/expect.bash
source tests/e2e/bazel/expect.bash

workspace=$PWD/tests/e2e/bazel/golden
golden=$PWD/tests/golden/bazel
dir=$(realpath -m "${BUILD:-build}/bazel-golden")

rules=(cargo_build_script rust_binary rust_dylib rust_library rust_proc_macro rust_shared_library
    rust_static_library rust_test)
declare -A flags=(
    [split]=''
    [unsplit]='--@cleave//rules:split=off'
    [pipelined]='--@cleave//rules:pipelining=on --@cleave//rules:link_cache=none'
)

# What an action says of this machine, or of Bazel's version, is no matter of the rules: keys and
# hashes, the C toolchain's own files and flags, numbers in the names of configurations. Actions
# come in any order.
normalised() {
    sed -E -e '/^  (ActionKey|Configuration|Execution platform): /d' \
        -e 's,k8-[a-z]+-exec-[0-9A-F]+,k8-exec,g; s,bazel-out/host/bin,bazel-out/k8-exec/bin,g' \
        -e '/^  Inputs: /s!external/local_config_cc/[^], ]*!C-TOOLCHAIN!g' \
        -e '/^  Inputs: /s/(C-TOOLCHAIN, )+/C-TOOLCHAIN, /' \
        -e "s!(C|CXX)FLAGS=[^']*!\1FLAGS=…!; s!(AR|CC|CXX|linker)=/[^', ]+!\1=…!g" \
        -e 's!-[0-9]{6,10}\b!-HASH!g; s!(metadata=)[0-9]{6,10}\b!\1HASH!' |
        python3 -c 'import sys; print("\n\n".join(sorted(sys.stdin.read().strip().split("\n\n"))))'
}

# actions FLAG…
actions() {
    (cd "$workspace" && bazel_run aquery --output=text "$@" \
        'mnemonic("Rust.*|BuildScriptRun", //:all + kind("rust_.*", deps(//:all)))') 2>"$dir/errors"
}

is_golden() {
    local file=$1
    shift
    if ! actions "$@" | normalised >"$dir/actions.txt" ||
        ! grep -q "^  Mnemonic: RustCodegen\|^  Mnemonic: Rustc" "$dir/actions.txt"; then
        cat "$dir/errors"
        return 1
    fi
    if [[ -n ${UPDATE_GOLDEN:-} ]]; then
        mkdir -p "$golden"
        cp "$dir/actions.txt" "$file"
    fi
    diff -u "$file" "$dir/actions.txt"
}

# A rule without a target in the workspace would have no golden.
has_a_target() {
    grep -q "^$1($" "$workspace/BUILD.bazel"
}

is_loaded() {
    local exported
    exported=$(sed -nE 's/^((rust|cargo)_[a-z_]+) = .*/\1/p' rules/defs.bzl | sort | tr '\n' ' ')
    [[ $exported == "$(printf '%s ' "${rules[@]}")" ]]
}

bazel_setup "$dir"
printf 'build --experimental_exec_groups --host_compilation_mode=fastbuild\n' >>"$dir/bazelrc"
expect "every rule has a golden" is_loaded
for rule in "${rules[@]}"; do
    expect "$rule has a target" has_a_target "$rule"
done
for name in split unsplit pipelined; do
    read -r -d '' -a words <<<"${flags[$name]}"
    expect "the actions are those of tests/golden/bazel/$name.txt" \
        is_golden "$golden/$name.txt" "${words[@]}"
done
bazel_stop
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
