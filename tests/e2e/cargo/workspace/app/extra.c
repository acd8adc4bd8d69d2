/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

int extra_value(void);

int extra_value(void)
{
    return 42;
}
