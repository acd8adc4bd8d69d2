// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#![no_std]
#![no_main]

extern crate alloc;

#[no_mangle]
pub extern "C" fn main(_count: i32, _arguments: *const *const u8) -> i32 {
    let numbers = alloc::vec![1u8; 32];
    (bare::used() < numbers.len()) as i32
}
