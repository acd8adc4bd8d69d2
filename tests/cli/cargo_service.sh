#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Cargo through cleave while cleaved listens: codegen is an action there, and its result is kept.
source "$(dirname "$0")/lib.bash"

cp "${CLEAVED:-$top/build/cleaved}" "$work/cleaved" || exit 1
# rustup's Cargo is a proxy, too, and looks for a toolchain's own rustc.
RUSTC=$(rustc --print sysroot)/bin/rustc
export RUSTC

# package: a program with a build script, its library and a proc macro
package() {
    mkdir -p app/src dep/src mac/src
    printf '[workspace]\nmembers = ["app", "dep", "mac"]\nresolver = "2"\n' >Cargo.toml
    for name in app dep mac; do
        printf '[package]\nname = "%s"\nversion = "0.1.0"\nedition = "2021"\n' $name >$name/Cargo.toml
    done
    printf '[lib]\nproc-macro = true\n' >>mac/Cargo.toml
    printf '[dependencies]\ndep = { path = "../dep" }\nmac = { path = "../mac" }\n' >>app/Cargo.toml
    cat >dep/src/lib.rs <<'END'
pub fn answer(i: usize) -> u32 { assert!(i < 9, "{}", file!()); [42][i] }
#[test] fn it_is_known() { assert_eq!(answer(0), 42) }
END
    cat >mac/src/lib.rs <<'END'
extern crate proc_macro;
use proc_macro::TokenStream;
#[proc_macro] pub fn four(_: TokenStream) -> TokenStream { "4u32".parse().unwrap() }
END
    cat >app/src/main.rs <<'END'
include!(concat!(env!("OUT_DIR"), "/made.rs"));
fn main() { println!("{} {} {} {}", dep::answer(0), mac::four!(), env!("BUILT"), made()) }
END
    cat >app/build.rs <<'END'
fn main() {
    println!("cargo:rerun-if-changed=build.rs\ncargo:rustc-env=BUILT=yes");
    let made = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("made.rs");
    std::fs::write(made, "fn made() -> u32 { 7 }").unwrap();
}
END
}

# service: cleaved, until the test ends; skips the test where it has no sandbox
service() {
    sockets=$(mktemp -d /tmp/cleaved-XXXXXX)
    export CLEAVE_SERVICE=$sockets/local.sock XDG_CACHE_HOME=$place/cache
    "$work/cleaved" serve --listen "unix:$sockets/reapi.sock" --local-socket "$CLEAVE_SERVICE" \
        --store "$place/store" --sandbox userns >"$place/service" 2>&1 &
    daemon=$!
    trap 'kill $daemon 2>/dev/null || true; wait $daemon || true; rm -rf "$sockets"' EXIT
    until grep -q listening "$place/service"; do
        kill -0 $daemon 2>/dev/null || skip "no sandbox: $(<"$place/service")"
        sleep 0.05
    done
}

# plainly ARG…: what Cargo alone builds of the package here from nothing, kept in plain.out
plainly() {
    rm -rf target plain.out
    CLEAVE_SERVICE=none CARGO_INCREMENTAL=0 cargo build --offline --quiet "$@"
    mv target plain.out
}

# built ARG…: by cleave from nothing; its log is $place/log
built() {
    rm -rf target "$place/log"
    CLEAVE_LOG=$place/log cleave cargo build --offline "$@"
}

# counts HITS RAN HERE
counts() {
    [[ $(tail -n 1 "$err") == *"; by cleaved: $1 from the cache, $2 run, $3 here"* ]] ||
        fail "expected $*: $(cat "$place/log")"
}

# identical PROFILE: every file that rustc and the linker wrote is Cargo's own
identical() {
    local file count=0
    while read -r file; do
        same "plain.out/$1/$file" "target/$1/$file"
        count=$((count + 1))
    done < <(cd "plain.out/$1" && find . -maxdepth 1 -type f ! -name '.*' && find deps -type f &&
        find build -name '*build*' -type f)
    [[ $count -ge 10 ]] || fail "compared only $count files"
}

executed() { "$work/cleaved" stats --json --local-socket "$CLEAVE_SERVICE" | grep -o '"executed": [0-9]*'; }

everything_is_cargos_own_at_first_and_from_the_cache() {
    package
    service
    local profile crates=4
    for profile in dev release; do
        plainly --profile $profile
        built --profile $profile
        counts 0 $crates 0
        identical "${profile/dev/debug}"
        built --profile $profile
        counts $crates 0 0
        identical "${profile/dev/debug}"
        crates=5 # the macro, for its user and for itself
    done
    [[ $(target/release/app) == "42 4 yes 7" ]] || fail "expected it to run"
}

from_the_cache_no_rustc_runs() {
    command -v strace >/dev/null || skip "no strace"
    package
    service
    built
    local before
    before=$(executed)
    rm -rf target
    strace -f -qq -e trace=execve -o "$place/trace" true 2>/dev/null || skip "strace is not allowed"
    expect 0 strace -f -qq -s 4096 -e trace=execve -o "$place/trace" "$CLEAVE" cargo build --offline
    says "4 from the cache"
    ! grep -E 'execve\("[^"]*/rustc", .*--crate-name", "(app|dep|mac|build)' "$place/trace" |
        grep -v ENOENT || fail "rustc has run"
    [[ $(executed) == "$before" ]] || fail "cleaved has run it"
}

