/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/helper_time.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static bool two_digits(const char *text, int *ret_number)
{
    if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]))
        return false;
    *ret_number = 10 * (text[0] - '0') + (text[1] - '0');
    return true;
}

static const char *skip_fraction(const char *text)
{
    if (text[0] != '.' || !isdigit((unsigned char)text[1]))
        return text;
    for (text++; isdigit((unsigned char)*text); text++)
        ;
    return text;
}

/* "Z", "+01:00": the seconds that the time is ahead of UTC. */
static bool parse_zone(const char *text, long *ret_seconds)
{
    int hours, minutes;

    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        *ret_seconds = 0;
        return true;
    }
    if ((*text != '+' && *text != '-') || strlen(text) != strlen("+01:00") || text[3] != ':' ||
        !two_digits(text + 1, &hours) || !two_digits(text + 4, &minutes))
        return false;
    *ret_seconds = (hours * 60L + minutes) * 60 * (*text == '-' ? -1 : 1);
    return true;
}

bool helper_time_parse(const char *text, time_t *ret_time)
{
    struct tm tm = {0};
    long ahead;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

    if (!rest || !parse_zone(skip_fraction(rest), &ahead))
        return false;
    *ret_time = timegm(&tm) - ahead;
    return true;
}
