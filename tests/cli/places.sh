#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Places that cannot be written, odd names of places, long lines, and several builds at once.
source "$(dirname "$0")/lib.bash"

odd=$'o p$x\'q"&;\\n*'

# unprivileged COMMAND…: root writes everywhere unless it gives that up.
unprivileged() {
    if [[ $EUID -ne 0 ]]; then
        "$@"
        return
    fi
    setpriv --bounding-set=-dac_override,-dac_read_search "$@"
}

# closed DIR: makes one that cannot be written, and skips the test where that stops nobody.
closed() {
    mkdir -p "$1"
    chmod a-w "$1"
    if unprivileged touch "$1/probe" 2>/dev/null; then
        skip "cannot give up the right to write everywhere"
    fi
}

# full SIZE COMMAND…: runs it where the directory "full" has room for SIZE only, and lists in
# $place/full what is there at the end.
full() {
    local size=$1
    shift
    mkdir -p full
    # shellcheck disable=SC2016
    run unshare --mount --map-root-user bash -c 'mount -t tmpfs -o size="$1" none full || exit 99
        shift 2; "$@"; status=$?; ls -A full >"$0"; exit $status' "$place/full" "$size" -- "$@"
    [[ $status -ne 99 ]] || skip "cannot mount a small file system here"
    [[ ! -s $place/full ]] || fail "left in the full directory: $(<"$place/full")"
}

link_names_an_output_directory_that_it_cannot_write() {
    crates
    closed ro
    remember
    refuses 100 "cannot write ro/app: cannot create a directory in ro: Permission denied" \
        unprivileged "$CLEAVE" link app.unit -o ro/app --crate real/libdep.rlib
    refuses 100 "cannot write gone/app: cannot create a directory in gone: No such file or\
 directory" \
        "$CLEAVE" link app.unit -o gone/app --crate real/libdep.rlib
    untouched
}

codegen_names_a_directory_that_it_cannot_write() {
    crates
    closed ro
    remember
    refuses 100 "cannot create a directory in ro: Permission denied" \
        unprivileged "$CLEAVE" codegen -o ro/app.unit -- rustc main.rs \
        --extern dep=hollow/libdep.rlib
    refuses 100 "cannot create the directory ro/hollow: Permission denied" \
        unprivileged "$CLEAVE" codegen --hollow-dir ro/hollow -- rustc --crate-type rlib dep.rs
    refuses 100 "cannot create a directory in ro: Permission denied" \
        unprivileged "$CLEAVE" codegen -- rustc --crate-type rlib --out-dir ro dep.rs
    untouched
}

hollow_and_metadata_name_a_directory_that_they_cannot_write() {
    crates
    closed ro
    remember
    refuses 100 "cannot write ro/libdep.rlib: Permission denied" \
        unprivileged "$CLEAVE" hollow real/libdep.rlib -o ro/libdep.rlib
    refuses 100 "cannot create a directory in ro: Permission denied" \
        unprivileged "$CLEAVE" metadata -o ro/libdep.rlib -- rustc --crate-type rlib \
        --emit=metadata,link dep.rs
    untouched
}

link_into_a_full_directory_leaves_nothing() {
    crates
    full 64k "$CLEAVE" link app.unit -o full/app --crate real/libdep.rlib
    [[ $status -ne 0 ]] || fail "linked into a full directory"
    [[ -s $err ]] || fail "nothing is said"
}

codegen_into_a_full_directory_leaves_nothing() {
    crates
    full 8k "$CLEAVE" codegen -o full/app.unit -- rustc main.rs --extern dep=hollow/libdep.rlib
    [[ $status -ne 0 ]] || fail "compiled into a full directory"
    says "No space left on device"
}

hollow_into_a_full_directory_leaves_nothing() {
    printf 'pub fn a%d() -> u32 { %d }\n' {1..200} >a.rs
    rustc --crate-type rlib a.rs
    full 4k "$CLEAVE" hollow liba.rlib -o full/liba.rlib
    [[ $status -eq 100 ]] || fail "expected exit status 100"
    says "cleave: error: cannot write full/liba.rlib: No space left on device"
}

staticlib_into_a_full_directory_leaves_nothing() {
    crates
    cleave codegen -o lib.unit -- rustc --crate-type staticlib main.rs -A dead_code \
        --extern dep=hollow/libdep.rlib
    full 64k "$CLEAVE" link lib.unit -o full/lib.a --crate real/libdep.rlib
    [[ $status -eq 100 ]] || fail "expected exit status 100"
    says "No space left on device"
}

