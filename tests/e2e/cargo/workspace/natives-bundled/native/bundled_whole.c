/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Nobody calls into this file: it is linked only because its archive is linked whole. */
void announce(unsigned bit);

__attribute__((constructor)) static void bundled_whole_runs(void)
{
    announce(1);
}
