// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[link(name = "named", kind = "static")]
extern "C" {
    fn named() -> i32;
}

pub fn call() -> i32 {
    unsafe { named() }
}
