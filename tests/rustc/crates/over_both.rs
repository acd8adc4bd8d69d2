// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A rlib over a crate that is a dylib and a rlib.

pub fn over(value: u32) -> u32 {
    both::both_generic(value) + 1
}
