/* SPDX-FileCopyrightText: The cleave authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

int add(int a, int b)
{
    return a + b;
}

double root(double of)
{
    return sqrt(of) + cbrt(of);
}
