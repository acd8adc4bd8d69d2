/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* The least that a static program does: what start-up is measured against. */

int main(void)
{
    return 0;
}
