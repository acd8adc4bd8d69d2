/* SPDX-FileCopyrightText: The cleave authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>

uint32_t greets(void);

int main(void)
{
    return greets() > 0 ? 0 : 1;
}
