/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The key of an action in the action cache: instances don't see each other's results (REAPI:
 * ActionCache), while they share all blobs.
 */

#include "base/digest.h"
#include "store/blob.h"

/* INSTANCE is the instance's name, "" for the one without. */
void action_key(const char *instance, const struct blob_digest *action, struct digest *ret_key);
