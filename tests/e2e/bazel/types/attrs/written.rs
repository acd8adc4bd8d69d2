// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub fn part() -> u32 {
    1
}
