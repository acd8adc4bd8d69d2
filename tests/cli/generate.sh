#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave generate bazel: what it writes for small workspaces, and what it refuses. All of the
# workspace with every shape is in tests/golden/generate.txt; UPDATE_GOLDEN=1 writes that anew.
source "$(dirname "$0")/lib.bash"
source "$top/tests/support/cargo_shapes.bash"
export CARGO_HOME=$work/cargo

# small [DEPENDENCY LINES]: ws/ with one member, app, and base outside of it, which has features.
small() {
    package base base 1.2.3 <<'END'
[features]
default = []
one = []
two = []
END
    workspace ws app </dev/null
    package ws/app app 0.1.0
    lock ws
}

generate() { (cd ws && cleave generate bazel "$@"); }

# rule FILE NAME: the rule with this name, alone.
rule() { awk -v "name=    name = \"$2\"," 'BEGIN { RS = "" } index($0, name)' "$1"; }

# has FILE NAME TEXT; lacks_text likewise
has() { rule "$1" "$2" | grep -qF -- "$3" || fail "$2 in $1 lacks $3: $(rule "$1" "$2")"; }
hasnt() {
    [[ -n $(rule "$1" "$2") ]] || fail "there is no $2 in $1"
    ! rule "$1" "$2" | grep -qF -- "$3" || fail "$2 in $1 has $3"
}

# settings TEXT…: lines at the end of the workspace's manifest
settings() { printf '%s\n' "$@" >>ws/Cargo.toml; }

foreign() { echo "ws/third_party/vendor/$1/BUILD.bazel"; }

dump() {
    local file
    (cd ws && find . -path './third_party/vendor/*' -type f | sort)
    for file in $(cd ws && find . -name BUILD.bazel | sort); do
        printf '\n=== %s\n' "$file"
        cat "ws/$file"
    done
}

every_shape_gives_the_build_files_that_are_known() {
    shapes "$PWD"
    generate --workspace
    silent
    dump >dumped
    if [[ ${UPDATE_GOLDEN:-} ]]; then
        cp dumped "$top/tests/golden/generate.txt"
    fi
    diff "$top/tests/golden/generate.txt" dumped || fail "other than tests/golden/generate.txt"
}

generating_again_changes_nothing_and_is_fresh() {
    shapes "$PWD"
    generate --workspace
    remember
    local times
    times=$(find ws -printf '%p %i %T@\n' | sort)
    generate --workspace
    untouched
    [[ $(find ws -printf '%p %i %T@\n' | sort) == "$times" ]] || fail "files were written again"
    generate --workspace --check
    silent
}

another_place_gives_the_same_bytes() {
    shapes "$PWD/a"
    mkdir -p b/deep
    shapes "$PWD/b/deep"
    (cd a/ws && cleave generate bazel --workspace)
    cleave generate bazel --workspace --manifest-path b/deep/ws/app/Cargo.toml \
        -o b/deep/ws/third_party
    diff -r --exclude Cargo.lock --exclude Cargo.toml a/ws b/deep/ws ||
        fail "the place is in the files"
}

features_of_the_host_and_of_the_target_stay_apart() {
    small <<'END'
[dependencies]
base = { path = "../../base", features = ["one"] }
[build-dependencies]
base = { path = "../../base", features = ["two"] }
END
    echo 'fn main() {}' >ws/app/build.rs
    generate --workspace
    has "$(foreign base-1.2.3)" base '"one"'
    hasnt "$(foreign base-1.2.3)" base '"two"'
    has "$(foreign base-1.2.3)" base__host '"two"'
    hasnt "$(foreign base-1.2.3)" base__host '"one"'
    has ws/app/BUILD.bazel app '"//third_party:base"'
    has ws/app/BUILD.bazel app__build_script '"//third_party:base__host"'
}

variants_that_are_the_same_are_one() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
[build-dependencies]
base = { path = "../../base" }
[dev-dependencies]
base = { path = "../../base" }
END
    echo 'fn main() {}' >ws/app/build.rs
    generate --workspace
    [[ $(grep -c '^    name = ' "$(foreign base-1.2.3)") -eq 1 ]] || fail "expected one variant"
    has ws/app/BUILD.bazel app__build_script '"//third_party:base"'
}

a_feature_of_another_platform_does_not_leak() {
    small <<'END'
[dependencies]
base = { path = "../../base", features = ["one"] }
[target.'cfg(windows)'.dependencies]
base = { path = "../../base", features = ["two"] }
END
    generate --target x86_64-unknown-linux-gnu
    hasnt "$(foreign base-1.2.3)" base '"two"'
    generate --target x86_64-pc-windows-gnu
    has "$(foreign base-1.2.3)" base '"two"'
}

