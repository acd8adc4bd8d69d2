/* SPDX-FileCopyrightText: The cleave authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdio.h>

uint32_t bare(uint32_t of);

int bare_plugin(void)
{
    return (int)bare(14);
}

int main(void)
{
    printf("%d\n", bare_plugin());
    return 0;
}
