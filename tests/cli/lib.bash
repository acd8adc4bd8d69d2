# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the command-line tests share; each script sources this first and ends with run_tests.
#
# A test is a function of the script whose name is a sentence, words joined by underscores; the
# script's helpers have names of one word. Each test runs in a shell and an empty directory of its
# own, and fails when an assertion does, or when cleave leaves anything temporary behind: in the
# directory, or in the test's $TMPDIR.
set -u
shopt -s nullglob

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
script=$(cd "$(dirname "$0")" && pwd)/${0##*/}
work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT

# A copy: a build that is made meanwhile doesn't change what is under test.
cp "${CLEAVE:-$top/build/cleave}" "$work/cleave" || exit 1
export CLEAVE=$work/cleave

# rustup's rustc is a proxy that looks for the right one at each start.
PATH=$(rustc --print sysroot)/bin:$PATH
export XDG_CACHE_HOME=$work/cache LC_ALL=C.UTF-8
export CLEAVE_SERVICE=none
unset RUSTC RUSTC_WRAPPER CARGO CARGO_INCREMENTAL CLEAVE_LOG RUSTFLAGS

# The assertions. run keeps what a command prints in $out and $err and its exit status in $status.
fail() {
    printf '%.1000s\n' "$*"
    if [[ -n ${status:-} ]]; then
        printf 'exit status %s\n' "$status"
        sed 's/^/stdout: /' "$out"
        sed 's/^/stderr: /' "$err"
    fi
    exit 1
}

run() {
    status=0
    "$@" >"$out" 2>"$err" </dev/null || status=$?
}

# expect STATUS COMMAND…
expect() {
    local wanted=$1
    shift
    run "$@"
    [[ $status -eq $wanted ]] || fail "expected exit status $wanted of: $*"
}

cleave() { expect 0 "$CLEAVE" "$@"; }

# lists_commands PROGRAM COMMAND…: the program's help, however it is asked for, names each command.
lists_commands() {
    local program=$1 command help
    shift
    for help in "" --help -h help; do
        # shellcheck disable=SC2086
        expect 0 "$program" $help
        for command in "$@"; do
            grep -q "^  $command  *[a-z]" "$out" || fail "$command is missing"
        done
        prints "example:"
        [[ ! -s $err ]] || fail "wrote to standard error"
    done
}

# refuses STATUS MESSAGE COMMAND…: the message is the last line, as cleave's error.
refuses() {
    local wanted=$1 message=$2
    shift 2
    expect "$wanted" "$@"
    [[ $(tail -n 1 "$err") == "cleave: error: $message" ]] ||
        fail "expected the message: cleave: error: $message"
}

# The text is somewhere in what the last command printed, on standard output or error.
prints() { grep -aqF -- "$1" "$out" || fail "expected on standard output: $1"; }
says() { grep -aqF -- "$1" "$err" || fail "expected on standard error: $1"; }
silent() { [[ ! -s $out && ! -s $err ]] || fail "expected no output"; }
same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }
is_there() { [[ -e $1 ]] || fail "there is no $1"; }
is_absent() { [[ ! -e $1 ]] || fail "$1 should not be there"; }

# listing: every file here, with what is in it. remember, and then untouched: nothing has changed.
listing() {
    find . ! -type d -printf '%p %m %l ' '(' -type f -exec sha256sum {} ';' -o -print ')' | sort
}
remember() { listing >"$place/before"; }
untouched() {
    listing >"$place/after"
    diff "$place/before" "$place/after" || fail "files have changed"
}

# lacks REASON: a part of the test that can't be run here. skip REASON: nor can the rest of it.
lacks() { echo "skipped: ${FUNCNAME[-4]}: $*"; }
skip() {
    echo "skipped: ${FUNCNAME[-4]}: $*"
    exit 77
}

# The fixture: a library, and a program that needs it. Made once for a script, copied by `crates`.
#   dep.rs main.rs  real/libdep.rlib hollow/libdep.rlib link/libdep.rlib  app.unit plain
# app.unit is compiled against the hollow, plain is what rustc alone links.
fixture() {
    mkdir -p "$work/fixture/real" && cd "$work/fixture" || exit 1
    echo 'pub fn answer() -> u32 { 42 }' >dep.rs
    echo 'fn main() { println!("{}", dep::answer()); }' >main.rs
    rustc --crate-type rlib --emit=metadata,link --out-dir real dep.rs
    rm real/libdep.rmeta
    "$CLEAVE" codegen --hollow-dir hollow --link-rlib-dir link -- rustc --crate-type rlib \
        --emit=metadata,link --out-dir ignored dep.rs
    rm -r ignored
    rustc --crate-name app main.rs --extern dep=real/libdep.rlib -o plain
    "$CLEAVE" codegen -o app.unit -- rustc --crate-name app main.rs \
        --extern dep=hollow/libdep.rlib -o plain
}

crates() {
    if [[ ! -d $work/fixture ]]; then
        (fixture) || fail "the fixture cannot be made"
    fi
    cp -a "$work/fixture/." .
}

# damage FILE TEXT OTHER: replaces the text in a binary file by another of the same length.
damage() {
    grep -aqF "$2" "$1" || fail "$1 does not have $2"
    LC_ALL=C sed -i "s/$2/$3/" "$1"
}

# A program for a test: program NAME <<'END' … END
program() {
    mkdir -p "$(dirname "$1")"
    { echo '#!/bin/bash' && cat; } >"$1"
    chmod +x "$1"
}

# What cleave may have left that it should not have; objects belong into units alone.
leftovers() {
    find "$place" -regextype egrep '(' -name '*.unit' -o -name '*.rlink' ')' -prune -o \
        '(' -name '.cleave-*' -o -name '*.rcgu.[or]*' -o \
        -regex '.*/(rustc|rmeta)[A-Za-z0-9]{6}' ')' -print
    find "$TMPDIR" -mindepth 1
}

# Each test: 0, 1, or 77 for one that was skipped.
run_test() (
    mkdir -p "$place/dir" "$place/tmp"
    touch "$out" "$err"
    export TMPDIR=$place/tmp
    set -eE
    trap 'echo "line $LINENO: $BASH_COMMAND: exit status $?"' ERR
    cd "$place/dir"
    "$1"
    status=
    local left
    left=$(leftovers)
    [[ -z $left ]] || fail "left behind: $left"
)

# run_tests [WORD…]: those whose name has one of the words; all when there is none.
run_tests() {
    local name passed=0 failed=0 text status
    for name in $(grep -oE '^[a-z0-9]+(_[a-z0-9]+)+\(\)' "$script" | tr -d '()'); do
        [[ $# -eq 0 || $name =~ $(IFS='|' && echo "$*") ]] || continue
        place=$work/tests/$name out=$work/tests/$name/out err=$work/tests/$name/err
        text=$(run_test "$name" 2>&1)
        status=$?
        case $status in
            0 | 77) passed=$((passed + (status == 0))) && grep '^skipped: ' <<<"$text" ;;
            *)
                failed=$((failed + 1))
                printf 'failed: %s\n%s\n' "$name" "$text"
                ;;
        esac
        chmod -R u+w "$place" 2>/dev/null
        rm -rf "$place"
    done
    echo "$passed passed, $failed failed"
    [[ $failed -eq 0 ]]
}
