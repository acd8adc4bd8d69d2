/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The names of sandbox modes, as --sandbox takes them and stats show them. */

#include "base/error.h"
#include "server/executor.h"

const char *sandbox_mode_name(enum sandbox_mode mode);
int sandbox_mode_parse(const char *name, enum sandbox_mode *ret_mode, struct error *err) must_check;
