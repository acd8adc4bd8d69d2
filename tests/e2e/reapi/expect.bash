# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Counting, for a script that is to be sourced: `expect NAME COMMAND…`, then `finish`. What a failed
# command's program said is looked for in $out.

passed=0 failed=0
out=/dev/null

expect() {
    local name=$1
    shift
    if "$@" >/dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $name"
        tail -n 25 "$out" | cut -c1-400 | sed 's/^/    | /'
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    [[ $failed -eq 0 ]]
    exit
}