a_second_build_is_fresh() {
    package
    service
    built
    cleave cargo build --offline
    ! grep -q Compiling "$err" || fail "compiled again"
    says "cleave: 0 rustc runs"
}

what_changed_is_compiled_and_no_more() {
    package
    service
    built
    echo '// changed' >>dep/src/lib.rs
    built
    counts 2 2 0
    grep -qx 'ran dep lib' "$place/log" || fail "expected dep to be compiled"
    plainly
    built
    counts 4 0 0
    identical debug
}

variables_that_the_source_reads_are_part_of_it() {
    package
    service
    echo 'fn main() { println!("{:?} {}", option_env!("LEVEL"), env!("NAME")) }' >app/src/main.rs
    export NAME=one
    unset LEVEL
    built
    counts 0 3 1
    built
    counts 3 1 0
    built
    counts 4 0 0
    [[ $(target/debug/app) == 'None one' ]] || fail "expected None one"
    NAME=two built
    [[ $(target/debug/app) == 'None two' ]] || fail "expected None two"
    export LEVEL=3
    built
    [[ $(target/debug/app) == 'Some("3") one' ]] || fail "expected Some one"
    plainly
    built
    counts 4 0 0
    identical debug
}

a_file_outside_the_package_is_sent_once_it_is_known() {
    package
    service
    echo one >text
    echo 'fn main() { print!("{}", include_str!("../../text")) }' >app/src/main.rs
    built
    counts 0 3 1
    says "(1: rustc failed in the sandbox)"
    built
    counts 3 1 0
    built
    counts 4 0 0
    echo two >text
    built
    counts 3 1 0
    [[ $(target/debug/app) == two ]] || fail "expected two"
    plainly
    built
    identical debug
}

a_macro_may_read_the_packages_files_and_no_others() {
    package
    service
    cat >mac/src/lib.rs <<'END'
extern crate proc_macro;
use proc_macro::TokenStream;
#[proc_macro] pub fn four(_: TokenStream) -> TokenStream {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let inside = std::fs::read_to_string(format!("{here}/number")).unwrap();
    if let Ok(path) = std::fs::read_to_string(format!("{here}/path")) {
        std::fs::read_to_string(path.trim()).unwrap();
    }
    inside.parse().unwrap()
}
END
    echo 5u32 >app/number
    built
    counts 0 4 0
    [[ $(target/debug/app) == "42 5 yes 7" ]] || fail "expected 5"
    echo 6u32 >app/number
    built
    counts 2 2 0
    [[ $(target/debug/app) == "42 6 yes 7" ]] || fail "expected 6"
    # What it reads elsewhere isn't there: the crate is compiled here, as often as that is so.
    echo "$PWD/secret" >app/path
    echo x >secret
    built
    counts 2 1 1
    built
    counts 3 0 1
    [[ $(target/debug/app) == "42 6 yes 7" ]] || fail "expected 6"
}

what_was_built_without_cleave_in_between_is_seen() {
    package
    service
    echo 'pub fn answer(_: usize) -> u32 { 42 }' >dep/src/lib.rs
    built
    sed -i 's/42/43/' dep/src/lib.rs
    sed -i 's/4u32/5u32/' mac/src/lib.rs
    CARGO_INCREMENTAL=0 cargo build --offline --quiet
    echo '// changed' >>app/src/main.rs
    cleave cargo build --offline
    says "(1: a dependency was compiled without cleave)"
    [[ $(target/debug/app) == "43 5 yes 7" ]] || fail "expected 43 and 5"
    # A macro needs nothing but itself.
    echo 'fn main() { println!("{}", mac::four!()) }' >app/src/main.rs
    sed -i '/^dep =/d' app/Cargo.toml
    rm target/debug/.cleave/hollow/libmac*
    cleave cargo build --offline
    says "by cleaved: 0 from the cache, 1 run, 0 here"
    [[ $(target/debug/app) == 5 ]] || fail "expected 5"
}

a_macro_sees_links_and_empty_directories_as_they_are() {
    package
    service
    cat >mac/src/lib.rs <<'END'
extern crate proc_macro;
use proc_macro::TokenStream;
fn list(dir: &std::path::Path, text: &mut String) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap()).collect();
    entries.sort_by_key(|e| e.file_name());
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        *text += &format!("{:?} {} {};", entry.file_name(), kind.is_symlink(), path.exists());
        if path.is_dir() { list(&path, text) } else { *text += &format!("{:?}", std::fs::read(path).ok()) }
    }
}
#[proc_macro] pub fn four(_: TokenStream) -> TokenStream {
    let mut text = String::new();
    list(&std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("data"), &mut text);
    format!("{text:?}").parse().unwrap()
}
END
    mkdir -p app/data/empty app/data/full shared
    echo a | tee app/data/full/a >shared/text
    ln -s full/a app/data/inside
    ln -s full app/data/also
    ln -s nowhere app/data/dangling
    ln -s ../../shared/text app/data/outside
    plainly
    built
    counts 0 4 0
    identical debug
    echo b >shared/text
    built
    counts 2 2 0
    plainly
    built
    identical debug
    # How much there may be behind this one, nobody knows.
    ln -s ../../shared app/data/directory
    plainly
    built
    counts 2 0 2
    says "(2: $PWD/app/data/directory is a link by way of $PWD/shared, outside of the package)"
    identical debug
}

