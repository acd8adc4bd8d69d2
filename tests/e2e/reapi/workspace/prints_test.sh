#!/bin/sh
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
head -c 6000000 /dev/zero | tr "\\0" x; echo; echo "the end"
