/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cleave's version. A constant in the source and not taken from git, since the program is an input
 * of remote actions: its bytes may not change with every commit. MODULE.bazel says it too; `make
 * check` compares the two.
 */

#define CLEAVE_VERSION "0.1.0"
