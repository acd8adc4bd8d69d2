#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Plans that this cleave did not write: newer, damaged, hostile. In protobuf a field that comes
# again replaces the first, so that appending bytes to plan.pb changes it (src/proto/plan.proto).
source "$(dirname "$0")/lib.bash"

# append BYTES…, in printf's escapes, to the plan of the fixture's unit
append() {
    crates
    printf '%b' "$@" >>app.unit/plan.pb
    remember
}

# rejects MESSAGE: link and inspect refuse the plan, for the same reason.
rejects() {
    refuses 102 "cannot use app.unit/plan.pb: $1" \
        "$CLEAVE" link app.unit -o app --crate real/libdep.rlib
    refuses 102 "cannot use app.unit/plan.pb: $1" "$CLEAVE" inspect app.unit
    untouched
}

a_plan_that_needs_a_newer_reader_is_refused() {
    append '\x10\x63'
    rejects "it was written by a newer cleave (it needs schema 99, this cleave knows 1); use that\
 cleave, or run codegen again with this one"
}

a_plan_of_a_newer_schema_that_old_readers_understand_is_linked() {
    append '\x08\x63'
    cleave link app.unit -o app --crate real/libdep.rlib
    same app plain
}

fields_that_this_cleave_does_not_know_are_ignored() {
    append '\xc0\x3e\x01' '\xca\x3e\x04text'
    cleave link app.unit -o app --crate real/libdep.rlib
    same app plain
}

an_argument_of_an_unknown_kind_is_refused() {
    append '\x62\x04\x0a\x02\x7a\x00'
    rejects "it has an argument of an unknown kind"
}

a_file_outside_the_unit_is_refused() {
    append '\x62\x08\x0a\x06\x12\x04../x'
    rejects "the path '../x' in it leaves its directory"
}

an_absolute_file_of_the_unit_is_refused() {
    append '\x62\x08\x0a\x06\x12\x04/x/y'
    rejects "the path '/x/y' in it leaves its directory"
}

an_output_name_with_directories_is_refused() {
    append '\x3a\x04../x'
    rejects "the path '../x' in it leaves its directory"
}

a_debug_file_outside_the_unit_is_refused() {
    append '\x82\x01\x04../x'
    rejects "the path '../x' in it leaves its directory"
}

a_crate_that_the_plan_lacks_is_refused() {
    append '\x62\x04\x0a\x02\x18\x63'
    rejects "it names crate 99 of 1"
}

an_empty_plan_is_refused() {
    append
    : >app.unit/plan.pb
    remember
    rejects "it is not the plan of a link unit"
}

a_foreign_file_as_plan_is_refused() {
    append
    for foreign in main.rs plain real/libdep.rlib app.unit/000-*; do
        cp "$foreign" app.unit/plan.pb
        remember
        expect 102 "$CLEAVE" link app.unit -o app --crate real/libdep.rlib
        says "cleave: error: app.unit/plan.pb is damaged, or not the plan of a link unit"
        untouched
    done
}

a_directory_as_plan_is_refused() {
    append
    rm app.unit/plan.pb
    mkdir app.unit/plan.pb
    expect 100 "$CLEAVE" link app.unit -o app --crate real/libdep.rlib
    says app.unit/plan.pb
    is_absent app
}

# cuts FILE: the lengths at which whole fields end, the places where protobuf sees no damage.
cuts() {
    python3 - "$1" <<'END'
import sys
data = open(sys.argv[1], "rb").read()

def varint(at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at

at = 0
while at < len(data):
    tag, at = varint(at)
    value, at = varint(at)
    at += value if tag & 7 == 2 else 0
    if at < len(data):
        print(at)
END
}

a_plan_that_is_cut_short_never_gives_another_program() {
    append
    cp app.unit/plan.pb whole
    for keep in 1 17 $(cuts whole) $(($(stat -c %s whole) - 1)); do
        head -c "$keep" whole >app.unit/plan.pb
        run "$CLEAVE" link app.unit -o app --crate real/libdep.rlib
        if [[ $status -eq 0 ]]; then
            same app plain
            rm app
            continue
        fi
        [[ $status -eq 102 ]] || fail "cut to $keep bytes"
        is_absent app
    done
}

run_tests "$@"
