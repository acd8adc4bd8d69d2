#!/bin/sh
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
echo "what went wrong"; exit 1
