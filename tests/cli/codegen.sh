#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave codegen, metadata and hollow at work: what they leave, where, and what they say.
source "$(dirname "$0")/lib.bash"

# remapped UNIT: a unit that doesn't say where it was made
remapped() {
    "$CLEAVE" codegen -o "$1" --remap-cwd=. -- rustc --crate-name app -g main.rs \
        --extern dep=hollow/libdep.rlib -o plain
}

the_same_crate_gives_the_same_unit_again() {
    crates
    cleave codegen -o new.unit -- rustc --crate-name app main.rs --extern dep=hollow/libdep.rlib \
        -o plain
    silent
    diff -r app.unit new.unit
}

the_same_crate_in_two_directories_gives_the_same_unit() {
    mkdir -p one two/deeper
    (cd one && crates && remapped new.unit)
    (cd two/deeper && crates && remapped new.unit)
    diff -r one/new.unit two/deeper/new.unit
    ! grep -raqF "$place" one/new.unit || fail "the unit has the directory's name in it"
}

the_default_unit_lies_beside_rustcs_output_under_its_name() {
    crates
    echo 'pub fn a() {}' >lib.rs
    cleave codegen -- rustc main.rs --extern dep=hollow/libdep.rlib
    is_there main.unit/plan.pb
    cleave codegen -- rustc main.rs --extern dep=hollow/libdep.rlib --out-dir new/dir
    is_there new/dir/main.unit/plan.pb
    cleave codegen -- rustc main.rs --extern dep=hollow/libdep.rlib -o new/program.exe
    is_there new/program.exe.unit/plan.pb
    cleave codegen -- rustc --crate-type cdylib lib.rs
    is_there liblib.so.unit/plan.pb
    cleave codegen -- rustc main.rs --extern dep=hollow/libdep.rlib -C extra-filename=-1
    is_there main-1.unit/plan.pb
}

