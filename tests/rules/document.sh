#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# docs/rules.md is what the rules say of themselves, and docs/moving.md is right about their
# attributes; what breaks either is noticed.
set -u
cd "$(dirname "$0")/../.." || exit 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# expect NAME COMMAND…
expect() {
    local name=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $name"
        cat "$work/output"
    fi
}

# complains SED FILE TEXT COMMAND…: in a copy where FILE is edited, COMMAND fails, and names TEXT.
complains() {
    rm -rf "$work/tree"
    mkdir "$work/tree"
    cp -r rules toolchain docs "$work/tree"
    sed -i "$1" "$work/tree/$2" || return 1
    ! cmp "$2" "$work/tree/$2" || return 1
    ! "${@:4}" "$work/tree" >"$work/said" 2>&1 || return 1
    cat "$work/said"
    grep -qF -- "$3" "$work/said"
}

document=(tests/rules/document --check)
attributes=rules/private/attributes.bzl

expect 'docs/rules.md is up to date' "${document[@]}"
expect 'a doc string that changes is noticed' \
    complains 's/The features that are on/Features/' $attributes 'is out of date' "${document[@]}"
expect 'a new attribute is noticed' \
    complains 's/^    crate_features = /    fresh = attr.bool(doc = "New."),\n&/' $attributes fresh "${document[@]}"
expect 'an attribute without a doc string is an error' \
    complains 's/attr.string_list(doc = "The features that are on.")/attr.string_list()/' \
    $attributes 'attribute crate_features has no doc string' "${document[@]}"
expect 'a field without a doc string is an error' \
    complains "s/\"string: the crate's name\"/\"\"/" rules/private/providers.bzl 'field name has no doc' "${document[@]}"
expect 'an argument that is not documented is an error' \
    complains '/^      rundir: /d' rules/private/build_script.bzl 'argument rundir of cargo_build_script' "${document[@]}"

expect 'docs/moving.md is right about the attributes that there are' tests/rules/moving
expect 'an attribute that is gone is noticed' \
    complains '/^    edition = /d' $attributes 'of rust_test: differs, and the rule hasn'\''t got it' tests/rules/moving
expect 'an attribute that comes is noticed' \
    complains 's/^    crate_features = /    root_path = attr.string(doc = "New."),\n&/' $attributes \
    'of rust_library: error, and the rule has it' tests/rules/moving

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
