# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Counting, for a script that is to be sourced: `expect NAME COMMAND…`. What the command prints is
# shown, so that it should be silent when it succeeds.

passed=0 failed=0

expect() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $name"
    fi
}
