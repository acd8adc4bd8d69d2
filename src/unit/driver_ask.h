/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Asking a driver what it would run. gcc runs collect2, which looks for a linker and runs it; so
 * collect2 is asked too, for which linker it finds. That doesn't depend on the line, and is kept.
 */

#include "base/error.h"
#include "base/strv.h"
#include "unit/driver_cache.h"
#include "unit/driver_line.h"
#include "unit/driver_program.h"

/*
 * Asks the driver about the line. Returns 0 and the entry, which says that the driver must run
 * where its answer wasn't understood; 1 where that is for this time only: the driver says that
 * something is wrong, or isn't one. Fails only when interrupted.
 */
int driver_ask(const struct driver_program *driver, const struct driver_line *line,
               const struct strv *env, const char *folder, struct driver_entry *ret_entry,
               struct error *err) must_check;
