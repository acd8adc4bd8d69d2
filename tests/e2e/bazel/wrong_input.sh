#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Wrong input to the rules: each message names the target, the attribute and what to do. The
# workspace wrong/ has a target for each; Bazel builds all of them in one go and goes on.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash

workspace=$PWD/tests/e2e/bazel/wrong
dir=$(realpath -m "${BUILD:-build}/bazel-wrong")
cleave=$(realpath "${CLEAVE:-build/cleave}")
out=$dir/out.txt
passed=0 failed=0

# in_workspace COMMAND…: what Bazel says is in $out.
in_workspace() {
    (cd "$workspace" && bazel_run "$@") >"$out" 2>&1
}

# Pipelining is on, so that the macro that tells the time is found out.
build() {
    in_workspace build --keep_going --show_result=99 --repo_env=PATH="$dir/bin:$PATH" \
        --@cleave//rules:pipelining=on "$@"
}

# stanza WORDS…: prints the first of Bazel's errors that has all of them.
stanza() {
    awk -v RS='\n(ERROR|INFO|WARNING|Target|Analyzing|Loading): ' '
        { for (i = 1; i < ARGC; i++) if (!index($0, words[i])) next; print; exit }
        BEGIN { for (i = 1; i < ARGC; i++) { words[i] = ARGV[i]; ARGV[i] = "" } }' "$@" <"$out"
}

