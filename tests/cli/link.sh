#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave link at work: the same bytes as rustc's, in every way to ask for them.
source "$(dirname "$0")/lib.bash"

# native NAME: lib/libNAME.a, which has a function of that name
native() {
    mkdir -p lib
    echo "int $1(void) { return 7; }" | cc -x c -c -o "lib/$1.o" -
    ar rcD "lib/lib$1.a" "lib/$1.o"
    rm "lib/$1.o"
}

real_and_link_rlibs_give_the_same_bytes() {
    crates
    cleave link app.unit -o app --crate real/libdep.rlib
    silent
    same app plain
    cleave link app.unit -o app --crate link/libdep.rlib
    same app plain
    cleave link app.unit -o app --crate-dir real
    same app plain
    cleave link app.unit -o app --crate-dir nowhere --crate-dir link
    same app plain
    [[ $(stat -c %a app) == $(stat -c %a plain) ]] || fail "the mode is not rustc's"
}

link_runs_without_rustc_and_sources() {
    crates
    rm main.rs dep.rs
    rm -r hollow
    local sysroot
    sysroot=$(rustc --print sysroot)
    PATH=/usr/bin:/bin
    # A rustc that is installed where the linker is would do nothing but tell.
    program bin/rustc <<'END'
touch "$(dirname "$0")/../rustc-ran"
END
    PATH=$PWD/bin:$PATH cleave link app.unit -o app --crate-dir real --sysroot "$sysroot"
    same app plain
    is_absent rustc-ran
}

link_starts_nothing_but_the_linker() {
    crates
    command -v strace >/dev/null || skip "no strace"
    cleave link app.unit -o app --crate-dir real
    run strace -f -e trace=execve -o trace "$CLEAVE" link app.unit -o app --crate-dir real
    [[ $status -eq 0 ]] || skip "strace does not work here"
    ! grep -q 'rustc"' trace || fail "rustc was started"
    [[ $(grep -c 'execve(.*= 0$' trace) -le 3 ]] || fail "$(grep execve trace)"
}

the_printed_line_run_by_a_shell_gives_the_same_bytes() {
    crates
    remember
    cleave link app.unit -o app --crate real/libdep.rlib --print
    untouched
    [[ $(wc -l <"$out") -eq 1 ]] || fail "expected one line"
    sh -e "$out" || fail "the line does not run"
    same app plain
}

the_printed_line_is_quoted_for_a_shell() {
    crates
    local odd=$'o p$x\'q"&;\\n*'
    mv real "$odd"
    mv app.unit "$odd.unit"
    cleave link "$odd.unit" -o "$odd app" --crate-dir "$odd" --print
    sh -e "$out" || fail "the line does not run"
    same "$odd app" plain
}

print_refuses_what_a_link_would() {
    crates
    remember
    refuses 102 "hollow/libdep.rlib is a hollow rlib: it has no code to link; give the real or the\
 link rlib" "$CLEAVE" link app.unit -o app --crate-dir hollow --print
    untouched
}

map_replaces_prefixes_of_paths_outside_the_unit() {
    native seven
    echo 'extern "C" { fn seven() -> i32; } fn main() { unsafe { assert!(seven() == 7) } }' >main.rs
    mkdir elsewhere
    rustc main.rs -o plain -L "native=$PWD/lib" -l static=seven
    (cd elsewhere && "$CLEAVE" codegen -o ../app.unit -- rustc ../main.rs -o plain \
        -L "native=$place/dir/lib" -l static=seven)
    cleave inspect app.unit
    prints "relocatable: no"
    prints "outside $place/dir/lib"
    mv lib moved
    run "$CLEAVE" link app.unit -o app
    [[ $status -ne 0 ]] || fail "linked without the library"
    cleave link app.unit -o app --map "$place/dir/lib=moved"
    ./app
    cleave link app.unit -o app2 --map "$place=/nowhere" --map "$place/dir/lib=$PWD/moved"
    same app app2
}

slots_take_natives_and_link_arguments_at_rustcs_places() {
    native seven
    echo 'extern "C" { fn seven() -> i32; } fn main() { unsafe { assert!(seven() == 7) } }' >main.rs
    rustc main.rs -o plain -L native=lib -l static=seven -C link-arg=-Wl,--build-id=none
    cleave codegen -o app.unit --slot natives --slot link-args -- rustc main.rs -o plain
    cleave link app.unit -o app --native -Wl,-Bstatic --native lib/libseven.a \
        --native -Wl,-Bdynamic --link-arg -Wl,--build-id=none
    ./app
    same app plain
}

slots_that_nobody_fills_vanish() {
    crates
    cleave codegen -o slot.unit --slot natives --slot link-args -- rustc --crate-name app main.rs \
        --extern dep=hollow/libdep.rlib -o plain
    cleave link slot.unit -o app --crate-dir real
    same app plain
}

