/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Doctor's look at the store's directory, which need not be there yet. */

#include "server/findings.h"

void doctor_examine_store(const char *dir, struct findings *findings);
