# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# npm_client PATH sets client to the absolute path of a program in the packages that npm/ pins, which
# are installed below the build directory. To be sourced from the top of the tree.

npm_client() {
    local place
    place=$(realpath -m "${BUILD:-build}/peers")
    client=$place/node_modules/$1
    if ! command -v npm >/dev/null; then
        echo "skipped: $1: there is no npm"
        return 1
    fi
    if ! cmp -s tests/e2e/reapi/peers/npm/package-lock.json "$place/package-lock.json" ||
        [[ ! -x $client ]]; then
        mkdir -p "$place"
        cp tests/e2e/reapi/peers/npm/package{,-lock}.json "$place/"
        (cd "$place" && npm ci --no-audit --no-fund --ignore-scripts) || {
            rm -f "$place/package-lock.json"
            return 1
        }
    fi
}
