# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Real projects for Bazel: to be sourced after debian.bash, from the top of the tree.
#
# project_make NAME DIR puts ripgrep or the workspace of tests/e2e/cargo/ into DIR, with the build
# files that `cleave generate` writes, or types, which has its own; and a WORKSPACE and .bazelrc as
# docs/bazel.md has them.

project_make() {
    local name=$1 dir=$2
    rm -rf "$dir"
    mkdir -p "$(dirname "$dir")"
    case $name in
    ripgrep) tests/e2e/cargo/ripgrep/unpack "$dir" || return ;;
    workspace) cp -R tests/e2e/cargo/workspace "$dir" || return ;;
    types) cp -R tests/e2e/bazel/types "$dir" || return ;;
    *) echo "no project $name" && return 1 ;;
    esac
    project_configure "$dir"
    if [[ -f $dir/Cargo.toml ]]; then
        (cd "$dir" && "${CLEAVE:-$project_top/build/cleave}" generate bazel --workspace -o third_party)
    fi
}

project_top=$PWD

# project_configure DIR: the tree under test is the repository @cleave. Debian's rustc can't be
# uploaded; the workers of a test have it.
project_configure() {
    local more=
    if [[ $(rustc --print sysroot) == /usr ]]; then
        more=', rustc_on_workers = "preinstalled"'
    fi
    cat >"$1/WORKSPACE" <<WORKSPACE
local_repository(
    name = "cleave",
    path = "$project_top",
)

load("@cleave//toolchain:repositories.bzl", "rust_toolchains")

rust_toolchains(cleave = "${CLEAVE:-$project_top/build/cleave}"$more)
WORKSPACE
    cat >"$1/.bazelrc" <<'BAZELRC'
build --experimental_exec_groups
build --host_compilation_mode=fastbuild
BAZELRC
}

# linked_files BIN OUT: copies what was linked, and rlibs, from bazel-bin into OUT.
linked_files() {
    rm -rf "$2"
    mkdir -p "$2"
    (
        cd -P "$1" || exit
        find . -type f \( -perm -1 -o -name '*.so' -o -name '*.a' -o -name '*.rlib' \) \
            -not -path '*.unit/*' -not -path '*.runfiles*' -not -path '*.script/*' \
            -not -path '*.hollow/*' -not -path '*.link/*' -not -path '*.early/*' -print0 |
            xargs -0 cp --parents -t "$2"
    )
}

# same_files A B: says which files of A are otherwise, or missing, in B.
same_files() {
    local file all=0 same=0
    while read -r file; do
        all=$((all + 1))
        if cmp -s "$1/$file" "$2/$file"; then
            same=$((same + 1))
        else
            echo "    differs: $file"
        fi
    done < <(cd "$1" && find . -type f | sort)
    echo "    $all files, $same identical"
    [[ $all -gt 0 && $same -eq $all ]]
}
