// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A program for a linker that isn't a driver: it has no C library.
#![no_std]
#![no_main]

extern crate alloc;

#[no_mangle]
pub extern "C" fn _start() -> ! {
    let numbers = alloc::vec![1u8; 32];
    loop {
        core::hint::black_box((bare::used(), &numbers));
    }
}

#[no_mangle]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    for i in 0..count {
        unsafe { to.add(i).write_volatile(from.add(i).read_volatile()) };
    }
    to
}

#[no_mangle]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    for i in 0..count {
        unsafe { to.add(i).write_volatile(byte as u8) };
    }
    to
}
