#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Debian's Bazel with cleaved: it builds and tests this repository's C code there, then again from
# another output base with every action a cache hit; with cleaved as a cache alone; and a small
# workspace with outputs, failures and tests of every kind. Not over TLS: Debian's Bazel can't, for
# its Java library of HTTP/2 finds no ALPN ("JDK provider does not support ALPN protocol"); tls.py
# and the clients of peers/ do.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/reapi/service.bash
source tests/e2e/reapi/service.bash
# shellcheck source=tests/e2e/reapi/expect.bash
source tests/e2e/reapi/expect.bash

top=$PWD
dir=$(realpath -m "${BUILD:-build}/bazel-remote")
kinds=$top/tests/e2e/reapi/workspace
bin=execroot/kinds/bazel-out/k8-fastbuild/bin
out=$dir/out.txt
bases=()

# bazel_in BASE WORKSPACE COMMAND…: with an output base of that name; what it says is in $out.
bazel_in() {
    local base=$dir/base-$1 workspace=$2
    shift 2
    bases+=("$base")
    (cd "$workspace" && bazel_run --output_base="$base" "$@") >"$out" 2>&1
}

remote() {
    echo "--remote_executor=grpc://$service_address"
}

# clean BASE: the next build in it starts from nothing.
clean() {
    bazel_in "$1" "$2" clean
}

# Bazel's own count: "INFO: 120 processes: 70 remote cache hit, 50 internal."
processes() {
    grep -oE '[0-9]+ process(es)?: .*' "$out" | tail -n 1
}

all_remote() {
    local said
    said=$(processes)
    [[ $said == *" remote"* && $said != *sandbox* && $said != *local* ]]
}

all_hits() {
    local said
    said=$(processes)
    [[ $said == *"remote cache hit"* && $said != *sandbox* && $said != *local* &&
        $said != *" remote,"* && $said != *" remote." ]]
}

# passed_tests PATTERN
passed_tests() {
    grep -cE "^$1 +(\(cached\) )?PASSED" "$out"
}

unit_tests=$(find tests/unit -name '*_test.c' | wc -l)

test_own_code() {
    service_start "$dir/own" || return
    for base in first second; do
        bazel_in $base "$top" test -c opt --test_output=errors "$(remote)" \
            //:unit_tests //:cleave //:cleaved
        expect "own code, $base output base: it builds and its tests pass" test $? -eq 0
        expect "own code, $base output base: each of $unit_tests unit tests passed" \
            test "$(passed_tests '//:tests/unit/.*')" -eq "$unit_tests"
        if [[ $base == first ]]; then
            expect 'own code: every action was run by cleaved' all_remote
        else
            expect 'own code, another output base: every action is a cache hit' all_hits
        fi
        echo "    $base: $(processes)"
    done
    expect "own code: the program that cleaved built runs" \
        "$dir/base-second/execroot/cleave/bazel-out/k8-opt/bin/cleave" --version
    service_stop
}

test_kinds() {
    service_start "$dir/kinds" || return
    bazel_in kinds "$kinds" test "$(remote)" //:all
    expect 'kinds: everything builds and passes' test $? -eq 0
    expect 'kinds: by cleaved' all_remote
    # All that comes out of a tree is executable for Bazel, and no longer a link.
    expect 'kinds: what a tree held' diff "$dir/base-kinds/$bin/a_listing.txt" - <<'LIST'
./directory-link/file x deep
./file1 x 1
./file2 x 2
./file3 x 3
./link x 1
./run x #!/bin/sh
./sub/deep/file x deep
LIST
    expect 'kinds: the log of a test that prints 6 MB is whole' \
        test "$(wc -c <"$dir/base-kinds/${bin%bin}testlogs/prints_test/test.log")" -ge 6000008

    clean kinds "$kinds"
    bazel_in kinds "$kinds" test "$(remote)" //:all
    expect 'kinds: again, every action a hit' all_hits

    bazel_in kinds "$kinds" build "$(remote)" //:fails
    expect 'a failing action fails the build' test $? -eq 1
    expect 'and says why' grep -q '^the reason' "$out"
    bazel_in kinds "$kinds" test --test_output=all "$(remote)" //:fails_test
    expect 'a failing test fails' test $? -eq 3
    expect 'and says why' grep -q '^what went wrong' "$out"
    bazel_in kinds "$kinds" test --test_output=all --test_timeout=3 "$(remote)" //:sleeps_test
    expect 'a test that takes too long is a timeout' grep -qE '^//:sleeps_test +TIMEOUT' "$out"
    expect 'with what it said before' grep -q '^before the sleep' "$out"
    service_stop
}

test_cache_alone() {
    service_start "$dir/cache" || return
    for round in first second; do
        clean kinds "$kinds"
        bazel_in kinds "$kinds" test "--remote_cache=grpc://$service_address" //:all
        expect "cache alone, $round: it builds and passes" test $? -eq 0
    done
    expect 'cache alone, again: every action a hit' all_hits
    service_stop
}

rm -rf "$dir"
bazel_setup "$dir"
test_kinds
test_cache_alone
test_own_code
for base in $(printf '%s\n' "${bases[@]}" | sort -u); do
    bazel_run --output_base="$base" shutdown 2>/dev/null
done
finish
