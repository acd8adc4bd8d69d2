/* SPDX-FileCopyrightText: The cleave authors
 * SPDX-License-Identifier: Apache-2.0 */

int named(void)
{
    return 5;
}
