// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

extern "C" {
    fn add(a: i32, b: i32) -> i32;
}

pub fn two() -> i32 {
    unsafe { add(one::one(), 1) }
}
