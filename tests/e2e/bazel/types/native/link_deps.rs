// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

use std::ptr::addr_of;

#[link_section = ".marks"]
#[used]
static MARK: [u32; 3] = [1, 2, 3];

#[no_mangle]
pub extern "C" fn seen_by_plugins() {}

extern "C" {
    static marks_start: u8;
    static marks_end: u8;
    fn add(a: i32, b: i32) -> i32;
}

fn main() {
    let size = unsafe { addr_of!(marks_end).offset_from(addr_of!(marks_start)) };
    println!("{} {}", size, unsafe { add(1, 2) });
}
