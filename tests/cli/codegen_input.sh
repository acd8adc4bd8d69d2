#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave codegen, hollow and metadata with input that would give a wrong result, or none: refused by
# name, and nothing is written.
source "$(dirname "$0")/lib.bash"

main() { echo 'fn main() {}' >main.rs; }

# A dependency of which a program wants nothing but what runs before main.
ctor() {
    echo '#[used] #[link_section = ".init_array"] static A: extern "C" fn() = run;
extern "C" fn run() { println!("the dependency ran"); }' >ctor.rs
    echo 'extern crate ctor; fn main() {}' >uses.rs
    rustc --crate-type rlib --emit=metadata,link -O --out-dir real ctor.rs
    rm real/libctor.rmeta
    mkdir -p hollow
    "$CLEAVE" hollow real/libctor.rlib -o hollow/libctor.rlib
}

# fake FILE: a rustc for `cleave codegen -- ./FILE`, with the rest of its script on standard
# input. It finds the program to call as linker in $linker and the output directory in $dir.
fake() {
    program "$1" <<END
while ((\$#)); do
    case \$1 in
        -Clinker=*) linker=\${1#-Clinker=} ;;
        --out-dir) dir=\$2 ;;
        -o) dir=\$(dirname "\$2") ;;
    esac
    shift
done
$(cat)
END
}

another_rustc_is_refused_with_no_split() {
    main
    remember
    refuses 102 "rustc is \"$(rustc -vV | head -n 1)\", and the toolchain says \"rustc 1.0.0\"; install that one there,\
 or have the toolchain say what it is (Bazel: version of rust_toolchain)" \
        "$CLEAVE" codegen --no-split --rustc-version 'rustc 1.0.0' -- rustc main.rs
    "$CLEAVE" codegen --no-split --rustc-version "$(rustc -vV | head -n 1)" -- rustc main.rs
    ./main
}

variables_are_stamped() {
    echo 'fn main() { println!("{}", env!("WHEN")); }' >main.rs
    echo 'WHEN={DAY} {TIME} {PLACE}' >vars.env
    echo 'DAY Monday' >stable
    echo 'TIME 12:00' >volatile
    "$CLEAVE" codegen --env-file vars.env --status-file stable --status-file volatile -o main.unit -- rustc main.rs
    "$CLEAVE" link main.unit -o stamped
    [[ $(./stamped) == "Monday 12:00 {PLACE}" ]] || fail "it prints $(./stamped)"
    remember
    echo ' 12:00' >wrong
    refuses 102 'wrong:1: " 12:00" is not KEY VALUE' \
        "$CLEAVE" codegen --status-file wrong -o main.unit -- rustc main.rs
}

rustc_itself_loses_a_dependency_when_lto_sees_its_hollow() {
    ctor
    rustc -O -C lto=thin uses.rs -o plain --extern ctor=real/libctor.rlib
    [[ $(./plain) == "the dependency ran" ]] || fail "the dependency doesn't run"
    run rustc -O -C lto=thin uses.rs -o silent --extern ctor=hollow/libctor.rlib
    if [[ $status -eq 101 ]] && grep -q "prepare_lto\|internal compiler error" "$err"; then
        # Since 1.97 it crashes on a rlib without lib.rmeta-link.
        rm -f rustc-ice-*
        return
    fi
    [[ $status -eq 0 && -z $(./silent) ]] || fail "rustc has changed: see dependencies_refuse_hollow"
}

codegen_refuses_a_hollow_rlib_with_lto_in_any_spelling() {
    ctor
    remember
    local lto
    for lto in -Clto '-C lto' -Clto=thin -Clto=fat -Clto=yes -Clto=true --codegen=lto=on; do
        # shellcheck disable=SC2086
        refuses 102 "hollow/libctor.rlib is a hollow rlib: LTO needs the code of every dependency;\
 give their real rlibs, or compile without -C lto" \
            "$CLEAVE" codegen -o app.unit -- rustc $lto uses.rs --extern ctor=hollow/libctor.rlib
    done
    expect 102 "$CLEAVE" codegen -o app.unit -- rustc -Clto uses.rs -L hollow
    says "hollow/libctor.rlib is a hollow rlib"
    untouched
}

