/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looks at the machine as the service will meet it: what works, what doesn't, what to do about it.
 * It changes nothing that is there, makes nothing that stays, and starts no service.
 */

#include "server/findings.h"

/* All paths are absolute. */
struct doctor_places {
    const char *store;
    const char *runtime;
    const char *reapi_socket, *local_socket;
};

void doctor_examine(const struct doctor_places *places, struct findings *findings);
