#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# What every command has in common: help, version, usage errors.
source "$(dirname "$0")/lib.bash"

commands=(codegen link metadata hollow build-script inspect rustc cargo generate)

# usage MESSAGE COMMAND…: a usage error, and nothing else happens.
usage() {
    local message=$1
    shift
    remember
    refuses 101 "$message" "$@"
    untouched
}

help_lists_every_command() { lists_commands "$CLEAVE" "${commands[@]}"; }

help_of_every_command_names_its_options_and_one_example() {
    local command
    for command in "${commands[@]}"; do
        cleave "$command" --help
        [[ $(head -n 1 "$out") == "usage: cleave $command "* ]] || fail "expected usage first"
        [[ $(grep -c '^example:$' "$out") -eq 1 ]] || fail "expected one example"
        [[ $(grep -A1 '^example:$' "$out" | tail -n 1) == "  cleave $command "* ]] ||
            fail "expected an example of $command"
        [[ ! -s $err ]] || fail "wrote to standard error"
    done
}

help_wins_over_what_is_wrong_before_it() {
    cleave link --help --no-such-option
    prints "usage: cleave link"
}

version_is_that_of_the_source() {
    local version
    version=$(sed -n 's/^#define CLEAVE_VERSION "\(.*\)"/\1/p' "$top/src/base/version.h")
    for option in --version -V; do
        cleave $option
        [[ $(<"$out") == "cleave $version" ]] || fail "expected cleave $version"
    done
}

unknown_commands_and_options_are_named() {
    usage "unknown command split; see cleave --help" "$CLEAVE" split
    usage "unknown option --frobnicate; see --help" "$CLEAVE" link --frobnicate
    usage "unknown option --frobnicate; see --help" "$CLEAVE" codegen --frobnicate -- rustc
    usage "unknown option -x; see --help" "$CLEAVE" inspect -x
}

options_need_their_values_and_come_once() {
    usage "-o needs a value: -o FILE" "$CLEAVE" link app.unit -o
    usage "--print takes no value" "$CLEAVE" link app.unit --print=yes -o app
    usage "-o was given twice" "$CLEAVE" link app.unit -o a -o b
}

link_needs_one_unit_and_an_output() {
    usage "give one unit: cleave link UNIT -o FILE [OPTION]…" "$CLEAVE" link -o app
    usage "give one unit: cleave link UNIT -o FILE [OPTION]…" "$CLEAVE" link a b -o app
    usage "give the file to write: -o FILE" "$CLEAVE" link app.unit
    usage "nothing may follow --; see --help" "$CLEAVE" link a -o b -- c
}

codegen_needs_rustcs_command_line() {
    usage "give rustc's command line after --" "$CLEAVE" codegen
    usage "give rustc's command line after --" "$CLEAVE" codegen -o app.unit --
    usage "unexpected main.rs; rustc's command line follows --" "$CLEAVE" codegen main.rs -- rustc
    usage "unknown slot args: there are natives, shared-natives and link-args" \
        "$CLEAVE" codegen --slot args -- rustc main.rs
}

metadata_and_hollow_need_files() {
    usage "give the hollow to write: -o FILE.rlib" "$CLEAVE" metadata -- rustc a.rs
    usage "give rustc's command line after --" "$CLEAVE" metadata -o a.rlib
    usage "give the hollow to write: -o FILE" "$CLEAVE" hollow a.rlib
    usage "give one file: cleave hollow IN.rmeta|IN.rlib|IN.so -o FILE.rlib|FILE.so" \
        "$CLEAVE" hollow -o a.rlib
    usage "give one unit or file: cleave inspect UNIT|FILE [--json]" "$CLEAVE" inspect
}

link_refuses_what_would_fill_no_slot() {
    crates
    local link=("$CLEAVE" link app.unit -o app --crate real/libdep.rlib)
    usage "--native fills a slot that app.unit doesn't have; run codegen with --slot natives" \
        "${link[@]}" --native -lm
    usage "--link-arg or --build-script fills a slot that app.unit doesn't have; run codegen with --slot link-args" \
        "${link[@]}" --link-arg -lm
    usage "--native-of dep: give CRATE=ARG" "${link[@]}" --native-of dep
    usage "--native-of dep=-lm: app.unit has no natives slot of the crate dep; compile that crate\
 with --slot natives" "${link[@]}" --native-of dep=-lm
    usage "--map here: give OLD=NEW" "${link[@]}" --map here
}

cargo_refuses_another_wrapper() {
    RUSTC_WRAPPER=sccache usage "RUSTC_WRAPPER is set to sccache, and cleave has to be the wrapper;\
 unset it" "$CLEAVE" cargo build
}

cleave_rustc_takes_one_step_at_a_time() {
    usage "--do-not-link and --only-link are two steps: give one of them" \
        "$CLEAVE" rustc --do-not-link --only-link main.rs
}

questions_to_rustc_are_passed_on() {
    for question in -vV --version --print=sysroot "--print target-list" --help; do
        # shellcheck disable=SC2086
        run rustc $question
        cp "$out" "$place/rustcs"
        # shellcheck disable=SC2086
        cleave codegen -- rustc $question
        same "$place/rustcs" "$out"
        # shellcheck disable=SC2086
        cleave rustc --do-not-link $question
        same "$place/rustcs" "$out"
    done
}

run_tests "$@"
