/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

/* Only +whole-archive keeps this. */
static void nat_third(void)
{
    puts("third");
}

__attribute__((section(".init_array"), used)) static void (*const at_start)(void) = nat_third;
