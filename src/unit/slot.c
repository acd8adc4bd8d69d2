/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/slot.h"

#include "base/memory.h"
#include "base/path.h"

#define NATIVES_PREFIX "cleave-slot-natives."

char *slot_natives_name(const struct rustc_command *command)
{
    const char *extra = NULL;
    auto_free char *crate = rustc_command_crate_name(command);

    rustc_command_find(command, RUSTC_CODEGEN, "extra-filename", &extra);
    return xasprintf("%s%s", crate, extra ? extra : "");
}

char *slot_natives_library(const char *name)
{
    return xasprintf(NATIVES_PREFIX "%s", name);
}

char *slot_shared_natives_library(const char *name)
{
    return xasprintf(NATIVES_PREFIX "%s.shared", name);
}

const char *slot_natives_crate(const char *library)
{
    return after_prefix(library, NATIVES_PREFIX);
}
