// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#![no_std]

extern crate alloc;

#[no_mangle]
pub extern "C" fn bare_used() -> usize {
    alloc::vec![1u8; 32].len() + bare::used()
}