a_file_that_a_macro_writes_and_rustc_reads_is_written_here() {
    package
    service
    cat >mac/src/lib.rs <<'END'
extern crate proc_macro;
use proc_macro::TokenStream;
#[proc_macro] pub fn four(_: TokenStream) -> TokenStream {
    std::fs::write(format!("{}/written.rs", std::env::var("OUT_DIR").unwrap()), "5u32").unwrap();
    r#"include!(concat!(env!("OUT_DIR"), "/written.rs"))"#.parse().unwrap()
}
END
    plainly
    built
    says "/out/written.rs in the sandbox, and it isn't here)"
    identical debug
    is_there target/debug/build/app-*/out/written.rs
}

errors_and_warnings_are_cargos_own() {
    package
    service
    echo 'fn main() { nonsense }' >app/src/main.rs
    CLEAVE_SERVICE=none CARGO_INCREMENTAL=0 run cargo build --offline --quiet
    cp "$err" "$place/cargos"
    rm -r target
    CARGO_INCREMENTAL=0 RUSTC_WRAPPER=$CLEAVE expect 101 cargo build --offline --quiet
    same "$place/cargos" "$err"
    echo 'fn main() { let unused = dep::answer(0); }' >app/src/main.rs
    for _ in 1 2 3; do
        built
        says "unused variable: \`unused\`"
    done
    counts 4 0 0
    cleave cargo build --offline
    says "unused variable: \`unused\`"
}

what_a_macro_prints_is_passed_on_whole() {
    package
    service
    sed -i 's/"4u32"/eprint!("one\\0two\\n"); println!("out\\0"); "4u32"/' mac/src/lib.rs
    echo 'fn main() { let unused = mac::four!(); }' >app/src/main.rs
    CLEAVE_SERVICE=none CARGO_INCREMENTAL=0 run cargo build --offline --quiet
    cp "$err" "$place/cargos"
    cp "$out" "$place/cargos.out"
    for _ in 1 2; do
        rm -r target
        CARGO_INCREMENTAL=0 RUSTC_WRAPPER=$CLEAVE expect 0 cargo build --offline --quiet
        same "$place/cargos" "$err"
        same "$place/cargos.out" "$out"
    done
}

# seeing TEXT: a build from nothing that sees another /usr/local/lib, which is the machine's
seeing() {
    cat >"$place/see" <<'END'
mount -t tmpfs none /usr/local/lib
echo "$1" >/usr/local/lib/libx.a
touch -d @0 /usr/local/lib/libx.a
"$CLEAVE" cargo build --offline
END
    rm -rf target "$place/log"
    CLEAVE_LOG=$place/log expect 0 unshare -rm bash -eu "$place/see" "$1"
}

static_libraries_of_the_machine_are_part_of_the_key() {
    package
    service
    export CLEAVE RUSTFLAGS='-L native=/usr/local/lib'
    plainly
    seeing one
    counts 0 4 0
    identical debug
    seeing one
    counts 4 0 0
    identical debug
    seeing another
    counts 0 4 0
}

what_cannot_be_there_is_compiled_here_and_counted() {
    package
    service
    printf '[profile.release]\nlto = true\n' >>Cargo.toml
    plainly --release
    built --release
    says "1: LTO"
    identical release
    RUSTFLAGS='-C target-cpu=native' built
    says "(4: target-cpu=native)"
}

tests_and_another_directory_are_as_cargo_has_them() {
    package
    service
    built
    mkdir elsewhere
    cp -a app dep mac Cargo.toml Cargo.lock elsewhere
    cd elsewhere
    plainly --tests
    built --tests
    identical debug
    built --tests
    counts 6 0 0
    identical debug
}

a_daemon_that_is_gone_is_done_without() {
    package
    service
    built
    kill -9 $daemon
    wait $daemon 2>/dev/null || true
    built
    ! grep -q 'by cleaved' "$err" || fail "expected no word of cleaved"
    plainly
    built
    identical debug
}

a_daemon_that_hangs_up_is_done_without() {
    package
    sockets=$(mktemp -d /tmp/cleaved-XXXXXX)
    export CLEAVE_SERVICE=$sockets/local.sock
    python3 - "$CLEAVE_SERVICE" <<'END' &
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(8)
while True:
    caller = listener.accept()[0]
    caller.recv(10)
    caller.close()
END
    daemon=$!
    trap 'kill $daemon || true; rm -rf "$sockets"' EXIT
    until [[ -S $CLEAVE_SERVICE ]]; do sleep 0.05; done
    built
    says "; by cleaved: 0 from the cache, 0 run, 4 here (4: cannot read cleaved's answer: "
    target/debug/app
}

run_tests "$@"
