# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleaved for a shell script: to be sourced from the top of the tree.
#
# service_start DIR OPTION… starts it with its store below DIR, and sets service_address, HOST:PORT.
# service_stop ends it. One at a time.

service_start() {
    local dir=$1
    shift
    mkdir -p "$dir"
    # A socket's path has to be short, which that of a build directory may not be.
    service_sockets=$(mktemp -d /tmp/cleaved-XXXXXX)
    : >"$dir/out"
    "${CLEAVED:-${BUILD:-build}/cleaved}" serve --listen tcp:127.0.0.1:0 --store "$dir/store" \
        --local-socket "$service_sockets/local.sock" "$@" >"$dir/out" 2>>"$dir/log" &
    service_pid=$!
    for _ in {1..300}; do
        service_address=$(sed -n 's/^cleaved: listening on tcp://p' "$dir/out")
        if [[ -n $service_address ]]; then
            return 0
        fi
        sleep 0.1
    done
    echo "cleaved doesn't start:"
    cat "$dir/log"
    return 1
}

service_stop() {
    kill "$service_pid" 2>/dev/null && wait "$service_pid"
    rm -rf "$service_sockets"
}
