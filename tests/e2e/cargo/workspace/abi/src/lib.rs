// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A cdylib and an rlib from one run of the compiler.

use std::ffi::c_char;

extern crate plugins as _;

/// Exported to C.
#[no_mangle]
pub extern "C" fn abi_sum(numbers: *const i32, count: usize) -> i32 {
    let numbers = unsafe { std::slice::from_raw_parts(numbers, count) };
    numbers.iter().sum()
}

/// Exported to C by another name than its own.
#[export_name = "abi.greeting$v1"]
pub extern "C" fn greeting() -> *const c_char {
    c"hello from abi".as_ptr()
}

/// A static that C can read.
#[no_mangle]
pub static ABI_VERSION: u32 = 7;

/// Rust users count what the dependency's constructors registered.
pub fn registered() -> usize {
    registry::names().len()
}
