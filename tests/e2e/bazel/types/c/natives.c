/* SPDX-FileCopyrightText: The cleave authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>

int natives(void);

int main(void)
{
    printf("%d\n", natives());
    return 0;
}
