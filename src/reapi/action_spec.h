/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an action is, as a user says it, and the Action and Command messages that say the same. */

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"
#include "reapi/abilities.h"
#include "reapi/payload.h"

struct action_spec {
    char *const *arguments;         /* NULL-terminated, one at least */
    const struct strv *environment; /* NAME=VALUE, in any order */
    const struct strv *platform;    /* likewise; a name may come more than once */
    /*
     * Relative to the working directory. One with a slash at its end is a directory: services of
     * API 2.0 have to be told, others find out.
     */
    const struct strv *outputs;
    const char *working_directory; /* relative to the input root; "" for the root itself */
    unsigned timeout;              /* seconds; 0: the service's own */
    bool do_not_cache;
    struct blob_digest input_root;
};

/* Packs both into the payload. Refused (ERROR_USAGE) is what REAPI can't say, with its name. */
int action_spec_pack(const struct action_spec *spec, const struct abilities *abilities,
                     struct payload *payload, struct blob_digest *ret_action,
                     struct error *err) must_check;
