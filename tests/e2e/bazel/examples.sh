#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# The workspaces of examples/bazel, as a user has them: copied, generated where they say so, built,
# tested and run. What a program prints is compared.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/bazel/expect.bash
source tests/e2e/bazel/expect.bash

top=$PWD
PATH=$(dirname "${CLEAVE:-$top/build/cleave}"):$PATH
work=$(mktemp -d)
trap 'bazel_stop; rm -rf "$work"' EXIT

# example NAME: a copy of its own, and no more than what is committed.
example() {
    mkdir -p "$work/$1"
    (cd "$top" && tests/lint/files "examples/bazel/$1/*" | tar -cf - --files-from=-) |
        tar -xf - -C "$work/$1" --strip-components=3
    cd "$work/$1" || exit 1
}

# Proc macros and build scripts aren't optimized here: compiling them is what takes the time.
here() {
    bazel_run "$1" --override_repository=cleave="$top" --host_compilation_mode=fastbuild "${@:2}"
}

# prints EXPECTED TARGET ARGUMENT…
prints() {
    [[ $(here run "$2" -- "${@:3}" 2>"$work/stderr") == "$1" ]] || { cat "$work/stderr" && false; }
}

tests_pass() {
    here test --test_output=errors //... 2>&1 | tee "$work/tests" &&
        [[ $(grep -cE '^//.* PASSED in ' "$work/tests") -eq $1 ]]
}

bazel_setup "${BUILD:-build}/bazel-examples"

example hello
expect 'hello greets' prints 'hello, world' //:hello
expect 'the test of hello passes' tests_pass 1

example third_party
expect 'cleave generate writes third_party' cleave generate bazel --workspace -o third_party
expect 'its files are not stale' cleave generate bazel --workspace -o third_party --check
expect 'the program writes what C computed, as JSON' \
    prints '{"text":"Wikipedia","adler":300286872}' //:checksums__bin Wikipedia
expect 'the tests of third_party pass, in the crates and beside' tests_pass 3

cd "$top" || exit 1
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
