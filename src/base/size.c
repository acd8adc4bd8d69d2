/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/size.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

int size_parse(const char *what, const char *text, uint64_t *ret_size, struct error *err)
{
    char *unit = NULL;
    size_t power = 0;

    errno = 0;
    uint64_t number = isdigit((unsigned char)text[0]) ? strtoull(text, &unit, 10) : 0;
    while (unit && power < UNIT_COUNT && strcmp(unit, units[power]) != 0)
        power++;
    if (!unit || power == UNIT_COUNT)
        return error_set(err, ERROR_USAGE,
                         "%s %s: give a whole number and its unit, B, KiB, MiB, GiB or TiB, as in "
                         "20GiB",
                         what, text);
    if (number == 0)
        return error_set(err, ERROR_USAGE, "%s %s: nothing fits into no bytes", what, text);
    if (errno == ERANGE || number > (uint64_t)INT64_MAX >> (10 * power))
        return error_set(err, ERROR_USAGE, "%s %s: that is more than a file system holds", what,
                         text);
    *ret_size = number << (10 * power);
    return 0;
}

char *size_text(uint64_t size)
{
    size_t power = 0;
    double shown = (double)size;

    while (shown >= 999.5 && power + 1 < UNIT_COUNT) {
        shown /= 1024;
        power++;
    }
    return xasprintf("%.*f %s", power > 0 && shown < 99.95, shown, units[power]);
}
