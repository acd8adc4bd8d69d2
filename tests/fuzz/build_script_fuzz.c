/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a build script prints: refused by a message that names the script, or taken, and then no
 * answer has a line break in it that would start another line of a file.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cargo/build_script_output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct strv *list)
{
    for (size_t i = 0; i < list->len; i++)
        if (strchr(list->items[i], '\n'))
            abort();
}

static void check_filled(const struct strv *list)
{
    for (size_t i = 0; i < list->len; i++)
        if (!*list->items[i])
            abort();
}

static void check_has(const struct strv *list, char separator)
{
    for (size_t i = 0; i < list->len; i++)
        if (!strchr(list->items[i], separator) || list->items[i][0] == separator)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_build_script_output output = BUILD_SCRIPT_OUTPUT_INIT;
    auto_error err = ERROR_INIT;
    const struct strv *const lists[] = {
        &output.searches,  &output.libs,     &output.cfgs,     &output.check_cfgs, &output.env,
        &output.link_args, &output.metadata, &output.warnings, &output.errors,
    };

    if (build_script_output_parse((const char *)data, size, "fuzz", "/out", &output, &err) < 0) {
        if (!strstr(err.text, "build script of fuzz printed"))
            abort();
        return 0;
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        check_list(lists[i]);
    for (size_t i = 0; i < 4; i++)
        check_filled(lists[i]);
    check_has(&output.env, '=');
    check_has(&output.metadata, '=');
    check_has(&output.link_args, '\t');
    return 0;
}
