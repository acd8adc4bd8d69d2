#!/bin/sh
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
set -ex
far/far
libs/dylib_user
libs/dynamic_std
c/c_of_cdylib
