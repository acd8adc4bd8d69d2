// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A library that isn't there when it is linked.
#![feature(raw_dylib_elf)]
#![allow(incomplete_features)]

#[link(name = "natd", kind = "raw-dylib")]
extern "C" {
    fn nat_first(value: i32) -> i32;
}

pub fn first(value: i32) -> i32 {
    unsafe { nat_first(value) }
}