a_feature_of_a_dev_dependency_does_not_leak() {
    small <<'END'
[dependencies]
base = { path = "../../base", features = ["one"] }
[dev-dependencies]
base = { path = "../../base", features = ["two"] }
END
    generate --workspace
    hasnt "$(foreign base-1.2.3)" base '"two"'
    has "$(foreign base-1.2.3)" base__test '"two"'
    has ws/app/BUILD.bazel app '"//third_party:base"'
    has ws/app/BUILD.bazel app_unit_test 'crate = ":app__test"'
}

build_dependencies_without_a_build_script_are_left_out() {
    small <<'END'
[build-dependencies]
base = { path = "../../base" }
END
    generate --workspace
    is_absent "$(foreign base-1.2.3)"
}

a_cargo_file_that_bazel_would_read_is_taken_out() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
END
    mkdir -p base/tests/BUILD.d base/target base/.git
    touch base/BUILD base/MODULE.bazel base/tests/BUILD.bazel base/tests/data base/BUILDING.md \
        base/target/CACHEDIR.TAG base/target/left base/.git/config base/tests/BUILD.d/file
    ln -s data base/tests/link
    ln -s nowhere base/tests/dangling
    chmod +x base/tests/data
    generate
    [[ $(cd ws/third_party/vendor/base-1.2.3 && find . -type f | sort | tr '\n' ' ') == \
        "./BUILD.bazel ./BUILDING.md ./Cargo.toml ./src/lib.rs ./tests/BUILD.d/file \
./tests/data ./tests/link " ]] || fail "$(find ws/third_party)"
    [[ -x ws/third_party/vendor/base-1.2.3/tests/data ]] || fail "the mode is lost"
}

stale_files_are_named_and_written_anew() {
    shapes "$PWD"
    generate --workspace
    echo '# more' >>ws/third_party/vendor/base-1.2.3/src/lib.rs
    mkdir -p ws/third_party/vendor/gone-1.0.0 ws/third_party/vendor/own
    cp ws/app/BUILD.bazel ws/third_party/vendor/gone-1.0.0
    rm ws/third_party/BUILD.bazel
    remember
    refuses 100 "3 of the generated files and folders are stale, $PWD/ws/third_party/BUILD.bazel \
and more; run cleave generate without --check" \
        "$CLEAVE" generate bazel --workspace --check --manifest-path ws/Cargo.toml \
        -o ws/third_party
    says "cleave: stale: $PWD/ws/third_party/vendor/base-1.2.3"
    says "cleave: stale: $PWD/ws/third_party/vendor/gone-1.0.0"
    untouched
    generate --workspace
    generate --workspace --check
    is_absent ws/third_party/vendor/gone-1.0.0
    is_there ws/third_party/vendor/own
}

a_build_file_that_was_taken_over_is_left_alone() {
    shapes "$PWD"
    echo '# mine' >ws/app/BUILD.bazel
    generate --workspace
    says "cleave: $PWD/ws/app/BUILD.bazel was not generated, or has been taken over: left alone"
    [[ $(<ws/app/BUILD.bazel) == '# mine' ]] || fail "it was written"
    generate --workspace --check
}

a_folder_in_the_way_is_refused() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
END
    mkdir -p ws/third_party/vendor/base-1.2.3
    touch ws/third_party/vendor/base-1.2.3/mine
    remember
    cd ws
    refuses 102 "$PWD/third_party/vendor/base-1.2.3 is there and was not generated; remove it, \
or give another -o" "$CLEAVE" generate bazel
    cd ..
    untouched
}

overrides_change_what_they_name() {
    package other other 2.0.0 </dev/null
    small <<'END'
[dependencies]
base = { path = "../../base" }
other = { path = "../../other" }
END
    echo 'fn main() {}' | tee base/build.rs >ws/app/build.rs
    lock ws
    settings '[workspace.metadata.cleave.base]' 'env = { CARGO_PKG_HOMEPAGE = "there", X = "1" }' \
        'build_script_env = { Y = "2" }' 'data = ["//data"]' 'tools = ["//tool"]' \
        'rustc_flags = ["-Copt-level=3"]' 'deps = ["//native:lib"]' 'discard = ["*.pc"]' \
        '[workspace.metadata.cleave."base@1.2".platform."*-linux-*"]' 'env = { L = "linux" }' \
        '[workspace.metadata.cleave.base.platform."*-windows-*"]' 'env = { W = "windows" }' \
        '[workspace.metadata.cleave.other]' 'replace = "//mine:other"' \
        '[workspace.metadata.cleave.app]' 'build_script = false'
    generate --workspace --target x86_64-unknown-linux-gnu
    local file text
    file=$(foreign base-1.2.3)
    for text in '"CARGO_PKG_HOMEPAGE": "there"' '"X": "1"' '"L": "linux"' '+ ["//data"]' \
        '"-Copt-level=3"' '"//native:lib"' '":base__build_script"'; do
        has "$file" base "$text"
    done
    hasnt "$file" base windows
    for text in 'build_script_env = {"Y": "2"}' 'tools = ["//tool"]' 'discard = ["*.pc"]' \
        '+ ["//data"]'; do
        has "$file" base__build_script "$text"
    done
    is_absent "$(foreign other-2.0.0)"
    has ws/third_party/BUILD.bazel other 'actual = "//mine:other"'
    has ws/app/BUILD.bazel app '"//third_party:other"'
    ! grep -q build_script ws/app/BUILD.bazel || fail "the build script is off"
}

