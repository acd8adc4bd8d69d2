// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A crate that is a dylib and a rlib.

#[inline(never)]
pub fn both(value: u32) -> u32 {
    value * 3
}

pub fn both_generic<T: Into<u32>>(value: T) -> u32 {
    both(value.into())
}
