/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cache.h"

#include "base/memory.h"
#include "base/process.h"

char *cache_folder(char *const *env)
{
    const char *cache = env_get(env, "XDG_CACHE_HOME");
    const char *home = env_get(env, "HOME");

    if (cache && cache[0] == '/')
        return xasprintf("%s/cleave", cache);
    return home && home[0] == '/' ? xasprintf("%s/.cache/cleave", home) : NULL;
}
