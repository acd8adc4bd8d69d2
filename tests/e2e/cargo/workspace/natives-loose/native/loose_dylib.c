/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

int loose_dylib_value(void);

int loose_dylib_value(void)
{
    return 5;
}
