/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether all that a result speaks of is in the store. */

#include "base/error.h"
#include "proto/reapi.pb-c.h"
#include "store/store.h"

/*
 * Looks for each output file, stdout, stderr, and of each output directory for the Tree and the
 * files in it and, where the result names its root, for all Directory messages below that. What is
 * there, is then the most lately used. Returns 0, STORE_ABSENT (something isn't there, isn't what
 * it should be, or is over a limit) or STORE_BUSY.
 */
int completeness_check(struct store *store, const Reapi__ActionResult *result,
                       struct error *err) must_check;
