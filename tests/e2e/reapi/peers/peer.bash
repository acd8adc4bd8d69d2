# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# A server of others for a shell script: to be sourced from the top of the tree.
#
# peer_start KIND WORD… starts it, with the words in front of the program that runs actions, and sets
# service_address, HOST:PORT; it says why and fails where there is none. peer_stop ends it. One at a time.

peer_start() {
    local said
    exec {peer_says}< <(PYTHONPATH=tests/e2e/reapi exec /usr/bin/python3 -m reapi.peers "$@")
    peer_pid=$!
    read -r said <&"$peer_says"
    service_address=${said#serves at }
    if [[ $said != 'serves at '* ]]; then
        echo "${said:-$1 does not start}"
        return 1
    fi
}

# Its last file descriptor is closed when it has gone.
peer_stop() {
    kill "$peer_pid" 2>/dev/null
    cat <&"$peer_says" >/dev/null
    exec {peer_says}<&-
}