# count NAME STATUS
count() {
    if [[ $2 -eq 0 ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $1"
    fi
}

# says NAME WORDS…: one error of the last command has all the words.
says() {
    local name=$1
    shift
    [[ -n $(stanza "$@") ]]
    count "$name" $?
}

# builds NAME TARGET: the last command could.
builds() {
    grep -q "^Target $2 up-to-date\|^  $2\$" "$out"
    count "$1" $?
}

# analysed NAME TARGET: the last command, which wasn't to build, found nothing wrong.
analysed() {
    ! grep -q "ERROR.*$2\|errors encountered.*'$2'" "$out"
    count "$1" $?
}

# show_when_failed COUNT: what Bazel said, when more tests failed than before.
show_when_failed() {
    if [[ $failed -gt $1 ]]; then
        sed 's/^/    /' "$out"
    fi
}

attributes() {
    says "an owned flag" //:owned_flag: rustc_flags "--crate-type=cdylib is the rule's own" "use its attributes"
    says "an owned flag in two words" //:owned_flag_in_two_words: rustc_flags "--crate-type is the rule's own"
    says "incremental" //:incremental: rustc_flags -Cincremental=here "leave it out"
    says "incremental in two words" //:incremental_in_two_words: rustc_flags -Cincremental=here "leave it out"
    says "target-cpu=native" //:native_cpu "target-cpu=native depends on the machine" "name the processor"
    says "a program in deps" "//:program_in_deps: deps: //:program:" "use data"
    says "a proc macro in deps" "//:macro_in_deps: deps: //:clock:" "list it in proc_macro_deps"
    says "a library in proc_macro_deps" "//:library_in_proc_macro_deps: proc_macro_deps: //:good " "list it in deps"
    says "a file in deps" "in deps attribute of rust_library rule //:file_in_deps" "source file '//:main.rs' is misplaced"
    says "an alias of no dependency" "//:alias_of_no_dep: aliases: //:good_too is in neither deps" "take the alias out"
    says "no srcs" "//:no_srcs: srcs: is empty" "name the crate's source files"
    says "no crate root" "//:no_crate_root: crate_root: " "Set crate_root"
    says "a crate name that can't be one" '//:no_crate_name: crate_name: "not.a.name"' "set crate_name"
    says "two dependencies of one name" "//:two_of_one_name: deps: //:good and //:good_too" "by aliases"
    builds "two of one name, renamed" //:two_of_one_name_renamed
    says "a dependency cycle" "cycle in dependency graph" //:cycle_a //:cycle_b
}

scripts() {
    says "a build script that fails" //script:fails "failed with exit status 3" "no such planet"
    says "a build script that prints nonsense" //script:prints_nonsense "cargo:rustc-flags=--nonsense" "-l and -L"
    says "a build script that leaves the execution root" //script:leaks where.txt "in OUT_DIR" "discard what nobody needs"
}

macros() {
    says "a macro that isn't deterministic" //:changes "isn't deterministic" "disable_pipelining = True"
    builds "a macro that says so" //:changes_and_says_so
    builds "LTO asked of a library" //:lto_library
    local program=$bin/lto
    [[ $("$program") == $'spoken before main\nmain' ]]
    count "LTO reads real rlibs" $?
}

platforms() {
    says "an execution platform unlike this machine" //unlike:linked_here x86_64-unknown-linux-gnu \
        aarch64-unknown-linux-gnu 'link = "remote"'
    analysed "the same, linked there" //unlike:with_macro_linked_remote
}

# What workers have: rustc of another version, or none.
workers() {
    local before=$failed version
    version=$(/usr/bin/rustc -vV | head -n 1)
    build --extra_toolchains=//unlike:other_for_codegen,//unlike:other_for_link //:good //:program
    says "rustc of another version, a library" //:good "$version" "rustc 1.2.3 (promised)" \
        "version of rust_toolchain"
    says "rustc of another version, a program" //:program "$version" "rustc 1.2.3 (promised)" \
        "version of rust_toolchain"
    show_when_failed "$before"
    build --nobuild --extra_toolchains=//unlike:other_for_codegen //:program
    says "a link with the std of another rustc" "//:program: link: " "rustc 1.2.3 (promised)" \
        "link_toolchain_type, too"
    before=$failed
    build --extra_toolchains=//unlike:nowhere_for_codegen,//unlike:nowhere_for_link //:good
    says "a worker without the rustc that it should have" //:good \
        "cannot run /nowhere/bin/rustc" "rustc 1.2.3 (promised)" "install it there"
    show_when_failed "$before"
}

# A machine without jansson: pkg-config has no such package.
repositories() {
    local before=$failed
    mkdir -p "$dir/lacking"
    cat >"$dir/lacking/pkg-config" <<'END'
#!/bin/sh
[ "$2" != jansson ]
END
    chmod +x "$dir/lacking/pkg-config"
    in_workspace query --keep_going --repo_env=PATH="$dir/lacking:$dir/bin:$PATH" \
        "@no_cleave//:all + @no_rustc//:all + @no_library//:all + @other_version//:all + @foreign_libraries//:all"
    says "no cleave" "no_cleave: no /nowhere/cleave" "give cleave = its path"
    says "no rustc" "no_rustc: no no-such-rustc in PATH" "give rustc = its path"
    says "no library to build cleave with" "no_library: cleave can't be built" "install libjansson-dev" cleave_url
    says "rustc of another version" "other_version: rustc is " 'version = "1.2.3"' "name it by rustc ="
    says "an upload of a rustc with libraries elsewhere" "foreign_libraries: " "can't be uploaded" \
        "librustc_driver" 'rustc_on_workers = "preinstalled"'
    show_when_failed "$before"
}

flags() {
    local before=$failed
    build --@cleave//rules:split=maybe --nobuild //:good
    says "an unknown value of a flag" '//rules:split is "maybe"' "it may be on or off"
    show_when_failed "$before"
}

bazel_setup "$dir"
mkdir -p "$dir/bin"
ln -sf "$cleave" "$dir/bin/cleave"
printf 'build --experimental_exec_groups --host_compilation_mode=fastbuild\n' >>"$dir/bazelrc"
build //:all //script:all
bin=$(cd "$workspace" && bazel_run info bazel-bin 2>/dev/null)
attributes
scripts
macros
show_when_failed 0
before=$failed
build --nobuild --extra_execution_platforms=//unlike:worker \
    --extra_toolchains=//unlike:for_aarch64,//unlike:for_x86_64,//unlike:c_for_x86_64 \
    //unlike:with_macro_linked_here //unlike:with_macro_linked_remote
platforms
show_when_failed "$before"
workers
flags
repositories
bazel_stop
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
