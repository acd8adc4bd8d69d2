/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Bits that constructors set: they tell which archives were linked whole. */
unsigned announced(void);
void announce(unsigned bit);

static unsigned bits;

void announce(unsigned bit)
{
    bits |= 1u << bit;
}

unsigned announced(void)
{
    return bits;
}
