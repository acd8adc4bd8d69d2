/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void *opened;

static void *symbol(const char *name)
{
    return opened ? dlsym(opened, name) : NULL;
}

/* The plugin exports its dependency's function as well as its own. */
int main(void)
{
    uint32_t (*answer)(void);
    const uint32_t *version;
    void *found;

    opened = dlopen("libplugin.so", RTLD_NOW);
    found = symbol("plugin_answer");
    version = symbol("ABI_VERSION");
    if (!found || !version) {
        printf("%s\n", dlerror());
        return 1;
    }
    memcpy(&answer, &found, sizeof(answer));
    printf("plugin: answer %u, version %u\n", answer(), *version);
    return 0;
}
