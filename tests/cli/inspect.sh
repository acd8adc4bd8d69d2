#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleave inspect: what it says of units and of each kind of crate file, as text and as JSON.
source "$(dirname "$0")/lib.bash"

# json PATH EXPRESSION: what Python makes of it, with the JSON in `x`
json() {
    cleave inspect "$1" --json
    python3 -c 'import json, sys; x = json.load(sys.stdin); print(eval(sys.argv[1]))' "$2" <"$out"
}

is() { [[ $1 == "$2" ]] || fail "expected $2, not $1"; }

a_unit_is_shown_as_text() {
    crates
    cleave inspect app.unit
    prints "kind: link unit"
    prints "rustc: $(rustc --version)"
    prints "crate_name: app"
    prints "crate_type: bin"
    prints "output: plain"
    prints "linker: cc"
    prints "relocatable: yes"
    prints "  libdep.rlib sha256:"
    prints "  literal -m64"
    prints "  crate libdep.rlib"
    prints "  output"
    grep -q '^  unit_file 000-symbols\.o' "$out" || fail "expected symbols.o"
    [[ $(grep -c '^  sysroot_file ' "$out") -gt 5 ]] || fail "expected files of the sysroot"
}

a_unit_is_shown_as_json() {
    crates
    is "$(json app.unit 'x["kind"], x["crate_name"], x["relocatable"]')" \
        "('link unit', 'app', True)"
    is "$(json app.unit '[c["file"] for c in x["crates"]]')" "['libdep.rlib']"
    is "$(json app.unit 'sum(p["kind"] == "output" for w in x["arguments"] for p in w)')" 1
    is "$(json app.unit 'x["skeleton"], x["debug_files"]')" "(None, [])"
    local digest
    digest=$(sha256sum <app.unit/000-symbols.o)
    is "$(json app.unit 'x["files"][0]["name"], x["files"][0]["digest"]')" \
        "('000-symbols.o', 'sha256:${digest%% *}')"
}

what_lies_outside_is_shown_as_such() {
    crates
    mkdir "$place/outside"
    cleave codegen -o new.unit -- rustc main.rs --extern dep=hollow/libdep.rlib \
        -L "native=$place/outside"
    cleave inspect new.unit
    prints "relocatable: no"
    prints "outside $place/outside"
}

slots_are_shown() {
    crates
    cleave codegen -o new.unit --slot natives --slot link-args -- rustc main.rs \
        --extern dep=hollow/libdep.rlib
    is "$(json new.unit '[p["kind"] for w in x["arguments"] for p in w if "slot" in p["kind"]]')" \
        "['natives_slot', 'link_args_slot']"
}

each_kind_of_crate_file_is_told() {
    crates
    rustc --crate-type rlib --emit=metadata,link dep.rs --out-dir meta
    rustc --crate-type dylib dep.rs -o libdep.so
    cleave hollow libdep.so -o hollow/libdep.so
    local digest
    is "$(json real/libdep.rlib 'x["kind"]')" "rlib"
    digest=$(json real/libdep.rlib 'x["metadata"]')
    is "$(json hollow/libdep.rlib 'x["kind"], x["metadata"]')" "('hollow rlib', '$digest')"
    is "$(json link/libdep.rlib 'x["kind"], x["metadata"]')" "('link rlib', '$digest')"
    is "$(json meta/libdep.rmeta 'x["kind"]')" "metadata"
    is "$(json meta/libdep.rmeta 'x["rustc"]')" "$(rustc --version)"
    is "$(json libdep.so 'x["kind"]')" "dylib"
    is "$(json hollow/libdep.so 'x["kind"]')" "hollow dylib"
    is "$(json hollow/libdep.rlib '[m["name"] for m in x["members"]]')" \
        "['lib.rmeta', 'cleave.marker.o']"
}

foreign_files_are_refused() {
    crates
    refuses 102 "main.rs: neither a rlib nor a dylib nor metadata that rustc made" \
        "$CLEAVE" inspect main.rs
    refuses 100 "cannot open gone: No such file or directory" "$CLEAVE" inspect gone
    expect 102 "$CLEAVE" inspect real
    says "cleave: error: real is not a link unit: it has no plan.pb"
}

names_that_are_not_utf8_give_valid_json() {
    crates
    mkdir $'n\xff'
    cleave codegen -o new.unit -- rustc main.rs --extern dep=hollow/libdep.rlib
    mv new.unit $'n\xff.unit'
    is "$(json $'n\xff.unit' 'x["crate_name"]')" main
}

run_tests "$@"