a_crate_names_the_slot_of_a_dependency() {
    native seven
    echo 'extern "C" { fn seven() -> i32; } pub fn a() -> i32 { unsafe { seven() } }' >dep.rs
    echo 'fn main() { assert!(dep::a() == 7) }' >main.rs
    cleave codegen --slot natives --hollow-dir hollow -- rustc --crate-type rlib dep.rs
    cleave codegen -o app.unit -- rustc main.rs --extern dep=hollow/libdep.rlib
    run "$CLEAVE" link app.unit -o app --crate libdep.rlib
    [[ $status -ne 0 ]] || fail "linked without the library"
    cleave link app.unit -o app --crate libdep.rlib --native-of dep=lib/libseven.a
    ./app
}

shared_natives_of_a_dependency_stand_behind_all_crates() {
    echo 'int seven(void) { return 7; }' >seven.c
    mkdir -p lib
    cc -shared -fPIC -o lib/libseven.so seven.c
    echo 'extern "C" { fn seven() -> i32; } pub fn a() -> i32 { unsafe { seven() } }' >dep.rs
    echo 'pub fn b() -> i32 { 7 }' >other.rs
    echo 'fn main() { assert!(dep::a() == other::b()) }' >main.rs
    rustc --crate-type dylib -C prefer-dynamic other.rs
    rustc --crate-type rlib dep.rs -L native=lib -l dylib=seven
    rustc main.rs --extern dep=libdep.rlib --extern other=libother.so -C prefer-dynamic -L native=lib -o plain
    cleave codegen --slot shared-natives --hollow-dir hollow -- rustc --crate-type rlib dep.rs
    cleave codegen -o app.unit -- rustc main.rs --extern dep=hollow/libdep.rlib \
        --extern other=libother.so -C prefer-dynamic -L native=lib -o plain
    cleave link app.unit -o app --crate libdep.rlib --crate libother.so --native-of dep.shared=-lseven
    same app plain
}

another_linker_is_used_and_named() {
    crates
    local linker
    for linker in lld bfd mold; do
        if [[ $linker != bfd ]] && ! command -v "ld.$linker" "$linker" >/dev/null; then
            lacks "no $linker"
            continue
        fi
        rustc --crate-name app main.rs --extern dep=real/libdep.rlib -o plain \
            -C link-arg=-fuse-ld=$linker
        cleave link app.unit -o app --crate-dir real --linker $linker
        same app plain
    done
}

another_sysroot_is_named_when_it_has_no_libraries() {
    crates
    remember
    refuses 100 "the sysroot . has no libraries for $(rustc -vV | sed -n 's/^host: //p'); give\
 rustc's sysroot by --sysroot" "$CLEAVE" link app.unit -o app --crate-dir real --sysroot .
    untouched
}

every_linked_crate_type_is_rustcs_byte_for_byte() {
    crates
    echo '#[no_mangle] pub extern "C" fn a() -> u32 { dep::answer() }' >lib.rs
    echo 'extern crate proc_macro; #[proc_macro]
pub fn m(_: proc_macro::TokenStream) -> proc_macro::TokenStream { "1".parse().unwrap() }' >pm.rs
    local type source name
    for type in cdylib dylib staticlib proc-macro; do
        source=lib.rs
        [[ $type != proc-macro ]] || source=pm.rs
        rustc --crate-name lib --crate-type $type $source --extern dep=real/libdep.rlib \
            --out-dir plain.$type
        name=$(ls plain.$type)
        mkdir $type
        cleave codegen -o $type.unit -- rustc --crate-name lib --crate-type $type $source \
            --extern dep=hollow/libdep.rlib --out-dir plain.$type
        cleave link $type.unit -o $type/"$name" --crate-dir real
        same $type/"$name" plain.$type/"$name"
        if [[ $type == staticlib ]]; then
            cleave link $type.unit -o "$name" --crate-dir real --print
            prints "assemble $name from $type.unit/000-$name and the members of"
            prints "real/libdep.rlib"
            refuses 102 "hollow/libdep.rlib is a hollow rlib: it has no code to link; give the real\
 or the link rlib" "$CLEAVE" link $type.unit -o new.a --crate-dir hollow
            is_absent new.a
        fi
    done
}

a_test_harness_is_rustcs_byte_for_byte() {
    crates
    echo '#[test] fn a() { assert!(dep::answer() == 42) }' >test.rs
    rustc --test test.rs --extern dep=real/libdep.rlib -o plain
    cleave codegen -o test.unit -- rustc --test test.rs --extern dep=hollow/libdep.rlib -o plain
    cleave link test.unit -o test --crate-dir real
    same test plain
}

run_tests "$@"
