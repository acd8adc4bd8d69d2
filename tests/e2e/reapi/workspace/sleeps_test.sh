#!/bin/sh
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
echo "before the sleep"; sleep 100