several_crate_types_leave_a_unit_each_and_the_rlib() {
    crates
    echo '#[no_mangle] pub extern "C" fn a() -> u32 { dep::answer() }' >lib.rs
    local flags=(--crate-type "cdylib,staticlib,rlib" lib.rs "--emit=metadata,link")
    rustc "${flags[@]}" --extern dep=real/libdep.rlib --out-dir plain.out
    cleave codegen -o units --hollow-dir hollow -- rustc "${flags[@]}" \
        --extern dep=hollow/libdep.rlib --out-dir split
    [[ $(ls units) == "cdylib.unit
staticlib.unit" ]] || fail "expected two units: $(ls units)"
    [[ $(ls split) == "liblib.rlib
liblib.rmeta" ]] || fail "expected the rlib alone: $(ls split)"
    is_there hollow/liblib.rlib
    cleave link units/cdylib.unit -o split/liblib.so --crate-dir real
    cleave link units/staticlib.unit -o split/liblib.a --crate-dir real
    diff -r split plain.out
}

a_librarys_files_are_rustcs_and_the_hollow_is_its_metadata() {
    echo 'pub fn answer() -> u32 { 42 }' >dep.rs
    local flags=(--crate-type rlib "--emit=dep-info,metadata,link" dep.rs)
    mkdir plain
    rustc "${flags[@]}" --out-dir plain
    cleave codegen --hollow-dir hollow --link-rlib-dir link -- rustc "${flags[@]}" --out-dir split
    sed -i 's,^split/,plain/,' split/dep.d
    diff -r plain split
    cleave hollow plain/libdep.rmeta -o a.rlib
    cleave hollow plain/libdep.rlib -o b.rlib
    cleave metadata -o c.rlib -- rustc "${flags[@]}" --out-dir early
    is_absent early
    for hollow in a.rlib b.rlib c.rlib; do
        same hollow/libdep.rlib $hollow
    done
    [[ $(stat -c %s link/libdep.rlib) -lt $(stat -c %s plain/libdep.rlib) ]] ||
        fail "the link rlib is not smaller"
}

every_form_of_a_dependency_gives_the_same_unit() {
    crates
    cp -r real pipelined
    (cd pipelined && ar x ../hollow/libdep.rlib lib.rmeta && mv lib.rmeta libdep.rmeta)
    mkdir bare
    cp pipelined/libdep.rmeta bare
    local form
    for form in "--extern dep=real/libdep.rlib" "--extern dep=pipelined/libdep.rmeta" \
        "--extern dep=bare/libdep.rmeta" "-L pipelined --extern dep" "-L bare --extern dep" \
        "-L all=hollow --extern dep" "-L crate=real --extern dep"; do
        # shellcheck disable=SC2086
        cleave codegen -o new.unit -- rustc --crate-name app main.rs $form -o plain
        cleave link new.unit -o app --crate-dir real
        same app plain
    done
}

a_hollow_dylib_stands_for_the_real_one() {
    crates
    rustc --crate-type dylib -C prefer-dynamic dep.rs -o real/libdep.so
    cleave hollow real/libdep.so -o hollow/libdep.so
    [[ $(stat -c %s hollow/libdep.so) -lt $(stat -c %s real/libdep.so) ]] || fail "not smaller"
    rm real/libdep.rlib hollow/libdep.rlib
    rustc -C prefer-dynamic main.rs -o plain -L real --extern dep
    cleave codegen -o new.unit -- rustc -C prefer-dynamic main.rs -o plain -L hollow --extern dep
    cleave link new.unit -o app --crate-dir real
    same app plain
    refuses 102 "hollow/libdep.so is a hollow dylib: it has no code to link; give the real or the\
 link rlib" "$CLEAVE" link new.unit -o app --crate-dir hollow
}

# What rustc says with its own outputs is what cleave's user is told, path by path.
messages_notices_and_dep_info_name_the_users_paths() {
    crates
    echo 'fn unused() {}' >>main.rs
    local flags=(--error-format=json "--json=artifacts,diagnostic-short" main.rs
        "--emit=dep-info,link,metadata,asm" -C extra-filename=-1)
    mkdir -p new/dir
    rustc "${flags[@]}" --extern dep=real/libdep.rlib --out-dir new/dir 2>"$place/rustcs"
    mv new plain.out
    cleave codegen -- rustc "${flags[@]}" --extern dep=hollow/libdep.rlib --out-dir new/dir
    grep -v '"emit":"link"' "$place/rustcs" | diff - "$err" || fail "other messages than rustc's"
    grep -q unused "$err" || fail "expected a warning"
    diff plain.out/dir/main-1.d new/dir/main-1.d
    cleave link new/dir/main-1.unit -o new/dir/main-1 --crate-dir real
    rm -r new/dir/main-1.unit
    diff -r new plain.out
}

absolute_paths_stay_absolute_in_messages() {
    crates
    local flags=(--error-format=json --json=artifacts "$PWD/main.rs"
        "--emit=dep-info,link,metadata")
    mkdir new
    rustc "${flags[@]}" --extern dep=real/libdep.rlib --out-dir "$PWD/new" 2>"$place/rustcs"
    mv new plain.out
    cleave codegen -- rustc "${flags[@]}" --extern dep=hollow/libdep.rlib --out-dir "$PWD/new"
    grep -v '"emit":"link"' "$place/rustcs" | diff - "$err" || fail "other messages than rustc's"
    diff plain.out/main.d new/main.d
}

each_emitted_file_lies_where_it_is_asked_for() {
    crates
    mkdir -p a b
    rustc main.rs --emit=dep-info=a/x.d,link=b/app,llvm-ir=a/x.ll,obj=b/x.o \
        --extern dep=real/libdep.rlib
    mkdir plain.out
    mv a b plain.out
    mkdir a b
    cleave codegen -o app.unit -- rustc main.rs \
        --emit=dep-info=a/x.d,link=b/app,llvm-ir=a/x.ll,obj=b/x.o --extern dep=hollow/libdep.rlib
    cleave link app.unit -o b/app --crate-dir real
    diff -r a plain.out/a
    diff -r b plain.out/b
}

what_rustc_prints_goes_where_it_prints_it() {
    crates
    rustc --print=native-static-libs --print=crate-name main.rs >"$place/rustcs" 2>&1
    cleave codegen -- rustc --print=native-static-libs --print=crate-name main.rs
    same "$place/rustcs" "$out"
    echo 'fn main() { let x = 1; }' >warns.rs
    rustc warns.rs 2>"$place/rustcs"
    cleave codegen -- rustc warns.rs
    same "$place/rustcs" "$err"
}

source_may_come_from_standard_input() {
    echo 'fn main() {}' >main.rs
    rustc - -o plain <main.rs
    "$CLEAVE" codegen -o app.unit -- rustc - -o plain <main.rs
    cleave link app.unit -o app
    same app plain
}

packed_debug_info_runs_as_unpacked_and_says_so() {
    crates
    cleave codegen -o new.unit -- rustc -g -C split-debuginfo=packed main.rs \
        --extern dep=hollow/libdep.rlib
    says "cleave: warning: -C split-debuginfo=packed runs as unpacked"
    says "dwp -o FILE.dwp"
    compgen -G 'new.unit/*.dwo' >/dev/null || fail "no .dwo file in the unit"
    mkdir linked
    cleave link new.unit -o linked/app --crate-dir real
    compgen -G 'linked/*.dwo' >/dev/null || fail "no .dwo file beside the output"
    ./linked/app
}

run_tests "$@"
