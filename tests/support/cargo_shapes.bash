# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Cargo workspaces for the tests of `cleave generate`. They need no registry: what is foreign to
# them are packages outside of the workspace and a Git repository.

# package DIR NAME VERSION: a library; standard input is the rest of its Cargo.toml.
package() {
    mkdir -p "$1/src"
    {
        printf '[package]\nname = "%s"\nversion = "%s"\nedition = "2021"\n' "$2" "$3"
        cat
    } >"$1/Cargo.toml"
    [[ -f $1/src/lib.rs || -f $1/src/main.rs ]] || echo 'pub fn name() {}' >"$1/src/lib.rs"
}

# workspace DIR [MEMBER…]: its root, for Cargo and for Bazel; standard input goes to Cargo.toml.
workspace() {
    local dir=$1 members
    shift
    mkdir -p "$dir"
    touch "$dir/WORKSPACE"
    members=$(printf '"%s", ' "$@")
    {
        printf '[workspace]\nresolver = "2"\nmembers = [%s]\n' "${members%, }"
        cat
    } >"$dir/Cargo.toml"
}

# lock DIR: as its author would, once.
lock() { cargo generate-lockfile --quiet --manifest-path "$1/Cargo.toml"; }

# repository DIR: what is in it, as one commit that is always the same.
repository() {
    local settings=(-c user.name=A -c user.email=a@example.com -c init.defaultBranch=main)
    (
        cd "$1" || exit 1
        export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
        export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
        git "${settings[@]}" init --quiet
        git "${settings[@]}" add --all
        git "${settings[@]}" commit --quiet --message one
    )
}

# shapes DIR: DIR/ws has every shape that generate tells apart, DIR/foreign what it depends on.
shapes() {
    local foreign=$1/foreign ws=$1/ws
    package "$foreign/base" base 1.2.3 <<'END'
description = "says \"hello\"\nin two lines"
authors = ["A <a@example.com>", "B"]
license = "MIT"
[features]
default = ["std"]
std = []
target-only = []
host-only = []
windows-only = []
dev-only = []
END
    # Depends on base, and so is another crate where base is.
    package "$foreign/above" above-it 0.3.0 <<'END'
build = "build/main.rs"
links = "above"
[lib]
name = "above"
path = "lib/above.rs"
[dependencies]
base = { path = "../base", default-features = false }
[build-dependencies]
base = { path = "../base" }
END
    mkdir -p "$foreign/above/build" "$foreign/above/lib" "$foreign/above/tests/data"
    mv "$foreign/above/src/lib.rs" "$foreign/above/lib/above.rs"
    rmdir "$foreign/above/src"
    echo 'fn main() {}' >"$foreign/above/build/main.rs"
    # Files that Bazel would take for its own, and a folder that one of them would hide.
    touch "$foreign/above/BUILD" "$foreign/above/WORKSPACE" "$foreign/above/MODULE.bazel" \
        "$foreign/above/tests/BUILD.bazel" "$foreign/above/tests/data/kept.txt"
    package "$foreign/twice-1" twice 1.2.0 </dev/null
    package "$foreign/twice-2" twice 2.0.1 </dev/null
    package "$foreign/macro" derive-it 0.1.0 <<'END'
[lib]
proc-macro = true
[dependencies]
base = { path = "../base", features = ["host-only"] }
END
    : >"$foreign/macro/src/lib.rs"
    package "$foreign/git/one" from-git 0.5.0 </dev/null
    package "$foreign/git/one/nested" nested 0.1.0 </dev/null
    repository "$foreign/git"

    workspace "$ws" app core tools <<'END'
[workspace.package]
rust-version = "1.70"
END
    package "$ws/core" core-lib 0.1.0 <<'END'
rust-version.workspace = true
[lib]
crate-type = ["rlib", "cdylib", "staticlib"]
[features]
extra = []
[dependencies]
base = { path = "../../foreign/base", features = ["target-only"] }
[target.'cfg(windows)'.dependencies]
twice = { path = "../../foreign/twice-1" }
base = { path = "../../foreign/base", features = ["windows-only"] }
END
    package "$ws/tools" tools 0.1.0 <<END
[lib]
proc-macro = true
[dependencies]
base = { path = "../../foreign/base", features = ["host-only"] }
from-git = { git = "file://$foreign/git" }
END
    : >"$ws/tools/src/lib.rs"
    package "$ws/app" app 0.1.0 <<'END'
[features]
gui = []
[[bin]]
name = "app"
path = "src/main.rs"
[[bin]]
name = "app-gui"
path = "src/gui.rs"
required-features = ["gui"]
[[test]]
name = "bare"
harness = false # has a main of its own
[dependencies]
above-it = { path = "../../foreign/above" }
core-lib = { path = "../core" }
derive-it = { path = "../../foreign/macro" }
renamed = { package = "twice", path = "../../foreign/twice-1" }
tools = { path = "../tools" }
twice = { path = "../../foreign/twice-2" }
[build-dependencies]
base = { path = "../../foreign/base", features = ["host-only"] }
[dev-dependencies]
base = { path = "../../foreign/base", features = ["dev-only"] }
END
    mkdir -p "$ws/app/tests" "$ws/app/examples"
    local main
    for main in build.rs src/main.rs src/gui.rs tests/bare.rs examples/show.rs; do
        echo 'fn main() {}' >"$ws/app/$main"
    done
    echo 'use renamed as _; use twice as _; use above as _;' >>"$ws/app/src/main.rs"
    echo '#[test] fn is_there() { let _ = env!("CARGO_BIN_EXE_app"); }' >"$ws/app/tests/whole.rs"
    lock "$ws"
}
