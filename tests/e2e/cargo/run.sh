#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# tests/e2e/cargo/run.sh [--long] [WORD…] builds real projects with plain Cargo and through cleave
# and compares all files: a sample of the product below, or with --long (or TEST_SCOPE=whole) all of
# it. With words, only the builds whose line has each of them, for example: run.sh --long stable fat
set -u
cd "$(dirname "$0")/../../.." || exit 1
here=tests/e2e/cargo
work=$PWD/${BUILD:-build}/e2e
ripgrep=$work/ripgrep
workspace=$PWD/$here/workspace
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}"
export RUSTUP_AUTO_INSTALL=0

long=${TEST_SCOPE:-sample}
if [[ ${1:-} == --long ]]; then
    long=whole
    shift
fi

# TOOLCHAIN | PROJECT | options of compare | arguments of Cargo. Each compiler, each way of starting
# cleave, and each kind of profile has its line.
sample() {
    cat <<'END'
debian | workspace | --mode cleave --no-rlibs | build --all-targets
stable | workspace | --mode cleave | build --all-targets --release
stable | ripgrep | --mode wrapper | test --no-run
debian | ripgrep | --mode cleave | build
stable | workspace | --mode cleave --profile lto | build --profile thin -p archive -p plugin
debian | workspace | --mode cleave --profile lto | build --profile fat -p plugin
stable | workspace | --mode cleave | build --profile unpacked -p app --bins
debian | workspace | --mode cleave | build --profile units-256 -p abi -p trio
debian | workspace | --mode cleave --mode wrapper | build -p dynamic-user --all-targets
stable | workspace | --mode wrapper --no-rlibs | build -p dynamic-user --all-targets
stable | workspace | --mode cleave | rustc -p dynamic-user --bin prefer -- -C prefer-dynamic
stable | workspace | --mode service --mode service | build --all-targets
stable | ripgrep | --mode service --mode service | build --release
END
}

whole() {
    local toolchain profile
    for toolchain in debian stable nightly; do
        cat <<END
$toolchain | workspace | --mode cleave --mode wrapper --no-rlibs | build --all-targets
$toolchain | workspace | --mode cleave --mode wrapper | build --all-targets --release
$toolchain | workspace | --mode cleave | test --no-run
$toolchain | workspace | --mode cleave | build -p dynamic-user --all-targets
$toolchain | workspace | --mode wrapper | build -p dynamic-user --all-targets --release
$toolchain | workspace | --mode cleave | rustc -p dynamic-user --bin prefer -- -C prefer-dynamic
$toolchain | workspace | --mode cleave --profile lto | build --profile thin
$toolchain | workspace | --mode cleave --profile lto | build --profile fat
$toolchain | workspace | --mode cleave --profile packed | build --profile packed
$toolchain | ripgrep | --mode cleave --mode wrapper | build
$toolchain | ripgrep | --mode cleave | build --release
$toolchain | ripgrep | --mode cleave | test --no-run
$toolchain | ripgrep | --mode cleave --profile lto | build --profile release-lto
$toolchain | workspace | --mode service --mode service | test --no-run --release
$toolchain | ripgrep | --mode service --mode service | test --no-run
END
        for profile in abort stripped strip-debuginfo split-off unpacked units-1 units-256; do
            echo "$toolchain | workspace | --mode cleave | build --profile $profile"
        done
    done
}

has() {
    if [[ $1 == debian ]]; then
        [[ -x /usr/bin/cargo && -x /usr/bin/rustc ]]
    else
        command -v rustup >/dev/null && RUSTUP_TOOLCHAIN=$1 rustc -V >/dev/null 2>&1
    fi
}

# chosen LINE WORD…
chosen() {
    local line=$1 word
    shift
    for word in "$@"; do
        if [[ " $line " != *[\ -]"$word "* ]]; then
            return 1
        fi
    done
}

passed=0 failed=0
counted='^([0-9]+) checks, ([0-9]+) passed ([0-9]+) artifacts, ([0-9]+) identical'
# count: adds what the last two lines of a comparison say.
count() {
    local output counts
    output=$(tail -n 2 | tr '\n' ' ')
    if [[ $output =~ $counted ]]; then
        counts=("${BASH_REMATCH[@]:1}")
        passed=$((passed + counts[1] + counts[3]))
        failed=$((failed + counts[0] - counts[1] + counts[2] - counts[3]))
    else
        failed=$((failed + 1))
    fi
}

# build TOOLCHAIN PROJECT OPTIONS ARGUMENTS
build() {
    local log=$work/compare.log project=$workspace
    local -a options arguments
    read -r -a options <<<"$3"
    read -r -a arguments <<<"$4"
    if [[ $2 == ripgrep ]]; then
        project=$ripgrep
    fi
    "$here/compare" --toolchain "$1" --work "$work" "${options[@]}" "$project" -- \
        "${arguments[@]}" 2>&1 | tee "$log"
    count <"$log"
    echo
}

mkdir -p "$work"
cargo fetch --quiet --locked --manifest-path "$workspace/Cargo.toml" &&
    "$here/ripgrep/unpack" "$ripgrep" || exit 1
for toolchain in debian stable nightly; do
    if ! has "$toolchain"; then
        echo "skipped: no Rust of the name $toolchain is installed: its builds are not compared"
    fi
done

lines=$(if [[ $long == whole ]]; then whole; else sample; fi)
while IFS='|' read -r -u 3 toolchain project options arguments; do
    if chosen "$toolchain $project $options $arguments" "$@" && has "${toolchain// /}"; then
        build "${toolchain// /}" "${project// /}" "$options" "$arguments"
    fi
done 3<<<"$lines"

if [[ $((passed + failed)) -eq 0 ]]; then
    echo "no build was chosen"
    failed=1
fi
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
