#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# The table of what rustc does and cleave leans on: each row is compiled by rustc alone and by
# cleave, and all files are compared. `tests/rustc/run.sh WORD…` runs the rows whose name has a WORD.
set -eu
cd "$(dirname "$0")/../.."
export BUILD="${BUILD:-build}"
export CLEAVE="${CLEAVE:-$PWD/$BUILD/cleave}"
if [[ ${TEST_SCOPE:-sample} == whole ]]; then
    tests/install-deps rustc-long
fi
PYTHONPATH=tests/rustc exec python3 -B -m table "$@"
