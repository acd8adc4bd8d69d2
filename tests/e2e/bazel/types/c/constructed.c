/* SPDX-FileCopyrightText: The cleave authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>

int constructed;

int main(void)
{
    printf("%d\n", constructed);
    return 0;
}
