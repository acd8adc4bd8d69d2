#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Real projects, from their Cargo.lock to programs, by Debian's Bazel: here; by cleaved, from two
# output bases; what is linked is, byte for byte, what `split = off` links. Bazel's execution log
# says where each action ran, and with what. TEST_SCOPE=whole adds projects and ways.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/bazel/project.bash
source tests/e2e/bazel/project.bash
# shellcheck source=tests/e2e/reapi/service.bash
source tests/e2e/reapi/service.bash
# shellcheck source=tests/e2e/reapi/expect.bash
source tests/e2e/reapi/expect.bash

top=$PWD
dir=$(realpath -m "${BUILD:-build}/bazel-projects")
export PYTHONDONTWRITEBYTECODE=1
split=@cleave//rules:split pipelining=@cleave//rules:pipelining link_cache=@cleave//rules:link_cache
bases=()

# bazel_in BASE WORKSPACE COMMAND…: with an output base of that name; what it says is in $out.
bazel_in() {
    local base=$dir/base-$1 workspace=$2 status
    shift 2
    bases+=("$base")
    out=$dir/out.txt
    SECONDS=0
    (cd "$workspace" && bazel_run --output_base="$base" "$@") >"$out" 2>&1
    status=$?
    echo "    $(basename "$workspace"): $*: $SECONDS s" | sed 's/grpc:[^ ]*/…/g; s/--execution[^ ]*//' | cut -c1-160
    return $status
}

# bin BASE: its bazel-bin.
bin() {
    echo "$dir/base-$1/execroot/__main__/bazel-out/k8-fastbuild/bin"
}

remote=()
by_cleaved() {
    remote=(--remote_executor="grpc://$service_address" --jobs=4
        --extra_execution_platforms=@cleave_rust//:remote "--$pipelining=on" --remote_local_fallback=false)
}

# What isn't so is told with the failure.
log_says() {
    tests/e2e/bazel/execution_log.py "$@" >>"$out"
}

same() {
    same_files "$@" >>"$out"
}

# Without sharing anything: fresh output bases for each project.
forget() {
    for base in "${bases[@]}"; do
        (cd "$top" && bazel_run --output_base="$base" shutdown) 2>/dev/null
        chmod -R u+w "$base"
        rm -rf "$base"
    done
    bases=()
}

# built_here PROJECT: here, tests included, split and not.
built_here() {
    local project=$1 log=$dir/log.json
    bazel_in here "$dir/$project" test --execution_log_json_file="$log" --test_output=errors //...
    expect "$project, here: builds, and its tests pass" test $? -eq 0
    expect "$project, here: the execution log" log_says "$log"
    linked_files "$(bin here)" "$dir/split"
    bazel_in here "$dir/$project" build "--$split=off" //...
    expect "$project, unsplit: builds" test $? -eq 0
    linked_files "$(bin here)" "$dir/unsplit"
    expect "$project: what is linked is what rustc links" same "$dir/unsplit" "$dir/split"
}

# built_by_cleaved PROJECT OPTION…: pipelined, codegen there and links here; then all from its cache.
built_by_cleaved() {
    local project=$1 log=$dir/log.json
    shift
    service_start "$dir/service" || return
    by_cleaved
    bazel_in first "$dir/$project" build "${remote[@]}" --execution_log_json_file="$log" "$@" //...
    expect "$project, by cleaved: builds" test $? -eq 0
    expect "$project, by cleaved: the execution log" log_says "$log" --remote
    linked_files "$(bin first)" "$dir/remote"
    expect "$project: linked here of what was compiled there" same "$dir/unsplit" "$dir/remote"

    # Another directory, another output base.
    rm -rf "$dir/elsewhere"
    cp -R "$dir/$project" "$dir/elsewhere"
    bazel_in second "$dir/elsewhere" build "${remote[@]}" --execution_log_json_file="$log" "$@" //...
    expect "$project, again: builds" test $? -eq 0
    expect "$project, again: every action is a hit" log_says "$log" --hits -
    if [[ $TEST_SCOPE == whole ]]; then
        bazel_in third "$dir/elsewhere" build "${remote[@]}" "--$link_cache=none" \
            --execution_log_json_file="$log" "$@" //...
        expect "$project, again, link_cache=none: every action but the links is a hit" \
            log_says "$log" --hits RustLink
    fi
    service_stop
    rm -rf "$dir/service"
}

# downloads PROJECT MODE: what isn't downloaded is neither needed here.
downloads() {
    service_start "$dir/service" || return
    by_cleaved
    bazel_in "$2" "$dir/$1" build "${remote[@]}" "--remote_download_$2" //...
    expect "$1, --remote_download_$2: builds" test $? -eq 0
    service_stop
    rm -rf "$dir/service"
}

# The spelling of strategies that people have in their configurations.
strategies() {
    local log=$dir/log.json
    service_start "$dir/service" || return
    by_cleaved
    bazel_in strategy "$dir/$1" build "${remote[@]}" --spawn_strategy=remote \
        --strategy=RustLink=sandboxed,local --execution_log_json_file="$log" //...
    expect "$1, --spawn_strategy=remote: builds" test $? -eq 0
    expect "$1, --spawn_strategy=remote: the execution log" log_says "$log" --remote
    service_stop
    rm -rf "$dir/service"
}

rm -rf "$dir"
mkdir -p "$dir"
bazel_setup "$dir/bazel"
trap 'service_stop 2>/dev/null; forget' EXIT
projects=(ripgrep)
if [[ ${TEST_SCOPE:=sample} == whole ]]; then
    projects=(ripgrep workspace)
fi
for project in "${projects[@]}"; do
    project_make "$project" "$dir/$project"
    expect "$project: cleave generate" test $? -eq 0
    built_here "$project"
    built_by_cleaved "$project"
    if [[ $TEST_SCOPE == whole ]]; then
        downloads "$project" minimal
        downloads "$project" toplevel
        strategies "$project"
    fi
    forget
done
finish
