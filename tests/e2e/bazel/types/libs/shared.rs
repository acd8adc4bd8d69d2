// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub fn shared() -> String {
    leaf::shown("shared")
}

#[inline(never)]
pub fn count() -> u32 {
    leaf::answer() + 1
}
