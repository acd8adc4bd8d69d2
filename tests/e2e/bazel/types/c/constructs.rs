// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

// core names it, and `alwayslink` takes all of core.
#[no_mangle]
pub extern "C" fn rust_eh_personality() {}

extern "C" {
    static mut constructed: i32;
}

extern "C" fn construct() {
    unsafe { constructed += 8 }
}

#[used]
#[link_section = ".init_array"]
static CONSTRUCTOR: extern "C" fn() = construct;
