/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdio.h>

int32_t archive_count(const char *pattern, const char *text);
int32_t archive_natives(void);

int main(void)
{
    printf("c: matches=%d natives=%d\n", archive_count("[0-9]+", "1 and 22 and 3"),
           archive_natives());
    return 0;
}
