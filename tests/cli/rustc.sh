#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave rustc: rustc's own command line in two steps, --do-not-link and --only-link.
source "$(dirname "$0")/lib.bash"

# steps ARGS…: both, the second with no source in reach, and the real rlibs in the hollows' place
steps() {
    cleave rustc --do-not-link "$@"
    mkdir sources
    mv ./*.rs sources
    cleave rustc --only-link "$@"
    mv sources/* .
    rmdir sources
}

two_steps_give_what_rustc_gives_in_one() {
    crates
    steps --crate-name app main.rs --extern dep=real/libdep.rlib -o program
    rustc --crate-name app main.rs --extern dep=real/libdep.rlib -o plain
    same program plain
    is_there program.rlink/plan.pb
}

both_spellings_of_both_steps_work() {
    echo 'fn main() {}' >main.rs
    rustc main.rs -o plain
    local first second
    for first in --do-not-link -Zno-link "-Z no-link"; do
        for second in --only-link -Zlink-only "-Z link-only"; do
            rm -rf main main.rlink
            # shellcheck disable=SC2086
            cleave rustc main.rs $first
            is_absent main
            # shellcheck disable=SC2086
            cleave rustc $second main.rs
            ./main
        done
    done
}

hollow_dependencies_have_their_real_rlibs_beside_them() {
    crates
    cp -r real both
    (cd both && ar x ../hollow/libdep.rlib lib.rmeta && mv lib.rmeta libdep.rmeta)
    cleave rustc --do-not-link --crate-name app main.rs --extern dep=both/libdep.rmeta -o program
    cleave rustc --only-link --crate-name app main.rs --extern dep=both/libdep.rmeta -o program
    rustc --crate-name app main.rs --extern dep=real/libdep.rlib -o plain
    same program plain
    cleave rustc --do-not-link --crate-name app main.rs -L hollow --extern dep -o program
    cleave rustc --only-link --crate-name app main.rs -L real --extern dep -o program
    same program plain
}

the_unit_may_stand_in_the_sources_place() {
    crates
    cleave rustc --do-not-link main.rs --extern dep=real/libdep.rlib
    rm main.rs
    cleave rustc --only-link main.rlink -L real
    ./main
    cleave rustc --only-link main.rlink -L real -o elsewhere
    same main elsewhere
    mkdir dir
    cleave rustc --only-link main.rlink -L real --out-dir dir
    same main dir/main
}

the_output_lies_where_the_command_line_says() {
    echo 'fn main() {}' >main.rs
    steps main.rs --out-dir new/dir
    is_there new/dir/main
    is_there new/dir/main.rlink
    steps main.rs --out-dir new/dir -C extra-filename=-1
    is_there new/dir/main-1
    steps main.rs --emit=link=program,dep-info=x.d
    is_there program
    is_there x.d
    steps --crate-name other main.rs
    is_there other
    steps main.rs -o program.exe
    is_there program.exe
    is_there program.rlink
}

several_crate_types_have_a_folder_each() {
    echo '#[no_mangle] pub extern "C" fn a() {}' >lib.rs
    rustc --crate-type cdylib,staticlib,rlib lib.rs --out-dir plain
    steps --crate-type cdylib,staticlib,rlib lib.rs --out-dir split
    [[ $(ls split/lib.rlink) == "cdylib.unit
staticlib.unit" ]] || fail "$(ls split/lib.rlink)"
    rm -r split/lib.rlink
    diff -r plain split
}

a_library_is_complete_after_the_first_step() {
    echo 'pub fn a() {}' >lib.rs
    rustc --crate-type rlib lib.rs --out-dir plain
    steps --crate-type rlib lib.rs
    same liblib.rlib plain/liblib.rlib
    is_absent lib.rlink
}

only_link_says_so_when_there_is_no_unit() {
    echo 'fn main() {}' >main.rs
    remember
    refuses 100 "there is no main.rlink; run the same command line with --do-not-link first" \
        "$CLEAVE" rustc --only-link main.rs
    untouched
}

only_link_refuses_a_unit_of_another_crate_type_or_target() {
    echo '#[no_mangle] pub extern "C" fn a() {} fn main() {}' >main.rs
    cleave rustc --do-not-link main.rs
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    remember
    refuses 102 "main.rlink is of the crate main, and the command line is of other; run it with\
 --do-not-link first" "$CLEAVE" rustc --only-link --crate-name other main.rs -o main
    refuses 102 "main.rlink is of crate type bin, which the command line doesn't name; run it with\
 --do-not-link first" "$CLEAVE" rustc --only-link --crate-type cdylib main.rs
    refuses 102 "main.rlink is for $host, and the command line is for\
 wasm32-unknown-unknown; run it with --do-not-link first" \
        "$CLEAVE" rustc --only-link --target wasm32-unknown-unknown main.rs
    untouched
}

a_crate_type_that_the_source_names_is_found_in_the_unit() {
    echo '#![crate_type = "cdylib"] #[no_mangle] pub extern "C" fn a() {}' >lib.rs
    rustc lib.rs --out-dir plain
    steps lib.rs
    same liblib.so plain/liblib.so
}

only_link_refuses_a_dependency_that_was_built_anew() {
    crates
    cleave rustc --do-not-link main.rs --extern dep=real/libdep.rlib
    echo 'pub fn answer() -> u32 { 43 } pub fn more() {}' >dep.rs
    rustc --crate-type rlib dep.rs --out-dir real
    remember
    expect 102 "$CLEAVE" rustc --only-link main.rs --extern dep=real/libdep.rlib
    says "real/libdep.rlib is not the libdep.rlib that the unit was compiled against"
    untouched
}

with_neither_option_it_is_rustc() {
    crates
    rustc main.rs --extern dep=real/libdep.rlib -o plain 2>"$place/rustcs"
    cleave rustc main.rs --extern dep=real/libdep.rlib -o plain2
    same plain plain2
    same "$place/rustcs" "$err"
    echo 'fn main() { nonsense }' >main.rs
    run rustc main.rs
    cp "$err" "$place/rustcs"
    expect 1 "$CLEAVE" rustc main.rs
    same "$place/rustcs" "$err"
}

arguments_in_files_are_rustcs() {
    echo 'fn main() {}' >main.rs
    printf 'main.rs\n-o\nthe program\n' >words
    cleave rustc --do-not-link @words
    cleave rustc --only-link @words
    "./the program"
}

run_tests "$@"
