// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[no_mangle]
pub extern "C" fn greets() -> u32 {
    let shown = leaf::shown(leaf::answer());
    println!("{}", shown);
    shown.len() as u32
}
