#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave codegen --at: a tree of absolute paths, compiled as at those paths.
# shellcheck disable=SC2016,SC2031
source "$(dirname "$0")/lib.bash"

# A user that has no account and no files.
ORDINARY=54321

# sources: crates whose bytes name their place, by panics and debug info
sources() {
    mkdir -p ws/src
    cat >ws/src/dep.rs <<'END'
pub fn pick(from: &[u32], at: usize) -> u32 { assert!(at < 9, "at {}", file!()); from[at] }
END
    cat >ws/src/mac.rs <<'END'
extern crate proc_macro;
#[proc_macro]
pub fn four(_: proc_macro::TokenStream) -> proc_macro::TokenStream { "4u32".parse().unwrap() }
END
    echo 'fn main() { println!("{}", dep::pick(&[mac::four!()], 0)) }' >ws/src/app.rs
    echo 'pub fn shared() -> u32 { dep::pick(&[1], 0) }' >ws/src/shared.rs
}

# crate NAME TYPE ARG…: its command line, in $words
crate() {
    words=("${RUSTC_UNDER_TEST:-rustc}" -g --edition 2021 --crate-name "$1" --crate-type "$2"
        "$PWD/ws/src/$1.rs" "${@:3}")
}

# plainly: everything by rustc alone, in ws, into plain/
plainly() {
    local words
    mkdir -p plain ws/out
    crate dep rlib --emit=dep-info,metadata,link --out-dir "$PWD/ws/out"
    (cd ws && "${words[@]}")
    crate mac proc-macro -C prefer-dynamic --out-dir "$PWD/ws/out"
    (cd ws && "${words[@]}")
    crate shared dylib -C prefer-dynamic --extern "dep=$PWD/ws/out/libdep.rlib" --out-dir "$PWD/ws/out"
    (cd ws && "${words[@]}")
    crate app bin --extern "dep=$PWD/ws/out/libdep.rlib" --extern "mac=$PWD/ws/out/libmac.so" \
        -o "$PWD/ws/out/app"
    (cd ws && "${words[@]}")
    mv ws/out/* plain
    rmdir ws/out
}

# planted DIR…: a tree that has copies of these directories at their own paths
planted() {
    local dir
    for dir; do
        mkdir -p "tree$(dirname "$dir")"
        cp -a "$dir" "tree$dir"
    done
}

# at ARG…: codegen in ws, seen in the tree
at() { cleave codegen --at tree --cwd "$PWD/ws" "$@"; }

# inside SCRIPT: what a shell sees at the place of rustc
inside() { at --no-split -- /bin/sh -c "$1"; }

rlibs_units_and_all_that_is_linked_are_those_of_the_place() {
    local words here=$PWD
    sources
    plainly
    planted "$PWD/ws"
    mkdir "tree$here/ws/out"
    mv ws elsewhere
    mkdir ws # what the machine has there is not seen

    crate dep rlib --emit=dep-info,metadata,link --out-dir "$here/ws/out"
    at --hollow-dir "$here/ws/hollow" -- "${words[@]}"
    crate mac proc-macro -C prefer-dynamic --out-dir "$here/ws/out"
    at -o "$here/ws/mac.unit" -- "${words[@]}"
    crate shared dylib -C prefer-dynamic --extern "dep=$here/ws/hollow/libdep.rlib" \
        --out-dir "$here/ws/out"
    at -o shared.unit -- "${words[@]}"
    cp plain/libmac.so "tree$here/ws/out"
    crate app bin --extern "dep=$here/ws/hollow/libdep.rlib" \
        --extern "mac=$here/ws/out/libmac.so" -o "$here/ws/out/app"
    at -o app.unit -- "${words[@]}"

    for file in libdep.rlib libdep.rmeta dep.d; do
        same "tree$here/ws/out/$file" "plain/$file"
    done
    for unit in mac shared app; do
        cleave link "tree$here/ws/$unit.unit" -o linked --crate plain/libdep.rlib
        for file in plain/{lib"$unit".so,"$unit"}; do
            [[ ! -e $file ]] || same linked "$file"
        done
    done
    [[ -z $(ls ws) ]] || fail "written to the machine's own place"

    # The unit is that of codegen at the place itself, the debug info included.
    rm -r ws && mv elsewhere ws && mkdir ws/hollow ws/out
    cp "tree$here/ws/hollow/libdep.rlib" ws/hollow
    cp plain/libmac.so ws/out
    (cd ws && cleave codegen -o app.unit -- "${words[@]}")
    diff -r ws/app.unit "tree$here/ws/app.unit" || fail "the units differ"
}

the_machine_is_seen_read_only_and_joined_where_the_tree_has_only_directories() {
    mkdir -p ws/src other
    echo here >other/file
    ln -s other link
    echo hidden >ws/hidden
    planted "$PWD/ws"
    rm "tree$PWD/ws/hidden"
    echo main >"tree$PWD/ws/main"
    inside "cat ../other/file ../link/file main; ls; touch new"
    [[ $(<"$out") == $'here\nhere\nmain\nmain\nsrc' ]] || fail "expected what the two have"
    is_there "tree$PWD/ws/new"
    is_absent ws/new
    for file in ../new ../other/file /usr/new /new "$work/new"; do
        expect 1 "$CLEAVE" codegen --at tree --cwd "$PWD/ws" --no-split -- \
            /bin/bash -c "echo x >>$file"
        says "Read-only file system"
    done
    [[ $(<other/file) == here ]] || fail "the machine's file was written"
}

temporary_files_can_be_written() {
    mkdir ws
    planted "$PWD/ws"
    inside 'echo x >$TMPDIR/made && cat $TMPDIR/made && rm $TMPDIR/made'
    prints x
    # Where the tree has that directory, joined, they are of this run alone.
    mkdir -p "tree$TMPDIR/ws/src"
    inside 'echo x >$TMPDIR/made && ls $TMPDIR'
    prints made
    is_absent "$TMPDIR/made"
}

an_empty_directory_of_the_tree_is_a_place_to_write() {
    mkdir -p ws/target "tree$PWD/ws/target"
    echo old >ws/target/old
    inside 'ls target; echo x >target/x'
    silent
    is_there "tree$PWD/ws/target/x"
}

links_lead_where_they_lead_at_those_paths() {
    mkdir ws secret
    echo secret >secret/file
    planted "$PWD/ws"
    ln -s "$PWD/secret" "tree$PWD/ws/out"
    ln -s /usr/bin "tree$PWD/ws/bin"
    ln -s ../../../../../../../../../../proc/self/root/tmp "tree$PWD/ws/up"
    inside 'cat out/file; test -x bin/env; for l in out bin; do touch $l/x && exit 1; done; exit 0'
    prints secret
    is_absent secret/x
    is_absent /usr/bin/x
}

a_link_above_a_place_stands_as_it_is() {
    mkdir -p ws "tree$PWD"
    echo x >ws/file
    mkdir "tree$PWD/ws"
    ln -s "$PWD/ws" "tree$PWD/link"
    # The directory that holds the link is no mere way to others: it stands alone.
    inside 'ls -l .. | grep -c link; ls ../link'
    [[ $(<"$out") == 1 ]] || fail "expected the tree's own directory"
}

odd_names_are_places_as_others_are() {
    local odd=$'o p$x\'q"&;\\n*'
    mkdir -p "$odd/ws" "tree$PWD/$odd/ws"
    echo text >"tree$PWD/$odd/ws/file"
    cleave codegen --at tree --cwd "$PWD/$odd/ws" --no-split -- /bin/cat file
    prints text
}

the_process_has_no_capability_and_its_own_user() {
    mkdir ws
    planted "$PWD/ws"
    inside 'id -u; grep -E "^(NoNewPrivs|Cap...):" /proc/self/status; mount -t tmpfs none /usr; true'
    [[ $(head -n 1 "$out") == "$EUID" ]] || fail "expected the same user"
    prints $'NoNewPrivs:\t1'
    for set in Inh Prm Eff Bnd Amb; do
        prints "Cap$set:"$'\t0000000000000000'
    done
}

# without_namespaces COMMAND…: in a user namespace that may have no further ones
without_namespaces() {
    # shellcheck disable=SC2016
    unshare --user --map-root-user sh -c \
        'echo 0 >/proc/sys/user/max_user_namespaces || exit 99; exec "$@"' sh "$@"
}

a_machine_without_user_namespaces_gets_told_what_to_do() {
    mkdir ws
    planted "$PWD/ws"
    without_namespaces true 2>/dev/null || skip "cannot take away user namespaces here"
    refuses 100 "--at needs a user and mount namespace, and this machine gives none. Allow them\
 (user.max_user_namespaces above 0; where the system has them, kernel.unprivileged_userns_clone=1,\
 kernel.apparmor_restrict_unprivileged_userns=0), or compile with --remap-cwd in place of --at: No\
 space left on device" \
        without_namespaces "$CLEAVE" codegen --at tree --cwd "$PWD/ws" -- rustc main.rs
}

an_ordinary_user_can_do_it() {
    local words RUSTC_UNDER_TEST=/usr/bin/rustc
    [[ $EUID -eq 0 ]] || skip "this is an ordinary user: every other test shows it"
    [[ -x $RUSTC_UNDER_TEST ]] || skip "no $RUSTC_UNDER_TEST: an ordinary user cannot run root's"
    sources
    plainly
    planted "$PWD/ws"
    mkdir "tree$PWD/ws/out"
    chmod a+rx "$work" "$work/tests" "$place"
    chown -R "$ORDINARY" "tree$PWD/ws"
    crate dep rlib --emit=dep-info,metadata,link --out-dir "$PWD/ws/out"
    expect 0 setpriv --reuid=$ORDINARY --regid=$ORDINARY --clear-groups -- env TMPDIR=/tmp \
        "$CLEAVE" codegen --at tree --cwd "$PWD/ws" -- "${words[@]}"
    same "tree$PWD/ws/out/libdep.rlib" plain/libdep.rlib
    [[ $(stat -c %u "tree$PWD/ws/out/libdep.rlib") -eq $ORDINARY ]] || fail "expected its file"
}

what_is_no_tree_of_absolute_paths_is_refused() {
    local tree
    mkdir ws empty
    mkdir -p file/home link proc/proc dev/dev sys/home sys/sys
    echo x >file/main.rs
    ln -s /etc link/etc
    refused() { refuses "$1" "$3" "$CLEAVE" codegen --at "$2" --cwd "$PWD/ws" -- rustc main.rs; }
    remember
    refused 100 absent "cannot read absent: No such file or directory"
    refused 100 file/main.rs "cannot read file/main.rs: Not a directory"
    refused 102 empty "empty is empty: it is to hold a tree of absolute paths, empty/home/… for\
 /home/…"
    for tree in file/main.rs link/etc; do
        refused 102 "${tree%/*}" "$tree is no directory: ${tree%/*} is to hold a tree of absolute\
 paths, ${tree%/*}/home/… for /home/…"
    done
    for tree in proc dev sys; do
        refused 102 $tree "$tree/$tree would take the place of /$tree, which is the machine's own"
    done
    untouched
}

options_that_do_not_go_together_are_refused() {
    mkdir ws
    planted "$PWD/ws"
    refuses 101 "--cwd says where to work with --at" "$CLEAVE" codegen --cwd / -- rustc main.rs
    refuses 101 "give --cwd with --at: the absolute path of the directory to work in" \
        "$CLEAVE" codegen --at tree -- rustc main.rs
    refuses 101 "give --cwd with --at: the absolute path of the directory to work in" \
        "$CLEAVE" codegen --at tree --cwd ws -- rustc main.rs
    refuses 101 "--at and --remap-cwd exclude each other: with --at the working directory is the\
 right one already" "$CLEAVE" codegen --at tree --cwd "$PWD/ws" --remap-cwd=. -- rustc main.rs
    refuses 100 "cannot enter $PWD/absent, of tree: No such file or directory" \
        "$CLEAVE" codegen --at tree --cwd "$PWD/absent" -- rustc main.rs
}

a_program_that_the_tree_hides_is_refused() {
    local own=$PWD/bin/cleave
    mkdir bin ws
    cp "$CLEAVE" "$own"
    planted "$PWD/ws" "$PWD/bin"
    refuses 102 "$own, which runs, is hidden by what tree has in its place; put it elsewhere" \
        "$own" codegen --at tree --cwd "$PWD/ws" -- rustc main.rs
}

run_tests "$@"
