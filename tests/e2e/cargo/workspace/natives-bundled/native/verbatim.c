/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

int verbatim_value(void);

int verbatim_value(void)
{
    return 2;
}