a_member_may_say_overrides_too() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
[package.metadata.cleave.base]
rustc_flags = ["-Cdebuginfo=0"]
END
    generate
    has "$(foreign base-1.2.3)" base '"-Cdebuginfo=0"'
}

patches_are_applied_to_the_copy() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
END
    settings '[workspace.metadata.cleave.base]' 'patches = ["fix.patch"]'
    printf '%s\n' '--- a/src/lib.rs' '+++ b/src/lib.rs' '@@ -1 +1 @@' '-pub fn name() {}' \
        '+pub fn patched() {}' >ws/fix.patch
    generate
    [[ $(<ws/third_party/vendor/base-1.2.3/src/lib.rs) == 'pub fn patched() {}' ]] ||
        fail "not patched"
    generate --check
    rm -r ws/third_party
    echo 'pub fn else() {}' >base/src/lib.rs
    cd ws
    refuses 100 "the patch $PWD/fix.patch does not apply" "$CLEAVE" generate bazel
    is_absent third_party/vendor/base-1.2.3
    rm fix.patch
    refuses 100 "there is no patch $PWD/fix.patch" "$CLEAVE" generate bazel
}

# Each line: the message's end | lines of the workspace's manifest, separated by ;
wrong_settings_are_named() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
END
    local message lines before=$PWD
    cp ws/Cargo.toml manifest
    while IFS='|' read -r message lines; do
        cp manifest ws/Cargo.toml
        tr ';' '\n' <<<"$lines" >>ws/Cargo.toml
        cd ws
        refuses 100 "${message//HERE/$PWD/Cargo.toml}" "$CLEAVE" generate bazel
        is_absent third_party
        cd "$before"
    done <<'END'
HERE: unknown key envs in [workspace.metadata.cleave.base]; there are: build_script, replace, env, build_script_env, data, tools, rustc_flags, deps, patches, discard, platform|[workspace.metadata.cleave.base];envs = {}
HERE: [workspace.metadata.cleave.bas] is unused: no crate bas is built here; take it out|[workspace.metadata.cleave.bas];env = {}
HERE: [workspace.metadata.cleave."base@1.3"] is unused: no crate base 1.3 is built here; take it out|[workspace.metadata.cleave."base@1.3"];env = {}
HERE: env in [workspace.metadata.cleave.base] must be a table of strings|[workspace.metadata.cleave.base];env = ["a"]
HERE: data in [workspace.metadata.cleave.base] must be a list of strings|[workspace.metadata.cleave.base];data = "a"
HERE: build_script in [workspace.metadata.cleave.base] must be true or false|[workspace.metadata.cleave.base];build_script = 1
HERE: replace in [workspace.metadata.cleave.base] must be a string|[workspace.metadata.cleave.base];replace = true
HERE: workspace.metadata.cleave.base must be a table of the crate base|[workspace.metadata.cleave];base = 1
HERE: [workspace.metadata.cleave.base.platform."*"] must be a table|[workspace.metadata.cleave.base.platform];"*" = 1
HERE: platform in [workspace.metadata.cleave.base] must be a table of triples|[workspace.metadata.cleave.base];platform = 1
HERE: unknown key replaces in [workspace.metadata.cleave.base.platform."*"]; there are: build_script, replace, env, build_script_env, data, tools, rustc_flags, deps, patches, discard, platform|[workspace.metadata.cleave.base.platform."*"];replaces = ""
[workspace.metadata.cleave."base@1"] says another replace of the crate base than a table before it|[workspace.metadata.cleave.base];replace = "//a";[workspace.metadata.cleave."base@1"];replace = "//b"
[workspace.metadata.cleave."base@1"] says another build_script of the crate base than a table before it|[workspace.metadata.cleave.base];build_script = false;[workspace.metadata.cleave."base@1"];build_script = true
build_script = true is said of base 1.2.3, which has no build script|[workspace.metadata.cleave.base];build_script = true
patches are said of app, a member of the workspace; change its source|[workspace.metadata.cleave.app];patches = ["a"]
replace is said of app, a member of the workspace; edit its build file|[workspace.metadata.cleave.app];replace = "//a"
END
}

