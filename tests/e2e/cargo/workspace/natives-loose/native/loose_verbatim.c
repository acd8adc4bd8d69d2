/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

int loose_verbatim_value(void);

int loose_verbatim_value(void)
{
    return 4;
}
