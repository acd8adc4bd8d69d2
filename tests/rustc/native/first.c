/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
int nat_second(int value);

int nat_first(int value)
{
    return nat_second(value) + 1;
}
