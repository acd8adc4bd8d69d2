/* SPDX-FileCopyrightText: The cleave authors
 * SPDX-License-Identifier: Apache-2.0 */

extern int registry;

static void __attribute__((constructor)) register_it(void)
{
    registry += 7;
}
