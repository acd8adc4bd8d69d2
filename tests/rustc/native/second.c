/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
int nat_second(int value)
{
    return value * 2;
}
