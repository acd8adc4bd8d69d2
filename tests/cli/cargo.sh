#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Cargo on a package of two crates, by `cleave cargo` and by the bare RUSTC_WRAPPER. No network.
source "$(dirname "$0")/lib.bash"

# package: a program, its library with a test, and a build script
package() {
    mkdir -p app/src dep/src
    printf '[workspace]\nmembers = ["app", "dep"]\nresolver = "2"\n' >Cargo.toml
    printf '[package]\nname = "dep"\nversion = "0.1.0"\nedition = "2021"\n' >dep/Cargo.toml
    printf '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n' >app/Cargo.toml
    printf '[dependencies]\ndep = { path = "../dep" }\n' >>app/Cargo.toml
    echo 'pub fn answer() -> u32 { 42 }
#[test] fn it_is_known() { assert_eq!(answer(), 42) }' >dep/src/lib.rs
    echo 'fn main() { println!("{}", dep::answer()) }' >app/src/main.rs
    echo 'fn main() { println!("cargo:rerun-if-changed=build.rs") }' >app/build.rs
}

# plainly: what Cargo alone builds of the package here, kept in plain.out
plainly() {
    CARGO_INCREMENTAL=0 cargo build --offline --quiet "$@"
    mv target plain.out
}

# wrapped ARGS…: Cargo with the bare wrapper, as few users would: not incremental
wrapped() {
    CARGO_INCREMENTAL=0 RUSTC_WRAPPER=$CLEAVE CLEAVE_LOG=$place/log expect 0 cargo "$@" --offline
}

# outcome PATTERN…: each is a line of the log
outcome() {
    for pattern; do
        grep -qE "^$pattern$" "$place/log" || fail "expected $pattern in: $(<"$place/log")"
    done
}

the_bare_wrapper_says_nothing_and_gives_the_same_bytes() {
    package
    plainly
    wrapped build --quiet
    silent
    outcome 'split app bin' 'split build_script_build bin' 'library dep lib'
    same target/debug/app plain.out/debug/app
    for file in plain.out/debug/deps/*.r{lib,meta} plain.out/debug/build/*/build-*; do
        same "$file" "target/${file#*/}"
    done
}

a_second_build_is_fresh() {
    package
    wrapped build
    says "Compiling app"
    wrapped build
    ! grep -q Compiling "$err" || fail "compiled twice"
    says "Finished"
    echo '// changed' >>dep/src/lib.rs
    rm "$place/log"
    wrapped build
    outcome 'library dep lib' 'split app bin'
}

cleave_cargo_ends_with_one_line_of_what_it_did() {
    package
    plainly --release
    cleave cargo build --release --offline
    [[ $(tail -n 1 "$err") == "cleave: 3 rustc runs: 2 split, 0 split with real rlibs (LTO), 1\
 libraries with hollow rlibs, 0 as rustc alone" ]] || fail "expected a summary"
    [[ $(grep -c '^cleave: ' "$err") -eq 1 ]] || fail "expected one line"
    [[ ! -s $out ]] || fail "expected nothing on standard output"
    same target/release/app plain.out/release/app
}

lto_gets_real_rlibs_and_is_counted_apart() {
    package
    printf '[profile.release]\nlto = true\n' >>Cargo.toml
    plainly --release
    cleave cargo build --release --offline
    says "1 split, 1 split with real rlibs (LTO)"
    same target/release/app plain.out/release/app
}

incremental_crates_run_as_rustc_and_the_log_says_so() {
    package
    CARGO_INCREMENTAL=1 RUSTC_WRAPPER=$CLEAVE CLEAVE_LOG=$place/log expect 0 \
        cargo build --offline --quiet
    silent
    outcome 'rustc app bin incremental'
    [[ -n $(ls target/debug/incremental) ]] || fail "not incremental"
    ./target/debug/app
    CARGO_INCREMENTAL=1 cleave cargo rustc --offline --bin app -p app -- --cfg other
    says "(1: incremental)"
}

a_compile_error_is_shown_as_cargo_alone_shows_it() {
    package
    echo 'fn main() { nonsense }' >app/src/main.rs
    CARGO_INCREMENTAL=0 run cargo build --offline --quiet
    cp "$err" "$place/cargos"
    rm -r target
    CARGO_INCREMENTAL=0 RUSTC_WRAPPER=$CLEAVE expect 101 cargo build --offline --quiet
    same "$place/cargos" "$err"
    rm -r target
    expect 101 "$CLEAVE" cargo build --offline --quiet
    says "cannot find value \`nonsense\` in this scope"
    [[ $(tail -n 1 "$err") == "cleave: "*" rustc runs: "* ]] || fail "expected a summary"
}

a_link_error_is_shown_whole() {
    package
    echo 'fn main() { println!("cargo:rustc-link-arg=-l:no-such-library.a") }' >app/build.rs
    CARGO_INCREMENTAL=0 RUSTC_WRAPPER=$CLEAVE expect 101 cargo build --offline --quiet
    says no-such-library.a
    says "error: could not compile \`app\`"
    is_absent target/debug/app
}

warnings_are_replayed_when_a_build_is_fresh() {
    package
    echo 'fn main() { let unused = dep::answer(); }' >app/src/main.rs
    wrapped build
    says "unused variable: \`unused\`"
    wrapped build
    says "unused variable: \`unused\`"
}

check_test_run_and_doc_work() {
    package
    local command
    for command in "check --quiet" "test --quiet" "run --quiet" "build --examples --quiet"; do
        # shellcheck disable=SC2086
        wrapped $command
    done
    wrapped run --quiet
    [[ $(<"$out") == 42 ]] || fail "expected 42"
    wrapped test
    prints "test it_is_known ... ok"
}

clippy_works() {
    cargo clippy --version >/dev/null 2>&1 || skip "no clippy"
    package
    echo 'fn main() { let x = dep::answer(); x.clone(); }' >app/src/main.rs
    wrapped clippy
    says clone_on_copy
}

rustdoc_is_left_alone() {
    package
    command -v rustdoc >/dev/null || skip "no rustdoc"
    wrapped doc --quiet --no-deps
    is_there target/doc/dep/index.html
}

a_wrapper_in_between_is_run() {
    package
    program wrapper/rustc-other <<'END'
echo "$1" >>"$(dirname "$0")/log"
exec "$@"
END
    CARGO_INCREMENTAL=0 RUSTC_WORKSPACE_WRAPPER=$PWD/wrapper/rustc-other RUSTC_WRAPPER=$CLEAVE \
        expect 0 cargo build --offline --quiet
    is_there wrapper/log
    ./target/debug/app
}

the_log_that_cannot_be_written_is_named() {
    package
    CARGO_INCREMENTAL=0 RUSTC_WRAPPER=$CLEAVE CLEAVE_LOG=$place/gone/log expect 101 \
        cargo build --offline --quiet
    says "cleave: error: cannot open $place/gone/log (\$CLEAVE_LOG): No such file or directory"
}

cargos_status_is_cleaves() {
    mkdir empty && cd empty
    expect 101 "$CLEAVE" cargo build --offline
    says "could not find \`Cargo.toml\`"
    CARGO=no-such-cargo expect 100 "$CLEAVE" cargo build
    says "cleave: error: cannot run no-such-cargo: it is not in PATH"
}

a_directory_with_odd_bytes_in_its_name_works() {
    mkdir $'a b\'c' && cd $'a b\'c'
    package
    plainly
    wrapped build --quiet
    same target/debug/app plain.out/debug/app
}

run_tests "$@"