a_device_is_never_replaced() {
    crates
    remember
    refuses 100 "/dev/null is a device, pipe or socket, and would be replaced; name a file" \
        "$CLEAVE" link app.unit -o /dev/null --crate real/libdep.rlib
    refuses 100 "/dev/null is a device, pipe or socket, and would be replaced; name a file" \
        "$CLEAVE" hollow real/libdep.rlib -o /dev/null
    refuses 100 "/dev/null is a device, pipe or socket, and would be replaced; name a file" \
        "$CLEAVE" codegen -o /dev/null -- rustc main.rs --extern dep=hollow/libdep.rlib
    [[ -c /dev/null ]] || fail "there was a /dev/null"
    untouched
}

an_output_that_is_a_directory_is_refused() {
    crates
    mkdir app
    remember
    expect 100 "$CLEAVE" link app.unit -o app --crate real/libdep.rlib
    says "cleave: error: cannot write app: Is a directory"
    untouched
}

a_stale_output_is_replaced_whatever_its_mode() {
    crates
    echo stale >app
    chmod 400 app
    cleave link app.unit -o app --crate real/libdep.rlib
    same app plain
    [[ $(stat -c %a app) == $(stat -c %a plain) ]] || fail "the mode is not rustc's"
}

codegen_does_not_announce_a_stale_output() {
    crates
    echo stale >app
    cleave codegen -o new.unit -- rustc --error-format=json --json=artifacts -g \
        -C split-debuginfo=unpacked --emit=dep-info,link main.rs --extern dep=hollow/libdep.rlib \
        -o app
    ! grep -q '"emit":"link"' "$err" || fail "announced what was not linked"
    [[ $(<app) == stale ]] || fail "app was touched"
}

a_unit_is_replaced_whole() {
    crates
    cp -a app.unit other.unit
    touch app.unit/left-from-before
    cleave codegen -o app.unit -- rustc --crate-name app main.rs --extern dep=hollow/libdep.rlib \
        -o plain
    is_absent app.unit/left-from-before
    diff -r app.unit other.unit || fail "the unit differs from the first"
}

a_unit_takes_the_place_of_a_file_or_link() {
    crates
    echo file >file.unit
    mkdir elsewhere
    ln -s elsewhere link.unit
    for unit in file.unit link.unit; do
        cleave codegen -o $unit -- rustc --crate-name app main.rs \
            --extern dep=hollow/libdep.rlib -o plain
        diff -r app.unit $unit || fail "$unit is not the unit"
    done
    [[ -z $(ls -A elsewhere) ]] || fail "wrote through the link"
}

odd_names_of_files_and_directories_work() {
    crates
    mkdir "$odd"
    mv dep.rs main.rs real hollow "$odd"
    (cd "$odd" && rustc --crate-name app main.rs --extern dep=real/libdep.rlib -o plain)
    cd "$odd"
    cleave codegen -o "$odd.unit" -- rustc --crate-name app main.rs -L "hollow" \
        --extern dep=hollow/libdep.rlib -o plain
    cleave link "$odd.unit" -o "$odd" --crate-dir real
    same "$odd" plain
    cd ..
    cleave codegen -o "$odd/2.unit" -- rustc --crate-name app "$odd/main.rs" \
        --extern "dep=$odd/hollow/libdep.rlib" -o "$odd/2"
    rustc --crate-name app "$odd/main.rs" --extern "dep=$odd/real/libdep.rlib" -o "$odd/plain2"
    cleave link "$odd/2.unit" -o "$odd/2" --crate-dir "$odd/real"
    same "$odd/2" "$odd/plain2"
}

a_working_directory_that_is_not_utf8_works_as_with_rustc() {
    mkdir $'n\xff\xfe' && cd $'n\xff\xfe'
    crates
    rustc --crate-name app main.rs --extern dep=real/libdep.rlib -o plain
    cleave codegen -o app.unit -- rustc --crate-name app main.rs \
        --extern dep=hollow/libdep.rlib -o plain
    cleave link app.unit -o app --crate real/libdep.rlib
    same app plain
    cleave inspect app.unit --json
    python3 -m json.tool <"$out" >/dev/null
}

names_that_are_not_utf8_work_at_link() {
    crates
    local name=$'\xff\xfe'
    mkdir "$name"
    mv app.unit "$name.unit"
    mv real "$name"
    cleave link "$name.unit" -o "$name/app" --crate-dir "$name/real"
    same "$name/app" plain
}

