/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which crates may be compiled by cleaved: those whose result depends on nothing but what is sent.
 */

#include "base/error.h"
#include "rust/rustc_command.h"

/* Why this one may not; NULL when it may. Owned by caller. */
char *served_why_not(const struct rustc_command *command);

/*
 * The toolchain's directory for what Cargo calls rustc, when all of it lies there: bin/rustc, its
 * libraries, rustlib. NULL for others: rustup's proxy, or Debian's. Owned by caller.
 */
char *served_sysroot(const char *rustc);

/* Whether Cargo, or who starts it, sets this variable for the crate: NAME=VALUE. */
bool served_sends(const char *variable);
