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
# shellcheck source=tests/e2e/bazel/builds.bash
source tests/e2e/bazel/builds.bash

export PYTHONDONTWRITEBYTECODE=1

# built_here PROJECT: here, tests included, split and not.
built_here() {
    local project=$1 log=$dir/log.json
    bazel_in here "$dir/$project" test --execution_log_json_file="$log" --test_output=errors //...
    expect "$project, here: builds, and its tests pass" test $? -eq 0
    expect "$project, here: the execution log" log_says "$log"
    linked_files "$(bin here)" "$dir/split"
    built_unsplit "$project"
    expect "$project: what is linked is what rustc links" same "$dir/unsplit" "$dir/split"
}

# built_by_cleaved PROJECT: all of it; where the links aren't cached, they alone run again.
built_by_cleaved() {
    local project=$1 log=$dir/log.json
    service_start "$dir/service" || return
    built_by cleaved "$project"
    if [[ $TEST_SCOPE == whole ]]; then
        bazel_in third "$dir/elsewhere" build "${remote[@]}" "--$link_cache=none" \
            --execution_log_json_file="$log" //...
        expect "$project, again, link_cache=none: every action but the links is a hit" \
            log_says "$log" --hits RustLink
    fi
    service_stop
    rm -rf "$dir/service"
}

# downloads PROJECT MODE: what isn't downloaded is neither needed here.
downloads() {
    service_start "$dir/service" || return
    by_service
    bazel_in "$2" "$dir/$1" build "${remote[@]}" "--remote_download_$2" //...
    expect "$1, --remote_download_$2: builds" test $? -eq 0
    service_stop
    rm -rf "$dir/service"
}

# The spelling of strategies that people have in their configurations.
strategies() {
    local log=$dir/log.json
    service_start "$dir/service" || return
    by_service
    bazel_in strategy "$dir/$1" build "${remote[@]}" --spawn_strategy=remote \
        --strategy=RustLink=sandboxed,local --execution_log_json_file="$log" //...
    expect "$1, --spawn_strategy=remote: builds" test $? -eq 0
    expect "$1, --spawn_strategy=remote: the execution log" log_says "$log" --remote
    service_stop
    rm -rf "$dir/service"
}

# C actions and build scripts stay here, named in here/types, by the option that docs/bazel.md has.
c_compiled_here() {
    service_start "$dir/service" || return
    project_make types "$dir/types"
    c_built_by cleaved
    service_stop
    rm -rf "$dir/service"
}

builds_setup "$(realpath -m "${BUILD:-build}/bazel-projects")"
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
c_compiled_here
finish