rustc_says_which_name_it_cannot_take() {
    crates
    mkdir $'\xff'
    remember
    expect 1 "$CLEAVE" codegen -o $'\xff/app.unit' -- rustc main.rs
    says "is not valid Unicode"
    untouched
}

# A search directory for a linker line, of 90 bytes that need quoting in a response file.
long() {
    local tail=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    printf -- '-Wl,-L./a "b" \c %05d %s' "$1" $tail
}

a_linker_line_over_128_kib_goes_through_a_response_file() {
    crates
    cleave codegen -o slot.unit --slot link-args -- rustc --crate-name app main.rs \
        --extern dep=hollow/libdep.rlib -o plain
    local arguments=()
    for i in {1..2000}; do
        arguments+=(--link-arg "$(long "$i")")
    done
    program bin/cc <<'END'
for word; do
    [[ $word != @* ]] || cp "${word#@}" words
done
exec cc "$@"
END
    cleave link slot.unit -o app --crate-dir real "${arguments[@]}"
    same app plain
    cleave link slot.unit -o app --crate-dir real "${arguments[@]}"
    same app plain
    cleave link slot.unit -o app2 --crate-dir real --linker bin/cc "${arguments[@]}"
    same app2 plain
    [[ $(wc -c <words) -gt 131072 ]] || fail "no response file was used"
}

arguments_of_cleave_itself_may_stand_in_a_file() {
    crates
    printf '%s\n' app.unit -o "a b" --crate real/libdep.rlib >words
    cleave link @words
    same "a b" plain
    printf '%s\n' -o 'new.unit' >words
    cleave codegen @words -- rustc --crate-name app main.rs --extern dep=hollow/libdep.rlib -o plain
    diff -r app.unit new.unit
    refuses 100 "cannot open gone: No such file or directory" "$CLEAVE" link @gone
}

rustcs_own_response_files_are_read() {
    crates
    printf '%s\n' --crate-name app main.rs --extern dep=hollow/libdep.rlib -o plain >words
    cleave codegen -o new.unit -- rustc @words
    diff -r app.unit new.unit
}

# rustc gives a line that is too long for the system as "@TMP/linker-arguments".
a_response_file_from_rustc_to_its_linker_is_read() {
    mkdir "with space"
    crates
    program relay/cc <<'END'
for word; do
    [[ $word != */rustc??????/symbols.o ]] || file=${word%/*}/linker-arguments
    printf '%s\n' "${word//[\\ ]/\\&}" >>"$PWD/lines"
done
mv "$PWD/lines" "$file"
exec "$CAPTURE" "@$file"
END
    program rustc <<'END'
for word; do
    [[ $word != -Clinker=* ]] || export CAPTURE=${word#-Clinker=}
done
exec rustc "$@" -Clinker="$PWD/relay/cc"
END
    local arguments=(--crate-name app main.rs -L "native=with space" -o plain)
    rustc "${arguments[@]}" --extern dep=real/libdep.rlib
    cleave codegen -o app.unit -- ./rustc "${arguments[@]}" --extern dep=hollow/libdep.rlib
    cleave link app.unit -o app --crate real/libdep.rlib
    same app plain
    cleave inspect app.unit
    prints "with space"
    ! grep -q linker-arguments "$out" || fail "the response file was not expanded"
}

# both NUMBER: codegen and link, as one of several
both() {
    "$CLEAVE" codegen -o app.unit -- rustc --crate-name app main.rs \
        --extern dep=hollow/libdep.rlib -o plain2 || exit
    "$CLEAVE" link app.unit -o app --crate-dir real && cp app "app$1"
}

builds_of_one_crate_in_one_directory_do_not_disturb_each_other() {
    crates
    local jobs=()
    for i in 1 2 3 4; do
        both "$i" >"$place/log$i" 2>&1 &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do
        wait "$job" || fail "$(cat "$place"/log*)"
    done
    for i in 1 2 3 4; do
        same "app$i" plain
    done
}

builds_of_several_crates_in_one_directory_do_not_disturb_each_other() {
    local jobs=()
    for i in 1 2 3 4; do
        echo "fn main() { println!(\"$i\"); }" >"m$i.rs"
        ("$CLEAVE" rustc --do-not-link "m$i.rs" && "$CLEAVE" rustc --only-link "m$i.rs") &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do
        wait "$job" || fail "a build failed"
    done
    for i in 1 2 3 4; do
        [[ $("./m$i") == "$i" ]] || fail "m$i is another program"
    done
}

run_tests "$@"
