#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# What `cleave generate bazel` writes for real projects, compared with Cargo's own unit graph, which
# nightly Cargo tells: every crate, for host or target, its features, dependencies and their names.
set -u
cd "$(dirname "$0")/../../.." || exit 1
source tests/support/cargo_shapes.bash
cleave=${CLEAVE:-$PWD/build/cleave}
here=$PWD/tests/e2e/cargo
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1 RUSTUP_AUTO_INSTALL=0
passed=0 failed=0

# same NAME: the workspace in $work/NAME/ws
same() {
    local root=$work/$1/ws
    touch "$root/WORKSPACE"
    if (cd "$root" && "$cleave" generate bazel --workspace) &&
        "$here/generated/compare" "$root" "$root/Cargo.toml"; then
        passed=$((passed + 1))
    else
        echo "failed: $1"
        failed=$((failed + 1))
    fi
}

if ! RUSTUP_TOOLCHAIN=nightly cargo --version >/dev/null 2>&1; then
    echo "skipped: no nightly Cargo, which alone tells its unit graph"
    echo "0 passed, 0 failed"
    exit 0
fi
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}"
shapes "$work/shapes"
mkdir -p "$work/workspace"
cp -R "$here/workspace" "$work/workspace/ws"
"$here/ripgrep/unpack" "$work/ripgrep/ws"
for name in shapes workspace ripgrep; do
    same "$name"
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