an_override_for_other_platforms_alone_need_not_be_used() {
    small </dev/null
    settings '[workspace.metadata.cleave.winapi.platform."*-windows-*"]' 'env = { A = "1" }'
    generate --target x86_64-unknown-linux-gnu
}

a_lock_file_that_is_missing_or_old_is_named() {
    small </dev/null
    cp ws/Cargo.lock old.lock
    rm ws/Cargo.lock
    cd ws
    refuses 100 "there is no $PWD/Cargo.lock; run \`cargo generate-lockfile\`" \
        "$CLEAVE" generate bazel
    is_absent Cargo.lock
    cp ../old.lock Cargo.lock
    printf '[dependencies]\nbase = { path = "../../base" }\n' >>app/Cargo.toml
    expect 100 "$CLEAVE" generate bazel
    says "cleave: error: Cargo.lock is out of date; run \`cargo update --workspace\`"
    same Cargo.lock ../old.lock
    is_absent third_party
}

what_cargo_says_is_passed_on() {
    small </dev/null
    echo 'nonsense' >>ws/app/Cargo.toml
    cd ws
    expect 100 "$CLEAVE" generate bazel
    says "cleave: error: cargo "
    says "nonsense"
}

packages_that_depend_on_each_other_are_named() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
END
    printf '[dependencies]\napp = { path = "../ws/app" }\n' >>base/Cargo.toml
    cd ws
    expect 100 "$CLEAVE" generate bazel
    says "cyclic package dependency"
    says "base"
}

a_place_outside_of_bazel_is_refused() {
    small </dev/null
    rm ws/WORKSPACE
    cd ws
    refuses 100 "$PWD/third_party is in no Bazel workspace; make a MODULE.bazel or WORKSPACE in \
its root" "$CLEAVE" generate bazel
}

a_member_outside_of_the_bazel_workspace_is_refused() {
    small </dev/null
    mkdir bazel
    touch bazel/WORKSPACE
    refuses 100 "the member app lies in $PWD/ws/app, outside of the Bazel workspace $PWD/bazel" \
        "$CLEAVE" generate bazel --workspace --manifest-path ws/Cargo.toml -o bazel/third_party
    cleave generate bazel --manifest-path ws/Cargo.toml -o bazel/third_party
}

a_foreign_crate_that_needs_a_member_needs_its_build_file() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
END
    workspace ws app low </dev/null
    package ws/low low 0.1.0 </dev/null
    printf '[dependencies]\nlow = { path = "../ws/low" }\n' >>base/Cargo.toml
    lock ws
    cd ws
    refuses 100 "base depends on the member low, which has no build file; give --workspace" \
        "$CLEAVE" generate bazel
    cleave generate bazel --workspace
    has third_party/vendor/base-1.2.3/BUILD.bazel base '"//low"'
}

members_and_foreign_crates_cannot_share_a_build_file() {
    small </dev/null
    refuses 100 "foreign crates and the member app can't share one build file; give another -o" \
        "$CLEAVE" generate bazel --workspace --manifest-path ws/Cargo.toml -o ws/app
}

a_target_without_its_source_in_the_package_is_named() {
    small <<'END'
[lib]
path = "../lib.rs"
END
    touch ws/lib.rs
    cd ws
    refuses 100 "the source of app of app 0.1.0 lies outside of $PWD/app, and Bazel can't name it" \
        "$CLEAVE" generate bazel --workspace
}

the_repository_of_the_rules_can_be_named() {
    small <<'END'
[dependencies]
base = { path = "../../base" }
END
    generate --rules-repository @rules
    grep -q '^load("@rules//rules:defs.bzl", "rust_library")$' "$(foreign base-1.2.3)" ||
        fail "not loaded from there"
}

wrong_command_lines_are_refused() {
    refuses 101 "unknown build system buck2; there is: bazel" "$CLEAVE" generate buck2
    refuses 101 "give one build system, bazel: cleave generate bazel [-o DIR] [OPTION]…" \
        "$CLEAVE" generate
    mkdir ws
    touch ws/WORKSPACE
    cd ws
    refuses 100 "there is no $PWD/Cargo.toml; give --manifest-path" "$CLEAVE" generate bazel
    cleave generate --help
    prints "cleave generate bazel --workspace -o third_party"
}

run_tests "$@"
