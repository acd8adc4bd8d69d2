/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdio.h>

extern const uint32_t ABI_VERSION;
int32_t abi_sum(const int32_t *numbers, size_t count);
const char *greeting(void) __asm__("abi.greeting$v1");

int main(void)
{
    const int32_t numbers[] = {1, 2, 3};

    printf("%s: version %u, sum %d\n", greeting(), ABI_VERSION, abi_sum(numbers, 3));
    return 0;
}
