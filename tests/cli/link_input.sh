#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave link with wrong input: each is refused by name, and nothing is written.
source "$(dirname "$0")/lib.bash"

# The other build: same name and interface, other metadata.
other() {
    mkdir -p other
    echo 'pub fn answer() -> u32 { 43 } pub fn more() {}' >other.rs
    "$CLEAVE" codegen --link-rlib-dir other-link -- rustc --crate-name dep --crate-type rlib \
        --emit=metadata,link --out-dir other other.rs
}

# mismatch PATH: what cleave says of a crate file that is another's.
mismatch() {
    says "cleave: error: $1 is not the libdep.rlib that the unit was compiled against"
    says "it is another version or build of the crate, or a macro in it isn't deterministic"
}

link_names_a_crate_that_is_not_given() {
    crates
    remember
    refuses 102 "the link needs the crate file libdep.rlib and it was not given; give it by --crate\
 FILE or --crate-dir DIR" "$CLEAVE" link app.unit -o app
    untouched
}

link_names_a_crate_that_is_not_there() {
    crates
    remember
    refuses 100 "there is no file gone/libdep.rlib (--crate)" \
        "$CLEAVE" link app.unit -o app --crate gone/libdep.rlib
    untouched
}

link_refuses_another_build_of_a_crate() {
    crates
    other
    remember
    expect 102 "$CLEAVE" link app.unit -o app --crate other/libdep.rlib
    mismatch other/libdep.rlib
    untouched
}

link_refuses_another_build_of_a_link_rlib() {
    crates
    other
    remember
    expect 102 "$CLEAVE" link app.unit -o app --crate-dir other-link
    mismatch other-link/libdep.rlib
    untouched
}

link_leaves_an_older_output_as_it_was_when_a_crate_is_wrong() {
    crates
    other
    echo older >app
    remember
    expect 102 "$CLEAVE" link app.unit -o app --crate other/libdep.rlib
    untouched
}

link_takes_the_right_one_of_several_crates_of_a_name() {
    crates
    other
    cleave link app.unit -o app --crate-dir other --crate-dir real
    same app plain
    cleave link app.unit -o app --crate other-link/libdep.rlib --crate link/libdep.rlib
    same app plain
}

link_refuses_a_hollow_rlib() {
    crates
    remember
    refuses 102 "hollow/libdep.rlib is a hollow rlib: it has no code to link; give the real or the\
 link rlib" "$CLEAVE" link app.unit -o app --crate hollow/libdep.rlib
    untouched
}

link_refuses_mere_metadata() {
    crates
    rustc --crate-type rlib --emit=metadata -o libdep.rlib dep.rs
    remember
    refuses 102 "libdep.rlib is mere metadata: it has no code to link; give the real or the link\
 rlib" "$CLEAVE" link app.unit -o app --crate libdep.rlib
    untouched
}

link_refuses_a_truncated_crate() {
    crates
    local size
    size=$(stat -c %s real/libdep.rlib)
    for keep in 0 7 8 40 $((size / 2)) $((size - 1)); do
        head -c "$keep" real/libdep.rlib >libdep.rlib
        remember
        expect 102 "$CLEAVE" link app.unit -o app --crate libdep.rlib
        says "cleave: error: libdep.rlib"
        untouched
    done
}

link_refuses_a_foreign_file_as_crate() {
    crates
    for foreign in /dev/null main.rs plain /bin/sh; do
        rm -f libdep.rlib
        cp "$foreign" libdep.rlib
        remember
        expect 102 "$CLEAVE" link app.unit -o app --crate libdep.rlib
        says "cleave: error: libdep.rlib"
        untouched
    done
    rm libdep.rlib
    ar rcD libdep.rlib main.rs
    expect 102 "$CLEAVE" link app.unit -o app --crate libdep.rlib
    says "cleave: error: libdep.rlib"
}

link_refuses_a_directory_as_crate() {
    crates
    mkdir libdep.rlib
    expect 102 "$CLEAVE" link app.unit -o app --crate libdep.rlib
    says "cleave: error: libdep.rlib"
    is_absent app
}

link_refuses_metadata_of_which_a_byte_is_wrong() {
    crates
    cp real/libdep.rlib .
    damage libdep.rlib 'rustc 1' 'rustc 9'
    remember
    expect 102 "$CLEAVE" link app.unit -o app --crate libdep.rlib
    mismatch libdep.rlib
    untouched
}

link_names_a_unit_that_is_not_there() {
    refuses 102 "gone.unit is not a link unit: it is not a directory" \
        "$CLEAVE" link gone.unit -o app
}

link_refuses_a_unit_that_is_a_file_or_another_directory() {
    crates
    refuses 102 "main.rs is not a link unit: it is not a directory" \
        "$CLEAVE" link main.rs -o app
    expect 102 "$CLEAVE" link real -o app
    says "cleave: error: real"
    is_absent app
}

link_refuses_a_unit_without_one_of_its_files() {
    crates
    rm app.unit/000-*
    remember
    expect 102 "$CLEAVE" link app.unit -o app --crate real/libdep.rlib
    says "cleave: error: the unit app.unit is incomplete: it has no 000-"
    untouched
}

link_refuses_a_truncated_unit_file() {
    crates
    truncate -s -1 app.unit/001-*
    remember
    expect 102 "$CLEAVE" link app.unit -o app --crate real/libdep.rlib
    says "cleave: error: app.unit/001-"
    says "is damaged: it has "
    untouched
}

link_refuses_a_unit_file_of_which_a_byte_is_wrong() {
    crates
    for object in app.unit/*.rcgu.o; do
        damage "$object" 'rustc version' 'RUSTC VERSION'
    done
    remember
    expect 102 "$CLEAVE" link app.unit -o app --crate real/libdep.rlib
    says "is damaged: its bytes aren't those that codegen left"
    untouched
}

run_tests "$@"