codegen_refuses_mere_metadata_with_lto() {
    main
    echo 'pub fn a() {}' >a.rs
    rustc --crate-type rlib --emit=metadata a.rs
    remember
    refuses 102 "liba.rmeta is metadata only: LTO needs the code of every dependency; give their\
 real rlibs, or compile without -C lto" \
        "$CLEAVE" codegen -o app.unit -- rustc -Clto main.rs --extern a=liba.rmeta
    untouched
}

codegen_with_lto_takes_real_rlibs() {
    ctor
    rustc -O -C lto=thin uses.rs -o plain --extern ctor=real/libctor.rlib
    cleave codegen -o app.unit -- rustc -O -C lto=thin uses.rs -o plain \
        --extern ctor=real/libctor.rlib
    cleave link app.unit -o app --crate real/libctor.rlib
    same app plain
}

codegen_passes_on_what_rustc_says_of_a_damaged_hollow() {
    crates
    local size keep
    size=$(stat -c %s hollow/libdep.rlib)
    for keep in 0 8 100 $((size / 2)); do
        mkdir -p "cut$keep"
        head -c "$keep" hollow/libdep.rlib >"cut$keep/libdep.rlib"
    done
    mkdir foreign
    cp /bin/sh foreign/libdep.rlib
    remember
    for bad in cut*/libdep.rlib foreign/libdep.rlib; do
        expect 1 "$CLEAVE" codegen -o bad.unit -- rustc main.rs --extern "dep=$bad"
        says "$bad"
        untouched
    done
}

codegen_passes_on_what_rustc_says_of_a_missing_dependency() {
    crates
    remember
    expect 1 "$CLEAVE" codegen -o bad.unit -- rustc main.rs --extern dep=gone/libdep.rlib
    says "error: extern location for dep does not exist: gone/libdep.rlib"
    untouched
}

codegen_refuses_a_foreign_rmeta() {
    crates
    cp main.rs libdep.rmeta
    remember
    refuses 102 "libdep.rmeta: neither a rlib nor a dylib nor metadata that rustc made" \
        "$CLEAVE" codegen -o bad.unit -- rustc main.rs --extern dep=libdep.rmeta
    untouched
}

hollow_refuses_what_has_no_metadata() {
    crates
    cp main.rs foreign.rlib
    head -c 100 real/libdep.rlib >short.rlib
    head -c $(($(stat -c %s hollow/libdep.rlib) - 300)) hollow/libdep.rlib >cut.rlib
    ar rcD archive.rlib main.rs
    : >empty.rlib
    for bad in foreign short cut archive empty plain; do
        [[ -e $bad ]] || mv $bad.rlib $bad
        remember
        expect 102 "$CLEAVE" hollow $bad -o new.rlib
        says "cleave: error: $bad"
        untouched
    done
    refuses 102 "link/libdep.rlib is a link rlib, which has no metadata: give the rlib that rustc\
 wrote" "$CLEAVE" hollow link/libdep.rlib -o new.rlib
    expect 100 "$CLEAVE" hollow gone.rlib -o new.rlib
    says "cleave: error: cannot open gone.rlib: No such file or directory"
    is_absent new.rlib
}

codegen_refuses_a_file_for_the_linker_that_it_does_not_know() {
    main
    fake rustc <<'END'
mkdir "$dir/rustcAbCdEf"
echo >"$dir/rustcAbCdEf/surprise.bin"
exec "$linker" -m64 "$dir/rustcAbCdEf/surprise.bin" -o "$dir/main"
END
    remember
    expect 102 "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    says "cleave: error: rustc made a file for its linker that this cleave doesn't know: "
    says "/rustcAbCdEf/surprise.bin; compile this crate with rustc alone and report it with rustc's\
 version"
    untouched
}

