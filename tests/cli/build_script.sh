#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave build-script at work: what a script sees, what is left of it, and who takes that.
source "$(dirname "$0")/lib.bash"

# script: the build script, a shell script in the package pkg
script() {
    mkdir -p pkg
    program pkg/build
}

# answers [OPTION…]: runs it
answers() { cleave build-script -o answers --manifest-dir pkg "$@" -- pkg/build; }

# holds FILE TEXT: the answer is exactly that
holds() { [[ $(<"answers/$1") == "$2" ]] || fail "answers/$1 is: $(<"answers/$1")"; }

the_answers_are_files_for_codegen_link_and_dependents() {
    script <<'END'
echo compiling >"$OUT_DIR/made.rs"
echo "cargo::rustc-cfg=fast"
echo "cargo:rustc-check-cfg=cfg(fast)"
echo "cargo::rustc-link-search=native=$OUT_DIR/lib"
echo "cargo:rustc-link-lib=static=z"
echo "cargo::rustc-env=MADE_IN=$OUT_DIR"
echo "cargo::rustc-link-arg-bins=-Wl,-z,now"
echo "cargo::metadata=root=$OUT_DIR"
echo "cargo::warning=slow"
echo not for Cargo
echo nor this >&2
END
    answers --links z-lib
    silent
    holds out/made.rs compiling
    holds env "OUT_DIR=/proc/self/cwd/answers/out
MADE_IN=/proc/self/cwd/answers/out"
    holds rustc-args "--cfg=fast
--check-cfg=cfg(fast)"
    holds rustc-libs "-Lnative=/proc/self/cwd/answers/out/lib
-lstatic=z"
    holds link-args "$(printf 'search\tnative=/proc/self/cwd/answers/out/lib\nbins\t-Wl,-z,now')"
    holds dep-env DEP_Z_LIB_ROOT=/proc/self/cwd/answers/out
    holds warnings slow
}

