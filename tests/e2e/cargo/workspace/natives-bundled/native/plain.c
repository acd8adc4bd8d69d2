/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

int plain_value(void);

int plain_value(void)
{
    return 1;
}
