#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# A real Bazel builds //:cleave, statically, from the tree that make builds, and runs the same unit
# tests in its sandbox.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/bazel/expect.bash
source tests/e2e/bazel/expect.bash

is_static() {
    ! readelf -lW "$1" | grep -q INTERP
}

says_the_same() {
    diff <("$1" --version) <("$2" --version)
}

is_under_two_mib() {
    [[ $(stat -c %s "$1") -lt 2097152 ]]
}

finish() {
    bazel_stop
    echo "$passed passed, $failed failed"
    [[ $failed -eq 0 ]]
    exit
}

bazel_setup "${BUILD:-build}/bazel"
bazel_run --version
expect "bazel build //:cleave" bazel_run build -c opt //:cleave
program=$(bazel_run info -c opt bazel-bin 2>/dev/null)/cleave
if [[ ! -x $program ]]; then
    finish
fi
expect "Bazel's cleave is static" is_static "$program"
expect "Bazel's cleave is under 2 MiB" is_under_two_mib "$program"
expect "Bazel's cleave says what make's says" says_the_same "$program" "${CLEAVE:-build/cleave}"

results=$(bazel_run test -c opt --test_output=errors //:unit_tests 2>&1)
status=$?
echo "$results"
ran=$(grep -cE '^//:tests/unit/.* PASSED in ' <<<"$results")
wanted=$(find tests/unit -name '*_test.c' | wc -l)
passed=$((passed + ran)) failed=$((failed + wanted - ran))
if [[ $status -ne 0 && $wanted -eq $ran ]]; then
    failed=$((failed + 1))
fi
finish