codegen_refuses_an_unknown_file_that_hides_in_an_option() {
    main
    fake rustc <<'END'
mkdir "$dir/rustcAbCdEf"
echo >"$dir/rustcAbCdEf/new.script"
exec "$linker" "-Wl,--new-option=$dir/rustcAbCdEf/new.script" -o "$dir/main"
END
    remember
    expect 102 "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    says "/rustcAbCdEf/new.script; compile this crate with rustc alone"
    untouched
}

codegen_refuses_a_linker_line_without_output() {
    main
    fake rustc <<'END'
exec "$linker" -m64
END
    refuses 102 "rustc ran its linker without an output (-o)" \
        "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    is_absent app.unit
}

codegen_refuses_a_rustc_that_links_without_end() {
    main
    fake rustc <<'END'
for i in {1..20}; do
    "$linker" -o "$dir/main$i" || exit
done
END
    refuses 102 "rustc ran its linker over 16 times" \
        "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    is_absent app.unit
}

codegen_refuses_cdylib_and_dylib_of_one_output_name() {
    echo 'pub fn a() {}' >a.rs
    remember
    refuses 102 "the crate types cdylib and dylib have one output name, so that one of the two\
 links would be lost; compile them by two commands" \
        "$CLEAVE" codegen -o units -- rustc --crate-type cdylib,dylib a.rs
    untouched
}

codegen_refuses_target_cpu_native_and_says_which_it_is_here() {
    main
    local cpu
    cpu=$(rustc --print=target-cpus | sed -n 's/.*(currently \([^)]*\)).*/\1/p' | head -n 1)
    remember
    refuses 102 "-C target-cpu=native depends on the machine that codegen happens to run on; name\
 the processor, here -C target-cpu=$cpu" \
        "$CLEAVE" codegen -o app.unit -- rustc -C target-cpu=native main.rs
    untouched
    cleave rustc --do-not-link -C target-cpu=native main.rs
    cleave rustc --only-link -C target-cpu=native main.rs
    ./main
}

codegen_leaves_incremental_out_and_says_so() {
    main
    rustc main.rs -o plain
    cleave codegen -o app.unit -- rustc -C incremental=inc main.rs -o plain
    says "cleave: warning: -C incremental is left out: its outputs depend on earlier runs"
    is_absent inc
    cleave link app.unit -o app
    same app plain
}

codegen_refuses_a_target_whose_linker_it_does_not_know() {
    main
    remember
    expect 102 "$CLEAVE" codegen -o app.unit -- rustc --target x86_64-pc-windows-msvc main.rs
    says "x86_64-pc-windows-msvc"
    says "-C linker"
    untouched
}

codegen_of_a_library_refuses_to_name_a_unit() {
    echo 'pub fn a() {}' >a.rs
    remember
    refuses 101 "-o a.unit names a link unit, but nothing is linked by this command line; leave it\
 out, or use --hollow-dir" "$CLEAVE" codegen -o a.unit -- rustc --crate-type rlib a.rs
    untouched
}

metadata_refuses_what_gives_another_crate_hash() {
    echo 'pub fn a() {}' >a.rs
    remember
    refuses 102 "--emit must have metadata and link, here and where the crate is compiled: the\
 crate's hash depends on it" \
        "$CLEAVE" metadata -o liba.rlib -- rustc --crate-type rlib --emit=metadata a.rs
    refuses 102 "a crate of type cdylib has no hollow rlib of its own; only rlibs have" \
        "$CLEAVE" metadata -o liba.rlib -- rustc --crate-type cdylib --emit=metadata,link a.rs
    refuses 102 "only a rlib has a hollow rlib; say --crate-type=rlib" \
        "$CLEAVE" metadata -o liba.rlib -- rustc --emit=metadata,link a.rs
    untouched
}

run_tests "$@"