a_script_runs_in_its_package_and_knows_it() {
    script <<'END'
pwd
echo "$CARGO_MANIFEST_DIR $CARGO_MANIFEST_PATH $OUT_DIR $*" >&2
env | grep -E '^(CARGO_(PKG|FEATURE|MANIFEST_LINKS)|TARGET|HOST|PROFILE|OPT|DEBUG)' | sort >&2
exit 1
END
    run "$CLEAVE" build-script -o answers --manifest-dir pkg --package zlib-sys \
        --package-version 1.2.3-pre+b --links z --feature a-b --host h-o-s --profile release \
        --env CARGO_PKG_LICENSE=MIT -- pkg/build one "two words"
    says "$(printf -- '--- standard output of the build script\n%s/pkg' "$PWD")"
    [[ $(sed '1,/standard error/d; /^cleave:/d' "$err") == "$PWD/pkg $PWD/pkg/Cargo.toml \
$PWD/answers/out one two words
CARGO_FEATURE_A_B=1
CARGO_MANIFEST_LINKS=z
CARGO_PKG_AUTHORS=
CARGO_PKG_DESCRIPTION=
CARGO_PKG_HOMEPAGE=
CARGO_PKG_LICENSE=MIT
CARGO_PKG_LICENSE_FILE=
CARGO_PKG_NAME=zlib-sys
CARGO_PKG_README=
CARGO_PKG_REPOSITORY=
CARGO_PKG_RUST_VERSION=
CARGO_PKG_VERSION=1.2.3-pre+b
CARGO_PKG_VERSION_MAJOR=1
CARGO_PKG_VERSION_MINOR=2
CARGO_PKG_VERSION_PATCH=3
CARGO_PKG_VERSION_PRE=pre
DEBUG=false
HOST=h-o-s
OPT_LEVEL=3
PROFILE=release
TARGET=h-o-s" ]] || fail "another environment"
    script <<'END'
pwd >&2
exit 1
END
    mkdir elsewhere
    run "$CLEAVE" build-script -o answers --manifest-dir pkg --cwd elsewhere -- pkg/build
    says "$PWD/elsewhere"
}

cfgs_are_those_of_the_target_and_flags() {
    script <<'END'
echo "cargo::warning=$CARGO_CFG_TARGET_OS $CARGO_CFG_FLAG ${CARGO_CFG_UNIX-none}"
END
    answers --target wasm32-unknown-unknown --rustflag --cfg --rustflag 'flag="x"'
    holds warnings "unknown x none"
}

a_dependents_script_sees_metadata_with_real_paths() {
    script <<'END'
mkdir -p "$OUT_DIR/include"
echo "cargo:include=$OUT_DIR/include"
END
    cleave build-script -o dep/answers --manifest-dir pkg --links z -- pkg/build
    script <<'END'
[ -d "$DEP_Z_INCLUDE" ] || exit 1
echo "cargo:warning=$DEP_Z_INCLUDE"
END
    answers --dep dep/answers
    holds warnings /proc/self/cwd/dep/answers/out/include
}

files_and_options_set_variables_and_options_win() {
    script <<'END'
echo "cargo:warning=$A $B $NUM_JOBS"
END
    echo "A=file
B=file" >given
    A=caller B=caller answers --env-file given --env B=option --env NUM_JOBS=1
    holds warnings "file option 1"
}

the_same_script_in_two_directories_gives_the_same_answers() {
    script <<'END'
cc $CFLAGS -g -c "$CARGO_MANIFEST_DIR/z.c" -o "$OUT_DIR/z.o"
ar rcD "$OUT_DIR/libz.a" "$OUT_DIR/z.o"
ln -s "$OUT_DIR/libz.a" "$OUT_DIR/libother.a"
echo "prefix=$OUT_DIR" >"$OUT_DIR/z.pc"
echo "cargo::rustc-link-search=native=$OUT_DIR"
echo "cargo::rustc-env=ROOT=$PWD"
END
    echo 'int z(void) { return __FILE__[0]; }' >pkg/z.c
    mkdir -p one two/deeper
    cp -r pkg one && cp -r pkg two/deeper
    (cd one && answers --discard '*.pc')
    (cd two/deeper && answers --discard '*.pc')
    diff -r one/answers two/deeper/answers
    is_absent one/answers/out/z.pc
    [[ $(readlink one/answers/out/libother.a) == libz.a ]] || fail "the link is not relative"
    ! grep -raqF "$place" one/answers || fail "the answers have the directory's name in them"
}

answers_in_a_directory_of_absolute_path_are_as_the_script_gave_them() {
    script <<'END'
echo "$OUT_DIR" >"$OUT_DIR/where"
echo "cargo:rustc-env=WHERE=$OUT_DIR ${CFLAGS-none}"
END
    cleave build-script -o "$PWD/answers" --manifest-dir pkg -- pkg/build
    holds env "OUT_DIR=$PWD/answers/out
WHERE=$PWD/answers/out none"
    holds out/where "$PWD/answers/out"
}

what_names_the_place_it_was_made_in_is_refused() {
    script <<'END'
echo "$OUT_DIR" >"$OUT_DIR/config.log"
END
    remember
    refuses 102 "the build script of pkg 1 wrote the path of the working directory $PWD into files\
 in OUT_DIR, which differ from place to place by that: config.log; discard what nobody needs by\
 --discard GLOB" "$CLEAVE" build-script -o answers --manifest-dir pkg --label "pkg 1" -- pkg/build
    untouched
    script <<'END'
ln -s /usr/include "$OUT_DIR/include"
END
    remember
    refuses 102 "the build script of pkg left include in OUT_DIR, a link to /usr/include, which is\
 outside and may not be there later; discard it by --discard 'include', or have the script copy the\
 file" "$CLEAVE" build-script -o answers --package pkg --manifest-dir pkg -- pkg/build
    untouched
}

a_script_that_fails_is_named_and_shown() {
    script <<'END'
touch "$OUT_DIR/half"
echo "cargo:warning=z.c:1: error"
echo "no compiler" >&2
exit 7
END
    remember
    refuses 100 "the build script of zlib failed with exit status 7" \
        "$CLEAVE" build-script -o new/answers --label zlib --manifest-dir pkg -- pkg/build
    says "no compiler"
    says "warning: zlib: z.c:1: error"
    untouched
    is_absent new
    script <<'END'
kill -SEGV $$
END
    remember
    refuses 100 "the build script of zlib was killed by SIGSEGV (Segmentation fault)" \
        "$CLEAVE" build-script -o answers --label zlib --manifest-dir pkg -- pkg/build
    untouched
    script <<<'exit 139'
    refuses 100 "the build script of zlib failed with exit status 139" \
        "$CLEAVE" build-script -o answers --label zlib --manifest-dir pkg -- pkg/build
}

a_script_that_reports_errors_has_failed() {
    script <<'END'
echo cargo::error=no zlib
echo cargo::error=nor zlib-ng
END
    remember
    refuses 100 "the build script of zlib reports 2 errors" \
        "$CLEAVE" build-script -o answers --label zlib --manifest-dir pkg -- pkg/build
    says "error: zlib: no zlib"
    says "error: zlib: nor zlib-ng"
    untouched
}

a_script_that_prints_nonsense_is_refused_with_the_line() {
    script <<<'echo "cargo::rustc-link-lib"'
    remember
    refuses 102 "the build script of zlib printed \"cargo::rustc-link-lib\": there is no \"=\"; print\
 cargo::KEY=VALUE" "$CLEAVE" build-script -o answers --label zlib --manifest-dir pkg -- pkg/build
    untouched
}

a_crate_cannot_set_rustc_bootstrap() {
    script <<<'echo "cargo:rustc-env=RUSTC_BOOTSTRAP=1"'
    remember
    refuses 102 "the build script of zlib sets RUSTC_BOOTSTRAP, which a crate can't; set it in the\
 environment of the whole build, if you are sure" \
        "$CLEAVE" build-script -o answers --label zlib --manifest-dir pkg -- pkg/build
    untouched
    RUSTC_BOOTSTRAP=1 answers
    holds env OUT_DIR=/proc/self/cwd/answers/out
}

earlier_answers_are_replaced_and_other_files_never() {
    script <<'END'
touch "$OUT_DIR/one"
END
    answers
    script <<'END'
touch "$OUT_DIR/two"
END
    answers
    [[ $(ls answers/out) == two ]] || fail "expected two alone: $(ls answers/out)"
    mkdir home
    echo mine >home/thesis
    remember
    refuses 102 "home holds thesis, which no build script has left there; give a directory of its own" \
        "$CLEAVE" build-script -o home --manifest-dir pkg -- pkg/build
    untouched
}

what_is_wrong_with_the_command_line_is_named() {
    refuses 101 "give the directory to write: -o DIR" "$CLEAVE" build-script -- true
    refuses 101 "give the build script after --" "$CLEAVE" build-script -o answers
    refuses 101 "unexpected true; the build script follows --" "$CLEAVE" build-script -o a true
    refuses 101 "--profile dev: give debug or release" \
        "$CLEAVE" build-script -o answers --profile dev -- true
    refuses 101 "--debug 2: give true or false" \
        "$CLEAVE" build-script -o answers --debug 2 -- true
    refuses 101 "--env A: give NAME=VALUE" "$CLEAVE" build-script -o answers --env A -- true
    refuses 101 "--package-version 1.2: give MAJOR.MINOR.PATCH" \
        "$CLEAVE" build-script -o answers --package-version 1.2 -- true
    refuses 100 "the build script of true is to run in $PWD/nowhere, which is no directory" \
        "$CLEAVE" build-script -o answers --manifest-dir nowhere -- true
    refuses 100 "cannot open nowhere/dep-env: No such file or directory" \
        "$CLEAVE" build-script -o answers --dep nowhere -- true
    refuses 100 "cannot run ./nothing: No such file or directory" \
        "$CLEAVE" build-script -o answers -- ./nothing
    is_absent answers
}

signals_reach_the_script_and_nothing_is_left() {
    mkdir pkg
    program pkg/build <<END
trap 'touch "$place/told"; exit 1' TERM
touch "\$OUT_DIR/half"
: >'$place/ready'
while :; do sleep 0.01; done
END
    remember
    env --default-signal=TERM "$CLEAVE" build-script -o answers --manifest-dir pkg -- pkg/build \
        >"$out" 2>"$err" &
    local pid=$!
    until [[ -e $place/ready ]]; do sleep 0.01; done
    kill "$pid"
    status=0
    wait "$pid" || status=$?
    [[ $status -eq 143 ]] || fail "expected exit status 143"
    is_there "$place/told"
    untouched
}

# The package zpkg: a build script that compiles C, a library that the code binds, a program.
natives() {
    script <<'END'
cc -c z.c -o "$OUT_DIR/z.o" && ar rcD "$OUT_DIR/libz7.a" "$OUT_DIR/z.o"
echo 'pub const MADE: u32 = 30;' >"$OUT_DIR/made.rs"
echo "cargo::rustc-link-search=native=$OUT_DIR"
echo "cargo::rustc-link-lib=z7"
echo "cargo::rustc-cfg=bound"
echo "cargo::rustc-env=NAMED=by the script"
echo "cargo::rustc-link-arg-bin=app=-Wl,--defsym=marked=0"
echo "cargo::rustc-link-arg-bin=other=--no-such-option"
END
    echo 'int z7(void) { return 12; }' >pkg/z.c
    answers
    cat >main.rs <<'END'
include!(concat!(env!("OUT_DIR"), "/made.rs"));
extern "C" { fn z7() -> u32; }
#[cfg(bound)]
fn main() { println!("{} {}", env!("NAMED"), MADE + unsafe { z7() }); }
END
}

codegen_and_link_take_the_answers_and_give_rustcs_bytes() {
    natives
    local flags=(--crate-name app main.rs @answers/rustc-args @answers/rustc-libs)
    (
        export OUT_DIR=/proc/self/cwd/answers/out NAMED="by the script"
        rustc "${flags[@]}" -C link-arg=-Wl,--defsym=marked=0 -o plain
    )
    cleave codegen -o app.unit --slot link-args --env-file answers/env -- rustc "${flags[@]}"
    cleave link app.unit -o app --build-script bin:app=answers
    [[ $(./app) == "by the script 42" ]] || fail "another program: $(./app)"
    same app plain
    cleave codegen -o new.unit --env-file answers/env -- rustc "${flags[@]}"
    refuses 101 "--link-arg or --build-script fills a slot that new.unit doesn't have; run codegen\
 with --slot link-args" "$CLEAVE" link new.unit -o new --build-script bin:app=answers
}

metadata_and_rustc_take_files_of_variables_too() {
    echo 'pub const A: &str = env!("A");' >lib.rs
    echo "A=b c" >given
    cleave metadata -o hollow/liblib.rlib --env-file given -- rustc --crate-type rlib \
        --emit=metadata,link lib.rs
    is_there hollow/liblib.rlib
    echo 'fn main() { print!("{}", env!("A")) }' >main.rs
    cleave rustc --env-file given --do-not-link main.rs
    cleave rustc --env-file=given --only-link main.rs
    [[ $(./main) == "b c" ]] || fail "another program"
    rm main
    cleave rustc --env-file given main.rs
    [[ $(./main) == "b c" ]] || fail "another program"
    refuses 101 "--env-file needs a value: --env-file FILE" "$CLEAVE" rustc main.rs --env-file
    echo "nonsense" >given
    refuses 102 'given:1: "nonsense" is not NAME=VALUE' "$CLEAVE" rustc --env-file given main.rs
    refuses 102 'given:1: "nonsense" is not NAME=VALUE' \
        "$CLEAVE" codegen --env-file given -- rustc main.rs
}

run_tests "$@"
