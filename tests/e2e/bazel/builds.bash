# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# The builds of a project: here without a split; by a service, from two output bases; by a service
# whose workers have no C compiler. To be sourced after debian.bash, project.bash and
# tests/e2e/reapi/expect.bash, from the top of the tree.
#
# builds_setup DIR empties DIR: projects, output bases and what was linked lie below it.
# `service_address` is where the service is that `by_service` and all after it use.

split=@cleave//rules:split pipelining=@cleave//rules:pipelining link_cache=@cleave//rules:link_cache
# What keeps C compilers' work here: the line of .bazelrc in docs/bazel.md.
c_stays_here=$(sed -n 's/^ *build:remote \(--modify_execution_info=.*\)/\1/p' docs/bazel.md)

builds_setup() {
    dir=$1
    bases=()
    rm -rf "$dir"
    mkdir -p "$dir"
    bazel_setup "$dir/bazel"
}

# bazel_in BASE WORKSPACE COMMAND…: with an output base of that name; what it says is in $out.
bazel_in() {
    local base=$dir/base-$1 workspace=$2 status
    shift 2
    bases+=("$base")
    out=$dir/out.txt
    SECONDS=0
    (cd "$workspace" && bazel_run --output_base="$base" "$@") >"$out" 2>&1
    status=$?
    echo "    $(basename "$workspace"): $SECONDS s: $*" | sed 's/grpc:[^ ]*/…/g; s/--execution[^ ]*//' | cut -c1-160
    return $status
}

# bin BASE: its bazel-bin.
bin() {
    echo "$dir/base-$1/execroot/__main__/bazel-out/k8-fastbuild/bin"
}

by_service() {
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
    local base
    for base in "${bases[@]}"; do
        (cd "$project_top" && bazel_run --output_base="$base" shutdown) 2>/dev/null
        chmod -R u+w "$base"
        rm -rf "$base"
    done
    bases=()
}

# built_unsplit PROJECT: what rustc links is in $dir/unsplit.
built_unsplit() {
    bazel_in here "$dir/$1" build "--$split=off" //...
    expect "$1, unsplit: builds" test $? -eq 0
    linked_files "$(bin here)" "$dir/unsplit"
}

# built_by SERVICE PROJECT OPTION…: pipelined, codegen there and links here; then all from its cache.
built_by() {
    local service=$1 project=$2 log=$dir/log.json
    shift 2
    by_service
    bazel_in first "$dir/$project" build "${remote[@]}" --execution_log_json_file="$log" "$@" //...
    expect "$project, by $service: builds" test $? -eq 0
    expect "$project, by $service: the execution log" log_says "$log" --remote
    cp "$log" "$dir/first.json"
    linked_files "$(bin first)" "$dir/remote"
    expect "$project, by $service: linked here of what was compiled there" same "$dir/unsplit" "$dir/remote"

    # Another directory, another output base.
    rm -rf "$dir/elsewhere"
    cp -R "$dir/$project" "$dir/elsewhere"
    bazel_in second "$dir/elsewhere" build "${remote[@]}" --execution_log_json_file="$log" "$@" //...
    expect "$project, by $service, again: builds" test $? -eq 0
    expect "$project, by $service, again: every action is a hit" log_says "$log" --hits -
}

# c_built_by SERVICE: programs over C libraries and a build script that compiles C, all of whose C
# is compiled here. $dir/types is the project; here/types lists what ran here.
c_built_by() {
    local log=$dir/log.json
    by_service
    bazel_in types "$dir/types" build "${remote[@]}" "$c_stays_here" --execution_log_json_file="$log" \
        //native:both //script_user
    expect "C, by $1: builds" test $? -eq 0
    expect "C, by $1: what compiles C ran here, all else there" \
        log_says "$log" --remote --here tests/e2e/bazel/here/types
    expect "C, by $1: the program works" test "$("$(bin types)/native/both")" = '13 14'
}
