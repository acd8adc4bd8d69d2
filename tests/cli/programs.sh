#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# rustc and linkers that are missing, fail, are killed, or say odd things. What they say is shown
# whole, their exit status is cleave's, and nothing is half-written.
source "$(dirname "$0")/lib.bash"

main() { printf 'fn main() {}\n' >main.rs; }

# linked: a unit of a program without dependencies
linked() {
    main
    "$CLEAVE" codegen -o app.unit -- rustc -o app "$@" main.rs
}

codegen_needs_no_linker() {
    linked -C linker=no-such-linker
    is_there app.unit/plan.pb
}

link_names_a_linker_that_is_missing() {
    linked -C linker=no-such-linker
    remember
    refuses 100 "cannot run no-such-linker: it is not in PATH" "$CLEAVE" link app.unit -o app
    refuses 100 "cannot run ./gone/cc: No such file or directory" \
        "$CLEAVE" link app.unit -o app --linker ./gone/cc
    untouched
}

link_names_a_linker_that_cannot_be_executed() {
    linked
    mkdir bin
    echo 'exit 0' >bin/cc
    remember
    expect 100 "$CLEAVE" link app.unit -o app --linker bin/cc
    says "cleave: error: cannot run bin/cc: "
    untouched
}

link_shows_what_the_linker_says_and_then_one_line() {
    linked
    program bin/cc <<'END'
printf 'ld: it is late\nld: and so on\n' >&2
exit 7
END
    remember
    expect 7 "$CLEAVE" link app.unit -o app --linker bin/cc
    [[ $(<"$err") == "ld: it is late
ld: and so on
cleave: error: the linker bin/cc failed with status 7" ]] || fail "expected the linker's words"
    untouched
}

link_shows_the_errors_of_a_real_linker() {
    main
    cleave codegen -o app.unit --slot link-args -- rustc main.rs
    expect 1 "$CLEAVE" link app.unit -o app --link-arg -l:no-such-library.a
    says no-such-library.a
    says "cleave: error: the linker "
    is_absent app
}

link_passes_on_the_signal_that_killed_the_linker() {
    linked
    program bin/cc <<'END'
kill -9 $$
END
    remember
    expect 137 "$CLEAVE" link app.unit -o app --linker bin/cc
    says "cleave: error: the linker bin/cc failed with status 137"
    untouched
}

link_removes_what_a_failing_linker_has_written() {
    linked
    echo older >app
    program bin/cc <<'END'
while (($#)); do
    if [[ $1 == -o ]]; then
        echo half >"$2"
        echo more >"$2.map"
    fi
    shift
done
exit 1
END
    remember
    expect 1 "$CLEAVE" link app.unit -o app --linker bin/cc
    untouched
}

link_refuses_a_linker_that_writes_nothing() {
    linked
    program bin/cc </dev/null
    remember
    refuses 100 "the linker bin/cc succeeded and wrote no output" \
        "$CLEAVE" link app.unit -o app --linker bin/cc
    untouched
}

codegen_names_a_rustc_that_is_missing() {
    main
    remember
    refuses 100 "cannot run no-rustc: it is not in PATH" \
        "$CLEAVE" codegen -o app.unit -- no-rustc main.rs
    refuses 100 "cannot run bin/rustc: No such file or directory" \
        "$CLEAVE" codegen -o app.unit -- bin/rustc main.rs
    untouched
}

codegen_names_the_toolchain_whose_rustc_is_missing() {
    main
    remember
    refuses 100 'cannot run bin/rustc: No such file or directory, where the toolchain says that "rustc 1.2.3 (x)" is; install it there, or use a toolchain that is uploaded (Bazel: sysroot_path or rustc of rust_toolchain)' \
        "$CLEAVE" codegen -o app.unit --rustc-version "rustc 1.2.3 (x)" -- bin/rustc main.rs
    untouched
}

# outdated WORD…: a command of cleave with a rustc other than was asked for.
outdated() {
    refuses 102 "rustc is \"$version\", and the toolchain says \"rustc 1.2.3 (x)\"; install that one there, or have the toolchain say what it is (Bazel: version of rust_toolchain)" \
        "$CLEAVE" "$@"
}

codegen_and_metadata_refuse_a_rustc_of_another_version() {
    local version other=(--rustc-version "rustc 1.2.3 (x)") library type
    version=$(rustc -vV | head -n 1)
    library=(rustc --crate-type rlib "--emit=metadata,link" dep.rs)
    main
    echo 'pub fn answer() -> u32 { 42 }' >dep.rs
    remember
    for type in bin dylib cdylib staticlib proc-macro; do
        outdated codegen -o app.unit "${other[@]}" -- rustc --crate-type "$type" main.rs
    done
    outdated codegen --hollow-dir . "${other[@]}" -- "${library[@]}"
    outdated metadata -o libdep.rlib "${other[@]}" -- "${library[@]}"
    untouched
    cleave codegen -o app.unit --rustc-version "$version" -- rustc main.rs
    cleave codegen --hollow-dir hollow --rustc-version "$version" -- "${library[@]}"
    cleave metadata -o early.rlib --rustc-version "$version" -- "${library[@]}"
}

codegen_passes_on_rustcs_status_and_words() {
    echo 'fn main() { nonsense }' >main.rs
    remember
    expect 1 "$CLEAVE" codegen -o app.unit -- rustc main.rs
    cp "$err" "$place/cleaves"
    untouched
    run rustc -C linker=false main.rs
    same "$place/cleaves" "$err"
}

codegen_passes_on_any_status_of_rustc() {
    main
    program rustc <<'END'
echo 'out of luck' >&2
exit 42
END
    remember
    expect 42 "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    [[ $(<"$err") == "out of luck" ]] || fail "expected rustc's words alone"
    untouched
}

codegen_passes_on_the_signal_that_killed_rustc() {
    main
    program rustc <<'END'
kill -9 $$
END
    remember
    expect 137 "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    untouched
}

codegen_publishes_nothing_of_a_rustc_that_fails() {
    main
    program rustc <<'END'
while (($#)); do
    [[ $1 == --out-dir ]] && dir=$2
    shift
done
touch "$dir/main.d" "$dir/main.main.cgu.0.rcgu.o"
mkdir "$dir/rustcAbCdEf"
exit 1
END
    remember
    expect 1 "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    untouched
}

codegen_says_so_when_rustc_succeeds_and_links_nothing() {
    main
    program rustc </dev/null
    remember
    refuses 100 "./rustc linked nothing, so that there is no unit app.unit; is the crate a library\
 by its source?" \
        "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    untouched
}

codegen_passes_on_what_is_no_json_among_rustcs_messages() {
    main
    program rustc <<'END'
printf 'plain words\n{"$message_type":\n{"a\xff\n\n{}\n[1]\nno newline' >&2
exec rustc "$@"
END
    cleave codegen -o app.unit -- ./rustc --error-format=json --json=artifacts main.rs
    printf '%b' "plain words\n{\"\$message_type\":\n{\"a\xff\n\n{}\n[1]\nno newline" \
        >"$place/expected"
    cmp -n "$(stat -c %s "$place/expected")" "$place/expected" "$err" || fail "words were changed"
    cleave link app.unit -o app
    ./app
}

codegen_fails_on_an_endless_line() {
    main
    program rustc <<'END'
head -c 80M /dev/zero >&2
END
    remember
    expect 102 "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    says "cleave: error: a program printed a line of over "
    untouched
}

metadata_passes_on_rustcs_failure() {
    echo 'pub fn a() -> u32 { nonsense }' >a.rs
    remember
    expect 1 "$CLEAVE" metadata -o liba.rlib -- rustc --crate-type rlib --emit=metadata,link a.rs
    says "error[E0425]: cannot find value \`nonsense\` in this scope"
    untouched
}

metadata_says_so_when_rustc_ends_without_it() {
    echo 'pub fn a() {}' >a.rs
    program rustc </dev/null
    remember
    refuses 100 "./rustc ended without writing metadata" \
        "$CLEAVE" metadata -o liba.rlib -- ./rustc --crate-type rlib --emit=metadata,link a.rs
    untouched
}

rustc_is_replaced_when_there_is_nothing_to_split() {
    main
    program bin/rustc <<'END'
printf '%s\n' "$@"
exit 9
END
    RUSTC=bin/rustc expect 9 "$CLEAVE" rustc one 'two words' -o x
    [[ $(<"$out") == "one
two words
-o
x" ]] || fail "expected the arguments unchanged"
}

run_tests "$@"
