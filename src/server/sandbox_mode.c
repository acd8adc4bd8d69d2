/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sandbox_mode.h"

#include <string.h>

static const char *const names[] = {
    [SANDBOX_AUTO] = "auto",
    [SANDBOX_USERNS] = "userns",
    [SANDBOX_NONE] = "none",
};

#define MODE_COUNT (sizeof(names) / sizeof(names[0]))

const char *sandbox_mode_name(enum sandbox_mode mode)
{
    return names[mode];
}

int sandbox_mode_parse(const char *name, enum sandbox_mode *ret_mode, struct error *err)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *ret_mode = (enum sandbox_mode)i;
        return 0;
    }
    return error_set(err, ERROR_USAGE, "unknown sandbox %s: there are auto, userns and none", name);
}
