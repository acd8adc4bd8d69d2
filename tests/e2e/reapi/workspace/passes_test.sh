#!/bin/sh
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
echo "passes" && test -n "$TEST_TMPDIR" && echo x >"$TEST_TMPDIR/x"
