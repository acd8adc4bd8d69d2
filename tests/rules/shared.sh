#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# rules/shared is for Bazel and for Buck2: its tests are evaluated in the Starlark of both, in
# Bazel, and in starlark-rust by the Python package starlark-pyo3.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash

dir=$(realpath -m "${BUILD:-build}/bazel-golden")
venv=$(realpath -m "${BUILD:-build}/starlark")
version=2026.1.3
passed=0 failed=0

# count DIALECT FILE STATUS: a line for each test.
count() {
    local good bad
    good=$(grep -c '^passed ' "$2") bad=$(grep -c '^failed ' "$2")
    if [[ $bad -gt 0 || $good -eq 0 || $3 -ne 0 ]]; then
        echo "not so in $1 (exit status $3):"
        grep -v '^passed ' "$2"
        [[ $bad -gt 0 ]] || bad=1
    fi
    passed=$((passed + good)) failed=$((failed + bad))
}

# Its index may be out of reach.
install() {
    "$venv/bin/python" -c 'import starlark' 2>/dev/null && return
    python3 -m venv "$venv" &&
        "$venv/bin/pip" install -q --disable-pip-version-check "starlark-pyo3==$version"
}

in_bazel() {
    local status=0
    (cd tests/e2e/bazel/golden && bazel_run query //shared:all) >"$dir/query.txt" 2>"$dir/query.err" || status=$?
    sed 's,^//shared:,,' "$dir/query.txt" >"$dir/shared.txt"
    if [[ $status -ne 0 ]] || grep -q '^failed ' "$dir/shared.txt"; then
        cat "$dir/query.err" >>"$dir/shared.txt"
    fi
    count Bazel "$dir/shared.txt" "$status"
}

in_starlark_rust() {
    local status=0
    if ! install >"$dir/pip.txt" 2>&1; then
        echo "skipped: starlark-rust: starlark-pyo3 can't be installed: $(tail -n 1 "$dir/pip.txt")"
        return
    fi
    "$venv/bin/python" tests/rules/shared/starlark_rust.py >"$dir/starlark.txt" 2>&1 || status=$?
    count starlark-rust "$dir/starlark.txt" "$status"
}

bazel_setup "$dir"
in_bazel
in_starlark_rust
bazel_stop
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
