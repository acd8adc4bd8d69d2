#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Real projects by Debian's Bazel and Buildbarn, whose workers have no linker and no C compiler:
# codegen there, links here, byte for byte what `split = off` links; again from another directory,
# all from its cache. ripgrep needs no C; what compiles C for the others runs here, as here/ lists.
# Buildbarn's programs are looked for in $PEERS, then in $PATH.
set -u
cd "$(dirname "$0")/../../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/bazel/project.bash
source tests/e2e/bazel/project.bash
# shellcheck source=tests/e2e/reapi/peers/peer.bash
source tests/e2e/reapi/peers/peer.bash
# shellcheck source=tests/e2e/reapi/expect.bash
source tests/e2e/reapi/expect.bash
# shellcheck source=tests/e2e/bazel/builds.bash
source tests/e2e/bazel/builds.bash

export PYTHONDONTWRITEBYTECODE=1
without_c=$PWD/tests/e2e/reapi/peers/without_c

# The workers are as they should be: what compiles C fails there.
c_fails_there() {
    by_service
    bazel_in types "$dir/types" build "${remote[@]}" //native:add
    expect "C, by Buildbarn, without the option: no compiler there" test $? -ne 0
    expect "C, by Buildbarn, without the option: Bazel names what failed" \
        grep -q "Compiling native/add.c failed" "$out"
}

# built_by_buildbarn PROJECT LIST OPTION…: what runs here but the links is in the list.
built_by_buildbarn() {
    local project=$1 list=$2
    shift 2
    project_make "$project" "$dir/$project"
    expect "$project: cleave generate" test $? -eq 0
    built_unsplit "$project"
    built_by Buildbarn "$project" "$@"
    expect "$project, by Buildbarn: what else ran here is what compiles C" \
        log_says "$dir/first.json" --here "$list"
    forget
}

if ! "$without_c" true 2>/dev/null; then
    echo "skipped: buildbarn: a mount namespace can't be made here, so its workers would have a linker"
    finish
fi
builds_setup "$(realpath -m "${BUILD:-build}/bazel-buildbarn")"
peer_start buildbarn "$without_c" || finish
trap 'peer_stop; forget' EXIT
project_make types "$dir/types"
c_fails_there
c_built_by Buildbarn
built_by_buildbarn ripgrep /dev/null
built_by_buildbarn workspace tests/e2e/bazel/here/workspace "$c_stays_here"
finish
