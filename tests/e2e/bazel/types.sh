#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# A real Bazel builds one target, or some, of each kind that the rules make or take (tests/e2e/bazel/types):
# what is built runs, equals what rustc alone links, and is linked anew without rustc where only the link changed.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/bazel/expect.bash
source tests/e2e/bazel/expect.bash

finish() {
    bazel_stop
    echo "$passed passed, $failed failed"
    [[ $failed -eq 0 ]]
    exit
}

# build WORDS… shows what Bazel said only if the build fails.
build() {
    bazel_run build "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        return 1
    }
}

prints() {
    local wanted=$1 answer
    shift
    answer=$("$@" 2>&1)
    [[ $answer == "$wanted" ]] || {
        printf '%s printed:\n%s\ninstead of:\n%s\n' "$*" "$answer" "$wanted"
        return 1
    }
}

# fails_with TEXT TARGET
fails_with() {
    local words
    if bazel_run build "$2" >"$work/log" 2>&1; then
        echo "$2 was built"
        return 1
    fi
    for words in "${@:3}" "$1"; do
        grep -qF -- "$words" "$work/log" || {
            cat "$work/log"
            return 1
        }
    done
}

# What was linked: RustLink's outputs, from the execution root.
linked_files() {
    bazel_run aquery "$@" 'mnemonic("RustLink", //...)' 2>/dev/null |
        sed -n 's/^ *Outputs: \[\(.*\)\]$/\1/p' | sort -u
}

# keep LIST DIR copies the files of a list to a folder.
keep() {
    mkdir -p "$2"
    (cd "$root" && xargs cp --parents -t "$2") <"$1"
}

# same LIST DIR compares the files of a list with the copies in a folder.
same() {
    local path differ=0
    while read -r path; do
        if ! cmp "$root/$path" "$2/$path"; then
            differ=1
        fi
    done <"$1"
    return "$differ"
}

# reruns MNEMONIC counts the actions of a kind in the execution log of the last build.
reruns() {
    grep -c "\"mnemonic\": \"$1\"" "$work/execution.json"
}

links_only() {
    [[ $(reruns RustCodegen) -eq 0 && $(reruns RustLink) -gt 0 ]] || {
        grep -E '"(mnemonic|progressMessage)"' "$work/execution.json"
        return 1
    }
}

# The proc macro that runs the C library is another one: what it is used in is compiled.
links_but_for_the_macro() {
    [[ $(reruns RustLink) -gt 3 && $(reruns RustCodegen) -eq 1 ]] &&
        grep -q thirteen_user.unit "$work/execution.json"
}

# after FILE SCRIPT edits a file of the workspace by sed, and builds.
after() {
    sed -i.before "$2" "$workspace/$1"
    if cmp -s "$workspace/$1" "$workspace/$1.before"; then
        echo "$2 changed nothing in $1"
        return 1
    fi
    build --execution_log_json_file="$work/execution.json" //...
}

dynamic_symbols() {
    nm -D --defined-only "$1" | sed 's/.* //; s/@.*//'
}

exports_only() {
    [[ $(dynamic_symbols "$1" | grep -v '^BARE_1$') == "$2" ]]
}

exports() {
    dynamic_symbols "$1" | grep -qx "$2"
}

lacks_section() {
    ! readelf -SW "$1" | grep -qF " $2 "
}

bazel_setup "${BUILD:-build}/bazel-types"
work=$bazel_dir
workspace=$work/workspace
rm -rf "$workspace" "$work"/{on,opt}
cp -r tests/e2e/bazel/types "$workspace"
cat >"$workspace/WORKSPACE" <<END
local_repository(name = "cleave", path = "$PWD")

load("@cleave//toolchain:repositories.bzl", "rust_toolchains")

rust_toolchains(cleave = "$(realpath "${CLEAVE:-build/cleave}")")
END
cd "$workspace" || exit 1

if ! build -k //...; then
    failed=$((failed + 1))
    finish
fi
root=$(bazel_run info execution_root 2>/dev/null)
bin=$(bazel_run info bazel-bin 2>/dev/null)

# Programs, from bazel-bin, with what they print.
while read -r program wanted; do
    expect "$program runs" prints "$(printf %b "$wanted")" "$bin/$program"
done <<'END'
libs/chain top: 42 from libs/leaf.rs
libs/macro_user 42 84
libs/thirteen_user 13
libs/dylib_user "shared" from libs/leaf.rs 43
libs/shared_native_user 124 13
libs/dynamic_std top: 42 from libs/leaf.rs
libs/lto top: 42 from libs/leaf.rs
far/far 43 99
native/both 13 14
native/count_registered 7
native/own_registered 7
native/dynamic_user 99
native/named_user 5
native/names_its_own 5 99
native/unbundled_user 5
native/link_deps 12 3
c/c_of_cdylib 42 from libs/leaf.rs
c/c_of_staticlib 42 from libs/leaf.rs
c/c_of_bare 42
c/c_of_natives_shared 124
c/c_of_natives_static 124
attrs/by_bfd plain
c/c_of_alwayslink 8
attrs/two-versions loud 1.4.2 /quiet 2.0.0-beta.3 beta.3
attrs/show written text\nwritten text\na value = with "signs" 17
attrs/stripped plain
attrs/debug plain
attrs/greeter it's "$you" attrs/fixtures/input.txt by\x20
attrs/greeted it's "$you" attrs/fixtures/input.txt by an action
script/scripted_program by the script 21 3 true 77
script_user/script_user sweet by the script 21 3 true
END
for target in libs:dylib_user far:far libs:dynamic_std c:c_of_cdylib; do
    program=${target/:/\/}
    expect "bazel run //$target" prints "$("$bin/$program")" bazel_run run --ui_event_filters=-info,-stdout,-stderr "//$target"
done

expect "the version script holds for a no_std archive" exports_only "$bin/c/libbare_plugin.so" bare_plugin
expect "the dynamic list is kept to" exports "$bin/native/link_deps" seen_by_plugins
expect "-Cstrip=symbols strips" lacks_section "$bin/attrs/stripped" .symtab
expect "-Cstrip=debuginfo strips" lacks_section "$bin/attrs/debug" .debug_info

results=$(bazel_run test --test_output=errors --test_summary=short //... 2>&1)
ran=$(grep -c '^//.* PASSED in ' <<<"$results")
wanted=$(cat ./*/BUILD.bazel | grep -cE '^(rust|cc|sh)_test\(')
expect "there are tests" test "$wanted" -gt 10
passed=$((passed + ran)) failed=$((failed + wanted - ran))
if [[ $ran -ne $wanted ]]; then
    echo "$results"
fi

# A proc macro or dylib that has C libraries below differs: its metadata holds a hash of rustc's `-l`, and codegen isn't told these libraries.
linked_files | grep -vE '/lib(thirteen|shared_native)-' >"$work/linked"
(cd "$root" && ls bazel-out/*/bin/libs/*.rlib/*.rlib) >"$work/rlibs"
cat "$work/rlibs" >>"$work/linked"
expect "aquery lists what was linked" test "$(wc -l <"$work/linked")" -gt 30
keep "$work/linked" "$work/on"
expect "split=off builds" build --@cleave//rules:split=off //...
expect "what rustc alone links is the same" same "$work/linked" "$work/on"
expect "pipelining=on builds" build --@cleave//rules:pipelining=on //...
expect "with pipelining, what is linked is the same" same "$work/linked" "$work/on"

# Optimized, a C library has two archives, with and without PIC.
optimized=(-c opt //native/... //c/... //script/...)
expect "-c opt builds" build "${optimized[@]}"
linked_files -c opt | grep -E '/k8-opt/bin/(native|c|script)/' >"$work/optimized"
expect "aquery lists what was linked" test "$(wc -l <"$work/optimized")" -gt 10
keep "$work/optimized" "$work/opt"
expect "-c opt, split=off builds" build --@cleave//rules:split=off "${optimized[@]}"
expect "what rustc alone links is the same, optimized" same "$work/optimized" "$work/opt"

# Changes that concern the link alone.
expect "all builds again" build //...
expect "a -Clink-arg of a program changes" after attrs/BUILD.bazel 's/-Wl,-z,now/-Wl,-z,lazy/'
expect "and rustc doesn't run for it" links_only
expect "a C library's source changes" after native/add.c 's/a + b/a + b + 1000/'
expect "and rustc runs for no crate above it" links_but_for_the_macro
expect "and its dependents have it" prints "1013 2014" "$bin/native/both"
expect "a C library's linkopts change" after native/BUILD.bazel 's/"-lm"/"-lm", "-lpthread", "-Wl,-z,nodelete"/'
expect "and rustc runs for no crate above it" links_but_for_the_macro
expect "a shared library's source changes" after native/dynamic.c 's/99/98/'
expect "and rustc doesn't run for it" links_only
expect "and the program that uses it has it" prints 98 "$bin/native/dynamic_user"
expect "a linker script changes" after native/marks.ld 's/marks_start = .;/marks_start = .; LONG(0)/'
expect "and rustc doesn't run for it" links_only
expect "and the link has it" prints "16 1003" "$bin/native/link_deps"
expect "a library that a source names changes" after native/named.c 's/5/6/'
expect "and rustc runs for its crate" test "$(reruns RustCodegen)" -gt 0
expect "and its dependents have it" prints 6 "$bin/native/named_user"

# Stamped.
stamped=(--workspace_status_command="$workspace/attrs/status" //attrs:stamped)
expect "a library with stamp = 1 is built" build "${stamped[@]}"
expect "it has the workspace status, and the program hasn't" \
    prints "at r1 {UNKNOWN}, built by {STABLE_BUILDER} at {VOLATILE_TIME}" "$bin/attrs/stamped"
expect "a program is stamped by --stamp" build --stamp "${stamped[@]}"
expect "and has both kinds of status" prints "at r1 {UNKNOWN}, built by the tests at noon" "$bin/attrs/stamped"
REVISION=r2 expect "the status changes" build --stamp --@cleave//rules:pipelining=on "${stamped[@]}"
expect "and the stamped crates are built anew" prints "at r2 {UNKNOWN}, built by the tests at noon" "$bin/attrs/stamped"

expect "a build script that fails says so" fails_with "the script wants a thing" //script:failing \
    //script:failing_build_script "exit status 3"
expect "a build script that leaves the execution root in OUT_DIR is refused" fails_with leak.txt \
    //script:leaking_build_script //script:leaking_build_script
expect "a library to name that has no archive is refused" fails_with \
    "//native:names_none: codegen_deps: //native:only_headers has no library of its own" //native:names_none
finish
